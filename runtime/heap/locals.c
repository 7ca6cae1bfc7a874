/* locals.c -- pointers to locals of the old version: they lead nowhere until the new version's
 * function has migrated the local. */
#include "deferred.h"

/* A local of the old version that has found its place. */
struct migrated_local {
    uintptr_t old_start, old_end;
    uintptr_t new_start;
    size_t new_size;
    const struct pair_state *state; /* NULL: start address only */
    size_t count;
};

static struct block_vector locals; /* struct migrated_local */

void locals_begin(void)
{
    locals = (struct block_vector){0};
}

static struct migrated_local *local_at(size_t index)
{
    return block_vector_at(&locals, index, sizeof(struct migrated_local));
}

static uintptr_t map_local(const struct migrated_local *local, uintptr_t address,
                           const struct pair_state *wanted)
{
    size_t offset = address - local->old_start, new_offset = offset;
    bool known = local->state
                     ? map_offset(local->state, (struct object_extent){local->count, 0}, offset,
                                  wanted->pair == &opaque_pair ? NULL : wanted, &new_offset)
                     : offset == 0 || local->old_end - local->old_start == local->new_size;

    if (!known || new_offset > local->new_size)
        update_fail("a pointer to %s leads to byte %zu of a migrated local, and it is not known "
                    "what became of that place; give the local a rule", wanted->pair->name, offset);
    return local->new_start + new_offset;
}

static const struct migrated_local *find_local(uintptr_t address)
{
    const struct migrated_local *ending = NULL;
    size_t i;

    for (i = locals.count; i-- > 0;) {
        const struct migrated_local *local = local_at(i);

        if (address >= local->old_start && address < local->old_end)
            return local;
        if (address == local->old_end && local->count > 1)
            ending = local;
    }
    return ending;
}

uintptr_t local_pointer(const struct pair_state *state, uintptr_t address, size_t count,
                        enum deferred_kind kind)
{
    const struct migrated_local *local = find_local(address);
    uint32_t known;

    if (local)
        return map_local(local, address, state);
    known = map_find(&heap.map, record_key(address, state->number));
    if (known == MAP_NOTHING)
        return defer(state, address, count, kind);
    return draw(known);
}

void heap_local_migrated(void *old_address, size_t old_size, void *new_address, size_t new_size,
                         const struct kitsune_type_pair *pair, size_t count)
{
    struct migrated_local *local = block_vector_append(&locals, sizeof *local);
    size_t i;

    *local = (struct migrated_local){(uintptr_t)old_address, (uintptr_t)old_address + old_size,
                                     (uintptr_t)new_address, new_size,
                                     pair ? pair_state_of(pair) : NULL, count};
    for (i = 0; i < deferred_target_count(); i++) {
        struct deferred_target *target = deferred_target_at(i);
        const struct object_record *record = log_at(&heap.log, target->record);

        if (!target->resolved && target->kind != DEFERRED_INSIDE &&
            find_local(record_old(record)) == local)
            resolve_inside(target, map_local(local, record_old(record),
                                             pair_state_at(record_pair(record))));
    }
    patch_slots();
}

void locals_check_all(void)
{
    size_t i;

    for (i = 0; i < deferred_target_count(); i++) {
        struct deferred_target *target = deferred_target_at(i);
        const struct object_record *record = log_at(&heap.log, target->record);

        if (target->resolved)
            continue;
        if (target->kind == DEFERRED_KEPT_LOCAL)
            resolve_inside(target, record_old(record)); /* not followed: the bits are kept */
        else
            update_fail("a pointer to %s leads to %p on the old version's stack, to a local that "
                        "no function of the new version has migrated (MIGRATE_LOCAL in a function "
                        "marked E_NOTELOCALS)",
                        pair_state_at(record_pair(record))->pair->name,
                        (void *)record_old(record));
    }
}
