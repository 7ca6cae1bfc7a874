/* placeholders.c -- addresses that stand for targets not known yet.  See placeholders.h. */
#include "placeholders.h"

#include <string.h>
#include <sys/mman.h>

#include "deferred.h"
#include "files/under_valgrind.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(bytes, size) ((void)(bytes), (void)(size))
#endif

enum { PLACEHOLDER_UNIT = 256 };

struct placeholder_unit {
    uint32_t target;
    uint32_t position; /* among the units of this placeholder */
};

static struct {
    uintptr_t base, size;      /* the reserved range; size 0: not reserved yet */
    struct block_vector units; /* struct placeholder_unit, as handed out */
    struct block_vector slots; /* void *: where placeholders were stored */
    bool by_valgrind;          /* the process runs under it; known once the range is reserved */
} reserved;

void placeholders_begin(void)
{
    memset(&reserved, 0, sizeof reserved);
}

void placeholders_release(void)
{
    if (reserved.size)
        munmap((void *)reserved.base, reserved.size);
    memset(&reserved, 0, sizeof reserved);
}

/* ---- The range ------------------------------------------------------------------------------- */

/* As large a range as the process may have; address space only, but valgrind keeps books about it.
 * Preferably at an address that data is unlikely to hold by chance (as two ints: a large negative
 * one before a small one), for the slots are found by their values. */
static void reserve_range(void)
{
    void *unlikely = (void *)UINT64_C(0x5eadc0de0000);
    size_t size;

    reserved.by_valgrind = runs_under_valgrind();
    size = (size_t)1 << (reserved.by_valgrind ? 32 : 40);
    for (; size >= (size_t)1 << 24; size >>= 2) {
        void *range = mmap(unlikely, size, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (range != MAP_FAILED) {
            reserved.base = (uintptr_t)range;
            reserved.size = size;
            return;
        }
    }
    update_fail("out of address space for the update's placeholders; raise the limit "
                "(ulimit -v)");
}

bool is_placeholder(uintptr_t value)
{
    return value - reserved.base < reserved.units.count * PLACEHOLDER_UNIT;
}

static const struct placeholder_unit *unit_of(uintptr_t value)
{
    return block_vector_at(&reserved.units, (value - reserved.base) / PLACEHOLDER_UNIT,
                           sizeof(struct placeholder_unit));
}

uint32_t placeholder_target(uintptr_t value)
{
    return unit_of(value)->target;
}

/* How far into its object an address computed from a placeholder leads. */
static size_t offset_of(uintptr_t value)
{
    return (value - reserved.base) % PLACEHOLDER_UNIT +
           (size_t)unit_of(value)->position * PLACEHOLDER_UNIT;
}

uintptr_t placeholder_make(uint32_t target, size_t object_size)
{
    size_t units = object_size / PLACEHOLDER_UNIT + 1, first = reserved.units.count, i;

    if (!reserved.size)
        reserve_range();
    if (units > reserved.size / PLACEHOLDER_UNIT - first)
        update_fail("out of address space for the update's placeholders; raise the limit "
                    "(ulimit -v)");
    for (i = 0; i < units; i++)
        *(struct placeholder_unit *)block_vector_append(
            &reserved.units, sizeof(struct placeholder_unit)) =
            (struct placeholder_unit){target, (uint32_t)i};
    return reserved.base + first * PLACEHOLDER_UNIT;
}

uintptr_t draw(size_t index)
{
    struct conversion *current = &heap.current;
    const struct object_record *record = log_at(&heap.log, index);
    uintptr_t placeholder = record_new(record);
    uintptr_t end = placeholder + PLACEHOLDER_UNIT +
                    new_extent_size(pair_state_at(record_pair(record)),
                                    log_extent(&heap.log, index));

    if (!current->drawn++) {
        current->drawn_from = placeholder;
        current->drawn_to = end;
    }
    if (placeholder < current->drawn_from)
        current->drawn_from = placeholder;
    if (end > current->drawn_to)
        current->drawn_to = end;
    return placeholder;
}

/* ---- Slots ----------------------------------------------------------------------------------- */

void note_slot(void *slot)
{
    *(void **)block_vector_append(&reserved.slots, sizeof slot) = slot;
}

/* What is looked through may have padding, and members that nobody has set yet: valgrind need not
 * speak of them here. */
static void make_defined(void *bytes, size_t size)
{
    if (__builtin_expect(reserved.by_valgrind, 0))
        VALGRIND_MAKE_MEM_DEFINED(bytes, size);
}

static size_t note_slots_every(char *out, size_t size, size_t step)
{
    size_t offset, found = 0;

    for (offset = 0; offset + sizeof(uintptr_t) <= size; offset += step) {
        uintptr_t value;

        memcpy(&value, out + offset, sizeof value);
        make_defined(&value, sizeof value);
        if (value >= heap.current.drawn_from && value < heap.current.drawn_to) {
            note_slot(out + offset);
            found++;
        }
    }
    return found;
}

void note_slots(char *out, size_t size)
{
    size_t skew = -(uintptr_t)out % sizeof(uintptr_t);

    if (size > skew && note_slots_every(out + skew, size - skew, sizeof(uintptr_t)) >=
                           heap.current.drawn)
        return;
    note_slots_every(out, size, 1); /* packed structs have pointers anywhere */
}

void patch_slots(void)
{
    size_t i, kept = 0;

    for (i = 0; i < reserved.slots.count; i++) {
        char *slot = *(char **)block_vector_at(&reserved.slots, i, sizeof slot);
        const struct deferred_target *target;
        uintptr_t value, new;

        memcpy(&value, slot, sizeof value);
        if (!is_placeholder(value))
            continue; /* patched, or overwritten since */
        target = deferred_target_at(placeholder_target(value));
        if (target->resolved) {
            new = record_new(log_at(&heap.log, target->record)) + offset_of(value);
            memcpy(slot, &new, sizeof new);
        } else {
            *(char **)block_vector_at(&reserved.slots, kept++, sizeof slot) = slot;
        }
    }
    reserved.slots.count = kept;
}
