/* status_file.h -- what a running program tells about itself without being asked.
 *
 * A file that the program rewrites in place whenever something changes, through a descriptor it
 * keeps: so it can be read while the program is busy or stopped, reading it never disturbs the
 * program, and a program that has changed its user or its root can still write it.  A reader may
 * meet a half-written one: it begins with `sequence N` and ends with `end N`, and is read again
 * until the two agree.
 */
#ifndef KITSUNE_RUNTIME_STATUS_FILE_H
#define KITSUNE_RUNTIME_STATUS_FILE_H

#include "common/fields.h"

/* False when there is none or it stays unreadable, with a message (malloc) if `message`. */
bool status_read(const char *path, struct fields *fields, char **message);

/* Writes the fields, framed; `body` is without its end. */
bool status_write(int descriptor, unsigned sequence, const struct text *body);

#endif
