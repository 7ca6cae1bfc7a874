/* diff_types.c -- the types of the program itself, each old one beside its new one.
 *
 * Which type became which the plan has decided wherever something of that type is migrated; other
 * types are paired by kind and name, only to be shown.
 */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

/* One program's types that are worth a name, with the partners they have found so far. */
struct side {
    const struct program *program;
    struct type **types; /* a typedef of something without a name stands for that */
    const char **names;  /* as rules write them */
    bool *is_paired;
    size_t count;
};

static bool has_members(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION || type->kind == TYPE_ENUM;
}

static bool is_own(const struct type *type)
{
    return type->name && !type->from_system && !type->incomplete;
}

/* A typedef of a struct with a tag says nothing that the struct does not. */
static bool is_listed(const struct type *type)
{
    if (has_members(type))
        return is_own(type);
    return type->kind == TYPE_TYPEDEF && is_own(type) &&
           !(has_members(type_strip(type->target)) && type_strip(type->target)->name);
}

static bool is_in(const struct side *side, const struct type *type)
{
    size_t i;

    for (i = 0; i < side->count; i++)
        if (side->types[i] == type)
            return true;
    return false;
}

static void collect(struct diff *diff, const struct program *program, struct side *side)
{
    size_t i;

    side->program = program;
    side->types = arena_allocate(diff->arena, (program->type_count + 1) * sizeof *side->types);
    side->names = arena_allocate(diff->arena, (program->type_count + 1) * sizeof *side->names);
    side->is_paired = arena_allocate(diff->arena, program->type_count + 1);
    for (i = 0; i < program->type_count; i++) {
        struct type *type = program->types[i], *meant = type;

        if (!is_listed(type))
            continue;
        if (type->kind == TYPE_TYPEDEF && has_members(type_strip(type)))
            meant = type_strip(type);
        if (meant != type && is_in(side, meant))
            continue; /* it has two names */
        side->types[side->count] = meant;
        side->names[side->count++] = type_path(program, type);
    }
}

static size_t find_type(const struct side *side, const struct type *type)
{
    size_t i;

    for (i = 0; i < side->count; i++)
        if (side->types[i] == type)
            return i;
    return side->count;
}

/* By name, of the same compile unit when there is a choice. */
static size_t find_namesake(const struct side *side, const char *name, const struct type *old_type)
{
    size_t i, found = side->count;

    for (i = 0; i < side->count; i++) {
        if (side->is_paired[i] || side->types[i]->kind != old_type->kind ||
            strcmp(side->names[i], name) != 0)
            continue;
        if (found == side->count)
            found = i;
        if (side->types[i]->unit && old_type->unit &&
            strcmp(side->types[i]->unit, old_type->unit) == 0)
            return i;
    }
    return found;
}

/* ---- What is different ----------------------------------------------------------------------- */

static const struct enumerator *find_enumerator(const struct type *type, const char *name)
{
    size_t i;

    for (i = 0; i < type->enumerator_count; i++)
        if (strcmp(type->enumerators[i].name, name) == 0)
            return &type->enumerators[i];
    return NULL;
}

static void add_enumerator(struct diff *diff, struct type_change *change,
                           const struct enumerator *old, const struct enumerator *new)
{
    struct enumerator_change *row = diff_add(diff, &change->enumerators, &change->enumerator_count,
                                             &change->enumerator_capacity, sizeof *row);

    row->old_enumerator = old;
    row->new_enumerator = new;
    if (!old || !new)
        row->changes = old ? CHANGE_GONE : CHANGE_ADDED;
    else if (old->value != new->value)
        row->changes = CHANGE_MEANING;
    if (row->changes)
        change->changes |= row->changes == CHANGE_MEANING ? CHANGE_MEANING : CHANGE_TYPE;
}

static void compare_enumerators(struct diff *diff, struct type_change *change)
{
    const struct type *old = change->old_type, *new = change->new_type;
    size_t i;

    for (i = 0; new && i < new->enumerator_count; i++)
        add_enumerator(diff, change,
                       old ? find_enumerator(old, new->enumerators[i].name) : NULL,
                       &new->enumerators[i]);
    for (i = 0; old && i < old->enumerator_count; i++)
        if (!new || !find_enumerator(new, old->enumerators[i].name))
            add_enumerator(diff, change, &old->enumerators[i], NULL);
}

static const char *own_text(struct diff *diff, const struct type *type)
{
    if (type->kind == TYPE_TYPEDEF)
        return declaration_text(diff, type->target, "", type->annotations);
    return declaration_text(diff, NULL, "", type->annotations);
}

