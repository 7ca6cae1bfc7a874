/* check_step.c -- what one step does to what the machine holds.  See check_step.h.
 *
 * A value is known, some address in one object (of a loop through a table), or unknown.  A callee
 * is taken not to write to what it is given the address of: a program that fills in a struct and
 * registers it twice is read rightly, one that lets somebody else replace a callback is read as if
 * nobody had.
 */
#include "check_step.h"

#include <string.h>

static const struct machine_value unknown = {.kind = VALUE_UNKNOWN};

struct machine_value number_value(enum value_kind kind, int64_t number)
{
    return (struct machine_value){.kind = kind, .number = number};
}

bool is_same(struct machine_value left, struct machine_value right)
{
    if (left.kind != right.kind)
        return false;
    if (left.kind == VALUE_IMPORT || left.kind == VALUE_HELD)
        return strcmp(left.import, right.import) == 0;
    return left.kind == VALUE_UNKNOWN || left.number == right.number;
}

static struct machine_value add(struct machine_value value, int64_t number)
{
    if (value.kind == VALUE_NUMBER || value.kind == VALUE_ADDRESS || value.kind == VALUE_STACK)
        value.number = (int64_t)((uint64_t)value.number + (uint64_t)number);
    else if (number && (value.kind == VALUE_PARAMETER || value.kind == VALUE_ONE_OF ||
                        value.kind == VALUE_HELD))
        value = unknown;
    return value;
}

/* Somewhere in the object that an address leads into. */
static struct machine_value inside(const struct flow *flow, struct machine_value address)
{
    const struct symbol *object =
        address.kind == VALUE_ADDRESS
            ? binary_symbol_around(flow->binary, (uint64_t)address.number) : NULL;

    if (address.kind == VALUE_INSIDE)
        return address;
    return object && !object->is_function ? number_value(VALUE_INSIDE, (int64_t)object->address)
                                          : unknown;
}

struct machine_value meet(const struct flow *flow, struct machine_value left,
                          struct machine_value right)
{
    if (is_same(left, right))
        return left;
    left = inside(flow, left);
    return is_same(left, inside(flow, right)) ? left : unknown;
}

/* ---- The frame ----------------------------------------------------------------------------- */

struct machine_value frame_load(const struct machine *machine, int64_t offset)
{
    size_t i;

    for (i = 0; i < machine->held_count; i++)
        if (machine->held[i].offset == offset)
            return machine->held[i].value;
    return unknown;
}

static void frame_store(struct machine *machine, int64_t offset, unsigned width,
                        struct machine_value value)
{
    size_t i, kept = 0;

    for (i = 0; i < machine->held_count; i++)
        if (machine->held[i].offset + WORD <= offset ||
            machine->held[i].offset >= offset + (int64_t)width)
            machine->held[kept++] = machine->held[i];
    machine->held_count = kept;
    if (value.kind != VALUE_UNKNOWN && kept < MOST_HELD)
        machine->held[machine->held_count++] = (struct held_value){offset, value};
}

/* ---- Memory -------------------------------------------------------------------------------- */

static struct machine_value address_inside(const struct flow *flow, const struct machine *machine,
                                           const struct memory *memory)
{
    struct machine_value object = unknown;

    if (memory->base != NO_REGISTER)
        object = inside(flow, machine->registers[memory->base]);
    return object.kind == VALUE_UNKNOWN ? inside(flow, machine->registers[memory->index]) : object;
}

static struct machine_value address_of(const struct flow *flow, const struct machine *machine,
                                       const struct memory *memory)
{
    if (memory->is_unknown)
        return memory->index == NO_REGISTER ? unknown : address_inside(flow, machine, memory);
    if (memory->base == NO_REGISTER)
        return number_value(VALUE_ADDRESS, memory->displacement);
    return add(machine->registers[memory->base], memory->displacement);
}

/* Of the program's data, only what cannot change has one value: the global offset table and
 * constant tables. */
static struct machine_value load_word(const struct flow *flow, const struct machine *machine,
                              struct machine_value address)
{
    const struct section *section;
    const struct slot *slot;
    const struct pointer *pointer;

