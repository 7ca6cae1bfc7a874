/* source_copy.h -- a copy of a source file with code put in, that compiles like the original.
 *
 *      $TMPDIR/kitcc-XXXXXX/d/d/d/server.c
 *
 * The copy has the original's name, for the compiler derives names from it; its first line says
 * whose copy it is, so that messages, __FILE__ and line numbers are the original's.  The folders
 * between are as many as the source climbs up in its #include "../../x.h": from the copy such a
 * path must lead nowhere, so that it is found from the original's folder.
 */
#ifndef REWRITER_SOURCE_COPY_H
#define REWRITER_SOURCE_COPY_H

#include "findings.h"

struct source_copy {
    char *root;      /* the temporary folder */
    char *folder;    /* where the copy is, with final slash */
    char *path;      /* the copy */
    char *original_folder; /* with final slash, or "" */
};

/* Adds `source` with the insertions. */
void insertions_apply(const struct findings *findings, const char *source, size_t length,
                      struct text *result);
/* The text of the copy: `source` with the insertions, and a first line that names `path`. */
void source_copy_text(const char *path, const char *source, size_t length,
                      const struct findings *findings, struct text *result);
/* How many "../" follow each other at most. */
int source_copy_depth(const char *source, size_t length);

/* False, with a message, when the copy cannot be written. */
bool source_copy_make(struct source_copy *copy, const char *path, const struct text *source,
                      const struct findings *findings);
/* Removes the copy and its folders. */
void source_copy_remove(struct source_copy *copy);

#endif
