/* previous.c -- the version before the last update, kept so that the program can return to it. */
#include "update/previous.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/message.h"
#include "program/program.h"
#include "control/settings.h"
#include "files/libraries.h"
#include "files/way_back.h"

/* Versions that had to stay loaded when they were left. */
static struct version *kept_versions;

static struct {
    char *path, *build_id;     /* NULL: no update has happened */
    struct image *image;       /* NULL: not kept */
    struct image *transformer; /* from the running version to it; NULL: none known */
} previous;

/* What nobody needs any more, until it is given back. */
static struct {
    struct version *version; /* NULL: none */
    struct image *images[5]; /* as many as one commit makes superfluous */
    size_t count;
} unneeded;

static void discard(struct image *image)
{
    if (image)
        unneeded.images[unneeded.count++] = image;
}

void previous_give_back(void)
{
    if (unneeded.version)
        version_unload_keeping(unneeded.version);
    for (size_t i = 0; i < unneeded.count; i++)
        image_free(unneeded.images[i]);
    memset(&unneeded, 0, sizeof unneeded);
}

static void forget(void)
{
    discard(previous.image);
    discard(previous.transformer);
    free(previous.path);
    free(previous.build_id);
    memset(&previous, 0, sizeof previous);
}

static bool leads_from_running(const struct image *transformer)
{
    return transformer && transformer->has_pair && transformer->old_build_id[0] &&
           strcmp(transformer->old_build_id, version_build_id(program.running)) == 0 &&
           strcmp(transformer->new_build_id, previous.build_id) == 0;
}

/* A version that stays loaded keeps its own; the loader would take that one for another copy of the
 * same file, too. */
static void copy_kept(const struct version *left)
{
    char *message = NULL;
    const struct loaded *transformer = left->transformer_object;
    previous.image = image_copy(left->object->image, &message);
    if (previous.image && transformer)
        previous.transformer = image_copy(transformer->image, &message);
    if (message)
        log_error("%s cannot be kept for a rollback: %s", previous.path, message);
    free(message);
}

void previous_keep(struct version *left, struct image *reverse, bool is_to_be_forgotten)
{
    previous_give_back(); /* in a child that was forked before it happened */
    forget();
    libraries_keep(left->object->image);
    previous.path = copy_string(version_path(left));
    previous.build_id = copy_string(version_build_id(left));
    if (left->must_stay) {
        copy_kept(left);
        left->next_kept = kept_versions;
        kept_versions = left;
    } else {
        version_images(left, &previous.image, &previous.transformer);
        unneeded.version = left;
    }
    /* That it was entered by may be what leads back to it, after a rollback from it. */
    if (reverse || !leads_from_running(previous.transformer)) {
        discard(previous.transformer);
        previous.transformer = reverse;
    }
    if (is_to_be_forgotten || !settings()->keep_previous) {
        discard(previous.image);
        discard(previous.transformer);
        previous.image = previous.transformer = NULL;
    }
}

const char *previous_build_id(void)
{
    return previous.build_id;
}

const char *previous_path(void)
{
    return previous.path;
}

static bool has_linked_way(void)
{
    return previous.image && image_has_linked_transformer(previous.image) &&
           strcmp(previous.image->old_build_id, version_build_id(program.running)) == 0;
}

bool previous_is_ready(void)
{
    return previous.image && (previous.transformer || has_linked_way());
}

static char *why_not(const struct wanted_update *wanted)
{
    struct way_back way = {
        .pid = getpid(),
        .running_path = version_path(program.running),
        .running_build_id = version_build_id(program.running),
        .path = previous.path,
        .build_id = previous.build_id,
        .is_kept = previous.image != NULL,
        .has_transformer =
            wanted->transformer_path || wanted->allow_written || previous_is_ready(),
    };
    return way_back_refusal(&way);
}

bool previous_prepare(struct preparation *preparation, const struct wanted_update *wanted,
                      int transformer_number, char **message)
{
    *preparation = (struct preparation){0};
    *message = why_not(wanted);
    /* The loader takes two loads of one file for the same object: each gets a copy of its own. */
    struct image *next = *message ? NULL : image_copy(previous.image, message), *transformer = NULL;
    if (next)
        next->has_run = true;
    if (next && transformer_number >= 0)
        transformer = image_adopt(transformer_number, wanted->transformer_path, message);
    else if (transformer_number >= 0)
        close(transformer_number);
    else if (next && previous.transformer)
        transformer = image_copy(previous.transformer, message);
    if (!*message)
        return preparation_take(preparation, wanted, next, transformer, message);
    image_free(next);
    image_free(transformer);
    return false;
}

void previous_write(struct text *text)
{
    if (!previous.build_id)
        return;
    text_add_field(text, "previous_path", "%s", previous.path);
    text_add_field(text, "previous_build_id", "%s", previous.build_id);
    text_add_field(text, "rollback", "%s", !previous.image       ? ROLLBACK_NOT_KEPT
                                           : previous_is_ready() ? ROLLBACK_READY
                                                                 : ROLLBACK_LACKS_TRANSFORMER);
}
