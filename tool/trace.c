/* trace.c -- the history of updates as a trace. */
#include "trace.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "show.h"

/* Nanoseconds since 1970.  Within a process they go by CLOCK_MONOTONIC, from the process's first
 * update on: nobody sets that clock. */
struct update {
    json_t *record; /* as `kitsune log --json` has it */
    int64_t taken;  /* the request, by the program */
    int64_t begin, end;
    json_int_t pid;
};

struct trace {
    json_t *events;
    struct update *updates;
    size_t count;
    int64_t zero;
};

static int64_t number_of(json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "?";
}

/* A path need not be UTF-8, and then is not there. */
static const char *file_of(json_t *object, const char *name)
{
    const char *text = text_of(object, name), *slash = strrchr(text, '/');
    return slash ? slash + 1 : text;
}

/* ---- Events ---------------------------------------------------------------------------------- */

static json_t *add_event(struct trace *trace, const struct update *update, json_int_t tid,
                         const char *phase, const char *name)
{
    json_t *event = json_pack("{s:s, s:s, s:I, s:I}", "ph", phase, "name", name, "pid", update->pid,
                              "tid", tid);
    json_array_append_new(trace->events, event);
    return event;
}

static json_t *microseconds(int64_t nanoseconds)
{
    return json_real((double)nanoseconds / 1e3);
}

/* `arguments` may be NULL. */
static void add_slice(struct trace *trace, const struct update *update, json_int_t tid,
                      const char *category, const char *name, int64_t begin, int64_t end,
                      json_t *arguments)
{
    json_t *event = add_event(trace, update, tid, "X", name);
    json_object_set_new(event, "cat", json_string(category));
    json_object_set_new(event, "ts", microseconds(begin - trace->zero));
    json_object_set_new(event, "dur", microseconds(end > begin ? end - begin : 0));
    if (arguments)
        json_object_set_new(event, "args", arguments);
}

static void add_name(struct trace *trace, const struct update *update, json_int_t tid,
                     const char *what, const char *name)
{
    json_t *event = add_event(trace, update, tid, "M", what);
    json_object_set_new(event, "args", json_pack("{s:s}", "name", name));
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* What the record says in numbers and words; the arrays are slices. */
static json_t *arguments_of(const struct update *update)
{
    json_t *arguments = json_object(), *value;
    const char *name;
    json_object_foreach(update->record, name, value)
        if (!json_is_array(value) && strcmp(name, "pid") != 0)
            json_object_set(arguments, name, value);
    return arguments;
}

static json_t *migration_arguments(const struct update *update)
{
    static const char *const names[] = {"objects_visited", "objects_transformed",
                                        "bytes_transformed", "bookkeeping_bytes"};
    json_t *arguments = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_t *value = json_object_get(update->record, names[i]);
        if (value)
            json_object_set(arguments, names[i], value);
    }
    return arguments;
}

static bool is_before_pause(const char *step)
{
    return strcmp(step, "prepare") == 0 || strcmp(step, "quiescence") == 0;
}

/* A step does not begin before the one before it has ended, whatever two clocks say. */
static void add_steps(struct trace *trace, const struct update *update)
{
    json_t *span;
    size_t i;
    int64_t reached = update->begin, stood = 0;
    json_array_foreach(json_object_get(update->record, "spans"), i, span) {
        int64_t begin = update->taken + number_of(span, "begin_ns");
        int64_t end = update->taken + number_of(span, "end_ns");
        const char *step = text_of(span, "step");
        begin = begin < reached ? reached : begin;
        end = end < begin ? begin : end;
        reached = end;
        if (!stood && !is_before_pause(step)) {
            json_t *pause = json_object_get(update->record, "pause_ns");
            stood = begin;
            add_slice(trace, update, update->pid, "pause", "the program stands", stood, update->end,
                      pause ? json_pack("{s:O}", "pause_ns", pause) : NULL);
        }
        add_slice(trace, update, update->pid, "step", step, begin, end,
                  strcmp(step, "migration") == 0 ? migration_arguments(update) : NULL);
    }
}

static void add_update(struct trace *trace, const struct update *update)
{
    const char *outcome = text_of(update->record, "outcome");
    bool is_done = strcmp(outcome, "committed") == 0;
    char *name = message_format("%s to %s%s%s",
                                json_object_get(update->record, "rollback") ? "rollback" : "update",
                                file_of(update->record, "new_path"), is_done ? "" : ": ",
                                is_done ? "" : outcome);
    add_slice(trace, update, update->pid, "update", name, update->begin, update->end,
              arguments_of(update));
    free(name);
    add_steps(trace, update);
    json_t *mark = add_event(trace, update, update->pid, "i", outcome);
    json_object_set_new(mark, "s", json_string("t")); /* of its thread */
    json_object_set_new(mark, "ts", microseconds(update->end - trace->zero));
}

