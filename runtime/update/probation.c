/* probation.c -- the time after an update in which a crash leads back to the version before. */
#include "update/probation.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "update/abandon.h"
#include "update/crash.h"
#include "common/log.h"
#include "common/message.h"
#include "update/previous.h"
#include "program/program.h"
#include "control/report.h"
#include "control/service.h"
#include "control/settings.h"
#include "threads/thread.h"
#include "update/update.h"

static struct {
    _Atomic bool is_on;
    int64_t until;           /* moment */
    struct descriptor reply; /* of who asked for the update */
    _Atomic(char *) cause;   /* of a crash that has not been taken yet */
} probation = {.reply = DESCRIPTOR_NONE};

bool probation_is_on(void)
{
    return atomic_load_explicit(&probation.is_on, memory_order_relaxed) &&
           program.pid == getpid();
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

char *probation_refusal(const struct request *request, const struct preparation *preparation)
{
    if (request->probation <= 0 || request->rollback_build_id)
        return NULL;
    if (!crash_is_watched())
        return copy_string("with KITSUNE_CRASH=core in its environment this program does not go "
                           "back after a crash: there can be no probation");
    if (request->forget_previous || !settings()->keep_previous)
        return copy_string("probation needs the version before: keep-previous must be yes");
    if (!preparation->reverse)
        return message_format(
            "probation needs a transformer that leads back from %s (%s) to %s (%s): make one with "
            "`xfgen %s %s --reverse --install` (with the update's .xf file behind the two "
            "versions, if it has one), or name it with --reverse FILE; --probation 0 does without",
            preparation->next->path, preparation->next->elf.build_id, version_path(program.running),
            version_build_id(program.running), version_path(program.running),
            preparation->next->path);
    return NULL;
}

static void watch(void)
{
    crash_watch();
    crash_stack_take();
    __atomic_fetch_or(&kitsune_pending, PENDING_PROBATION, __ATOMIC_RELAXED);
}

void probation_begin(const struct request *request)
{
    if (request->probation <= 0 || request->rollback_build_id)
        return;
    abandon_prepare();
    probation.until = monotonic_time() + request->probation;
    if (descriptor_is_ours(&request->reply))
        probation.reply = descriptor_keep(fcntl(request->reply.number, F_DUPFD_CLOEXEC, 0));
    atomic_store(&probation.is_on, true);
    watch();
}

void probation_resume(void)
{
    if (probation_is_on())
        watch();
}

static void tell(const char *how)
{
    struct request requester = REQUEST_NONE;
    struct text text = {0};
    text_add_field(&text, "phase", "probation");
    text_add_field(&text, "probation", "%s", how);
    text_end_fields(&text);
    requester.reply = probation.reply;
    request_answer(&requester, &text);
    text_free(&text);
    descriptor_close(&probation.reply);
}

static void stop(const char *how)
{
    atomic_store(&probation.is_on, false);
    free(atomic_exchange(&probation.cause, NULL)); /* of a second thread, which goes back as well */
    __atomic_fetch_and(&kitsune_pending, ~PENDING_PROBATION, __ATOMIC_RELAXED);
    tell(how);
}

void probation_end(void)
{
    if (atomic_load(&probation.is_on))
        stop("superseded");
}

void probation_forget(void)
{
    if (!atomic_load(&probation.is_on))
        return;
    atomic_store(&probation.is_on, false);
    crash_watch_ends();
    descriptor_close(&probation.reply);
}

/* Under the gate: the gatherer may be taking a request. */
static void pass_if_over(void)
{
    sigset_t mask;
    gate_lock(&mask);
    if (probation_is_on() && monotonic_time() > probation.until && !update_is_under_way() &&
        !probation.cause) {
        crash_watch_ends();
        stop("passed");
        log_info("%s has passed its probation", version_path(program.running));
        service_write_status("running");
    }
    gate_unlock(&mask);
}

void probation_pass(const char *point)
{
    struct thread *self = this_thread;
    if (!self->last_point || strcmp(self->last_point, point) != 0) {
        free(self->last_point);
        self->last_point = copy_string(point);
    }
    /* Often, so: by the clock that is cheapest; and without asking the kernel which process this
     * is, since the flag that leads here is not inherited. */
    if (atomic_load_explicit(&probation.is_on, memory_order_relaxed) &&
        clock_time(CLOCK_MONOTONIC_COARSE) > probation.until)
        pass_if_over();
}

void probation_write(struct text *text)
{
    if (probation_is_on())
        text_add_field(text, "probation_until", "%" PRId64, probation.until);
}

/* ---- Crashes --------------------------------------------------------------------------------- */

bool probation_is_waiting(void)
{
    return probation.cause != NULL;
}

bool probation_take(struct request *request)
{
    char *cause = atomic_exchange(&probation.cause, NULL);
    if (!cause)
        return false;
    *request = REQUEST_NONE;
    request->next_path = copy_string(previous_path());
    request->rollback_build_id = copy_string(previous_build_id());
    request->cause = cause;
    request->is_firm = true;
    request->reply = probation.reply;
    probation.reply = DESCRIPTOR_NONE;
    return true;
}

/* Comes back when there is no going back. */
static void ask_for_way_back(char *cause)
{
    struct thread *self = this_thread;
    char *none = NULL;
    if (!atomic_compare_exchange_strong(&probation.cause, &none, cause))
        free(cause); /* another thread's crash has asked already */
    __atomic_fetch_or(&kitsune_pending, PENDING_UPDATE, __ATOMIC_SEQ_CST);
    if (threads_are_several()) {
        do { /* a request that was there before may come to its end first */
            gatherer_wake();
            park(self->last_point, NULL);
        } while (probation.cause);
    } else if (update_take_request()) {
        update_lead(self->last_point);
    }
}

static bool may_go_back(const void *machine, char *reason, size_t size)
{
    if (!this_thread->last_point)
        snprintf(reason, size, "the thread has not come to an update point yet");
    else if (!threads_are_several() && !this_thread->is_main)
        snprintf(reason, size, "the thread that runs main is gone");
    else
        return abandon_is_harmless(machine, reason, size);
    return false;
}

void probation_crashed(int number, const siginfo_t *information, const void *machine)
{
    struct thread *self = this_thread; /* NULL: one of a library */
    char reason[300];
    if (!self || self->has_crashed || !probation_is_on() || monotonic_time() > probation.until)
        return;
    self->has_crashed = true; /* a crash in what follows takes its course */
    if (may_go_back(machine, reason, sizeof reason)) {
        crash_stack_occupy();
        crash_note_backtrace(machine);
        char *cause = crash_describe(number, information, machine);
        log_error("%s crashed on probation: %s", version_path(program.running), cause);
        ask_for_way_back(cause);
        log_error("there was no way back to %s: the crash takes its course", previous_path());
    } else {
        log_error("%s crashed on probation: SIG%s; it does not go back to %s: %s",
                  version_path(program.running), sigabbrev_np(number), previous_path(), reason);
    }
    self->has_crashed = false;
}
