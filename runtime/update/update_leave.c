/* update_leave.c -- from a request to leaving the running version. */
#include "update/update_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "update/children.h"
#include "update/crash.h"
#include "program/exit_handlers.h"
#include "control/failure.h"
#include "program/fork_handlers.h"
#include "program/frames.h"
#include "common/log.h"
#include "common/message.h"
#include "update/opened.h"
#include "update/previous.h"
#include "update/probation.h"
#include "program/program.h"
#include "update/rehearsal.h"
#include "common/reserve.h"
#include "control/service.h"
#include "control/settings.h"
#include "program/signal_handlers.h"
#include "control/steps.h"
#include "update/surroundings.h"
#include "control/supervisor.h"
#include "threads/keys.h"
#include "threads/thread.h"
#include "files/trust.h"

void update_end(enum outcome outcome)
{
    update.report.outcome = outcome;
    update.report.generation = program.generation;
    failure_take(&update.report);
    if (update.report.step == STEP_NONE)
        update.report.step = step_now();
    steps_end();
    supervisor_reloaded(version_path(program.running), program.generation);
    service_report(&update.request, &update.report);
    request_free(&update.request);
    preparation_free(&update.preparation);
    free(update.point);
    free(update.stacks);
    update.point = NULL;
    update.stacks = NULL;
    update.stack_count = 0;
    update.heap_began = false;
    update.new_context = update.old_context = NULL;
    update.next = NULL;
    update.migrated = 0;
}

/* Threads that the new version has started, and that are held until the commit, enter themselves in
 * the list meanwhile. */
void update_end_of_leader(enum outcome outcome)
{
    sigset_t mask;
    gate_lock(&mask);
    update_end(outcome);
    gate_unlock(&mask);
}

static int take_number(struct descriptor *descriptor)
{
    int number = descriptor->number;
    *descriptor = DESCRIPTOR_NONE;
    return number;
}

static bool prepare_update(struct request *request, const struct wanted_update *wanted,
                           char **message)
{
    bool has_files = request->next.number >= 0;
    int next = take_number(&request->next), transformer = take_number(&request->transformer);
    if (!(has_files
              ? preparation_adopt(&update.preparation, wanted, next, transformer, message)
              : preparation_read(&update.preparation, wanted, message)))
        return false;
    /* The tool has looked for one, too. */
    if (has_files && !request->reverse_path)
        return true;
    int reverse = take_number(&request->reverse);
    if (preparation_add_reverse(&update.preparation, wanted, reverse, message)) {
        if (*message)
            log_info("%s", *message);
        free(*message);
        return true;
    }
    preparation_free(&update.preparation);
    return false;
}

static bool prepare_rollback(struct request *request, const struct wanted_update *wanted,
                             char **message)
{
    int transformer = take_number(&request->transformer);
    const char *build_id = previous_build_id();
    if (!build_id || strcmp(build_id, request->rollback_build_id) == 0)
        return previous_prepare(&update.preparation, wanted, transformer, message);
    *message = message_format("the version before is %s (%s) by now, not %s: see `kitsune status "
                              "%d`, and ask again", previous_path(), build_id,
                              request->rollback_build_id, (int)program.pid);
    if (transformer >= 0)
        close(transformer);
    return false;
}

/* Who may have written what is loaded. */
static uid_t trusted_user(void)
{
    return update.request.allow_others_files || settings()->allow_others_files ? TRUST_EVERYBODY
                                                                               : trust_own_user();
}

/* Another update may have come between the request and now. */
static bool is_for_this_version(const struct request *request)
{
    const char *running = version_build_id(program.running);
    if (!request->old_build_id || strcmp(request->old_build_id, running) == 0)
        return true;
    update.report.reason =
        message_format("process %d runs %s (build %.12s) by now, and this was asked for while it "
                       "ran build %.12s: look at `kitsune status %d`, and ask again if it is still "
                       "wanted", (int)program.pid, version_path(program.running), running,
                       request->old_build_id, (int)program.pid);
    return false;
}

static bool prepare(void)
{
    struct request *request = &update.request;
    struct wanted_update wanted = {
        .next_path = request->next_path,
        .transformer_path = request->transformer_path,
        .reverse_path = request->reverse_path,
        .allow_written = request->allow_written,
        .trusted_user = trusted_user(),
        .old_path = version_path(program.running),
        .old_build_id = version_build_id(program.running),
    };
    char *message;
    int64_t started = monotonic_time();
    step_begins(STEP_PREPARE);
    if (request->reply.number < 0 && !request->rollback_build_id) /* nobody has said */
        request->probation = (int64_t)(settings()->probation * 1e9);
    bool prepared = request->rollback_build_id ? prepare_rollback(request, &wanted, &message)
                                               : prepare_update(request, &wanted, &message);
    prepared = prepared &&
               preparation_check_signatures(&update.preparation, settings(), &message);
    if (prepared) {
        message = probation_refusal(request, &update.preparation);
        prepared = !message;
    }
    update.report.prepare_time = request->prepare_time + monotonic_time() - started;
    if (prepared) {
        message = update_memory_shortage("reading the new version");
        prepared = !message;
    }
    if (prepared)
        update.report.new_build_id = copy_string(update.preparation.next->elf.build_id);
    else
        update.report.reason = message;
    return prepared;
}

