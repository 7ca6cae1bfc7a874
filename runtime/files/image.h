/* image.h -- a version or transformer as a file: read once, checked, and sealed.
 *
 *      file on disk --copy--> memfd --seal--> check --> loaded from the same memfd
 *
 * A signature beside the file is put behind its bytes in the copy.  What was checked is what
 * runs: after sealing nobody can change a byte, and overwriting the file on disk hurts nobody.
 * The tool makes images too and hands their descriptors over; the runtime checks the seals and
 * everything else again.
 */
#ifndef KITSUNE_RUNTIME_IMAGE_H
#define KITSUNE_RUNTIME_IMAGE_H

#include "common/descriptor.h"
#include "files/elf_file.h"

struct image {
    char *path;                   /* as given; for messages and for looking things up beside it */
    struct descriptor descriptor; /* the sealed copy */
    const void *bytes;            /* the copy, mapped read-only */
    size_t size;
    struct elf_file elf;
    /* The pair that the transformer inside is for; empty strings: there is no such note. */
    char old_build_id[BUILD_ID_TEXT_MAX];
    char new_build_id[BUILD_ID_TEXT_MAX];
    bool has_pair; /* of a transformer; an empty old build ID means: known by its object files */
    bool has_broken_signature; /* FILE.sig was there, and no signature */
    bool has_run;              /* in this process, which has kept it since */
    bool is_signed;            /* with a trusted key; see signature.h */
    uid_t trusted_user; /* who, with root, may have written what it brings along; see trust.h */
};

/* Each returns NULL with a message (malloc) when the file cannot be used. */
struct image *image_read(const char *path, char **message);
/* The same of a file that only root and this user could have changed. */
struct image *image_read_trusted(const char *path, uid_t user, char **message);
/* Takes over the descriptor of a sealed copy made by another process. */
struct image *image_adopt(int number, const char *path, char **message);
/* Another sealed copy of the same bytes, at the same path. */
struct image *image_copy(const struct image *image, char **message);
void image_free(struct image *image);

/* What a version must have beyond being loadable, and what a transformer must. */
bool image_check_version(const struct image *image, char **message);
bool image_check_transformer(const struct image *image, char **message);

/* A generated transformer is linked into the version itself. */
bool image_has_linked_transformer(const struct image *image);
/* The version has hand-written transformers (_kitsune_transform_...). */
bool image_has_written_transformers(const struct image *image);
/* Its code may look at the old version's objects by itself. */
bool image_reads_old_version(const struct image *image);

/* Reads the two build IDs of a .note.kitsune.transformer; false when malformed. */
bool image_parse_pair(const unsigned char *description, size_t size, char *old_build_id,
                      char *new_build_id);

#endif