static void compare(struct diff *diff, struct type_change *change,
                    const struct conversion *conversion)
{
    struct type *old = change->old_type, *new = change->new_type;
    const struct type *either = new ? new : old;
    size_t i;

    if (old)
        change->old_text = own_text(diff, old);
    if (new)
        change->new_text = own_text(diff, new);
    if (!old || !new) {
        change->changes = old ? CHANGE_GONE : CHANGE_ADDED;
    } else {
        if (strcmp(change->old_name, change->new_name) != 0)
            change->changes |= CHANGE_NAME;
        if (old->size != new->size)
            change->changes |= CHANGE_SIZE;
        if (!same_annotations(old->annotations, new->annotations))
            change->changes |= CHANGE_MEANING;
    }
    if (either->kind == TYPE_ENUM)
        compare_enumerators(diff, change);
    else if (has_members(either))
        diff_members(diff, change, conversion);
    else if (old && new && !same_type_text(diff, old->target, new->target))
        change->changes |= CHANGE_TYPE;
    if (old && new)
        for (i = 0; i < change->member_count; i++)
            if (change->members[i].changes)
                change->changes |= CHANGE_TYPE;
}

static void add_type(struct diff *diff, struct side *old, size_t old_index, struct side *new,
                     size_t new_index, const struct sighting *sighting)
{
    struct type_change *change = diff_add(diff, &diff->types, &diff->type_count,
                                          &diff->type_capacity, sizeof *change);
    const struct conversion *conversion = sighting ? sighting->conversion : NULL;

    if (old_index < old->count) {
        change->old_type = old->types[old_index];
        change->old_name = old->names[old_index];
        old->is_paired[old_index] = true;
    }
    if (new_index < new->count) {
        change->new_type = new->types[new_index];
        change->new_name = new->names[new_index];
        new->is_paired[new_index] = true;
    }
    compare(diff, change, conversion);
    if (!sighting)
        return;
    change->reached_by = sighting->path;
    change->is_rebuilt = sighting->pair ? sighting->pair->changes : conversion->changes;
    change->is_visited = sighting->pair ? sighting->pair->visits : conversion->visits;
    change->decision = decision_of(diff, conversion, NULL);
    if (change->decision.kind == DECISION_AUTOMATIC && conversion->kind == CONVERT_MEMBERS)
        change->decision.how = change->is_rebuilt ? "rebuilt"
                               : change->is_visited ? "stays, looked through" : "stays";
}

/* ---- Who is whose ---------------------------------------------------------------------------- */

static void pair_by_sightings(struct diff *diff, struct side *old, struct side *new,
                              const struct sightings *sightings, bool same_name)
{
    size_t i, a, b;

    for (i = 0; i < sightings->count; i++) {
        const struct sighting *sighting = &sightings->items[i];

        a = find_type(old, sighting->old_type);
        b = find_type(new, sighting->new_type);
        if (a == old->count || b == new->count || old->is_paired[a] || new->is_paired[b] ||
            (same_name && strcmp(old->names[a], new->names[b]) != 0))
            continue;
        add_type(diff, old, a, new, b, sighting);
    }
}

static int compare_names(const void *left, const void *right)
{
    const struct type_change *a = left, *b = right;

    return strcmp(a->new_name ? a->new_name : a->old_name, b->new_name ? b->new_name : b->old_name);
}

static void count(struct diff *diff)
{
    size_t i;

    for (i = 0; i < diff->type_count; i++) {
        unsigned changes = diff->types[i].changes;

        diff->type_tally.total += !(changes & CHANGE_GONE);
        if (changes & CHANGE_ADDED)
            diff->type_tally.added++;
        else if (changes & CHANGE_GONE)
            diff->type_tally.gone++;
        else if (changes)
            diff->type_tally.changed++;
    }
}

void diff_types(struct diff *diff)
{
    struct sightings sightings = {NULL, 0, 0};
    struct side old = {0}, new = {0};
    size_t i;

    collect(diff, diff->plan->old_program, &old);
    collect(diff, diff->plan->new_program, &new);
    sightings_collect(diff, &sightings);
    pair_by_sightings(diff, &old, &new, &sightings, true);
    for (i = 0; i < old.count; i++)
        if (!old.is_paired[i] && find_namesake(&new, old.names[i], old.types[i]) < new.count)
            add_type(diff, &old, i, &new, find_namesake(&new, old.names[i], old.types[i]), NULL);
    pair_by_sightings(diff, &old, &new, &sightings, false);
    for (i = 0; i < old.count; i++)
        if (!old.is_paired[i])
            add_type(diff, &old, i, &new, new.count, NULL);
    for (i = 0; i < new.count; i++)
        if (!new.is_paired[i])
            add_type(diff, &old, old.count, &new, i, NULL);
    qsort(diff->types, diff->type_count, sizeof *diff->types, compare_names);
    count(diff);
}
