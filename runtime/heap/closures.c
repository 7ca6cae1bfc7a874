/* closures.c -- the XF_ macros of hand-written rules: conversions as values.
 *
 * A rule that invokes a closure may look at the result at once, so what kitsune_xf_invoke starts it
 * also finishes: it converts the object that the pointer leads to, and everything that was added
 * to the queue since.  What was queued before, by members followed automatically, stays in the
 * queue; so a rule on each node of a list that invokes something small does not recurse along
 * the list.
 */
#include "engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Writing a pointer where the rule wants it ----------------------------------------------- */

/* Must an abort put back what is here?  Not in what this conversion makes, not in the new
 * version's variables, and not in variables of the rule itself, whose stack frame is gone by then:
 * they lie above this function's frame, and not far. */
static bool is_shared_memory(const char *slot)
{
    enum { RULE_STACK = 8 << 20 };
    const char *frame = __builtin_frame_address(0);
    uintptr_t old_start, old_end;
    size_t out_size;
    char *out;

    current_object(&old_start, &old_end, &out, &out_size);
    if (slot >= out && slot < out + out_size)
        return (uintptr_t)out == old_start;
    return !in_new_image((uintptr_t)slot) && !(slot > frame && slot - frame < RULE_STACK);
}

static void write_pointer(void *out, void *value)
{
    if (is_shared_memory(out))
        kitsune_xf_store(out, value);
    else
        memcpy(out, &value, sizeof value);
}

static void *read_pointer(const void *in)
{
    void *value;

    memcpy(&value, in, sizeof value);
    return value;
}

static void copy_bytes(void *in, void *out, size_t size)
{
    if (in == out)
        return;
    if (is_shared_memory(out))
        kitsune_xf_remember(out, size);
    memmove(out, in, size);
}

/* ---- Pointees -------------------------------------------------------------------------------- */

/* Converts what a pointer leads to, now: also when it was queued before, or may be part of
 * something not found yet. */
static uintptr_t reach_complete(const struct pair_state *state, uintptr_t address, size_t count,
                                bool is_array)
{
    uintptr_t new = is_array ? reach_elements(state, address, count)
                             : reach(state, address, count);
    uint32_t index = address > ADDRESS_MASK
                         ? (uint32_t)MAP_NOTHING
                         : map_find(&heap.map, record_key(address, state->number));

    if (index == MAP_NOTHING)
        return new;
    deferred_resolve_now(index);
    convert_record(index);
    return record_new(log_at(&heap.log, index));
}

static size_t size_of(const struct kitsune_xform *xform, bool old)
{
    switch (xform->kind) {
    case KITSUNE_XFORM_PAIR:
        return old ? xform->pair->old_size : xform->pair->new_size;
    case KITSUNE_XFORM_RAW:
        return old ? xform->old_size : xform->new_size;
    case KITSUNE_XFORM_ARRAY: {
        size_t size = old ? xform->old_size : xform->new_size;

        return xform->count * (size ? size : size_of(xform->element, old));
    }
    case KITSUNE_XFORM_CALL:
        update_fail("a rule uses XF_LIFT where the size of what it converts must be known; "
                    "write XF_PTRARRAY(1, OLD_SIZE, NEW_SIZE, XF_LIFT(f)) instead");
    default:
        return sizeof(void *);
    }
}

/* The state for elements of this closure, of the given sizes (0: its own). */
static const struct pair_state *element_state(const struct kitsune_xform *element,
                                              size_t old_size, size_t new_size)
{
    if (!old_size)
        old_size = size_of(element, true);
    if (!new_size)
        new_size = size_of(element, false);
    if (element->kind == KITSUNE_XFORM_PAIR && element->pair->old_size == old_size &&
        element->pair->new_size == new_size)
        return pair_state_of(element->pair);
    if (old_size > UINT32_MAX || new_size > UINT32_MAX)
        update_fail("a rule converts elements of %zu bytes into elements of %zu: too large",
                    old_size, new_size);
    return pair_state_of_closure(element, old_size, new_size);
}

static void apply_pointer(const struct kitsune_xform *xform, void *in, void *out, size_t count,
                          bool is_array)
{
    uintptr_t old = (uintptr_t)read_pointer(in);

    if (old)
        old = reach_complete(element_state(xform->element, xform->old_size, xform->new_size), old,
                             count, is_array);
    write_pointer(out, (void *)old);
}

static bool all_zero(const char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

static size_t zero_terminated_count(const struct kitsune_xform *xform, const char *array)
{
    size_t size = xform->old_size ? xform->old_size : size_of(xform->element, true);
    size_t count = 0;

    if (!array)
        return 0;
    while (!all_zero(array + count * size, size))
        count++;
    return count + 1;
}

static void apply_array(const struct kitsune_xform *xform, char *in, char *out)
{
    size_t old_size = xform->old_size ? xform->old_size : size_of(xform->element, true);
    size_t new_size = xform->new_size ? xform->new_size : size_of(xform->element, false);
    size_t i;

    for (i = 0; i < xform->count; i++)
        closure_apply(xform->element, in + i * old_size, out + i * new_size);
}

static void apply_pair(const struct kitsune_type_pair *pair, void *in, void *out)
{
    if (!(pair->flags & KITSUNE_PAIR_MOVES) && in != out) {
        copy_bytes(in, out, pair->new_size);
        in = out;
    }
    if (pair->transform)
        pair->transform(in, out);
    else
        copy_bytes(in, out, pair->old_size < pair->new_size ? pair->old_size : pair->new_size);
}

static void apply_string(void *in, void *out)
{
    char *old = read_pointer(in), *new = kitsune_xf_string(old);
    uint32_t index;

    if (is_placeholder((uintptr_t)new)) {
        index = map_find(&heap.map,
                         record_key((uintptr_t)old, pair_state_of(&character_pair)->number));
        if (index != MAP_NOTHING) {
            deferred_resolve_now(index);
            new = (char *)record_new(log_at(&heap.log, index));
        }
    }
    write_pointer(out, new);
}

/* ---- The way in ------------------------------------------------------------------------------ */

void closure_apply(const struct kitsune_xform *xform, void *in, void *out)
{
    switch (xform->kind) {
    case KITSUNE_XFORM_PAIR:
        apply_pair(xform->pair, in, out);
        break;
    case KITSUNE_XFORM_POINTER:
        apply_pointer(xform, in, out, 1, false);
        break;
    case KITSUNE_XFORM_POINTER_ARRAY:
        apply_pointer(xform, in, out, xform->count, true);
        break;
    case KITSUNE_XFORM_NULL_TERMINATED_ARRAY:
        apply_pointer(xform, in, out, zero_terminated_count(xform, read_pointer(in)),
                      true);
        break;
    case KITSUNE_XFORM_ARRAY:
        apply_array(xform, in, out);
        break;
    case KITSUNE_XFORM_STRING:
        apply_string(in, out);
        break;
    case KITSUNE_XFORM_FUNCTION:
        write_pointer(out, kitsune_xf_function(read_pointer(in)));
        break;
    case KITSUNE_XFORM_RAW:
        copy_bytes(in, out, xform->old_size < xform->new_size ? xform->old_size
                                                              : xform->new_size);
        break;
    case KITSUNE_XFORM_CALL:
        xform->call(in, out);
        break;
    }
}

void kitsune_xf_invoke(const struct kitsune_xform *xform, void *in, void *out)
{
    size_t mark = log_count(&heap.log);

    closure_apply(xform, in, out);
    convert_from(mark);
}

void kitsune_xf_fail(const char *file, int line, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    update_fail_at(file, line, text);
}
