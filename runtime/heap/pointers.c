/* pointers.c -- what a pointer leads to, and where that is in the new version.
 *
 * The common case comes first and inline: an address in plain memory, one object, of a pair that
 * needs nothing special, met for the first time or again.  Whatever is out of the ordinary leaves
 * that path at the first test and is told apart by address.
 */
#include "engine.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- Making objects -------------------------------------------------------------------------- */

static void *allocate_aligned(size_t alignment, size_t size)
{
    size_t whole = (size + alignment - 1) / alignment * alignment;

    return whole >= size ? aligned_alloc(alignment, whole) : NULL;
}

static uintptr_t allocate(const struct pair_state *state, size_t size)
{
    const struct kitsune_type_pair *pair = state->pair;
    void *memory = pair->allocate        ? pair->allocate(size ? size : 1)
                   : pair->new_alignment ? allocate_aligned(pair->new_alignment, size ? size : 1)
                                         : malloc(size ? size : 1);

    if (!memory)
        update_fail("out of memory: %zu bytes for a new %s", size, state->pair->name);
    return (uintptr_t)memory;
}

/* A program may keep room behind the elements of an array that are in use, and fill it later: the new
 * block has room for as many as the old one had. */
static size_t size_with_room(const struct pair_state *state, uintptr_t old,
                             struct object_extent extent, size_t size)
{
    bool may_be_array = extent.count != 1 || state->pair->flags & KITSUNE_PAIR_ROOMY;
    size_t room, old_size = old_extent_size(state, extent);

    if (!may_be_array || !state->is_allocated || state->has_tail || !state->old_size ||
        allocator == ALLOCATOR_UNKNOWN || allocation_judge(old, old_size) == START_UNLIKELY)
        return size;
    if (__builtin_mul_overflow(allocation_usable(old) / state->old_size, state->new_size, &room))
        return size;
    return room > size ? room : size;
}

/* Elements that grow stay in their block as long as there is place for all of them and for the room
 * behind them. */
static enum placement placement_with_room(const struct pair_state *state, uintptr_t old,
                                          struct object_extent extent)
{
    enum placement placement = placement_of(state, extent.count);
    size_t size;

    if (placement != PLACE_REUSES || state->new_size <= state->old_size)
        return placement;
    size = new_extent_size(state, extent);
    return size_with_room(state, old, extent, size) > size ? PLACE_MOVES : PLACE_REUSES;
}

static uintptr_t allocate_with_room(const struct pair_state *state, uintptr_t old,
                                    struct object_extent extent)
{
    size_t size = new_extent_size(state, extent);
    size_t with_room = size_with_room(state, old, extent, size);
    uintptr_t new = allocate(state, with_room);

    memset((char *)new + size, 0, with_room - size);
    return new;
}

struct object_extent measure_extent(const struct pair_state *state, uintptr_t address,
                                    size_t count)
{
    struct object_extent extent = {count, 0};
    const struct kitsune_type_pair *pair = state->pair;

    if (!state->has_tail || count != 1)
        return extent;
    if (pair->tail_count)
        extent.tail = pair->tail_count((void *)address);
    else
        extent.tail = kitsune_xf_tail_count((void *)address, pair->old_tail_offset,
                                            pair->old_tail_element);
    return extent;
}

/* Parts of an object that is found late were met before, and taken for objects of their own. */
static void refuse_overlap(const struct object_record *record, uintptr_t end)
{
    uint32_t inner = end > record_old(record) + 1 ? map_find_at_or_below(&heap.map, end - 1)
                                                  : (uint32_t)MAP_NOTHING;
    const struct object_record *found;

    if (inner == MAP_NOTHING)
        return;
    found = log_at(&heap.log, inner);
    if (record_old(found) <= record_old(record))
        return;
    if ((record_flags(record) | record_flags(found)) & (RECORD_MOVED | RECORD_REUSED))
        update_fail("%s at %p was taken for an object of its own, and is part of %s at %p, which "
                    "was reached later; migrate the variable that leads to the latter first",
                    pair_state_at(record_pair(found))->pair->name, (void *)record_old(found),
                    pair_state_at(record_pair(record))->pair->name, (void *)record_old(record));
    record_set_flags((struct object_record *)(uintptr_t)record, RECORD_REVISIT);
}

