/* test_runtime_inert.c -- in an ordinary executable every call does nothing: this test program is
 * one.  And what works without the driver: heap lists, frames. */
#include "test_runtime.h"

#include <signal.h>

#include <kitsune.h>
#include <kitsune/entry.h>

static int global_variable = 7;

START_TEST(calls_do_nothing)
{
    char path[] = "/nowhere.so";
    kitsune_set_next_version(path);
    kitsune_signal_update();
    ck_assert_int_eq(kitsune_pending, 0);
    kitsune_update("loop");
    kitsune_reach_update_point("loop");
    ck_assert_int_eq(kitsune_is_updating(), 0);
    ck_assert_int_eq(kitsune_is_updating_from("loop"), 0);
    kitsune_do_automigrate();
    ck_assert_int_eq(MIGRATE_GLOBAL(global_variable), 0);
    ck_assert_int_eq(MIGRATE_STATIC(global_variable), 0);
    ck_assert_int_eq(global_variable, 7);
    NOTE_STATIC(global_variable);
    ck_assert_ptr_null(kitsune_lookup_key_old("global_variable"));
    ck_assert_ptr_null(kitsune_lookup_key_new("global_variable"));
    ck_assert_ptr_null(kitsune_lookup_addr_old(&global_variable));
    ck_assert_ptr_null(kitsune_lookup_addr_new(&global_variable));
    kitsune_clear_request();
}
END_TEST

static int with_frame(int depth)
{
    ENTER_FUNC();
    int local = depth;
    NOTE_LOCAL(local);
    NOTE_LOCAL(local); /* once more, as in a loop */
    if (!kitsune_find_local(&kitsune_frame_, "local", &local) || kitsune_frame_.locals->next)
        return -1000;
    ck_assert_int_eq(MIGRATE_LOCAL(local), 0);
    if (depth == 0) {
        EXIT_FUNC();
        return local;
    }
    return local + with_frame(depth - 1);
}

START_TEST(frames_come_and_go)
{
    ck_assert_int_eq(with_frame(10), 55);
    struct kitsune_frame outer = {NULL, "outer", NULL};
    kitsune_enter_function(&outer);
    ck_assert_ptr_null(outer.caller); /* nothing is left of the others */
    int value = 0;
    struct kitsune_local local = {NULL, "value", &value, sizeof value};
    kitsune_link_local(&outer, &local);
    ck_assert_ptr_eq(kitsune_find_local(&outer, "value", &value), &local);
    kitsune_forget_local(&local);
    ck_assert_ptr_null(kitsune_find_local(&outer, "value", &value));
    kitsune_forget_local(&local);
    kitsune_leave_function(&outer);
    kitsune_leave_function(&outer);
}
END_TEST

START_TEST(heap_lists)
{
    kitsune_heaplist *list = kitsune_heaplist_new();
    int values[100];
    for (int i = 0; i < 100; i++)
        NOTE_HEAP(list, &values[i]);
    for (int i = 0; i < 100; i += 2)
        ck_assert_int_eq(UNNOTE_HEAP(list, &values[i]), 1);
    ck_assert_int_eq(UNNOTE_HEAP(list, &values[0]), 0);
    ck_assert_int_eq(UNNOTE_HEAP(list, &values[99]), 1);
    kitsune_heaplist_free(list);
    kitsune_heaplist_free(NULL);
}
END_TEST

START_TEST(signal_masks_are_the_kernels)
{
    sigset_t set, now;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    ck_assert_int_eq(kitsune_change_signal_mask(SIG_BLOCK, &set, NULL), 0);
    sigprocmask(SIG_BLOCK, NULL, &now);
    ck_assert_int_eq(sigismember(&now, SIGUSR1), 1);
    ck_assert_int_ne(kitsune_change_signal_mask(99, &set, NULL), 0);
}
END_TEST

Suite *suite_inert(void)
{
    Suite *suite = suite_create("inert");
    TCase *tests = tcase_create("inert");
    tcase_add_test(tests, calls_do_nothing);
    tcase_add_test(tests, frames_come_and_go);
    tcase_add_test(tests, heap_lists);
    tcase_add_test(tests, signal_masks_are_the_kernels);
    suite_add_tcase(suite, tests);
    return suite;
}
