/* rules.c -- finding the rule that speaks about a thing.
 *
 * A new member can be named from several roots: the variable it lives in, the struct's tag, any
 * typedef of it.  Places (match.h) collect those roots while the conversion builder walks down,
 * and rules are looked up by comparing paths with them.
 */
#include "match.h"

#include <string.h>

const struct place *place_add(struct plan *plan, enum path_root root, const char *name,
                              const struct place *next)
{
    struct place *place = arena_allocate(plan->arena, sizeof *place);

    *place = (struct place){root, name, "", next};
    return place;
}

const struct place *place_at(struct plan *plan, enum path_root root, const char *name,
                             const char *members, const struct place *next)
{
    struct place *place = arena_allocate(plan->arena, sizeof *place);

    *place = (struct place){root, name, members, next};
    return place;
}

const struct place *place_of_path(struct plan *plan, const struct path *path,
                                  const struct place *next)
{
    return place_at(plan, path->root, path->name, path_members(plan, path), next);
}

const struct place *place_descend(struct plan *plan, const struct place *places,
                                  const char *member)
{
    const struct place *result = NULL, **tail = &result;

    if (!member)
        return places; /* an unnamed struct adds nothing to the path */
    for (; places; places = places->next) {
        struct place *deeper = arena_allocate(plan->arena, sizeof *deeper);

        *deeper = *places;
        deeper->members = places->members[0]
                              ? arena_format(plan->arena, "%s.%s", places->members, member)
                              : member;
        deeper->next = NULL;
        *tail = deeper;
        tail = &deeper->next;
    }
    return result;
}

const struct place *places_of_type(struct plan *plan, const struct type *type,
                                   const struct place *next)
{
    while (type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED) {
        if (type->kind == TYPE_TYPEDEF)
            next = place_add(plan, ROOT_TYPEDEF, type->name, next);
        type = type->target;
    }
    if (type->name && type->kind == TYPE_STRUCT)
        next = place_add(plan, ROOT_STRUCT, type->name, next);
    else if (type->name && type->kind == TYPE_UNION)
        next = place_add(plan, ROOT_UNION, type->name, next);
    else if (type->name && type->kind == TYPE_ENUM)
        next = place_add(plan, ROOT_ENUM, type->name, next);
    return next;
}

/* "u.x" for the members of a path. */
const char *path_members(struct plan *plan, const struct path *path)
{
    const char *text = "";
    size_t i;

    for (i = 0; i < path->member_count; i++)
        text = arena_format(plan->arena, "%s%s%s", text, i ? "." : "", path->members[i]);
    return text;
}

bool path_is(const struct path *path, enum path_root root, const char *name, const char *members)
{
    size_t i, length;

    if (path->root != root || strcmp(path->name, name) != 0)
        return false;
    for (i = 0; i < path->member_count; i++) {
        length = strlen(path->members[i]);
        if (strncmp(members, path->members[i], length) != 0)
            return false;
        members += length;
        if (*members == '.' && i + 1 < path->member_count)
            members++;
        else if (*members == '.')
            return false;
    }
    return *members == '\0';
}

/* Does the old side of a rule speak of the struct we come from?  A variable named by an old path
 * may also feed a member of a variable: "a global moved into a struct". */
static bool old_side_fits(const struct rule *rule, const struct place *old_places,
                          const struct place *new_place)
{
    const struct place *place;

    if (rule->kind == RULE_INIT)
        return true;
    for (place = old_places; place; place = place->next)
        if (rule->old_path->root == place->root && strcmp(rule->old_path->name, place->name) == 0)
            return true;
    return rule->old_path->root == ROOT_VARIABLE && new_place->root == ROOT_VARIABLE;
}

static const char *join(struct plan *plan, const char *members, const char *member)
{
    return members[0] ? arena_format(plan->arena, "%s.%s", members, member) : member;
}

struct rule *rule_for_member(struct plan *plan, const struct place *old_places,
                             const struct place *new_places, const char *member)
{
    struct rule *rule;
    const struct place *place;

    for (place = new_places; place; place = place->next)
        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (path_is(rule->new_path, place->root, place->name,
                        join(plan, place->members, member)) &&
                old_side_fits(rule, old_places, place)) {
                rule->used = true;
                return rule;
            }
    return NULL;
}

bool rule_below(struct plan *plan, const struct place *new_places, const char *member)
{
    const struct rule *rule;
    const struct place *place;

    for (place = new_places; place; place = place->next) {
        const char *prefix = join(plan, place->members, member);
        size_t length = strlen(prefix);

        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (rule->new_path->root == place->root &&
                strcmp(rule->new_path->name, place->name) == 0) {
                const char *members = path_members(plan, rule->new_path);

                if (strncmp(members, prefix, length) == 0 && members[length] == '.')
                    return true;
            }
    }
    return false;
}

bool rule_takes(struct plan *plan, const struct place *old_places, const char *member)
{
    const struct rule *rule;
    const struct place *place;

    for (place = old_places; place; place = place->next)
        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (rule->kind == RULE_RENAME &&
                path_is(rule->old_path, place->root, place->name,
                        join(plan, place->members, member)))
                return true;
    return false;
}

static bool names_root(const struct path *path, const struct place *places)
{
    for (; places; places = places->next)
        if (path_is(path, places->root, places->name, ""))
            return true;
    return false;
}

struct rule *rule_between(struct plan *plan, const struct place *old_places,
                          const struct place *new_places, bool with_code)
{
    struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if ((rule->kind == RULE_CONVERT || (rule->kind == RULE_RENAME && !with_code)) &&
            names_root(rule->new_path, new_places) && names_root(rule->old_path, old_places)) {
            rule->used = true;
            return rule;
        }
    return NULL;
}

struct rule *rule_for_type(struct plan *plan, const struct type *old_type,
                           const struct type *new_type)
{
    return rule_between(plan, places_of_type(plan, old_type, NULL),
                        places_of_type(plan, new_type, NULL), false);
}

struct rule *rule_init_type(struct plan *plan, const struct type *new_type)
{
    const struct place *places = places_of_type(plan, new_type, NULL);
    struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->kind == RULE_INIT && names_root(rule->new_path, places)) {
            rule->used = true;
            return rule;
        }
    return NULL;
}

/* ---- What they are called -------------------------------------------------------------------- */

const char *root_word(enum path_root root)
{
    static const char *const words[] = {"variable", "struct", "union", "enum", "typedef"};

    return words[root];
}
