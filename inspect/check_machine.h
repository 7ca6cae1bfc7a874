/* check_machine.h -- machine code as steps that move values about: what the call reader
 * (check_calls.h) needs to know of x86-64, and no more.
 *
 *      bytes --capstone--> steps (check_decode.c) --constants followed--> calls (check_flow.c)
 *
 * A step is an instruction seen as one assignment.  What an instruction does beyond the kinds
 * below is "these registers hold something unknown now".
 */
#ifndef INSPECT_CHECK_MACHINE_H
#define INSPECT_CHECK_MACHINE_H

#include "check_binary.h"

enum {
    REGISTER_COUNT = 16, VECTOR_COUNT = 16, NO_REGISTER = -1,
    /* Hardware numbers. */
    RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7, R8 = 8, R9 = 9,
    R10 = 10, R11 = 11, R12 = 12, R13 = 13, R14 = 14, R15 = 15,
};

enum step_kind {
    STEP_OTHER,         /* only writes */
    STEP_ADDRESS,       /* target = the address `number` */
    STEP_NUMBER,        /* target = number */
    STEP_COPY,          /* target = source */
    STEP_ADD,           /* target = source + number */
    STEP_ALIGN,         /* target = target & number */
    STEP_INSIDE,        /* target = somewhere in what the base or the index of memory leads into */
    STEP_LOAD,          /* target = memory */
    STEP_STORE,         /* memory = source, or number with NO_REGISTER */
    STEP_PUSH,          /* source, or unknown */
    STEP_POP,           /* target */
    STEP_LEAVE,         /* rsp = rbp, pop rbp */
    STEP_VECTOR_SET,    /* low half of vector target = source, high half 0 */
    STEP_VECTOR_COPY,   /* vector target = vector source */
    STEP_VECTOR_PAIR,   /* high half of vector target = low half of vector source */
    STEP_VECTOR_HIGH,   /* high half of vector target = memory */
    STEP_VECTOR_LOAD,   /* vector target = 16 bytes of memory, or 8 and zeros */
    STEP_VECTOR_STORE,  /* 16 bytes of memory, or 8, = vector source */
    STEP_TEST,          /* compares source, or memory with NO_REGISTER, with number */
    STEP_CALL,
    STEP_JUMP,
    STEP_END,           /* return, trap: nothing goes on behind it */
};

/* When a conditional jump is taken, where it depends on the last STEP_TEST alone. */
enum jump_condition {
    JUMP_MAYBE, JUMP_IF_EQUAL, JUMP_IF_DIFFERENT,
    JUMP_IF_LESS, JUMP_IF_NOT_LESS, JUMP_IF_GREATER, JUMP_IF_NOT_GREATER, /* as signed numbers */
};

struct memory {
    int base;             /* NO_REGISTER: displacement is an address */
    int64_t displacement;
    bool is_unknown;      /* indexed, or relative to a segment */
    int index;            /* in the first case; otherwise NO_REGISTER */
};

struct step {
    uint64_t address;
    enum step_kind kind;
    int target, source;    /* registers */
    int64_t number;
    unsigned width;        /* bytes written or read, by LOAD, STORE, COPY and the vector ones */
    struct memory memory;
    /* Calls and jumps: to an address, or to what `memory` or `source` holds. */
    uint64_t destination;  /* 0: not an address */
    bool uses_memory;
    bool is_conditional;
    enum jump_condition condition;
    bool is_return; /* a STEP_END that goes back to the caller */
    /* One bit for each register.  `written` of steps that are nothing better than OTHER. */
    uint32_t read, written, written_vectors;
};

struct decoder;

/* NULL when the binary is of another machine, or without memory. */
struct decoder *decoder_new(const struct binary *binary);
void decoder_free(struct decoder *decoder);
/* The steps of the code in [start, start + size), as far as they can be decoded; freed with free.
 * NULL when there are none. */
struct step *decode(struct decoder *decoder, uint64_t start, uint64_t size, size_t *count);

#endif
