/* lookup.c -- keys and addresses of both versions, for programs and for generated code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kitsune.h>
#include <kitsune/transform.h>

#include "program/frames.h"
#include "program/key.h"
#include "program/migration.h"
#include "common/message.h"
#include "program/program.h"
#include "threads/thread.h"
#include "update/update.h"

/* The transformer knows the old version's variables by their real names, also those that the
 * symbol table does not tell apart. */
static const struct kitsune_variable *find_old_variable(const char *key)
{
    const struct kitsune_transformer *transformer = update_transformer();
    for (size_t i = 0; transformer && i < transformer->variable_count; i++)
        if (transformer->variables[i].old_key &&
            key_matches(transformer->variables[i].old_key, key))
            return &transformer->variables[i];
    return NULL;
}

KITSUNE_PUBLIC void *kitsune_lookup_key_old(const char *key)
{
    if (!program.is_driven || !key)
        return NULL;
    migration_by_hand();
    const struct kitsune_variable *variable = find_old_variable(key);
    if (variable) {
        const struct loaded *object = update_old_version()->object;
        uintptr_t base = variable->flags & KITSUNE_VARIABLE_OLD_THREAD_LOCAL
                             ? loader_tls_block(object)
                             : object->base;
        return (void *)(base + variable->old_offset);
    }
    void *address = version_find(update_old_version(), key, NULL, NULL);
    const struct kitsune_local *local = NULL;
    if (!address)
        local = update_is_migrating() ? frames_find_old(key) : frames_find_new(key);
    return local ? local->address : address;
}

KITSUNE_PUBLIC void *kitsune_lookup_key_new(const char *key)
{
    if (!program.is_driven || !key)
        return NULL;
    void *address = version_find(update_new_version(), key, NULL, NULL);
    const struct kitsune_local *local = address ? NULL : frames_find_new(key);
    return local ? local->address : address;
}

/* A local's key is made up on demand; as many as a person can have in mind at once stay valid. */
static const char *local_key(const struct kitsune_frame *frame, const struct kitsune_local *local)
{
    static char texts[8][256];
    static unsigned next;
    char *text = texts[next++ % 8];
    snprintf(text, sizeof texts[0], "%s#%s", frame->function, local->name);
    return text;
}

KITSUNE_PUBLIC const char *kitsune_lookup_addr_old(void *address)
{
    if (!program.is_driven)
        return NULL;
    const struct kitsune_transformer *transformer = update_transformer();
    uint64_t offset = (uintptr_t)address - update_old_version()->object->base;
    for (size_t i = 0; transformer && i < transformer->variable_count; i++) {
        const struct kitsune_variable *variable = &transformer->variables[i];
        if (variable->old_key && variable->old_offset == offset &&
            !(variable->flags & KITSUNE_VARIABLE_OLD_THREAD_LOCAL))
            return variable->old_key;
    }
    const char *key = version_key(update_old_version(), address);
    const struct kitsune_local *local;
    const struct kitsune_frame *frame = NULL;
    if (!key)
        frame = update_is_migrating() ? frames_find_address_old(address, &local)
                                      : frames_find_address_new(address, &local);
    return frame ? local_key(frame, local) : key;
}

KITSUNE_PUBLIC const char *kitsune_lookup_addr_new(void *address)
{
    if (!program.is_driven)
        return NULL;
    const char *key = version_key(update_new_version(), address);
    const struct kitsune_local *local;
    const struct kitsune_frame *frame = key ? NULL : frames_find_address_new(address, &local);
    return frame ? local_key(frame, local) : key;
}

KITSUNE_PUBLIC void kitsune_note_variable(const char *name, const char *function, const char *file,
                                          void *address, size_t size)
{
    if (program.is_driven && is_main_thread())
        version_note(update_new_version(), key_compose(file, function, name), address, size);
}
