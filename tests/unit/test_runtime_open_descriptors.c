/* test_runtime_open_descriptors.c -- which descriptors are open: with holes between them, and
 * without a free one to look by. */
#include "test_runtime.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/open_descriptors.h"

enum { MOST = 3000 };

/* What is told, and how far. */
static int look_at_all(bool *is_told)
{
    struct open_descriptors look;
    int before = -1;
    for (int number = 0; number < MOST; number++)
        is_told[number] = false;
    open_descriptors_begin(&look);
    for (int number; (number = open_descriptors_next(&look)) >= 0;) {
        ck_assert_int_gt(number, before);
        ck_assert_int_lt(number, MOST);
        is_told[before = number] = true;
    }
    ck_assert_int_eq(open_descriptors_next(&look), -1);
    open_descriptors_end(&look);
    return look.known_below;
}

static void check_all(const bool *is_told, int most)
{
    for (int number = 0; number < most; number++)
        ck_assert_int_eq(is_told[number], fcntl(number, F_GETFD) >= 0);
}

static void open_at(int number)
{
    int file = open("/dev/null", O_RDONLY | (number % 2 ? O_PATH : 0));
    ck_assert_int_eq(dup2(file, number), number);
    if (file != number)
        close(file);
}

START_TEST(with_holes_of_all_lengths)
{
    bool is_told[MOST];
    int number = 40;
    for (int hole = 0; number < MOST - 100; hole++, number += hole)
        open_at(number);
    open_at(MOST - 1);
    ck_assert_int_eq(look_at_all(is_told), INT_MAX);
    check_all(is_told, MOST);
}
END_TEST

START_TEST(one_behind_the_other)
{
    bool is_told[MOST];
    for (int number = 40; number < 1500; number++)
        open_at(number);
    ck_assert_int_eq(look_at_all(is_told), INT_MAX);
    check_all(is_told, MOST);
}
END_TEST

START_TEST(what_is_told_may_be_closed)
{
    struct open_descriptors look;
    for (int number = 100; number < 1000; number += 30)
        open_at(number);
    open_descriptors_begin(&look);
    for (int number; (number = open_descriptors_next(&look)) >= 0;)
        if (number >= 100)
            close(number);
    open_descriptors_end(&look);
    for (int number = 100; number < 1000; number++)
        ck_assert_int_lt(fcntl(number, F_GETFD), 0);
}
END_TEST

START_TEST(when_all_are_in_use)
{
    enum { LIMIT = 300 };
    bool is_told[MOST];
    struct rlimit limit = {LIMIT, LIMIT};
    open_at(1000); /* before there was a limit */
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    while (open("/dev/null", O_RDONLY) >= 0)
        ;
    ck_assert_int_eq(look_at_all(is_told), LIMIT);
    check_all(is_told, LIMIT);
    ck_assert(!is_told[1000]);
}
END_TEST

Suite *suite_open_descriptors(void)
{
    Suite *suite = suite_create("open_descriptors");
    TCase *tests = tcase_create("open_descriptors");
    tcase_add_test(tests, with_holes_of_all_lengths);
    tcase_add_test(tests, one_behind_the_other);
    tcase_add_test(tests, what_is_told_may_be_closed);
    tcase_add_test(tests, when_all_are_in_use);
    suite_add_tcase(suite, tests);
    return suite;
}