void place_record(size_t index, const struct pair_state *state, struct object_extent extent)
{
    struct object_record *record = log_at(&heap.log, index);
    uintptr_t old = record_old(record);
    enum placement placement = placement_with_room(state, old, extent);

    if (record_flags(record) & RECORD_IMAGE) {
        record_set_new(record, allocate(state, new_extent_size(state, extent)));
        record_set_flags(record, RECORD_MOVED);
        heap.has_moved = true;
    } else if (placement == PLACE_MOVES) {
        record_set_new(record, allocate_with_room(state, old, extent));
        record_set_flags(record, RECORD_MOVED);
        heap.has_moved = true;
    } else {
        record_set_new(record, old);
        if (placement == PLACE_REUSES)
            record_set_flags(record, RECORD_REUSED);
    }
    if (heap.map.tracks_starts) {
        refuse_overlap(record, old + old_extent_size(state, extent));
        map_mark_start(&heap.map, old);
    }
}

struct object_record *reach_new_object(const struct pair_state *state, uintptr_t address,
                                       size_t count, unsigned flags)
{
    struct object_extent extent = measure_extent(state, address, count);
    size_t index = log_count(&heap.log);

    if (extent.count != 1 || extent.tail)
        log_append_extent(&heap.log, record_key(address, state->number), 0, flags, extent);
    else
        log_append(&heap.log, record_key(address, state->number), 0, flags);
    map_insert(&heap.map, (uint32_t)index);
    place_record(index, state, extent);
    return log_at(&heap.log, index);
}

/* ---- Meeting an object again ----------------------------------------------------------------- */

/* The elements of an array behind those that are done.  They are not deferred, for nothing else is
 * going to visit them; some may have been met by pointers of their own. */
static void visit_further(const struct pair_state *state, uintptr_t address, size_t count)
{
    struct object_extent extent = {count, 0};
    size_t index = log_count(&heap.log);

    if (map_find(&heap.map, record_key(address, state->number)) == MAP_NOTHING) {
        reach_new_object(state, address, count, RECORD_REVISIT);
        return;
    }
    log_append_extent(&heap.log, record_key(address, state->number), 0, RECORD_REVISIT, extent);
    place_record(index, state, extent);
}

/* More elements than when it was met first. */
static uintptr_t reach_longer(const struct pair_state *state, size_t index, size_t count)
{
    struct object_record *record = log_at(&heap.log, index);
    struct object_extent extent = log_extent(&heap.log, index);

    if (record_flags(record) & (RECORD_MOVED | RECORD_REUSED))
        update_fail("%s at %p is reached as %zu element%s, and again as %zu: a length annotation "
                    "(E_PTRARRAY) is missing or wrong at one of the pointers to it",
                    state->pair->name, (void *)record_old(record), (size_t)extent.count,
                    extent.count == 1 ? "" : "s", count);
    if (!(record_flags(record) & RECORD_INSIDE) && extent.count) {
        /* It stays where it is: only the further elements are to be visited. */
        visit_further(state, record_old(record) + extent.count * state->old_size,
                      count - extent.count);
        if (record_flags(record) & RECORD_EXTENT)
            log_set_extent(&heap.log, index, (struct object_extent){count, extent.tail});
    }
    return record_new(record);
}

static uintptr_t reach_known(const struct pair_state *state, size_t index, size_t count,
                             bool is_array)
{
    struct object_record *record = log_at(&heap.log, index);

    if (record_flags(record) & RECORD_DEFERRED) {
        if (is_array)
            deferred_is_array(index, count);
        return defer_again(state, index, count);
    }
    if (is_array && count > log_extent(&heap.log, index).count)
        return reach_longer(state, index, count);
    return record_new(record);
}

