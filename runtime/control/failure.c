/* failure.c -- what is known about a failing update besides its reason. */
#include "control/failure.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "program/program.h"
#include "update/update.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    bool is_owned;
    pthread_t owner; /* the thread whose failure this is */
    enum step step;
    char *where, *object, *advice;
    char *frames[MOST_FRAMES];
    unsigned frame_count;
} failure;

/* ---- Noting ---------------------------------------------------------------------------------- */

/* Locked when true. */
static bool is_ours(void)
{
    pthread_mutex_lock(&lock);
    if (!failure.is_owned) {
        failure.is_owned = true;
        failure.owner = pthread_self();
    }
    if (pthread_equal(failure.owner, pthread_self()))
        return true;
    pthread_mutex_unlock(&lock);
    return false;
}

static void set_text(char **place, char *text)
{
    if (text && is_ours()) {
        if (!*place) {
            *place = text;
            text = NULL;
        }
        pthread_mutex_unlock(&lock);
    }
    free(text);
}

void failure_in(enum step step)
{
    if (!is_ours())
        return;
    if (failure.step == STEP_NONE)
        failure.step = step;
    pthread_mutex_unlock(&lock);
}

void failure_at(const char *file, int line)
{
    set_text(&failure.where, message_format("%s:%d", file, line));
}

void failure_on(char *object)
{
    set_text(&failure.object, object);
}

void failure_advise(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) >= 0)
        set_text(&failure.advice, text);
    va_end(arguments);
}

/* ---- Backtraces ------------------------------------------------------------------------------ */

/* An address in a module. */
struct place {
    const char *path;
    uint64_t address; /* link-time */
    char *function;   /* malloc; NULL: not known */
    uint64_t offset;  /* into the function */
    bool is_of_update; /* in the version or the transformer that is being entered */
};

static bool find_in(const struct loaded *loaded, struct symbol_table *symbols, uintptr_t address,
                    struct place *place)
{
    if (!loader_contains(loaded, (void *)address))
        return false;
    place->path = loaded->image->path;
    place->address = address - loaded->base;
    const struct symbol *symbol = symbols_find_around(symbols, place->address);
    if (symbol && symbol->kind == SYMBOL_FUNCTION) {
        const char *slash = strrchr(symbol->key, '/');
        place->function = copy_string(slash ? slash + 1 : symbol->key);
        place->offset = place->address - symbol->address;
    }
    return true;
}

static bool find_in_transformer(const struct version *version, uintptr_t address,
                                struct place *place)
{
    const struct loaded *transformer = version->transformer_object;
    if (!loader_contains(transformer, (void *)address))
        return false;
    struct symbol_table *symbols = symbols_read(&transformer->image->elf);
    bool found = find_in(transformer, symbols, address, place);
    symbols_free(symbols);
    return found;
}

static bool find_in_version(struct version *version, uintptr_t address, struct place *place)
{
    return version && ((loader_contains(version->object, (void *)address) &&
                        find_in(version->object, version_symbols(version), address, place)) ||
                       find_in_transformer(version, address, place));
}

static bool find_in_library(uintptr_t address, struct place *place)
{
    Dl_info information;
    if (!dladdr((void *)address, &information) || !information.dli_fname)
        return false;
    place->path = information.dli_fname;
    place->address = address - (uintptr_t)information.dli_fbase;
    if (information.dli_sname) {
        place->function = copy_string(information.dli_sname);
        place->offset = address - (uintptr_t)information.dli_saddr;
    }
    return true;
}

static struct place find_place(uintptr_t address)
{
    struct place place = {0};
    place.is_of_update = find_in_version(update_next_version(), address, &place);
    if (!place.is_of_update && !find_in_version(program.running, address, &place) &&
        !find_in_library(address, &place))
        place = (struct place){.path = "?", .address = address};
    return place;
}

/* The frames of the runtime itself say nothing about the program. */
static bool is_runtime(const struct place *place)
{
    const char *slash = strrchr(place->path, '/');
    return strncmp(slash ? slash + 1 : place->path, "libkitsune.so", 13) == 0;
}

static char *describe_frame(const struct place *place)
{
    return place->function
               ? message_format("0x%llx %s+0x%llx %s", (unsigned long long)place->address,
                                place->function, (unsigned long long)place->offset, place->path)
               : message_format("0x%llx ? %s", (unsigned long long)place->address, place->path);
}

static void add_frame(char *frame)
{
    if (is_ours()) {
        if (failure.frame_count < MOST_FRAMES) {
            failure.frames[failure.frame_count++] = frame;
            frame = NULL;
        }
        pthread_mutex_unlock(&lock);
    }
    free(frame);
}

/* What called main, or a thread's start function, is of no interest: the first `kept` stay. */
static void drop_outer_frames(unsigned kept)
{
    if (!kept || !is_ours())
        return;
    while (failure.frame_count > kept)
        free(failure.frames[--failure.frame_count]);
    pthread_mutex_unlock(&lock);
}

void failure_backtrace(void *const *addresses, int count)
{
    bool has_where = false;
    unsigned added = 0, outermost = 0;
    for (int i = 0; i < count; i++) {
        /* A return address may belong to the next function already. */
        struct place place = find_place((uintptr_t)addresses[i] - (i > 0));
        if (place.is_of_update && place.function && !has_where) {
            has_where = true;
            set_text(&failure.where,
                     message_format("%s+0x%llx in %s", place.function,
                                    (unsigned long long)place.offset, place.path));
        }
        if (i == 0 || !is_runtime(&place)) {
            add_frame(describe_frame(&place));
            added++;
        }
        if (place.is_of_update)
            outermost = added;
        free(place.function);
    }
    drop_outer_frames(outermost);
}

/* ---- From a rehearsal ------------------------------------------------------------------------ */

static void adopt_text(char **place, const struct fields *fields, const char *name)
{
    const char *text = fields_get(fields, name);
    if (text)
        set_text(place, copy_string(text));
}

void failure_adopt(const struct fields *fields)
{
    const char *step = fields_get(fields, "step"), *frame;
    for (int i = 0; step && i < STEP_COUNT; i++)
        if (strcmp(step, step_name((enum step)i)) == 0)
            failure_in((enum step)i);
    adopt_text(&failure.where, fields, "where");
    adopt_text(&failure.object, fields, "object");
    adopt_text(&failure.advice, fields, "advice");
    for (int i = 0; i < MOST_FRAMES; i++) {
        char name[32];
        snprintf(name, sizeof name, "frame_%d", i);
        if ((frame = fields_get(fields, name)) != NULL)
            add_frame(copy_string(frame));
    }
}

/* ---- The end --------------------------------------------------------------------------------- */

void failure_take(struct report *report)
{
    pthread_mutex_lock(&lock);
    report->step = failure.step;
    report->where = failure.where;
    report->object = failure.object;
    report->advice = failure.advice;
    memcpy(report->frames, failure.frames, sizeof report->frames);
    report->frame_count = failure.frame_count;
    memset(&failure, 0, sizeof failure);
    pthread_mutex_unlock(&lock);
}

void failure_forget(void)
{
    struct report forgotten = {0};
    failure_take(&forgotten);
    report_free(&forgotten);
}
