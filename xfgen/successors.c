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

static bool is_near(const char *name, const char *candidate)
{
    return strcmp(name, candidate) == 0 || did_you_mean(name, &candidate, 1);
}

/* 0: not at all; 1: could be; more: rather. */
static int likeness(const char *old_name, struct type *old_type, const char *new_name,
                    struct type *new_type)
{
    if (!same_kind(old_type, new_type))
        return 0;
    return 1 + (is_number(type_strip(old_type)) ? 1 : 0) +
           2 * same_declaration(old_type, new_type) + 4 * is_near(old_name, new_name);
}

/* ---- Members --------------------------------------------------------------------------------- */

static bool is_orphan(const struct member_plan *member)
{
    return member->source == SOURCE_NONE && !member->conversion && member->new_member->name &&
           !member->is_proposed;
}

const char *member_successor(const struct conversion *conversion, const struct member *old)
{
    struct member_plan *best = NULL;
    int best_score = 0, score;
    size_t i, orphans = 0;

    for (i = 0; i < conversion->member_count; i++) {
        struct member_plan *member = &conversion->members[i];

        if (!is_orphan(member))
            continue;
        orphans++;
        score = likeness(old->name, old->type, member->new_member->name, member->new_member->type);
        if (score > best_score) {
            best = member;
            best_score = score;
        }
    }
    if (!best || (best_score < 2 && orphans > 1))
        return NULL;
    best->is_proposed = true;
    return best->new_member->name;
}

/* ---- Variables ------------------------------------------------------------------------------- */

static bool is_free(const struct plan *plan, size_t index)
{
    const struct variable *new = &plan->new_program->variables[index];

    return !plan->variables[index].old_variable && !plan->variables[index].conversion &&
           new->has_address && !new->is_constant;
}

/* clients -> server.clients */
static const char *member_of_new(struct plan *plan, const struct variable *old,
                                 const struct variable *new)
{
    const struct type *structure = type_strip(new->type);
    const struct member *best = NULL;
    int best_score = 4, score; /* the name is near */
    size_t i;

    for (i = 0; structure->kind == TYPE_STRUCT && i < structure->member_count; i++) {
        const struct member *member = &structure->members[i];

        score = member->name ? likeness(old->name, old->type, member->name, member->type) : 0;
        if (score > best_score) {
            best = member;
            best_score = score;
        }
    }
    return best ? arena_format(plan->arena, "%s.%s", new->key, best->name) : NULL;
}

const char *variable_successor(struct plan *plan, const struct variable *old)
{
    const struct program *new_program = plan->new_program;
    const char *best = NULL;
    int best_score = 2, score; /* as alike as two numbers is not enough */
    size_t i;

    for (i = 0; i < new_program->variable_count; i++) {
        const struct variable *new = &new_program->variables[i];

        if (!is_free(plan, i))
            continue;
        score = likeness(old->name, old->type, new->name, new->type);
        if (score < 5 && is_number(type_strip(old->type)))
            score = 0; /* numbers are alike by their names alone */
        if (score > best_score) {
            best = new->key;
            best_score = score;
        }
    }
    for (i = 0; best_score < 5 && i < new_program->variable_count; i++)
        if (is_free(plan, i) && member_of_new(plan, old, &new_program->variables[i])) {
            best = member_of_new(plan, old, &new_program->variables[i]);
            best_score = 5;
        }
    return best;
}
