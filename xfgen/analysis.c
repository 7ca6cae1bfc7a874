/* analysis.c -- what changes, what must be visited, what may lie inside something else.
 *
 * Three properties of pairs, each the least fixed point of a simple rule over the type graph:
 *
 *   changes   objects need new memory: the layout differs, a member changes by value, or code of
 *             the user runs on it
 *   visits    the object stays, but something in it must be looked at: a pointer to something
 *             that changes, is visited, or lies in the old version's image
 *   embedded  objects also occur inside objects that change, so a pointer to one may be a pointer
 *             into something that moves
 *
 * A type with none of the three is never walked, however much of the heap is made of it.
 */
#include "conversions.h"

#include <stdlib.h>
#include <string.h>

/* Types that occur, by value and at any depth, in something: bits for structs and unions, a list
 * for what has no identity of its own (base types, pointers). */
struct type_set {
    bool *by_id;
    size_t id_count;
    struct type **others;
    size_t other_count, other_room;
    uint64_t largest_unnamed; /* anything up to this size may occur without a name */
};

bool same_type(struct type *a, struct type *b)
{
    a = type_strip(a);
    b = type_strip(b);
    if (a->kind != b->kind || a->size != b->size)
        return false;
    switch (a->kind) {
    case TYPE_BASE:
    case TYPE_ENUM:
        return !a->name == !b->name && (!a->name || strcmp(a->name, b->name) == 0);
    case TYPE_STRUCT:
    case TYPE_UNION:
        return a == b;
    case TYPE_POINTER:
    case TYPE_ARRAY:
        return same_type(a->target, b->target);
    default:
        return true;
    }
}

static bool set_has(const struct type_set *set, struct type *type)
{
    size_t i;

    type = type_strip(type);
    if (type->size && type->size <= set->largest_unnamed)
        return true;
    if ((type->kind == TYPE_STRUCT || type->kind == TYPE_UNION) && type->id >= 0 &&
        (size_t)type->id < set->id_count)
        return set->by_id[type->id];
    for (i = 0; i < set->other_count; i++)
        if (same_type(set->others[i], type))
            return true;
    return false;
}

static void set_add(struct type_set *set, struct type *type)
{
    size_t i;

    type = type_strip(type);
    if (type->kind == TYPE_STRUCT || type->kind == TYPE_UNION) {
        if (type->id < 0 || (size_t)type->id >= set->id_count || set->by_id[type->id])
            return;
        set->by_id[type->id] = true;
        for (i = 0; i < type->member_count; i++)
            set_add(set, type->members[i].type);
        return;
    }
    if (set_has(set, type))
        return;
    if (set->other_count == set->other_room) {
        set->other_room = set->other_room ? set->other_room * 2 : 64;
        set->others = realloc(set->others, set->other_room * sizeof *set->others);
        if (!set->others)
            abort();
    }
    set->others[set->other_count++] = type;
    if (type->kind == TYPE_ARRAY)
        set_add(set, type->target);
}

static void set_start(struct type_set *set, const struct program *program)
{
    memset(set, 0, sizeof *set);
    set->id_count = program->type_count;
    set->by_id = calloc(set->id_count + 1, sizeof *set->by_id);
    if (!set->by_id)
        abort();
}

static void set_end(struct type_set *set)
{
    free(set->by_id);
    free(set->others);
}

/* ---- changes --------------------------------------------------------------------------------- */

static bool settle_changes(struct conversion *conversion)
{
    size_t i;

    if (!conversion)
        return false;
    switch (conversion->kind) {
    case CONVERT_PAIR:
        conversion->changes = conversion->pair->changes;
        break;
    case CONVERT_ARRAY:
        if (settle_changes(conversion->element))
            conversion->changes = true;
        break;
    case CONVERT_MEMBERS:
    case CONVERT_TAGGED:
        for (i = 0; i < conversion->member_count; i++)
            if (settle_changes(conversion->members[i].conversion))
                conversion->changes = true;
        break;
    default:
        break;
    }
    return conversion->changes;
}

/* ---- embedded -------------------------------------------------------------------------------- */

/* The element types of all arrays that occur in a type by value. */
static void add_array_elements(struct type_set *elements, struct type *type, int depth)
{
    size_t i;

    type = type_strip(type);
    if (type->kind == TYPE_ARRAY)
        set_add(elements, type->target);
    else if ((type->kind == TYPE_STRUCT || type->kind == TYPE_UNION) && depth < 16)
        for (i = 0; i < type->member_count; i++)
            add_array_elements(elements, type->members[i].type, depth + 1);
}

