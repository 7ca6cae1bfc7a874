/* types_file_check.c -- what must hold between the parts of a program that was read from a
 * companion file, so that whoever follows types comes to an end.
 *
 * The reader has seen to it that a derived type comes after what it is derived from; so circles go
 * through members.  A circle through a pointer is what C programs are made of; a struct that
 * contains itself by value, at any distance, has no size.
 */
#include "types_file_format.h"

#include <stdlib.h>
#include <string.h>

/* ---- One type ------------------------------------------------------------------------------ */

static const char *check_name(const struct type *type)
{
    const struct type *next = type->same_name_next;

    if (!type->name && (type->kind == TYPE_TYPEDEF || type->kind == TYPE_BASE))
        return "a base type or a typedef has no name";
    if (next && (next->id <= type->id || next->kind != type->kind || !next->name || !type->name ||
                 strcmp(next->name, type->name) != 0))
        return "a type's namesake is none";
    return NULL;
}

static const char *check_layout(const struct type *type)
{
    uint64_t size;

    if (type->alignment == 0 || type->alignment & (type->alignment - 1))
        return "an alignment is not a power of two";
    if (type->kind == TYPE_ARRAY &&
        (__builtin_mul_overflow(type->target->size, type->count, &size) ||
         size != type->size))
        return "an array's size is not that of its elements";
    if ((type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED) &&
        (type->size != type->target->size || type->incomplete != type->target->incomplete))
        return "another name for a type has not that type's size";
    return NULL;
}

/* ---- Chains -------------------------------------------------------------------------------- */

/* How many steps away from a type what it is derived from is. */
static unsigned derivation_depth(const struct type *type, const unsigned *depths)
{
    unsigned depth = 0;
    size_t i;

    if (!type->target)
        return 0;
    depth = depths[type->target->id];
    for (i = 0; type->kind == TYPE_FUNCTION && i < type->member_count; i++)
        if (depths[type->members[i].type->id] > depth)
            depth = depths[type->members[i].type->id];
    return depth + 1;
}

static const char *check_derivations(const struct program *program, unsigned *depths)
{
    size_t i;

    for (i = 0; i < program->type_count; i++) {
        depths[i] = derivation_depth(program->types[i], depths);
        if (depths[i] > TYPE_DEPTH_LIMIT)
            return "a chain of types is too long";
    }
    return NULL;
}

/* ---- Structs in structs -------------------------------------------------------------------- */

/* The struct or union whose bytes an object of the type has in it, or NULL. */
static const struct type *contained(const struct type *type)
{
    while (type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED || type->kind == TYPE_ARRAY)
        type = type->target;
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION ? type : NULL;
}

enum visit { NOT_VISITED, BEING_VISITED, VISITED };

struct visits {
    enum visit *states;  /* by type id */
    unsigned *heights;   /* by type id: how deep structs are nested in it */
    struct step {
        const struct type *type;
        size_t next_member;
    } path[TYPE_DEPTH_LIMIT];
    size_t depth;
};

/* Down from one struct, along a path that is never longer than the limit. */
static const char *visit(struct visits *visits, const struct type *type)
{
    visits->path[0] = (struct step){type, 0};
    visits->states[type->id] = BEING_VISITED;
    for (visits->depth = 1; visits->depth > 0;) {
        struct step *step = &visits->path[visits->depth - 1];
        const struct type *inner;
        unsigned height;

        if (step->next_member == step->type->member_count) {
            visits->states[step->type->id] = VISITED;
            height = visits->heights[step->type->id] + 1;
            if (--visits->depth > 0 && height > visits->heights[step[-1].type->id])
                visits->heights[step[-1].type->id] = height;
            continue;
        }
        inner = contained(step->type->members[step->next_member++].type);
        if (!inner)
            continue;
        if (visits->states[inner->id] == BEING_VISITED)
            return "a type contains itself";
        height = visits->heights[inner->id] + 1;
        if (visits->depth + height >= TYPE_DEPTH_LIMIT)
            return "structs are nested too deep";
        if (visits->states[inner->id] == VISITED) {
            if (height > visits->heights[step->type->id])
                visits->heights[step->type->id] = height;
            continue;
        }
        visits->states[inner->id] = BEING_VISITED;
        visits->path[visits->depth++] = (struct step){inner, 0};
    }
    return NULL;
}

static const char *check_nesting(const struct program *program, struct visits *visits)
{
    const char *wrong = NULL;
    size_t i;

    for (i = 0; i < program->type_count && !wrong; i++)
        if (contained(program->types[i]) == program->types[i] &&
            visits->states[i] == NOT_VISITED)
            wrong = visit(visits, program->types[i]);
    return wrong;
}

const char *types_file_check(const struct program *program)
{
    size_t count = program->type_count + 1, i;
    struct visits *visits = calloc(1, sizeof *visits);
    unsigned *depths = calloc(count, sizeof *depths);
    const char *wrong = NULL;

    if (visits) {
        visits->states = calloc(count, sizeof *visits->states);
        visits->heights = calloc(count, sizeof *visits->heights);
    }
    if (!depths || !visits || !visits->states || !visits->heights)
        wrong = "there is not memory enough to check it";
    for (i = 0; i < program->type_count && !wrong; i++) {
        wrong = check_name(program->types[i]);
        if (!wrong)
            wrong = check_layout(program->types[i]);
    }
    if (!wrong)
        wrong = check_derivations(program, depths);
    if (!wrong)
        wrong = check_nesting(program, visits);
    if (visits) {
        free(visits->states);
        free(visits->heights);
    }
    free(visits);
    free(depths);
    return wrong;
}
