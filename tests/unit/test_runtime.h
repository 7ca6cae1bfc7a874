/* test_runtime.h -- what the tests of the runtime share. */
#ifndef TEST_RUNTIME_H
#define TEST_RUNTIME_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

Suite *suite_elf(void);
Suite *suite_image(void);
Suite *suite_key(void);
Suite *suite_symbols(void);
Suite *suite_fields(void);
Suite *suite_request(void);
Suite *suite_hostile(void);
Suite *suite_directory(void);
Suite *suite_descriptor(void);
Suite *suite_open_descriptors(void);
Suite *suite_inert(void);
Suite *suite_waits(void);
Suite *suite_trust(void);

/* A path in the folder of this run; static, overwritten by the eighth call after. */
const char *in_folder(const char *name);

/* The sample version, made once: a program with globals, statics of files and of functions. */
#define SAMPLE "sample.so"

/* A file in memory. */
struct contents {
    unsigned char *bytes;
    size_t size;
};
struct contents read_file(const char *path);
void write_file(const char *path, const void *bytes, size_t size);
/* Runs a shell command in the folder; the test fails when it does. */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fails unless `text` contains `part`. */
void assert_contains(const char *text, const char *part);

#endif
