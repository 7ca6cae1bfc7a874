/* random_types.c -- making up the first version: its types and variables. */
#include "schema.h"

#include <string.h>

const struct number_type number_types[] = {
    {"_Bool", 1, false, false, true},
    {"signed char", 1, true, false, false},
    {"unsigned char", 1, false, false, false},
    {"short", 2, true, false, false},
    {"unsigned short", 2, false, false, false},
    {"int", 4, true, false, false},
    {"unsigned int", 4, false, false, false},
    {"long", 8, true, false, false},
    {"unsigned long", 8, false, false, false},
    {"long long", 8, true, false, false},
    {"char", 1, true, false, false},
    {"float", 4, true, true, false},
    {"double", 8, true, true, false},
    {"long double", 16, true, true, false},
};

bool is_root(const struct version *version, const struct record *record)
{
    return record == &version->root;
}

static int record_index(const struct version *version, const struct record *record)
{
    return is_root(version, record) ? MOST_RECORDS : (int)(record - version->records);
}

/* ---- Which types may be used where ----------------------------------------------------------- */

/* A record to be part of another: declared before it, of a fixed size, not from an allocator. */
static int pick_part(const struct version *version, const struct record *inside)
{
    int limit = record_index(version, inside), tries;

    if (limit > version->record_count)
        limit = version->record_count;
    for (tries = 0; limit && tries < 8; tries++) {
        int i = below(limit);

        if (!version->records[i].has_tail && !version->records[i].is_custom)
            return i;
    }
    return -1;
}

/* A record to be pointed to: declared, or at least having a tag. */
static int pick_target(const struct version *version, const struct record *from, bool in_vector)
{
    int index = record_index(version, from), tries;

    for (tries = 0; tries < 20; tries++) {
        int i = below(version->record_count);
        const struct record *record = &version->records[i];

        if (record->spelling == SPELLED_TYPEDEF && i >= index)
            continue;
        if (in_vector && (record->has_tail || record->is_custom))
            continue;
        return i;
    }
    return -1;
}

/* ---- Members --------------------------------------------------------------------------------- */

static struct member *new_member(struct schema *schema, struct version *version,
                                 struct record *record, enum shape_kind kind)
{
    struct member *member = &record->members[record->member_count++];

    memset(member, 0, sizeof *member);
    member->id = schema->next_id++;
    member->shape.kind = kind;
    member->group = -1;
    member->initial = below(50);
    member->shape.late = percent(50);
    member->storage = percent(50) ? STORAGE_GLOBAL : percent(70) ? STORAGE_STATIC : STORAGE_FUNCTION;
    snprintf(member->name, sizeof member->name, is_root(version, record) ? "v%d" : "m%d",
             member->id);
    return member;
}

static int add_count(struct schema *schema, struct version *version, struct record *record)
{
    static const int types[] = {3, 4, 5, 6, 7, 8};
    struct member *count = new_member(schema, version, record, SHAPE_COUNT);

    count->shape.type = types[below(6)];
    count->storage = STORAGE_GLOBAL;
    return count->id;
}

static void maybe_array(struct member *member, int chance)
{
    if (!percent(chance))
        return;
    member->shape.count = 1 + below(4);
    if (percent(20))
        member->shape.inner_count = 1 + below(3);
}

static void add_alternatives(struct schema *schema, struct version *version, struct record *record,
                             struct shape *shape)
{
    static const enum shape_kind kinds[] = {SHAPE_INTEGER, SHAPE_FLOATING, SHAPE_NUMBER,
                                            SHAPE_POINTER, SHAPE_STRING,   SHAPE_RECORD,
                                            SHAPE_FUNCTION, SHAPE_TEXT};
    struct alternatives *alternatives = &version->unions[shape->type];

    alternatives->count = 2 + below(MOST_ALTERNATIVES - 1);
    for (int i = 0; i < alternatives->count; i++) {
        struct member *member = &alternatives->members[i];

        memset(member, 0, sizeof *member);
        member->id = schema->next_id++;
        member->group = -1;
        snprintf(member->name, sizeof member->name, "u%d", member->id);
        member->shape.kind = kinds[below(8)];
        member->shape.type = member->shape.kind == SHAPE_NUMBER ? below(version->class_count)
                             : member->shape.kind == SHAPE_FLOATING
                                 ? INTEGER_TYPES + below(FLOATING_TYPES)
                                 : below(INTEGER_TYPES);
        if (member->shape.kind == SHAPE_TEXT)
            member->shape.count = member->least_count = 4 + below(12);
        if (member->shape.kind == SHAPE_POINTER)
            member->shape.type = pick_target(version, record, false);
        if (member->shape.kind == SHAPE_RECORD)
            member->shape.type = pick_part(version, record);
        if (member->shape.type < 0) {
            member->shape.kind = SHAPE_INTEGER;
            member->shape.type = TYPE_INT;
        }
    }
}

