/* dwarf_unit_names.c -- the names that source files have in keys: without folders or, where several
 * share a name, with as many folders as tell them apart.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The last `count` components of a path; NULL when it has fewer. */
static const char *last_components(const char *path, size_t count)
{
    const char *start = path + strlen(path);

    while (count > 0 && start > path) {
        start--;
        if (start == path || start[-1] == '/')
            count--;
    }
    return count == 0 ? start : NULL;
}

static int by_base_and_path(const void *left, const void *right)
{
    const struct unit *a = *(struct unit *const *)left, *b = *(struct unit *const *)right;
    int order = strcmp(base_of(a->full), base_of(b->full));

    if (order == 0)
        order = strcmp(a->full, b->full);
    return order ? order : a->number < b->number ? -1 : a->number > b->number;
}

/* The shortest end of the path that no other unit of the group [first, end) has. */
static const char *distinct_end(struct unit *const *first, struct unit *const *end,
                                const struct unit *unit)
{
    size_t count;

    for (count = 1;; count++) {
        const char *candidate = last_components(unit->full, count);
        struct unit *const *other;

        if (!candidate)
            return unit->full;
        for (other = first; other < end; other++) {
            const char *theirs = last_components((*other)->full, count);

            if (theirs && strcmp(theirs, candidate) == 0 &&
                strcmp((*other)->full, unit->full) != 0)
                break;
        }
        if (other == end)
            return candidate;
    }
}

static void name_group(struct loader *loader, struct unit **first, struct unit **end)
{
    size_t repetition = 1;
    struct unit **unit;

    loader->has_like_named_units |= end - first > 1;
    for (unit = first; unit < end; unit++) {
        const char *name = distinct_end(first, end, *unit);

        repetition = unit > first && strcmp(unit[-1]->full, (*unit)->full) == 0 ? repetition + 1
                                                                               : 1;
        (*unit)->key_name = repetition == 1
                                ? arena_copy_string(loader->arena, name)
                                : arena_format(loader->arena, "%s(%zu)", name, repetition);
    }
}

void name_units(struct loader *loader)
{
    struct unit **sorted = arena_allocate(loader->scratch, (loader->unit_count + 1) *
                                                               sizeof *sorted);
    size_t count = 0, i, first = 0;

    for (i = 0; i < loader->unit_count; i++)
        if (loader->units[i]->full)
            sorted[count++] = loader->units[i];
    qsort(sorted, count, sizeof *sorted, by_base_and_path);
    for (i = 1; i <= count; i++) {
        if (i < count && strcmp(base_of(sorted[i]->full), base_of(sorted[first]->full)) == 0)
            continue;
        name_group(loader, sorted + first, sorted + i);
        first = i;
    }
}
