/* preparation.h -- the files of an update, found and checked before the program is disturbed.
 *
 * Which transformer takes the program from the running version to the next:
 *
 *      named by the request (--xf FILE)
 *   or NEXT.so.d/<old build ID>.so beside the next version (xfgen --install puts it there)
 *   or one linked into the next version
 *   or none: the next version's hand-written transformers and plain copies, when it has such
 *      transformers, or when the request allows it (--manual, or the program asks itself).
 *
 * The way back, for a rollback after the update: the transformer that the request names, or
 * OLD.so.d/<new build ID>.so beside the running version, or none.
 *
 * A generated transformer must be for exactly this pair of build IDs.  Used by the tool, which
 * refuses what cannot work without the program noticing, and by the runtime, which checks again.
 */
#ifndef KITSUNE_RUNTIME_PREPARATION_H
#define KITSUNE_RUNTIME_PREPARATION_H

#include <stdbool.h>

#include "control/configuration.h"
#include "files/image.h"

enum transformer_kind {
    TRANSFORMER_FILE,    /* a shared object of its own */
    TRANSFORMER_LINKED,  /* in the next version */
    TRANSFORMER_WRITTEN, /* by hand, or none at all */
};

struct wanted_update {
    const char *next_path;
    const char *transformer_path; /* NULL: look for it */
    const char *reverse_path;     /* of the way back; NULL: look for it */
    bool allow_written;
    uid_t trusted_user; /* who, with root, may have written the files; see trust.h */
    const char *old_path; /* of the running version; for advice */
    const char *old_build_id;
};

struct preparation {
    struct image *next;
    struct image *transformer; /* NULL unless TRANSFORMER_FILE */
    enum transformer_kind kind;
    struct image *reverse; /* the transformer of the way back; NULL: there is none */
};

/* Reads the files.  False with a message (malloc). */
bool preparation_read(struct preparation *preparation, const struct wanted_update *wanted,
                      char **message);
/* Takes over sealed copies that another process made; a transformer's number may be -1. */
bool preparation_adopt(struct preparation *preparation, const struct wanted_update *wanted,
                       int next_number, int transformer_number, char **message);
/* Takes over images that are there already. */
bool preparation_take(struct preparation *preparation, const struct wanted_update *wanted,
                      struct image *next, struct image *transformer, char **message);
/* Once the rest is prepared: the way back.  `number` is a sealed copy of it to be taken over, or
 * -1: it is read.  False with a message (malloc) when the one that is named cannot be used; one
 * that lies there and cannot be used counts as none, and *message may say why. */
bool preparation_add_reverse(struct preparation *preparation, const struct wanted_update *wanted,
                             int number, char **message);
/* At last, when the configuration wants signatures.  False with a message (malloc); then nothing is
 * left in it. */
bool preparation_check_signatures(struct preparation *preparation,
                                  const struct configuration *configuration, char **message);
void preparation_free(struct preparation *preparation);

#endif
