/* timed_waits.c -- waits with a time limit, interrupted by an update and begun again.
 *
 * A loop that sleeps ten seconds a round, and is interrupted after nine to be updated, shall not
 * sleep ten more: when a wait is cut short for an update, its end is remembered, and the next
 * wait of the same kind and length in this thread lasts until then.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include <kitsune/entry.h>

#include "program/program.h"
#include "control/report.h"
#include "control/service.h"
#include "update/update.h"
#include "thread.h"

#define NANOSECONDS INT64_C(1000000000)

/* How long a wait that the program wants to last `length` has to last. */
static int64_t begin_wait(enum wait_kind kind, int64_t length)
{
    struct thread *self = this_thread;
    if (!self || self->cut_short.kind == WAIT_NONE)
        return length;
    bool is_same = self->cut_short.kind == kind && self->cut_short.length == length;
    int64_t left = self->cut_short.end - monotonic_time();
    self->cut_short.kind = WAIT_NONE;
    return !is_same ? length : left > 0 ? left : 0;
}

static void wait_was_interrupted(enum wait_kind kind, int64_t length, int64_t started,
                                 int64_t lasting)
{
    struct thread *self = this_thread;
    if (self && update_is_wanted())
        self->cut_short = (struct cut_short_wait){kind, length, started + lasting};
    thread_retreat_if_ordered();
    update_give_up_waiting();
}

/* ---- Sleeping -------------------------------------------------------------------------------- */

static struct timespec to_timespec(int64_t nanoseconds)
{
    return (struct timespec){nanoseconds / NANOSECONDS, nanoseconds % NANOSECONDS};
}

static int64_t from_timespec(const struct timespec *time)
{
    return (int64_t)time->tv_sec * NANOSECONDS + time->tv_nsec;
}

static bool is_in_range(const struct timespec *time)
{
    return time->tv_sec >= 0 && time->tv_sec < INT64_MAX / NANOSECONDS && time->tv_nsec >= 0 &&
           time->tv_nsec < NANOSECONDS;
}

/* 0, or EINTR with what is left. */
static int sleep_for(enum wait_kind kind, int64_t length, struct timespec *left)
{
    int64_t lasting = begin_wait(kind, length), started = monotonic_time();
    struct timespec time = to_timespec(lasting);
    if (nanosleep(&time, left) == 0)
        return 0;
    wait_was_interrupted(kind, length, started, lasting);
    return EINTR;
}

KITSUNE_PUBLIC int kitsune_nanosleep(const struct timespec *time, struct timespec *left)
{
    if (!this_thread || !time || !is_in_range(time))
        return nanosleep(time, left);
    if (sleep_for(WAIT_NANOSLEEP, from_timespec(time), left) == 0)
        return 0;
    errno = EINTR;
    return -1;
}

/* One until a moment ends at that moment by itself, however often it is begun. */
KITSUNE_PUBLIC int kitsune_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                                           struct timespec *left)
{
    if (!this_thread || !time || flags != 0 || !is_in_range(time) ||
        (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)) {
        int error = clock_nanosleep(clock, flags, time, left);
        thread_retreat_if_ordered();
        return error;
    }
    return sleep_for(WAIT_NANOSLEEP, from_timespec(time), left);
}

KITSUNE_PUBLIC unsigned kitsune_sleep(unsigned seconds)
{
    struct timespec left = {0};
    if (!this_thread)
        return sleep(seconds);
    if (sleep_for(WAIT_SLEEP, seconds * NANOSECONDS, &left) == 0)
        return 0;
    return (unsigned)left.tv_sec + (left.tv_nsec >= NANOSECONDS / 2);
}

KITSUNE_PUBLIC int kitsune_usleep(unsigned microseconds)
{
    if (!this_thread)
        return usleep(microseconds);
    if (sleep_for(WAIT_USLEEP, microseconds * INT64_C(1000), NULL) == 0)
        return 0;
    errno = EINTR;
    return -1;
}

KITSUNE_PUBLIC void ktthreads_ms_sleep(int milliseconds)
{
    if (milliseconds > 0)
        sleep_for(WAIT_MS_SLEEP, milliseconds * INT64_C(1000000), NULL);
}

/* ---- Waiting for descriptors ----------------------------------------------------------------- */

/* Milliseconds, rounded up. */
static int to_milliseconds(int64_t nanoseconds)
{
    return (int)((nanoseconds + 999999) / 1000000);
}

KITSUNE_PUBLIC int kitsune_poll(struct pollfd *entries, nfds_t count, int timeout)
{
    if (!this_thread || timeout <= 0)
        return poll(entries, count, timeout);
    int64_t length = timeout * INT64_C(1000000), started = monotonic_time();
    int64_t lasting = begin_wait(WAIT_POLL, length);
    int result = poll(entries, count, to_milliseconds(lasting));
    if (result < 0 && errno == EINTR)
        wait_was_interrupted(WAIT_POLL, length, started, lasting);
    return result;
}

KITSUNE_PUBLIC int kitsune_ppoll(struct pollfd *entries, nfds_t count,
                                 const struct timespec *timeout, const sigset_t *mask)
{
    if (!this_thread || !timeout || !is_in_range(timeout))
        return ppoll(entries, count, timeout, mask);
    int64_t length = from_timespec(timeout), started = monotonic_time();
    int64_t lasting = begin_wait(WAIT_POLL, length);
    struct timespec time = to_timespec(lasting);
    int result = ppoll(entries, count, &time, mask);
    if (result < 0 && errno == EINTR)
        wait_was_interrupted(WAIT_POLL, length, started, lasting);
    return result;
}

KITSUNE_PUBLIC int kitsune_epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
    if (!this_thread || timeout <= 0)
        return epoll_wait(epoll, events, count, timeout);
    int64_t length = timeout * INT64_C(1000000), started = monotonic_time();
    int64_t lasting = begin_wait(WAIT_EPOLL, length);
    int result = epoll_wait(epoll, events, count, to_milliseconds(lasting));
    if (result < 0 && errno == EINTR)
        wait_was_interrupted(WAIT_EPOLL, length, started, lasting);
    return result;
}

KITSUNE_PUBLIC int kitsune_select(int count, fd_set *reading, fd_set *writing, fd_set *exceptions,
                                  struct timeval *timeout)
{
    if (!this_thread || !timeout || timeout->tv_sec < 0 ||
        timeout->tv_sec >= INT64_MAX / NANOSECONDS)
        return select(count, reading, writing, exceptions, timeout);
    int64_t length = timeout->tv_sec * NANOSECONDS + timeout->tv_usec * INT64_C(1000);
    int64_t started = monotonic_time(), lasting = begin_wait(WAIT_SELECT, length);
    timeout->tv_sec = lasting / NANOSECONDS;
    timeout->tv_usec = lasting % NANOSECONDS / 1000;
    int result = select(count, reading, writing, exceptions, timeout);
    if (result < 0 && errno == EINTR)
        wait_was_interrupted(WAIT_SELECT, length, started, lasting);
    return result;
}
