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

static json_t *add_timed_event(struct trace *trace, const struct update *update, json_int_t tid,
                               const char *phase, const char *name, int64_t moment)
{
    json_t *event = add_event(trace, update, tid, phase, name);
    json_object_set_new(event, "ts", json_real((double)(moment - trace->zero) / 1e3));
    return event;
}

/* What a slice is drawn with; not every viewer asks for the colour. */
struct look {
    const char *category, *name;
    const char *colour; /* of those that chrome://tracing has names for; NULL: any */
    json_t *arguments;  /* taken over; may be NULL */
};

/* Slices have a begin and an end, each an event: viewers that compute the end of one from its
 * length get ends that differ in the last digit, and take what is within another for beside it.
 * They come in the order of time, what is within others between their begin and their end. */
static void begin_slice(struct trace *trace, const struct update *update, json_int_t tid,
                        struct look look, int64_t moment)
{
    json_t *event = add_timed_event(trace, update, tid, "B", look.name, moment);
    json_object_set_new(event, "cat", json_string(look.category));
    if (look.colour)
        json_object_set_new(event, "cname", json_string(look.colour));
    if (look.arguments)
        json_object_set_new(event, "args", look.arguments);
}

static void end_slice(struct trace *trace, const struct update *update, json_int_t tid,
                      const char *name, int64_t moment)
{
    add_timed_event(trace, update, tid, "E", name, moment);
}

static void add_slice(struct trace *trace, const struct update *update, json_int_t tid,
                      struct look look, int64_t begin, int64_t end)
{
    begin_slice(trace, update, tid, look, begin);
    end_slice(trace, update, tid, look.name, end);
}

static void add_name(struct trace *trace, const struct update *update, json_int_t tid,
                     const char *what, const char *name)
{
    json_t *event = add_event(trace, update, tid, "M", what);
    json_object_set_new(event, "args", json_pack("{s:s}", "name", name));
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* How an update that ended like this is called, and looks. */
static const char *colour_of(const char *outcome)
{
    return strcmp(outcome, "committed") == 0   ? "good"
           : strcmp(outcome, "rehearsed") == 0 ? "generic_work"
           : strcmp(outcome, "refused") == 0   ? "bad"
                                               : "terrible";
}

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

/* Those of the record's values that it has; NULL: none. */
static json_t *pick_arguments(const struct update *update, const char *const names[], size_t count)
{
    json_t *arguments = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object_get(update->record, names[i]);
        if (value)
            json_object_set(arguments, names[i], value);
    }
    if (json_object_size(arguments))
        return arguments;
    json_decref(arguments);
    return NULL;
}

/* Of a step that comes in several spans the longest tells. */
static json_t *step_arguments(const struct update *update, const char *step, bool has_failed,
                              bool is_longest)
{
    static const char *const of_migration[] = {"objects_visited", "objects_transformed",
                                               "bytes_transformed", "bookkeeping_bytes"};
    static const char *const of_quiescence[] = {"point", "threads", "library_threads"};
    static const char *const of_failure[] = {"reason", "rule", "where", "object", "advice"};
    if (has_failed)
        return pick_arguments(update, of_failure, sizeof of_failure / sizeof of_failure[0]);
    if (is_longest && strcmp(step, "migration") == 0)
        return pick_arguments(update, of_migration, sizeof of_migration / sizeof of_migration[0]);
    if (is_longest && strcmp(step, "quiescence") == 0)
        return pick_arguments(update, of_quiescence,
                              sizeof of_quiescence / sizeof of_quiescence[0]);
    return NULL;
}

static bool is_before_pause(const char *step)
{
    return strcmp(step, "prepare") == 0 || strcmp(step, "quiescence") == 0;
}

/* How many objects, from the first step of the migration to its last; none when it is over. */
static void add_counter(struct trace *trace, const struct update *update, int64_t moment,
                        bool is_over)
{
    json_int_t visited = is_over ? 0 : number_of(update->record, "objects_visited");
    json_int_t transformed = is_over ? 0 : number_of(update->record, "objects_transformed");
    json_t *event = add_timed_event(trace, update, update->pid, "C", "objects", moment);
    json_object_set_new(event, "args", json_pack("{s:I, s:I}", "visited", visited, "transformed",
                                                 transformed));
}

static void add_counters(struct trace *trace, const struct update *update)
{
    json_t *span;
    size_t i;
    int64_t end = 0;
    if (!number_of(update->record, "objects_visited"))
        return;
    json_array_foreach(json_object_get(update->record, "spans"), i, span)
        if (strcmp(text_of(span, "step"), "migration") == 0)
            end = update->taken + number_of(span, "end_ns");
    if (!end)
        return;
    add_counter(trace, update, update->begin, true);
    add_counter(trace, update, end, false);
    add_counter(trace, update, update->end, true);
}

/* The last span of the step that the record blames.  A step of the rehearsal has no span of its
 * own: then it is the last one of all.  NULL: nothing has failed. */
