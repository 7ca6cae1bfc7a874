/* check_flow.h -- constants followed through one function (constant propagation over its basic
 * blocks), and what they are when it calls somebody.  See check_calls.h. */
#ifndef INSPECT_CHECK_FLOW_H
#define INSPECT_CHECK_FLOW_H

#include "check_calls.h"
#include "check_machine.h"

enum { MOST_HELD = 64 };

/* What the machine holds, as far as it is known, at one place. */
struct machine {
    struct machine_value registers[REGISTER_COUNT];
    struct machine_value vectors[VECTOR_COUNT][2];
    uint32_t unread; /* registers whose value nobody has used yet, one bit for each */
    struct held_value held[MOST_HELD]; /* the frame */
    size_t held_count;
    bool is_reached;
    enum { TEST_UNKNOWN, TEST_EQUAL, TEST_LESS, TEST_GREATER } test; /* how the last one came out */
};

/* What is known of a call beforehand; UNKNOWN: who is called. */
enum call_outcome { CALL_UNKNOWN, CALL_RETURNS, CALL_RETURNS_TRUE, CALL_ENDS };

struct flow {
    const struct binary *binary;
    uint64_t start, end; /* of the function */
    const struct step *steps;
    size_t step_count;
    size_t *block_of_step;   /* the block that starts there, counted from 1; 0: none starts */
    struct machine *entries; /* of each block */
    size_t block_count;
    /* The name of the import that a callee is or goes on to; NULL: none.  Without this function:
     * what it is. */
    const char *(*import_of)(void *context, struct machine_value callee);
    /* Told of each call, and of each address that is stored outside the frame; `variable` is
     * NULL unless it is a library's.  NULL: nobody is. */
    void (*on_call)(void *context, const struct step *step, struct machine_value callee,
                    const struct machine *machine);
    void (*on_store)(void *context, const struct step *step, const char *variable,
                     struct machine_value value);
    /* When not NULL, the function is followed only as far as it runs in a version that is being
     * entered and has not come to its update point: kitsune_pending is set, calls come out as told
     * here, and branches that are decided by that are decided. */
    enum call_outcome (*outcome_of)(void *context, const struct step *step);
    bool may_return; /* the answer, in that case */
    /* Followed from behind the call at this address on, whose result is -1; 0: from the
     * beginning. */
    uint64_t failed_call;
    void *context;
};

/* False without memory. */
bool flow_run(struct flow *flow);

#endif
