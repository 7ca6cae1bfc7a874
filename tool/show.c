/* show.c -- status and outcome for people and for programs. */
#include "show.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frames.h"
#include "common/message.h"

static bool is_number(const char *name, const char *value)
{
    const char *end = strrchr(name, '_');
    if (end && end - name >= 5 && strcmp(name + strlen(name) - 8, "build_id") == 0)
        return false;
    size_t digits = strspn(value, "0123456789");
    errno = 0;
    strtoll(value, NULL, 10);
    return digits && !errno && !value[digits] && (value[0] != '0' || digits == 1);
}

/* Framing of the status file, and how the tool reaches the program: of no use to others. */
static bool is_internal(const char *name)
{
    static const char *const names[] = {"sequence", "end", "started", "signal", "phase"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* A path need not be UTF-8. */
static json_t *text_to_json(const char *text)
{
    json_t *string = text ? json_string(text) : json_null();
    return string ? string : json_string_nocheck("?");
}

static json_t *frame_to_json(const struct frame *frame)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "address", text_to_json(frame->address), "function",
                     text_to_json(frame->function), "module", text_to_json(frame->module),
                     "source", text_to_json(frame->source));
}

static json_t *span_to_json(const char *value)
{
    char step[32] = "";
    long long begin = 0, end = 0;
    sscanf(value, "%31s %lld %lld", step, &begin, &end);
    return json_pack("{s:s, s:I, s:I}", "step", step, "begin_ns", (json_int_t)begin, "end_ns",
                     (json_int_t)end);
}

static json_t *moment_to_json(const char *moment)
{
    return strcmp(moment, "-") == 0 ? json_null() : json_integer(atoll(moment));
}

static json_t *thread_to_json(const char *value)
{
    int tid = 0, name = 0;
    char parked[24] = "-", entered[24] = "-", arrived[24] = "-";
    sscanf(value, "%d %23s %23s %23s %n", &tid, parked, entered, arrived, &name);
    return json_pack("{s:i, s:o, s:o, s:o, s:o}", "tid", tid, "name", text_to_json(value + name),
                     "parked_ns", moment_to_json(parked), "entered_ns", moment_to_json(entered),
                     "arrived_ns", moment_to_json(arrived));
}

/* "last_frame_12": the length of "last_frame_"; 0: not numbered. */
static size_t numbered_length(const char *name, const char *word)
{
    const char *at = strstr(name, word);
    size_t length = at ? (size_t)(at - name) + strlen(word) : 0;
    return at && name[length] && !name[length + strspn(name + length, "0123456789")] ? length : 0;
}

/* "stack_0_tid", "last_stack_0_tid" */
static bool is_of_stack(const char *name)
{
    const char *at = strncmp(name, "last_", 5) == 0 ? name + 5 : name;
    return strncmp(at, "stack_", 6) == 0;
}

static void append_to(json_t *object, const char *name, json_t *value)
{
    json_t *array = json_object_get(object, name);
    if (!array)
        json_object_set_new(object, name, array = json_array());
    json_array_append_new(array, value);
}

static const char *field(const struct fields *fields, const char *prefix, const char *name)
{
    char whole[64];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    return fields_get(fields, whole);
}

static void add_frames(json_t *object, const char *name, const struct backtrace *backtrace)
{
    for (size_t i = 0; i < backtrace->count; i++)
        append_to(object, name, frame_to_json(&backtrace->frames[i]));
}

/* "last_stack_3_": what the names of the fields about one thread begin with, in `words` without the
 * prefix; false: there is no such thread. */
static bool find_thread(const struct fields *fields, const char *prefix, unsigned number,
                        char words[24])
{
    char name[32];
    snprintf(words, 24, "stack_%u_", number);
    snprintf(name, sizeof name, "%stid", words);
    return field(fields, prefix, name) != NULL;
}

static const char *thread_field(const struct fields *fields, const char *prefix, const char *words,
                                const char *name)
{
    char whole[48];
    snprintf(whole, sizeof whole, "%s%s", words, name);
    return field(fields, prefix, whole);
}

static json_t *stack_to_json(const struct fields *fields, const char *prefix, const char *words)
{
    static const char *const names[] = {"name", "role", "waits_for", "holds", "doing", "point",
                                        "about"};
    json_t *object = json_pack("{s:I}", "tid",
                               (json_int_t)atoll(thread_field(fields, prefix, words, "tid")));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        json_object_set_new(object, names[i],
                            text_to_json(thread_field(fields, prefix, words, names[i])));
    json_object_set_new(object, "frames", json_array());
    struct backtrace backtrace = backtrace_read(fields, prefix, words);
    add_frames(object, "frames", &backtrace);
    backtrace_free(&backtrace);
    return object;
}

static void add_stacks(json_t *object, const struct fields *fields, const char *prefix)
{
    char name[64], words[24];
    snprintf(name, sizeof name, "%sthread_stacks", prefix);
    for (unsigned i = 0; find_thread(fields, prefix, i, words); i++)
        append_to(object, name, stack_to_json(fields, prefix, words));
}

