/* pairs.c -- the types that pointers lead to, old beside new, each once.
 *
 * Building one pair finds others; pairs_build goes on until there are no new ones.
 */
#include "conversions.h"

#include <string.h>

static unsigned hash_text(const char *text)
{
    unsigned hash = 2166136261u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static struct pair *pair_find(struct plan *plan, struct view old_view, struct view new_view,
                              unsigned *bucket)
{
    const char *old_identity = view_identity(plan, old_view);
    const char *new_identity = view_identity(plan, new_view);
    struct pair *pair;

    *bucket = (hash_text(old_identity) * 31 + hash_text(new_identity)) % 1024;
    for (pair = plan->pair_buckets[*bucket]; pair; pair = pair->bucket_next)
        if (strcmp(view_identity(plan, pair->old_view), old_identity) == 0 &&
            strcmp(view_identity(plan, pair->new_view), new_identity) == 0)
            return pair;
    return NULL;
}

static const char *pair_identifier(struct plan *plan, struct view new_view)
{
    const char *name = identifier_from(plan, view_name(plan, new_view));
    const struct pair *pair;

    for (pair = plan->pairs; pair; pair = pair->next)
        if (strcmp(pair->identifier, name) == 0)
            return arena_format(plan->arena, "%s_%d", name, plan->pair_count++);
    return name;
}

static struct pair *pair_find_or_add(struct building *at, struct view old_view,
                                     struct view new_view)
{
    struct plan *plan = at->plan;
    unsigned bucket;
    struct pair *pair = pair_find(plan, old_view, new_view, &bucket);

    if (pair)
        return pair;
    pair = arena_allocate(plan->arena, sizeof *pair);
    memset(pair, 0, sizeof *pair);
    pair->old_view = old_view;
    pair->new_view = new_view;
    pair->name = view_name(plan, old_view);
    pair->identifier = pair_identifier(plan, new_view);
    pair->reached_by = at->path;
    pair->layout_only = true;
    pair->bucket_next = plan->pair_buckets[bucket];
    plan->pair_buckets[bucket] = pair;
    *plan->last_pair = pair;
    plan->last_pair = &pair->next;
    plan->pair_count++;
    return pair;
}

struct pair *pair_get(struct building *at, struct view old_view, struct view new_view)
{
    struct pair *pair = pair_find_or_add(at, old_view, new_view);

    if (pair->layout_only) {
        pair->layout_only = false;
        pair->reached_by = at->path;
    }
    return pair;
}

struct pair *pair_layout(struct building *at, struct view old_view, struct view new_view,
                         uint64_t *count)
{
    struct view old_resolved = view_resolve(at->plan, old_view);
    struct view new_resolved = view_resolve(at->plan, new_view);

    *count = 1;
    while (!old_resolved.is_opaque && !new_resolved.is_opaque &&
           old_resolved.type->kind == TYPE_ARRAY && new_resolved.type->kind == TYPE_ARRAY) {
        uint64_t smaller = old_resolved.type->count < new_resolved.type->count
                               ? old_resolved.type->count : new_resolved.type->count;

        *count *= smaller;
        old_resolved = view_resolve(at->plan, view_target(at->plan, old_resolved));
        new_resolved = view_resolve(at->plan, view_target(at->plan, new_resolved));
    }
    if (old_resolved.is_opaque || new_resolved.is_opaque ||
        old_resolved.type->kind != new_resolved.type->kind || !old_resolved.type->size ||
        !new_resolved.type->size)
        return NULL;
    if (old_resolved.type->kind != TYPE_STRUCT && old_resolved.type->kind != TYPE_UNION &&
        old_resolved.type->size != new_resolved.type->size)
        return NULL;
    return pair_find_or_add(at, old_resolved, new_resolved);
}

/* Every root by which rules may name a struct: its tag and all typedefs of it. */
static const struct place *places_of_structure(struct plan *plan, const struct program *program,
                                               struct type *type)
{
    const struct place *places = places_of_type(plan, type, NULL);
    size_t i;

    for (i = 0; i < program->type_count; i++)
        if (program->types[i]->kind == TYPE_TYPEDEF && type_strip(program->types[i]) == type)
            places = place_add(plan, ROOT_TYPEDEF, program->types[i]->name, places);
    return places;
}

/* A type rule may name the struct by any of its typedefs. */
static struct rule *rule_for_structure(struct plan *plan, const struct place *old_places,
                                       const struct place *new_places)
{
    const struct place *old_place, *new_place;
    struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->kind == RULE_CONVERT)
            for (new_place = new_places; new_place; new_place = new_place->next)
                for (old_place = old_places; old_place; old_place = old_place->next)
                    if (path_is(rule->new_path, new_place->root, new_place->name, "") &&
                        path_is(rule->old_path, old_place->root, old_place->name, ""))
                        return rule;
    return NULL;
}

static void pair_build(struct plan *plan, struct pair *pair)
{
    struct building at = {plan, pair->reached_by, pair->old_view, pair->new_view};
    struct type *old_type = pair->old_view.type, *new_type = pair->new_view.type;
    const struct place *old_places, *new_places;
    struct rule *rule;

    pair->is_built = true;
    if ((old_type->kind != TYPE_STRUCT && old_type->kind != TYPE_UNION) ||
        old_type->kind != new_type->kind) {
        pair->conversion = conversion_build(&at, pair->old_view, pair->new_view, NULL, NULL,
                                            new_type->place);
        return;
    }
    old_places = places_of_structure(plan, plan->old_program, old_type);
    new_places = places_of_structure(plan, plan->new_program, new_type);
    pair->custom = annotation_of_type(new_type, ANNOTATION_CUSTOM);
    rule = rule_for_structure(plan, old_places, new_places);
    if (rule) {
        pair->conversion = conversion_from_rule(&at, rule, pair->old_view, pair->new_view);
        return;
    }
    if (!names_agree(old_type, new_type) && !rule_for_type(plan, old_type, new_type)) {
        report_at(plan->messages, SEVERITY_ERROR, new_type->place.file, new_type->place.line,
                  "'%s' changes from '%s' to '%s'", pair->reached_by,
                  view_name(plan, pair->old_view), view_name(plan, pair->new_view));
        report_help(plan->messages, "when it is the same type under a new name, write: %s -> %s",
                    view_name(plan, pair->old_view), view_name(plan, pair->new_view));
        pair->conversion = undecided(&at, pair->old_view, pair->new_view);
        return;
    }
    if (annotation_of_type(new_type, ANNOTATION_OPAQUE))
        pair->conversion = opaque_copy(&at, pair->old_view, pair->new_view, new_type->place);
    else if (old_type->kind == TYPE_UNION)
        pair->conversion = convert_union(&at, pair->old_view, pair->new_view, old_places,
                                         new_places, new_type->place);
    else
        pair->conversion = members_build(&at, pair->old_view, pair->new_view, old_places,
                                         new_places);
}

void pairs_build(struct plan *plan)
{
    struct pair *pair;
    bool again = true;

    while (again) { /* building one finds others */
        again = false;
        for (pair = plan->pairs; pair; pair = pair->next)
            if (!pair->is_built && !pair->layout_only) {
                pair_build(plan, pair);
                again = true;
            }
    }
}
