/* heap.h -- the heap engine: what the update does with everything that pointers lead to.
 *
 * Lives in runtime/heap/.  The rest of the runtime starts it when a new version begins, lets it
 * work off its queue after each migration call, and ends it by commit or abort.  Generated code
 * talks to it through kitsune/transform.h (kitsune_xf_*).
 *
 *        begin --> (migrate ... drain)* --> finish --> commit
 *                         \___________________\______> abort
 *
 * All on one thread, the one that performs the update.
 */
#ifndef KITSUNE_RUNTIME_HEAP_H
#define KITSUNE_RUNTIME_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kitsune/transform.h>

struct heap_stack {
    uintptr_t start, end;
};

/* Counts for whoever watches, written once for every block of objects. */
struct heap_progress {
    _Atomic uint64_t *objects_done, *objects_known, *bytes_done;
};

struct heap_setup {
    struct heap_progress progress; /* NULLs: nobody watches */
    const struct kitsune_transformer *transformer; /* NULL in hand-written mode */
    uintptr_t old_base;                  /* load bias of the old version */
    uintptr_t old_start, old_end;        /* its whole mapped image */
    uintptr_t old_writable_start, old_writable_end; /* its data and bss segment */
    uintptr_t new_base;
    uintptr_t new_start, new_end;
    const struct heap_stack *stacks;     /* the old version's, sorted; copied */
    size_t stack_count;
    /* The transformer through which the old version was entered, when it is a shared object of its
     * own (else 0): constants of its rules' code may be in the state, and are unloaded together
     * with the old version. */
    uintptr_t old_transformer_start, old_transformer_end;
    bool old_is_read; /* the new version may look at old objects while it migrates: it has
                         hand-written transformers, or calls kitsune_lookup_key_old.  Then no
                         object is converted in its own memory, whatever the transformer says */
};

struct heap_statistics {
    uint64_t objects_visited;     /* reached by a pointer and looked at */
    uint64_t objects_transformed; /* of these, given new memory */
    uint64_t bytes_transformed;   /* new memory in bytes */
    uint64_t bytes_visited;       /* of all objects visited, in their old form */
    uint64_t bookkeeping_bytes;   /* peak memory of map, queue and log */
};

void heap_begin(const struct heap_setup *setup);
/* Converts one variable or local by migrate(in, out), or runs an INIT rule (in == NULL).  Every
 * call of a `migrate` function goes through here: a pointer whose target is not known yet is
 * found again by looking through the `out_size` bytes at `out`.  Does not drain. */
void heap_migrate(void (*migrate)(void *in, void *out), void *in, void *out, size_t out_size);
/* Completes every object reached so far. */
void heap_drain(void);
/* The same when all variables have been migrated, if not all locals: what is known by now is likely
 * to be all that links can lead to. */
void heap_drain_all(void);
/* A noted local has found its place in the new version: pointers to it, met before or after, are
 * redirected.  `pair` may be NULL (start address only). */
void heap_local_migrated(void *old_address, size_t old_size, void *new_address, size_t new_size,
                         const struct kitsune_type_pair *pair, size_t count);
/* Everything is migrated: resolves deferred pointers, and fails the update when one is left that
 * leads nowhere (naming what it leads to). */
void heap_finish(void);
/* Frees the old objects; the undo log is forgotten. */
void heap_commit(void);
/* Puts every remembered word back, frees the new objects. */
void heap_abort(void);
void heap_read_statistics(struct heap_statistics *statistics);

/* What is being converted right now, "struct entry at 0x55d0, of table.buckets"; NULL: nothing is.
 * malloc. */
char *heap_current_object(void);

/* Supplied by the update machinery (runtime/update/update.c): ends the update, returns to the old
 * version.  Does not return. */
void update_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The same for a rule that fails, at this place of a .xf file. */
void update_fail_at(const char *file, int line, const char *text) __attribute__((noreturn));

#endif
