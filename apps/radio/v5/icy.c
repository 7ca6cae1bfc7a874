/* icy.c -- song titles in the middle of a stream. */
#include "icy.h"

#include <stdio.h>
#include <string.h>

void icy_repeat(struct icy *icy)
{
    icy->block[0] = '\0';
    icy->length = 1;
    icy->sent = 0;
}

void icy_announce(struct icy *icy, const char *song, unsigned song_number)
{
    char *text = icy->block + 1;

    memset(icy->block, 0, sizeof icy->block);
    int length = snprintf(text, ICY_BLOCK_LIMIT - 1, "StreamTitle='%s';", song);
    if (length >= ICY_BLOCK_LIMIT - 1)
        length = ICY_BLOCK_LIMIT - 2;
    int sixteenths = (length + 15) / 16;
    icy->block[0] = (char)sixteenths;
    icy->length = 1 + 16 * sixteenths;
    icy->sent = 0;
    icy->song_number = song_number;
}
