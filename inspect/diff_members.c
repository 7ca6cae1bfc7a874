/* diff_members.c -- the members of two structs or unions, beside each other.
 *
 * Rows come in the order of the new type; what is gone stands where it was.  Unnamed structs are
 * looked through, as the matcher does; members of an unnamed type follow the member that has it,
 * one step deeper.  What the plan paired stays paired; where it has no say (a type that nothing
 * migrated holds, a rule for the whole), names pair.
 */
#include "diff.h"

#include <string.h>

/* A member as seen through unnamed structs. */
struct seen_member {
    const struct member *member;
    uint64_t bit; /* from the start of the outermost type */
    bool is_shown;
};

struct seen_members {
    struct seen_member *items;
    size_t count, capacity;
};

/* Two types whose members are compared, somewhere in the type that is shown. */
struct level {
    struct diff *diff;
    struct type_change *change;
    const struct conversion *conversion;
    int depth;
    const char *old_prefix, *new_prefix; /* "u." */
    struct seen_members old_members, new_members;
    size_t first_row;
};

static bool has_members(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION;
}

static void see(struct level *level, struct seen_members *list, struct type *type, uint64_t bit)
{
    size_t i;

    for (i = 0; i < type->member_count; i++) {
        const struct member *member = &type->members[i];
        uint64_t at = bit + (member->bit_size ? member->bit_offset : 8 * member->offset);
        struct type *inner = type_strip(member->type);

        if (!member->name && inner->kind == TYPE_STRUCT)
            see(level, list, inner, bit + 8 * member->offset);
        else
            *(struct seen_member *)diff_add(level->diff, &list->items, &list->count,
                                            &list->capacity, sizeof *list->items) =
                (struct seen_member){member, at, false};
    }
}

static uint64_t size_in_bits(const struct member *member)
{
    return member->bit_size ? member->bit_size : 8 * type_strip(member->type)->size;
}

static const char *member_text(struct level *level, const struct member *member)
{
    const char *name = member->name ? member->name : "";

    if (member->bit_size)
        name = arena_format(level->diff->arena, "%s : %u", name, member->bit_size);
    return declaration_text(level->diff, member->type, name, member->annotations);
}

static const char *full_name(struct level *level, const char *prefix, const struct member *member)
{
    return arena_format(level->diff->arena, "%s%s", prefix, member->name ? member->name : "");
}

/* ---- Partners -------------------------------------------------------------------------------- */

static const struct member_plan *plan_of(const struct level *level, const struct member *new)
{
    const struct conversion *conversion = level->conversion;
    size_t i;

    for (i = 0; conversion && i < conversion->member_count; i++)
        if (conversion->members[i].new_member == new)
            return &conversion->members[i];
    return NULL;
}

static size_t position_unnamed(const struct seen_members *list, size_t index)
{
    size_t i, position = 0;

    for (i = 0; i < index; i++)
        position += !list->items[i].member->name;
    return position;
}

static struct seen_member *namesake(struct level *level, size_t new_index)
{
    const struct member *new = level->new_members.items[new_index].member;
    size_t i, position = position_unnamed(&level->new_members, new_index);

    for (i = 0; i < level->old_members.count; i++) {
        struct seen_member *old = &level->old_members.items[i];

        if (new->name && old->member->name && strcmp(new->name, old->member->name) == 0)
            return old;
        if (!new->name && !old->member->name && position-- == 0)
            return old;
    }
    return NULL;
}

