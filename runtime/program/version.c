/* version.c -- one version of the program, loaded. */
#include "program/version.h"

#include <stdlib.h>
#include <string.h>

#include <kitsune/entry.h>

#include "program/key.h"
#include "common/message.h"

struct version *version_load(struct image *image, char **message)
{
    struct loaded *object = loader_load(image, message);
    if (!object)
        return NULL;
    const struct kitsune_entry *entry = loader_symbol(object, "kitsune_entry");
    if (!entry)
        *message = message_format("%s exports no kitsune_entry: link it with kitcc -shared",
                                  image->path);
    else if (entry->abi != KITSUNE_ENTRY_ABI)
        *message = message_format("%s was built for another Kitsune (entry %u, this one has %u): "
                                  "build it again with this one's kitcc", image->path, entry->abi,
                                  KITSUNE_ENTRY_ABI);
    else if (!entry->main)
        *message = message_format("%s has no main: it is a transformer or a library, not a version "
                                  "of a program", image->path);
    if (*message) {
        loader_unload(object);
        return NULL;
    }
    struct version *version = allocate(sizeof *version);
    version->object = object;
    version->main = entry->main;
    return version;
}

void version_images(const struct version *version, struct image **object,
                    struct image **transformer)
{
    *object = version->object->image;
    *transformer = version->transformer_object ? version->transformer_object->image : NULL;
}

void version_unload_keeping(struct version *version)
{
    loader_unload_keeping(version->object);
    loader_unload_keeping(version->transformer_object);
    symbols_free(version->symbols);
    for (size_t i = 0; i < version->noted_count; i++)
        free(version->noted[i].key);
    free(version->noted);
    free(version);
}

void version_unload(struct version *version)
{
    struct image *object, *transformer;
    if (!version)
        return;
    version_images(version, &object, &transformer);
    version_unload_keeping(version);
    image_free(object);
    image_free(transformer);
}

static bool take_transformer(struct version *version, const struct loaded *object, char **message)
{
    const struct kitsune_transformer *transformer = loader_symbol(object, "kitsune_transformer");
    if (transformer && transformer->abi == KITSUNE_TRANSFORMER_ABI) {
        version->transformer = transformer;
        return true;
    }
    *message = message_format("the transformer %s was generated for another Kitsune: generate it "
                              "again with this one's xfgen", object->image->path);
    return false;
}

bool version_load_transformer(struct version *version, struct image *image, char **message)
{
    version->transformer_object = loader_load(image, message);
    return version->transformer_object &&
           take_transformer(version, version->transformer_object, message);
}

bool version_use_linked_transformer(struct version *version, char **message)
{
    return take_transformer(version, version->object, message);
}

const char *version_path(const struct version *version)
{
    return version->object->image->path;
}

uintptr_t version_base(const struct version *version)
{
    return version->object->base;
}

const char *version_build_id(const struct version *version)
{
    return version->object->image->elf.build_id;
}

/* ---- Keys and addresses ---------------------------------------------------------------------- */

struct symbol_table *version_symbols(struct version *version)
{
    if (!version->symbols)
        version->symbols = symbols_read(&version->object->image->elf);
    return version->symbols;
}

void version_note(struct version *version, char *key, void *address, size_t size)
{
    for (size_t i = 0; i < version->noted_count; i++)
        if (version->noted[i].address == address) {
            free(key);
            return;
        }
    if (version->noted_count == version->noted_capacity) {
        version->noted_capacity = 2 * version->noted_capacity + 16;
        version->noted = reallocate(version->noted,
                                    version->noted_capacity * sizeof *version->noted);
    }
    version->noted[version->noted_count++] = (struct noted_variable){key, address, size};
}

static uintptr_t running_address(const struct version *version, uint64_t offset,
                                 bool is_thread_local)
{
    if (!is_thread_local)
        return version->object->base + offset;
    uintptr_t block = loader_tls_block(version->object);
    return block ? block + offset : 0;
}

/* The transformer knows the new version's variables from its debug information: statics of
 * functions by their real names. */
static void *find_in_transformer(struct version *version, const char *key, size_t *size)
{
    const struct kitsune_transformer *transformer = version->transformer;
    for (size_t i = 0; transformer && i < transformer->variable_count; i++) {
        const struct kitsune_variable *variable = &transformer->variables[i];
        if (!variable->new_key || !key_matches(variable->new_key, key))
            continue;
        if (size)
            *size = variable->new_size;
        return (void *)running_address(version, variable->new_offset,
                                       variable->flags & KITSUNE_VARIABLE_NEW_THREAD_LOCAL);
    }
    return NULL;
}

void *version_find_symbol(struct version *version, const char *key, size_t *size, bool *ambiguous)
{
    const struct symbol *symbol = symbols_find(version_symbols(version), key, ambiguous);
    if (!symbol)
        return NULL;
    if (size)
        *size = symbol->size;
    return (void *)running_address(version, symbol->address, symbol->kind == SYMBOL_THREAD_LOCAL);
}

void *version_find(struct version *version, const char *key, size_t *size, bool *ambiguous)
{
    if (ambiguous)
        *ambiguous = false;
    for (size_t i = 0; i < version->noted_count; i++)
        if (key_matches(version->noted[i].key, key)) {
            if (size)
                *size = version->noted[i].size;
            return version->noted[i].address;
        }
    void *address = find_in_transformer(version, key, size);
    return address ? address : version_find_symbol(version, key, size, ambiguous);
}

const char *version_key(struct version *version, const void *address)
{
    for (size_t i = 0; i < version->noted_count; i++)
        if (version->noted[i].address == address)
            return version->noted[i].key;
    if (!loader_contains(version->object, address))
        return NULL;
    uint64_t offset = (uintptr_t)address - version->object->base;
    const struct kitsune_transformer *transformer = version->transformer;
    for (size_t i = 0; transformer && i < transformer->variable_count; i++)
        if (transformer->variables[i].new_key && transformer->variables[i].new_offset == offset &&
            !(transformer->variables[i].flags & KITSUNE_VARIABLE_NEW_THREAD_LOCAL))
            return transformer->variables[i].new_key;
    const struct symbol *symbol = symbols_find_address(version_symbols(version), offset);
    return symbol ? symbol->key : NULL;
}
