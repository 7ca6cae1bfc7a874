/* containers.c -- what the pointers of intrusive lists and trees lead to: E_CONTAINER.
 *
 * The annotation stands on a pointer, on the link that is embedded in an item, or on the head of a
 * list.  In the latter two cases it is about all pointers inside, and one struct list_head becomes
 * many types: the link of an item, a head of such items, the link of another item.  So a container
 * is part of a view, as generic arguments are; it is entered with the struct that it stands on and
 * left behind the next pointer.
 *
 * Where nothing is said at a struct, two more things tell: that it is the very member that an
 * annotation elsewhere names; and the names of its members, when they are those of <sys/queue.h>,
 * whose macros leave no place to write anything.
 */
#include "match.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_structure_type(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION;
}

/* ---- Members at any depth -------------------------------------------------------------------- */

static unsigned count_places(struct type *type, const struct member *member, uint64_t base,
                             uint64_t *offset)
{
    unsigned count = 0;
    size_t i;

    type = type_strip(type);
    for (i = 0; is_structure_type(type) && i < type->member_count; i++) {
        uint64_t here = base + type->members[i].offset;

        if (&type->members[i] == member) {
            *offset = here;
            count++;
        }
        count += count_places(type->members[i].type, member, here, offset);
    }
    return count;
}

bool offset_of_member(struct type *type, const struct member *member, uint64_t *offset)
{
    return count_places(type, member, 0, offset) == 1;
}

/* As C names it: unnamed structs are looked through. */
static const struct member *find_named_member(struct type *type, const char *name)
{
    const struct member *found;
    size_t i;

    for (i = 0; is_structure_type(type) && i < type->member_count; i++) {
        if (type->members[i].name && strcmp(type->members[i].name, name) == 0)
            return &type->members[i];
        found = type->members[i].name
                    ? NULL : find_named_member(type_strip(type->members[i].type), name);
        if (found)
            return found;
    }
    return NULL;
}

/* ---- What an annotation names ---------------------------------------------------------------- */

static const char *trimmed(struct plan *plan, const char *start, const char *end)
{
    while (start < end && isspace((unsigned char)*start))
        start++;
    while (start < end && isspace((unsigned char)end[-1]))
        end--;
    return arena_format(plan->arena, "%.*s", (int)(end - start), start);
}

static const char *nearest_member(struct plan *plan, struct type *type, const char *name)
{
    const char **names = arena_allocate(plan->arena, (type->member_count + 1) * sizeof *names);
    const char *near;
    size_t i, count = 0;

    for (i = 0; i < type->member_count; i++)
        if (type->members[i].name)
            names[count++] = type->members[i].name;
    near = did_you_mean(name, names, count);
    return near ? arena_format(plan->arena, "; did you mean '%s'?", near) : "";
}

/* Follows the path io.link.  Reason: NULL when it leads to a member. */
static const char *find_link(struct plan *plan, struct container *container, const char *path)
{
    struct type *type = container->item.type;

    while (*path) {
        size_t length = strcspn(path, ".");
        const char *name = trimmed(plan, path, path + length);
        uint64_t offset;

        if (!is_structure_type(type))
            return arena_format(plan->arena, "'%s' is not in a struct", name);
        container->member = find_named_member(type, name);
        if (!container->member)
            return arena_format(plan->arena, "%s%s has no member '%s'%s",
                                type->kind == TYPE_STRUCT ? "struct " : "union ",
                                type->name ? type->name : "(unnamed)", name,
                                nearest_member(plan, type, name));
        if (container->member->bit_size || !offset_of_member(type, container->member, &offset))
            return arena_format(plan->arena, "'%s' is not one member", name);
        container->offset += offset;
        type = type_strip(container->member->type);
        path += length + (path[length] == '.');
    }
    if (type->kind == TYPE_ARRAY)
        return "the member is an array: links that are elements of an array are not known apart";
    return NULL;
}

static const char *find_item(struct plan *plan, struct container *container, const char *text)
{
    struct type_expression *expression = type_expression_parse(text);
    const char *unknown = NULL;

    if (!expression)
        return arena_format(plan->arena, "'%s' is not a type", text);
    if (!view_of_expression(plan, container->program, expression, container->bindings,
                            &container->item, &unknown)) {
        container->item.type = NULL;
        unknown = arena_format(plan->arena, "%s (of types that no code uses the compiler tells "
                               "nothing)", unknown);
    } else {
        container->item = view_resolve(plan, container->item);
    }
    type_expression_free(expression);
    if (!unknown && (container->item.is_opaque || !is_structure_type(container->item.type) ||
                     container->item.type->incomplete))
        unknown = arena_format(plan->arena, "'%s' is not a struct with members", text);
    return unknown;
}

