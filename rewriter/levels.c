/* levels.c -- which pointer or array an annotation belongs to.  See levels.h. */
#include "levels.h"

static size_t count_tags(const struct type_levels *type)
{
    size_t total = 0;
    for (int level = 0; level <= type->base; level++)
        total += (size_t)type->tags[level];
    return total;
}

/* How many of the outermost level's annotations stand behind the declarator. */
static size_t count_trailing(const struct type_levels *type, const bool *is_behind, size_t count)
{
    size_t outermost = (size_t)type->tags[0];
    if (type->is_array[0])
        return outermost;
    size_t trailing = 0;
    while (trailing < outermost && trailing < count && is_behind[count - 1 - trailing])
        trailing++;
    return trailing;
}

bool levels_assign(const struct type_levels *type, const bool *is_behind, size_t count,
                   int *levels)
{
    if (count_tags(type) != count)
        return false;
    if (type->base == 0) {
        for (size_t i = 0; i < count; i++)
            levels[i] = 0;
        return true;
    }
    size_t next = 0;
    for (int i = 0; i < type->tags[type->base]; i++)
        levels[next++] = type->base;
    size_t trailing = count_trailing(type, is_behind, count);
    for (int level = 0; level < type->base; level++) {
        size_t here = (size_t)type->tags[level] - (level == 0 ? trailing : 0);
        for (size_t i = 0; i < here; i++)
            levels[next++] = level;
    }
    while (next < count)
        levels[next++] = 0;
    return true;
}
