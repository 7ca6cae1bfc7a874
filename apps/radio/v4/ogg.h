/* ogg.h -- takes an Ogg stream apart into its pages.
 *
 * A listener can only begin where a page begins, and only with the pages in hand that the stream
 * began with.  Those are the ones from "beginning of stream" up to the first page that has a
 * time, not counting it.
 */
#ifndef RADIO_OGG_H
#define RADIO_OGG_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

struct ogg {
    struct buffer page; /* as much as has come of the current one */
    bool is_header;     /* pages belong to the header until one has a time */
};

struct ogg_page {
    const char *bytes;
    size_t length;
    bool begins_header, is_header;
};

/* Takes from `bytes` what belongs to the current page, and returns how much that is; `page->bytes`
 * is not NULL when the page is complete then, and valid until the next call.  -1: no Ogg. */
long ogg_take(struct ogg *ogg, const char *bytes, size_t length, struct ogg_page *page);

#endif
