/* conversions.c -- building the tree of what is to be done for one value.
 *
 * Everything that cannot be decided is reported here, with the path from a root, the place in the
 * application's source, and the shortest rule or annotation that would decide it.
 */
#include "conversions.h"

#include <string.h>

struct conversion *conversion_new(struct plan *plan, enum conversion_kind kind,
                                  struct view old_view, struct view new_view)
{
    struct conversion *conversion = arena_allocate(plan->arena, sizeof *conversion);

    conversion->kind = kind;
    conversion->old_view = old_view;
    conversion->new_view = new_view;
    return conversion;
}

struct conversion *undecided(struct building *at, struct view old_view, struct view new_view)
{
    struct conversion *conversion = conversion_new(at->plan, CONVERT_NOTHING, old_view, new_view);

    at->plan->failed = true;
    conversion->undecided = at->plan->messages->said;
    return conversion;
}

/* ---- The user's code ------------------------------------------------------------------------- */

const char *identifier_from(struct plan *plan, const char *text)
{
    char *copy = arena_copy_string(plan->arena, text), *c;

    for (c = copy; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')))
            *c = '_';
    return copy;
}

/* "rule_counter_line_12"; a rule that is used several times gets numbers. */
static const char *rule_function_name(struct plan *plan, const struct rule *rule)
{
    const char *name = arena_format(plan->arena, "%s_%s_line_%d",
                                    rule->kind == RULE_INIT ? "init"
                                    : rule->kind == RULE_DROP ? "drop" : "rule",
                                    identifier_from(plan, rule->new_path ? rule->new_path->text
                                                                         : rule->old_path->text),
                                    rule->block->line);
    const struct rule_function *other;

    for (other = plan->rule_functions; other; other = other->next)
        if (other->rule->block->line == rule->block->line && strcmp(other->name, name) == 0)
            return arena_format(plan->arena, "%s_%d", name, plan->serial++);
    return name;
}

struct conversion *conversion_from_rule(struct building *at, struct rule *rule,
                                        struct view old_view, struct view new_view)
{
    struct plan *plan = at->plan;
    struct conversion *conversion = conversion_new(plan, CONVERT_RULE, old_view, new_view);
    struct rule_function *function;

    conversion->changes = true;
    rule->used = true;
    function = arena_allocate(plan->arena, sizeof *function);
    function->rule = rule;
    function->name = rule_function_name(plan, rule);
    function->in = old_view;
    function->out = new_view;
    function->base = at->old_root;
    function->newbase = at->new_root;
    *plan->last_rule_function = function;
    plan->last_rule_function = &function->next;
    conversion->function = function;
    return conversion;
}

/* ---- Arrays ---------------------------------------------------------------------------------- */

static struct conversion *convert_array(struct building *at, struct view old_view,
                                        struct view new_view, const struct place *old_places,
                                        const struct place *new_places, struct source_place where)
{
    struct plan *plan = at->plan;
    struct conversion *conversion = conversion_new(plan, CONVERT_ARRAY, old_view, new_view);
    struct building inside = *at;

    conversion->is_checked = new_view.type->count < old_view.type->count &&
                             !new_view.type->is_flexible;
    if (conversion->is_checked && !plan->is_back) {
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' shrinks from %llu to %llu elements: some would be lost", at->path,
                  (unsigned long long)old_view.type->count,
                  (unsigned long long)new_view.type->count);
        advise_shorter_array(at, old_view.type, new_view.type);
        return undecided(at, old_view, new_view);
    }
    inside.path = arena_format(plan->arena, "%s[]", at->path);
    inside.in_element = true;
    if (view_annotation(old_view, ANNOTATION_TAGGED))
        inside.tag = view_annotation(old_view, ANNOTATION_TAGGED);
    conversion->length = view_annotation(old_view, ANNOTATION_ARRAY);
    conversion->path = at->path;
    conversion->subject = at->holder;
    conversion->where = where;
    conversion->element = conversion_build(&inside, view_target(plan, old_view),
                                           view_target(plan, new_view), old_places, new_places,
                                           where);
    conversion->changes = conversion->element->changes ||
                          old_view.type->count != new_view.type->count;
    return conversion;
}

/* ---- Structs and unions by value ------------------------------------------------------------- */

