/* conversions_link.c -- pointers into the middle of items of intrusive lists and trees.
 *
 * What such a pointer leads to follows from its type and from that of the container's member:
 *
 *      struct list_head *      member is a struct list_head      the member itself
 *      void *, annotated       any                               the same
 *      struct hlist_node **    member is a struct hlist_node     the pointer of that type in it
 *      struct item **          member is a LIST_ENTRY(item)      the same
 *      struct item **          member is a struct item *         the member itself
 *      struct item *                                             the item: an ordinary pointer
 *
 * In the head of a list the same pointers lead to its items, or back to the head.
 */
#include "conversions.h"

#include <string.h>

/* Where in the container's member a pointer leads. */
enum lead {
    LEADS_ELSEWHERE,
    LEADS_TO_PLACE,
    LEADS_TO_ITEM,
    LEADS_TO_SEVERAL, /* pointers of its type */
};

/* One version of the pointer. */
struct side {
    struct view view;
    const struct container *container;
    bool is_direct; /* the annotation stands on the pointer itself */
    enum lead lead;
    uint64_t place_offset;   /* in the container's member */
    struct view place;       /* what is there */
    bool announces;
    uint64_t lead_offset;    /* in a head: from the place that links lead back to */
    uint64_t back_offset;    /* in an item: of the place of those links */
};

/* The pointers of a type in a struct: how many, and the last one. */
static unsigned count_pointers(struct type *structure, struct type *wanted,
                               const struct member **found)
{
    unsigned count = 0;
    size_t i;

    structure = type_strip(structure);
    for (i = 0; structure->kind == TYPE_STRUCT && i < structure->member_count; i++) {
        struct type *type = type_strip(structure->members[i].type);

        if (type->kind == TYPE_POINTER && same_type(type, wanted)) {
            *found = &structure->members[i];
            count++;
        }
        count += count_pointers(type, wanted, found);
    }
    return count;
}

/* The one pointer of this type in the link, as its offset in an item. */
static bool find_place(const struct container *container, struct type *wanted,
                       const struct member **member, uint64_t *offset)
{
    if (count_pointers(container->member->type, wanted, member) != 1 ||
        !offset_of_member(type_strip(container->member->type), *member, offset))
        return false;
    return true;
}

static void find_lead(struct plan *plan, struct side *side)
{
    struct view pointee = view_pointee(plan, side->view);
    struct type *link = type_strip(side->container->member->type), *type = pointee.type;
    const struct member *member;

    if (pointee.is_opaque)
        return;
    if ((type->kind == TYPE_VOID && side->is_direct) || same_type(type, link)) {
        side->lead = LEADS_TO_PLACE;
        side->place = view_of_member(plan, side->container->item, side->container->member);
    } else if (same_type(type, side->container->item.type)) {
        side->lead = LEADS_TO_ITEM;
    } else if (type->kind == TYPE_POINTER && link->kind == TYPE_STRUCT) {
        unsigned count = count_pointers(link, type, &member);

        if (count == 1 && find_place(side->container, type, &member, &side->place_offset)) {
            side->lead = LEADS_TO_PLACE;
            side->place = view_of_type(side->view.program, member->type);
        } else if (count > 1) {
            side->lead = LEADS_TO_SEVERAL;
        }
    }
}

/* Does some pointer of the link lead to pointers of this type? */
static bool is_led_back_to(struct type *link, struct type *pointer)
{
    size_t i;

    link = type_strip(link);
    for (i = 0; link->kind == TYPE_STRUCT && i < link->member_count; i++) {
        struct type *type = type_strip(link->members[i].type);

        if ((type->kind == TYPE_POINTER && same_type(type->target, pointer)) ||
            is_led_back_to(type, pointer))
            return true;
    }
    return false;
}

/* A pointer in a head: are the links of items able to lead to where it is? */
static void find_announced(struct side *side)
{
    struct type *link = type_strip(side->container->member->type);
    const struct member *back;
    uint64_t offset;

    if (!side->view.is_head || side->is_direct)
        return;
    if (side->view.holder && side->view.holder == link &&
        offset_of_member(side->view.holder, side->view.declared, &side->lead_offset)) {
        side->announces = true;
        side->back_offset = side->container->offset;
    } else if (is_led_back_to(link, side->view.type) &&
               find_place(side->container, side->view.type, &back, &offset)) {
        side->announces = true;
        side->lead_offset = 0;
        side->back_offset = side->container->offset + offset;
    }
}

