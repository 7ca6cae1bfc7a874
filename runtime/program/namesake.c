/* namesake.c -- functions of the old version and their successors in the new one. */
#include "program/namesake.h"

#include <stdio.h>

#include "update/update.h"

bool namesake_is_old(const void *address)
{
    return loader_contains(update_old_version()->object, address);
}

static const struct kitsune_function *find_pair(const struct kitsune_transformer *transformer,
                                                uint64_t offset)
{
    size_t low = 0, high = transformer->function_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (transformer->functions[middle].old_offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < transformer->function_count && transformer->functions[low].old_offset == offset
               ? &transformer->functions[low]
               : NULL;
}

void *namesake_of_function(const void *address)
{
    struct version *old_version = update_old_version(), *new_version = update_new_version();
    const struct kitsune_transformer *transformer = update_transformer();
    if (transformer) {
        const struct kitsune_function *pair =
            find_pair(transformer, (uintptr_t)address - old_version->object->base);
        if (pair)
            return pair->new_key ? (void *)(new_version->object->base + pair->new_offset) : NULL;
    }
    const char *key = version_key(old_version, address);
    return key ? version_find(new_version, key, NULL, NULL) : NULL;
}

static const struct kitsune_variable *
find_variable_pair(const struct kitsune_transformer *transformer, uint64_t offset)
{
    for (size_t i = 0; i < transformer->variable_count; i++) {
        const struct kitsune_variable *variable = &transformer->variables[i];
        if (variable->old_key && variable->old_offset == offset &&
            !(variable->flags & KITSUNE_VARIABLE_OLD_THREAD_LOCAL))
            return variable;
    }
    return NULL;
}

void *namesake_of_variable(const void *address, size_t size)
{
    struct version *old_version = update_old_version(), *new_version = update_new_version();
    const struct kitsune_transformer *transformer = update_transformer();
    const struct kitsune_variable *pair = NULL;
    if (transformer)
        pair = find_variable_pair(transformer, (uintptr_t)address - old_version->object->base);
    if (pair)
        return pair->new_key && pair->new_size >= size
                   ? (void *)(new_version->object->base + pair->new_offset)
                   : NULL;
    const char *key = version_key(old_version, address);
    size_t new_size = 0;
    void *found = key ? version_find(new_version, key, &new_size, NULL) : NULL;
    return new_size >= size ? found : NULL;
}

const char *namesake_old_name(const void *address)
{
    static char text[64];
    const char *key = version_key(update_old_version(), address);
    if (key)
        return key;
    snprintf(text, sizeof text, "what is at %p", address);
    return text;
}