bool has_pointer(struct type *type)
{
    size_t i;

    type = type_strip(type);
    if (type->kind == TYPE_POINTER)
        return true;
    if (type->kind == TYPE_ARRAY)
        return has_pointer(type->target);
    if (type->kind == TYPE_STRUCT || type->kind == TYPE_UNION)
        for (i = 0; i < type->member_count; i++)
            if (has_pointer(type->members[i].type))
                return true;
    return false;
}

/* The same bits, as far as the old type goes: an array may have more elements now. */
static bool begins_alike(struct type *old_type, struct type *new_type)
{
    old_type = type_strip(old_type);
    new_type = type_strip(new_type);
    if (old_type->kind == TYPE_ARRAY && new_type->kind == TYPE_ARRAY)
        return old_type->count <= new_type->count &&
               same_representation(old_type->target, new_type->target);
    return same_representation(old_type, new_type);
}

/* Whichever member of the old union is live, its bits are right for its namesake. */
static bool bits_will_do(const struct type *old_union, const struct type *new_union)
{
    size_t i, j;

    if (old_union->size > new_union->size)
        return false;
    for (i = 0; i < old_union->member_count; i++) {
        const struct member *old = &old_union->members[i];

        for (j = 0; j < new_union->member_count; j++) {
            const struct member *new = &new_union->members[j];

            if (old->name && new->name && strcmp(old->name, new->name) == 0 &&
                old->bit_size == new->bit_size && begins_alike(old->type, new->type))
                break;
        }
        if (j == new_union->member_count)
            return false;
    }
    return true;
}

/* "m" of "m.x" is a member, or one of an unnamed member. */
static bool has_member(const struct type *type, const char *members)
{
    size_t length = strcspn(members, "."), i;

    for (i = 0; i < type->member_count; i++) {
        const struct member *member = &type->members[i];

        if (member->name ? strlen(member->name) == length &&
                               strncmp(member->name, members, length) == 0
                         : has_member(type_strip(member->type), members))
            return true;
    }
    return false;
}

/* Is there a rule about something inside?  An unnamed member of this type is at the places of the
 * struct around it, and only what is its own counts. */
static bool has_rules_inside(struct plan *plan, const struct place *new_places,
                             const struct type *type)
{
    const struct rule *rule;
    const struct place *place;

    for (place = new_places; place; place = place->next)
        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (rule->new_path->root == place->root && rule->new_path->member_count &&
                strcmp(rule->new_path->name, place->name) == 0) {
                const char *members = path_members(plan, rule->new_path);
                size_t length = strlen(place->members);

                if (length && (strncmp(members, place->members, length) != 0 ||
                               members[length] != '.'))
                    continue;
                if (has_member(type, members + length + (length > 0)))
                    return true;
            }
    return false;
}

/* Is there code for this type, or for one that it holds by value? */
static bool type_has_rules(struct plan *plan, struct type *old_type, struct type *new_type)
{
    const struct rule *rule = rule_for_type(plan, old_type, new_type);
    size_t i;

    if (rule && rule->kind == RULE_CONVERT)
        return true;
    old_type = type_strip(old_type);
    new_type = type_strip(new_type);
    if (old_type->kind != new_type->kind)
        return false;
    if (new_type->kind == TYPE_ARRAY)
        return type_has_rules(plan, old_type->target, new_type->target);
    if (new_type->kind != TYPE_STRUCT && new_type->kind != TYPE_UNION)
        return false;
    if (has_rules_inside(plan, places_of_structure(plan, plan->new_program, new_type),
                         new_type))
        return true;
    for (i = 0; i < old_type->member_count; i++) {
        const struct member *old = &old_type->members[i], *new = NULL;

        if (old->name)
            new = member_named(new_type, old->name);
        else if (i < new_type->member_count && !new_type->members[i].name)
            new = &new_type->members[i];
        if (new && type_has_rules(plan, old->type, new->type))
            return true;
    }
    return false;
}

struct conversion *convert_union(struct building *at, struct view old_view, struct view new_view,
                                 const struct place *old_places, const struct place *new_places,
                                 struct source_place where)
{
    struct plan *plan = at->plan;
    const struct annotation *tag = view_annotation(old_view, ANNOTATION_TAGGED);
    struct conversion *conversion;
    bool has_rules = has_rules_inside(plan, new_places, new_view.type) ||
                     type_has_rules(plan, old_view.type, new_view.type);