static json_t *failed_span(const struct update *update)
{
    json_t *spans = json_object_get(update->record, "spans");
    size_t count = json_array_size(spans);
    if (!json_object_get(update->record, "reason") || !count)
        return NULL;
    for (size_t i = count; i-- > 0;)
        if (strcmp(text_of(json_array_get(spans, i), "step"), text_of(update->record, "step")) == 0)
            return json_array_get(spans, i);
    return json_array_get(spans, count - 1);
}

static json_t *longest_span(const struct update *update, const char *step)
{
    json_t *span, *longest = NULL;
    size_t i;
    int64_t most = -1;
    json_array_foreach(json_object_get(update->record, "spans"), i, span) {
        int64_t length = number_of(span, "end_ns") - number_of(span, "begin_ns");
        if (length > most && strcmp(text_of(span, "step"), step) == 0) {
            most = length;
            longest = span;
        }
    }
    return longest;
}

static void add_step(struct trace *trace, const struct update *update, json_t *span,
                     bool has_failed, int64_t begin, int64_t end)
{
    const char *step = text_of(span, "step");
    char *name = message_format("%s%s", step, has_failed ? ": failed" : "");
    struct look look = {"step", name, has_failed ? "terrible" : NULL,
                        step_arguments(update, step, has_failed,
                                       span == longest_span(update, step))};
    add_slice(trace, update, update->pid, look, begin, end);
    free(name);
}

/* A step does not begin before the one before it has ended, whatever two clocks say. */
static void add_steps(struct trace *trace, const struct update *update)
{
    static const char pause[] = "the program stands", *const pause_names[] = {"pause_ns"};
    json_t *span, *failed = failed_span(update);
    size_t i;
    int64_t reached = update->begin;
    bool stands = false;
    json_array_foreach(json_object_get(update->record, "spans"), i, span) {
        int64_t begin = update->taken + number_of(span, "begin_ns");
        int64_t end = update->taken + number_of(span, "end_ns");
        begin = begin < reached ? reached : begin;
        end = end < begin ? begin : end;
        reached = end;
        if (!stands && !is_before_pause(text_of(span, "step"))) {
            struct look look = {"pause", pause, NULL, pick_arguments(update, pause_names, 1)};
            stands = true;
            begin_slice(trace, update, update->pid, look, begin);
        }
        add_step(trace, update, span, span == failed, begin, end);
    }
    if (stands)
        end_slice(trace, update, update->pid, pause, update->end);
}

static void add_update(struct trace *trace, const struct update *update)
{
    const char *outcome = text_of(update->record, "outcome");
    /* Why it went back by itself. */
    const char *cause = json_string_value(json_object_get(update->record, "cause"));
    const char *remark = strcmp(outcome, "committed") != 0 ? outcome : cause;
    char *name = message_format("%s to %s%s%s",
                                json_object_get(update->record, "rollback") ? "rollback" : "update",
                                file_of(update->record, "new_path"), remark ? ": " : "",
                                remark ? remark : "");
    struct look look = {"update", name, cause ? "terrible" : colour_of(outcome),
                        arguments_of(update)};
    begin_slice(trace, update, update->pid, look, update->begin);
    add_steps(trace, update);
    end_slice(trace, update, update->pid, name, update->end);
    free(name);
    json_t *mark = add_timed_event(trace, update, update->pid, "i", outcome, update->end);
    json_object_set_new(mark, "s", json_string("t")); /* of its thread */
    add_counters(trace, update);
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

static void add_thread_slice(struct trace *trace, const struct update *update, json_int_t tid,
                             const char *name, const char *colour, int64_t begin, int64_t end)
{
    if (end > begin)
        add_slice(trace, update, tid, (struct look){"thread", name, colour, NULL}, begin, end);
}

static void add_thread(struct trace *trace, const struct update *update, json_t *thread)
{
    json_int_t tid = number_of(thread, "tid");
    bool has_come = json_is_integer(json_object_get(thread, "parked_ns"));
    int64_t begin = asked(update), parked = moment_of(update, thread, "parked_ns", begin);
    int64_t entered = moment_of(update, thread, "entered_ns", parked);
    int64_t arrived = moment_of(update, thread, "arrived_ns", entered);
    add_name(trace, update, tid, "thread_name", text_of(thread, "name"));
    /* Nothing is committed before all have come that were there: the new version started it. */
    if (!has_come && strcmp(text_of(update->record, "outcome"), "committed") == 0)
        return;
    add_thread_slice(trace, update, tid, has_come ? "asked to come" : "asked to come: did not",
                     has_come ? "thread_state_runnable" : "terrible", begin, parked);
    add_thread_slice(trace, update, tid, "parked", "thread_state_sleeping", parked, entered);
    add_thread_slice(trace, update, tid, "re-entered", "thread_state_running", entered, arrived);
    add_thread_slice(trace, update, tid, "arrived", "grey", arrived, update->end);
}

static void add_threads(struct trace *trace, const struct update *update)
{
    json_t *thread;
    size_t i;
    json_array_foreach(json_object_get(update->record, "thread_times"), i, thread)
        add_thread(trace, update, thread);
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
    json_object_set_new(add_event(trace, update, update->pid, "M", "thread_sort_index"), "args",
                        json_pack("{s:i}", "sort_index", -1)); /* above the threads */
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
