/* update_points.c -- update points, and what else programs ask and say about updates. */
#include "update/update_state.h"

#include <errno.h>
#include <string.h>

#include <kitsune.h>

#include "update/probation.h"
#include "program/program.h"
#include "control/service.h"
#include "control/wish.h"
#include "control/supervisor.h"
#include "threads/thread.h"

/* Where this thread, being in the new version, has to come to. */
static const char *wanted_point(void)
{
    const struct thread *self = this_thread;
    if (self->is_main)
        return update.point;
    return self->new_point ? self->new_point : self->point;
}

/* Main's mutex is free while the other threads come to their points, as theirs are. */
static void arrive_holding(pthread_mutex_t *held)
{
    if (held)
        pthread_mutex_unlock(held);
    update_arrive();
    if (held)
        pthread_mutex_lock(held);
}

/* Those that a version which has been given up had started, the program's first ones. */
static void end_started_threads(void)
{
    sigset_t mask;
    if (!threads_are_several())
        return;
    gate_lock(&mask);
    gathering_ends(false);
    gate_unlock(&mask);
}

static void reach(const char *point, pthread_mutex_t *held)
{
    struct thread *self = this_thread;
    if (supervisor_waits()) {
        supervisor_ready(version_path(program.running), program.generation);
        gatherer_wake(); /* it sees that no update is asked for, and lowers the flag */
    }
    if (!update_is_wanted()) { /* as it is throughout an update */
        probation_pass(point);
        return;
    }
    if (update_is_migrating()) {
        thread_retreat_if_ordered();
        if (strcmp(point, wanted_point()) != 0) {
            update_pass_by(wanted_point(), point);
            return;
        }
        probation_pass(point);
        if (self->is_main)
            arrive_holding(held);
        else
            park_arrived(held);
        return;
    }
    probation_pass(point);
    if (threads_are_several()) {
        park(point, held);
    } else if (self->is_main && update_take_request() && library_threads_come_out()) {
        update_lead(point);
        end_started_threads();
    }
}

KITSUNE_PUBLIC void kitsune_reach_update_point(const char *point)
{
    if (!program.is_driven || !this_thread)
        return;
    int saved_errno = errno;
    reach(point, NULL);
    errno = saved_errno;
}

KITSUNE_PUBLIC void kitsune_reach_update_point_holding(const char *point, void *mutex)
{
    if (!program.is_driven || !this_thread)
        return;
    int saved_errno = errno;
    reach(point, mutex);
    errno = saved_errno;
}

KITSUNE_PUBLIC int kitsune_is_updating(void)
{
    return update_is_migrating();
}

KITSUNE_PUBLIC int kitsune_is_updating_from(const char *point)
{
    return update_is_migrating() && strcmp(point, wanted_point()) == 0;
}

KITSUNE_PUBLIC void kitsune_signal_update(void)
{
    if (program.is_driven)
        service_wish();
}

KITSUNE_PUBLIC void kitsune_set_next_version(char *path)
{
    if (program.is_driven)
        wish_set_path(path);
}

KITSUNE_PUBLIC void kitsune_clear_request(void)
{
    if (program.is_driven)
        wish_set(false);
}
