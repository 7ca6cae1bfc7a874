/* write_build.c -- functions that fill a random state, in the types of one version.
 *
 * What is made is owned by exactly one pointer (to begin with), in a member that every version has;
 * all other pointers then lead to anything of their type that exists: whole objects, members,
 * elements, variables.
 */
#include "schema.h"

struct site {
    FILE *out;
    const struct version *version;
    const struct record *record;
};

static void write_offer(FILE *out, const struct member *member, const char *thing, int type,
                        const char *place, const char *condition)
{
    if (member->pointable)
        fprintf(out, "if (%s) property_offer(%s%d, %s);", condition, thing, type, place);
    fprintf(out, "\n");
}

static void write_number(FILE *out, const struct number_type *type, const char *in)
{
    if (type->is_floating)
        fprintf(out, "%s = (%s)property_floating(); ", in, type->name);
    else if (type->is_bool)
        fprintf(out, "%s = property_percent(50); ", in);
    else
        fprintf(out, "%s = (%s)property_integer(); ", in, type->name);
}

static void write_bits(FILE *out, const struct member *member, const char *in)
{
    if (number_types[member->shape.type].is_signed)
        fprintf(out, "%s = (int64_t)(property_bits(%d) << %d) >> %d;\n", in, member->least_width,
                64 - member->least_width, 64 - member->least_width);
    else
        fprintf(out, "%s = property_bits(%d);\n", in, member->least_width);
}

static void write_string(FILE *out, const struct site *site, const struct member *member,
                         const char *in)
{
    fprintf(out, "switch (property_below(6)) {\n"
                 "    case 0: %s = NULL; break;\n"
                 "    case 1: %s = \"literal of version %d, member %d\"; break;\n"
                 "    case 2: property_link(&%s, THING_STRING); break;\n"
                 "    default: %s = %s && property_owning ? property_heap_text() : \"nobody's\";\n"
                 "    }\n",
            in, in, site->version->index, member->id, in, in, member->lasting ? "1" : "0");
}

static void write_enumerator(FILE *out, const struct site *site, const struct member *member,
                             const char *in)
{
    const struct enumeration *enumeration = &site->version->enumerations[member->shape.type];

    fprintf(out, "%s = (enum %s)(const int[]){", in, enumeration->name);
    for (int i = 0; i < enumeration->common; i++)
        fprintf(out, "E%d_%d, ", member->shape.type, i);
    fprintf(out, "}[property_below(%d)];\n", enumeration->common);
}

static void write_function(FILE *out, const struct site *site, const char *in)
{
    fprintf(out, "%s = (const operation[]){NULL", in);
    for (int i = 0; i < site->version->function_count; i++)
        fprintf(out, ", %s", site->version->functions[i]);
    fprintf(out, "}[property_below(%d)];\n", site->version->function_count + 1);
}

/* Sets how long the vector is, and the member that says so. */
static void write_length(FILE *out, const struct site *site, const struct member *member)
{
    char count[200];

    lvalue(count, sizeof count, site->version, site->record,
           find_member(site->record, member->shape.length));
    fprintf(out, "int n = property_length();\n    ");
    switch (member->shape.form) {
    case LENGTH_PLAIN:
        fprintf(out, "%s = n;\n", count);
        break;
    case LENGTH_PLUS_ONE:
        fprintf(out, "%s = n; n += 1;\n", count);
        break;
    case LENGTH_TWICE:
        fprintf(out, "%s = n; n *= 2;\n", count);
        break;
    case LENGTH_CONSTANT:
        fprintf(out, "%s = n; n = %d;\n", count, member->shape.width);
        break;
    }
}

static void write_vector(FILE *out, const struct site *site, const struct member *member,
                         const char *in)
{
    int type = member->shape.type;

    fprintf(out, "{\n    ");
    write_length(out, site, member);
    fprintf(out, "    %s = property_owning && property_may_own() ? "
                 "property_allocate(n * sizeof *%s) : NULL;\n", in, in);
    fprintf(out, "    for (int i = 0; %s && i < n; i++) {\n        ", in);
    switch (member->shape.kind) {
    case SHAPE_VECTOR:
        fprintf(out, "property_later(&%s[i], fill_%d); property_offer(%d, &%s[i]);\n", in, type,
                type, in);
        break;
    case SHAPE_POINTER_VECTOR:
        fprintf(out, "if (property_may_own()) %s[i] = new_%d(); else property_link(&%s[i], %d);\n",
                in, type, in, type);
        break;
    default: {
        char element[240];

        snprintf(element, sizeof element, "%s[i]", in);
        write_number(out, &number_types[site->version->classes[type].type], element);
        fprintf(out, "property_offer(THING_NUMBER + %d, &%s);\n", type, element);
    }
    }
    fprintf(out, "    }\n    }\n");
}

