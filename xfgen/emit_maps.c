/* emit_maps.c -- where the members of an old layout went in the new one, for pointers into objects.
 *
 * A struct kitsune_member_map for each pair: outer before inner, by old offset; see transform.h.
 */
#include "emit.h"

#include <kitsune/transform.h>

#include <stdlib.h>
#include <string.h>

struct map_row {
    uint64_t old_offset, old_size, new_offset, new_size;
    enum kitsune_member_parts is_split;
};

struct map_writer {
    struct map_row *rows;
    size_t count, room;
    uint64_t root_offset; /* of the old struct whose rules are being looked at */
};

static void map_entry(struct map_writer *writer, uint64_t old_offset, uint64_t old_size,
                      uint64_t new_offset, uint64_t new_size,
                      enum kitsune_member_parts is_split)
{
    if (writer->count == writer->room) {
        writer->room = 2 * writer->room + 16;
        writer->rows = realloc(writer->rows, writer->room * sizeof *writer->rows);
        if (!writer->rows)
            abort();
    }
    writer->rows[writer->count++] =
        (struct map_row){old_offset, old_size, new_offset, new_size, is_split};
}

static void map_conversion(struct map_writer *writer, const struct conversion *conversion,
                           uint64_t old_offset, uint64_t new_offset);

/* Does every part of it stay where it is in it, whatever becomes of the values? */
static bool keeps_places(const struct conversion *conversion)
{
    size_t i;

    if (!conversion->changes)
        return true;
    switch (conversion->kind) {
    case CONVERT_PAIR:
        return conversion->pair->conversion && keeps_places(conversion->pair->conversion);
    case CONVERT_ARRAY:
        return type_strip(conversion->old_view.type->target)->size ==
                   type_strip(conversion->new_view.type->target)->size &&
               keeps_places(conversion->element);
    case CONVERT_MEMBERS:
    case CONVERT_TAGGED:
        for (i = 0; i < conversion->member_count; i++) {
            const struct member_plan *member = &conversion->members[i];

            if (member->conversion &&
                (member->source != SOURCE_MEMBER || member->old_offset != member->new_offset ||
                 !keeps_places(member->conversion)))
                return false;
        }
        return !conversion->dropped;
    default:
        return true;
    }
}

/* Do its parts have entries of their own?  Those of a union cannot: nobody knows which is live when
 * a pointer is met.  It needs none when all of them stay where they are in it. */
static enum kitsune_member_parts is_split(const struct conversion *conversion)
{
    if (!conversion->changes)
        return KITSUNE_MEMBER_WHOLE;
    if (conversion->kind == CONVERT_ARRAY && conversion->element->changes)
        return KITSUNE_MEMBER_ELEMENTS;
    if (conversion->kind == CONVERT_TAGGED && keeps_places(conversion))
        return KITSUNE_MEMBER_WHOLE;
    return conversion->kind == CONVERT_PAIR || conversion->kind == CONVERT_MEMBERS ||
                   conversion->kind == CONVERT_TAGGED
               ? KITSUNE_MEMBER_MEMBERS : KITSUNE_MEMBER_WHOLE;
}

/* Where the member was in the old struct, as an offset from `old_offset`'s struct; false when it
 * was nowhere in it. */
static bool source_offset(const struct map_writer *writer, const struct member_plan *member,
                          uint64_t old_offset, uint64_t *source)
{
    if (!member->conversion || member->new_member->bit_size)
        return false;
    if (member->source == SOURCE_ROOT && member->has_root_offset) {
        *source = writer->root_offset + member->old_offset;
        return true;
    }
    if (member->source != SOURCE_MEMBER || !member->old_member || member->old_member->bit_size)
        return false;
    *source = old_offset + member->old_offset;
    return true;
}

static void map_members(struct map_writer *writer, const struct conversion *conversion,
                        uint64_t old_offset, uint64_t new_offset)
{
    size_t i;

    for (i = 0; i < conversion->member_count; i++) {
        const struct member_plan *member = &conversion->members[i];
        const struct conversion *inside = member->conversion;
        uint64_t source;

        if (source_offset(writer, member, old_offset, &source)) {
            map_entry(writer, source, type_strip(inside->old_view.type)->size,
                      new_offset + member->new_offset,
                      type_strip(member->new_member->type)->size, is_split(inside));
            map_conversion(writer, inside, source, new_offset + member->new_offset);
        } else if (inside && inside->kind == CONVERT_MEMBERS) { /* fed by rules about its members */
            map_members(writer, inside, old_offset, new_offset + member->new_offset);
        }
    }
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
    uint64_t i, old_size, new_size, count, outer_root = writer->root_offset;

    switch (conversion->kind) {
    case CONVERT_PAIR:
        writer->root_offset = old_offset;
        if (conversion->pair->conversion)
            map_conversion(writer, conversion->pair->conversion, old_offset, new_offset);
        writer->root_offset = outer_root;
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

/* Outer ones before those inside of them. */
static int compare_rows(const void *a, const void *b)
{
    const struct map_row *left = a, *right = b;

    if (left->old_offset != right->old_offset)
        return left->old_offset < right->old_offset ? -1 : 1;
    return left->old_size > right->old_size ? -1 : left->old_size < right->old_size;
}

size_t emit_member_map(struct emitter *emitter, const struct pair *pair)
{
    struct map_writer writer = {NULL, 0, 0, 0};
    size_t i;

    if (!pair->layout_only && !pair->changes)
        return 0;
    if (pair->layout_only || !pair->conversion)
        map_by_name(&writer, pair->old_view.type, pair->new_view.type, 0, 0);
    else {
        if (pair->conversion->kind == CONVERT_ARRAY)
            map_entry(&writer, 0, type_strip(pair->old_view.type)->size, 0,
                      type_strip(pair->new_view.type)->size, is_split(pair->conversion));
        map_conversion(&writer, pair->conversion, 0, 0);
    }
    if (writer.count) {
        qsort(writer.rows, writer.count, sizeof *writer.rows, compare_rows);
        fprintf(emitter->out, "static const struct kitsune_member_map members_of_%s[] = {\n",
                pair->identifier);
        for (i = 0; i < writer.count; i++)
            fprintf(emitter->out, "    {%llu, %llu, %llu, %llu, %d},\n",
                    (unsigned long long)writer.rows[i].old_offset,
                    (unsigned long long)writer.rows[i].old_size,
                    (unsigned long long)writer.rows[i].new_offset,
                    (unsigned long long)writer.rows[i].new_size, writer.rows[i].is_split);
        fprintf(emitter->out, "};\n\n");
    }
    free(writer.rows);
    return writer.count;
}
