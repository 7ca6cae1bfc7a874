/* pairing.c -- what an update from one version to another has to do to each member.
 *
 * The .xf file and the oracle both ask here, so they agree on what is wanted; how it comes about is
 * written down twice, in the rules and in the walk.
 */
#include "schema.h"

#include <string.h>

struct member *find_member(const struct record *record, int id)
{
    for (int i = 0; i < record->member_count; i++)
        if (record->members[i].id == id)
            return (struct member *)&record->members[i];
    return NULL;
}

const struct record *same_record(const struct version *from, const struct record *record,
                                 const struct version *to)
{
    return is_root(from, record) ? &to->root : &to->records[record - from->records];
}

int sort_members(const struct record *record, const struct member **sorted)
{
    for (int i = 0; i < record->member_count; i++) {
        int j = i;

        for (; j > 0 && sorted[j - 1]->id > record->members[i].id; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = &record->members[i];
    }
    return record->member_count;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

/* Documented: a number is assigned where no value can be lost. */
bool number_fits(int from_type, int to_type)
{
    const struct number_type *from = &number_types[from_type], *to = &number_types[to_type];

    if (from->is_bool)
        return true;
    if (to->is_bool)
        return false;
    if (to->is_floating)
        return from->is_floating ? from->size <= to->size
                                 : from->size <= (to->size == 4 ? 3 : to->size == 8 ? 6 : 8);
    if (from->is_floating)
        return false;
    if (from->is_signed != to->is_signed)
        return to->is_signed && from->size < to->size;
    return from->size <= to->size;
}

bool class_is_coded(const struct schema *schema, int from, int to, int class)
{
    int old = schema->versions[from].classes[class].type;
    int new = schema->versions[to].classes[class].type;

    if (!number_fits(old, new))
        return true;
    return decided(schema, from, to, 100000 + class, 100) < schema->code_rate / 3;
}

/* Does code compute it, although it need not? */
static bool is_volunteer(const struct schema *schema, int from, int to, int id)
{
    return decided(schema, from, to, id, 100) < schema->code_rate / 2;
}

static bool is_integer(const struct member *member)
{
    return member->shape.kind == SHAPE_INTEGER && !number_types[member->shape.type].is_bool;
}

static void write_formula(char *text, size_t size, const struct schema *schema, int from, int to,
                          int id, const char *in)
{
    snprintf(text, size, "((unsigned long)(%s) * %du + %du)", in,
             1 + 2 * decided(schema, from, to, id + 200000, 3),
             decided(schema, from, to, id + 300000, 9));
}

void formula(char *text, size_t size, const struct schema *schema, int from, int to,
             const struct member *old, const struct member *new, const char *in)
{
    if (is_integer(old) && is_integer(new) && is_volunteer(schema, from, to, new->id))
        write_formula(text, size, schema, from, to, new->id, in);
    else
        snprintf(text, size, "(%s)", in);
}

void class_formula(char *text, size_t size, const struct schema *schema, int from, int to,
                   int class, const char *in)
{
    if (!number_types[schema->versions[to].classes[class].type].is_floating &&
        is_volunteer(schema, from, to, 100000 + class))
        write_formula(text, size, schema, from, to, 100000 + class, in);
    else
        snprintf(text, size, "(%s)", in);
}

/* Counts, tags and marks mean something to the program, so they are only copied. */
static bool must_be_coded(const struct member *old, const struct member *new)
{
    switch (new->shape.kind) {
    case SHAPE_INTEGER:
    case SHAPE_FLOATING:
    case SHAPE_MARK:
    case SHAPE_COUNT:
        if (new->shape.count < old->shape.count || new->shape.inner_count < old->shape.inner_count)
            return true;
        return !number_fits(old->shape.type, new->shape.type);
    case SHAPE_BITS:
        return new->shape.width < old->shape.width;
    default:
        return new->shape.count < old->shape.count || new->shape.inner_count < old->shape.inner_count;
    }
}

enum treatment treatment(const struct schema *schema, int from, int to, const struct record *record,
                         const struct member *old, const struct member *new)
{
    const struct version *old_version = &schema->versions[from];
    const struct version *new_version = &schema->versions[to];
    const struct record *new_record = same_record(old_version, record, new_version);
    char old_path[200], new_path[200];

    if (must_be_coded(old, new))
        return TREAT_CODE;
    if (is_integer(old) && is_integer(new) && is_volunteer(schema, from, to, new->id))
        return TREAT_CODE;
    if (is_root(old_version, record)) {
        rule_path(old_path, sizeof old_path, old_version, record, old);
        rule_path(new_path, sizeof new_path, new_version, new_record, new);
    } else {
        access_path(old_path, sizeof old_path, record, old);
        access_path(new_path, sizeof new_path, new_record, new);
    }
    return strcmp(old_path, new_path) == 0 ? TREAT_BY_NAME : TREAT_RENAME;
}

/* ---- What is new ----------------------------------------------------------------------------- */

static bool can_be_initialised(const struct member *new)
{
    if (new->shape.count)
        return false;
    switch (new->shape.kind) {
    case SHAPE_INTEGER:
    case SHAPE_BITS:
    case SHAPE_FLOATING:
    case SHAPE_NUMBER:
    case SHAPE_ENUM:
    case SHAPE_FUNCTION:
        return true;
    default:
        return false;
    }
}

bool has_init(const struct schema *schema, int from, int to, const struct member *new)
{
    return can_be_initialised(new) &&
           decided(schema, from, to, new->id + 400000, 100) < 2 * schema->code_rate;
}

int init_value(const struct schema *schema, int from, int to, const struct member *new)
{
    return decided(schema, from, to, new->id + 500000, 2) %
           (new->shape.kind == SHAPE_FUNCTION ? schema->versions[to].function_count : 2);
}
