/* members.c -- pairing the members of two structs.
 *
 * A new member is fed, in this order of preference, by: a rule that names it; the old member of
 * the same name, unless a rule takes that elsewhere; an INIT rule for its type; nothing (it is
 * zero in new memory and keeps its initial value in a variable).  Unnamed structs add nothing to a
 * member's name, in C as in rules, so they are looked through.
 */
#include "members.h"

#include <string.h>

/* Fills in where the rule's left side is found. */
static bool find_source(struct pairing *pairing, struct rule *rule, struct member_plan *member,
                        struct view *source)
{
    struct building *at = pairing->at;
    const struct path *path = rule->old_path;
    const struct place *place;
    bool has_state;

    for (place = pairing->old_places; place; place = place->next)
        if (place->root == path->root && strcmp(place->name, path->name) == 0) {
            member->source = SOURCE_ROOT;
            return view_of_path(at->plan, at->old_root, path, source, &member->old_access);
        }
    if (path->root != ROOT_VARIABLE ||
        !view_of_key(at->plan, at->plan->old_program, path->name, source, &has_state))
        return false;
    if (!has_state) {
        warn_no_state(at->plan, path);
        member->source = SOURCE_NONE;
        return true;
    }
    member->source = SOURCE_VARIABLE;
    member->source_key = path->name;
    return view_of_path(at->plan, *source, path, source, &member->old_access);
}

/* A plain member of the current struct, rather than of the root, allows an unchanged layout. */
static void prefer_plain_member(struct pairing *pairing, struct rule *rule,
                                struct member_plan *member)
{
    const struct place *place;
    const struct flat_member *old;

    if (member->source != SOURCE_ROOT || rule->old_path->member_count == 0)
        return;
    for (place = pairing->old_places; place; place = place->next) {
        const char *name = rule->old_path->members[rule->old_path->member_count - 1];

        if (!path_is(rule->old_path, place->root, place->name,
                     place->members[0] ? arena_format(pairing->at->plan->arena, "%s.%s",
                                                      place->members, name) : name))
            continue;
        old = find_flat(&pairing->old_members, name);
        if (!old)
            continue;
        member->source = SOURCE_MEMBER;
        member->old_member = old->member;
        member->old_access = name;
        member->old_offset = old->offset;
        return;
    }
}

static struct building inside_member(struct pairing *pairing, const char *name)
{
    struct building inside = *pairing->at;

    inside.subject = NULL;
    inside.renamed_by = NULL;
    inside.tag = NULL;
    inside.is_nameless = !name;
    if (name)
        inside.path = inside.path[0] == '*'
                          ? arena_format(inside.plan->arena, "%s->%s", inside.path + 1, name)
                          : arena_format(inside.plan->arena, "%s.%s", inside.path, name);
    return inside;
}

/* struct s -> struct s.m, without code: the members of s go into the struct that m is. */
static struct conversion *feed_from_whole(struct pairing *pairing, struct building *inside,
                                          struct view source, struct view new_view,
                                          const char *name)
{
    struct view old_structure = view_resolve(inside->plan, source);
    struct view new_structure = view_resolve(inside->plan, new_view);

    if (!new_structure.is_opaque && new_structure.type->kind == TYPE_STRUCT)
        return members_build(inside, old_structure, new_structure, pairing->old_places,
                             place_descend(inside->plan, pairing->new_places, name));
    return conversion_build(inside, source, new_view, NULL, NULL, new_view.type->place);
}

/* Where rules about what is inside of the rule's old thing find it. */
static const struct place *places_of_source(struct pairing *pairing, const struct rule *rule,
                                            const struct member_plan *member)
{
    struct plan *plan = pairing->at->plan;
    const struct place *place, *result = NULL;

    if (member->source == SOURCE_VARIABLE)
        return place_of_path(plan, rule->old_path, NULL);
    for (place = pairing->old_places; place; place = place->next)
        result = place_at(plan, place->root, place->name, path_members(plan, rule->old_path),
                          result);
    return result;
}

