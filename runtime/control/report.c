/* report.c -- how an update went. */
#include "control/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[] = {"none", "committed", "refused", "aborted", "rehearsed",
                                       "cancelled", "failed"};
    return names[outcome];
}

const char *step_name(enum step step)
{
    static const char *const names[STEP_COUNT] = {
        "none",      "prepare", "quiescence", "rehearsal", "load",    "link",  "constructors",
        "migration", "checks",  "entry",      "arrival", "commit"};
    return names[step];
}

void report_free(struct report *report)
{
    free(report->where);
    free(report->object);
    free(report->advice);
    backtrace_text_free(&report->trace);
    thread_stacks_free(&report->stacks);
    free(report->reason);
    free(report->old_path);
    free(report->new_path);
    free(report->old_build_id);
    free(report->new_build_id);
    free(report->point);
    free(report->library_thread_names);
    free(report->ended_processes);
    free(report->cause);
    *report = (struct report){0};
}

static void add_text(struct text *text, const char *prefix, const char *name, const char *value)
{
    char whole[64];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    if (value)
        text_add_field(text, whole, "%s", value);
}

static void add_number(struct text *text, const char *prefix, const char *name, int64_t value)
{
    char whole[64];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    text_add_field(text, whole, "%" PRId64, value);
}

void text_add_time(struct text *text, const char *name, int64_t wall_time)
{
    time_t seconds = wall_time / 1000000000;
    struct tm parts;
    char date[32];
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &parts));
    text_add_field(text, name, "%s.%03dZ", date, (int)(wall_time / 1000000 % 1000));
}

/* Where it failed. */
static void add_failure(struct text *text, const char *prefix, const struct report *report)
{
    if (report->step != STEP_NONE)
        add_text(text, prefix, "step", step_name(report->step));
    add_text(text, prefix, "where", report->where);
    add_text(text, prefix, "object", report->object);
    add_text(text, prefix, "advice", report->advice);
    add_text(text, prefix, "ended_processes", report->ended_processes);
    backtrace_text_write(&report->trace, prefix, text);
    thread_stacks_write(&report->stacks, prefix, text);
}

void report_write(const struct report *report, const char *prefix, struct text *text)
{
    add_text(text, prefix, "outcome", outcome_name(report->outcome));
    if (report->wall_time) {
        char name[32];
        snprintf(name, sizeof name, "%stime", prefix);
        text_add_time(text, name, report->wall_time);
    }
    add_text(text, prefix, "reason", report->reason);
    if (report->outcome != OUTCOME_COMMITTED && report->outcome != OUTCOME_REHEARSED)
        add_failure(text, prefix, report);
    add_text(text, prefix, "old_path", report->old_path);
    add_text(text, prefix, "new_path", report->new_path);
    add_text(text, prefix, "old_build_id", report->old_build_id);
    add_text(text, prefix, "new_build_id", report->new_build_id);
    add_text(text, prefix, "point", report->point);
    if (report->is_rollback)
        add_number(text, prefix, "rollback", 1);
    add_text(text, prefix, "cause", report->cause);
    if (report->rehearse_time)
        add_number(text, prefix, "rehearse_ns", report->rehearse_time);
    if (report->outcome != OUTCOME_COMMITTED && report->outcome != OUTCOME_REHEARSED)
        return;
    if (report->probation)
        add_number(text, prefix, "probation_ns", report->probation);
    add_number(text, prefix, "prepare_ns", report->prepare_time);
    add_number(text, prefix, "quiesce_ns", report->quiesce_time);
    add_number(text, prefix, "load_ns", report->load_time);
    add_number(text, prefix, "migrate_ns", report->migrate_time);
    add_number(text, prefix, "enter_ns", report->enter_time);
    add_number(text, prefix, "commit_ns", report->commit_time);
    add_number(text, prefix, "pause_ns", report->pause_time);
    add_number(text, prefix, "threads", report->threads);
    add_number(text, prefix, "library_threads", report->library_threads);
    add_text(text, prefix, "library_thread_names", report->library_thread_names);
    add_number(text, prefix, "objects_visited", (int64_t)report->objects_visited);
    add_number(text, prefix, "objects_transformed", (int64_t)report->objects_transformed);
    add_number(text, prefix, "bytes_transformed", (int64_t)report->bytes_transformed);
    add_number(text, prefix, "bookkeeping_bytes", (int64_t)report->bookkeeping_bytes);
}
