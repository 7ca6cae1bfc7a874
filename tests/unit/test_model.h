/* test_model.h -- what the tests of the type model share: programs built while they run. */
#ifndef TEST_MODEL_H
#define TEST_MODEL_H

#include "../../xfgen/model.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* One way of building the sample program of tests/unit/model/. */
struct setting {
    const char *command; /* compiler and options */
    bool is_optimised;
    bool has_alignment;  /* DW_AT_alignment is written */
    bool has_atomic;     /* DW_TAG_atomic_type is */
    bool merges_by_name; /* type units cannot tell structs apart that lead to private ones */
};

extern const struct setting settings[];
extern const int setting_count;

/* The sample program in one setting; built before the tests begin. */
const char *sample_path(int setting);
struct program *load_sample(int setting);

/* The tests' own folder, removed at the end. */
const char *test_folder(void);
char *in_folder(const char *name); /* malloc */
void write_in_folder(const char *name, const char *text);
/* The text with annotation records (docs/annotations-section.md) added; fields are separated by |
 * here.  malloc. */
char *with_records(const char *text, const char *const *records);
#define RECORDS(...) (const char *const[]){__VA_ARGS__, NULL}
/* Runs a shell command in the folder; fails the test when the command does. */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes `text` to file.c, builds it with gcc -g and the options, loads it. */
struct program *load_text(const char *text, const char *options);
/* Loads, or fails the test with the message. */
struct program *load_or_fail(const char *path);
/* The message of a load that must fail. */
char *load_message(const char *path);

struct type *need_type(const struct program *program, enum type_kind kind, const char *name);
struct member *need_member(const struct type *type, const char *name);
struct variable *need_variable(const struct program *program, const char *key);
const struct annotation *find_annotation(const struct annotation *list,
                                         enum annotation_kind kind);
void check_text(const struct type *type, const char *name, const char *expected);

Suite *suite_types(void);
Suite *suite_variables(void);
Suite *suite_units(void);
Suite *suite_annotations(void);
Suite *suite_failures(void);
Suite *suite_text(void);
Suite *suite_places(void);
Suite *suite_companion(void);

#endif