static void plan_by_rule(struct pairing *pairing, struct rule *rule, struct member_plan *member)
{
    struct building inside = inside_member(pairing, member->new_member->name);
    struct plan *plan = inside.plan;
    struct view new_view = view_of_member(plan, pairing->new_view, member->new_member);
    struct view source = {.program = plan->old_program};

    member->rule = rule;
    if (rule->kind == RULE_INIT) {
        member->conversion = conversion_from_rule(&inside, rule, source, new_view);
        return;
    }
    if (!find_source(pairing, rule, member, &source)) {
        report(plan->messages, SEVERITY_ERROR, plan->spec->source, rule->old_path->span,
               "'%s' cannot feed '%s': it is neither in the same struct nor a variable",
               rule->old_path->text, rule->new_path->text);
        plan->failed = true;
        return;
    }
    if (member->source == SOURCE_NONE)
        return;
    prefer_plain_member(pairing, rule, member);
    if (member->source == SOURCE_ROOT)
        member->has_root_offset = offset_of_path(plan, pairing->at->old_root, rule->old_path,
                                                 &member->old_offset);
    inside.renamed_by = rule;
    if (rule->kind == RULE_CONVERT)
        member->conversion = conversion_from_rule(&inside, rule, source, new_view);
    else if (!rule->old_path->member_count && member->source == SOURCE_ROOT)
        member->conversion = feed_from_whole(pairing, &inside, source, new_view,
                                             member->new_member->name);
    else
        member->conversion = conversion_build(
            &inside, source, new_view, places_of_source(pairing, rule, member),
            place_descend(plan, pairing->new_places, member->new_member->name),
            member->new_member->place);
}

/* An array without elements that is followed by other members: only a mark of the place. */
static bool is_mark_of_place(struct view structure, const struct member *member)
{
    const struct type *type = type_strip(member->type);

    return type->kind == TYPE_ARRAY && type->is_flexible && structure.type->kind == TYPE_STRUCT &&
           member != &structure.type->members[structure.type->member_count - 1];
}

static void plan_from_member(struct pairing *pairing, const struct flat_member *old,
                             struct member_plan *member)
{
    const char *name = member->new_member->name;
    struct building inside = inside_member(pairing, name);
    struct plan *plan = inside.plan;

    if (pairing->old_view.type->kind == TYPE_STRUCT)
        check_self_members(plan, pairing->old_view.type, old->member);
    member->source = SOURCE_MEMBER;
    member->old_member = old->member;
    member->old_access = name;
    member->old_offset = old->offset;
    if (is_mark_of_place(pairing->old_view, old->member) ||
        is_mark_of_place(pairing->new_view, member->new_member))
        return;
    member->conversion = conversion_build(
        &inside, view_of_member(plan, pairing->old_view, old->member),
        view_of_member(plan, pairing->new_view, member->new_member),
        place_descend(plan, pairing->old_places, name),
        place_descend(plan, pairing->new_places, name), member->new_member->place);
}

/* A new member that only rules for its own members feed. */
static void plan_from_rules_below(struct pairing *pairing, struct member_plan *member)
{
    const char *name = member->new_member->name;
    struct building inside = inside_member(pairing, name);
    struct plan *plan = inside.plan;
    struct view nothing = {.program = plan->old_program};
    struct view new_view = view_resolve(plan, view_of_member(plan, pairing->new_view,
                                                             member->new_member));

    if (new_view.is_opaque || new_view.type->kind != TYPE_STRUCT)
        return;
    member->conversion = members_build(&inside, nothing, new_view, pairing->old_places,
                                       place_descend(plan, pairing->new_places, name));
}

