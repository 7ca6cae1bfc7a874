/* check_lines.h -- what DWARF says of an address in the code, and of functions of libraries. */
#ifndef INSPECT_CHECK_LINES_H
#define INSPECT_CHECK_LINES_H

#include "check_calls.h"

/* What a function takes, by its declaration. */
struct prototype {
    const char *name;
    uint64_t address;  /* 0: of a library */
    int count;
    bool is_variadic;  /* or declared without a prototype */
    uint64_t structure_sizes[ARGUMENT_COUNT]; /* of what the parameter points to; 0: no struct */
};

/* With -gsplit-dwarf, two halves of one unit; otherwise the same. */
struct code_unit {
    Dwarf_Die lines, entries;
};

struct lines {
    const struct binary *binary;
    struct arena *arena;
    struct code_unit *units;
    size_t unit_count, unit_capacity;
    size_t last_unit; /* most questions are about the same one */
    Dwarf_Die last_function;
    struct prototype *prototypes;
    size_t prototype_count, prototype_capacity;
};

struct code_place {
    struct source_place place; /* file NULL: not known */
    const char *function;      /* the innermost, inlined or not; NULL: not known */
};

void lines_read(struct lines *lines, const struct binary *binary, struct arena *arena);
struct code_place lines_find(struct lines *lines, uint64_t address);
/* How many bytes of a variable there are from `offset` (from the CFA) in the frame of the code at
 * `address`, whose stack pointer is at `stack`; 0: no variable there. */
uint64_t lines_frame_extent(struct lines *lines, uint64_t address, int64_t stack, int64_t offset);
/* Of a library's function. */
const struct prototype *lines_prototype(const struct lines *lines, const char *name);
/* Of the program's own function that starts there. */
const struct prototype *lines_own_prototype(const struct lines *lines, uint64_t address);

#endif
