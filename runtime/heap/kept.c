/* kept.c -- pointers that make no objects: kept ones, strings, functions; and what else generated
 * code asks for.
 *
 * They are told apart by where they lead.  Into the old image: to the namesake, or to a copy of
 * what has no name.  To a local, or into the object that is being converted: to its new place.
 * Anywhere else they stay as they are.
 */
#include "engine.h"

#include <ctype.h>

/* Characters without a name in the image: the string they are. */
static char *image_string(uintptr_t address)
{
    size_t readable = image_unnamed_size(address);
    const char *end = memchr((const char *)address, '\0', readable);
    size_t size = end ? (size_t)(end - (const char *)address) + 1 : readable;

    if (image_is_writable(address))
        return (char *)image_pointer(pair_state_of(&character_pair), address, size);
    return literal_copy((const char *)address, size);
}

/* Something of unknown type and size without a name.  Most often it is a string; otherwise it ends
 * where the next variable begins, and is not larger than a page. */
static void *keep_unnamed(uintptr_t address)
{
    enum { LARGEST_UNNAMED = 4096 };
    size_t size = image_unnamed_size(address), i;
    const unsigned char *bytes = (const unsigned char *)address;

    for (i = 0; i < size && (isprint(bytes[i]) || isspace(bytes[i])); i++)
        ;
    if (i && i < size && !bytes[i] && !image_is_writable(address))
        return image_string(address);
    return (void *)image_pointer(pair_state_of(&opaque_pair), address,
                                 size < LARGEST_UNNAMED ? size : LARGEST_UNNAMED);
}

void *kitsune_xf_keep(void *old)
{
    uintptr_t address = (uintptr_t)old, new;
    const struct kitsune_function *function;

    if (in_old_image(address)) {
        new = image_variable(address, NULL);
        if (new)
            return (void *)new;
        function = image_is_writable(address) ? NULL : image_function(address);
        if (function)
            return (void *)image_function_address(function, address);
        return keep_unnamed(address);
    }
    if (in_old_stack(address))
        return (void *)local_pointer(pair_state_of(&opaque_pair), address, 1,
                                     DEFERRED_KEPT_LOCAL);
    if (leads_to_itself(pair_state_of(&opaque_pair), address, &new))
        return (void *)new;
    return old;
}

void *kitsune_xf_argument(void *old)
{
    uintptr_t address = (uintptr_t)old;
    uint32_t index;

    if (is_mark(address) || address > ADDRESS_MASK)
        return old;
    if (in_old_image(address) || in_old_stack(address))
        return kitsune_xf_keep(old);
    index = map_find_real(&heap.map, address);
    if (index == MAP_NOTHING)
        return old;
    return (void *)record_new(log_at(&heap.log, index));
}

char *kitsune_xf_string(char *old)
{
    const struct pair_state *state = pair_state_of(&character_pair);
    const struct kitsune_transformer *transformer = heap.setup.transformer;
    uintptr_t address = (uintptr_t)old, new;

    if (is_mark(address))
        return old;
    if (in_old_image(address)) {
        new = image_variable(address, state);
        return new ? (char *)new : image_string(address);
    }
    if (in_old_stack(address))
        return (char *)local_pointer(state, address, 1, DEFERRED_LOCAL);
    if (leads_to_itself(state, address, &new))
        return (char *)new;
    if ((transformer && transformer->flags & KITSUNE_TRANSFORMER_NO_INNER_STRINGS) ||
        in_new_image(address) || address > ADDRESS_MASK || literal_owns(address, address + 1) ||
        is_placeholder(address))
        return old;
    if (allocator != ALLOCATOR_UNKNOWN && allocation_judge(address, 1) != START_UNLIKELY) {
        strings_note(address);
        return old;
    }
    return (char *)reach(state, address, 1);
}

char *kitsune_xf_bytes(char *old, size_t length)
{
    uintptr_t address = (uintptr_t)old, new;

    if (is_mark(address) || !in_old_image(address))
        return kitsune_xf_string(old);
    new = image_variable(address, pair_state_of(&character_pair));
    if (new)
        return (char *)new;
    if (length > image_unnamed_size(address))
        update_fail("%zu bytes at offset 0x%llx of the old version are not there: the length that "
                    "E_PTRARRAY names is wrong", length,
                    (unsigned long long)(address - heap.setup.old_base));
    if (image_is_writable(address))
        return (char *)image_pointer(pair_state_of(&character_pair), address, length);
    return literal_copy(old, length);
}

/* Wide characters without a name in read-only memory: the string they are. */
static void *wide_literal(uintptr_t address, size_t width)
{
    static const char end[sizeof(uint32_t)];
    size_t readable = image_unnamed_size(address), size = width;

    while (size + width <= readable &&
           memcmp((const char *)address + size - width, end, width) != 0)
        size += width;
    return literal_copy((const void *)address, size);
}

void *kitsune_xf_wide_string(const struct kitsune_type_pair *pair, void *old)
{
    const struct pair_state *state = pair_state_of(pair);
    uintptr_t address = (uintptr_t)old, new;

    if (!in_old_image(address) || image_is_writable(address))
        return (void *)reach(state, address, 1);
    new = image_variable(address, state);
    return new ? (void *)new : wide_literal(address, state->old_size);
}

void *kitsune_xf_function(void *old)
{
    uintptr_t address = (uintptr_t)old;

    if (!in_old_image(address))
        return old;
    return (void *)image_function_address(image_function(address), address);
}

void kitsune_xf_store(void *slot, void *value)
{
    void *before;

    memcpy(&before, slot, sizeof before);
    if (before == value)
        return;
    undo_store(&heap.undo, slot);
    memcpy(slot, &value, sizeof value);
    if (__builtin_expect(is_placeholder((uintptr_t)value), 0))
        note_slot(slot);
}

void kitsune_xf_remember(void *address, size_t size)
{
    undo_remember(&heap.undo, address, size);
}

size_t kitsune_xf_tail_count(const void *in, size_t tail_offset, size_t element)
{
    uintptr_t address = (uintptr_t)in;
    size_t size;

    if (!element)
        return 0;
    if (in_old_image(address) || in_new_image(address))
        size = image_variable_rest(address);
    else
        size = allocation_usable(address);
    return size > tail_offset ? (size - tail_offset) / element : 0;
}
