/* test_rewriter.c -- runs kitcc's unit tests and prints the summary. */
#include "test_rewriter.h"

#include <stdio.h>

int main(void)
{
    SRunner *runner = srunner_create(arguments_suite());
    srunner_add_suite(runner, include_scan_suite());
    srunner_add_suite(runner, levels_suite());
    srunner_add_suite(runner, notes_suite());
    srunner_add_suite(runner, records_suite());
    srunner_add_suite(runner, copies_suite());
    srunner_add_suite(runner, statics_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    int passed = srunner_ntests_run(runner) - failed;
    srunner_free(runner);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