    if (address.kind == VALUE_STACK)
        return frame_load(machine, address.number);
    if (address.kind == VALUE_IMPORT && flow->outcome_of &&
        strcmp(address.import, "kitsune_pending") == 0)
        return number_value(VALUE_NUMBER, 1);
    if (address.kind == VALUE_IMPORT)
        return (struct machine_value){.kind = VALUE_HELD, .import = address.import};
    if (address.kind == VALUE_INSIDE)
        return number_value(VALUE_ONE_OF, address.number);
    if (address.kind != VALUE_ADDRESS)
        return unknown;
    section = binary_section_at(flow->binary, (uint64_t)address.number);
    if (!section || !section->is_constant) {
        address = inside(flow, address);
        return address.kind == VALUE_INSIDE ? number_value(VALUE_ONE_OF, address.number) : unknown;
    }
    slot = binary_slot_at(flow->binary, (uint64_t)address.number);
    if (slot)
        return (struct machine_value){.kind = VALUE_IMPORT, .import = slot->import};
    pointer = binary_pointer_at(flow->binary, (uint64_t)address.number);
    return pointer ? number_value(VALUE_ADDRESS, (int64_t)pointer->target) : unknown;
}

static void store_word(const struct flow *flow, struct machine *machine, const struct step *step,
                       struct machine_value address, struct machine_value value, bool tells)
{
    if (address.kind == VALUE_STACK)
        frame_store(machine, address.number, WORD, value);
    else if (tells && flow->on_store && value.kind == VALUE_ADDRESS)
        flow->on_store(flow->context, step,
                       address.kind == VALUE_IMPORT ? address.import : NULL, value);
}

static void store(const struct flow *flow, struct machine *machine, const struct step *step,
                  bool tells)
{
    struct machine_value address = address_of(flow, machine, &step->memory);
    struct machine_value value = step->source == NO_REGISTER
                                     ? number_value(VALUE_NUMBER, step->number)
                                     : machine->registers[step->source];

    if (step->width < WORD && value.kind != VALUE_NUMBER)
        value = unknown;
    if (step->width == WORD)
        store_word(flow, machine, step, address, value, tells);
    else if (address.kind == VALUE_STACK)
        frame_store(machine, address.number, step->width, value);
}

/* ---- Steps --------------------------------------------------------------------------------- */

static void push(struct machine *machine, struct machine_value value)
{
    struct machine_value *top = &machine->registers[RSP];

    *top = add(*top, -WORD);
    if (top->kind == VALUE_STACK)
        frame_store(machine, top->number, WORD, value);
}

static struct machine_value pop(struct machine *machine)
{
    struct machine_value *top = &machine->registers[RSP];
    struct machine_value value =
        top->kind == VALUE_STACK ? frame_load(machine, top->number) : unknown;

    *top = add(*top, WORD);
    return value;
}

static void run_vector_step(const struct flow *flow, struct machine *machine,
                            const struct step *step, bool tells)
{
    struct machine_value address = address_of(flow, machine, &step->memory);
    struct machine_value *target =
        step->target == NO_REGISTER ? NULL : machine->vectors[step->target];

    switch (step->kind) {
    case STEP_VECTOR_SET:
        target[0] = machine->registers[step->source];
        target[1] = number_value(VALUE_NUMBER, 0);
        break;
    case STEP_VECTOR_COPY:
        memmove(target, machine->vectors[step->source], sizeof machine->vectors[0]);
        break;
    case STEP_VECTOR_PAIR:
        target[1] = machine->vectors[step->source][0];
        break;
    case STEP_VECTOR_HIGH:
        target[1] = load_word(flow, machine, address);
        break;
    case STEP_VECTOR_LOAD:
        target[0] = load_word(flow, machine, address);
        target[1] = step->width == 16 ? load_word(flow, machine, add(address, WORD))
                                      : number_value(VALUE_NUMBER, 0);
        break;
    default:
        store_word(flow, machine, step, address, machine->vectors[step->source][0], tells);
        if (step->width == 16)
            store_word(flow, machine, step, add(address, WORD),
                       machine->vectors[step->source][1], tells);
        break;
    }
}

static void forget(struct machine *machine, uint32_t registers, uint32_t vectors)
{
    int i;

    for (i = 0; i < REGISTER_COUNT; i++)
        if (registers >> i & 1)
            machine->registers[i] = unknown;
    for (i = 0; i < VECTOR_COUNT; i++)
        if (vectors >> i & 1)
            machine->vectors[i][0] = machine->vectors[i][1] = unknown;
}

static struct machine_value callee_of(const struct flow *flow, const struct machine *machine,
                              const struct step *step)
{
    if (step->destination)
        return number_value(VALUE_ADDRESS, (int64_t)step->destination);
    if (step->uses_memory)
        return load_word(flow, machine, address_of(flow, machine, &step->memory));
    return step->source == NO_REGISTER ? unknown : machine->registers[step->source];
}

static const char *import_of(const struct flow *flow, struct machine_value callee)
{
    if (flow->import_of)
        return flow->import_of(flow->context, callee);
    return callee.kind == VALUE_IMPORT ? callee.import : NULL;
}

