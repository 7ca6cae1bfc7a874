/* write_walk.c -- the oracle: functions that describe a version's state as another version has
 * to see it.
 *
 * Members come in the order of their ids, whatever their place; values are printed as what they
 * have to become; what the other version does not have is left out, what only it has is printed
 * with the value that it has to get.  A version that describes itself prints its state as it is.
 * So before and after an update the texts have to be equal.
 */
#include "schema.h"

#include <string.h>

struct sight {
    FILE *out;
    const struct schema *schema;
    int from, to;
    const struct version *old, *new;
};

static const char *number_name(const struct version *version, const struct shape *shape)
{
    return shape->kind == SHAPE_NUMBER || shape->kind == SHAPE_NUMBER_VECTOR ||
                   shape->kind == SHAPE_NUMBER_TAIL
               ? number_types[version->classes[shape->type].type].name
               : number_types[shape->type].name;
}

static bool is_floating(const struct version *version, const struct shape *shape)
{
    return shape->kind == SHAPE_FLOATING ||
           (shape->kind != SHAPE_INTEGER && shape->kind != SHAPE_COUNT &&
            shape->kind != SHAPE_MARK && shape->kind != SHAPE_BITS &&
            number_types[version->classes[shape->type].type].is_floating);
}

static void write_number(const struct sight *sight, const struct shape *new, const char *value)
{
    if (is_floating(sight->new, new))
        fprintf(sight->out, "property_real((%s)%s);\n", number_name(sight->new, new), value);
    else
        fprintf(sight->out, "property_number((uint64_t)(%s)%s);\n", number_name(sight->new, new),
                value);
}

static void write_class_number(const struct sight *sight, const struct shape *new, const char *in)
{
    char value[400];

    if (sight->from != sight->to &&
        class_is_coded(sight->schema, sight->from, sight->to, new->type))
        class_formula(value, sizeof value, sight->schema, sight->from, sight->to, new->type, in);
    else
        snprintf(value, sizeof value, "(%s)", in);
    write_number(sight, new, value);
}

/* ---- Zeros ----------------------------------------------------------------------------------- */

static int enumerator_of_zero(const struct enumeration *enumeration)
{
    for (int i = 0; i < enumeration->count; i++)
        if (enumeration->values[i] == 0)
            return i;
    return 10000;
}

static void write_zero(const struct sight *sight, const struct member *new)
{
    FILE *out = sight->out;

    switch (new->shape.kind) {
    case SHAPE_FLOATING:
        fprintf(out, "property_real(0);\n");
        break;
    case SHAPE_NUMBER:
        fprintf(out, "property_fresh(); property_%s(0);\n",
                is_floating(sight->new, &new->shape) ? "real" : "number");
        break;
    case SHAPE_ENUM:
        fprintf(out, "property_number(%d);\n",
                enumerator_of_zero(&sight->new->enumerations[new->shape.type]));
        break;
    case SHAPE_TEXT:
        fprintf(out, "property_fresh(); property_empty();\n");
        break;
    case SHAPE_FUNCTION:
        fprintf(out, "property_number((uint64_t)-1);\n");
        break;
    case SHAPE_RECORD:
        fprintf(out, "property_fresh(); zero_%d_as_%d();\n", new->shape.type, sight->to);
        break;
    case SHAPE_UNION:
        fprintf(out, "property_number(0); ");
        write_zero(sight, &sight->new->unions[new->shape.type].members[0]);
        break;
    case SHAPE_IGNORED:
        break;
    case SHAPE_STRING:
    case SHAPE_POINTER:
    case SHAPE_TYPED_POINTER:
    case SHAPE_NUMBER_POINTER:
    case SHAPE_VECTOR:
    case SHAPE_POINTER_VECTOR:
    case SHAPE_NUMBER_VECTOR:
    case SHAPE_CURSOR:
        fprintf(out, "property_text(\"NULL\");\n");
        break;
    default:
        fprintf(out, "property_number(0);\n");
        break;
    }
}

