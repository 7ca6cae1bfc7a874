/* preparation.c -- the files of an update, found and checked before the program is disturbed. */
#include "files/preparation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/message.h"
#include "files/signature.h"

static bool is_for_pair(const struct image *transformer, const char *old_build_id,
                        const char *new_build_id)
{
    /* An empty new build ID means the version that the transformer is linked into. */
    return (!transformer->old_build_id[0] ||
            strcmp(transformer->old_build_id, old_build_id) == 0) &&
           (!transformer->new_build_id[0] ||
            strcmp(transformer->new_build_id, new_build_id) == 0);
}

static bool check_pair(const struct image *transformer, const struct image *next,
                       const struct wanted_update *wanted, char **message)
{
    if (is_for_pair(transformer, wanted->old_build_id, next->elf.build_id))
        return true;
    if (strcmp(next->elf.build_id, wanted->old_build_id) == 0) {
        *message = message_format("the program runs %s (build %s) already, and the transformer %s "
                                  "does not lead from there to itself: nothing is to be done",
                                  wanted->old_path, wanted->old_build_id, transformer->path);
        return false;
    }
    const char *leads_to = transformer->new_build_id[0] ? transformer->new_build_id
                                                        : next->elf.build_id;
    bool is_from_here = strcmp(transformer->old_build_id, wanted->old_build_id) == 0;
    bool is_to_there = strcmp(leads_to, next->elf.build_id) == 0;
    *message = message_format(
        "the transformer %s%s is for another pair of versions: it leads from build %.12s to build "
        "%.12s, but %s is build %.12s%s: run `xfgen %s %s --install` (with your .xf file behind, "
        "if the change needs one)",
        transformer == next ? "linked into " : "", transformer->path, transformer->old_build_id,
        leads_to, is_from_here ? next->path : wanted->old_path,
        is_from_here ? next->elf.build_id : wanted->old_build_id,
        is_from_here  ? ", made since then"
        : is_to_there ? ", which runs"
                      : ", which runs, and the new version is another one, too",
        wanted->old_path, next->path);
    return false;
}

static char *no_transformer(const struct image *next, const struct wanted_update *wanted)
{
    if (strcmp(next->elf.build_id, wanted->old_build_id) == 0)
        return message_format("the program runs this build (%s) already, and there is no "
                              "transformer from it to itself: run `xfgen %s %s --install` if you "
                              "want one", wanted->old_build_id, wanted->old_path, next->path);
    return message_format("no transformer from %s to %s: run `xfgen %s %s --install` (with your "
                          ".xf file behind, if the change needs one), or name it with --xf FILE; "
                          "--manual copies every variable whose size is the same and needs none",
                          wanted->old_build_id, next->elf.build_id, wanted->old_path, next->path);
}

/* Decides the kind; `preparation` has its images. */
static bool check_all(struct preparation *preparation, const struct wanted_update *wanted,
                      char **message)
{
    struct image *next = preparation->next, *transformer = preparation->transformer;
    if (!image_check_version(next, message))
        return false;
    next->trusted_user = wanted->trusted_user;
    if (transformer) {
        transformer->trusted_user = wanted->trusted_user;
        preparation->kind = TRANSFORMER_FILE;
        return image_check_transformer(transformer, message) &&
               check_pair(transformer, next, wanted, message);
    }
    if (image_has_linked_transformer(next)) {
        preparation->kind = TRANSFORMER_LINKED;
        return image_check_transformer(next, message) &&
               check_pair(next, next, wanted, message);
    }
    preparation->kind = TRANSFORMER_WRITTEN;
    if (wanted->allow_written || image_has_written_transformers(next))
        return true;
    *message = no_transformer(next, wanted);
    return false;
}

static char *installed_path(const struct wanted_update *wanted)
{
    return message_format("%s.d/%s.so", wanted->next_path, wanted->old_build_id);
}

