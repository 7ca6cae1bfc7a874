/* descriptor.h -- file descriptors that the runtime keeps while the program runs.
 *
 * They live at high numbers, out of the way of a program that counts on getting the lowest free
 * one, and are closed on exec.  Programs that close every descriptor they do not know (many
 * daemons do, when they start) close ours too, and may then open something of their own under the
 * number: so a kept descriptor remembers which file it is, and is used and closed only while it
 * still is that file.
 */
#ifndef KITSUNE_RUNTIME_DESCRIPTOR_H
#define KITSUNE_RUNTIME_DESCRIPTOR_H

#include <stdbool.h>
#include <sys/types.h>

struct descriptor {
    int number; /* -1: none */
    dev_t device;
    ino_t inode;
};

#define DESCRIPTOR_NONE ((struct descriptor){.number = -1})

/* Moves `number` up (the low one is closed).  When there is no room above, it stays where it is.
 * A negative number gives DESCRIPTOR_NONE. */
struct descriptor descriptor_keep(int number);
bool descriptor_is_ours(const struct descriptor *descriptor);
/* Closes it if it is still ours; then it is DESCRIPTOR_NONE. */
void descriptor_close(struct descriptor *descriptor);

#endif
