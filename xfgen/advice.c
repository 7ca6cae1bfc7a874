/* advice.c -- the rules that messages propose: complete, so that they can be pasted as they are.
 *
 * A rule is proposed where it is known what it would be about and what it would do.  Rules that
 * keep every value are proposed as they are; those that may not be what the user wants come with
 * the condition under which they are.  Where only the user can know what to do, the rule refuses
 * the update until its code is written: nothing undecided is ever converted.
 */
#include "conversions.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- What a rule is about -------------------------------------------------------------------- */

const char *place_text(struct plan *plan, const struct place *place)
{
    while (place->next && place->root == ROOT_TYPEDEF)
        place = place->next; /* the tag says more */
    return arena_format(plan->arena, "%s%s%s%s%s",
                        place->root == ROOT_VARIABLE ? "" : root_word(place->root),
                        place->root == ROOT_VARIABLE ? "" : " ", place->name,
                        place->members[0] ? "." : "", place->members);
}

const char *advice_subject(const struct building *at, const struct place *old_places,
                           const struct place *new_places)
{
    struct plan *plan = at->plan;

    if (at->in_element || at->is_nameless)
        return NULL;
    if (old_places && new_places)
        return arena_format(plan->arena, "%s -> %s", place_text(plan, old_places),
                            place_text(plan, new_places));
    if (at->renamed_by && at->renamed_by->old_path)
        return arena_format(plan->arena, "%s -> %s", at->renamed_by->old_path->text,
                            at->renamed_by->new_path->text);
    return NULL;
}

const char *type_path(const struct program *program, const struct type *type)
{
    enum path_root root = type->kind == TYPE_STRUCT ? ROOT_STRUCT
                          : type->kind == TYPE_UNION ? ROOT_UNION : ROOT_ENUM;
    size_t i;

    if (type->kind != TYPE_STRUCT && type->kind != TYPE_UNION && type->kind != TYPE_ENUM &&
        type->kind != TYPE_TYPEDEF)
        return NULL;
    if (type->name && type->kind != TYPE_TYPEDEF)
        return arena_format(program->arena, "%s %s", root_word(root), type->name);
    if (type->name)
        return arena_format(program->arena, "typedef %s", type->name);
    for (i = 0; i < program->type_count; i++)
        if (program->types[i]->kind == TYPE_TYPEDEF && program->types[i]->name &&
            type_strip(program->types[i]) == type)
            return arena_format(program->arena, "typedef %s", program->types[i]->name);
    return NULL;
}

/* A type expression for $xform; NULL for what cannot be spelt in one. */
static const char *type_in_code(struct plan *plan, struct view view)
{
    const char *name;

    if (view.is_opaque)
        return NULL;
    name = view_name(plan, view);
    return strpbrk(name, "(?[") || strcmp(name, "function") == 0 ? NULL : name;
}

/* ---- Proposing ------------------------------------------------------------------------------- */

/* A rename for the same two things has to go: the first rule counts. */
static const char *whole_condition(const struct building *at, const char *condition)
{
    struct plan *plan = at->plan;
    int line, column;

    if (!at->renamed_by)
        return condition;
    source_position(plan->spec->source, at->renamed_by->span.start, &line, &column);
    return arena_format(plan->arena, "%s%sin place of the rule in line %d",
                        condition ? condition : "", condition ? " " : "", line);
}

void advise_rule(const struct building *at, const char *condition, const char *format, ...)
{
    struct messages *messages = at->plan->messages;
    const char *whole = whole_condition(at, condition);
    va_list arguments;
    char *code = NULL;

    if (!at->subject) {
        advise_stub(at);
        return;
    }
    va_start(arguments, format);
    if (vasprintf(&code, format, arguments) < 0)
        abort();
    va_end(arguments);
    if (whole)
        report_rule_if(messages, whole, "%s: { %s }", at->subject, code);
    else
        report_rule(messages, "%s: { %s }", at->subject, code);
    free(code);
}

void advise_stub(const struct building *at)
{
    struct building whole = *at;

    if (!at->subject)
        whole.subject = at->around;
    if (whole.subject)
        advise_rule(&whole, NULL, "FAIL \"" UNDECIDED_REASON "\"; /* $out = ... $in ...; */");
}

