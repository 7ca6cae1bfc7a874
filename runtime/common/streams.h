/* streams.h -- libc's list of open streams. */
#ifndef KITSUNE_RUNTIME_STREAMS_H
#define KITSUNE_RUNTIME_STREAMS_H

#include <stdio.h>

/* Where the list begins, the newest first; each leads to the next by its _chain.  NULL: this libc
 * does not show it. */
FILE **stream_list(void);
/* The newest; NULL: there is none, or libc does not show them. */
FILE *newest_stream(void);

#endif
