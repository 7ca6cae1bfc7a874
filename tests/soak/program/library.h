/* library.h -- a library that Kitsune knows nothing of, with a thread of its own. */
#ifndef LIBRARY_H
#define LIBRARY_H

void library_start(void);

#endif