    if (!tag)
        tag = annotation_of_type(old_view.type, ANNOTATION_TAGGED);
    if (!tag)
        tag = at->tag;
    if (!has_pointer(old_view.type) && !has_rules &&
        (same_representation(old_view.type, new_view.type) ||
         (!tag && bits_will_do(old_view.type, new_view.type)))) {
        conversion = conversion_new(plan, CONVERT_COPY, old_view, new_view);
        conversion->changes = old_view.type->size != new_view.type->size;
        return conversion;
    }
    if (!tag) {
        if (!where.file) /* an unnamed member has no place, its type has */
            where = new_view.type->place;
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' is a union%s: which member is live is not known", at->path,
                  has_pointer(old_view.type) ? " with pointers in it"
                  : has_rules ? " with members that rules convert" : " that changes");
        report_help(plan->messages, "annotate it E_TAGGED(expression), whose value is the live "
                    "member's position counted from 0; or E_OPAQUE to copy the bits; or write a "
                    "rule for it");
        advise_stub(at);
        return undecided(at, old_view, new_view);
    }
    conversion = members_build(at, old_view, new_view, old_places, new_places);
    conversion->kind = CONVERT_TAGGED;
    conversion->length = tag;
    return conversion;
}

bool names_agree(const struct type *old_type, const struct type *new_type)
{
    if (!old_type->name || !new_type->name)
        return old_type->name == new_type->name || !old_type->name || !new_type->name;
    return strcmp(old_type->name, new_type->name) == 0;
}

/* A variable's own rules come before those about its type. */
static const struct place *with_type(struct plan *plan, const struct place *places,
                                     struct view view)
{
    const struct place *result = places_of_structure(plan, view.program, view.type);
    const struct place *place;

    for (place = places; place; place = place->next) {
        struct place *copy = arena_allocate(plan->arena, sizeof *copy);

        *copy = *place;
        copy->next = result;
        result = copy;
    }
    return result;
}

/* A union by value.  When rules speak of it by its type, it is what their paths and $base begin
 * at. */
static struct conversion *convert_union_inside(struct building *at, struct view old_view,
                                               struct view new_view,
                                               const struct place *old_places,
                                               const struct place *new_places,
                                               struct source_place where)
{
    struct plan *plan = at->plan;
    const struct place *own_places = places_of_structure(plan, new_view.program, new_view.type);
    struct building inside = *at;
    struct conversion *conversion;

    if (has_rules_inside(plan, new_places, new_view.type) ||
        !has_rules_inside(plan, own_places, new_view.type))
        return convert_union(at, old_view, new_view, old_places, new_places, where);
    inside.old_root = old_view;
    inside.new_root = new_view;
    conversion = convert_union(&inside, old_view, new_view,
                               places_of_structure(plan, old_view.program, old_view.type),
                               own_places, where);
    conversion->is_root = true;
    return conversion;
}

/* Is there a name that rules about the type could use? */
static bool has_name(struct plan *plan, struct view view)
{
    return view.type->name || places_of_structure(plan, view.program, view.type);
}

static struct conversion *convert_structure(struct building *at, struct view old_view,
                                            struct view new_view, const struct place *old_places,
                                            const struct place *new_places, bool renamed,
                                            struct source_place where)
{
    struct plan *plan = at->plan;
    struct conversion *conversion;

