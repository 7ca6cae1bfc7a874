/* check_calls.h -- which functions a program's code calls, from where, and with which constants:
 * addresses of its own functions and data, string literals, numbers.
 *
 * Read from the machine code (x86-64), which is the same truth in every build: the call sites that
 * DWARF describes (DW_TAG_call_site) are there in optimised code only, and in clang's they do not
 * name a callee that is called through the global offset table, as kitcc has it.  DWARF says the
 * rest: the line of a call, the function that was inlined there, and what the callee takes, where
 * it knows the declaration, so that what happens to be left in a register is no argument.
 *
 * Followed are constants: through registers, through the function's own stack frame, through its
 * branches and loops, and through its own parameters ("given what it was given").  Not followed are
 * values that come out of the program's data.
 */
#ifndef INSPECT_CHECK_CALLS_H
#define INSPECT_CHECK_CALLS_H

#include "check_binary.h"

enum value_kind {
    VALUE_UNKNOWN,
    VALUE_NUMBER,
    VALUE_ADDRESS,   /* number: in this object */
    VALUE_IMPORT,    /* the address of import, plus something */
    VALUE_STACK,     /* number: from the caller's stack pointer before the call (DWARF's CFA) */
    VALUE_PARAMETER, /* number: what the function was given in this place, 0 the first */
    VALUE_INSIDE,    /* an address in the object of this program that begins at number */
    VALUE_ONE_OF,    /* what is stored somewhere in that object */
    VALUE_HELD,      /* what the variable that is import holds */
};

struct machine_value {
    enum value_kind kind;
    union {
        int64_t number;
        const char *import;
    };
};

/* Something of interest in the function's frame. */
struct held_value {
    int64_t offset;
    struct machine_value value;
};

enum { ARGUMENT_COUNT = 8 };

struct call {
    uint64_t address;
    const struct symbol *caller;
    const char *function;      /* as written: the inlined one, where one was inlined */
    struct source_place place; /* file NULL: not known */
    const char *callee;
    bool is_import;            /* else `target` is a function of this object */
    uint64_t target;
    struct machine_value arguments[ARGUMENT_COUNT]; /* unknown beyond those that it takes */
    /* Of the variable that a VALUE_STACK leads into, or of the struct that the callee is declared
     * to take the address of: how far it reaches.  0: not known. */
    uint64_t extents[ARGUMENT_COUNT];
    struct held_value *held;   /* the frame, when an argument leads into it */
    size_t held_count;
};

/* An address of the program's is stored in a library's variable; or a function's in memory. */
struct assignment {
    const struct symbol *caller;
    const char *function;
    struct source_place place;
    const char *variable; /* NULL: the program's own, or on the heap */
    struct machine_value value;
};

struct calls {
    const struct binary *binary;
    struct arena *arena;
    bool is_readable; /* false: of another machine */
    struct call *list;
    size_t count, capacity;
    const struct symbol **indirect; /* functions that call something unknown */
    size_t indirect_count, indirect_capacity;
    struct assignment *assignments;
    size_t assignment_count, assignment_capacity;
};

/* Always returns something; empty when there is no code that could be read. */
struct calls *calls_read(const struct binary *binary);
void calls_free(struct calls *calls);
/* The call that is made at this address; NULL: none. */
const struct call *calls_at(const struct calls *calls, uint64_t address);

/* The function of the program whose address this is; NULL when it is none. */
const struct symbol *value_function(const struct binary *binary, struct machine_value value);
/* The constant text at it, or NULL. */
const char *value_text(const struct binary *binary, struct machine_value value);

#endif
