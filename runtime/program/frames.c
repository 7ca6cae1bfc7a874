/* frames.c -- noted locals. */
#include "program/frames.h"

#include <string.h>

#include "program/key.h"
#include "program/program.h"

static _Thread_local struct kitsune_frame *innermost __attribute__((tls_model("initial-exec")));
/* Of the context that was left. */
static _Thread_local struct kitsune_frame *old_innermost
    __attribute__((tls_model("initial-exec")));

KITSUNE_PUBLIC void kitsune_enter_function(struct kitsune_frame *frame)
{
    frame->caller = innermost;
    innermost = frame;
}

KITSUNE_PUBLIC void kitsune_leave_function(struct kitsune_frame *frame)
{
    /* EXIT_FUNC by hand and the automatic one at the end of the scope may both come, and a longjmp
     * over a frame leaves it in the list: so everything up to this frame goes, if it is in the
     * list at all. */
    for (struct kitsune_frame *at = innermost; at; at = at->caller)
        if (at == frame) {
            innermost = frame->caller;
            return;
        }
}

KITSUNE_PUBLIC void kitsune_link_local(struct kitsune_frame *frame, struct kitsune_local *local)
{
    local->next = frame->locals;
    frame->locals = local;
}

KITSUNE_PUBLIC void kitsune_forget_local(struct kitsune_local *local)
{
    for (struct kitsune_frame *frame = innermost; frame; frame = frame->caller)
        for (struct kitsune_local **at = &frame->locals; *at; at = &(*at)->next)
            if (*at == local) {
                *at = local->next;
                return;
            }
}

KITSUNE_PUBLIC struct kitsune_local *kitsune_find_local(struct kitsune_frame *frame,
                                                        const char *name, void *address)
{
    for (struct kitsune_local *local = frame->locals; local; local = local->next)
        if (local->address == address && strcmp(local->name, name) == 0)
            return local;
    return NULL;
}

/* ---- During an update ------------------------------------------------------------------------ */

void frames_leave(void)
{
    old_innermost = innermost;
    innermost = NULL;
}

void frames_commit(void)
{
    old_innermost = NULL;
}

void frames_restore(void)
{
    innermost = old_innermost;
    old_innermost = NULL;
}

static const struct kitsune_local *find(const struct kitsune_frame *frame, const char *key)
{
    size_t file_length;
    const char *name = key_name(key, &file_length), *hash = strchr(name, '#');
    size_t function_length = hash ? (size_t)(hash - name) : 0;
    if (!hash)
        return NULL;
    for (; frame; frame = frame->caller) {
        if (strlen(frame->function) != function_length ||
            memcmp(frame->function, name, function_length) != 0)
            continue;
        for (const struct kitsune_local *local = frame->locals; local; local = local->next)
            if (strcmp(local->name, hash + 1) == 0)
                return local;
    }
    return NULL;
}

const struct kitsune_local *frames_find_old(const char *key)
{
    return find(old_innermost, key);
}

const struct kitsune_local *frames_find_new(const char *key)
{
    return find(innermost, key);
}

static const struct kitsune_frame *find_address(const struct kitsune_frame *frame,
                                                const void *address,
                                                const struct kitsune_local **found)
{
    for (; frame; frame = frame->caller)
        for (const struct kitsune_local *local = frame->locals; local; local = local->next)
            if (local->address == address) {
                *found = local;
                return frame;
            }
    return NULL;
}

const struct kitsune_frame *frames_find_address_old(const void *address,
                                                    const struct kitsune_local **local)
{
    return find_address(old_innermost, address, local);
}

const struct kitsune_frame *frames_find_address_new(const void *address,
                                                    const struct kitsune_local **local)
{
    return find_address(innermost, address, local);
}