static void write_zeros(const struct sight *sight, const struct member *new)
{
    if (new->shape.count && new->shape.kind != SHAPE_TEXT)
        fprintf(sight->out, "for (int i = 0; i < %d; i++) ",
                new->shape.count * (new->shape.inner_count ? new->shape.inner_count : 1));
    fprintf(sight->out, "{ ");
    write_zero(sight, new);
    fprintf(sight->out, "    }\n");
}

/* What only the new version has. */
static void write_new(const struct sight *sight, const struct record *record,
                      const struct member *new)
{
    bool initialised = has_init(sight->schema, sight->from, sight->to, new);
    int value = init_value(sight->schema, sight->from, sight->to, new);

    if (!initialised && is_root(sight->new, record) && has_plain_initial_value(new)) {
        initialised = true;
        value = new->initial;
        if (new->shape.kind == SHAPE_INTEGER && number_types[new->shape.type].is_bool)
            value %= 2;
    }
    if (!initialised) {
        write_zeros(sight, new);
        return;
    }
    if (new->shape.kind == SHAPE_NUMBER)
        fprintf(sight->out, "property_fresh(); ");
    if (new->shape.kind == SHAPE_ENUM || new->shape.kind == SHAPE_FUNCTION)
        fprintf(sight->out, "property_number(%d);\n", value);
    else {
        char text[40];

        snprintf(text, sizeof text, "(%d)", value);
        if (new->shape.kind == SHAPE_BITS && number_types[new->shape.type].is_signed &&
            new->shape.width == 1)
            snprintf(text, sizeof text, "(%d)", -value); /* a bit-field of one sign */
        write_number(sight, &new->shape, text);
    }
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void write_elements(const struct sight *sight, const struct shape *old, const char *in,
                           const char *length)
{
    FILE *out = sight->out;
    char element[300];

    fprintf(out, "if (!%s) property_text(\"NULL\"); else {\n", in);
    fprintf(out, "        property_owned(%s, NULL); property_text(\"[\");\n", in);
    fprintf(out, "        for (long i = 0; i < (long)(%s); i++) {\n            ", length);
    snprintf(element, sizeof element, "%s[i]", in);
    if (old->kind == SHAPE_NUMBER_VECTOR) {
        fprintf(out, "property_meet(&%s, THING_NUMBER + %d); ", element, old->type);
        write_class_number(sight, old, element);
    } else {
        fprintf(out, "property_pointer(%s%s, %d, describe_%d_as_%d);\n",
                old->kind == SHAPE_VECTOR ? "&" : "", element, old->type, old->type, sight->to);
    }
    fprintf(out, "        }\n        property_text(\"]\");\n    }\n");
}

static void write_tail(const struct sight *sight, const struct shape *old, const char *in,
                       const char *length)
{
    fprintf(sight->out, "for (long i = 0; i < (long)(%s); i++) {\n        ", length);
    if (old->kind == SHAPE_NUMBER_TAIL) {
        char element[300];

        snprintf(element, sizeof element, "%s[i]", in);
        fprintf(sight->out, "property_meet(&%s, THING_NUMBER + %d); ", element, old->type);
        write_class_number(sight, old, element);
    } else {
        fprintf(sight->out, "if (property_meet(&%s[i], %d)) describe_%d_as_%d(&%s[i]);\n", in,
                old->type, old->type, sight->to, in);
    }
    fprintf(sight->out, "    }\n");
}

/* How many elements a vector has, as an expression of the old version. */
static void vector_length(char *text, size_t size, const struct sight *sight,
                          const struct record *record, const struct member *member)
{
    char count[200];

    lvalue(count, sizeof count, sight->old, record, find_member(record, member->shape.length));
    switch (member->shape.form) {
    case LENGTH_PLAIN:
        snprintf(text, size, "%s", count);
        break;
    case LENGTH_PLUS_ONE:
        snprintf(text, size, "%s + 1", count);
        break;
    case LENGTH_TWICE:
        snprintf(text, size, "2 * %s", count);
        break;
    case LENGTH_CONSTANT:
        snprintf(text, size, "%d", member->shape.width);
        break;
    }
}

static void write_value(const struct sight *sight, const struct record *record,
                        const struct member *old, const struct member *new, const char *in);

static void write_union(const struct sight *sight, const struct record *record,
                        const struct member *old, const char *in)
{
    const struct alternatives *olds = &sight->old->unions[old->shape.type];
    const struct alternatives *news = &sight->new->unions[old->shape.type];
    char length[200], alternative[300];

    vector_length(length, sizeof length, sight, record, old);
    fprintf(sight->out, "property_number((uint64_t)(%s));\n    switch ((int)(%s)) {\n", length,
            length);
    for (int i = 0; i < olds->count; i++) {
        fprintf(sight->out, "    case %d:\n        ", i);
        snprintf(alternative, sizeof alternative, "%s.%s", in, olds->members[i].name);
        write_value(sight, record, &olds->members[i], &news->members[i], alternative);
        fprintf(sight->out, "        break;\n");
    }
    fprintf(sight->out, "    }\n");
}

static void write_value(const struct sight *sight, const struct record *record,
                        const struct member *old, const struct member *new, const char *in)
{
    FILE *out = sight->out;
    char value[400];

    switch (old->shape.kind) {
    case SHAPE_INTEGER:
    case SHAPE_FLOATING:
    case SHAPE_COUNT:
    case SHAPE_BITS:
    case SHAPE_MARK:
        if (sight->from == sight->to)
            snprintf(value, sizeof value, "(%s)", in);
        else
            formula(value, sizeof value, sight->schema, sight->from, sight->to, old, new, in);
        write_number(sight, &new->shape, value);
        break;
    case SHAPE_NUMBER:
        fprintf(out, "property_meet(&%s, THING_NUMBER + %d); ", in, new->shape.type);
        write_class_number(sight, &new->shape, in);
        break;
    case SHAPE_ENUM:
        fprintf(out, "property_number(index_of_%d(%s));\n", old->shape.type, in);
        break;
    case SHAPE_TEXT:
        fprintf(out, "property_inner_text(%s);\n", in);
        break;
    case SHAPE_STRING:
        fprintf(out, "property_string(%s);\n", in);
        break;
    case SHAPE_FUNCTION:
        fprintf(out, "property_number((uint64_t)function_index(%s));\n", in);
        break;
    case SHAPE_OPAQUE:
        fprintf(out, "property_number((uint64_t)(uintptr_t)%s);\n", in);
        break;
    case SHAPE_IGNORED:
        break;
    case SHAPE_POINTER:
    case SHAPE_TYPED_POINTER:
        fprintf(out, "property_pointer(%s, %d, describe_%d_as_%d);\n", in, old->shape.type,
                old->shape.type, sight->to);
        break;
    case SHAPE_NUMBER_POINTER:
        fprintf(out, "property_pointer(%s, THING_NUMBER + %d, describe_number_%d_as_%d);\n", in,
                old->shape.type, old->shape.type, sight->to);
        break;
    case SHAPE_VECTOR:
    case SHAPE_POINTER_VECTOR:
    case SHAPE_NUMBER_VECTOR:
        vector_length(value, sizeof value, sight, record, old);
        write_elements(sight, &old->shape, in, value);
        break;
    case SHAPE_NUMBER_TAIL:
    case SHAPE_RECORD_TAIL:
        vector_length(value, sizeof value, sight, record, old);
        write_tail(sight, &old->shape, in, value);
        break;
    case SHAPE_CURSOR:
        lvalue(value, sizeof value, sight->old, record, find_member(record, old->shape.length));
        fprintf(out, "if (!%s) property_text(\"NULL\"); else property_number((uint64_t)(%s - %s));\n",
                in, in, value);
        break;
    case SHAPE_RECORD:
        fprintf(out, "if (property_meet(&%s, %d)) describe_%d_as_%d(&%s);\n", in, old->shape.type,
                old->shape.type, sight->to, in);
        break;
    case SHAPE_UNION:
        write_union(sight, record, old, in);
        break;
    }
}

/* ---- Members and records --------------------------------------------------------------------- */

static void write_array(const struct sight *sight, const struct record *record,
                        const struct member *old, const struct member *new, const char *in)
{
    char element[300];
    int count = old->shape.count < new->shape.count ? old->shape.count : new->shape.count;

    fprintf(sight->out, "for (int i = 0; i < %d; i++) ", count);
    if (new->shape.inner_count)
        fprintf(sight->out, "for (int j = 0; j < %d; j++) ", new->shape.inner_count);
    fprintf(sight->out, "{\n        ");
    snprintf(element, sizeof element, "%s%s", in, new->shape.inner_count ? "[i][j]" : "[i]");
    write_value(sight, record, old, new, element);
    fprintf(sight->out, "    }\n");
    if (count == new->shape.count)
        return;
    fprintf(sight->out, "    for (int i = %d; i < %d; i++) { ", count, new->shape.count);
    write_zero(sight, new);
    fprintf(sight->out, "    }\n");
}

static void write_member(const struct sight *sight, const struct record *old_record,
                         const struct record *new_record, const struct member *new)
{
    const struct member *old = find_member(old_record, new->id);
    char in[200];

    fprintf(sight->out, "    property_label(%d);\n    ", new->id);
    if (!old) {
        write_new(sight, new_record, new);
        return;
    }
    lvalue(in, sizeof in, sight->old, old_record, old);
    if (new->shape.kind == SHAPE_MARK) {
        const struct record *record = old_record;

        fprintf(sight->out, "if (%s) property_owned(p, %s);\n    ", in,
                record->is_custom ? "give_block" : "NULL");
    }
    if (new->shape.count && new->shape.kind != SHAPE_TEXT)
        write_array(sight, old_record, old, new, in);
    else
        write_value(sight, old_record, old, new, in);
}

static void write_record(const struct sight *sight, const struct record *old,
                         const struct record *new, int index)
{
    const struct member *sorted[MOST_MEMBERS];
    int count = sort_members(new, sorted);
    char type[60];

    record_type(type, sizeof type, old);
    if (index < 0)
        fprintf(sight->out, "static void describe_root_as_%d(void)\n{\n", sight->to);
    else
        fprintf(sight->out, "static void describe_%d_as_%d(void *object)\n{\n    %s *p = object;\n\n",
                index, sight->to, type);
    for (int i = 0; i < count; i++)
        write_member(sight, old, new, sorted[i]);
    fprintf(sight->out, "}\n\n");
}

static void write_zero_record(const struct sight *sight, int index)
{
    const struct member *sorted[MOST_MEMBERS];
    int count = sort_members(&sight->new->records[index], sorted);

    fprintf(sight->out, "static void zero_%d_as_%d(void)\n{\n", index, sight->to);
    for (int i = 0; i < count; i++) {
        fprintf(sight->out, "    property_label(%d);\n    ", sorted[i]->id);
        write_zeros(sight, sorted[i]);
    }
    fprintf(sight->out, "}\n\n");
}

void write_walk(FILE *out, const struct schema *schema, int from, int to)
{
    struct sight sight = {out, schema, from, to, &schema->versions[from], &schema->versions[to]};

    for (int i = 0; i < sight.new->record_count; i++)
        fprintf(out, "__attribute__((used)) static void describe_%d_as_%d(void *object);\n", i, to);
    for (int i = 0; i < sight.new->class_count; i++) {
        struct shape shape = {.kind = SHAPE_NUMBER, .type = i};
        char in[60];

        snprintf(in, sizeof in, "*(%s *)object", sight.old->classes[i].name);
        fprintf(out, "__attribute__((used)) static void describe_number_%d_as_%d(void *object)\n{\n    ", i, to);
        write_class_number(&sight, &shape, in);
        fprintf(out, "}\n");
    }
    for (int i = 0; i < sight.new->record_count; i++) {
        write_zero_record(&sight, i);
        write_record(&sight, &sight.old->records[i], &sight.new->records[i], i);
    }
    write_record(&sight, &sight.old->root, &sight.new->root, -1);
}