/* The way back: the update dropped it, and nothing says what it is to be. */
static void refuse_lost(const struct pairing *pairing, const struct member *new)
{
    struct plan *plan = pairing->at->plan;
    const char *name = new->name ? member_text(plan, pairing->new_places, pairing->new_view,
                                               new->name)
                                 : pairing->at->path;

    if (view_annotation(view_of_member(plan, pairing->new_view, new), ANNOTATION_IGNORE))
        return;
    plan->failed = true;
    if (plan_has_asked(plan, name))
        return;
    report_at(plan->messages, SEVERITY_ERROR, new->place.file, new->place.line,
              "'%s' was dropped by the update: what it is after the way back has to be said", name);
    if (new->name && pairing->new_places)
        report_rule_if(plan->messages, "if it may begin with zero", "INIT %s: {}", name);
    else
        advise_stub(pairing->at);
}

static void plan_new_member(struct pairing *pairing, struct member_plan *member)
{
    struct building inside = inside_member(pairing, member->new_member->name);
    struct plan *plan = inside.plan;
    struct view nothing = {.program = plan->old_program};
    struct rule *rule = rule_init_type(plan, member->new_member->type);

    member->rule = rule;
    if (rule)
        member->conversion = conversion_from_rule(
            &inside, rule, nothing, view_of_member(plan, pairing->new_view, member->new_member));
    else if (plan->is_back)
        refuse_lost(pairing, member->new_member);
}

static void plan_member(struct pairing *pairing, size_t index, struct member_plan *member)
{
    const struct flat_member *new = &pairing->new_members.members[index];
    struct plan *plan = pairing->at->plan;
    const char *name = new->member->name;
    const struct flat_member *old;
    struct rule *rule;

    member->new_member = new->member;
    member->new_access = name;
    member->new_offset = new->offset;
    if (!name) {
        old = find_unnamed(&pairing->old_members, unnamed_position(&pairing->new_members, index));
        if (old)
            plan_from_member(pairing, old, member);
        else if (plan->is_back)
            refuse_lost(pairing, new->member);
        return;
    }
    rule = rule_for_member(plan, pairing->old_places, pairing->new_places, name);
    old = find_flat(&pairing->old_members, name);
    if (rule)
        plan_by_rule(pairing, rule, member);
    else if (old && !rule_takes(plan, pairing->old_places, name))
        plan_from_member(pairing, old, member);
    else if (rule_below(plan, pairing->new_places, name))
        plan_from_rules_below(pairing, member);
    else
        plan_new_member(pairing, member);
}

static bool member_moves(const struct pairing *pairing, const struct member_plan *member)
{
    if (member->source != SOURCE_MEMBER || !member->old_member)
        return true;
    if (member->new_offset != member->old_offset ||
        member->new_member->bit_size != member->old_member->bit_size)
        return true;
    if (member->new_member->bit_size) {
        const struct flat_member *old = find_flat(&pairing->old_members, member->old_access);
        const struct flat_member *new = find_flat(&pairing->new_members, member->new_access);

        return !old || !new || old->bit_offset != new->bit_offset;
    }
    return false;
}

struct conversion *members_build(struct building *at, struct view old_view, struct view new_view,
                                 const struct place *old_places, const struct place *new_places)
{
    struct plan *plan = at->plan;
    struct conversion *conversion = conversion_new(plan, CONVERT_MEMBERS, old_view, new_view);
    struct pairing pairing = {at, old_view, new_view, old_places, new_places,
                              flatten(plan, old_view.type), flatten(plan, new_view.type)};
    size_t i;

    conversion->changes = !old_view.type || old_view.type->size != new_view.type->size;
    conversion->member_count = pairing.new_members.count;
    conversion->members = arena_allocate(plan->arena,
                                         (conversion->member_count + 1) *
                                         sizeof *conversion->members);
    for (i = 0; i < conversion->member_count; i++) {
        plan_member(&pairing, i, &conversion->members[i]);
        if (member_moves(&pairing, &conversion->members[i]))
            conversion->changes = true;
    }
    if (old_view.type)
        note_dropped_members(&pairing, conversion);
    return conversion;
}
