/* evolution.c -- the next version: what releases do to types and variables.
 *
 * Everything has to be possible in both directions, for the versions are updated in a ring; what
 * loses something on the way (a number that becomes narrower, an array that shrinks) gets a rule.
 */
#include "schema.h"

#include <string.h>

static void rename_thing(char *name, const char *prefix, int id)
{
    static const char letters[] = "abcdefgh";

    snprintf(name, NAME_LENGTH, "%s%d%c", prefix, id, letters[below(8)]);
}

static bool may_be_dropped(const struct member *member)
{
    switch (member->shape.kind) {
    case SHAPE_MARK:
    case SHAPE_COUNT:
    case SHAPE_VECTOR:
    case SHAPE_POINTER_VECTOR:
    case SHAPE_NUMBER_VECTOR:
    case SHAPE_UNION:
    case SHAPE_NUMBER_TAIL:
    case SHAPE_RECORD_TAIL:
        return false;
    default:
        return true;
    }
}

static bool is_tail(const struct member *member)
{
    return member->shape.kind == SHAPE_NUMBER_TAIL || member->shape.kind == SHAPE_RECORD_TAIL;
}

/* A type that holds all values of this one, or, where rules may be, any. */
static int other_integer(const struct schema *schema, int type, bool wide)
{
    for (int tries = 0; tries < 20; tries++) {
        int other = below(INTEGER_TYPES);

        if (wide && (number_types[other].size < 2 || number_types[other].is_bool))
            continue;
        if (number_types[other].is_bool || number_types[type].is_bool)
            continue;
        if (number_fits(type, other) || percent(schema->code_rate))
            return other;
    }
    return type;
}

static void change_number(const struct schema *schema, struct shape *shape)
{
    switch (shape->kind) {
    case SHAPE_INTEGER:
        if (shape->type == TYPE_INT && percent(20)) {
            shape->kind = SHAPE_FLOATING;
            shape->type = TYPE_DOUBLE;
            shape->width = 1; /* its values go back to int: it remains a double */
        } else {
            shape->type = other_integer(schema, shape->type, false);
            if (shape->count && shape->type == 10)
                shape->type = TYPE_INT; /* an array of char would be a text */
        }
        break;
    case SHAPE_COUNT:
        shape->type = TYPE_INT + below(4);
        break;
    case SHAPE_MARK:
        shape->type = percent(50) ? TYPE_INT : 7;
        break;
    case SHAPE_FLOATING:
        if (!shape->width)
            shape->type = INTEGER_TYPES + below(FLOATING_TYPES);
        break;
    case SHAPE_BITS:
        if (number_types[shape->type].is_bool)
            break;
        shape->width = 1 + below(8 * number_types[shape->type].size);
        break;
    default:
        break;
    }
}

/* In the other direction it shrinks, and a rule has to convert the elements. */
static bool may_grow(const struct member *member)
{
    if (!member->shape.count || member->shape.inner_count)
        return false;
    switch (member->shape.kind) {
    case SHAPE_INTEGER:
    case SHAPE_FLOATING:
    case SHAPE_TEXT:
    case SHAPE_RECORD:
    case SHAPE_POINTER:
        return true;
    default:
        return false;
    }
}

static void change_member(const struct schema *schema, struct version *version,
                          struct record *record, struct member *member)
{
    bool root = is_root(version, record);

    if (percent(schema->change_rate / 3))
        rename_thing(member->name, root ? "v" : "m", member->id);
    if (percent(schema->change_rate / 2))
        change_number(schema, &member->shape);
    if (may_grow(member) && percent(schema->change_rate / 3))
        member->shape.count += below(4);
    if (percent(20))
        member->shape.late = !member->shape.late;
    if (record->group_count && !member->shape.length && percent(schema->change_rate / 4) &&
        member->shape.kind != SHAPE_COUNT)
        member->group = below(record->group_count + 1) - 1;
    if (root && member->shape.kind != SHAPE_COUNT && percent(schema->change_rate / 3))
        member->storage = (enum storage)below(member->shape.kind == SHAPE_UNION ? 2 : 3);
    member->initial = below(50);
}

static void drop_members(const struct schema *schema, struct record *record)
{
    for (int i = record->member_count - 1; i >= 0; i--) {
        if (!may_be_dropped(&record->members[i]) || !percent(schema->change_rate / 8))
            continue;
        memmove(&record->members[i], &record->members[i + 1],
                (size_t)(record->member_count - i - 1) * sizeof record->members[0]);
        record->member_count--;
    }
}

static void move_member(struct record *record)
{
    int last = record->member_count - (record->has_tail ? 1 : 0);
    int from, to;
    struct member member;

    if (last < 2)
        return;
    from = below(last);
    to = below(last);
    member = record->members[from];
    if (from < to)
        memmove(&record->members[from], &record->members[from + 1],
                (size_t)(to - from) * sizeof member);
    else
        memmove(&record->members[to + 1], &record->members[to],
                (size_t)(from - to) * sizeof member);
    record->members[to] = member;
}

static void add_members(struct schema *schema, struct version *version, struct record *record)
{
    struct member tail;
    int wanted = below(3);

    if (record->member_count + wanted > MOST_MEMBERS - 4)
        return;
    if (record->has_tail)
        tail = record->members[--record->member_count];
    for (int i = 0; i < wanted; i++)
        add_random_member(schema, version, record, true);
    if (record->has_tail)
        record->members[record->member_count++] = tail;
}