/* The address is known as an object of another type, and neither type occurs inside the other (or
 * it would have been deferred): a cast, or a struct that repeats another's first members. */
static uintptr_t reach_as_other_type(const struct pair_state *state, uintptr_t address,
                                     size_t count, size_t index)
{
    const struct object_record *record = log_at(&heap.log, index);

    if (record_flags(record) & (RECORD_MOVED | RECORD_REUSED) || state->placement != PLACE_STAYS)
        update_fail("the object at %p is reached as %s and as %s, of which at least one changes "
                    "its layout; say at the pointers which one it is (E_T, a rule) or which is not "
                    "to be followed (E_OPAQUE)",
                    (void *)address, pair_state_at(record_pair(record))->pair->name,
                    state->pair->name);
    return record_new(reach_new_object(state, address, count, RECORD_REVISIT));
}

/* ---- Memory that was converted before -------------------------------------------------------- */

static bool nothing_is_plain(uintptr_t start, uintptr_t end)
{
    (void)start;
    (void)end;
    return false;
}

/* The map of new objects is made when first asked for, and brought up to date each time. */
bool is_new_object(uintptr_t address)
{
    struct map_region *region;

    if (is_placeholder(address))
        return true;
    if (!heap.new_map) {
        heap.new_map = bookkeeping_allocate(sizeof *heap.new_map);
        map_begin(heap.new_map, &heap.log, nothing_is_plain);
    }
    while (heap.new_map_scan < log_count(&heap.log)) {
        const struct object_record *record = log_at(&heap.log, heap.new_map_scan);

        if (record_flags(record) & RECORD_MOVED && record_new(record)) {
            uintptr_t new = record_new(record);

            *map_entry(map_region_of(heap.new_map, new), new) = (uint32_t)heap.new_map_scan + 1;
        }
        heap.new_map_scan = log_next(record, heap.new_map_scan);
    }
    region = map_region_of(heap.new_map, address);
    return *map_entry(region, address) != 0;
}

/* ---- The way in ------------------------------------------------------------------------------ */

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

/* Characters without a name in the image: the string they are. */
static char *image_string(uintptr_t address)
{
    size_t readable = image_unnamed_size(address);
    const char *end = memchr((const char *)address, '\0', readable);
    size_t size = end ? (size_t)(end - (const char *)address) + 1 : readable;

    if (image_is_writable(address))
        return (char *)image_pointer(pair_state_of(&character_pair), address, size);
    return literal_copy((const char *)address, size);
}

/* Something of unknown type and size without a name.  Most often it is a string; otherwise it ends
 * where the next variable begins, and is not larger than a page. */
static void *keep_unnamed(uintptr_t address)
{
    enum { LARGEST_UNNAMED = 4096 };
    size_t size = image_unnamed_size(address), i;
    const unsigned char *bytes = (const unsigned char *)address;

    for (i = 0; i < size && (isprint(bytes[i]) || isspace(bytes[i])); i++)
        ;
    if (i && i < size && !bytes[i] && !image_is_writable(address))
        return image_string(address);
    return (void *)image_pointer(pair_state_of(&opaque_pair), address,
                                 size < LARGEST_UNNAMED ? size : LARGEST_UNNAMED);
}

void *kitsune_xf_keep(void *old)
{
    uintptr_t address = (uintptr_t)old, new;
    const struct kitsune_function *function;

    if (in_old_image(address)) {
        new = image_variable(address, NULL);
        if (new)
            return (void *)new;
        function = image_is_writable(address) ? NULL : image_function(address);
        if (function)
            return (void *)image_function_address(function, address);
        return keep_unnamed(address);
    }
    if (in_old_stack(address))
        return (void *)local_pointer(pair_state_of(&opaque_pair), address, 1,
                                     DEFERRED_KEPT_LOCAL);
    if (leads_to_itself(pair_state_of(&opaque_pair), address, &new))
        return (void *)new;
    return old;
}

