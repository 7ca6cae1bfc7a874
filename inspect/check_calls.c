/* check_calls.c -- see check_calls.h. */
#include "check_calls.h"

#include <stdlib.h>
#include <string.h>

#include "check_flow.h"
#include "check_lines.h"

struct reader {
    struct calls *calls;
    const struct binary *binary;
    struct decoder *decoder;
    struct lines lines;
    const struct symbol *function; /* the one that is being read */
};

/* ---- Who is called ------------------------------------------------------------------------- */

/* Of an entry of the procedure linkage table, the import that it goes on to. */
static const char *linkage_target(struct reader *reader, uint64_t address)
{
    enum { LONGEST_ENTRY = 16 };
    const struct section *section = binary_section_at(reader->binary, address);
    const char *import = NULL;
    struct step *steps;
    size_t i, count;

    if (!section || strncmp(section->name, ".plt", 4) != 0)
        return NULL;
    steps = decode(reader->decoder, address, LONGEST_ENTRY, &count);
    for (i = 0; i < count && !import; i++)
        if (steps[i].kind == STEP_JUMP && steps[i].uses_memory &&
            steps[i].memory.base == NO_REGISTER && !steps[i].memory.is_unknown) {
            const struct slot *slot =
                binary_slot_at(reader->binary, (uint64_t)steps[i].memory.displacement);

            import = slot ? slot->import : NULL;
            break;
        }
    free(steps);
    return import;
}

static const char *import_of(void *context, struct machine_value callee)
{
    return callee.kind == VALUE_IMPORT    ? callee.import
           : callee.kind == VALUE_ADDRESS ? linkage_target(context, (uint64_t)callee.number)
                                          : NULL;
}

/* Fills in the callee; false when nobody can tell. */
static bool find_callee(struct reader *reader, struct machine_value value, struct call *call)
{
    const struct symbol *function;

    call->callee = import_of(reader, value);
    call->is_import = call->callee != NULL;
    if (call->is_import)
        return true;
    if (value.kind != VALUE_ADDRESS)
        return false;
    function = binary_function_at(reader->binary, (uint64_t)value.number);
    if (!function || strstr(function->name, ".cold"))
        return false;
    call->callee = function->name;
    call->target = function->address;
    return true;
}

/* ---- With what ----------------------------------------------------------------------------- */

static struct machine_value stack_argument(const struct machine *machine, int64_t offset)
{
    struct machine_value top = machine->registers[RSP];
    size_t i;

    for (i = 0; top.kind == VALUE_STACK && i < machine->held_count; i++)
        if (machine->held[i].offset == top.number + offset)
            return machine->held[i].value;
    return (struct machine_value){.kind = VALUE_UNKNOWN};
}

/* Not of clones, from which the compiler may have taken parameters away ("f.constprop.0"). */
static const struct prototype *prototype_of(const struct reader *reader, const struct call *call)
{
    if (call->is_import)
        return lines_prototype(&reader->lines, call->callee);
    return strchr(call->callee, '.') ? NULL : lines_own_prototype(&reader->lines, call->target);
}

/* What is in a register is an argument when the callee's declaration says so; or, where that is not
 * known, when nobody has used it since it was put there: why else would it be? */
static void find_arguments(struct reader *reader, struct call *call, const struct machine *machine,
                           bool is_jump)
{
    static const int registers[] = {RDI, RSI, RDX, RCX, R8, R9};
    enum { IN_REGISTERS = sizeof registers / sizeof registers[0] };
    const struct prototype *prototype = prototype_of(reader, call);
    int i, declared = prototype ? prototype->count : 0;
    bool may_have_more = !prototype || prototype->is_variadic;

    for (i = 0; i < ARGUMENT_COUNT; i++)
        if (i >= IN_REGISTERS && i < declared && !is_jump)
            call->arguments[i] = stack_argument(machine, 8 * (i - IN_REGISTERS));
        else if (i < IN_REGISTERS &&
                 (i < declared || (may_have_more && machine->unread >> registers[i] & 1)))
            call->arguments[i] = machine->registers[registers[i]];
}

/* Of a constant: a table of functions, if it holds any.  Variables may be given away for what is at
 * their start. */
static uint64_t constant_extent(const struct reader *reader, struct machine_value address)
{
    const struct section *section =
        binary_section_at(reader->binary, (uint64_t)address.number);
    const struct symbol *symbol =
        binary_symbol_around(reader->binary, (uint64_t)address.number);

    return section && section->is_constant && symbol && !symbol->is_function
               ? symbol->address + symbol->size - (uint64_t)address.number : 0;
}

static void find_extents(struct reader *reader, struct call *call, const struct machine *machine)
{
    const struct prototype *prototype =
        call->is_import ? lines_prototype(&reader->lines, call->callee) : NULL;
    struct machine_value stack = machine->registers[RSP];
    size_t i;

    for (i = 0; i < ARGUMENT_COUNT; i++)
        if (call->arguments[i].kind == VALUE_ADDRESS)
            call->extents[i] = prototype ? prototype->structure_sizes[i]
                                         : constant_extent(reader, call->arguments[i]);
        else if (call->arguments[i].kind == VALUE_STACK && stack.kind == VALUE_STACK)
            call->extents[i] = lines_frame_extent(&reader->lines, call->address, stack.number,
                                                  call->arguments[i].number);
}