/* Whatever occurs inside of the type, members of members too: they need not be pairs. */
static void add_parts(struct type_set *parts, struct type *type, int depth)
{
    size_t i;

    type = type_strip(type);
    if (type->kind == TYPE_ARRAY) {
        set_add(parts, type->target);
        add_parts(parts, type->target, depth + 1);
    } else if ((type->kind == TYPE_STRUCT || type->kind == TYPE_UNION) && depth < 16) {
        for (i = 0; i < type->member_count; i++) {
            set_add(parts, type->members[i].type);
            add_parts(parts, type->members[i].type, depth + 1);
        }
    }
}

/* A pointer to one object may lead to a member of that type; one to several, which E_PTRARRAY says
 * it is, only to an array. */
static void settle_embedded(struct plan *plan)
{
    struct type_set inside, elements;
    struct link_plan *link;
    struct pair *pair;
    size_t i;

    set_start(&inside, plan->old_program);
    set_start(&elements, plan->old_program);
    for (pair = plan->pairs; pair; pair = pair->next) {
        struct type *type = type_strip(pair->old_view.type);

        if (!pair->changes || pair->layout_only)
            continue;
        add_array_elements(&elements, type, 0);
        add_parts(&inside, type, 0);
    }
    for (i = 0; i < inside.other_count; i++)
        if (inside.others[i]->kind == TYPE_BASE && inside.others[i]->size == 1)
            plan->characters_move = true;
    for (pair = plan->pairs; pair; pair = pair->next)
        pair->embedded = !pair->layout_only &&
                         ((pair->reached_single || !pair->reached_array
                               ? set_has(&inside, pair->old_view.type)
                               : set_has(&elements, pair->old_view.type)) ||
                          (pair->changes && pair->reached_array && pair->reached_single));
    for (link = plan->links; link; link = link->next)
        link->place_moves = set_has(&inside, link->place->old_view.type);
    set_end(&inside);
    set_end(&elements);
}

/* ---- visits ---------------------------------------------------------------------------------- */

static bool settle_visits(struct conversion *conversion, const struct type_set *image)
{
    size_t i;

    if (!conversion)
        return false;
    switch (conversion->kind) {
    case CONVERT_PAIR:
        conversion->visits = conversion->pair->visits || conversion->pair->changes;
        break;
    case CONVERT_ARRAY:
        conversion->visits = settle_visits(conversion->element, image);
        break;
    case CONVERT_MEMBERS:
    case CONVERT_TAGGED:
        for (i = 0; i < conversion->member_count; i++)
            if (settle_visits(conversion->members[i].conversion, image))
                conversion->visits = true;
        break;
    case CONVERT_POINTER:
        if (conversion->pair->changes || conversion->pair->visits || conversion->pair->embedded ||
            set_has(image, conversion->pair->old_view.type) ||
            (conversion->link && (conversion->link->place_moves ||
                                  conversion->link->old_offset != conversion->link->new_offset ||
                                  set_has(image, conversion->link->place->old_view.type))))
            conversion->visits = true;
        break;
    case CONVERT_STRING:
    case CONVERT_WIDE_STRING:
    case CONVERT_FUNCTION:
        conversion->visits = true;
        break;
    case CONVERT_KEEP:
        conversion->visits = set_has(image, conversion->old_view.type->target);
        break;
    default:
        break;
    }
    return conversion->visits;
}

/* What is visited where it is must not be visited twice, as a part of something and by a pointer of
 * its own: the second time it holds new addresses.  And a pointer to one of an array's elements may
 * be one to its end, where there is nothing to look into. */
static void settle_visited_parts(struct plan *plan)
{
    struct type_set inside;
    struct pair *pair;

    set_start(&inside, plan->old_program);
    for (pair = plan->pairs; pair; pair = pair->next)
        if (!pair->layout_only && pair->visits)
            add_parts(&inside, pair->old_view.type, 0);
    for (pair = plan->pairs; pair; pair = pair->next)
        if (pair->visits && pair->reached_single &&
            (pair->reached_array || set_has(&inside, pair->old_view.type)))
            pair->embedded = true;
    set_end(&inside);
}

/* Everything of the old version that has an address of its own to point at. */
static void collect_image(struct plan *plan, struct type_set *image)
{
    size_t i;

    set_start(image, plan->old_program);
    for (i = 0; i < plan->old_program->variable_count; i++)
        if (plan->old_program->variables[i].has_address)
            set_add(image, plan->old_program->variables[i].type);
    for (i = 0; i < plan->old_program->local_count; i++)
        if (plan->old_program->locals[i].is_noted)
            set_add(image, plan->old_program->locals[i].type);
    image->largest_unnamed = plan->old_program->largest_unnamed;
}