static enum shape_kind pick_kind(bool plain, bool root)
{
    static const struct {
        enum shape_kind kind;
        int weight;
        bool plain, in_root;
    } kinds[] = {
        {SHAPE_INTEGER, 20, true, true},       {SHAPE_BITS, 12, true, false},
        {SHAPE_FLOATING, 8, true, true},       {SHAPE_NUMBER, 14, true, true},
        {SHAPE_ENUM, 8, true, true},           {SHAPE_TEXT, 6, true, true},
        {SHAPE_STRING, 12, true, true},        {SHAPE_FUNCTION, 6, true, true},
        {SHAPE_OPAQUE, 3, true, true},         {SHAPE_IGNORED, 2, true, false},
        {SHAPE_POINTER, 30, true, true},       {SHAPE_TYPED_POINTER, 6, true, true},
        {SHAPE_NUMBER_POINTER, 10, true, true},{SHAPE_VECTOR, 10, false, true},
        {SHAPE_POINTER_VECTOR, 8, false, true},{SHAPE_NUMBER_VECTOR, 6, false, true},
        {SHAPE_RECORD, 14, true, true},        {SHAPE_UNION, 8, false, true},
    };
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    int total = 0, choice;

    for (int i = 0; i < KINDS; i++)
        total += kinds[i].weight;
    for (;;) {
        choice = below(total);
        for (int i = 0; i < KINDS; i++) {
            choice -= kinds[i].weight;
            if (choice >= 0)
                continue;
            if ((!plain || kinds[i].plain) && (!root || kinds[i].in_root))
                return kinds[i].kind;
            break;
        }
    }
}

/* A pointer to several, and the member that says how many; sometimes a pointer into it. */
static void add_vector(struct schema *schema, struct version *version, struct record *record,
                       enum shape_kind kind)
{
    int type = kind == SHAPE_NUMBER_VECTOR ? below(version->class_count)
                                           : pick_target(version, record, kind == SHAPE_VECTOR);
    int count_id = add_count(schema, version, record), id;
    struct member *vector;

    if (type < 0)
        return;
    vector = new_member(schema, version, record, kind);
    id = vector->id;
    vector->shape.type = type;
    vector->shape.length = count_id;
    vector->shape.form = (enum length_form)below(4);
    vector->shape.width = 1 + below(4);
    if (kind == SHAPE_VECTOR && percent(30)) {
        struct member *cursor = new_member(schema, version, record, SHAPE_CURSOR);

        cursor->shape.type = type;
        cursor->shape.length = id;
    }
}