/* Structs on the stack are filled in by copying constant ones. */
static void copy_by_call(const struct flow *flow, struct machine *machine, const struct step *step)
{
    enum { MOST_COPIED = 512 };
    const char *callee = import_of(flow, callee_of(flow, machine, step));
    struct machine_value to = machine->registers[RDI], from = machine->registers[RSI];
    struct machine_value size = machine->registers[RDX];
    int64_t offset;

    if (!callee || strcmp(callee, "memcpy") != 0 || to.kind != VALUE_STACK ||
        size.kind != VALUE_NUMBER)
        return;
    for (offset = 0; offset + WORD <= size.number && offset < MOST_COPIED; offset += WORD)
        frame_store(machine, to.number + offset, WORD, load_word(flow, machine,
                                                                 add(from, offset)));
}

static bool is_inside(const struct flow *flow, uint64_t address)
{
    return address >= flow->start && address < flow->end;
}

bool is_call(const struct flow *flow, const struct step *step)
{
    return step->kind == STEP_CALL ||
           (step->kind == STEP_JUMP && !(step->destination && is_inside(flow, step->destination)));
}

static void run_test(const struct flow *flow, struct machine *machine, const struct step *step)
{
    struct machine_value value =
        step->source == NO_REGISTER
            ? load_word(flow, machine, address_of(flow, machine, &step->memory))
            : machine->registers[step->source];

    machine->test = value.kind != VALUE_NUMBER      ? TEST_UNKNOWN
                    : value.number == step->number ? TEST_EQUAL
                    : value.number < step->number  ? TEST_LESS
                                                   : TEST_GREATER;
}

/* Of those that touch no flags, the common ones. */
static bool keeps_test(const struct step *step)
{
    return step->kind == STEP_COPY || step->kind == STEP_LOAD || step->kind == STEP_STORE ||
           step->kind == STEP_ADDRESS || step->kind == STEP_JUMP || step->kind == STEP_TEST;
}

void run_step(const struct flow *flow, struct machine *machine, const struct step *step,
              bool tells)
{
    struct machine_value *target =
        step->target == NO_REGISTER ? NULL : &machine->registers[step->target];
    struct machine_value value;

    if (tells && flow->on_call && is_call(flow, step))
        flow->on_call(flow->context, step, callee_of(flow, machine, step), machine);
    machine->unread = (machine->unread & ~step->read) | step->written;
    if (step->kind == STEP_CALL)
        copy_by_call(flow, machine, step);
    if (!keeps_test(step))
        machine->test = TEST_UNKNOWN;
    switch (step->kind) {
    case STEP_ADDRESS:
        *target = number_value(VALUE_ADDRESS, step->number);
        break;
    case STEP_NUMBER:
        *target = number_value(VALUE_NUMBER, step->number);
        break;
    case STEP_COPY:
    case STEP_LOAD:
        value = step->kind == STEP_COPY
                    ? machine->registers[step->source]
                    : load_word(flow, machine, address_of(flow, machine, &step->memory));
        *target = step->width == WORD || value.kind == VALUE_NUMBER ? value : unknown;
        break;
    case STEP_ADD:
        *target = add(machine->registers[step->source], step->number);
        break;
    case STEP_ALIGN:
        if (target->kind == VALUE_STACK)
            target->number &= step->number;
        else
            *target = unknown;
        break;
    case STEP_INSIDE:
        *target = address_of(flow, machine, &step->memory);
        break;
    case STEP_STORE:
        store(flow, machine, step, tells);
        break;
    case STEP_PUSH:
        push(machine, step->source == NO_REGISTER ? unknown : machine->registers[step->source]);
        break;
    case STEP_POP:
        value = pop(machine);
        if (target)
            *target = value;
        break;
    case STEP_LEAVE:
        machine->registers[RSP] = machine->registers[RBP];
        machine->registers[RBP] = pop(machine);
        break;
    case STEP_CALL:
        machine->unread = 0;
        forget(machine, 1u << RAX | 1u << RCX | 1u << RDX | 1u << RSI | 1u << RDI | 1u << R8 |
                            1u << R9 | 1u << R10 | 1u << R11, 0xffff);
        if (flow->outcome_of && flow->outcome_of(flow->context, step) == CALL_RETURNS_TRUE)
            machine->registers[RAX] = number_value(VALUE_NUMBER, 1);
        break;
    case STEP_TEST:
        run_test(flow, machine, step);
        break;
    case STEP_OTHER:
        forget(machine, step->written, step->written_vectors);
        break;
    case STEP_JUMP:
    case STEP_END:
        break;
    default:
        run_vector_step(flow, machine, step, tells);
        break;
    }
}