static void evolve_record(struct schema *schema, struct version *version, struct record *record)
{
    bool root = is_root(version, record);

    if (!root && !percent(schema->change_rate + 10))
        return;
    if (!root && percent(schema->change_rate / 4))
        rename_thing(record->name, record->name[0] == 'q' ? "r" : "q", schema->next_id++);
    if (percent(schema->change_rate / 3) && record->group_count < MOST_GROUPS)
        snprintf(record->groups[record->group_count++].name, NAME_LENGTH, "g%d",
                 schema->next_id++);
    drop_members(schema, record);
    for (int i = 0; i < record->member_count; i++)
        change_member(schema, version, record, &record->members[i]);
    for (int moves = percent(schema->change_rate) ? below(5) : 0; moves > 0; moves--)
        move_member(record);
    if (percent(schema->change_rate))
        add_members(schema, version, record);
    if (record->has_tail && !is_tail(&record->members[record->member_count - 1]))
        fprintf(stderr, "the generator lost the tail of %s\n", record->name);
}

static void evolve_enumeration(const struct schema *schema, struct enumeration *enumeration,
                               int *next_id)
{
    if (!percent(schema->change_rate))
        return;
    if (percent(20))
        snprintf(enumeration->name, NAME_LENGTH, "e%d", (*next_id)++);
    for (int i = 1; i < enumeration->count && percent(60); i++)
        enumeration->values[i] = 100 + 3 * i + below(3);
    for (int i = enumeration->count - 1; i > 0; i--) {
        int j = below(i + 1), kept = enumeration->order[i];

        enumeration->order[i] = enumeration->order[j];
        enumeration->order[j] = kept;
    }
    if (percent(40) && enumeration->count < MOST_ENUMERATORS) {
        enumeration->order[enumeration->count] = enumeration->count;
        enumeration->values[enumeration->count] = 1000 + (*next_id)++;
        enumeration->count++;
    }
}

static void evolve_class(const struct schema *schema, struct class *class)
{
    int type = class->type;

    if (!percent(schema->change_rate / 2))
        return;
    class->type = number_types[type].is_floating ? INTEGER_TYPES + below(2)
                                                 : other_integer(schema, type, true);
}

void evolve(struct schema *schema, const struct version *from, struct version *to)
{
    *to = *from;
    to->index = from->index + 1;
    for (int i = 0; i < to->class_count; i++)
        evolve_class(schema, &to->classes[i]);
    for (int i = 0; i < to->enumeration_count; i++)
        evolve_enumeration(schema, &to->enumerations[i], &schema->next_id);
    for (int i = 0; i < to->function_count; i++)
        if (percent(schema->change_rate / 3))
            snprintf(to->functions[i], NAME_LENGTH, "f%d", schema->next_id++);
    for (int i = 0; i < to->record_count; i++)
        evolve_record(schema, to, &to->records[i]);
    evolve_record(schema, to, &to->root);
    for (int i = 0; i < to->union_count; i++)
        for (int j = 0; j < to->unions[i].count; j++)
            if (percent(schema->change_rate / 4))
                change_number(schema, &to->unions[i].members[j].shape);
}

/* ---- What lasts ------------------------------------------------------------------------------ */

static void find_lasting_members(struct schema *schema, struct version *version,
                                 struct record *record)
{
    for (int i = 0; i < record->member_count; i++) {
        struct member *member = &record->members[i];

        member->lasting = member->pointable = true;
        member->least_count = member->shape.count;
        member->least_width = member->shape.width;
        for (int v = 0; v < schema->version_count; v++) {
            const struct member *other =
                find_member(same_record(version, record, &schema->versions[v]), member->id);

            if (!other) {
                member->lasting = member->pointable = false;
                continue;
            }
            if (other->shape.count < member->least_count)
                member->least_count = other->shape.count;
            if (other->shape.width < member->least_width)
                member->least_width = other->shape.width;
        }
    }
}

static void find_pointable_members(struct schema *schema, struct version *version,
                                   struct record *record)
{
    for (int i = 0; i < record->member_count; i++) {
        struct member *member = &record->members[i];

        for (int v = 0; member->pointable && v < schema->version_count; v++) {
            const struct version *one = &schema->versions[v];
            int next = (v + 1) % schema->version_count;
            const struct record *old = same_record(version, record, one);
            const struct record *new = same_record(version, record, &schema->versions[next]);

            enum treatment what = treatment(schema, v, next, old, find_member(old, member->id),
                                            find_member(new, member->id));

            /* A variable's member that becomes another's is not followed: see docs/limits.md. */
            if (what == TREAT_CODE ||
                (what == TREAT_RENAME && is_root(version, record) &&
                 find_member(old, member->id)->group >= 0))
                member->pointable = false;
        }
    }
}

void find_what_lasts(struct schema *schema)
{
    for (int v = 0; v < schema->version_count; v++) {
        struct version *version = &schema->versions[v];

        for (int i = 0; i < version->record_count; i++)
            find_lasting_members(schema, version, &version->records[i]);
        find_lasting_members(schema, version, &version->root);
        for (int i = 0; i < version->record_count; i++)
            find_pointable_members(schema, version, &version->records[i]);
        find_pointable_members(schema, version, &version->root);
        for (int i = 0; i < version->union_count; i++)
            for (int j = 0; j < version->unions[i].count; j++)
                version->unions[i].members[j].lasting = true; /* but nothing points into them */
        for (int i = 0; i < version->enumeration_count; i++)
            for (int w = 0; w < schema->version_count; w++)
                if (schema->versions[w].enumerations[i].count < version->enumerations[i].common)
                    version->enumerations[i].common = schema->versions[w].enumerations[i].count;
    }
}