void *kitsune_xf_argument(void *old)
{
    uintptr_t address = (uintptr_t)old;
    uint32_t index;

    if (is_mark(address) || address > ADDRESS_MASK)
        return old;
    if (in_old_image(address) || in_old_stack(address))
        return kitsune_xf_keep(old);
    index = map_find_real(&heap.map, address);
    if (index == MAP_NOTHING)
        return old;
    return (void *)record_new(log_at(&heap.log, index));
}

char *kitsune_xf_string(char *old)
{
    const struct pair_state *state = pair_state_of(&character_pair);
    const struct kitsune_transformer *transformer = heap.setup.transformer;
    uintptr_t address = (uintptr_t)old, new;

    if (is_mark(address))
        return old;
    if (in_old_image(address)) {
        new = image_variable(address, state);
        return new ? (char *)new : image_string(address);
    }
    if (in_old_stack(address))
        return (char *)local_pointer(state, address, 1, DEFERRED_LOCAL);
    if (leads_to_itself(state, address, &new))
        return (char *)new;
    if ((transformer && transformer->flags & KITSUNE_TRANSFORMER_NO_INNER_STRINGS) ||
        in_new_image(address) || address > ADDRESS_MASK || literal_owns(address, address + 1) ||
        is_placeholder(address))
        return old;
    if (allocator != ALLOCATOR_UNKNOWN && allocation_judge(address, 1) != START_UNLIKELY) {
        strings_note(address);
        return old;
    }
    return (char *)reach_heap(state, address, 1, false);
}

char *kitsune_xf_bytes(char *old, size_t length)
{
    uintptr_t address = (uintptr_t)old, new;

    if (is_mark(address) || !in_old_image(address))
        return kitsune_xf_string(old);
    new = image_variable(address, pair_state_of(&character_pair));
    if (new)
        return (char *)new;
    if (length > image_unnamed_size(address))
        update_fail("%zu bytes at offset 0x%llx of the old version are not there: the length that "
                    "E_PTRARRAY names is wrong", length,
                    (unsigned long long)(address - heap.setup.old_base));
    if (image_is_writable(address))
        return (char *)image_pointer(pair_state_of(&character_pair), address, length);
    return literal_copy(old, length);
}

/* Wide characters without a name in read-only memory: the string they are. */
static void *wide_literal(uintptr_t address, size_t width)
{
    static const char end[sizeof(uint32_t)];
    size_t readable = image_unnamed_size(address), size = width;

    while (size + width <= readable &&
           memcmp((const char *)address + size - width, end, width) != 0)
        size += width;
    return literal_copy((const void *)address, size);
}

void *kitsune_xf_wide_string(const struct kitsune_type_pair *pair, void *old)
{
    const struct pair_state *state = pair_state_of(pair);
    uintptr_t address = (uintptr_t)old, new;

    if (!in_old_image(address) || image_is_writable(address))
        return (void *)reach(state, address, 1);
    new = image_variable(address, state);
    return new ? (void *)new : wide_literal(address, state->old_size);
}

void *kitsune_xf_function(void *old)
{
    uintptr_t address = (uintptr_t)old;

    if (!in_old_image(address))
        return old;
    return (void *)image_function_address(image_function(address), address);
}

void kitsune_xf_store(void *slot, void *value)
{
    void *before;

    memcpy(&before, slot, sizeof before);
    if (before == value)
        return;
    undo_store(&heap.undo, slot);
    memcpy(slot, &value, sizeof value);
    if (__builtin_expect(is_placeholder((uintptr_t)value), 0))
        note_slot(slot);
}

void kitsune_xf_remember(void *address, size_t size)
{
    undo_remember(&heap.undo, address, size);
}

size_t kitsune_xf_tail_count(const void *in, size_t tail_offset, size_t element)
{
    uintptr_t address = (uintptr_t)in;
    size_t size;

    if (!element)
        return 0;
    if (in_old_image(address) || in_new_image(address))
        size = image_variable_rest(address);
    else
        size = allocation_usable(address);
    return size > tail_offset ? (size - tail_offset) / element : 0;
}