static struct container *container_add(struct plan *plan, const struct program *program,
                                       const struct annotation *annotation,
                                       const struct bindings *bindings)
{
    struct container *container = arena_allocate(plan->arena, sizeof *container);

    container->program = program;
    container->annotation = annotation;
    container->bindings = bindings;
    container->next = plan->containers;
    plan->containers = container;
    return container;
}

/* Reason: NULL when all is well. */
static const char *container_fill(struct plan *plan, struct container *container)
{
    const char *argument = container->annotation->argument;
    const char *comma = strrchr(argument, ',');
    const char *path = comma ? trimmed(plan, comma + 1, argument + strlen(argument)) : "";
    const char *wrong;

    if (!*path)
        return "a type and its member are needed: E_CONTAINER(struct item, link)";
    wrong = find_item(plan, container, trimmed(plan, argument, comma));
    if (!wrong)
        wrong = find_link(plan, container, path);
    if (wrong)
        container->item.type = NULL;
    return wrong;
}

static struct container *container_find(struct plan *plan, const struct program *program,
                                        const struct annotation *annotation,
                                        const struct bindings *bindings)
{
    struct container *container;

    for (container = plan->containers; container; container = container->next)
        if (container->program == program && container->annotation == annotation &&
            container->bindings == bindings)
            return container;
    return NULL;
}

static struct container *container_look_up(struct plan *plan, const struct program *program,
                                           const struct annotation *annotation,
                                           const struct bindings *bindings)
{
    struct container *container = container_find(plan, program, annotation, bindings);

    if (!container) {
        container = container_add(plan, program, annotation, bindings);
        container->wrong = container_fill(plan, container);
    }
    return container;
}

const struct container *container_of(struct plan *plan, const struct program *program,
                                     const struct annotation *annotation,
                                     const struct bindings *bindings)
{
    struct container *container = container_look_up(plan, program, annotation, bindings);

    if (container->wrong && !container->is_reported) {
        container->is_reported = true;
        report_at(plan->messages, SEVERITY_ERROR, annotation->place.file, annotation->place.line,
                  "E_CONTAINER(%s): %s", annotation->argument, container->wrong);
        plan->failed = true;
    }
    return container;
}

const struct container *container_like(struct plan *plan, const struct program *program,
                                       const struct annotation *annotation, const char **wrong)
{
    const struct container *container = container_look_up(plan, program, annotation, NULL);

    *wrong = container->wrong;
    return container;
}

/* ---- All of a program ------------------------------------------------------------------------ */

/* Those that name nothing are left for when they matter, and reported then; those of generics mean
 * another type at each use. */
static void collect(struct plan *plan, const struct program *program,
                    const struct annotation *annotation)
{
    for (; annotation; annotation = annotation->next)
        if (annotation->kind == ANNOTATION_CONTAINER && !strchr(annotation->argument, '@')) {
            struct container *container = container_add(plan, program, annotation, NULL);

            if (container_fill(plan, container))
                plan->containers = container->next;
        }
}

static void collect_program(struct plan *plan, const struct program *program)
{
    size_t i, k;

    for (i = 0; i < program->type_count; i++) {
        const struct type *type = program->types[i];

        collect(plan, program, type->annotations);
        for (k = 0; type->kind != TYPE_FUNCTION && k < type->member_count; k++)
            collect(plan, program, type->members[k].annotations);
    }
    for (i = 0; i < program->variable_count; i++)
        collect(plan, program, program->variables[i].annotations);
    for (i = 0; i < program->local_count; i++)
        collect(plan, program, program->locals[i].annotations);
}

void containers_collect(struct plan *plan)
{
    collect_program(plan, plan->old_program);
    collect_program(plan, plan->new_program);
}

/* ---- <sys/queue.h> --------------------------------------------------------------------------- */

/* The structs whose links lead to pointers in items and heads; the others of queue.h are plain. */
static const struct {
    const char *head, *entry; /* their first members */
} queues[] = {{"lh_first", "le_next"}, {"tqh_first", "tqe_next"}, {"stqh_first", "stqe_next"}};

