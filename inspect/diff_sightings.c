/* diff_sightings.c -- where the plan converts structs, unions and enums: all conversions, flat. */
#include "diff.h"

static bool is_shown(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION || type->kind == TYPE_ENUM;
}

static void add(struct diff *diff, struct sightings *sightings,
                const struct conversion *conversion, const struct pair *pair, const char *path)
{
    struct type *old_type, *new_type;
    struct sighting *sighting;
    size_t i;

    if (!conversion->old_view.type || !conversion->new_view.type ||
        conversion->old_view.is_opaque || conversion->new_view.is_opaque)
        return;
    old_type = type_strip(conversion->old_view.type);
    new_type = type_strip(conversion->new_view.type);
    if (!is_shown(old_type) || old_type->kind != new_type->kind)
        return;
    for (i = 0; i < sightings->count; i++)
        if (sightings->items[i].old_type == old_type && sightings->items[i].new_type == new_type)
            return;
    sighting = diff_add(diff, &sightings->items, &sightings->count, &sightings->capacity,
                        sizeof *sighting);
    *sighting = (struct sighting){old_type, new_type, conversion, pair, path};
}

static void look_through(struct diff *diff, struct sightings *sightings,
                         const struct conversion *conversion, const char *path)
{
    size_t i;

    if (!conversion)
        return;
    if (conversion->kind != CONVERT_PAIR) /* the pair says more */
        add(diff, sightings, conversion, NULL, path);
    look_through(diff, sightings, conversion->element, path);
    for (i = 0; i < conversion->member_count; i++)
        look_through(diff, sightings, conversion->members[i].conversion, path);
}

void sightings_collect(struct diff *diff, struct sightings *sightings)
{
    const struct plan *plan = diff->plan;
    const struct pair *pair;
    size_t i;

    for (pair = plan->pairs; pair; pair = pair->next)
        if (!pair->layout_only && pair->conversion)
            add(diff, sightings, pair->conversion, pair, pair->reached_by);
    for (pair = plan->pairs; pair; pair = pair->next)
        if (!pair->layout_only)
            look_through(diff, sightings, pair->conversion, pair->reached_by);
    for (i = 0; i < plan->variable_count; i++)
        if (plan->variables[i].conversion && plan->variables[i].new_variable)
            look_through(diff, sightings, plan->variables[i].conversion,
                         plan->variables[i].new_variable->key);
    for (i = 0; i < plan->local_count; i++)
        look_through(diff, sightings, plan->locals[i].conversion, plan->locals[i].new_local->key);
}