static void add_backtrace(json_t *object, const struct fields *fields, const char *prefix)
{
    struct backtrace backtrace = backtrace_read(fields, prefix, "");
    char name[64];
    snprintf(name, sizeof name, "%sframes", prefix);
    add_frames(object, name, &backtrace);
    const char *rule = backtrace_rule(&backtrace);
    snprintf(name, sizeof name, "%srule", prefix);
    if (rule)
        json_object_set_new(object, name, text_to_json(rule));
    backtrace_free(&backtrace);
}

json_t *fields_to_json(const struct fields *fields)
{
    json_t *object = json_object();
    for (size_t i = 0; i < fields->count; i++) {
        const char *name = fields->list[i].name, *value = fields->list[i].value;
        if (is_internal(name) || numbered_length(name, "frame_") || is_of_stack(name))
            continue;
        if (numbered_length(name, "span_"))
            append_to(object, "spans", span_to_json(value));
        else if (numbered_length(name, "thread_"))
            append_to(object, "thread_times", thread_to_json(value));
        else
            json_object_set_new(object, name, is_number(name, value) ? json_integer(atoll(value))
                                                                     : text_to_json(value));
    }
    add_backtrace(object, fields, "");
    add_stacks(object, fields, "");
    add_backtrace(object, fields, "last_");
    add_stacks(object, fields, "last_");
    return object;
}

void print_json(json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(value);
}

char *format_duration(char *buffer, long long nanoseconds)
{
    if (nanoseconds < 100000)
        snprintf(buffer, DURATION_SIZE, "%.1f us", (double)nanoseconds / 1e3);
    else if (nanoseconds < 10000000000)
        snprintf(buffer, DURATION_SIZE, "%.3f ms", (double)nanoseconds / 1e6);
    else
        snprintf(buffer, DURATION_SIZE, "%.3f s", (double)nanoseconds / 1e9);
    return buffer;
}

char *format_time(char *buffer, const char *time)
{
    struct tm parts = {0};
    time_t moment;
    if (!time || !strptime(time, "%Y-%m-%dT%H:%M:%S", &parts))
        return strcpy(buffer, "?");
    moment = timegm(&parts);
    strftime(buffer, TIME_SIZE, "%Y-%m-%d %H:%M:%S", localtime_r(&moment, &parts));
    return buffer;
}

/* ---- What failed ----------------------------------------------------------------------------- */

static void print_row(FILE *stream, const char *title, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void print_row(FILE *stream, const char *title, const char *format, ...)
{
    va_list arguments;
    fprintf(stream, "  %-10s", title);
    va_start(arguments, format);
    vfprintf(stream, format, arguments);
    va_end(arguments);
    putc('\n', stream);
}

static void print_frame(FILE *stream, size_t number, const struct frame *frame)
{
    char title[32];
    snprintf(title, sizeof title, "#%zu", number);
    const char *function = frame->function ? frame->function : frame->address;
    if (frame->source)
        print_row(stream, title, "%s  at %s", function, frame->source);
    else
        print_row(stream, title, "%s  in %s", function, frame->module);
}

static void print_frames(FILE *stream, const struct backtrace *backtrace)
{
    for (size_t i = 0; i < backtrace->count; i++)
        print_frame(stream, i, &backtrace->frames[i]);
}

/* Each under a line that says which thread it is, and what that has to do with it. */
static void print_stacks(FILE *stream, const struct fields *fields, const char *prefix)
{
    char words[24];
    for (unsigned i = 0; find_thread(fields, prefix, i, words); i++) {
        const char *about = thread_field(fields, prefix, words, "about");
        struct backtrace backtrace = backtrace_read(fields, prefix, words);
        fprintf(stream, "  %s\n", about ? about : "thread");
        print_frames(stream, &backtrace);
        backtrace_free(&backtrace);
    }
    const char *left_out = field(fields, prefix, "stacks_left_out");
    if (left_out)
        print_row(stream, "others", "%s more threads, of which there is no room to tell", left_out);
}

void print_failure(FILE *stream, const struct fields *fields, const char *prefix)
{
    struct backtrace backtrace = backtrace_read(fields, prefix, "");
    const char *rule = backtrace_rule(&backtrace), *where = field(fields, prefix, "where");
    const char *step = field(fields, prefix, "step"), *object = field(fields, prefix, "object");
    const char *advice = field(fields, prefix, "advice");
    const char *ended = field(fields, prefix, "ended_processes");
    if (step)
        print_row(stream, "step", "%s", step);
    if (rule)
        print_row(stream, "rule", "%s", rule);
    if (where)
        print_row(stream, "at", "%s", where);
    if (object)
        print_row(stream, "on", "%s", object);
    print_frames(stream, &backtrace);
    print_stacks(stream, fields, prefix);
    if (ended)
        print_row(stream, "ended", "%s, which the new version had started", ended);
    if (advice)
        print_row(stream, "to do", "%s", advice);
    backtrace_free(&backtrace);
}

void print_running(FILE *stream, const char *path, const char *generation, const char *since)
{
    char time[TIME_SIZE];
    if (path)
        print_row(stream, "running", "%s (generation %s), since %s", path,
                  generation ? generation : "?", format_time(time, since));
}
