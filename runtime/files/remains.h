/* remains.h -- what a load that failed has left behind.
 *
 * When the dynamic loader has no address space for the second segment of an object, or cannot
 * protect one, it leaves those mapped that it has mapped by then, and forgets them.  Each of
 * these failures would cost the process an object's address space.
 */
#ifndef KITSUNE_RUNTIME_REMAINS_H
#define KITSUNE_RUNTIME_REMAINS_H

#include "files/image.h"

/* After dlopen of the image has failed. */
void remains_unmap(const struct image *image);

#endif