/* ---- Threads --------------------------------------------------------------------------------- */

/* When threads were asked to come: the step that waits for them began. */
static int64_t asked(const struct update *update)
{
    json_t *span;
    size_t i;
    json_array_foreach(json_object_get(update->record, "spans"), i, span)
        if (strcmp(text_of(span, "step"), "quiescence") == 0) {
            int64_t begin = update->taken + number_of(span, "begin_ns");
            return begin > update->begin ? begin : update->begin;
        }
    return update->taken > update->begin ? update->taken : update->begin;
}

/* The end of the update when it did not come to that. */
static int64_t moment_of(const struct update *update, json_t *thread, const char *name,
                         int64_t earliest)
{
    json_t *value = json_object_get(thread, name);
    int64_t moment = update->end;
    if (json_is_integer(value))
        moment = update->taken + json_integer_value(value);
    return moment < earliest ? earliest : moment > update->end ? update->end : moment;
}

static void add_threads(struct trace *trace, const struct update *update)
{
    json_t *thread;
    size_t i;
    json_array_foreach(json_object_get(update->record, "thread_times"), i, thread) {
        json_int_t tid = number_of(thread, "tid");
        int64_t begin = asked(update), parked = moment_of(update, thread, "parked_ns", begin);
        int64_t entered = moment_of(update, thread, "entered_ns", parked);
        int64_t arrived = moment_of(update, thread, "arrived_ns", entered);
        add_name(trace, update, tid, "thread_name", text_of(thread, "name"));
        if (parked > begin)
            add_slice(trace, update, tid, "thread", "asked: on its way to an update point", begin,
                      parked, NULL);
        if (entered > parked)
            add_slice(trace, update, tid, "thread", "parked", parked, entered, NULL);
        if (arrived > entered)
            add_slice(trace, update, tid, "thread", "re-entered: on its way to its update point",
                      entered, arrived, NULL);
        if (update->end > arrived)
            add_slice(trace, update, tid, "thread", "arrived", arrived, update->end, NULL);
    }
}

/* ---- All ------------------------------------------------------------------------------------- */

/* The first update of the same process that is in the trace. */
static const struct update *first_of(const struct trace *trace, json_int_t pid)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->updates[i].pid == pid)
            return &trace->updates[i];
    return NULL;
}

static void place(struct trace *trace, struct update *update)
{
    const struct update *first = first_of(trace, update->pid);
    int64_t moment = number_of(update->record, "moment_ns");
    int64_t first_moment = first ? number_of(first->record, "moment_ns") : 0;
    json_t *span;
    size_t i;
    update->taken = number_of(update->record, "time_ns");
    if (moment && first_moment)
        update->taken = first->taken + moment - first_moment;
    else if (!update->taken) /* it never came to the program */
        update->taken = number_of(update->record, "ended_ns");
    update->begin = update->end = update->taken;
    json_array_foreach(json_object_get(update->record, "spans"), i, span) {
        int64_t begin = update->taken + number_of(span, "begin_ns");
        int64_t end = update->taken + number_of(span, "end_ns");
        update->begin = begin < update->begin ? begin : update->begin;
        update->end = end > update->end ? end : update->end;
    }
    if (!trace->count || update->begin < trace->zero)
        trace->zero = update->begin;
}

static void add_process(struct trace *trace, const struct update *update)
{
    if (first_of(trace, update->pid) != update)
        return;
    char *name = message_format("%s", file_of(update->record, "old_path"));
    add_name(trace, update, update->pid, "process_name", name);
    add_name(trace, update, update->pid, "thread_name", "updates");
    free(name);
}

json_t *trace_of_records(const struct records *records, size_t most)
{
    struct trace trace = {.events = json_array()};
    size_t first = records->count > most ? records->count - most : 0;
    trace.updates = allocate((records->count + 1) * sizeof *trace.updates);
    for (size_t i = first; i < records->count; i++) {
        struct update *update = &trace.updates[trace.count];
        *update = (struct update){.record = fields_to_json(&records->list[i].fields)};
        update->pid = number_of(update->record, "pid");
        place(&trace, update);
        trace.count++;
    }
    for (size_t i = 0; i < trace.count; i++) {
        add_process(&trace, &trace.updates[i]);
        add_update(&trace, &trace.updates[i]);
        add_threads(&trace, &trace.updates[i]);
    }
    for (size_t i = 0; i < trace.count; i++)
        json_decref(trace.updates[i].record);
    free(trace.updates);
    return json_pack("{s:o, s:s}", "traceEvents", trace.events, "displayTimeUnit", "ns");
}
