/* self_members.c -- do the members exist that an annotation's expression names?
 *
 * E_PTRARRAY(self.hdr.n) is text until the transformer is compiled; here it is looked at while it
 * is known which struct `self` is, so that a mistake is reported where it was made.
 */
#include "conversions.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_structure_type(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION;
}

static size_t collect_names(const struct type *type, const char **names, size_t room)
{
    size_t i, count = 0;

    for (i = 0; i < type->member_count && count < room; i++) {
        const struct type *inner = type_strip(type->members[i].type);

        if (type->members[i].name)
            names[count++] = type->members[i].name;
        else if (is_structure_type(inner))
            count += collect_names(inner, names + count, room - count);
    }
    return count;
}

static void report_missing(struct plan *plan, const struct annotation *annotation,
                           const struct type *structure, const char *name)
{
    const char *names[256];
    size_t count = collect_names(structure, names, sizeof names / sizeof names[0]);
    const char *near = did_you_mean(name, names, count);

    report_at(plan->messages, SEVERITY_ERROR, annotation->place.file, annotation->place.line,
              "%s(%s): %s%s has no member '%s'", annotation_kind_name(annotation->kind),
              annotation->argument,
              structure->name ? root_word(structure->kind == TYPE_STRUCT ? ROOT_STRUCT
                                                                         : ROOT_UNION) : "it",
              structure->name ? arena_format(plan->arena, " %s", structure->name) : "", name);
    if (near)
        report_help(plan->messages, "did you mean '%s'?", near);
    plan->failed = true;
}

/* Follows .a.b->c from the struct that `self` is. */
static void check_chain(struct plan *plan, const struct annotation *annotation,
                        const struct type *structure, const char *text)
{
    while (structure && is_structure_type(structure) && !structure->incomplete) {
        const struct member *member;
        const char *start, *name;
        struct type *type;

        text += strspn(text, " ");
        if (*text != '.' && strncmp(text, "->", 2) != 0)
            return;
        start = text += *text == '.' ? 1 : 2;
        start = text += strspn(text, " ");
        while (is_word(*text))
            text++;
        name = arena_format(plan->arena, "%.*s", (int)(text - start), start);
        member = member_named(structure, name);
        if (!member) {
            report_missing(plan, annotation, structure, name);
            return;
        }
        type = type_strip(member->type);
        structure = type->kind == TYPE_POINTER ? type_strip(type->target) : type;
    }
}

void check_self_members(struct plan *plan, const struct type *structure,
                        const struct member *member)
{
    const struct annotation *annotation;

    for (annotation = member->annotations; annotation; annotation = annotation->next) {
        const char *text = annotation->argument, *found;

        if (annotation->kind != ANNOTATION_PTRARRAY && annotation->kind != ANNOTATION_ARRAY &&
            annotation->kind != ANNOTATION_TAGGED)
            continue;
        for (; (found = strstr(text, "self")); text = found + 4)
            if ((found == annotation->argument || !is_word(found[-1])) && !is_word(found[4]))
                check_chain(plan, annotation, structure, found + 4);
    }
}
