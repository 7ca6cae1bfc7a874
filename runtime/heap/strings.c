/* strings.c -- pointers to characters that may be a string of their own or a part of something.
 *
 * Most strings are allocations of their own and stay where they are.  Whether one is shows in
 * malloc's header before it; but what stands before an array of characters in an object may look
 * like one.  So where objects with characters in them move, every pointer that was believed is
 * looked at again when all objects are known, and set right when it leads into one of them.
 *
 * Hardly any does, and asking what contains an address costs as much as converting an object.  So a
 * bitmap says where believed strings begin; one pass over the objects that move marks those that
 * lie in one, by a second bitmap; and only these are asked about.
 */
#include "engine.h"

#include <string.h>

/* A pointer that was kept, somewhere in what was being written at the time. */
struct believed_string {
    uintptr_t address;
    char *out;
    size_t out_size;
};

/* Of one region: a bit for each distance at which malloc may place something. */
enum { UNIT_SHIFT = 4, REGION_UNITS = 1 << (REGION_SHIFT - UNIT_SHIFT) };

struct string_marks {
    uint64_t believed[REGION_UNITS / 64];
    uint64_t held[REGION_UNITS / 64]; /* of these, in an object that moves */
};

static size_t unit_of(uintptr_t address)
{
    return (address >> UNIT_SHIFT) % REGION_UNITS;
}

static void mark_believed(uintptr_t address)
{
    struct map_region *region = map_region_of(&heap.map, address);
    size_t unit = unit_of(address);

    if (!region->strings)
        region->strings = bookkeeping_allocate(sizeof *region->strings);
    region->strings->believed[unit / 64] |= UINT64_C(1) << unit % 64;
}

static bool is_held(uintptr_t address)
{
    const struct string_marks *marks = map_region_of(&heap.map, address)->strings;
    size_t unit = unit_of(address);

    return marks->held[unit / 64] >> unit % 64 & 1;
}

void strings_note(uintptr_t address)
{
    struct believed_string *string = block_vector_append(&heap.strings, sizeof *string);
    uintptr_t old_start, old_end;

    string->address = address;
    current_object(&old_start, &old_end, &string->out, &string->out_size);
    mark_believed(address);
}

/* Those from one unit of a region to another.  True: there are some. */
static bool hold_units(struct string_marks *marks, size_t first, size_t last)
{
    uint64_t any = 0;
    size_t word;

    for (word = first / 64; word <= last / 64; word++) {
        uint64_t units = marks->believed[word];

        if (word == first / 64)
            units &= UINT64_MAX << first % 64;
        if (word == last / 64)
            units &= UINT64_MAX >> (63 - last % 64);
        marks->held[word] |= units;
        any |= units;
    }
    return any != 0;
}

/* Those from one address to another, both included.  True: there are some. */
static bool hold(uintptr_t start, uintptr_t end)
{
    bool any = false;

    for (;;) {
        struct string_marks *marks = map_region_of(&heap.map, start)->strings;
        uintptr_t last = start | (((uintptr_t)1 << REGION_SHIFT) - 1);

        if (last > end)
            last = end;
        if (marks && hold_units(marks, unit_of(start), unit_of(last)))
            any = true;
        if (last == end)
            return any;
        start = last + 1;
    }
}

/* Marks all that lie in objects that move, or at their ends.  True: there are some. */
static bool hold_all(void)
{
    bool any = false;
    size_t index;

    for (index = 0; index < log_count(&heap.log);
         index = log_next(log_at(&heap.log, index), index)) {
        const struct object_record *record = log_at(&heap.log, index);
        unsigned flags = record_flags(record);
        uintptr_t start = record_old(record);

        if (flags & (RECORD_MOVED | RECORD_REUSED) && !(flags & RECORD_NOT_REAL) &&
            hold(start, start + old_extent_size(pair_state_at(record_pair(record)),
                                                log_extent(&heap.log, index))))
            any = true;
    }
    return any;
}

/* Wherever the pointer stands: packed structs have them anywhere. */
static void redirect(const struct believed_string *string, uintptr_t new)
{
    size_t offset;

    for (offset = 0; offset + sizeof(uintptr_t) <= string->out_size; offset++) {
        uintptr_t value;

        memcpy(&value, string->out + offset, sizeof value);
        if (value == string->address)
            kitsune_xf_store(string->out + offset, (void *)new);
    }
}

void strings_settle(void)
{
    const struct pair_state *characters = pair_state_of(&character_pair);
    size_t i;

    if (!heap.strings.count || !hold_all())
        return;
    for (i = 0; i < heap.strings.count; i++) {
        const struct believed_string *string =
            block_vector_at(&heap.strings, i, sizeof *string);
        uintptr_t new = is_held(string->address)
                            ? find_inside(characters, string->address, false)
                            : 0;

        if (new && new != string->address)
            redirect(string, new);
    }
}
