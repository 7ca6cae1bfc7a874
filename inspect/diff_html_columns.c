/* diff_html_columns.c -- where each member's box stands in the picture of a layout.
 *
 * The rows of a type come in the order of the new version and carry both sides.  A column is one
 * side of them in the order of addresses, with the bytes between members, and behind the last one,
 * as boxes of their own.
 */
#include "diff_html.h"

#include <stdlib.h>

enum { MEMBER_HEIGHT = 26, PADDING_HEIGHT = 18, HEIGHT_PER_DOUBLING = 5, MOST_HEIGHT = 56 };

struct making {
    struct diff *diff;
    const struct type_change *type;
    bool is_new;
    struct column *column;
};

static uint64_t bit_of(const struct making *making, const struct member_change *row)
{
    return making->is_new ? row->new_bit : row->old_bit;
}

static uint64_t bits_of(const struct making *making, const struct member_change *row)
{
    return making->is_new ? row->new_bits : row->old_bits;
}

static const struct member *member_of(const struct making *making, const struct member_change *row)
{
    return making->is_new ? row->new_member : row->old_member;
}

/* Twice the bytes are a little higher. */
static int height_of(uint64_t bits)
{
    int height = MEMBER_HEIGHT;

    for (bits /= 64; bits > 1 && height < MOST_HEIGHT; bits /= 2)
        height += HEIGHT_PER_DOUBLING;
    return height;
}

static void add_box(struct making *making, const struct member_change *row, int depth, uint64_t bit,
                    uint64_t bits)
{
    struct column *column = making->column;
    struct box *box = diff_add(making->diff, &column->boxes, &column->count, &column->capacity,
                               sizeof *box);

    *box = (struct box){row, depth, bit, bits, column->height,
                        row ? height_of(bits) : PADDING_HEIGHT};
    column->height += box->height;
}

static size_t end_of_inside(const struct making *making, size_t row)
{
    size_t end = row + 1;

    while (end < making->type->member_count &&
           making->type->members[end].depth > making->type->members[row].depth)
        end++;
    return end;
}

/* The members at this depth among the rows, by address; of one address as they stand. */
static size_t sort_level(const struct making *making, size_t first, size_t end, int depth,
                         size_t *sorted)
{
    const struct member_change *rows = making->type->members;
    size_t i, at, count = 0;

    for (i = first; i < end; i++) {
        if (rows[i].depth != depth || !member_of(making, &rows[i]))
            continue;
        for (at = count++;
             at > 0 && bit_of(making, &rows[sorted[at - 1]]) > bit_of(making, &rows[i]); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = i;
    }
    return count;
}

static void fill(struct making *making, size_t first, size_t end, int depth,
                 const struct type *type, uint64_t start)
{
    const struct member_change *rows = making->type->members;
    size_t *sorted = arena_allocate(making->diff->arena, (end - first + 1) * sizeof *sorted);
    size_t i, count = sort_level(making, first, end, depth, sorted);
    uint64_t reached = start, stop = start + 8 * type->size;

    for (i = 0; i < count; i++) {
        const struct member_change *row = &rows[sorted[i]];
        uint64_t bit = bit_of(making, row), bits = bits_of(making, row);
        const struct type *inside = unnamed_type_of(member_of(making, row));

        if (bit > reached && type->kind != TYPE_UNION)
            add_box(making, NULL, depth, reached, bit - reached);
        add_box(making, row, depth, bit, bits);
        if (inside && !inside->from_system) /* a library's own business */
            fill(making, sorted[i] + 1, end_of_inside(making, sorted[i]), depth + 1, inside, bit);
        reached = bit + bits > reached ? bit + bits : reached;
    }
    if (stop > reached && count)
        add_box(making, NULL, depth, reached, stop - reached);
}

void column_make(struct diff *diff, const struct type_change *type, bool is_new,
                 struct column *column)
{
    struct making making = {diff, type, is_new, column};
    const struct type *side = is_new ? type->new_type : type->old_type;

    *column = (struct column){NULL, 0, 0, 0};
    if (side)
        fill(&making, 0, type->member_count, 0, side, 0);
}

const struct box *column_find(const struct column *column, const struct member_change *row)
{
    size_t i;

    for (i = 0; row && i < column->count; i++)
        if (column->boxes[i].row == row)
            return &column->boxes[i];
    return NULL;
}
