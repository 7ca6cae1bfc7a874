/* check_libraries.h -- the libraries that a version needs, found on this machine. */
#ifndef INSPECT_CHECK_LIBRARIES_H
#define INSPECT_CHECK_LIBRARIES_H

#include "check_binary.h"

struct library {
    const char *name;      /* as it is asked for: "libevent-2.1.so.7" */
    struct binary *binary; /* NULL: not found here */
};

struct libraries {
    struct arena *arena;
    struct library *list; /* breadth first, as the loader searches them */
    size_t count, capacity;
};

struct libraries *libraries_open(const struct binary *binary);
void libraries_close(struct libraries *libraries);
/* The name of the library that defines the symbol; NULL: none that was found. */
const char *libraries_defining(const struct libraries *libraries, const char *symbol);

#endif
