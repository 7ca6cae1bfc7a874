/* analysis_links.c -- intrusive lists: where their heads may be, and links that nobody declared.
 *
 * A link leads to an item or to a head.  When no object on the heap can be or hold a head, whatever
 * it leads to on the heap is an item, and the runtime need not find out.  This is judged by types
 * alone, so that it holds for heads without annotation too.
 */
#include "conversions.h"

static bool is_link_place(const struct plan *plan, const struct type *item, uint64_t offset)
{
    const struct link_plan *link;

    for (link = plan->links; link; link = link->next)
        if (!link->is_head && link->old_offset == offset && link->item->old_view.type == item)
            return true;
    return false;
}

/* Does the type hold such a place elsewhere than in its links? */
static bool holds_place(const struct plan *plan, const struct type *outermost, struct type *type,
                        uint64_t offset, struct type *place)
{
    size_t i;

    type = type_strip(type);
    if (same_type(type, place) && !is_link_place(plan, outermost, offset))
        return true;
    if (type->kind == TYPE_ARRAY)
        return holds_place(plan, NULL, type->target, offset, place);
    for (i = 0; (type->kind == TYPE_STRUCT || type->kind == TYPE_UNION) && i < type->member_count;
         i++)
        if (holds_place(plan, outermost, type->members[i].type, offset + type->members[i].offset,
                        place))
            return true;
    return false;
}

void links_settle_heads(struct plan *plan)
{
    struct link_plan *link;
    const struct pair *pair;

    for (link = plan->links; link; link = link->next)
        for (pair = plan->pairs; pair && !link->is_head && !link->heads_on_heap; pair = pair->next)
            link->heads_on_heap = (pair->reached_single || pair->reached_array) &&
                                  holds_place(plan, pair->old_view.type, pair->old_view.type, 0,
                                              link->place->old_view.type);
}

/* ---- Links without a word -------------------------------------------------------------------- */

/* Nothing but pointers to its own kind: it carries no data, so it is a part of what does. */
static bool is_bare_link(const struct type *type)
{
    size_t i;

    for (i = 0; type->kind == TYPE_STRUCT && type->name && i < type->member_count; i++) {
        const struct type *member = type_strip(type->members[i].type);

        if (member->kind != TYPE_POINTER)
            return false;
        member = type_strip(member->target);
        if (member->kind == TYPE_POINTER)
            member = type_strip(member->target);
        if (member != type)
            return false;
    }
    return type->kind == TYPE_STRUCT && type->name && type->member_count;
}

/* What such a link may be part of: as some annotation says, or as some struct has one. */
static const char *find_example(struct plan *plan, const struct type *link)
{
    const struct container *container;
    size_t i, k;

    for (container = plan->containers; container; container = container->next)
        if (container->item.type && container->annotation &&
            type_strip(container->member->type) == link)
            return container->annotation->argument;
    for (i = 0; i < plan->new_program->type_count; i++) {
        const struct type *type = plan->new_program->types[i];

        for (k = 0; type->kind == TYPE_STRUCT && type->name && k < type->member_count; k++)
            if (type_strip(type->members[k].type) == link && type->members[k].name)
                return arena_format(plan->arena, "struct %s, %s", type->name,
                                    type->members[k].name);
    }
    return "type, member";
}

/* In a rule's code nothing says what it is part of. */
void check_invoked_link(struct plan *plan, const struct pair *pair)
{
    if (!pair->is_invoked || !is_bare_link(pair->new_view.type) ||
        !(pair->changes || pair->visits || pair->embedded))
        return;
    report_at(plan->messages, SEVERITY_ERROR, pair->new_view.type->place.file,
              pair->new_view.type->place.line,
              "a rule converts a '%s' by $xform: what the pointers in it lead to is not known "
              "there",
              view_name(plan, pair->new_view));
    report_help(plan->messages, "leave the member to E_CONTAINER: write rules for the other "
                "members instead of one for the whole struct");
    plan->failed = true;
}

void check_link(struct plan *plan, struct conversion *conversion)
{
    const struct pair *pair = conversion->pair;
    const struct type *link = pair->new_view.type;
    const struct container *container;

    for (container = plan->containers; container; container = container->next)
        if (container->wrong)
            return; /* perhaps it speaks of this one */
    if (pair->old_view.container || pair->new_view.container || !is_bare_link(link) ||
        !(pair->changes || pair->visits || pair->embedded))
        return;
    report_at(plan->messages, SEVERITY_ERROR, conversion->where.file, conversion->where.line,
              "'%s' is a '%s': what the pointers in it lead to is not known", conversion->path,
              view_name(plan, pair->new_view));
    report_help(plan->messages, "annotate it with the type and the member that they lead to: "
                "E_CONTAINER(%s)", find_example(plan, link));
    conversion->undecided = plan->messages->said;
    plan->failed = true;
}
