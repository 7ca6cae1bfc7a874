/* pairs.c -- the types that pointers lead to, old beside new, each once.
 *
 * Building one pair finds others; pairs_build goes on until there are no new ones.
 */
#include "conversions.h"

#include <stdlib.h>
#include <string.h>

static unsigned hash_text(const char *text)
{
    unsigned hash = 2166136261u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

/* "struct entry<struct object> *" as "struct_entry_of_struct_object_pointer". */
static const char *readable_identifier(struct plan *plan, const char *name)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    const char *identifier;

    if (!stream)
        abort();
    for (; *name; name++)
        if (*name == '*')
            fputs("pointer", stream);
        else if (*name == '<')
            fputs(" of ", stream);
        else if (*name == ',')
            fputs(" and", stream);
        else if (!strchr(">[]", *name))
            fputc(*name, stream);
    fclose(stream);
    identifier = identifier_from(plan, text);
    free(text);
    return identifier;
}

static const char *pair_identifier(struct plan *plan, struct view new_view)
{
    const char *name = readable_identifier(plan, view_name(plan, new_view));
    const struct pair *pair;

    for (pair = plan->pairs; pair; pair = pair->next)
        if (strcmp(pair->identifier, name) == 0)
            return arena_format(plan->arena, "%s_%d", name, plan->serial++);
    return name;
}

/* `rule`: what converts it by code because of the typedef that it is seen through, or NULL. */
static struct pair *pair_find_or_add(struct building *at, struct view old_view,
                                     struct view new_view, struct rule *rule)
{
    struct plan *plan = at->plan;
    const char *identity = arena_format(plan->arena, "%s -> %s%s%s", view_identity(plan, old_view),
                                        view_identity(plan, new_view), rule ? " by " : "",
                                        rule ? rule->new_path->text : "");
    struct pair **bucket = &plan->pair_buckets[hash_text(identity) % PAIR_BUCKETS];
    struct pair *pair;

    for (pair = *bucket; pair; pair = pair->bucket_next)
        if (strcmp(pair->identity, identity) == 0)
            return pair;
    pair = arena_allocate(plan->arena, sizeof *pair);
    pair->old_view = old_view;
    pair->new_view = new_view;
    pair->name = view_name(plan, old_view);
    pair->identifier = pair_identifier(plan, new_view);
    pair->reached_by = at->path;
    pair->layout_only = true;
    pair->rule = rule;
    pair->identity = identity;
    pair->bucket_next = *bucket;
    *bucket = pair;
    *plan->last_pair = pair;
    plan->last_pair = &pair->next;
    return pair;
}

struct pair *pair_get_by_rule(struct building *at, struct view old_view, struct view new_view,
                              struct rule *rule)
{
    struct pair *pair = pair_find_or_add(at, old_view, new_view, rule);

    if (pair->layout_only) {
        pair->layout_only = false;
        pair->reached_by = at->path;
    }
    return pair;
}

struct pair *pair_get(struct building *at, struct view old_view, struct view new_view)
{
    return pair_get_by_rule(at, old_view, new_view, NULL);
}

struct pair *pair_layout(struct building *at, struct view old_view, struct view new_view,
                         uint64_t *count)
{
    struct view old_resolved = view_resolve(at->plan, old_view);
    struct view new_resolved = view_resolve(at->plan, new_view);
    bool is_outermost = true;

    *count = 1;
    while (!old_resolved.is_opaque && !new_resolved.is_opaque &&
           old_resolved.type->kind == TYPE_ARRAY && new_resolved.type->kind == TYPE_ARRAY) {
        uint64_t old_count = old_resolved.type->count, new_count = new_resolved.type->count;

        if (!is_outermost && old_count != new_count)
            break; /* rows of another length are elements of their own */
        is_outermost = false;
        *count *= old_count < new_count ? old_count : new_count;
        old_resolved = view_resolve(at->plan, view_target(at->plan, old_resolved));
        new_resolved = view_resolve(at->plan, view_target(at->plan, new_resolved));
    }
    if (old_resolved.is_opaque || new_resolved.is_opaque ||
        old_resolved.type->kind != new_resolved.type->kind || !old_resolved.type->size ||
        !new_resolved.type->size)
        return NULL;
    return pair_find_or_add(at, old_resolved, new_resolved, NULL);
}

const struct place *places_of_structure(struct plan *plan, const struct program *program,
                                               struct type *type)
{
    const struct place *places = places_of_type(plan, type, NULL);
    size_t i;

    for (i = 0; i < program->type_count; i++)
        if (program->types[i]->kind == TYPE_TYPEDEF && type_strip(program->types[i]) == type)
            places = place_add(plan, ROOT_TYPEDEF, program->types[i]->name, places);
    return places;
}

/* E_CUSTOM behind the brace of a struct without a tag is kept with its typedef. */
static const struct annotation *custom_of(struct plan *plan, const struct type *type)
{
    const struct program *program = plan->new_program;
    const struct annotation *custom = annotation_of_type(type, ANNOTATION_CUSTOM);
    size_t i;

    for (i = 0; !custom && !type->name && i < program->type_count; i++)
        if (program->types[i]->kind == TYPE_TYPEDEF && type_strip(program->types[i]) == type)
            custom = annotation_of_type(program->types[i], ANNOTATION_CUSTOM);
    return custom;
}

static void pair_build(struct plan *plan, struct pair *pair)
{
    struct building at = {.plan = plan, .path = pair->reached_by, .old_root = pair->old_view,
                          .new_root = pair->new_view};
    struct type *old_type = pair->old_view.type, *new_type = pair->new_view.type;
    const struct place *old_places, *new_places;
    struct rule *rule;

    pair->is_built = true;
    if (pair->rule) {
        pair->conversion = conversion_from_rule(&at, pair->rule, pair->old_view, pair->new_view);
        return;
    }
    if ((old_type->kind != TYPE_STRUCT && old_type->kind != TYPE_UNION) ||
        old_type->kind != new_type->kind) {
        at.around = pair->around;
        pair->conversion = conversion_build(&at, pair->old_view, pair->new_view, NULL, NULL,
                                            new_type->place.file ? new_type->place : pair->where);
        return;
    }
    old_places = places_of_structure(plan, plan->old_program, old_type);
    new_places = places_of_structure(plan, plan->new_program, new_type);
    at.subject = at.around = advice_subject(&at, old_places, new_places);
    pair->custom = custom_of(plan, new_type);
    rule = rule_between(plan, old_places, new_places, true);
    if (rule) {
        pair->conversion = conversion_from_rule(&at, rule, pair->old_view, pair->new_view);
        return;
    }
    if (!names_agree(old_type, new_type) && !rule_for_type(plan, old_type, new_type)) {
        report_at(plan->messages, SEVERITY_ERROR, new_type->place.file, new_type->place.line,
                  "'%s' changes from '%s' to '%s'", pair->reached_by,
                  view_name(plan, pair->old_view), view_name(plan, pair->new_view));
        advise_type_rename(plan, old_type, new_type);
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
