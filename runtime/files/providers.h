/* providers.h -- functions that two versions have from different libraries.
 *
 * When one is linked with libevent.so and the other with libevent_core.so, both libraries are in
 * the process, with the same functions and with variables of their own.
 */
#ifndef KITSUNE_RUNTIME_PROVIDERS_H
#define KITSUNE_RUNTIME_PROVIDERS_H

#include "files/image.h"

/* What two loaded versions have from different libraries, each of which has a state of its own:
 * "event_new and 5 more from libevent-2.1.so.7, which server-1.so has from
 * libevent_core-2.1.so.7" (malloc); NULL: nothing. */
char *providers_compare(const struct image *old_image, void *old_handle,
                        const struct image *new_image, void *new_handle);

#endif
