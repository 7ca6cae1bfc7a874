/* way_back.c -- what stands against a rollback, in words. */
#include "files/way_back.h"

#include "common/message.h"

char *way_back_refusal(const struct way_back *way)
{
    if (!way->build_id || !way->path)
        return message_format("there is no version to return to: process %d has not been updated "
                              "since it was started", (int)way->pid);
    if (!way->is_kept)
        return message_format("the version before, %s (%s), was not kept; if that file is still "
                              "the same, update to it: kitsune update %d %s",
                              way->path, way->build_id, (int)way->pid, way->path);
    if (!way->has_transformer)
        return message_format("no transformer leads back from %s (%s) to %s (%s): make one with "
                              "`xfgen %s %s --reverse -o back.c && kitcc -shared back.c -o "
                              "back.xf.so` (with the update's .xf file behind the two versions, if "
                              "it had one), then `kitsune rollback %d --xf back.xf.so`",
                              way->running_path, way->running_build_id, way->path, way->build_id,
                              way->path, way->running_path, (int)way->pid);
    return NULL;
}
