/* loader.h -- a sealed image as a loaded shared object, and getting rid of it again.
 *
 * Loading goes through /proc/PID/fd/N of the sealed copy, with RTLD_NOW | RTLD_LOCAL.
 *
 * Unloading must not run the object's destructors: they would tear down state that lives on in
 * the next version.  So the object's list of them is emptied first.  (Under AddressSanitizer they
 * run, because its own module destructor is among them; an instrumented program must not have
 * destructors of its own.)
 */
#ifndef KITSUNE_RUNTIME_LOADER_H
#define KITSUNE_RUNTIME_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "files/image.h"

struct loaded {
    struct image *image; /* owned */
    void *handle;
    uintptr_t base;                         /* load bias */
    uintptr_t start, end;                   /* its whole mapped image */
    uintptr_t writable_start, writable_end; /* data and bss */
};

/* Takes over `image` (frees it on failure).  NULL with a message (malloc). */
struct loaded *loader_load(struct image *image, char **message);
/* A constructor has ended loader_load by a jump, if it has: forgets what it was loading. */
void loader_abandon(void);
/* The address is in code of what is being loaded.  Async-signal-safe. */
bool loader_runs_constructor(const void *place);
/* The same, and says what is known of it by now (its constructors run): nothing in it is owned. */
bool loader_find_loading(const void *place, struct loaded *loaded);
void loader_unload(struct loaded *loaded);
/* The same, but its image stays, the caller's. */
struct image *loader_unload_keeping(struct loaded *loaded);

/* An exported symbol of this object itself, not of what it needs; NULL when it has none. */
void *loader_symbol(const struct loaded *loaded, const char *name);

/* The start of its TLS block in this thread; 0 when it has none. */
uintptr_t loader_tls_block(const struct loaded *loaded);

static inline bool loader_contains(const struct loaded *loaded, const void *address)
{
    return loaded && (uintptr_t)address >= loaded->start && (uintptr_t)address < loaded->end;
}

#endif