/* The frame, when the callee is given an address in it. */
static void keep_frame(struct reader *reader, struct call *call, const struct machine *machine)
{
    bool leads_to_frame = false;
    size_t i;

    for (i = 0; i < ARGUMENT_COUNT; i++)
        leads_to_frame |= call->arguments[i].kind == VALUE_STACK;
    if (!leads_to_frame || !machine->held_count)
        return;
    call->held = arena_allocate(reader->calls->arena, machine->held_count * sizeof *call->held);
    call->held_count = machine->held_count;
    memcpy(call->held, machine->held, machine->held_count * sizeof *call->held);
}

static void note_indirect(struct calls *calls, const struct symbol *function)
{
    if (calls->indirect_count && calls->indirect[calls->indirect_count - 1] == function)
        return;
    *(const struct symbol **)grow_in_arena(calls->arena, &calls->indirect, &calls->indirect_count,
                                           &calls->indirect_capacity,
                                           sizeof *calls->indirect) = function;
}

static void on_call(void *context, const struct step *step, struct machine_value callee,
                    const struct machine *machine)
{
    struct reader *reader = context;
    struct calls *calls = reader->calls;
    struct call call = {.address = step->address, .caller = reader->function}, *kept;
    struct code_place place;

    if (!find_callee(reader, callee, &call)) {
        if (step->kind == STEP_CALL)
            note_indirect(calls, reader->function);
        return;
    }
    place = lines_find(&reader->lines, step->address);
    call.place = place.place;
    call.function = place.function ? place.function : reader->function->name;
    find_arguments(reader, &call, machine, step->kind == STEP_JUMP);
    kept = grow_in_arena(calls->arena, &calls->list, &calls->count, &calls->capacity,
                         sizeof *calls->list);
    keep_frame(reader, &call, machine);
    if (call.is_import)
        find_extents(reader, &call, machine);
    *kept = call;
}

static void on_store(void *context, const struct step *step, const char *variable,
                     struct machine_value value)
{
    struct reader *reader = context;
    struct calls *calls = reader->calls;
    struct assignment *assignment;
    struct code_place place;

    if (!variable && !value_function(reader->binary, value))
        return;
    place = lines_find(&reader->lines, step->address);
    assignment = grow_in_arena(calls->arena, &calls->assignments, &calls->assignment_count,
                               &calls->assignment_capacity, sizeof *assignment);
    *assignment = (struct assignment){
        .caller = reader->function, .place = place.place, .variable = variable, .value = value,
        .function = place.function ? place.function : reader->function->name};
}

/* ---- All functions ------------------------------------------------------------------------- */

static void read_function(struct reader *reader, const struct symbol *function)
{
    struct flow flow = {.binary = reader->binary, .start = function->address,
                        .end = function->address + function->size,
                        .import_of = import_of, .on_call = on_call, .on_store = on_store,
                        .context = reader};
    struct step *steps =
        decode(reader->decoder, function->address, function->size, &flow.step_count);

    reader->function = function;
    flow.steps = steps;
    if (flow.step_count)
        flow_run(&flow);
    free(steps);
}

struct calls *calls_read(const struct binary *binary)
{
    struct arena *arena = arena_new();
    struct calls *calls = arena_allocate(arena, sizeof *calls);
    struct reader reader = {.calls = calls, .binary = binary, .decoder = decoder_new(binary)};
    uint64_t end = 0;
    size_t i;

    calls->arena = arena;
    calls->binary = binary;
    calls->is_readable = reader.decoder != NULL;
    if (!calls->is_readable)
        return calls;
    lines_read(&reader.lines, binary, arena);
    for (i = 0; i < binary->symbol_count; i++) {
        const struct symbol *symbol = &binary->symbols[i];

        if (!symbol->is_function || !symbol->size || symbol->address < end)
            continue; /* an alias, or the inside of what was read */
        read_function(&reader, symbol);
        end = symbol->address + symbol->size;
    }
    decoder_free(reader.decoder);
    return calls;
}

void calls_free(struct calls *calls)
{
    if (calls)
        arena_free(calls->arena);
}

/* ---- Values -------------------------------------------------------------------------------- */

const struct symbol *value_function(const struct binary *binary, struct machine_value value)
{
    return value.kind == VALUE_ADDRESS ? binary_function_at(binary, (uint64_t)value.number) : NULL;
}

const char *value_text(const struct binary *binary, struct machine_value value)
{
    return value.kind == VALUE_ADDRESS ? binary_text_at(binary, (uint64_t)value.number) : NULL;
}

/* They have been read in the order of their addresses. */
const struct call *calls_at(const struct calls *calls, uint64_t address)
{
    size_t low = 0, high = calls->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (calls->list[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calls->count && calls->list[low].address == address ? &calls->list[low] : NULL;
}
