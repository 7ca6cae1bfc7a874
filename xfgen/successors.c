/* successors.c -- what may have become of a variable or member that is gone: a guess, by name and
 * type, which is proposed to the user and never acted upon. */
#include "conversions.h"

#include <stdlib.h>
#include <string.h>

static bool is_number(const struct type *type)
{
    return type->kind == TYPE_BASE || type->kind == TYPE_ENUM;
}

static bool same_kind(struct type *left, struct type *right)
{
    left = type_strip(left);
    right = type_strip(right);
    return left->kind == right->kind || (is_number(left) && is_number(right));
}

static bool same_declaration(const struct type *left, const struct type *right)
{
    char *left_text = type_to_string(left, ""), *right_text = type_to_string(right, "");
    bool same = strcmp(left_text, right_text) == 0;

    free(left_text);
    free(right_text);
    return same;
}

/* What is compared with a thing that is gone. */
struct candidate {
    const char *name;
    struct type *type;
    size_t index;       /* for the caller */
};

struct candidates {
    struct candidate *items;
    const char **names;
    size_t count;
};

static struct candidates candidates_new(struct plan *plan, size_t room)
{
    return (struct candidates){arena_allocate(plan->arena, (room + 1) * sizeof(struct candidate)),
                               arena_allocate(plan->arena, (room + 1) * sizeof(char *)), 0};
}

/* Only what has a type of the same kind. */
static void consider(struct candidates *candidates, struct type *old_type, const char *name,
                     struct type *type, size_t index)
{
    if (!same_kind(old_type, type))
        return;
    candidates->names[candidates->count] = name;
    candidates->items[candidates->count++] = (struct candidate){name, type, index};
}

enum { LIKE_BY_TYPE = 2, LIKE_BY_NAME = 4 };

/* The best one, and in *score how good it is: 1 for the kind alone. */
static const struct candidate *best_of(const struct candidates *candidates, const char *old_name,
                                       struct type *old_type, int *score)
{
    const char *nearest = did_you_mean(old_name, candidates->names, candidates->count);
    const struct candidate *best = NULL;
    size_t i;

    *score = 0;
    for (i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->items[i];
        bool has_name = strcmp(candidate->name, old_name) == 0 ||
                        (nearest && strcmp(candidate->name, nearest) == 0);
        int likeness = 1 + LIKE_BY_TYPE * same_declaration(old_type, candidate->type) +
                       LIKE_BY_NAME * has_name;

        if (likeness > *score) {
            best = candidate;
            *score = likeness;
        }
    }
    return best;
}

/* ---- Members --------------------------------------------------------------------------------- */

static bool is_orphan(const struct member_plan *member)
{
    return member->source == SOURCE_NONE && !member->conversion && member->new_member->name &&
           !member->is_proposed;
}

const char *member_successor(struct plan *plan, const struct conversion *conversion,
                             const struct member *old)
{
    struct candidates candidates = candidates_new(plan, conversion->member_count);
    const struct candidate *best;
    size_t i, orphans = 0;
    int score;

    for (i = 0; i < conversion->member_count; i++)
        if (is_orphan(&conversion->members[i])) {
            const struct member *new = conversion->members[i].new_member;

            orphans++;
            consider(&candidates, old->type, new->name, new->type, i);
        }
    best = best_of(&candidates, old->name, old->type, &score);
    if (!best || (score < LIKE_BY_TYPE && orphans > 1 && !is_number(type_strip(old->type))))
        return NULL;
    conversion->members[best->index].is_proposed = true;
    return best->name;
}

/* ---- Variables ------------------------------------------------------------------------------- */

static bool is_free(const struct plan *plan, size_t index)
{
    const struct variable *new = &plan->new_program->variables[index];

    return !plan->variables[index].old_variable && !plan->variables[index].conversion &&
           !plan->variables[index].is_proposed && new->has_address && !new->is_constant;
}

/* Many variables are numbers, or texts, or a library's: only the name tells which is which. */
static bool is_telling(struct type *type)
{
    for (type = type_strip(type); type->kind == TYPE_POINTER || type->kind == TYPE_ARRAY;
         type = type_strip(type->target))
        ;
    return (type->kind == TYPE_STRUCT || type->kind == TYPE_UNION) && !type->from_system;
}

static const char *variable_like(struct plan *plan, const struct variable *old)
{
    const struct program *program = plan->new_program;
    struct candidates candidates = candidates_new(plan, program->variable_count);
    const struct candidate *best;
    size_t i;
    int score;

    for (i = 0; i < program->variable_count; i++)
        if (is_free(plan, i))
            consider(&candidates, old->type, program->variables[i].name,
                     program->variables[i].type, i);
    best = best_of(&candidates, old->name, old->type, &score);
    if (!best || (score < LIKE_BY_NAME && (score < LIKE_BY_TYPE || !is_telling(old->type))))
        return NULL;
    plan->variables[best->index].is_proposed = true;
    return program->variables[best->index].key;
}

/* Not what the variable had before, which keeps its own value. */
static bool is_new_member(const struct plan *plan, size_t index, const char *name)
{
    const struct variable *before = plan->variables[index].old_variable;
    const struct type *structure = before ? type_strip(before->type) : NULL;
    size_t i;

    for (i = 0; structure && structure->kind == TYPE_STRUCT && i < structure->member_count; i++)
        if (structure->members[i].name && strcmp(structure->members[i].name, name) == 0)
            return false;
    return true;
}

/* May something of it take the value of a variable that is gone? */
static bool takes_members(const struct plan *plan, size_t index)
{
    const struct variable *new = &plan->new_program->variables[index];

    return new->has_address && !new->is_constant && !plan->variables[index].is_proposed;
}

/* clients -> server.clients */
static const char *member_like(struct plan *plan, const struct variable *old, size_t index)
{
    const struct variable *new = &plan->new_program->variables[index];
    const struct type *structure = type_strip(new->type);
    struct candidates candidates = candidates_new(plan, structure->member_count);
    const struct candidate *best;
    size_t i;
    int score;

    if (structure->kind != TYPE_STRUCT || structure->from_system)
        return NULL;
    for (i = 0; i < structure->member_count; i++)
        if (structure->members[i].name && is_new_member(plan, index, structure->members[i].name))
            consider(&candidates, old->type, structure->members[i].name,
                     structure->members[i].type, i);
    best = best_of(&candidates, old->name, old->type, &score);
    return best && score >= LIKE_BY_NAME
               ? arena_format(plan->arena, "%s.%s", new->key, best->name) : NULL;
}

const char *variable_successor(struct plan *plan, const struct variable *old)
{
    const char *found = variable_like(plan, old);
    size_t i;

    for (i = 0; !found && i < plan->new_program->variable_count; i++)
        if (takes_members(plan, i))
            found = member_like(plan, old, i);
    return found;
}
