/* version.h -- one version of the program, loaded.
 *
 * With it stays the transformer through which it was entered: the program's state may hold
 * pointers to literals in the rules' code.
 */
#ifndef KITSUNE_RUNTIME_VERSION_H
#define KITSUNE_RUNTIME_VERSION_H

#include <kitsune/transform.h>

#include "files/loader.h"
#include "program/symbols.h"

/* A variable named by kitsune_note_variable. */
struct noted_variable {
    char *key;
    void *address;
    size_t size;
};

struct version {
    struct loaded *object;
    int (*main)(int, char **, char **);
    struct loaded *transformer_object; /* NULL: linked in, or none */
    const struct kitsune_transformer *transformer; /* that led here; NULL: none */
    struct symbol_table *symbols; /* read when first needed */
    struct noted_variable *noted;
    size_t noted_count, noted_capacity;
    /* Pointers to this version may have been copied bit for bit into its successor's state: it
     * stays loaded when it is left. */
    bool must_stay;
    struct version *next_kept;
};

/* Takes over the image.  NULL with a message (malloc). */
struct version *version_load(struct image *image, char **message);
void version_unload(struct version *version);
/* What it was loaded from; *transformer is NULL when it had none of its own. */
void version_images(const struct version *version, struct image **object,
                    struct image **transformer);
/* The same as version_unload, but its images stay, the caller's. */
void version_unload_keeping(struct version *version);

/* Takes over the image and loads it as the transformer that leads to `version`. */
bool version_load_transformer(struct version *version, struct image *image, char **message);
/* The transformer that is linked into the version. */
bool version_use_linked_transformer(struct version *version, char **message);

const char *version_path(const struct version *version);
uintptr_t version_base(const struct version *version); /* the load bias */
const char *version_build_id(const struct version *version);

/* The variable or function of this key, in running addresses; size may be NULL.  *ambiguous (may
 * be NULL) tells that several statics of functions could be meant. */
void *version_find_symbol(struct version *version, const char *key, size_t *size,
                          bool *ambiguous);
void *version_find(struct version *version, const char *key, size_t *size, bool *ambiguous);
/* The key of what starts at the address; owned by the version. */
const char *version_key(struct version *version, const void *address);
struct symbol_table *version_symbols(struct version *version);
void version_note(struct version *version, char *key, void *address, size_t size);

#endif
