/* valgrind_copy.h -- a version under valgrind: a file by a name.
 *
 * valgrind reads the debug information of what is mapped from the file that the mapping names,
 * and the sealed copies that versions are loaded from have no name it could open.  Under
 * valgrind they are loaded from a further copy, in a private folder that is gone as soon as that
 * has happened.
 */
#ifndef KITSUNE_RUNTIME_VALGRIND_COPY_H
#define KITSUNE_RUNTIME_VALGRIND_COPY_H

#include "files/image.h"

struct valgrind_copy {
    char *folder, *path; /* path: NULL: not under valgrind, or there is no room for it */
};

struct valgrind_copy valgrind_copy_make(const struct image *image);
void valgrind_copy_remove(struct valgrind_copy *copy);

#endif