static bool begins_with(struct type *type, const char *name)
{
    return type->kind == TYPE_STRUCT && type->member_count && type->members[0].name &&
           strcmp(type->members[0].name, name) == 0 &&
           type_strip(type->members[0].type)->kind == TYPE_POINTER &&
           type_strip(type_strip(type->members[0].type)->target)->kind == TYPE_STRUCT;
}

static struct type *item_of_queue(struct type *queue)
{
    return type_strip(type_strip(queue->members[0].type)->target);
}

/* The members of an item that are entries of this kind: how many, and one of them. */
static unsigned find_entries(struct type *type, const struct type *item, const char *name,
                             const struct member **found)
{
    unsigned count = 0;
    size_t i;

    for (i = 0; is_structure_type(type) && i < type->member_count; i++) {
        struct type *inner = type_strip(type->members[i].type);

        if (begins_with(inner, name) && item_of_queue(inner) == item) {
            *found = &type->members[i];
            count++;
        }
        count += find_entries(inner, item, name, found);
    }
    return count;
}

static const struct container *queue_container(struct plan *plan, const struct program *program,
                                               struct type *item, const struct member *member)
{
    struct container *container;
    uint64_t offset;

    for (container = plan->containers; container; container = container->next)
        if (container->program == program && !container->annotation &&
            container->member == member)
            return container->item.type ? container : NULL;
    if (!offset_of_member(item, member, &offset))
        return NULL;
    container = container_add(plan, program, NULL, NULL);
    container->member = member;
    container->offset = offset;
    container->item = view_resolve(plan, view_of_type(program, item));
    return container;
}

static struct view enter_queue(struct plan *plan, struct view view)
{
    size_t i;

    for (i = 0; i < sizeof queues / sizeof queues[0]; i++) {
        const struct member *member = NULL;

        view.is_head = begins_with(view.type, queues[i].head);
        if (view.is_head && find_entries(item_of_queue(view.type), item_of_queue(view.type),
                                         queues[i].entry, &member) != 1)
            break; /* it may be the head of a list by any of them */
        if (!view.is_head && begins_with(view.type, queues[i].entry))
            member = view.declared;
        if (member) {
            view.container = queue_container(plan, view.program, item_of_queue(view.type), member);
            return view;
        }
    }
    view.is_head = false;
    return view;
}

bool is_queue_pointer(struct view pointer)
{
    size_t i;

    for (i = 0; pointer.holder && i < sizeof queues / sizeof queues[0]; i++)
        if ((begins_with(pointer.holder, queues[i].head) ||
             begins_with(pointer.holder, queues[i].entry)) && pointer.holder->member_count == 2)
            return pointer.declared == &pointer.holder->members[1];
    return false;
}

/* struct hlist_head *buckets E_PTRARRAY(n) E_CONTAINER(struct item, chain): the annotation is about
 * the heads.  A struct that is no link is a head; what there are several of is no link of an
 * item. */
const struct container *container_beyond(struct plan *plan, struct view pointer)
{
    const struct bindings *bindings;
    const struct annotation *annotation =
        view_annotation_with(pointer, ANNOTATION_CONTAINER, &bindings);
    const struct type *pointee = type_strip(pointer.type->target), *link;
    const struct container *container;

    if (!annotation || pointee->kind != TYPE_STRUCT)
        return NULL;
    container = container_of(plan, pointer.program, annotation, bindings);
    if (!container->item.type || pointee == container->item.type)
        return NULL;
    link = type_strip(container->member->type);
    if (link->kind != TYPE_STRUCT ||
        (pointee == link && !view_annotation(pointer, ANNOTATION_PTRARRAY)))
        return NULL;
    return container;
}

/* ---- The way in ------------------------------------------------------------------------------ */

struct view container_enter(struct plan *plan, struct view structure)
{
    const struct bindings *bindings;
    const struct annotation *annotation =
        view_annotation_with(structure, ANNOTATION_CONTAINER, &bindings);
    const struct container *container;

    if (!annotation) {
        annotation = annotation_of_type(structure.type, ANNOTATION_CONTAINER);
        bindings = NULL;
    }
    if (annotation) {
        structure.container = container_of(plan, structure.program, annotation, bindings);
        structure.is_head = structure.container->member != structure.declared;
        return structure;
    }
    if (structure.container)
        return structure;
    for (container = plan->containers; structure.declared && container;
         container = container->next)
        if (container->member == structure.declared && container->item.type) {
            structure.container = container;
            structure.is_head = false;
            return structure;
        }
    return enter_queue(plan, structure);
}