static struct seen_member *partner(struct level *level, size_t new_index,
                                   const struct member_plan *plan)
{
    size_t i;

    if (!plan)
        return namesake(level, new_index);
    for (i = 0; i < level->old_members.count; i++)
        if (level->old_members.items[i].member == plan->old_member)
            return &level->old_members.items[i];
    return NULL;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void describe_old(struct level *level, struct member_change *row,
                         const struct seen_member *old)
{
    row->old_member = old->member;
    row->old_name = full_name(level, level->old_prefix, old->member);
    row->old_bit = old->bit;
    row->old_bits = size_in_bits(old->member);
    row->old_text = member_text(level, old->member);
}

static void describe_new(struct level *level, struct member_change *row,
                         const struct seen_member *new)
{
    row->new_member = new->member;
    row->new_name = full_name(level, level->new_prefix, new->member);
    row->new_bit = new->bit;
    row->new_bits = size_in_bits(new->member);
    row->new_text = member_text(level, new->member);
}

static void compare(struct level *level, struct member_change *row)
{
    const struct member *old = row->old_member, *new = row->new_member;

    if (!old || !new) {
        row->changes = old ? CHANGE_GONE : CHANGE_ADDED;
        return;
    }
    if (strcmp(row->old_name, row->new_name) != 0)
        row->changes |= CHANGE_NAME;
    if (row->old_bit != row->new_bit)
        row->changes |= CHANGE_PLACE;
    if (!same_type_text(level->diff, old->type, new->type))
        row->changes |= CHANGE_TYPE;
    if (row->old_bits != row->new_bits)
        row->changes |= CHANGE_SIZE;
    if (!same_annotations(old->annotations, new->annotations))
        row->changes |= CHANGE_MEANING;
}

static void decide(struct level *level, struct member_change *row, const struct member_plan *plan)
{
    if (!plan)
        return;
    if (plan->conversion && !plan->rule && !row->old_member)
        row->decision = decision_by_parts();
    else if (plan->conversion || plan->rule)
        row->decision = decision_of(level->diff, plan->conversion, plan->rule);
    else if (plan->source == SOURCE_NONE)
        row->decision = decision_initial("zero");
    if (!row->old_member && row->decision.rule && row->decision.rule->old_path)
        row->origin = row->decision.rule->old_path->text;
}

static struct member_change *add_row(struct level *level, size_t before)
{
    struct type_change *change = level->change;
    struct member_change *rows;

    diff_add(level->diff, &change->members, &change->member_count, &change->member_capacity,
             sizeof *change->members);
    rows = change->members;
    memmove(&rows[before + 1], &rows[before], (change->member_count - 1 - before) * sizeof *rows);
    memset(&rows[before], 0, sizeof *rows);
    rows[before].depth = level->depth;
    return &rows[before];
}

static void compare_level(struct level *level, struct type *old_type, struct type *new_type);

struct type *unnamed_type_of(const struct member *member)
{
    struct type *type = member ? type_strip(member->type) : NULL;

    while (type && type->kind == TYPE_ARRAY)
        type = type_strip(type->target);
    return type && has_members(type) && !type->name ? type : NULL;
}

static void descend(struct level *level, const struct member_change *row,
                    const struct member_plan *plan)
{
    struct type *old = unnamed_type_of(row->old_member), *new = unnamed_type_of(row->new_member);
    const struct conversion *conversion = plan ? plan->conversion : NULL;
    struct arena *arena = level->diff->arena;
    struct level below = {.diff = level->diff, .change = level->change, .depth = level->depth + 1};

    if ((!old && !new) || (row->old_member && row->new_member && (!old || !new)))
        return;
    while (conversion && conversion->kind == CONVERT_ARRAY)
        conversion = conversion->element;
    below.conversion = conversion;
    below.old_prefix = row->old_member && row->old_member->name
                           ? arena_format(arena, "%s.", row->old_name) : level->old_prefix;
    below.new_prefix = row->new_member && row->new_member->name
                           ? arena_format(arena, "%s.", row->new_name) : level->new_prefix;
    if (old)
        see(&below, &below.old_members, old, row->old_bit);
    if (new)
        see(&below, &below.new_members, new, row->new_bit);
    compare_level(&below, NULL, NULL);
}

static void add_new_rows(struct level *level)
{
    size_t i;

    for (i = 0; i < level->new_members.count; i++) {
        struct seen_member *new = &level->new_members.items[i];
        const struct member_plan *plan = plan_of(level, new->member);
        struct seen_member *old = partner(level, i, plan);
        struct member_change *row = add_row(level, level->change->member_count), kept;

        describe_new(level, row, new);
        if (old) {
            describe_old(level, row, old);
            old->is_shown = true;
        }
        compare(level, row);
        decide(level, row, plan);
        kept = *row; /* rows move when more are added */
        descend(level, &kept, plan);
    }
}

/* Behind the row of the old member before it, and what is in that. */
static size_t place_of_gone(const struct level *level, size_t old_index)
{
    const struct type_change *change = level->change;
    size_t row;

    while (old_index-- > 0)
        for (row = level->first_row; row < change->member_count; row++)
            if (change->members[row].depth == level->depth &&
                change->members[row].old_member == level->old_members.items[old_index].member) {
                while (++row < change->member_count && change->members[row].depth > level->depth)
                    ;
                return row;
            }
    return level->first_row;
}

static const struct rule *rule_that_takes(const struct level *level, const char *member)
{
    static const enum path_root roots[] = {[TYPE_STRUCT] = ROOT_STRUCT, [TYPE_UNION] = ROOT_UNION};
    const struct type *type = level->change->old_type;

    if (level->depth || !member || !has_members(type))
        return NULL;
    return rule_that_reads(level->diff->plan,
                           type->name ? roots[type->kind] : ROOT_TYPEDEF,
                           type->name ? type->name : strchr(level->change->old_name, ' ') + 1,
                           member);
}

static void decide_gone(struct level *level, struct member_change *row)
{
    const struct dropped_member *dropped;
    const struct rule *rule;

    for (dropped = level->conversion ? level->conversion->dropped : NULL; dropped;
         dropped = dropped->next)
        if (dropped->member == row->old_member) {
            row->decision = dropped->rule ? decision_by_drop(dropped->rule)
                                          : decision_of_dropped(dropped->message);
            return;
        }
    rule = rule_that_takes(level, row->old_member->name);
    if (rule) {
        row->decision = (struct decision){DECISION_RULE, "", rule, NULL};
        row->origin = rule->new_path->text;
    }
}

static void add_rows_of_gone(struct level *level)
{
    size_t i;

    for (i = 0; i < level->old_members.count; i++) {
        struct seen_member *old = &level->old_members.items[i];
        struct member_change *row;

        if (old->is_shown)
            continue;
        row = add_row(level, place_of_gone(level, i));
        describe_old(level, row, old);
        compare(level, row);
        decide_gone(level, row);
    }
}

static void compare_level(struct level *level, struct type *old_type, struct type *new_type)
{
    level->first_row = level->change->member_count;
    if (old_type)
        see(level, &level->old_members, old_type, 0);
    if (new_type)
        see(level, &level->new_members, new_type, 0);
    add_new_rows(level);
    add_rows_of_gone(level);
}

void diff_members(struct diff *diff, struct type_change *change,
                  const struct conversion *conversion)
{
    struct level level = {.diff = diff, .change = change, .conversion = conversion,
                          .old_prefix = "", .new_prefix = ""};

    compare_level(&level, change->old_type, change->new_type);
}
