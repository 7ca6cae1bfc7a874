/* members.c -- from a place inside an old object to the same place of the new one.
 *
 * A pair's member map lists the old layout's members with their new offsets, sorted by old
 * offset, outer before inner.  Of all entries around a place the best is one that starts there
 * with the size of what the pointer leads to; then an array of such that ends there, if its
 * elements are listed; then one that starts there; then the innermost that holds it; then one that
 * ends there (a pointer behind the last element of a member array).
 */
#include "engine.h"

static bool holds(const struct kitsune_member_map *member, size_t offset)
{
    return offset >= member->old_offset && offset - member->old_offset < member->old_size;
}

static const struct kitsune_member_map *best_member(const struct kitsune_type_pair *pair,
                                                    size_t offset, size_t wanted_size)
{
    const struct kitsune_member_map *starting = NULL, *holding = NULL, *ending = NULL;
    const struct kitsune_member_map *ending_array = NULL, *last_element = NULL;
    uint32_t i;

    for (i = 0; i < pair->member_count && pair->members[i].old_offset <= offset; i++) {
        const struct kitsune_member_map *member = &pair->members[i];

        if (member->old_offset == offset) {
            if (member->old_size == wanted_size)
                return member;
            if (!starting || member->old_size > wanted_size)
                starting = member;
        } else if (holds(member, offset)) {
            if (member->is_split)
                continue; /* its parts went different ways */
            if (!holding || member->old_size <= holding->old_size)
                holding = member;
        } else if (member->old_offset + member->old_size == offset) {
            if (!ending || member->old_size <= ending->old_size)
                ending = member;
            if (member->old_size == wanted_size)
                last_element = member;
            else if (wanted_size && member->is_split == KITSUNE_MEMBER_ELEMENTS &&
                     member->old_size > wanted_size && member->old_size % wanted_size == 0)
                ending_array = member;
        }
    }
    if (ending_array && last_element)
        return last_element;
    return starting ? starting : holding ? holding : ending;
}

/* Within one element. */
static bool map_inner(const struct pair_state *state, size_t offset, size_t wanted_size,
                      size_t *new_offset)
{
    const struct kitsune_type_pair *pair = state->pair;
    const struct kitsune_member_map *member;
    size_t inside;

    if (!(pair->flags & KITSUNE_PAIR_MOVES)) {
        *new_offset = offset;
        return true;
    }
    member = best_member(pair, offset, wanted_size);
    if (!member) {
        *new_offset = 0;
        return offset == 0 && pair->member_count == 0;
    }
    inside = offset - member->old_offset;
    *new_offset = member->new_offset + inside;
    if (inside == member->old_size) { /* behind its end */
        *new_offset = member->new_offset + member->new_size;
        return true;
    }
    return inside == 0 || inside + wanted_size <= member->new_size;
}

/* Into a flexible array: to the same place of the same element.  The member map knows the layout of
 * the first one, when it changes at all. */
static bool map_tail(const struct pair_state *state, struct object_extent extent, size_t offset,
                     size_t wanted_size, size_t *new_offset)
{
    const struct kitsune_type_pair *pair = state->pair;
    size_t index, inside, mapped;

    if (!state->has_tail || extent.count != 1 || offset < pair->old_tail_offset)
        return false;
    index = (offset - pair->old_tail_offset) / pair->old_tail_element;
    inside = (offset - pair->old_tail_offset) % pair->old_tail_element;
    if (index > extent.tail)
        return false;
    mapped = pair->new_tail_offset + inside;
    if ((inside || wanted_size != pair->old_tail_element) &&
        !map_inner(state, pair->old_tail_offset + inside, wanted_size, &mapped)) {
        if (inside)
            return false;
        mapped = pair->new_tail_offset;
    }
    *new_offset = mapped + index * pair->new_tail_element;
    return true;
}

/* Something as large as the whole, and no member is it: the whole by another name (the head of a
 * list for a link like it). */
static bool is_whole(const struct pair_state *state, const struct pair_state *wanted)
{
    const struct kitsune_member_map *member;

    if (wanted->old_size != state->old_size || wanted->new_size != state->new_size)
        return false;
    member = best_member(state->pair, 0, wanted->old_size);
    return member && member->old_size != wanted->old_size;
}

bool map_offset(const struct pair_state *state, struct object_extent extent, size_t offset,
                const struct pair_state *wanted, size_t *new_offset)
{
    size_t element, inside;

    if (offset == 0 && (!wanted || wanted == state)) {
        *new_offset = 0;
        return true;
    }
    if (offset == old_extent_size(state, extent)) {
        *new_offset = new_extent_size(state, extent);
        return true;
    }
    if (map_tail(state, extent, offset, wanted ? wanted->old_size : 1, new_offset))
        return true;
    if (!state->old_size || offset / state->old_size >= extent.count)
        return false;
    element = offset / state->old_size;
    inside = offset % state->old_size;
    if (inside == 0 && (!wanted || wanted == state || is_whole(state, wanted))) {
        *new_offset = element * state->new_size;
        return true;
    }
    if (!map_inner(state, inside, wanted ? wanted->old_size : 1, new_offset)) {
        if (inside || (wanted && wanted->old_size < state->old_size))
            return false;
        *new_offset = 0; /* the same object by another type's name */
    }
    *new_offset += element * state->new_size;
    return true;
}
