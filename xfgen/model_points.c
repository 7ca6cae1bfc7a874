/* model_points.c -- the update points of a version, from the `point` records of its .kitsune
 * section (docs/annotations-section.md).
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

/* Undoes what kitcc did to blanks and control characters: \ooo. */
static const char *unescape(struct arena *arena, const char *text)
{
    char *name = arena_copy_string(arena, text), *out = name;

    while (*text) {
        if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
            char digits[4] = {text[1], text[2], text[3], '\0'};

            *out++ = (char)strtol(digits, NULL, 8);
            text += 4;
        } else {
            *out++ = *text++;
        }
    }
    *out = '\0';
    return name;
}

void points_add(struct loader *loader, const char *subject, const char *annotation,
                const char *argument, struct source_place place)
{
    struct program *program = loader->program;
    const char *slash = strrchr(subject, '/');
    struct update_point *point = grow(&program->update_points, &program->update_point_count,
                                      &loader->update_point_capacity, sizeof *point);

    *point = (struct update_point){
        .name = strcmp(annotation, "POINT") == 0 ? unescape(loader->arena, argument) : NULL,
        .function = slash ? slash + 1 : subject,
        .file = slash ? arena_format(loader->arena, "%.*s", (int)(slash - subject), subject) : NULL,
        .place = place};
}

static int order_texts(const char *left, const char *right)
{
    if (!left || !right)
        return (left != NULL) - (right != NULL);
    return strcmp(left, right);
}

static int by_name_and_place(const void *a, const void *b)
{
    const struct update_point *left = a, *right = b;
    int order = order_texts(left->name, right->name);

    if (order == 0)
        order = order_texts(left->place.file, right->place.file);
    if (order == 0)
        order = left->place.line - right->place.line;
    return order ? order : order_texts(left->function, right->function);
}

/* Also drops what an inline function in a header says once for each source that includes it. */
void points_finish(struct loader *loader)
{
    struct program *program = loader->program;
    struct update_point *points = program->update_points;
    size_t i, kept = 0;

    if (!program->update_point_count)
        return;
    qsort(points, program->update_point_count, sizeof *points, by_name_and_place);
    for (i = 0; i < program->update_point_count; i++)
        if (kept == 0 || by_name_and_place(&points[kept - 1], &points[i]) != 0)
            points[kept++] = points[i];
    program->update_point_count = kept;
}

const struct update_point *model_find_update_point(const struct program *program, const char *name)
{
    size_t i;

    for (i = 0; i < program->update_point_count; i++)
        if (program->update_points[i].name && strcmp(program->update_points[i].name, name) == 0)
            return &program->update_points[i];
    return NULL;
}
