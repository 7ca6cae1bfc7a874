/* check_step.h -- what one step does to what the machine holds: values, the frame, memory. */
#ifndef INSPECT_CHECK_STEP_H
#define INSPECT_CHECK_STEP_H

#include "check_flow.h"

enum { WORD = 8 };

struct machine_value number_value(enum value_kind kind, int64_t number);
bool is_same(struct machine_value left, struct machine_value right);
/* What is known when it may be the one or the other. */
struct machine_value meet(const struct flow *flow, struct machine_value left,
                          struct machine_value right);
struct machine_value frame_load(const struct machine *machine, int64_t offset);
/* A call, or a jump that leaves the function, which is a call in the place of a return. */
bool is_call(const struct flow *flow, const struct step *step);
/* `tells`: the flow is told of calls and stores. */
void run_step(const struct flow *flow, struct machine *machine, const struct step *step,
              bool tells);

#endif
