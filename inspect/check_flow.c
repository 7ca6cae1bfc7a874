/* check_flow.c -- see check_flow.h.
 *
 * The lattice is nearly flat: a place holds nothing yet (its block is not reached), one known
 * value, some address in one object, or something unknown.
 */
#include "check_step.h"

#include <stdlib.h>
#include <string.h>

static size_t step_at(const struct flow *flow, uint64_t address)
{
    size_t low = 0, high = flow->step_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (flow->steps[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < flow->step_count && flow->steps[low].address == address ? low : flow->step_count;
}

static bool ends_block(const struct step *step)
{
    return step->kind == STEP_JUMP || step->kind == STEP_END;
}

static bool find_blocks(struct flow *flow)
{
    size_t i;

    flow->block_of_step = calloc(flow->step_count + 1, sizeof *flow->block_of_step);
    if (!flow->block_of_step)
        return false;
    flow->block_of_step[0] = 1;
    for (i = 0; i < flow->step_count; i++) {
        const struct step *step = &flow->steps[i];

        if (ends_block(step) || (flow->failed_call && step->address == flow->failed_call))
            flow->block_of_step[i + 1] = 1;
        if (step->kind == STEP_JUMP && step->destination)
            flow->block_of_step[step_at(flow, step->destination)] = 1;
    }
    for (i = 0; i < flow->step_count; i++)
        if (flow->block_of_step[i])
            flow->block_of_step[i] = ++flow->block_count;
    flow->entries = calloc(flow->block_count, sizeof *flow->entries);
    return flow->entries != NULL;
}

static bool join_value(const struct flow *flow, struct machine_value *value,
                       struct machine_value other)
{
    struct machine_value before = *value;

    *value = meet(flow, before, other);
    return !is_same(before, *value);
}

/* Joins what comes from somewhere else; true when something is known that was not, or no longer. */
static bool join(const struct flow *flow, struct machine *entry, const struct machine *machine)
{
    bool has_changed = false;
    size_t i, kept = 0;

    if (!entry->is_reached) {
        *entry = *machine;
        entry->is_reached = true;
        return true;
    }
    for (i = 0; i < REGISTER_COUNT; i++)
        has_changed |= join_value(flow, &entry->registers[i], machine->registers[i]);
    for (i = 0; i < 2 * VECTOR_COUNT; i++)
        has_changed |= join_value(flow, &entry->vectors[i / 2][i % 2],
                                  machine->vectors[i / 2][i % 2]);
    for (i = 0; i < entry->held_count; i++) {
        struct held_value held = entry->held[i];

        has_changed |= join_value(flow, &held.value, frame_load(machine, held.offset));
        if (held.value.kind != VALUE_UNKNOWN)
            entry->held[kept++] = held;
    }
    has_changed |= kept != entry->held_count || (entry->unread & ~machine->unread);
    has_changed |= entry->test != TEST_UNKNOWN && entry->test != machine->test;
    if (entry->test != machine->test)
        entry->test = TEST_UNKNOWN;
    entry->unread &= machine->unread;
    entry->held_count = kept;
    return has_changed;
}

static bool is_decided(const struct flow *flow, const struct machine *machine,
                       const struct step *step)
{
    return flow->outcome_of && step->is_conditional && step->condition != JUMP_MAYBE &&
           machine->test != TEST_UNKNOWN;
}

static bool holds(enum jump_condition condition, const struct machine *machine)
{
    switch (condition) {
    case JUMP_IF_EQUAL:
        return machine->test == TEST_EQUAL;
    case JUMP_IF_DIFFERENT:
        return machine->test != TEST_EQUAL;
    case JUMP_IF_LESS:
        return machine->test == TEST_LESS;
    case JUMP_IF_NOT_LESS:
        return machine->test != TEST_LESS;
    case JUMP_IF_GREATER:
        return machine->test == TEST_GREATER;
    case JUMP_IF_NOT_GREATER:
        return machine->test != TEST_GREATER;
    default:
        return true;
    }
}

static bool may_jump(const struct flow *flow, const struct machine *machine,
                     const struct step *step)
{
    return !is_decided(flow, machine, step) || holds(step->condition, machine);
}

static bool may_go_on(const struct flow *flow, const struct machine *machine,
                      const struct step *step)
{
    return step->kind != STEP_END && step->is_conditional &&
           (!is_decided(flow, machine, step) || !may_jump(flow, machine, step));
}

static bool ends_here(const struct flow *flow, const struct step *step)
{
    return flow->outcome_of && is_call(flow, step) &&
           flow->outcome_of(flow->context, step) == CALL_ENDS;
}

/* Goes back to the caller, perhaps by way of a last call.  A jump to who knows where is one through
 * a table, rather. */
static bool goes_back(const struct flow *flow, const struct step *step)
{
    enum call_outcome outcome;

    if (!flow->outcome_of || step->kind != STEP_JUMP || !is_call(flow, step))
        return step->is_return;
    outcome = flow->outcome_of(flow->context, step);
    return outcome == CALL_RETURNS || outcome == CALL_RETURNS_TRUE;
}

/* Runs from one block to the next that control can reach; `all_others`, when not NULL, gathers
 * what a jump through a table takes along. */
static bool run_block(struct flow *flow, size_t first, struct machine *all_others)
{
    struct machine machine = flow->entries[flow->block_of_step[first] - 1];
    bool has_changed = false;
    size_t i;

    for (i = first; i < flow->step_count; i++) {
        const struct step *step = &flow->steps[i];
        size_t destination;

        if (i > first && flow->block_of_step[i])
            return join(flow, &flow->entries[flow->block_of_step[i] - 1], &machine) || has_changed;
        run_step(flow, &machine, step, false);
        flow->may_return |= goes_back(flow, step);
        if (step->kind == STEP_CALL && ends_here(flow, step))
            return has_changed;
        if (!ends_block(step))
            continue;
        destination = step->kind == STEP_JUMP && step->destination &&
                              may_jump(flow, &machine, step)
                          ? step_at(flow, step->destination) : flow->step_count;
        if (destination < flow->step_count)
            has_changed |= join(flow, &flow->entries[flow->block_of_step[destination] - 1],
                                &machine);
        if (step->kind == STEP_JUMP && !step->destination)
            join(flow, all_others, &machine);
        if (!may_go_on(flow, &machine, step))
            return has_changed;
    }
    return has_changed;
}

static void settle(struct flow *flow, struct machine *all_others)
{
    bool has_changed = true;
    size_t i;

    while (has_changed) {
        has_changed = false;
        for (i = 0; i < flow->step_count; i++)
            if (flow->block_of_step[i] && flow->entries[flow->block_of_step[i] - 1].is_reached)
                has_changed |= run_block(flow, i, all_others);
    }
}

/* Blocks that only a jump through a table leads to. */
static bool enter_others(struct flow *flow, struct machine *all_others)
{
    bool has_entered = false;
    size_t i;

    for (i = 0; i < flow->block_count; i++)
        if (!flow->entries[i].is_reached)
            has_entered |= join(flow, &flow->entries[i], all_others);
    return has_entered;
}

static void set_entry(struct machine *entry)
{
    static const int parameters[] = {RDI, RSI, RDX, RCX, R8, R9};
    size_t i;

    entry->is_reached = true;
    entry->registers[RSP] = number_value(VALUE_STACK, -WORD);
    entry->unread = 0;
    for (i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        entry->registers[parameters[i]] = number_value(VALUE_PARAMETER, (int64_t)i);
}

/* Behind a call that has failed.  Where the frame is does not matter, as long as it is apart from
 * what the stack pointer leads to. */
static void set_entry_behind(struct machine *entry)
{
    enum { FAR_AWAY = 1 << 24 };

    entry->is_reached = true;
    entry->registers[RAX] = number_value(VALUE_NUMBER, -1);
    entry->registers[RBP] = number_value(VALUE_STACK, -WORD);
    entry->registers[RSP] = number_value(VALUE_STACK, -FAR_AWAY);
}

/* False: nothing is behind it. */
static bool set_first_entry(struct flow *flow)
{
    size_t behind = 0;

    if (flow->failed_call)
        behind = step_at(flow, flow->failed_call) + 1;
    if (behind >= flow->step_count)
        return false;
    if (behind)
        set_entry_behind(&flow->entries[flow->block_of_step[behind] - 1]);
    else
        set_entry(&flow->entries[0]);
    return true;
}

static void tell(struct flow *flow)
{
    struct machine machine = {0};
    bool is_over = false;
    size_t i;

    for (i = 0; i < flow->step_count; i++) {
        if (flow->block_of_step[i]) {
            machine = flow->entries[flow->block_of_step[i] - 1];
            is_over = flow->outcome_of && !machine.is_reached;
        }
        if (is_over)
            continue;
        run_step(flow, &machine, &flow->steps[i], true);
        is_over = flow->steps[i].kind == STEP_CALL && ends_here(flow, &flow->steps[i]);
    }
}

bool flow_run(struct flow *flow)
{
    struct machine *all_others = calloc(1, sizeof *all_others);
    bool is_done = all_others && find_blocks(flow) && set_first_entry(flow);

    if (is_done) {
        settle(flow, all_others);
        /* Without such a jump they are padding, which would lead into the next block. */
        if (all_others->is_reached && enter_others(flow, all_others))
            settle(flow, all_others);
        tell(flow);
    }
    free(all_others);
    free(flow->block_of_step);
    free(flow->entries);
    return is_done;
}
