/* ogg.c -- takes an Ogg stream apart into its pages (RFC 3533).
 *
 *      0      4         5      6          14      26       27        27 + segments
 *      "OggS" version   flags  granule    ...     segments lengths   data ...
 */
#include "ogg.h"

#include <stdint.h>
#include <string.h>

enum { FLAGS = 5, GRANULE = 6, SEGMENTS = 26, LENGTHS = 27, BEGINNING_OF_STREAM = 2 };

/* How long the page is, as far as its beginning tells: at least one byte more than there is, when
 * more has to be known. */
static size_t wanted_length(const struct ogg *ogg)
{
    const unsigned char *page = (const unsigned char *)buffer_data(&ogg->page);
    size_t length = LENGTHS;

    if (buffer_length(&ogg->page) < LENGTHS)
        return LENGTHS;
    length += page[SEGMENTS];
    if (buffer_length(&ogg->page) < length)
        return length;
    for (int i = 0; i < page[SEGMENTS]; i++)
        length += page[LENGTHS + i];
    return length;
}

static bool is_beginning(const struct ogg *ogg)
{
    size_t length = buffer_length(&ogg->page);
    return memcmp(buffer_data(&ogg->page), "OggS", length < 4 ? length : 4) == 0;
}

static void describe(struct ogg *ogg, struct ogg_page *page)
{
    const char *bytes = buffer_data(&ogg->page);
    int64_t granule;

    memcpy(&granule, bytes + GRANULE, sizeof granule);
    page->begins_header = bytes[FLAGS] & BEGINNING_OF_STREAM && !ogg->is_header;
    if (bytes[FLAGS] & BEGINNING_OF_STREAM)
        ogg->is_header = true;
    else if (granule != 0 && granule != -1)
        ogg->is_header = false;
    page->is_header = ogg->is_header;
    page->bytes = bytes;
    page->length = buffer_length(&ogg->page);
}

long ogg_take(struct ogg *ogg, const char *bytes, size_t length, struct ogg_page *page)
{
    size_t taken = 0;

    page->bytes = NULL;
    if (buffer_length(&ogg->page) > 0 &&
        buffer_length(&ogg->page) == wanted_length(ogg)) /* the one of the last call */
        buffer_consume(&ogg->page, buffer_length(&ogg->page));
    while (taken < length) {
        size_t wanted = wanted_length(ogg) - buffer_length(&ogg->page);
        if (wanted > length - taken)
            wanted = length - taken;
        buffer_append(&ogg->page, bytes + taken, wanted);
        taken += wanted;
        if (!is_beginning(ogg))
            return -1;
        if (buffer_length(&ogg->page) == wanted_length(ogg)) {
            describe(ogg, page);
            break;
        }
    }
    return (long)taken;
}
