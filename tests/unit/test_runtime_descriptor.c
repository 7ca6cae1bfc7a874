/* test_runtime_descriptor.c -- descriptors that are kept out of the program's way. */
#include "test_runtime.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/descriptor.h"

START_TEST(they_live_high_and_do_not_survive_exec)
{
    int low = open("/dev/null", O_RDONLY);
    struct descriptor kept = descriptor_keep(low);
    ck_assert_int_gt(kept.number, low);
    ck_assert_int_eq(fcntl(low, F_GETFD), -1);
    ck_assert_int_ne(fcntl(kept.number, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert(descriptor_is_ours(&kept));
    int number = kept.number;
    descriptor_close(&kept);
    ck_assert_int_eq(fcntl(number, F_GETFD), -1);
    ck_assert_int_eq(kept.number, -1);
}
END_TEST

START_TEST(what_the_program_opened_in_its_place_is_left_alone)
{
    struct descriptor kept = descriptor_keep(open("/dev/null", O_RDONLY));
    close(kept.number); /* the program closes what it does not know */
    int other = open("/dev/zero", O_RDONLY);
    ck_assert_int_eq(dup2(other, kept.number), kept.number);
    ck_assert(!descriptor_is_ours(&kept));
    int number = kept.number;
    descriptor_close(&kept);
    ck_assert_int_ge(fcntl(number, F_GETFD), 0);
    close(number);
    close(other);
}
END_TEST

START_TEST(a_low_limit)
{
    struct rlimit limit = {40, 40};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    struct descriptor kept = descriptor_keep(open("/dev/null", O_RDONLY));
    ck_assert(descriptor_is_ours(&kept));
    ck_assert_int_ne(fcntl(kept.number, F_GETFD) & FD_CLOEXEC, 0);
    descriptor_close(&kept);
}
END_TEST

START_TEST(none)
{
    struct descriptor kept = descriptor_keep(-1);
    ck_assert_int_eq(kept.number, -1);
    ck_assert(!descriptor_is_ours(&kept));
    descriptor_close(&kept);
}
END_TEST

Suite *suite_descriptor(void)
{
    Suite *suite = suite_create("descriptor");
    TCase *tests = tcase_create("descriptor");
    tcase_add_test(tests, they_live_high_and_do_not_survive_exec);
    tcase_add_test(tests, what_the_program_opened_in_its_place_is_left_alone);
    tcase_add_test(tests, a_low_limit);
    tcase_add_test(tests, none);
    suite_add_tcase(suite, tests);
    return suite;
}
