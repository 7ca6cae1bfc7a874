/* test_heap_support.h -- a stage for the heap engine: an old and a new version made of arrays, an
 * update_fail that comes back to the test, and a malloc that counts and can be told to fail. */
#ifndef TEST_HEAP_SUPPORT_H
#define TEST_HEAP_SUPPORT_H

#include <check.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/heap/heap.h"

/* ---- Two versions ---------------------------------------------------------------------------- */

struct fake_image {
    char constants[4096];
    char data[8192];
    char behind[4096]; /* so that the end of one image is not the start of the next */
};

extern struct fake_image old_image, new_image;
extern char old_stack[4096];

/* Offsets for the tables of a transformer. */
#define CONSTANT_OFFSET(n) (offsetof(struct fake_image, constants) + (n))
#define DATA_OFFSET(n) (offsetof(struct fake_image, data) + (n))

/* A transformer to be filled in by the test; cleared before each. */
extern struct kitsune_transformer transformer;
/* For heap_setup; false before each test. */
extern bool old_is_read;

/* heap_begin with the above. */
void begin_update(void);
/* heap_finish, heap_commit. */
void finish_and_commit(void);

/* Migrates a pointer variable that holds `old`; returns the address of the new variable, whose
 * value may be a placeholder until a drain. */
void **migrate_pointer(const struct kitsune_type_pair *pair, const void *old, size_t count);
/* The same with a drain, and the value. */
void *convert_pointer(const struct kitsune_type_pair *pair, const void *old, size_t count);

/* ---- Failures -------------------------------------------------------------------------------- */

extern jmp_buf failure_return;
extern bool failure_expected;
extern char failure_message[1024];

/* Runs the statement, which must fail the update with a message that contains the text; then
 * aborts the update. */
#define EXPECT_FAILURE(text, statement)                                                           \
    do {                                                                                          \
        failure_expected = true;                                                                  \
        if (!setjmp(failure_return)) {                                                            \
            statement;                                                                            \
            ck_abort_msg("did not fail: %s", #statement);                                         \
        }                                                                                         \
        failure_expected = false;                                                                 \
        heap_abort();                                                                             \
        ck_assert_msg(strstr(failure_message, text), "wrong message: %s", failure_message);       \
    } while (0)

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Allocations by the tests and the engine that have not been freed. */
extern long live_allocations;
/* Which allocation from now on is to fail, counting the engine's malloc and mmap: 1 is the next.
 * 0: none. */
extern long failing_allocation;
/* Is this the start of an allocation that has not been freed? */
bool is_live(const void *address);

/* ---- Running --------------------------------------------------------------------------------- */

/* Runs the case and ends with the line "N passed, N failed"; returns main's status. */
int run_tests(const char *name, const TTest *const *tests, size_t count);
#define RUN_TESTS(name, tests) run_tests((name), (tests), sizeof(tests) / sizeof((tests)[0]))

/* What convert_pointer uses; visible for tests that need their own migrate function. */
struct old_node {
    long value;
    struct old_node *next;
    struct old_node *other;
};

struct new_node {
    long value;
    long added;
    struct new_node *other;
    struct new_node *next;
};

/* Moves, to a larger layout with its members in another order. */
extern const struct kitsune_type_pair node_pair;

struct old_node *make_node(long value, struct old_node *next, struct old_node *other);

/* Stays; holds a pointer to a node and one to its like. */
struct holder {
    long number;
    struct old_node *node;
    struct holder *next;
};

extern const struct kitsune_type_pair holder_pair;

/* Something small that arrays are made of. */
struct old_element {
    int number;
};

struct new_element {
    int added;
    long number;
};

extern const struct kitsune_type_pair element_pair;

#endif
