/* pointers.c -- what a pointer leads to, and where that is in the new version.
 *
 * The common case comes first and inline: an address in plain memory, one object, of a pair that
 * needs nothing special, met for the first time or again.  Whatever is out of the ordinary leaves
 * that path at the first test and is told apart by address.
 */
#include "objects.h"

bool leads_to_itself(const struct pair_state *state, uintptr_t address, uintptr_t *new)
{
    uintptr_t old_start, old_end;
    size_t offset, out_size;
    char *out;

    current_object(&old_start, &old_end, &out, &out_size);
    if (address - old_start >= old_end - old_start)
        return false;
    if (!map_offset(pair_state_at(record_pair(log_at(&heap.log, heap.current.record))),
                    log_extent(&heap.log, heap.current.record), address - old_start, state,
                    &offset))
        return false;
    *new = (uintptr_t)out + offset;
    return true;
}

/* Where an array without elements begins, there may be a part of another, or one object. */
static uintptr_t reach_unsure(const struct pair_state *state, uintptr_t address, size_t count,
                              bool is_array)
{
    size_t index = log_count(&heap.log);
    uintptr_t new;

    if (leads_to_itself(state, address, &new))
        return new;
    new = defer(state, address, count, DEFERRED_INSIDE);
    if (is_array)
        deferred_is_array(index, count);
    return new;
}

static uintptr_t reach_heap(const struct pair_state *state, uintptr_t address, size_t count,
                            bool is_array)
{
    uint32_t known = map_find(&heap.map, record_key(address, state->number));

    if (known != MAP_NOTHING)
        return reach_known(state, known, count, is_array);
    if (heap.revisiting && is_new_object(address))
        return address;
    if (state->pair->flags & KITSUNE_PAIR_EMBEDDED || !count)
        return reach_unsure(state, address, count, is_array);
    known = map_find_real(&heap.map, address);
    if (known != MAP_NOTHING)
        return reach_as_other_type(state, address, count, known);
    return record_new(reach_new_object(state, address, count,
                                       literal_owns(address, address + 1) ? RECORD_IMAGE : 0));
}

static uintptr_t reach_anywhere(const struct pair_state *state, uintptr_t address, size_t count,
                                bool is_array)
{
    if (is_mark(address))
        return address;
    if (address > ADDRESS_MASK)
        update_fail("a pointer to %s holds %p, which is not an address: it is uninitialised, or "
                    "has bits packed into it (annotate it E_OPAQUE, or give it a rule)",
                    state->pair->name, (void *)address);
    if (in_old_image(address))
        return image_pointer(state, address, count);
    if (in_new_image(address))
        return address;
    if (in_old_stack(address))
        return local_pointer(state, address, count, DEFERRED_LOCAL);
    if (state->is_ignored)
        return address;
    return reach_heap(state, address, count, is_array);
}

uintptr_t reach(const struct pair_state *state, uintptr_t address, size_t count)
{
    return reach_anywhere(state, address, count, count != 1);
}

uintptr_t reach_elements(const struct pair_state *state, uintptr_t address, size_t count)
{
    return reach_anywhere(state, address, count, true);
}

/* Any other way; out of line, like all that follows, so that the short way needs no stack. */
static void *__attribute__((noinline)) reach_any(const struct kitsune_type_pair *pair, void *old,
                                                 size_t count)
{
    return (void *)reach(pair_state_of(pair), (uintptr_t)old, count);
}

static void *__attribute__((noinline)) reach_simple_move(const struct pair_state *state,
                                                         uintptr_t address, uint32_t *entry)
{
    struct object_record *record = log_append(&heap.log, address | state->key_bits, 0, 0);
    uintptr_t new = allocate(state, state->new_size);

    record->new_and_flags = record_key(new, RECORD_MOVED | RECORD_SIMPLE);
    *entry = (uint32_t)log_count(&heap.log);
    heap.has_moved = true;
    return (void *)new;
}

void *kitsune_xf_pointer(const struct kitsune_type_pair *pair, void *old, size_t count)
{
    uintptr_t address = (uintptr_t)old;
    const struct pair_cache_slot *slot = pair_cache_slot(pair);
    const struct pair_state *state = slot->state;
    uint32_t *entry = map_hinted_entry(&heap.map, address);
    const struct object_record *record;

    if (__builtin_expect(slot->pair != pair || !entry || count != 1, 0))
        return reach_any(pair, old, count);
    if (*entry) {
        record = log_at(&heap.log, *entry - 1);
        if (__builtin_expect(record->old_and_pair == (address | state->key_bits) &&
                             !(record_flags(record) & RECORD_DEFERRED), 1))
            return (void *)record_new(record);
        return reach_any(pair, old, count);
    }
    /* Met for the first time, in plain memory, with an empty granule: nothing to find out. */
    if (__builtin_expect(!state->is_simple || heap.is_unusual || log_is_full(&heap.log), 0))
        return reach_any(pair, old, count);
    if (state->placement == PLACE_MOVES)
        return reach_simple_move(state, address, entry);
    log_append(&heap.log, address | state->key_bits, address, state->flags_in_place);
    *entry = (uint32_t)log_count(&heap.log);
    return old;
}

void *kitsune_xf_elements(const struct kitsune_type_pair *pair, void *old, size_t count)
{
    const struct pair_cache_slot *slot = pair_cache_slot(pair);
    const uint32_t *entry = map_hinted_entry(&heap.map, (uintptr_t)old);

    /* An array of one, and nothing that is known may be in conflict with it. */
    if (count == 1 && entry && !*entry && slot->pair == pair && slot->state->is_simple)
        return kitsune_xf_pointer(pair, old, 1);
    return (void *)reach_elements(pair_state_of(pair), (uintptr_t)old, count);
}

void kitsune_xf_rows(const struct kitsune_type_pair *pointer, const struct kitsune_type_pair *pair,
                     void *old, size_t count, size_t length)
{
    uintptr_t address = (uintptr_t)old;
    void *const *rows = old;
    size_t i;

    /* Once the array is known, so are the rows, and it may hold new addresses by now. */
    if (is_mark(address) || in_new_image(address) ||
        map_find(&heap.map, record_key(address, pair_state_of(pointer)->number)) != MAP_NOTHING)
        return;
    for (i = 0; i < count; i++)
        kitsune_xf_elements(pair, rows[i], length);
}
