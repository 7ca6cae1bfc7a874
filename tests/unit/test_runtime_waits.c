/* test_runtime_waits.c -- waits that an update cut short end when they would have ended. */
#include "test_runtime.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include <kitsune/entry.h>

#include "control/report.h"
#include "threads/thread.h"

enum { HOUR = 3600 };
#define HOUR_IN_NANOSECONDS (HOUR * INT64_C(1000000000))

static struct thread thread;

/* This thread was interrupted in a wait of an hour that would be over now. */
static void cut_short(enum wait_kind kind)
{
    this_thread = &thread;
    thread.cut_short =
        (struct cut_short_wait){kind, HOUR_IN_NANOSECONDS, monotonic_time() - 1};
}

static void end_case(void)
{
    this_thread = NULL;
}

/* Each of these would last an hour, and the test be ended by its time limit. */

START_TEST(sleeps_end_when_they_would_have_ended)
{
    struct timespec hour = {HOUR, 0};
    cut_short(WAIT_NANOSLEEP);
    ck_assert_int_eq(kitsune_nanosleep(&hour, NULL), 0);
    cut_short(WAIT_SLEEP);
    ck_assert_uint_eq(kitsune_sleep(HOUR), 0);
    cut_short(WAIT_USLEEP);
    ck_assert_int_eq(kitsune_usleep(HOUR * 1000000u), 0);
    cut_short(WAIT_MS_SLEEP);
    ktthreads_ms_sleep(HOUR * 1000);
}
END_TEST

START_TEST(waits_for_descriptors_end_when_they_would_have_ended)
{
    struct timeval hour = {HOUR, 0};
    struct epoll_event event;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    cut_short(WAIT_POLL);
    ck_assert_int_eq(kitsune_poll(NULL, 0, HOUR * 1000), 0);
    cut_short(WAIT_EPOLL);
    ck_assert_int_eq(kitsune_epoll_wait(epoll, &event, 1, HOUR * 1000), 0);
    cut_short(WAIT_SELECT);
    ck_assert_int_eq(kitsune_select(0, NULL, NULL, NULL, &hour), 0);
    close(epoll);
}
END_TEST

START_TEST(what_was_cut_short_counts_once_and_for_its_like_only)
{
    struct timespec moment = {0, 1000};
    cut_short(WAIT_NANOSLEEP);
    ck_assert_int_eq(kitsune_nanosleep(&moment, NULL), 0); /* of another length */
    ck_assert_int_eq(thread.cut_short.kind, WAIT_NONE);
    cut_short(WAIT_POLL);
    ck_assert_int_eq(kitsune_nanosleep(&moment, NULL), 0); /* of another kind */
    ck_assert_int_eq(thread.cut_short.kind, WAIT_NONE);
}
END_TEST

START_TEST(wrong_arguments_are_libc_s_business)
{
    struct timespec wrong = {0, -1};
    cut_short(WAIT_NANOSLEEP);
    ck_assert_int_eq(kitsune_nanosleep(&wrong, NULL), -1);
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_int_eq(kitsune_poll(NULL, 0, 0), 0);
}
END_TEST

Suite *suite_waits(void)
{
    Suite *suite = suite_create("waits");
    TCase *waits = tcase_create("waits");
    tcase_add_checked_fixture(waits, NULL, end_case);
    tcase_set_timeout(waits, 60);
    tcase_add_test(waits, sleeps_end_when_they_would_have_ended);
    tcase_add_test(waits, waits_for_descriptors_end_when_they_would_have_ended);
    tcase_add_test(waits, what_was_cut_short_counts_once_and_for_its_like_only);
    tcase_add_test(waits, wrong_arguments_are_libc_s_business);
    suite_add_tcase(suite, waits);
    return suite;
}
