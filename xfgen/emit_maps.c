/* emit_maps.c -- where the members of an old layout went in the new one, for pointers into objects.
 *
 * A struct kitsune_member_map for each pair: outer before inner, by old offset; see transform.h.
 */
#include "emit.h"

#include <stdlib.h>
#include <string.h>

struct map_writer {
    struct emitter *emitter;
    size_t count;
};

static void map_entry(struct map_writer *writer, uint64_t old_offset, uint64_t old_size,
                      uint64_t new_offset, uint64_t new_size, bool is_split)
{
    fprintf(writer->emitter->out, "    {%llu, %llu, %llu, %llu, %d},\n",
            (unsigned long long)old_offset, (unsigned long long)old_size,
            (unsigned long long)new_offset, (unsigned long long)new_size, is_split);
    writer->count++;
}

static void map_conversion(struct map_writer *writer, const struct conversion *conversion,
                           uint64_t old_offset, uint64_t new_offset);

/* Do its parts have entries of their own?  Those of a union cannot: nobody knows which is live when
 * a pointer is met. */
static bool is_split(const struct conversion *conversion)
{
    return conversion->changes &&
           (conversion->kind == CONVERT_PAIR || conversion->kind == CONVERT_MEMBERS ||
            conversion->kind == CONVERT_TAGGED ||
            (conversion->kind == CONVERT_ARRAY && conversion->element->changes));
}

static int compare_members(const void *a, const void *b)
{
    const struct member_plan *const *left = a, *const *right = b;

    if ((*left)->old_offset != (*right)->old_offset)
        return (*left)->old_offset < (*right)->old_offset ? -1 : 1;
    return 0;
}

static void map_members(struct map_writer *writer, const struct conversion *conversion,
                        uint64_t old_offset, uint64_t new_offset)
{
    const struct member_plan **sorted = calloc(conversion->member_count + 1, sizeof *sorted);
    size_t i, count = 0;

    if (!sorted)
        abort();
    for (i = 0; i < conversion->member_count; i++) {
        const struct member_plan *member = &conversion->members[i];

        if (member->source == SOURCE_MEMBER && member->conversion && member->old_member &&
            !member->old_member->bit_size && !member->new_member->bit_size)
            sorted[count++] = member;
    }
    qsort(sorted, count, sizeof *sorted, compare_members);
    for (i = 0; i < count; i++) {
        map_entry(writer, old_offset + sorted[i]->old_offset,
                  type_strip(sorted[i]->old_member->type)->size,
                  new_offset + sorted[i]->new_offset,
                  type_strip(sorted[i]->new_member->type)->size, is_split(sorted[i]->conversion));
        map_conversion(writer, sorted[i]->conversion, old_offset + sorted[i]->old_offset,
                       new_offset + sorted[i]->new_offset);
    }
    free(sorted);
}

enum { MAPPED_ELEMENTS = 1024 }; /* of an array whose elements change; beyond, only its start */

/* Of a flexible array the first element stands for all (map_tail in the runtime). */
static uint64_t mapped_elements(const struct type *old, const struct type *new)
{
    uint64_t count = old->count < new->count ? old->count : new->count;

    if (old->is_flexible && new->is_flexible)
        return 1;
    return count < MAPPED_ELEMENTS ? count : MAPPED_ELEMENTS;
}

static void map_conversion(struct map_writer *writer, const struct conversion *conversion,
                           uint64_t old_offset, uint64_t new_offset)
{
    uint64_t i, old_size, new_size, count;

    switch (conversion->kind) {
    case CONVERT_PAIR:
        if (conversion->pair->conversion)
            map_conversion(writer, conversion->pair->conversion, old_offset, new_offset);
        break;
    case CONVERT_MEMBERS:
        map_members(writer, conversion, old_offset, new_offset);
        break;
    case CONVERT_ARRAY:
        if (!conversion->element->changes && !conversion->old_view.type->is_flexible)
            break;
        old_size = type_strip(conversion->old_view.type->target)->size;
        new_size = type_strip(conversion->new_view.type->target)->size;
        count = mapped_elements(conversion->old_view.type, conversion->new_view.type);
        for (i = 0; i < count; i++) {
            map_entry(writer, old_offset + i * old_size, old_size, new_offset + i * new_size,
                      new_size, is_split(conversion->element));
            map_conversion(writer, conversion->element, old_offset + i * old_size,
                           new_offset + i * new_size);
        }
        break;
    default:
        break;
    }
}

/* Without conversions (variables in read-only memory): by the members' names. */
static void map_by_name(struct map_writer *writer, struct type *old_type, struct type *new_type,
                        uint64_t old_offset, uint64_t new_offset)
{
    size_t i, j;

    old_type = type_strip(old_type);
    new_type = type_strip(new_type);
    if (old_type->kind == TYPE_ARRAY && new_type->kind == TYPE_ARRAY) {
        struct type *old = type_strip(old_type->target), *new = type_strip(new_type->target);

        for (i = 0; i < mapped_elements(old_type, new_type); i++) {
            map_entry(writer, old_offset + i * old->size, old->size, new_offset + i * new->size,
                      new->size, !same_representation(old, new));
            map_by_name(writer, old, new, old_offset + i * old->size, new_offset + i * new->size);
        }
        return;
    }
    if (old_type->kind != TYPE_STRUCT || new_type->kind != TYPE_STRUCT)
        return;
    for (i = 0; i < old_type->member_count; i++)
        for (j = 0; j < new_type->member_count; j++) {
            const struct member *old = &old_type->members[i], *new = &new_type->members[j];

            if (!old->name || !new->name || strcmp(old->name, new->name) != 0 || old->bit_size ||
                new->bit_size || type_strip(old->type)->kind != type_strip(new->type)->kind)
                continue;
            map_entry(writer, old_offset + old->offset, type_strip(old->type)->size,
                      new_offset + new->offset, type_strip(new->type)->size,
                      !same_representation(old->type, new->type));
            map_by_name(writer, old->type, new->type, old_offset + old->offset,
                        new_offset + new->offset);
        }
}

size_t emit_member_map(struct emitter *emitter, const struct pair *pair)
{
    struct map_writer writer = {emitter, 0};
    char *text = NULL;
    size_t length = 0;
    FILE *saved = emitter->out;

    if (!pair->layout_only && !pair->changes)
        return 0;
    emitter->out = open_memstream(&text, &length);
    if (!emitter->out)
        abort();
    if (pair->layout_only || !pair->conversion)
        map_by_name(&writer, pair->old_view.type, pair->new_view.type, 0, 0);
    else {
        if (pair->conversion->kind == CONVERT_ARRAY)
            map_entry(&writer, 0, type_strip(pair->old_view.type)->size, 0,
                      type_strip(pair->new_view.type)->size, is_split(pair->conversion));
        map_conversion(&writer, pair->conversion, 0, 0);
    }
    fclose(emitter->out);
    emitter->out = saved;
    if (writer.count)
        fprintf(emitter->out, "static const struct kitsune_member_map members_of_%s[] = {\n%s"
                "};\n\n",
                pair->identifier, text);
    free(text);
    return writer.count;
}
