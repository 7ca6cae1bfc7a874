/* libraries.h -- the shared libraries that a program brings along.
 *
 * A version is loaded from a copy in memory, where the dynamic loader's $ORIGIN means nothing: what
 * a version needs from beside itself is found here, and loaded first.  Libraries stay in the
 * process; a version that comes with another build of one that is loaded would run with the one
 * it was not built for, and is refused.  So is one that needs a library that others could have
 * changed (trust.h), or that needs one that does.
 */
#ifndef KITSUNE_RUNTIME_LIBRARIES_H
#define KITSUNE_RUNTIME_LIBRARIES_H

#include "files/image.h"

struct libraries {
    void **handles; /* of dlopen */
    size_t count;
};

/* Before the image is loaded.  False, with a message (malloc), when it must not be. */
bool libraries_load(const struct image *image, struct libraries *libraries, char **message);
/* What to do about the dynamic loader's error; "": what it says is all there is to say. */
const char *libraries_advice(const char *error);
/* When the image is loaded, and holds what it needs; or will not be. */
void libraries_release(struct libraries *libraries);

/* A loaded image is about to be unloaded: what it has needed stays, for its successor's state may
 * lead to what those libraries have made. */
void libraries_keep(const struct image *image);

#endif
