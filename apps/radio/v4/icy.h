/* icy.h -- song titles in the middle of a stream, for listeners that asked for them.
 *
 *      | data, `interval` bytes | n | n * 16 bytes | data, `interval` bytes | 0 | data ...
 *
 * n is one byte; the text behind it, StreamTitle='...'; is filled up with NULs.
 */
#ifndef RADIO_ICY_H
#define RADIO_ICY_H

#include <stddef.h>

#define ICY_BLOCK_LIMIT (1 + 255 * 16)

struct icy {
    int interval;         /* 0: none is wanted */
    int left;             /* bytes of data until the next block */
    unsigned song_number; /* the song it knows */
    int length, sent;     /* of the block that is on its way */
    char block[ICY_BLOCK_LIMIT];
};

/* A block that says nothing new. */
void icy_repeat(struct icy *icy);
void icy_announce(struct icy *icy, const char *song, unsigned song_number);

#endif
