/* dwarf_values.h -- bytes, numbers and attributes: how entries are encoded (dwarf_abbreviations.c),
 * and what their attributes are worth (dwarf_values.c).
 */
#ifndef XFGEN_DWARF_VALUES_H
#define XFGEN_DWARF_VALUES_H

#include "debug_file.h"

#include <endian.h>
#include <string.h>

/* ---- Bytes --------------------------------------------------------------------------------- */

/* Bytes of a section.  Past the end everything reads as zero and `ended` is set. */
struct cursor {
    const unsigned char *at, *end;
    bool ended;
};

/* Over bytes of which there may be none, at no address (which nothing may be added to). */
static inline struct cursor cursor_over(const unsigned char *start, uint64_t size)
{
    return (struct cursor){.at = start, .end = size ? start + size : start};
}

/* A number of up to eight bytes, little end first.  Here and not in a source file because the
 * loader spends its time with these two. */
static inline uint64_t take_bytes(struct cursor *cursor, unsigned size)
{
    uint64_t value = 0;

    if ((size_t)(cursor->end - cursor->at) < size) {
        cursor->ended = true;
        cursor->at = cursor->end;
        return 0;
    }
    switch (size) { /* each a single load */
    case 1:
        value = *cursor->at;
        break;
    case 2:
        memcpy(&value, cursor->at, 2);
        break;
    case 4:
        memcpy(&value, cursor->at, 4);
        break;
    case 8:
        memcpy(&value, cursor->at, 8);
        break;
    default:
        memcpy(&value, cursor->at, size);
    }
    cursor->at += size;
    return le64toh(value);
}

/* LEB128. */
static inline uint64_t take_unsigned(struct cursor *cursor)
{
    uint64_t value = 0;
    unsigned shift = 0, byte;

    if (cursor->at < cursor->end && *cursor->at < 0x80)
        return *cursor->at++;
    do {
        if (cursor->at >= cursor->end) {
            cursor->ended = true;
            return 0;
        }
        byte = *cursor->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

int64_t take_signed(struct cursor *cursor);

/* ---- Abbreviations ------------------------------------------------------------------------- */

/* Names and forms that do not fit do not exist; they are kept as 0xffff. */
struct attribute_form {
    uint16_t name, form;
    uint8_t size;     /* in 32-bit DWARF; 0 when it depends on the value */
    bool is_wanted;   /* facts_read() keeps it */
    int64_t constant; /* DW_FORM_implicit_const */
};

struct abbreviation {
    uint64_t code;
    int tag;
    bool has_children;
    bool is_walked; /* of interest when units are walked: see abbreviations_at() */
    bool is_listed; /* a variable that moves around, so it is not static */
    struct attribute_form *forms;
    unsigned form_count;
    /* For passing over an entry: the size of its attributes, or 0 when that is not always the same,
     * and where in them DW_AT_sibling is, or -1. */
    unsigned size;
    int sibling_at;
};

struct abbreviation_table {
    struct abbreviation *entries; /* sorted by code */
    size_t count;
};

const struct abbreviation_table *abbreviations_at(struct loader *loader,
                                                  const struct debug_file *file, uint64_t offset);
const struct abbreviation *abbreviation_find(const struct abbreviation_table *table,
                                             uint64_t code);

/* ---- Values -------------------------------------------------------------------------------- */

/* An attribute's value, decoded as far as its form goes. */
struct value {
    unsigned form;           /* 0: the attribute is not there */
    uint64_t number;         /* numbers, offsets, indices; 1 for flag_present; a block's length */
    const unsigned char *at; /* the bytes of a block or of a string */
};

/* One value; false when that is impossible. */
bool take_value(struct cursor *cursor, const struct unit *unit,
                const struct attribute_form *attribute, struct value *value);
/* The string that a value is, or NULL. */
const char *text_of(const struct unit *unit, const struct value *value);
/* The string at an offset of a string section, or NULL. */
const char *text_in(struct span section, uint64_t offset);
/* What is left of a section from an offset on; nothing when it does not reach there. */
struct span span_from(struct span section, uint64_t offset);

/* The size of a form in 32-bit DWARF; 0 when it depends on the value. */
unsigned form_size(unsigned form);
bool is_reference_in_unit(unsigned form);
/* Whether facts_read() keeps such an attribute. */
bool is_fact(unsigned name);

#endif