void advise_type_rename(struct plan *plan, const struct type *old_type,
                        const struct type *new_type)
{
    const char *old_path = type_path(plan->old_program, old_type);
    const char *new_path = type_path(plan->new_program, new_type);

    if (old_path && new_path)
        report_rule_if(plan->messages, "when it is the same type under a new name", "%s -> %s",
                       old_path, new_path);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

void advise_number(const struct building *at, const struct type *old_type,
                   const struct type *new_type)
{
    const char *target = new_type->name && new_type->kind == TYPE_BASE ? new_type->name
                                                                       : "the new type";
    bool from_signed = number_class(old_type) == NUMBER_SIGNED;
    bool to_signed = number_class(new_type) == NUMBER_SIGNED;

    if (number_class(old_type) == NUMBER_OTHER || number_class(new_type) == NUMBER_OTHER)
        advise_stub(at);
    else if (number_class(new_type) == NUMBER_FLOAT && number_class(old_type) == NUMBER_FLOAT)
        advise_rule(at, "when rounding does no harm", "$out = $in;");
    else if (number_class(new_type) == NUMBER_FLOAT || number_class(old_type) == NUMBER_FLOAT)
        advise_rule(at, NULL, "$out = $in; if ((long double)$out != (long double)$in) "
                    "FAIL(\"%%Lg does not fit '%s'\", (long double)$in);", target);
    else if (number_class(new_type) == NUMBER_BOOL)
        advise_rule(at, "when it only matters whether it is zero", "$out = $in != 0;");
    else
        advise_rule(at, NULL, "$out = $in; if (%s$out != $in) "
                    "FAIL(\"%s does not fit '%s'\", (%slong long)$in);",
                    from_signed && !to_signed ? "$in < 0 || "
                    : !from_signed && to_signed ? "$out < 0 || " : "",
                    from_signed ? "%lld" : "%llu", target, from_signed ? "" : "unsigned ");
}

void advise_bits(const struct building *at, const struct type *old_type,
                 const struct type *new_type, unsigned bits)
{
    bool from_signed = number_class(old_type) == NUMBER_SIGNED;
    bool to_signed = number_class(new_type) == NUMBER_SIGNED;
    unsigned long long limit = (unsigned long long)1 << (bits - to_signed);
    const char *below = !from_signed ? ""
                        : to_signed ? arena_format(at->plan->arena, "$in < -%lld || ",
                                                   (long long)limit)
                                    : "$in < 0 || ";

    if (number_class(old_type) > NUMBER_UNSIGNED)
        advise_stub(at);
    else
        advise_rule(at, NULL, "if (%s$in >= %llu%s) FAIL(\"%%lld does not fit %u bits\", "
                    "(long long)$in); $out = $in;", below, limit, from_signed ? "" : "u", bits);
}

/* ---- Arrays and pointers --------------------------------------------------------------------- */

void advise_shorter_array(const struct building *at, struct type *old_type, struct type *new_type)
{
    const struct type *element = type_strip(old_type->target);

    if (!same_representation(old_type->target, new_type->target) ||
        has_pointer(old_type->target)) {
        advise_stub(at);
        return;
    }
    if (element->kind == TYPE_BASE && element->size == 1 && new_type->count)
        advise_rule(at, "to cut a longer string off", "memcpy($out, $in, sizeof $out); "
                    "$out[sizeof $out - 1] = 0;");
    advise_rule(at, arena_format(at->plan->arena, "to keep the first %llu",
                                 (unsigned long long)new_type->count),
                "memcpy(&$out, &$in, sizeof $out);");
}

/* The length that an annotation of the new version tells, in terms of the old struct. */
static const char *length_in_code(const struct building *at, const char *length)
{
    const char *name = strncmp(length, "self.", 5) == 0 ? length + 5 : NULL, *c;
    struct type *root = at->old_root.type ? type_strip(at->old_root.type) : NULL;
    size_t i;

    if (!name) {
        for (c = length; isdigit((unsigned char)*c); c++)
            ;
        return *length && !*c ? length : NULL;
    }
    for (i = 0; root && i < root->member_count; i++)
        if (root->members[i].name && strcmp(root->members[i].name, name) == 0)
            return arena_format(at->plan->arena, "$base.%s", name);
    return NULL;
}

void advise_pointer_array(const struct building *at, struct view old_pointee,
                          struct view new_pointee, const char *length)
{
    struct plan *plan = at->plan;
    const char *old_name = type_in_code(plan, old_pointee);
    const char *new_name = type_in_code(plan, new_pointee);
    const char *count = length_in_code(at, length);

    if (!old_name || !new_name || !count) {
        advise_stub(at);
        return;
    }
    advise_rule(at, arena_format(plan->arena, "when it leads to %s of them in the old version too",
                                 count),
                "XF_INVOKE(XF_PTRARRAY(%s, sizeof *$in, sizeof *$out, $xform(%s, %s)), &$in, "
                "&$out);", count, old_name, new_name);
}

void advise_single_pointer(struct plan *plan, const struct conversion *conversion)
{
    const struct building at = {.plan = plan, .subject = conversion->subject};
    const struct pair *pair = conversion->pair;
    const char *old_name = type_in_code(plan, pair->old_view);
    const char *new_name = type_in_code(plan, pair->new_view);

    if (pair->conversion->kind == CONVERT_FUNCTION)
        advise_rule(&at, "when it leads to one", "XF_INVOKE(XF_PTR(XF_FPTR()), &$in, &$out);");
    else if (old_name && new_name)
        advise_rule(&at, "when it leads to one", "XF_INVOKE(XF_PTR($xform(%s, %s)), &$in, &$out);",
                    old_name, new_name);
}

void advise_many_pointers(struct plan *plan, const struct conversion *conversion)
{
    const struct building at = {.plan = plan, .subject = conversion->subject};
    const struct pair *pair = conversion->pair;
    const char *old_name = type_in_code(plan, pair->old_view);
    const char *new_name = type_in_code(plan, pair->new_view);
    const char *each = NULL;

    if (pair->conversion->kind == CONVERT_FUNCTION)
        each = "XF_FPTR()";
    else if (old_name && new_name)
        each = arena_format(plan->arena, "$xform(%s, %s)", old_name, new_name);
    if (each)
        advise_rule(&at, "when it leads to many", "FAIL \"" UNDECIDED_REASON "\"; "
                    "/* XF_INVOKE(XF_PTRARRAY(COUNT, sizeof(void *), sizeof(void *), %s), &$in, "
                    "&$out); */", each);
}
