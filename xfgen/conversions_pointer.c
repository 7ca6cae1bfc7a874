/* conversions_pointer.c -- what is to be done for one pointer. */
#include "conversions.h"

#include <string.h>

/* E_OPAQUE on the type that a pointer leads to, at its definition or at this use. */
static bool is_opaque_pointee(struct plan *plan, struct view pointer)
{
    struct view target = view_target(plan, pointer);

    if (view_annotation(target, ANNOTATION_OPAQUE))
        return true;
    target = view_pointee(plan, pointer);
    return !target.is_opaque && annotation_of_type(target.type, ANNOTATION_OPAQUE);
}

/* wchar_t, char16_t, char32_t: C knows them only as names of integer types. */
static bool is_wide_character(const struct type *type)
{
    for (; type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED; type = type->target)
        if (type->kind == TYPE_TYPEDEF && type->from_system &&
            (strcmp(type->name, "wchar_t") == 0 || strcmp(type->name, "char16_t") == 0 ||
             strcmp(type->name, "char32_t") == 0))
            return true;
    return false;
}

/* The rule about the typedef by which a pointer's declaration calls what it leads to.  Structs are
 * asked for all their names when the pair is built. */
static struct rule *rule_of_pointees(struct plan *plan, struct view old_view, struct view new_view)
{
    struct view old_seen = view_target(plan, old_view), new_seen = view_target(plan, new_view);
    struct type *old_type = type_strip(old_seen.type);
    struct rule *rule;

    if (old_type->kind == TYPE_STRUCT || old_type->kind == TYPE_UNION)
        return NULL;
    rule = rule_for_type(plan, old_seen.type, new_seen.type);
    return rule && rule->kind == RULE_CONVERT ? rule : NULL;
}

struct conversion *convert_pointer(struct building *at, struct view old_view,
                                          struct view new_view, struct source_place where)
{
    struct plan *plan = at->plan;
    struct view old_pointee = view_pointee(plan, old_view);
    struct view new_pointee = view_pointee(plan, new_view);
    struct conversion *conversion = conversion_new(plan, CONVERT_COPY, old_view, new_view), *linked;
    struct type *old_type = old_pointee.type, *new_type = new_pointee.type;
    struct building beyond = *at;

    if (old_pointee.is_opaque || new_pointee.is_opaque)
        return conversion;
    linked = convert_link(at, old_view, new_view, where);
    if (linked)
        return linked;
    if (is_opaque_pointee(plan, old_view) || is_opaque_pointee(plan, new_view)) {
        conversion->kind = CONVERT_KEEP; /* not followed; a variable of that type is still found */
        return conversion;
    }
    if (old_type->kind == TYPE_VOID || new_type->kind == TYPE_VOID) {
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' is a void *: what it leads to is not known", at->path);
        report_help(plan->messages, "annotate it: E_T(type) when it leads to one type, E_OPAQUE "
                    "when it must not be followed; or write a rule for it");
        advise_rule(at, "when it leads to nothing that changes", "$out = $in;");
        return undecided(at, old_view, new_view);
    }
    if (old_type->kind == TYPE_FUNCTION || new_type->kind == TYPE_FUNCTION) {
        if (old_type->kind != new_type->kind) {
            report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                      "'%s' changes between a pointer to code and one to data", at->path);
            advise_stub(at);
            return undecided(at, old_view, new_view);
        }
        conversion->kind = CONVERT_FUNCTION;
        return conversion;
    }
    if (is_character(old_type) && is_character(new_type)) {
        conversion->kind = CONVERT_STRING; /* or bytes, of a length that is told */
        conversion->length = view_annotation(old_view, ANNOTATION_PTRARRAY);
        return conversion;
    }
    if ((old_type->incomplete || old_type->from_system) &&
        (new_type->incomplete || new_type->from_system) &&
        (old_type->kind == TYPE_STRUCT || old_type->kind == TYPE_UNION)) {
        conversion->kind = CONVERT_KEEP; /* it belongs to a library */
        return conversion;
    }
    if (is_wide_character(old_view.type->target) && is_wide_character(new_view.type->target) &&
        old_type->size == new_type->size) {
        conversion->kind = CONVERT_WIDE_STRING;
        conversion->pair = pair_get(at, old_pointee, new_pointee);
        conversion->pair->reached_single = true;
        return conversion;
    }
    conversion->kind = CONVERT_POINTER;
    conversion->length = view_annotation(old_view, ANNOTATION_PTRARRAY);
    conversion->path = at->path;
    conversion->subject = at->subject;
    conversion->where = where;
    conversion->says_single = view_annotation(old_view, ANNOTATION_PTR) ||
                              is_queue_pointer(old_view);
    if (!conversion->length && view_annotation(new_view, ANNOTATION_PTRARRAY)) {
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' is E_PTRARRAY in the new version, but not in the old one, whose objects "
                  "are converted", at->path);
        report_help(plan->messages, "add the annotation to the old version's source and build it "
                    "again, if it is not running yet; or write a rule with XF_PTRARRAY");
        advise_pointer_array(at, old_pointee, new_pointee,
                             view_annotation(new_view, ANNOTATION_PTRARRAY)->argument);
        return undecided(at, old_view, new_view);
    }
    beyond.path = arena_format(plan->arena, "%s%s", conversion->length ? "" : "*", at->path);
    if (conversion->length)
        beyond.path = arena_format(plan->arena, "%s[]", at->path);
    conversion->pair = pair_get_by_rule(&beyond, old_pointee, new_pointee,
                                        rule_of_pointees(plan, old_view, new_view));
    if (!conversion->pair->around) {
        conversion->pair->around = at->around;
        conversion->pair->where = where;
    }
    if (conversion->length)
        conversion->pair->reached_array = true;
    else
        conversion->pair->reached_single = true;
    conversion->pair->says_single |= conversion->says_single;
    return conversion;
}
