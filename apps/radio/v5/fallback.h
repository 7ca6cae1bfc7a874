/* fallback.h -- where listeners go when their source ends, and whence they come back when there is
 * one again.
 *
 * Told by the configuration, [mount /path] fallback = /other, or by the administrator. */
#ifndef RADIO_FALLBACK_H
#define RADIO_FALLBACK_H

#include <kitsune.h>
#include <stdbool.h>

/* The first of each path counts; all under a lock of their own. */
struct fallback {
    struct fallback *next;
    char *E_SZ path;
    char *E_SZ other;  /* NULL: none any more */
    bool is_temporary; /* listeners come back */
};

#define FALLBACK_PATH 128

/* `other` may be NULL or empty. */
void fallback_set(const char *path, const char *other);
void fallback_set_temporary(const char *path, bool is_temporary);
/* False: there is none. */
bool fallback_of(const char *path, char other[FALLBACK_PATH], bool *is_temporary);
void fallbacks_release(void);

#endif