static void write_part(FILE *out, const struct member *member, const char *in,
                       const char *condition)
{
    fprintf(out, "{\n    bool owning = property_owning, offering = property_offering;\n");
    fprintf(out, "    property_owning &= %d && (%s);\n", member->lasting, condition);
    fprintf(out, "    property_offering &= property_owning && %d;\n", member->pointable);
    fprintf(out, "    fill_%d(&%s);\n    property_offer(%d, &%s);\n", member->shape.type, in,
            member->shape.type, in);
    fprintf(out, "    property_owning = owning; property_offering = offering;\n    }\n");
}

static void write_value(const struct site *site, const struct member *member, const char *in,
                        const char *condition);

static void write_union(const struct site *site, const struct member *member, const char *in)
{
    const struct alternatives *alternatives = &site->version->unions[member->shape.type];
    char tag[200], alternative[300];

    lvalue(tag, sizeof tag, site->version, site->record,
           find_member(site->record, member->shape.length));
    fprintf(site->out, "%s = property_below(%d);\n    switch ((int)%s) {\n", tag,
            alternatives->count, tag);
    for (int i = 0; i < alternatives->count; i++) {
        fprintf(site->out, "    case %d:\n        ", i);
        snprintf(alternative, sizeof alternative, "%s.%s", in, alternatives->members[i].name);
        write_value(site, &alternatives->members[i], alternative, "1");
        fprintf(site->out, "        break;\n");
    }
    fprintf(site->out, "    }\n");
}

static void write_cursor(const struct site *site, const struct member *member, const char *in)
{
    const struct member *vector = find_member(site->record, member->shape.length);
    char base[200], length[200];

    lvalue(base, sizeof base, site->version, site->record, vector);
    lvalue(length, sizeof length, site->version, site->record,
           find_member(site->record, vector->shape.length));
    fprintf(site->out, "%s = %s && property_percent(80) ? %s + property_below(1 + ", in, base, base);
    switch (vector->shape.form) {
    case LENGTH_PLAIN:
        fprintf(site->out, "%s", length);
        break;
    case LENGTH_PLUS_ONE:
        fprintf(site->out, "%s + 1", length);
        break;
    case LENGTH_TWICE:
        fprintf(site->out, "2 * %s", length);
        break;
    case LENGTH_CONSTANT:
        fprintf(site->out, "%d", vector->shape.width);
        break;
    }
    fprintf(site->out, ") : NULL;\n");
}

static void write_value(const struct site *site, const struct member *member, const char *in,
                        const char *condition)
{
    FILE *out = site->out;
    const struct shape *shape = &member->shape;
    char place[320];

    snprintf(place, sizeof place, "&%s", in);
    switch (shape->kind) {
    case SHAPE_INTEGER:
    case SHAPE_FLOATING:
        write_number(out, &number_types[shape->type], in);
        fprintf(out, "\n");
        break;
    case SHAPE_BITS:
        write_bits(out, member, in);
        break;
    case SHAPE_NUMBER:
        write_number(out, &number_types[site->version->classes[shape->type].type], in);
        write_offer(out, member, "THING_NUMBER + ", shape->type, place, condition);
        break;
    case SHAPE_ENUM:
        write_enumerator(out, site, member, in);
        break;
    case SHAPE_TEXT:
        fprintf(out, "property_write_text(%s, %d); ", in, member->least_count);
        write_offer(out, member, "THING_STRING + ", 0, in, condition);
        break;
    case SHAPE_STRING:
        write_string(out, site, member, in);
        break;
    case SHAPE_FUNCTION:
        write_function(out, site, in);
        break;
    case SHAPE_OPAQUE:
        fprintf(out, "%s = property_some_bits();\n", in);
        break;
    case SHAPE_POINTER:
    case SHAPE_TYPED_POINTER:
        fprintf(out, "if (%d && (%s) && property_owning && property_may_own()) %s = new_%d(); "
                     "else property_link(&%s, %d);\n", member->lasting, condition, in, shape->type,
                in, shape->type);
        break;
    case SHAPE_NUMBER_POINTER:
        fprintf(out, "property_link(&%s, THING_NUMBER + %d);\n", in, shape->type);
        break;
    case SHAPE_VECTOR:
    case SHAPE_POINTER_VECTOR:
    case SHAPE_NUMBER_VECTOR:
        write_vector(out, site, member, in);
        break;
    case SHAPE_RECORD:
        write_part(out, member, in, condition);
        break;
    case SHAPE_UNION:
        write_union(site, member, in);
        break;
    case SHAPE_CURSOR:
        write_cursor(site, member, in);
        break;
    case SHAPE_COUNT:
    case SHAPE_MARK:
    case SHAPE_IGNORED:
    case SHAPE_NUMBER_TAIL:
    case SHAPE_RECORD_TAIL:
        break;
    }
}