static void look(struct plan *plan, struct side *side, struct view view)
{
    const struct bindings *bindings;
    const struct annotation *annotation =
        view_annotation_with(view, ANNOTATION_CONTAINER, &bindings);

    *side = (struct side){.view = view, .container = view.container,
                          .is_direct = annotation && !container_beyond(plan, view)};
    if (side->is_direct)
        side->container = container_of(plan, view.program, annotation, bindings);
    else if (annotation)
        side->container = NULL; /* it is about what lies beyond */
}

/* What only the other version says is taken to hold for this one as well. */
static bool complete(struct building *at, struct side *side, const struct side *other,
                     struct source_place where)
{
    struct plan *plan = at->plan;
    const struct annotation *annotation = other->container->annotation;
    bool is_old = side->view.program == plan->old_program;
    const char *wrong = "its type is a parameter";

    side->container = other->container;
    if (!other->container->item.type)
        return true; /* has been reported */
    if (!strchr(annotation->argument, '@'))
        side->container = container_like(plan, side->view.program, annotation, &wrong);
    if (side->container->item.type)
        return true;
    report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
              "'%s' is E_CONTAINER(%s) in the %s version only; in the %s one: %s", at->path,
              annotation->argument, is_old ? "new" : "old", is_old ? "old" : "new", wrong);
    report_help(plan->messages, "annotate it in the %s version too%s; or write a rule for it",
                is_old ? "old" : "new", is_old ? ", if it is not running yet" : "");
    return false;
}

static void refuse(struct building *at, const struct side *side, struct source_place where)
{
    struct plan *plan = at->plan;
    const struct annotation *annotation = side->container->annotation;
    struct type *link = side->container->member->type;

    report_at(plan->messages, SEVERITY_ERROR, where.file, where.line,
              "'%s' is E_CONTAINER(%s), whose member is '%s', but leads to '%s'", at->path,
              annotation->argument,
              view_name(plan, view_of_type(side->view.program, link)),
              view_name(plan, view_pointee(plan, side->view)));
    if (side->lead == LEADS_TO_ITEM)
        report_help(plan->messages, "it leads to the start of the item, as any pointer does: leave "
                    "the annotation out");
    else if (side->lead == LEADS_TO_SEVERAL)
        report_help(plan->messages, "there are several such members in it: name the one that is "
                    "meant, E_CONTAINER(type, member.next)");
    advise_stub(at);
}

static struct link_plan *link_add(struct plan *plan, struct link_plan wanted)
{
    struct link_plan *link;

    for (link = plan->links; link; link = link->next)
        if (link->item == wanted.item && link->place == wanted.place &&
            link->old_offset == wanted.old_offset && link->new_offset == wanted.new_offset &&
            link->is_head == wanted.is_head && link->announces == wanted.announces &&
            link->old_lead == wanted.old_lead && link->new_lead == wanted.new_lead &&
            link->back_offset == wanted.back_offset)
            return link;
    link = arena_allocate(plan->arena, sizeof *link);
    *link = wanted;
    link->number = plan->serial++;
    *plan->last_link = link;
    plan->last_link = &link->next;
    return link;
}

static struct link_plan *plan_link(struct building *at, const struct side *old,
                                   const struct side *new)
{
    struct link_plan link = {.old_container = old->container,
                             .is_head = old->view.is_head && !old->is_direct};
    struct building beyond = *at;
    uint64_t count;

    beyond.path = arena_format(at->plan->arena, "*%s", at->path);
    link.item = pair_get(&beyond, old->container->item, new->container->item);
    link.item->reached_single = true;
    link.place = link.item;
    if (old->lead == LEADS_TO_PLACE) {
        link.old_offset = old->container->offset + old->place_offset;
        link.new_offset = new->container->offset + new->place_offset;
        link.place = pair_layout(&beyond, old->place, new->place, &count);
        if (!link.place)
            link.place = link.item;
    }
    link.announces = link.is_head && old->announces && new->announces;
    if (link.announces) {
        link.old_lead = old->lead_offset;
        link.new_lead = new->lead_offset;
        link.back_offset = old->back_offset;
    }
    return link_add(at->plan, link);
}

