/* test_spec_support.h -- an .xf text in, what xfgen understood and said out, both as text. */
#ifndef TEST_SPEC_SUPPORT_H
#define TEST_SPEC_SUPPORT_H

#include <check.h>

#include "../../xfgen/spec.h"

struct reading {
    struct spec *spec;
    struct messages messages;
    char *tree; /* one line for each rule; see spec_to_text() */
    char *said; /* the messages */
};

struct reading read_text(const char *text);
struct reading read_bytes(const char *bytes, size_t length);
struct reading read_path(const char *path);
void reading_end(struct reading *reading);

/* Reads the text and compares both results.  `said` NULL: nothing may be said. */
void expect_tree(const char *text, const char *tree);
void expect_said(const char *text, const char *said);
/* Only the first line of each message: "3:5: error: ...\n". */
void expect_errors(const char *text, const char *errors);
/* The block of a rule `a -> b: {text}`, or of what the text says itself. */
void expect_block(const char *text, const char *segments);

Suite *scanner_suite(void);
Suite *grammar_suite(void);
Suite *block_suite(void);
Suite *type_suite(void);
Suite *message_suite(void);
Suite *held_suite(void);
Suite *docs_suite(void);

#endif
