/* members_dropped.c -- old members whose values nothing takes over.
 *
 * A member is used when a new one is made of it, when a rule names it or what is in it, or when
 * what it is part of is given to a rule's code.  Any other is dropped: by a DROP, or with a warning
 * that says how to write one, and what the member may be called now.
 */
#include "members.h"

#include <string.h>

const char *member_text(struct plan *plan, const struct place *places, struct view view,
                        const char *name)
{
    return arena_format(plan->arena, "%s.%s",
                        places ? place_text(plan, places) : view_name(plan, view), name);
}

/* config.port -> ...: a rule about a variable of this type. */
static bool names_member_of_variable(const struct pairing *pairing, const struct rule *rule,
                                     const struct member *old)
{
    const struct variable *variable;

    if (!rule->old_path || rule->old_path->root != ROOT_VARIABLE || !rule->old_path->member_count ||
        strcmp(rule->old_path->members[0], old->name) != 0)
        return false;
    variable = model_find_variable(pairing->at->plan->old_program, rule->old_path->name);
    return variable && type_strip(variable->type) == pairing->old_view.type;
}

/* Is the whole of what is around the member given to a rule's code?  A rename alone uses none of
 * its members: they are paired by their names. */
static bool is_given_to_code(const struct pairing *pairing)
{
    struct plan *plan = pairing->at->plan;
    const struct place *place;
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        for (place = pairing->old_places; rule->block && rule->old_path && place;
             place = place->next)
            if (rule->old_path->root == place->root &&
                strcmp(rule->old_path->name, place->name) == 0 &&
                !path_members(plan, rule->old_path)[0])
                return true;
    return false;
}

/* struct s -> struct s.m, without code: the members of s go into m, or stay beside it. */
static bool feeds_member_whole(const struct rule *rule)
{
    return rule->kind == RULE_RENAME && !rule->old_path->member_count &&
           rule->old_path->root != ROOT_VARIABLE && rule->new_path->member_count;
}

/* Does anything of the new version, or any rule about it, use this old member? */
static bool is_used(const struct pairing *pairing, const struct conversion *conversion,
                    const struct member *old)
{
    struct plan *plan = pairing->at->plan;
    const struct place *place;
    const struct rule *rule;
    size_t i;

    for (i = 0; i < conversion->member_count; i++)
        if (conversion->members[i].old_member == old)
            return true;
    for (rule = plan->spec->rules; rule; rule = rule->next) {
        if (names_member_of_variable(pairing, rule, old))
            return true;
        for (place = pairing->old_places; rule->old_path && place; place = place->next) {
            const char *members = path_members(plan, rule->old_path);
            const char *own = place_descend(plan, place, old->name)->members;
            size_t length = strlen(own);

            if (rule->old_path->root == place->root &&
                strcmp(rule->old_path->name, place->name) == 0 &&
                (feeds_member_whole(rule) || (strncmp(members, own, length) == 0 &&
                                              (!members[length] || members[length] == '.'))))
                return true;
        }
    }
    return false;
}

static struct dropped_member *dropped_by(const struct pairing *pairing, struct rule *drop,
                                         const struct member *old)
{
    struct building inside = *pairing->at;
    struct dropped_member *dropped = arena_allocate(inside.plan->arena, sizeof *dropped);

    dropped->member = old;
    dropped->rule = drop;
    dropped->conversion = conversion_from_drop(&inside, drop,
                                               view_of_member(inside.plan, pairing->old_view, old));
    return dropped;
}

/* The new version has it as well, and an INIT says what it is: that INIT is warned of. */
static bool is_made_anew(const struct conversion *conversion, const struct member *old)
{
    size_t i;

    for (i = 0; i < conversion->member_count; i++) {
        const struct member_plan *member = &conversion->members[i];

        if (member->rule && member->rule->kind == RULE_INIT && member->new_member->name &&
            strcmp(member->new_member->name, old->name) == 0)
            return true;
    }
    return false;
}

void note_dropped_members(const struct pairing *pairing, struct conversion *conversion)
{
    struct plan *plan = pairing->at->plan;
    struct dropped_member **tail = &conversion->dropped;
    bool given_to_code = is_given_to_code(pairing);
    const char *name, *like;
    struct rule *drop;
    size_t i;

    for (i = 0; i < pairing->old_members.count; i++) {
        const struct member *old = pairing->old_members.members[i].member;

        if (!old->name || is_used(pairing, conversion, old))
            continue;
        name = member_text(plan, pairing->old_places, pairing->old_view, old->name);
        drop = drop_of_member(plan, pairing->old_places, pairing->old_view.type, old->name);
        if (drop) {
            *tail = dropped_by(pairing, drop, old);
            if ((*tail)->conversion)
                conversion->changes = true;
            tail = &(*tail)->next;
            continue;
        }
        if (given_to_code || plan->is_back) /* on the way back, the update had added it */
            continue;
        *tail = arena_allocate(plan->arena, sizeof **tail);
        **tail = (struct dropped_member){.member = old};
        if (is_made_anew(conversion, old)) {
            tail = &(*tail)->next;
            continue;
        }
        report_at(plan->messages, SEVERITY_WARNING, old->place.file, old->place.line,
                  "'%s' is gone from the new version: its value is dropped", name);
        (*tail)->message = plan->messages->said;
        tail = &(*tail)->next;
        like = member_successor(plan, conversion, old);
        if (like)
            report_rule_if(plan->messages, "if it was renamed", "%s -> %s", name,
                           member_text(plan, pairing->new_places, pairing->new_view, like));
        report_rule_if(plan->messages, "if it is meant", "DROP %s", name);
    }
}
