/* diff_walk.c -- which objects the transformer looks at, coming from one variable.
 *
 * The same paths as the generated code takes: a pointer is followed when the analysis found
 * something worth visiting behind it.
 */
#include "diff.h"

/* Whether it will be followed depends on what is decided. */
static bool is_undecided(const struct conversion *conversion)
{
    const struct conversion *beyond = conversion->pair->conversion;

    return conversion->undecided || (beyond && beyond->undecided);
}

static bool is_walked(const struct variable_change *variable, const struct pair *pair)
{
    size_t i;

    for (i = 0; i < variable->walked_count; i++)
        if (variable->walked[i] == pair)
            return true;
    return false;
}

bool is_followed(const struct conversion *conversion)
{
    return conversion->visits && (conversion->pair->changes || conversion->pair->visits);
}

static void walk(struct diff *diff, struct variable_change *variable,
                 const struct conversion *conversion);

static void walk_pointer(struct diff *diff, struct variable_change *variable,
                         const struct conversion *conversion)
{
    const struct pair *pair = conversion->pair;

    if (!is_followed(conversion)) {
        if (variable->walk == WALK_NONE && !is_undecided(conversion))
            variable->walk = WALK_NEVER;
        return;
    }
    variable->walk = WALK_FOLLOWED;
    if (is_walked(variable, pair))
        return;
    *(const struct pair **)diff_add(diff, &variable->walked, &variable->walked_count,
                                    &variable->walked_capacity, sizeof(struct pair *)) = pair;
    walk(diff, variable, pair->conversion);
}

static void walk(struct diff *diff, struct variable_change *variable,
                 const struct conversion *conversion)
{
    size_t i;

    if (!conversion)
        return;
    if (conversion->kind == CONVERT_POINTER)
        walk_pointer(diff, variable, conversion);
    else if (conversion->kind == CONVERT_PAIR && (conversion->pair->changes || conversion->visits ||
                                                  variable->walk != WALK_FOLLOWED))
        walk(diff, variable, conversion->pair->conversion);
    walk(diff, variable, conversion->element);
    for (i = 0; i < conversion->member_count; i++)
        walk(diff, variable, conversion->members[i].conversion);
}

void diff_walk(struct diff *diff, struct variable_change *variable,
               const struct conversion *conversion)
{
    walk(diff, variable, conversion);
}
