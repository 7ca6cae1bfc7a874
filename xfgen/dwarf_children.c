/* dwarf_children.c -- the steps from entry to entry: over the children of one, and past what is of
 * no interest, without reading more of it than it takes to find its end.
 */
#include "dwarf_reader.h"

/* ---- Passing over entries ------------------------------------------------------------------ */

static const struct abbreviation *take_abbreviation(struct loader *loader, const struct unit *unit,
                                                    struct cursor *cursor)
{
    const unsigned char *start = cursor->at;
    const struct abbreviation *abbreviation =
        abbreviation_find(unit->abbreviations, take_unsigned(cursor));

    if (!abbreviation)
        load_corrupt(loader, &(struct die){start, (struct unit *)unit}, "an entry of unknown kind");
    return abbreviation;
}

/* The cursor goes past the attributes; the sibling's offset, or 0. */
static uint64_t pass_attributes(struct loader *loader, const struct unit *unit,
                                const struct abbreviation *abbreviation, struct cursor *cursor)
{
    const unsigned char *start = cursor->at;
    uint64_t sibling = 0;
    size_t i;

    if (abbreviation->size && unit->offset_size == 4 && unit->version >= 3) {
        struct cursor at = *cursor;

        if (abbreviation->size > (size_t)(cursor->end - cursor->at))
            load_corrupt(loader, &(struct die){start, (struct unit *)unit},
                         "an unreadable attribute");
        cursor->at += abbreviation->size;
        if (abbreviation->sibling_at < 0)
            return 0;
        at.at += abbreviation->sibling_at;
        return take_bytes(&at, 4);
    }
    for (i = 0; i < abbreviation->form_count; i++) {
        struct value value = {0};

        if (!take_value(cursor, unit, &abbreviation->forms[i], &value) || cursor->ended)
            load_corrupt(loader, &(struct die){start, (struct unit *)unit},
                         "an unreadable attribute");
        if (abbreviation->forms[i].name == DW_AT_sibling && is_reference_in_unit(value.form))
            sibling = value.number;
    }
    return sibling;
}

/* Where a sibling attribute leads, when that is forward and not out of the unit. */
static const unsigned char *sibling_at(const struct unit *unit, uint64_t offset,
                                       const unsigned char *end)
{
    if (offset <= (uint64_t)(end - unit->start) || offset > (uint64_t)(unit->end - unit->start))
        return NULL;
    return unit->start + offset;
}

/* Past `depth` lists of children that begin or go on at `at`. */
static const unsigned char *pass_lists(struct loader *loader, const struct unit *unit,
                                       const unsigned char *at, size_t depth)
{
    struct cursor cursor = {.at = at, .end = unit->end};

    while (depth > 0 && cursor.at < unit->end) {
        const struct abbreviation *abbreviation;
        const unsigned char *sibling;
        uint64_t offset;

        if (*cursor.at == 0) {
            depth--;
            cursor.at++;
            continue;
        }
        abbreviation = take_abbreviation(loader, unit, &cursor);
        offset = pass_attributes(loader, unit, abbreviation, &cursor);
        if (!abbreviation->has_children)
            continue;
        sibling = sibling_at(unit, offset, cursor.at);
        if (sibling)
            cursor.at = sibling;
        else
            depth++;
    }
    return cursor.at;
}

/* From `at` on, past the entries in which the walk finds nothing. */
static const unsigned char *pass_unwalked(struct loader *loader, const struct unit *unit,
                                          const unsigned char *at)
{
    struct cursor cursor = {.at = at, .end = unit->end};

    while (cursor.at < unit->end && *cursor.at != 0) {
        const unsigned char *start = cursor.at, *sibling;
        const struct abbreviation *abbreviation = take_abbreviation(loader, unit, &cursor);
        uint64_t offset;

        if (abbreviation->is_walked && (!abbreviation->is_listed || loader->has_hand_notes))
            return start;
        offset = pass_attributes(loader, unit, abbreviation, &cursor);
        if (!abbreviation->has_children)
            continue;
        sibling = sibling_at(unit, offset, cursor.at);
        cursor.at = sibling ? sibling : pass_lists(loader, unit, cursor.at, 1);
    }
    return cursor.at;
}

/* ---- Children ------------------------------------------------------------------------------ */

/* The entry at `at`; a zero byte ends the list. */
static bool children_read(struct loader *loader, struct children *children,
                          const unsigned char *at)
{
    const struct unit *unit = children->die.unit;

    if (children->only_walked)
        at = pass_unwalked(loader, unit, at);
    if (at >= unit->end || *at == 0) {
        children->end = at < unit->end ? at + 1 : unit->end;
        return false;
    }
    children->die.addr = at;
    children->after = NULL;
    facts_read(loader, &children->die, &children->facts);
    return true;
}

static bool begin(struct loader *loader, const struct die *parent, const struct facts *facts,
                  struct children *children, bool only_walked)
{
    children->die = *parent;
    children->end = facts->end;
    children->only_walked = only_walked;
    return facts->has_children && children_read(loader, children, facts->end);
}

bool children_first(struct loader *loader, const struct die *parent, const struct facts *facts,
                    struct children *children)
{
    return begin(loader, parent, facts, children, false);
}

bool children_first_walked(struct loader *loader, const struct die *parent,
                           const struct facts *facts, struct children *children)
{
    return begin(loader, parent, facts, children, true);
}

bool children_next(struct loader *loader, struct children *children)
{
    const struct unit *unit = children->die.unit;
    const struct facts *facts = &children->facts;
    const unsigned char *at = facts->end;

    if (children->after) {
        at = children->after;
    } else if (facts->has_children) {
        at = sibling_at(unit, facts->sibling_offset, facts->end);
        if (!at) /* clang writes none */
            at = pass_lists(loader, unit, facts->end, 1);
    }
    return children_read(loader, children, at);
}
