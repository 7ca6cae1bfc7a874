/* members.c -- pairing the members of two structs.
 *
 * A new member is fed, in this order of preference, by: a rule that names it; the old member of
 * the same name, unless a rule takes that elsewhere; an INIT rule for its type; nothing (it is
 * zero in new memory and keeps its initial value in a variable).  Unnamed structs add nothing to a
 * member's name, in C as in rules, so they are looked through.
 */
#include "conversions.h"

#include <string.h>

/* One member as seen through unnamed structs. */
struct flat_member {
    const struct member *member;
    uint64_t offset;
    uint64_t bit_offset;
};

struct flat_list {
    struct flat_member *members;
    size_t count;
};

static size_t count_flat(struct type *type)
{
    size_t i, count = 0;

    for (i = 0; i < type->member_count; i++) {
        struct type *inner = type_strip(type->members[i].type);

        count += !type->members[i].name && inner->kind == TYPE_STRUCT ? count_flat(inner) : 1;
    }
    return count;
}

static void fill_flat(struct type *type, uint64_t offset, struct flat_list *list)
{
    size_t i;

    for (i = 0; i < type->member_count; i++) {
        struct member *member = &type->members[i];
        struct type *inner = type_strip(member->type);

        if (!member->name && inner->kind == TYPE_STRUCT)
            fill_flat(inner, offset + member->offset, list);
        else
            list->members[list->count++] = (struct flat_member){
                member, offset + member->offset, offset * 8 + member->bit_offset};
    }
}

static struct flat_list flatten(struct plan *plan, struct type *type)
{
    struct flat_list list = {NULL, 0};

    if (!type)
        return list;
    list.members = arena_allocate(plan->arena, (count_flat(type) + 1) * sizeof *list.members);
    fill_flat(type, 0, &list);
    return list;
}

static const struct flat_member *find_flat(const struct flat_list *list, const char *name)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (list->members[i].member->name && strcmp(list->members[i].member->name, name) == 0)
            return &list->members[i];
    return NULL;
}

/* The position among unnamed unions, and the unnamed union at a position. */
static size_t unnamed_position(const struct flat_list *list, size_t index)
{
    size_t i, position = 0;

    for (i = 0; i < index; i++)
        position += !list->members[i].member->name;
    return position;
}

static const struct flat_member *find_unnamed(const struct flat_list *list, size_t position)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (!list->members[i].member->name && position-- == 0)
            return &list->members[i];
    return NULL;
}

/* A named member at any depth of unnamed structs and unions. */
const struct member *member_named(const struct type *type, const char *name)
{
    size_t i;
    const struct member *found;

    for (i = 0; i < type->member_count; i++) {
        if (type->members[i].name && strcmp(type->members[i].name, name) == 0)
            return &type->members[i];
        if (!type->members[i].name) {
            found = member_named(type_strip(type->members[i].type), name);
            if (found)
                return found;
        }
    }
    return NULL;
}

bool view_of_path(struct plan *plan, struct view root, const struct path *path,
                  struct view *result, const char **access)
{
    size_t i;

    *result = root;
    *access = "";
    for (i = 0; i < path->member_count; i++) {
        struct view structure = view_resolve(plan, *result);
        const struct member *member;

        if (structure.is_opaque ||
            (structure.type->kind != TYPE_STRUCT && structure.type->kind != TYPE_UNION))
            return false;
        member = member_named(structure.type, path->members[i]);
        if (!member)
            return false;
        *result = view_of_member(plan, structure, member);
        *access = arena_format(plan->arena, "%s%s%s", *access, i ? "." : "", path->members[i]);
    }
    return true;
}

bool view_of_key(struct plan *plan, const struct program *program, const char *key,
                 struct view *result, bool *has_state)
{
    const struct variable *variable = model_find_variable(program, key);
    const struct local *local = model_find_local(program, key);

    (void)plan;
    *has_state = !variable || variable->has_address;
    if (variable)
        *result = view_of_variable(program, variable);
    else if (local)
        *result = view_of_local(program, local);
    return variable || local;
}

bool offset_of_path(struct plan *plan, struct view root, const struct path *path,
                    uint64_t *offset)
{
    size_t i;

    *offset = 0;
    for (i = 0; i < path->member_count; i++) {
        struct view structure = view_resolve(plan, root);
        const struct flat_member *found;
        struct flat_list list;

        if (structure.is_opaque || structure.type->kind != TYPE_STRUCT)
            return false;
        list = flatten(plan, structure.type);
        found = find_flat(&list, path->members[i]);
        if (!found || found->member->bit_size)
            return false;
        *offset += found->offset;
        root = view_of_member(plan, structure, found->member);
    }
    return true;
}

struct pairing {
    struct building *at;
    struct view old_view, new_view;
    const struct place *old_places, *new_places;
    struct flat_list old_members, new_members;
};

/* The compiler knew its value at every use, so there is nothing in memory to take over. */
void warn_no_state(struct plan *plan, const struct path *path)
{
    report(plan->messages, SEVERITY_WARNING, plan->spec->source, path->span,
           "the compiler made '%s' a constant in %s: there is no value to take over", path->text,
           plan->old_program->path);
}

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

/* A member as rules write it. */
static const char *member_text(struct plan *plan, const struct place *places, struct view view,
                               const char *name)
{
    return arena_format(plan->arena, "%s.%s",
                        places ? place_text(plan, places) : view_name(plan, view), name);
}

/* The way back: the update dropped it, and nothing says what it is to be. */
static void refuse_lost(const struct pairing *pairing, const struct member *new)
{
    struct plan *plan = pairing->at->plan;
    const char *name = new->name ? member_text(plan, pairing->new_places, pairing->new_view, new->name)
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

/* Is the whole of what is around the member given to a rule's code?  A rename alone uses none of its
 * members: they are paired by their names. */
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

static void warn_of_dropped_members(const struct pairing *pairing, struct conversion *conversion)
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
        warn_of_dropped_members(&pairing, conversion);
    return conversion;
}