/* What is there and cannot be looked at is for image_read to complain about. */
static bool may_exist(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static bool read_transformer(struct preparation *preparation, const struct wanted_update *wanted,
                             char **message)
{
    if (wanted->transformer_path) {
        preparation->transformer = image_read_trusted(wanted->transformer_path,
                                                      wanted->trusted_user, message);
        return preparation->transformer != NULL;
    }
    char *path = installed_path(wanted);
    if (may_exist(path))
        preparation->transformer = image_read_trusted(path, wanted->trusted_user, message);
    free(path);
    return !*message;
}

bool preparation_read(struct preparation *preparation, const struct wanted_update *wanted,
                      char **message)
{
    *preparation = (struct preparation){0};
    *message = NULL;
    preparation->next = image_read_trusted(wanted->next_path, wanted->trusted_user, message);
    if (preparation->next && image_check_version(preparation->next, message) &&
        read_transformer(preparation, wanted, message) &&
        check_all(preparation, wanted, message))
        return true;
    preparation_free(preparation);
    return false;
}

bool preparation_adopt(struct preparation *preparation, const struct wanted_update *wanted,
                       int next_number, int transformer_number, char **message)
{
    *preparation = (struct preparation){0};
    *message = NULL;
    preparation->next = image_adopt(next_number, wanted->next_path, message);
    if (!preparation->next) {
        if (transformer_number >= 0)
            close(transformer_number);
        return false;
    }
    if (transformer_number >= 0) {
        const char *path = wanted->transformer_path ? wanted->transformer_path : "(transformer)";
        preparation->transformer = image_adopt(transformer_number, path, message);
    }
    if (!*message && check_all(preparation, wanted, message))
        return true;
    preparation_free(preparation);
    return false;
}

bool preparation_take(struct preparation *preparation, const struct wanted_update *wanted,
                      struct image *next, struct image *transformer, char **message)
{
    *preparation = (struct preparation){.next = next, .transformer = transformer};
    *message = NULL;
    if (check_all(preparation, wanted, message))
        return true;
    preparation_free(preparation);
    return false;
}

/* ---- The way back ---------------------------------------------------------------------------- */

static bool check_reverse(const struct image *reverse, const struct image *next,
                          const struct wanted_update *wanted, char **message)
{
    if (!image_check_transformer(reverse, message))
        return false;
    if (reverse->old_build_id[0] && is_for_pair(reverse, next->elf.build_id, wanted->old_build_id))
        return true;
    *message = message_format("the transformer for the way back, %s, leads from %s to %s, needed "
                              "is one from %s (%s) to %s (%s): generate it with `xfgen %s %s "
                              "--reverse`",
                              reverse->path, reverse->old_build_id, reverse->new_build_id,
                              next->elf.build_id, next->path, wanted->old_build_id,
                              wanted->old_path, wanted->old_path, next->path);
    return false;
}

/* NULL: nothing lies there. */
static struct image *read_reverse(const struct wanted_update *wanted, const struct image *next,
                                  char **message)
{
    if (wanted->reverse_path)
        return image_read_trusted(wanted->reverse_path, wanted->trusted_user, message);
    char *path = message_format("%s.d/%s.so", wanted->old_path, next->elf.build_id);
    struct image *image =
        may_exist(path) ? image_read_trusted(path, wanted->trusted_user, message) : NULL;
    free(path);
    return image;
}

bool preparation_add_reverse(struct preparation *preparation, const struct wanted_update *wanted,
                             int number, char **message)
{
    const struct image *next = preparation->next;
    *message = NULL;
    struct image *reverse = number >= 0 ? image_adopt(number, wanted->reverse_path, message)
                                        : read_reverse(wanted, next, message);
    if (reverse && check_reverse(reverse, next, wanted, message)) {
        preparation->reverse = reverse;
        return true;
    }
    image_free(reverse);
    return !wanted->reverse_path;
}

bool preparation_check_signatures(struct preparation *preparation,
                                  const struct configuration *configuration, char **message)
{
    struct image *transformer = preparation->transformer, *reverse = preparation->reverse;
    if (signature_check(preparation->next, SIGNED_VERSION, configuration, message) &&
        (!transformer ||
         signature_check(transformer, SIGNED_TRANSFORMER, configuration, message)) &&
        (!reverse || signature_check(reverse, SIGNED_TRANSFORMER, configuration, message)))
        return true;
    preparation_free(preparation);
    return false;
}

void preparation_free(struct preparation *preparation)
{
    image_free(preparation->next);
    image_free(preparation->transformer);
    image_free(preparation->reverse);
    *preparation = (struct preparation){0};
}
