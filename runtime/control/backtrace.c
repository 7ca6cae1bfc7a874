/* backtrace.c -- a backtrace as text: symbols are looked up while the version is there. */
#include "control/backtrace.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "program/program.h"
#include "update/update.h"

/* ---- Places ---------------------------------------------------------------------------------- */

/* An address in a module. */
struct place {
    const char *path;
    uint64_t address; /* link-time */
    char *function;   /* malloc; NULL: not known */
    uint64_t offset;  /* into the function */
    bool is_of_update;  /* in the version or the transformer that is being entered */
    bool is_of_program; /* in that or in the version that runs */
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

/* In an object whose symbols nobody has read yet. */
static bool find_in_object(const struct loaded *object, uintptr_t address, struct place *place)
{
    if (!loader_contains(object, (void *)address))
        return false;
    struct symbol_table *symbols = symbols_read(&object->image->elf);
    bool found = find_in(object, symbols, address, place);
    symbols_free(symbols);
    return found;
}

/* Its constructors run. */
static bool find_in_loading(uintptr_t address, struct place *place)
{
    struct loaded loading;
    return loader_find_loading((void *)address, &loading) &&
           find_in_object(&loading, address, place);
}

static bool find_in_version(struct version *version, uintptr_t address, struct place *place)
{
    return version && ((loader_contains(version->object, (void *)address) &&
                        find_in(version->object, version_symbols(version), address, place)) ||
                       find_in_object(version->transformer_object, address, place));
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
    place.is_of_update = find_in_version(update_next_version(), address, &place) ||
                         find_in_loading(address, &place);
    place.is_of_program =
        place.is_of_update || find_in_version(program.running, address, &place);
    if (!place.is_of_program && !find_in_library(address, &place))
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

/* ---- Frames ---------------------------------------------------------------------------------- */

void backtrace_describe(void *const *addresses, int count, struct backtrace_text *text,
                        char **where)
{
    unsigned outermost = 0;
    *text = (struct backtrace_text){0};
    if (where)
        *where = NULL;
    for (int i = 0; i < count && text->count < MOST_FRAMES; i++) {
        /* A return address may belong to the next function already. */
        struct place place = find_place((uintptr_t)addresses[i] - (i > 0));
        if (place.is_of_update && place.function && where && !*where)
            *where = message_format("%s+0x%llx in %s", place.function,
                                    (unsigned long long)place.offset, place.path);
        if (i == 0 || !is_runtime(&place))
            text->frames[text->count++] = describe_frame(&place);
        if (place.is_of_program)
            outermost = text->count;
        free(place.function);
    }
    /* What called main, or a thread's start function, is of no interest. */
    if (outermost)
        backtrace_text_cut(text, outermost);
}
