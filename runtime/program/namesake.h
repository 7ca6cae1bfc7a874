/* namesake.h -- functions and variables of the old version and their successors in the new one, for
 * addresses that only libc remembers (signal handlers, exit handlers, environment strings). */
#ifndef KITSUNE_RUNTIME_NAMESAKE_H
#define KITSUNE_RUNTIME_NAMESAKE_H

#include <stdbool.h>
#include <stddef.h>

/* The address lies in the old version's object. */
bool namesake_is_old(const void *address);
/* The function of the new version that replaces the one starting at `address`: as the transformer
 * says, or by its key; NULL when there is none. */
void *namesake_of_function(const void *address);
/* The new variable that takes the place of the one starting at `address`, if it has at least `size`
 * bytes; else NULL. */
void *namesake_of_variable(const void *address, size_t size);
/* The key of a function or variable, or a text that tells its address; valid until the next
 * call. */
const char *namesake_old_name(const void *address);

#endif
