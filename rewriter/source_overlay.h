/* source_overlay.h -- makes clang read another text where a source file is.
 *
 *      {"roots": [{"name": "/home/ann/server.c", "external-contents": "/proc/self/fd/200"}], ...}
 *
 * A file system overlay of clang's (-ivfsoverlay): to the compiler the file has the name, the
 * folder and the time of the user's, and only what it reads is ours.  So messages, __FILE__,
 * #include "...", debug information and dependency files are right without more ado, which a copy
 * elsewhere (source_copy.h) has to be helped to; but gcc has nothing of the kind.
 */
#ifndef REWRITER_SOURCE_OVERLAY_H
#define REWRITER_SOURCE_OVERLAY_H

#include <jansson.h>

#include "text.h"

struct source_overlay {
    json_t *roots; /* NULL as long as nothing was added */
    int *descriptors; /* memory that has to stay until the compiler is done */
    size_t descriptor_count;
};

/* False for a name that cannot be written into an overlay: one that is not UTF-8. */
bool source_overlay_can_name(const char *path);
/* False, with a message, when there is no room. */
bool source_overlay_add(struct source_overlay *overlay, const char *path,
                        const struct text *contents);
/* Adds the compiler's options for what was added, if anything was. */
bool source_overlay_use(struct source_overlay *overlay, struct string_list *arguments);
void source_overlay_free(struct source_overlay *overlay);

#endif
