/* test_rewriter.h -- the suites of kitcc's unit tests, each in its own file. */
#ifndef TEST_REWRITER_H
#define TEST_REWRITER_H

#include <check.h>

Suite *arguments_suite(void);
Suite *include_scan_suite(void);
Suite *levels_suite(void);
Suite *notes_suite(void);
Suite *records_suite(void);
Suite *copies_suite(void);
Suite *statics_suite(void);

#endif