void add_random_member(struct schema *schema, struct version *version, struct record *record,
                       bool plain)
{
    enum shape_kind kind = pick_kind(plain, is_root(version, record));
    struct member *member;

    if (record->member_count + 4 > MOST_MEMBERS)
        return;
    if (kind == SHAPE_VECTOR || kind == SHAPE_POINTER_VECTOR || kind == SHAPE_NUMBER_VECTOR) {
        add_vector(schema, version, record, kind);
        return;
    }
    if (kind == SHAPE_UNION) {
        int tag;

        if (version->union_count == MOST_UNIONS)
            return;
        tag = add_count(schema, version, record);
        member = new_member(schema, version, record, kind);
        member->shape.length = tag;
        member->storage = percent(50) ? STORAGE_GLOBAL : STORAGE_STATIC;
        member->shape.type = version->union_count++;
        add_alternatives(schema, version, record, &member->shape);
        return;
    }
    member = new_member(schema, version, record, kind);
    switch (kind) {
    case SHAPE_INTEGER:
        member->shape.type = below(INTEGER_TYPES);
        maybe_array(member, member->shape.type == 10 ? 0 : 20); /* of char it would be a text */
        break;
    case SHAPE_BITS:
        member->shape.type = percent(80) ? 1 + below(8) : 0;
        member->shape.width = number_types[member->shape.type].is_bool
                                  ? 1 : 1 + below(8 * number_types[member->shape.type].size);
        break;
    case SHAPE_FLOATING:
        member->shape.type = INTEGER_TYPES + below(FLOATING_TYPES);
        maybe_array(member, 15);
        break;
    case SHAPE_NUMBER:
    case SHAPE_NUMBER_POINTER:
        member->shape.type = below(version->class_count);
        maybe_array(member, 25);
        break;
    case SHAPE_ENUM:
        member->shape.type = below(version->enumeration_count);
        maybe_array(member, 15);
        break;
    case SHAPE_TEXT:
        member->shape.count = 4 + below(12);
        break;
    case SHAPE_POINTER:
    case SHAPE_TYPED_POINTER:
        member->shape.type = pick_target(version, record, false);
        maybe_array(member, 15);
        break;
    case SHAPE_RECORD:
        member->shape.type = pick_part(version, record);
        maybe_array(member, 30);
        break;
    case SHAPE_STRING:
    case SHAPE_FUNCTION:
        maybe_array(member, 10);
        break;
    default:
        break;
    }
    if (member->shape.type < 0) {
        member->shape.kind = SHAPE_INTEGER;
        member->shape.type = TYPE_INT;
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void shuffle_members(struct record *record)
{
    for (int i = record->member_count - 1; i > 0; i--) {
        int j = below(i + 1);
        struct member kept = record->members[i];

        record->members[i] = record->members[j];
        record->members[j] = kept;
    }
}

static bool may_be_grouped(const struct member *member)
{
    return member->shape.kind != SHAPE_COUNT && !member->shape.length;
}

/* Some members go into structs inside of the struct. */
static void make_groups(struct schema *schema, struct record *record, bool root)
{
    int count = below(MOST_GROUPS);

    for (int i = 0; i < count; i++) {
        struct group *group = &record->groups[record->group_count++];

        if (root || percent(60))
            snprintf(group->name, sizeof group->name, "g%d", schema->next_id++);
        else
            group->name[0] = '\0';
    }
    for (int i = 0; record->group_count && i < record->member_count; i++)
        if (may_be_grouped(&record->members[i]) && percent(30))
            record->members[i].group = below(record->group_count);
}

static void invent_record(struct schema *schema, struct version *version, int index)
{
    struct record *record = &version->records[index];
    int members = 1 + below(8);

    new_member(schema, version, record, SHAPE_MARK)->shape.type = percent(50) ? TYPE_INT : 7;
    for (int i = 0; i < members; i++)
        add_random_member(schema, version, record, false);
    make_groups(schema, record, false);
    shuffle_members(record);
    if (record->has_tail && record->member_count + 2 <= MOST_MEMBERS) {
        int count = add_count(schema, version, record);
        int part = pick_part(version, record);
        bool of_records = part >= 0 && percent(60);
        struct member *tail = new_member(schema, version, record,
                                         of_records ? SHAPE_RECORD_TAIL : SHAPE_NUMBER_TAIL);

        tail->shape.length = count;
        tail->shape.type = of_records ? part : below(version->class_count);
    }
}

static void invent_enumeration(struct schema *schema, struct enumeration *enumeration)
{
    snprintf(enumeration->name, sizeof enumeration->name, "e%d", schema->next_id++);
    enumeration->count = enumeration->common = 2 + below(4);
    for (int i = 0; i < enumeration->count; i++) {
        enumeration->order[i] = i;
        enumeration->values[i] = percent(70) ? i : 7 * i; /* zero is always the first */
    }
}

void invent(struct schema *schema)
{
    static const int class_types[] = {3, 4, 5, 6, 7, 8, 9, 11, 12};
    struct version *version = &schema->versions[0];
    int variables = 1 + below(schema->limit + 2);

    schema->next_id = 1;
    version->class_count = 1 + below(MOST_CLASSES);
    for (int i = 0; i < version->class_count; i++) {
        snprintf(version->classes[i].name, NAME_LENGTH, "n%d", schema->next_id++);
        version->classes[i].type = class_types[below(9)];
    }
    version->enumeration_count = 1 + below(MOST_ENUMERATIONS);
    for (int i = 0; i < version->enumeration_count; i++)
        invent_enumeration(schema, &version->enumerations[i]);
    version->function_count = 1 + below(MOST_FUNCTIONS);
    for (int i = 0; i < version->function_count; i++)
        snprintf(version->functions[i], NAME_LENGTH, "f%d", schema->next_id++);
    version->record_count = 1 + below(schema->limit);
    for (int i = 0; i < version->record_count; i++) {
        struct record *record = &version->records[i];

        snprintf(record->name, sizeof record->name, "r%d", schema->next_id++);
        record->spelling = (enum spelling)below(3);
        record->has_tail = percent(15);
        record->is_custom = !record->has_tail && percent(8);
    }
    for (int i = 0; i < version->record_count; i++)
        invent_record(schema, version, i);
    snprintf(version->root.name, NAME_LENGTH, "root");
    for (int i = 0; i < variables; i++)
        add_random_member(schema, version, &version->root, false);
    make_groups(schema, &version->root, true);
    shuffle_members(&version->root);
}
