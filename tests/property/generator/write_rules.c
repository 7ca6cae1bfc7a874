/* write_rules.c -- the .xf file that leads from one version to another. */
#include "schema.h"

#include <string.h>

struct direction {
    const struct schema *schema;
    int from, to;
    const struct version *old, *new;
};

static const char *const fail_when_asked =
    "if (property_rule_fails()) FAIL(\"as the test asked\");";

/* ---- Code of rules --------------------------------------------------------------------------- */

/* What converts one element of an array that a rule is about. */
static void write_element_xform(FILE *out, const struct direction *way, const struct member *member)
{
    char old_name[60], new_name[60];

    record_type(old_name, sizeof old_name, &way->old->records[member->shape.type]);
    record_type(new_name, sizeof new_name, &way->new->records[member->shape.type]);
    fprintf(out, member->shape.kind == SHAPE_POINTER ? "XF_PTR($xform(%s, %s))" : "$xform(%s, %s)",
            old_name, new_name);
}

static void write_conversion(FILE *out, const struct direction *way, const struct member *old,
                             const struct member *new)
{
    char value[200];
    int count = old->shape.count < new->shape.count ? old->shape.count : new->shape.count;

    fprintf(out, " {\n    %s\n    ", fail_when_asked);
    if (new->shape.kind == SHAPE_RECORD || new->shape.kind == SHAPE_POINTER) {
        fprintf(out, "XF_INVOKE(XF_ARRAY(%d, sizeof $in[0], sizeof $out[0], ", count);
        write_element_xform(out, way, old);
        fprintf(out, "), &$in, &$out);\n}\n");
        return;
    }
    if (new->shape.kind == SHAPE_TEXT) {
        fprintf(out, "memcpy(&$out, &$in, %d);\n}\n", count);
        return;
    }
    formula(value, sizeof value, way->schema, way->from, way->to, old, new,
            !count ? "$in" : new->shape.inner_count ? "$in[i][j]" : "$in[i]");
    if (count)
        fprintf(out, "for (int i = 0; i < %d; i++)\n        ", count);
    if (new->shape.inner_count)
        fprintf(out, "for (int j = 0; j < %d; j++)\n            ", new->shape.inner_count);
    fprintf(out, "$out%s%s = %s;\n}\n", count ? "[i]" : "", new->shape.inner_count ? "[j]" : "",
            value);
}

static void write_init(FILE *out, const struct direction *way, const struct member *new)
{
    int value = init_value(way->schema, way->from, way->to, new);

    fprintf(out, ": {\n    %s\n    $out = ", fail_when_asked);
    if (new->shape.kind == SHAPE_ENUM)
        fprintf(out, "%d", way->new->enumerations[new->shape.type].values[value]);
    else if (new->shape.kind == SHAPE_FUNCTION)
        fprintf(out, "&$newsym(%s%s)", value % 2 ? "app.c/" : "", way->new->functions[value]);
    else
        fprintf(out, "%d", value);
    fprintf(out, ";\n}\n");
}

/* ---- Rules ----------------------------------------------------------------------------------- */

static void write_alternatives_rules(FILE *out, const struct direction *way, const char *old_path,
                                     const char *new_path, const struct member *member)
{
    const struct alternatives *old = &way->old->unions[member->shape.type];
    const struct alternatives *new = &way->new->unions[member->shape.type];

    for (int i = 0; i < new->count; i++) {
        const struct member *from = &old->members[i], *to = &new->members[i];

        if (treatment(way->schema, way->from, way->to, &way->old->records[0], from, to) !=
            TREAT_CODE)
            continue;
        fprintf(out, "%s.%s -> %s.%s:", old_path, from->name, new_path, to->name);
        write_conversion(out, way, from, to);
    }
}

static void write_member_rules(FILE *out, const struct direction *way, const struct record *old,
                               const struct record *new)
{
    char old_path[200], new_path[200];

    for (int i = 0; i < new->member_count; i++) {
        const struct member *to = &new->members[i], *from = find_member(old, to->id);
        enum treatment what;

        rule_path(new_path, sizeof new_path, way->new, new, to);
        if (!from) {
            if (!has_init(way->schema, way->from, way->to, to))
                continue;
            fprintf(out, "INIT %s", new_path);
            write_init(out, way, to);
            continue;
        }
        rule_path(old_path, sizeof old_path, way->old, old, from);
        what = treatment(way->schema, way->from, way->to, old, from, to);
        if (what != TREAT_BY_NAME)
            fprintf(out, "%s -> %s%s", old_path, new_path, what == TREAT_CODE ? ":" : "\n");
        if (what == TREAT_CODE)
            write_conversion(out, way, from, to);
        if (to->shape.kind == SHAPE_UNION)
            write_alternatives_rules(out, way, old_path, new_path, to);
    }
}

static void write_class_rule(FILE *out, const struct direction *way, int class)
{
    char value[200];

    if (!class_is_coded(way->schema, way->from, way->to, class))
        return;
    class_formula(value, sizeof value, way->schema, way->from, way->to, class, "$in");
    fprintf(out, "typedef %s -> typedef %s: {\n    %s\n    $out = %s;\n}\n",
            way->old->classes[class].name, way->new->classes[class].name, fail_when_asked, value);
}

void write_rules(FILE *out, const struct schema *schema, int from, int to)
{
    struct direction way = {schema, from, to, &schema->versions[from], &schema->versions[to]};
    char old_name[60], new_name[60];

    fprintf(out, "// seed %llu, version %d to version %d\n", (unsigned long long)schema->seed, from,
            to);
    fprintf(out, "{\n#include <string.h>\n#include \"program.h\"\n}\n");
    for (int i = 0; i < way.new->class_count; i++)
        write_class_rule(out, &way, i);
    for (int i = 0; i < way.new->enumeration_count; i++)
        if (strcmp(way.old->enumerations[i].name, way.new->enumerations[i].name) != 0)
            fprintf(out, "enum %s -> enum %s\n", way.old->enumerations[i].name,
                    way.new->enumerations[i].name);
    for (int i = 0; i < way.new->function_count; i++)
        if (strcmp(way.old->functions[i], way.new->functions[i]) != 0)
            fprintf(out, "%s%s -> %s%s\n", i % 2 ? "app.c/" : "", way.old->functions[i],
                    i % 2 ? "app.c/" : "", way.new->functions[i]);
    for (int i = 0; i < way.new->record_count; i++) {
        record_rule_name(old_name, sizeof old_name, &way.old->records[i]);
        record_rule_name(new_name, sizeof new_name, &way.new->records[i]);
        if (strcmp(old_name, new_name) != 0)
            fprintf(out, "%s -> %s\n", old_name, new_name);
        write_member_rules(out, &way, &way.old->records[i], &way.new->records[i]);
    }
    write_member_rules(out, &way, &way.old->root, &way.new->root);
    if (decided(schema, from, to, 600000, 2))
        fprintf(out, "CHECK { property_check_holds() }\n");
}
