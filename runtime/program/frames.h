/* frames.h -- noted locals: lists of records that live in the functions' own stack frames.
 *
 *      innermost --> frame of serve() --> frame of main() --> NULL
 *                      |
 *                      +-> local "client" --> local "count"
 *
 * When an update leaves the running version its list is put aside (its stack stays as it is), and
 * the new version begins with an empty one.  Commit forgets the old list, undoing brings it back.
 */
#ifndef KITSUNE_RUNTIME_FRAMES_H
#define KITSUNE_RUNTIME_FRAMES_H

#include <kitsune.h>

void frames_leave(void);
void frames_commit(void);
void frames_restore(void);

/* The noted local of this key ("func#name", a file in front is ignored), in the innermost frame of
 * the function; NULL when there is none.  The old version's are found during an update only. */
const struct kitsune_local *frames_find_old(const char *key);
const struct kitsune_local *frames_find_new(const char *key);
/* The frame whose local is at the address; *local tells which. */
const struct kitsune_frame *frames_find_address_old(const void *address,
                                                    const struct kitsune_local **local);
const struct kitsune_frame *frames_find_address_new(const void *address,
                                                    const struct kitsune_local **local);

#endif