static void begin_report(void)
{
    struct report *report = &update.report;
    *report = (struct report){0};
    report->old_path = copy_string(version_path(program.running));
    report->old_build_id = copy_string(version_build_id(program.running));
    report->new_path = copy_string(update.request.next_path);
    report->is_rollback = update.request.rollback_build_id != NULL;
    report->cause = update.request.cause ? copy_string(update.request.cause) : NULL;
    if (!report->cause)
        failure_forget(); /* of a crash its backtrace has been noted */
    steps_begin(report);
    const struct request *request = &update.request;
    if (request->sent) {
        step_was(STEP_PREPARE, request->sent - request->prepare_time, request->sent);
        step_was(STEP_QUIESCENCE, request->sent, report->moment);
    }
}

/* False: this process is not allowed to say anything. */
static bool tell_phase(const char *phase)
{
    struct text text = {0};
    text_add_field(&text, "phase", "%s", phase);
    text_end_fields(&text);
    bool may_answer = request_answer(&update.request, &text);
    text_free(&text);
    return may_answer;
}

static void remember_surroundings(void)
{
    const struct preparation *preparation = &update.preparation;
    children_remember();
    surroundings_remember();
    opened_disregard(preparation->next->descriptor.number);
    if (preparation->transformer)
        opened_disregard(preparation->transformer->descriptor.number);
}

/* To the driver, which loads the new version and enters it.  Returns when that was not to be. */
static void leave(void)
{
    step_begins(STEP_LOAD);
    frames_leave();
    exit_handlers_leave();
    fork_handlers_leave();
    keys_leave();
    remember_surroundings();
    crash_watch();
    crash_stack_take();
    update.left = monotonic_time();
    update.state = UPDATE_LEFT;
    context_switch(update.old_context, &program.driver);
    crash_stack_undo();
    update.state = UPDATE_IDLE;
}

/* OUTCOME_NONE: the update is to be done now. */
static enum outcome rehearse(void)
{
    if (update.request.rehearsal == REHEARSE_NEVER)
        return OUTCOME_NONE;
    tell_phase("rehearsing");
    step_begins(STEP_REHEARSAL);
    enum outcome outcome = rehearsal_run();
    if (outcome == OUTCOME_REHEARSED && update.request.rehearsal == REHEARSE_FIRST) {
        update.report.reason = library_threads_stay(); /* a callback may have begun meanwhile */
        return update.report.reason ? OUTCOME_CANCELLED : OUTCOME_NONE;
    }
    update.report.pause_time = monotonic_time() - update.taken;
    return outcome;
}

static void refuse_forbidden(const char *what, int error)
{
    update_cancel(message_format("%s: %s: let the program's filter of system calls (seccomp, "
                                 "SystemCallFilter=) allow what an update needs, see "
                                 "docs/security.md",
                                 what, strerror(error)));
}

/* What would be found too late: stacks are changed with the signal mask, and who asks must hear. */
static bool may_lead(void)
{
    sigset_t mask;
    int error = pthread_sigmask(SIG_BLOCK, NULL, &mask);
    if (error)
        refuse_forbidden("signals cannot be held back (rt_sigprocmask)", error);
    else if (!tell_phase("taken"))
        refuse_forbidden("the requester cannot be answered (sendto)", errno);
    else
        return true;
    return false;
}

/* In the old version's context, at its update point.  Returns there only when the update does not
 * happen. */
void update_lead(const char *point)
{
    if (!may_lead())
        return;
    free(update.report.point);
    update.report.point = copy_string(point);
    update.point = copy_string(point);
    update.old_context = program.running_context;
    update.serial++;
    update.taken = monotonic_time();
    if (update.request.sent)
        update.report.quiesce_time = update.taken - update.request.sent;
    threads_count(&update.report.threads, &update.report.library_threads);
    if (update.report.library_threads)
        update.report.library_thread_names = library_threads_names();
    crash_watch_ends(); /* of a probation */
    sigset_t mask; /* the new version's changes are not for us */
    signal_handlers_hold(&mask);
    this_thread->mask = mask;
    service_write_status("updating");
    supervisor_reloading(update.request.next_path, update_patience());
    enum outcome outcome = rehearse();
    if (outcome == OUTCOME_NONE) {
        leave();
        outcome = OUTCOME_ABORTED;
    }
    update_end_of_leader(outcome);
    probation_resume();
    this_thread->mask = mask;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

bool update_take_request(void)
{
    if (update.state != UPDATE_IDLE)
        return false;
    reserve_watch();
    if (!service_take(&update.request))
        return false;
    begin_report();
    if (threads_are_several())
        tell_phase("gathering");
    bool is_set = settings_refresh(&update.report.reason);
    /* Who asks by the socket has said what is wanted. */
    if (is_set && update.request.reply.number < 0 && !update.request.rollback_build_id &&
        settings()->rehearse)
        update.request.rehearsal = REHEARSE_FIRST;
    if (is_set && is_for_this_version(&update.request) && prepare()) {
        step_begins(STEP_QUIESCENCE);
        return true;
    }
    update_end(OUTCOME_REFUSED);
    return false;
}

/* ---- With several threads: what the gatherer asks for ---------------------------------------- */

bool update_is_for_crash(void)
{
    return update.request.is_firm;
}

bool update_is_withdrawn(void)
{
    return request_is_withdrawn(&update.request);
}

int64_t update_gathering_deadline(int64_t now)
{
    return update.request.deadline
               ? update.request.deadline
               : now + (int64_t)(configuration_quiesce_timeout(settings()) * 1e9);
}

void update_cancel(char *reason)
{
    update.report.reason = reason;
    update_end(OUTCOME_CANCELLED);
}
