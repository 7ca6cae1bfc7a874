/* namesake.h -- functions of the old version and their successors in the new one, for code
 * addresses that only libc remembers (signal handlers, exit handlers). */
#ifndef KITSUNE_RUNTIME_NAMESAKE_H
#define KITSUNE_RUNTIME_NAMESAKE_H

#include <stdbool.h>

/* The address lies in the old version's object. */
bool namesake_is_old_code(const void *address);
/* The function of the new version that replaces the one starting at `address`: as the transformer
 * says, or by its key; NULL when there is none. */
void *namesake_of_function(const void *address);
/* Its key, or a text that tells its address; valid until the next call. */
const char *namesake_old_name(const void *address);

#endif