    if (!renamed && !names_agree(old_view.type, new_view.type)) {
        report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' changes from '%s' to '%s'", at->path, view_name(plan, old_view),
                  view_name(plan, new_view));
        advise_type_rename(plan, old_view.type, new_view.type);
        return undecided(at, old_view, new_view);
    }
    if (new_view.type->from_system && old_view.type->from_system && !old_view.container &&
        !new_view.container && old_view.type->size == new_view.type->size)
        return conversion_new(plan, CONVERT_COPY, old_view, new_view);
    if (old_view.type->kind == TYPE_UNION && !old_view.type->name)
        return convert_union_inside(at, old_view, new_view, old_places, new_places, where);
    if ((at->tag && new_view.type->kind == TYPE_UNION) ||
        view_annotation(old_view, ANNOTATION_TAGGED) ||
        annotation_of_type(old_view.type, ANNOTATION_TAGGED))
        return convert_union_inside(at, old_view, new_view, old_places, new_places, where);
    if (has_rules_inside(plan, new_places, new_view.type) ||
        drops_have_code_for(plan, old_places))
        return members_build(at, old_view, new_view, with_type(plan, old_places, old_view),
                             with_type(plan, new_places, new_view));
    if (!has_name(plan, old_view) && !has_name(plan, new_view))
        return members_build(at, old_view, new_view, old_places, new_places);
    conversion = conversion_new(plan, CONVERT_PAIR, old_view, new_view);
    conversion->pair = pair_get(at, old_view, new_view);
    conversion->path = at->path;
    conversion->where = where;
    return conversion;
}

/* ---- One value ------------------------------------------------------------------------------- */

struct conversion *opaque_copy(struct building *at, struct view old_view, struct view new_view,
                               struct source_place where)
{
    if (type_strip(old_view.type)->size == type_strip(new_view.type)->size)
        return conversion_new(at->plan, CONVERT_COPY, old_view, new_view);
    report_at(at->plan->messages, SEVERITY_ERROR, where.file, where.line,
              "'%s' is E_OPAQUE, but its size changes from %llu to %llu bytes",
              at->path, (unsigned long long)type_strip(old_view.type)->size,
              (unsigned long long)type_strip(new_view.type)->size);
    advise_stub(at);
    return undecided(at, old_view, new_view);
}

static bool is_number(const struct type *type)
{
    return type->kind == TYPE_BASE || type->kind == TYPE_ENUM;
}

struct conversion *conversion_build(struct building *around, struct view old_seen,
                                    struct view new_seen, const struct place *old_places,
                                    const struct place *new_places, struct source_place where)
{
    struct plan *plan = around->plan;
    struct building here = *around, *at = &here;
    struct view old_view, new_view;
    struct rule *rule = NULL;

    here.subject = advice_subject(around, old_places, new_places);
    if (here.subject) {
        here.around = here.subject;
        here.holder = around->around;
    }
    if (!old_seen.is_opaque && !new_seen.is_opaque)
        rule = rule_for_type(plan, old_seen.type, new_seen.type);
    if (rule && rule->kind == RULE_CONVERT) {
        struct building inside = *at;

        inside.old_root = old_seen;
        inside.new_root = new_seen;
        return conversion_from_rule(&inside, rule, old_seen, new_seen);
    }
    old_view = view_resolve(plan, old_seen);
    new_view = view_resolve(plan, new_seen);
    if (old_view.is_opaque || new_view.is_opaque)
        return conversion_new(plan, CONVERT_COPY, old_view, new_view);
    if (view_annotation(new_view, ANNOTATION_IGNORE) ||
        view_annotation(old_view, ANNOTATION_IGNORE))
        return conversion_new(plan, CONVERT_NOTHING, old_view, new_view);
    if (view_annotation(old_view, ANNOTATION_OPAQUE) ||
        view_annotation(new_view, ANNOTATION_OPAQUE) ||
        annotation_of_type(new_view.type, ANNOTATION_OPAQUE))
        return opaque_copy(at, old_view, new_view, where);
    if (!container_makes_sense(at, old_view) || !container_makes_sense(at, new_view))
        return undecided(at, old_view, new_view);
    if (is_number(old_view.type) && is_number(new_view.type))
        return convert_number(at, old_view, new_view, old_seen, new_seen, where);
    if (old_view.type->kind == new_view.type->kind)
        switch (new_view.type->kind) {
        case TYPE_POINTER:
            return convert_pointer(at, old_view, new_view, where);
        case TYPE_ARRAY:
            return convert_array(at, old_view, new_view, old_places, new_places, where);
        case TYPE_STRUCT:
        case TYPE_UNION:
            return convert_structure(at, old_view, new_view, old_places, new_places, rule != NULL,
                                     where);
        default:
            break;
        }
    report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
              "'%s' changes from '%s' to '%s': no conversion is known", at->path,
              view_name(plan, old_seen), view_name(plan, new_seen));
    advise_stub(at);
    return undecided(at, old_view, new_view);
}