static void write_member(const struct site *site, const struct member *member)
{
    char in[200], element[240], condition[60];

    lvalue(in, sizeof in, site->version, site->record, member);
    fprintf(site->out, "    ");
    if (!member->shape.count || member->shape.kind == SHAPE_TEXT) {
        write_value(site, member, in, "1");
        return;
    }
    fprintf(site->out, "for (int i = 0; i < %d; i++) ", member->shape.count);
    if (member->shape.inner_count)
        fprintf(site->out, "for (int j = 0; j < %d; j++) ", member->shape.inner_count);
    snprintf(element, sizeof element, "%s%s", in, member->shape.inner_count ? "[i][j]" : "[i]");
    snprintf(condition, sizeof condition, "i < %d", member->least_count);
    fprintf(site->out, "{\n    ");
    write_value(site, member, element, condition);
    fprintf(site->out, "    }\n");
}

/* The tail is as long as the block, so it is filled when its length is known: in new_...(). */
static void write_tail(const struct site *site)
{
    const struct member *tail = &site->record->members[site->record->member_count - 1];
    char in[200], count[200];

    lvalue(in, sizeof in, site->version, site->record, tail);
    lvalue(count, sizeof count, site->version, site->record,
           find_member(site->record, tail->shape.length));
    fprintf(site->out, "    for (long i = 0; i < (long)%s; i++) {\n        ", count);
    if (tail->shape.kind == SHAPE_RECORD_TAIL) {
        fprintf(site->out, "property_later(&%s[i], fill_%d); property_offer(%d, &%s[i]);\n", in,
                tail->shape.type, tail->shape.type, in);
    } else {
        char element[240];

        snprintf(element, sizeof element, "%s[i]", in);
        write_number(site->out,
                     &number_types[site->version->classes[tail->shape.type].type], element);
        fprintf(site->out, "property_offer(THING_NUMBER + %d, &%s);\n", tail->shape.type, element);
    }
    fprintf(site->out, "    }\n");
}

static const struct member *find_mark(const struct record *record)
{
    for (int i = 0; i < record->member_count; i++)
        if (record->members[i].shape.kind == SHAPE_MARK)
            return &record->members[i];
    return NULL;
}

static void write_new(const struct site *site, int index, const char *type)
{
    char mark[200], count[200], tail[200];

    lvalue(mark, sizeof mark, site->version, site->record, find_mark(site->record));
    fprintf(site->out, "static void *new_%d(void)\n{\n", index);
    if (site->record->has_tail) {
        const struct member *last = &site->record->members[site->record->member_count - 1];

        lvalue(tail, sizeof tail, site->version, site->record, last);
        lvalue(count, sizeof count, site->version, site->record,
               find_member(site->record, last->shape.length));
        fprintf(site->out, "    int n = property_length();\n"
                           "    %s *p = property_allocate(sizeof *p + n * sizeof %s[0]);\n\n"
                           "    %s = n;\n", type, tail, count);
    } else {
        fprintf(site->out, "    %s *p = %s(sizeof *p);\n\n", type,
                site->record->is_custom ? "take_block" : "property_allocate");
    }
    fprintf(site->out, "    %s = property_serial();\n    property_offer(%d, p);\n"
                       "    property_later(p, fill_%d);\n    return p;\n}\n\n", mark, index, index);
}

/* Members in their order; pointers into vectors after these. */
static void write_members(const struct site *site)
{
    for (int i = 0; i < site->record->member_count; i++)
        if (site->record->members[i].shape.kind != SHAPE_CURSOR)
            write_member(site, &site->record->members[i]);
    for (int i = 0; i < site->record->member_count; i++)
        if (site->record->members[i].shape.kind == SHAPE_CURSOR)
            write_member(site, &site->record->members[i]);
}

static void write_clear(FILE *out, const struct version *version)
{
    char in[200];

    fprintf(out, "static void clear_root(void)\n{\n");
    for (int i = 0; i < version->root.member_count; i++) {
        lvalue(in, sizeof in, version, &version->root, &version->root.members[i]);
        fprintf(out, "    memset(&%s, 0, sizeof %s);\n", in, in);
    }
    fprintf(out, "}\n\n");
}

void write_build(FILE *out, const struct schema *schema, int index)
{
    const struct version *version = &schema->versions[index];
    struct site site = {out, version, NULL};
    char type[60];

    for (int i = 0; i < version->record_count; i++)
        fprintf(out, "__attribute__((used)) static void fill_%d(void *object);\n"
                     "__attribute__((used)) static void *new_%d(void);\n", i, i);
    for (int i = 0; i < version->record_count; i++) {
        site.record = &version->records[i];
        record_type(type, sizeof type, site.record);
        fprintf(out, "static void fill_%d(void *object)\n{\n    %s *p = object;\n\n", i, type);
        write_members(&site);
        if (site.record->has_tail)
            write_tail(&site);
        fprintf(out, "}\n\n");
        write_new(&site, i, type);
    }
    site.record = &version->root;
    fprintf(out, "static void fill_root(void)\n{\n");
    write_members(&site);
    fprintf(out, "}\n\nstatic void build_root(void)\n{\n    property_build(fill_root);\n}\n\n");
    write_clear(out, version);
}
