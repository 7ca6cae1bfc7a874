/* flat_members.c -- members by their names, and by the paths of rules.  See flat_members.h. */
#include "flat_members.h"

#include <string.h>

#include "conversions.h"

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

struct flat_list flatten(struct plan *plan, struct type *type)
{
    struct flat_list list = {NULL, 0};

    if (!type)
        return list;
    list.members = arena_allocate(plan->arena, (count_flat(type) + 1) * sizeof *list.members);
    fill_flat(type, 0, &list);
    return list;
}

const struct flat_member *find_flat(const struct flat_list *list, const char *name)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (list->members[i].member->name && strcmp(list->members[i].member->name, name) == 0)
            return &list->members[i];
    return NULL;
}

size_t unnamed_position(const struct flat_list *list, size_t index)
{
    size_t i, position = 0;

    for (i = 0; i < index; i++)
        position += !list->members[i].member->name;
    return position;
}

const struct flat_member *find_unnamed(const struct flat_list *list, size_t position)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (!list->members[i].member->name && position-- == 0)
            return &list->members[i];
    return NULL;
}

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

/* The compiler knew its value at every use, so there is nothing in memory to take over. */
void warn_no_state(struct plan *plan, const struct path *path)
{
    report(plan->messages, SEVERITY_WARNING, plan->spec->source, path->span,
           "the compiler made '%s' a constant in %s: there is no value to take over", path->text,
           plan->old_program->path);
}
