/* report_log.c -- how an update went, in the log and as an answer. */
#include "control/report_log.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/message.h"
#include "program/program.h"

void report_write_answer(const struct report *report, struct text *text)
{
    text_add_field(text, "pid", "%d", (int)program.pid);
    text_add_field(text, "generation", "%u", program.generation);
    text_add_field(text, "running_path", "%s", version_path(program.running));
    text_add_field(text, "running_build_id", "%s", version_build_id(program.running));
    text_add_time(text, "running_since", program.since);
    report_write(report, "", text);
}

static void log_stacks(const struct report *report, const char *what, const char *path,
                       const char *outcome)
{
    for (unsigned i = 0; i < report->stacks.count; i++) {
        const struct thread_stack *stack = &report->stacks.list[i];
        char *about = thread_stack_about(stack);
        log_error("%s to %s %s: %s", what, path, outcome, about);
        free(about);
        for (unsigned j = 0; j < stack->trace.count; j++)
            log_error("%s to %s %s: thread %d, frame %u: %s",
                      what, path, outcome, (int)stack->tid, j, stack->trace.frames[j]);
    }
}

/* Each line stands by itself: in a journal they may be far apart. */
static void log_failure(const struct report *report)
{
    const char *what = report->is_rollback ? "rollback" : "update";
    const char *path = report->new_path, *outcome = outcome_name(report->outcome);
    log_error("%s to %s %s: %s", what, path, outcome, report->reason);
    char *where = report->where ? message_format(", at %s", report->where) : copy_string("");
    char *object = report->object ? message_format(", on %s", report->object) : copy_string("");
    log_error("%s to %s %s: step %s%s%s",
              what, path, outcome, step_name(report->step), where, object);
    free(where);
    free(object);
    for (unsigned i = 0; i < report->trace.count; i++)
        log_error("%s to %s %s: frame %u: %s", what, path, outcome, i, report->trace.frames[i]);
    log_stacks(report, what, path, outcome);
    if (report->ended_processes)
        log_error("%s to %s %s: ended what the new version had started: %s", what, path, outcome,
                  report->ended_processes);
    if (report->advice)
        log_error("%s to %s %s: %s", what, path, outcome, report->advice);
    struct text since = {0};
    text_add_time(&since, "since", program.since);
    since.bytes[since.length - 1] = '\0'; /* "since 2026-..." without its newline */
    log_error("%s to %s %s: %s (generation %u) runs on; it has been running %s",
              what, path, outcome, version_path(program.running), program.generation, since.bytes);
    text_free(&since);
}

void report_log(const struct report *report)
{
    if (report->outcome == OUTCOME_COMMITTED)
        log_info("%s to %s (generation %u, pause %.3f ms)%s%s",
                 report->is_rollback ? "rolled back" : "updated", report->new_path,
                 report->generation, (double)report->pause_time / 1e6, report->cause ? ": " : "",
                 report->cause ? report->cause : "");
    else if (report->outcome == OUTCOME_REHEARSED)
        log_info("rehearsed the update to %s in %.3f ms: it would work", report->new_path,
                 (double)report->rehearse_time / 1e6);
    else
        log_failure(report);
}
