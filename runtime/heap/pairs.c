/* pairs.c -- what the engine works out once about each type pair that an update uses. */
#include "engine.h"

#include <string.h>

const struct kitsune_type_pair character_pair = {
    .name = "char",
    .old_size = 1,
    .new_size = 1,
    .flags = KITSUNE_PAIR_LEAF | KITSUNE_PAIR_EMBEDDED,
};

const struct kitsune_type_pair opaque_pair = {
    .name = "opaque memory",
    .old_size = 1,
    .new_size = 1,
    .flags = KITSUNE_PAIR_LEAF | KITSUNE_PAIR_EMBEDDED,
};

void pair_cache_fill(struct pair_cache_slot *slot, const struct kitsune_type_pair *pair)
{
    slot->state = pair_state_make(pair);
    slot->pair = pair;
}

static void fill(struct pair_state *state, const struct kitsune_type_pair *pair)
{
    bool moves = (pair->flags & KITSUNE_PAIR_MOVES) != 0;
    bool leaf = (pair->flags & KITSUNE_PAIR_LEAF) != 0;
    bool embedded = (pair->flags & KITSUNE_PAIR_EMBEDDED) != 0;

    state->pair = pair;
    state->transform = pair->transform;
    state->old_size = pair->old_size;
    state->new_size = pair->new_size;
    state->has_tail = pair->old_tail_element && pair->new_tail_element;
    state->is_allocated = !pair->release && !pair->allocate;
    state->placement = moves ? PLACE_MOVES : PLACE_STAYS;
    state->placement = (uint8_t)placement_of(state, 1);
    state->is_ignored = leaf && !moves && !embedded;
    state->flags_in_place =
        RECORD_SIMPLE | (state->placement == PLACE_REUSES ? RECORD_REUSED : 0);
    state->key_bits = record_key(0, state->number);
    if (state->is_allocated && allocator == ALLOCATOR_GLIBC)
        state->least_chunk = pair->old_size + 8 > CHUNK_SMALLEST ? pair->old_size + 8
                                                                 : CHUNK_SMALLEST;
    state->chunk_span = state->has_tail || pair->flags & KITSUNE_PAIR_ROOMY
                            ? LARGEST_CHUNK
                            : 2 * (size_t)pair->old_size + ALLOCATION_SLACK + 8 -
                                  state->least_chunk;
    /* One may be an array of one, with room for more: see size_with_room. */
    state->is_simple = !embedded && !state->has_tail && state->is_allocated &&
                       !state->is_ignored && pair->transform &&
                       !(pair->flags & KITSUNE_PAIR_ROOMY && pair->new_size > pair->old_size);
}

static struct pair_state *append_state(void)
{
    struct pair_state *state;

    if (heap.pair_states.count > UINT16_MAX)
        update_fail("more than %d types to convert in one update; split the update into two "
                    "releases", UINT16_MAX + 1);
    state = block_vector_append(&heap.pair_states, sizeof *state);
    state->number = (uint16_t)(heap.pair_states.count - 1);
    return state;
}

const struct pair_state *pair_state_make(const struct kitsune_type_pair *pair)
{
    struct pair_state *state;
    size_t i;

    for (i = 0; i < heap.pair_states.count; i++) {
        state = block_vector_at(&heap.pair_states, i, sizeof *state);
        if (state->pair == pair)
            return state;
    }
    state = append_state();
    fill(state, pair);
    return state;
}

enum placement placement_of(const struct pair_state *state, size_t count)
{
    size_t old_size, new_size;

    if (state->placement == PLACE_STAYS)
        return PLACE_STAYS;
    if (!heap.reuses || state->has_tail || !state->is_allocated || state->closure ||
        state->pair->new_alignment)
        return PLACE_MOVES;
    if (__builtin_mul_overflow(state->old_size, count, &old_size) ||
        __builtin_mul_overflow(state->new_size, count, &new_size) || old_size > UNDO_LARGEST ||
        new_size > allocation_capacity(old_size))
        return PLACE_MOVES;
    return PLACE_REUSES;
}

static size_t extent_size(const struct pair_state *state, struct object_extent extent,
                          size_t element, size_t tail_offset, size_t tail_element)
{
    size_t size, tail;

    if (__builtin_mul_overflow(element, extent.count, &size) || size > ADDRESS_MASK)
        update_fail("an array of %zu elements of %s is larger than memory; the length that its "
                    "annotation names is wrong", (size_t)extent.count, state->pair->name);
    if (!extent.tail)
        return size;
    if (__builtin_mul_overflow(tail_element, extent.tail, &tail) || tail > ADDRESS_MASK)
        update_fail("%s with %zu elements in its flexible array is larger than memory; the length "
                    "that its annotation names is wrong", state->pair->name, (size_t)extent.tail);
    return size > tail_offset + tail ? size : tail_offset + tail;
}

size_t old_extent_size(const struct pair_state *state, struct object_extent extent)
{
    return extent_size(state, extent, state->old_size, state->pair->old_tail_offset,
                       state->pair->old_tail_element);
}

size_t new_extent_size(const struct pair_state *state, struct object_extent extent)
{
    return extent_size(state, extent, state->new_size, state->pair->new_tail_offset,
                       state->pair->new_tail_element);
}

/* ---- Pairs made of closures ------------------------------------------------------------------ */

static bool closures_equal(const struct kitsune_xform *left, const struct kitsune_xform *right)
{
    for (; left && right; left = left->element, right = right->element)
        if (left->kind != right->kind || left->pair != right->pair ||
            left->count != right->count || left->old_size != right->old_size ||
            left->new_size != right->new_size || left->call != right->call)
            return false;
    return left == right;
}

/* The macros build closures on the caller's stack. */
static struct kitsune_xform *copy_closure(const struct kitsune_xform *closure)
{
    struct kitsune_xform *copy;

    if (!closure)
        return NULL;
    copy = bookkeeping_allocate(sizeof *copy);
    *copy = *closure;
    copy->element = copy_closure(closure->element);
    return copy;
}

static bool closure_moves(const struct kitsune_xform *closure)
{
    switch (closure->kind) {
    case KITSUNE_XFORM_PAIR:
        return closure->pair->flags & KITSUNE_PAIR_MOVES;
    case KITSUNE_XFORM_ARRAY:
        return closure_moves(closure->element);
    case KITSUNE_XFORM_CALL:
        return true; /* it reads one and writes the other */
    default:
        return false;
    }
}

const struct pair_state *pair_state_of_closure(const struct kitsune_xform *closure,
                                               size_t old_size, size_t new_size)
{
    struct kitsune_type_pair *pair;
    struct pair_state *state;
    size_t i;

    for (i = 0; i < heap.pair_states.count; i++) {
        state = block_vector_at(&heap.pair_states, i, sizeof *state);
        if (state->closure && state->old_size == old_size && state->new_size == new_size &&
            closures_equal(state->closure, closure))
            return state;
    }
    pair = bookkeeping_allocate(sizeof *pair);
    pair->name = closure->kind == KITSUNE_XFORM_PAIR ? closure->pair->name
                                                     : "memory converted by a rule";
    pair->old_size = (uint32_t)old_size;
    pair->new_size = (uint32_t)new_size;
    if (old_size != new_size || closure_moves(closure))
        pair->flags |= KITSUNE_PAIR_MOVES;
    if (closure->kind == KITSUNE_XFORM_RAW)
        pair->flags |= KITSUNE_PAIR_LEAF;
    closure = copy_closure(closure);
    state = append_state();
    state->closure = closure;
    fill(state, pair);
    state->is_simple = false;
    return state;
}
