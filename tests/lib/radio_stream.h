/* radio_stream.h -- a stream of bytes of which every piece tells where it is from.
 *
 * The eight bytes at position 8 * n are a mixture of n that can be undone.  So a listener that
 * began anywhere knows where, and from then on what every byte has to be.
 */
#ifndef RADIO_STREAM_H
#define RADIO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void stream_generate(uint64_t position, char *bytes, size_t length);

/* What a listener has received. */
struct stream_checker {
    bool has_place;       /* it is known where the stream was entered */
    bool may_skip;        /* the server may leave something out */
    uint64_t first, next; /* positions */
    uint64_t checked;     /* bytes */
    uint64_t wrong_at;    /* the position of the first wrong byte */
    bool is_wrong;
    unsigned skips;
    char begin[24]; /* bytes whose place is not known yet */
    size_t begin_length;
};

void stream_check(struct stream_checker *checker, const char *bytes, size_t length);
/* Takes the metadata out of a stream, as ICY puts them in. */
struct icy_filter {
    size_t interval; /* 0: there are none */
    size_t until_metadata, metadata_left;
    bool is_in_metadata;
    char text[255 * 16 + 1];
    size_t text_length;
    void (*take_text)(void *context, const char *text);
    void *context;
};

void icy_filter_check(struct icy_filter *filter, struct stream_checker *checker, const char *bytes,
                      size_t length);

#endif