/* ---- Pointers to pointers -------------------------------------------------------------------- */

/* A heap array of pointers that is taken for one pointer keeps all but the first as they are,
 * leading to objects that have moved.  Where that matters it has to be said. */
static void check_pointer(struct plan *plan, struct conversion *conversion)
{
    const struct conversion *beyond = conversion->pair->conversion;
    const char *path = conversion->path;

    if (conversion->length || conversion->says_single || conversion->link || !beyond ||
        (beyond->kind != CONVERT_FUNCTION &&
         (beyond->kind != CONVERT_POINTER || !beyond->pair->changes)))
        return;
    report_at(plan->messages, SEVERITY_ERROR, conversion->where.file, conversion->where.line,
              "'%s' leads to one pointer or to many: all of them have to follow what changes",
              path);
    report_help(plan->messages, "annotate it, in the old version too: E_PTRARRAY(length) when it "
                "leads to many, E_PTR when it leads to one; or write a rule for it");
    advise_single_pointer(plan, conversion);
    advise_many_pointers(plan, conversion);
    conversion->undecided = plan->messages->said;
    plan->failed = true;
}

/* The size of a block says how many elements fit, not how many are there: behind the last there may
 * be anything, and it must not be followed. */
static void check_flexible_array(struct plan *plan, struct conversion *conversion)
{
    const struct conversion *element = conversion->element;

    if (!conversion->old_view.type->is_flexible || conversion->length || !element ||
        !(element->visits || (element->changes && has_pointer(element->old_view.type))))
        return;
    report_at(plan->messages, SEVERITY_ERROR, conversion->where.file, conversion->where.line,
              "'%s' holds pointers, and how many elements it has is not known", conversion->path);
    report_help(plan->messages, "annotate it, in the old version too: E_ARRAY(self.count); or "
                "write a rule for the struct it ends");
    advise_stub(&(struct building){.plan = plan, .subject = conversion->subject});
    conversion->undecided = plan->messages->said;
    plan->failed = true;
}

static void check_conversion(struct plan *plan, struct conversion *conversion)
{
    size_t i;

    if (!conversion)
        return;
    if (conversion->kind == CONVERT_ARRAY)
        check_flexible_array(plan, conversion);
    if (conversion->kind == CONVERT_POINTER)
        check_pointer(plan, conversion);
    if (conversion->kind == CONVERT_PAIR)
        check_link(plan, conversion);
    check_conversion(plan, conversion->element);
    for (i = 0; i < conversion->member_count; i++)
        check_conversion(plan, conversion->members[i].conversion);
}

void check_pointers_to_pointers(struct plan *plan)
{
    const struct pair *pair;
    size_t i;

    for (pair = plan->pairs; pair; pair = pair->next) {
        check_conversion(plan, pair->conversion);
        check_invoked_link(plan, pair);
    }
    for (i = 0; i < plan->variable_count; i++)
        check_conversion(plan, plan->variables[i].conversion);
    for (i = 0; i < plan->local_count; i++)
        check_conversion(plan, plan->locals[i].conversion);
}

void analyse(struct plan *plan)
{
    struct type_set image;
    struct pair *pair;
    bool again;
    size_t i;

    do {
        again = false;
        for (pair = plan->pairs; pair; pair = pair->next)
            if (!pair->changes && settle_changes(pair->conversion))
                pair->changes = again = true;
    } while (again);
    for (pair = plan->pairs; pair; pair = pair->next)
        settle_changes(pair->conversion); /* parts settled before what they refer to was */
    settle_embedded(plan);
    links_settle_heads(plan);
    collect_image(plan, &image);
    do {
        again = false;
        for (pair = plan->pairs; pair; pair = pair->next)
            if (!pair->visits && settle_visits(pair->conversion, &image))
                pair->visits = again = true;
    } while (again);
    settle_visited_parts(plan);
    for (pair = plan->pairs; pair; pair = pair->next)
        settle_visits(pair->conversion, &image);
    for (i = 0; i < plan->variable_count; i++) {
        settle_changes(plan->variables[i].conversion);
        settle_visits(plan->variables[i].conversion, &image);
    }
    for (i = 0; i < plan->local_count; i++) {
        settle_changes(plan->locals[i].conversion);
        settle_visits(plan->locals[i].conversion, &image);
    }
    set_end(&image);
}
