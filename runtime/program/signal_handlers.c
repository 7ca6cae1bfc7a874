/* signal_handlers.c -- the program's signal handlers across an update. */
#include "program/signal_handlers.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include <kitsune/entry.h>

#include "update/crash.h"
#include "heap/heap.h"
#include "program/namesake.h"
#include "program/program.h"
#include "control/service.h"
#include "update/update.h"

static struct {
    bool is_known;
    struct sigaction action;
} remembered[NSIG];

static void *handler_of(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO ? (void *)action->sa_sigaction
                                         : (void *)action->sa_handler;
}

static bool has_handler(const struct sigaction *action)
{
    void *handler = handler_of(action);
    return handler != (void *)SIG_DFL && handler != (void *)SIG_IGN;
}

void signal_handlers_hold(sigset_t *mask)
{
    sigset_t held;
    sigemptyset(&held);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction *action = &remembered[number].action;
        remembered[number].is_known = sigaction(number, NULL, action) == 0;
        if (remembered[number].is_known && has_handler(action))
            sigaddset(&held, number);
    }
    /* What reports a fault of the program itself does not wait. */
    crash_unblock(&held);
    sigdelset(&held, SIGSYS);
    sigdelset(&held, service_signal());
    pthread_sigmask(SIG_BLOCK, &held, mask);
}

static const char *signal_name(int number)
{
    const char *name = sigabbrev_np(number);
    return name ? name : "RT";
}

void signal_handlers_carry_over(void)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (!remembered[number].is_known || sigaction(number, NULL, &action) != 0 ||
            !has_handler(&action) || !namesake_is_old(handler_of(&action)))
            continue;
        void *namesake = namesake_of_function(handler_of(&action));
        if (!namesake)
            update_fail("the handler of signal %d (SIG%s), %s, is not in the new version: let the "
                        "new version install its own before its update point, or keep a function "
                        "of that name", number, signal_name(number),
                        namesake_old_name(handler_of(&action)));
        if (action.sa_flags & SA_SIGINFO)
            action.sa_sigaction = (void (*)(int, siginfo_t *, void *))namesake;
        else
            action.sa_handler = (void (*)(int))namesake;
        sigaction(number, &action, NULL);
    }
}

/* Signal by signal: the kernel fills in only the part of the set that it has signals for. */
static bool same_mask(const sigset_t *a, const sigset_t *b)
{
    for (int number = 1; number < NSIG; number++)
        if (sigismember(a, number) != sigismember(b, number))
            return false;
    return true;
}

void signal_handlers_restore(void)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        const struct sigaction *before = &remembered[number].action;
        if (remembered[number].is_known && sigaction(number, NULL, &action) == 0 &&
            (handler_of(&action) != handler_of(before) || action.sa_flags != before->sa_flags ||
             !same_mask(&action.sa_mask, &before->sa_mask)))
            sigaction(number, before, NULL);
    }
}

/* ---- The program's own changes of its mask --------------------------------------------------- */

KITSUNE_PUBLIC int kitsune_change_signal_mask(int how, const sigset_t *set, sigset_t *old_set)
{
    if (!program.is_driven)
        return pthread_sigmask(how, set, old_set);
    sigset_t without_ours;
    if (set && how != SIG_UNBLOCK && service_signal()) {
        without_ours = *set;
        sigdelset(&without_ours, service_signal());
        set = &without_ours;
    }
    if (update_is_migrating())
        return update_change_held_mask(how, set, old_set);
    return pthread_sigmask(how, set, old_set);
}