/* ---- Where the annotation makes sense -------------------------------------------------------- */

static bool some_pointer_leads(struct plan *plan, struct view view)
{
    struct side side = {.view = view, .container = view.container};
    size_t i;

    if (view.is_opaque)
        return true;
    switch (view.type->kind) {
    case TYPE_POINTER:
        find_lead(plan, &side);
        return side.lead != LEADS_ELSEWHERE;
    case TYPE_ARRAY:
        return some_pointer_leads(plan, view_resolve(plan, view_target(plan, view)));
    case TYPE_STRUCT:
    case TYPE_UNION:
        for (i = 0; i < view.type->member_count; i++)
            if (some_pointer_leads(plan, view_resolve(plan, view_of_member(
                                             plan, view, &view.type->members[i]))))
                return true;
        return false;
    default:
        return false;
    }
}

static const char *member_name(struct plan *plan, const struct container *container)
{
    struct view link = view_of_type(container->program, container->member->type);

    return arena_format(plan->arena, "%s.%s ('%s')", view_name(plan, container->item),
                        container->member->name, view_name(plan, link));
}

bool container_makes_sense(struct building *at, struct view view)
{
    struct plan *plan = at->plan;
    const struct bindings *bindings;
    const struct annotation *annotation =
        view_annotation_with(view, ANNOTATION_CONTAINER, &bindings);
    const struct container *container;

    if (!annotation)
        return true;
    if (view.type->kind == TYPE_POINTER) {
        if (!container_beyond(plan, view))
            return true;
        view = view_resolve(plan, view_target(plan, view));
    }
    container = container_of(plan, view.program, annotation, bindings);
    if (!container->item.type)
        return true; /* has been reported */
    if (some_pointer_leads(plan, view))
        return true;
    report_at(plan->messages, SEVERITY_ERROR, annotation->place.file, annotation->place.line,
              "E_CONTAINER(%s) on '%s', which is '%s': no pointer in it leads to %s",
              annotation->argument, at->path, view_name(plan, view),
              member_name(plan, container));
    report_help(plan->messages, "it belongs on a link, on the head of a list, or behind the star "
                "of a pointer");
    return false;
}

/* ---- The way in ------------------------------------------------------------------------------ */

struct conversion *convert_link(struct building *at, struct view old_view, struct view new_view,
                                struct source_place where)
{
    struct plan *plan = at->plan;
    struct side old, new;
    struct conversion *conversion;

    look(plan, &old, old_view);
    look(plan, &new, new_view);
    if (!old.container && !new.container)
        return NULL;
    if (!(old.container ? old : new).container->annotation && !(old.container && new.container))
        return NULL; /* queue.h's names in one version only */
    if ((!old.container && !complete(at, &old, &new, where)) ||
        (!new.container && !complete(at, &new, &old, where)))
        return undecided(at, old_view, new_view);
    if (!old.container->item.type || !new.container->item.type)
        return undecided(at, old_view, new_view); /* has been reported */
    find_lead(plan, &old);
    find_lead(plan, &new);
    if ((old.is_direct && old.lead != LEADS_TO_PLACE) ||
        (new.is_direct && new.lead != LEADS_TO_PLACE)) {
        refuse(at, old.is_direct && old.lead != LEADS_TO_PLACE ? &old : &new, where);
        return undecided(at, old_view, new_view);
    }
    find_announced(&old);
    find_announced(&new);
    if (old.lead != new.lead || old.lead == LEADS_ELSEWHERE || old.lead == LEADS_TO_SEVERAL ||
        (old.lead == LEADS_TO_ITEM && !(old.announces && new.announces)))
        return NULL; /* something else that is in the link */
    conversion = conversion_new(plan, CONVERT_POINTER, old_view, new_view);
    conversion->link = plan_link(at, &old, &new);
    conversion->pair = conversion->link->item;
    conversion->path = at->path;
    conversion->where = where;
    return conversion;
}
