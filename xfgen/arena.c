/* arena.c -- memory that is given back all at once.
 *
 * A program description is tens of thousands of small pieces that live equally long; an arena hands
 * them out from large blocks, zeroed, aligned for any type, and frees the blocks together.
 */
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16 };

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(ALIGNMENT) char bytes[];
};

struct arena {
    struct block *blocks; /* the first is the one being filled */
};

/* xfgen is a command without state to save: when memory is out there is nothing better to do. */
static void *allocate_or_exit(size_t size)
{
    void *memory = calloc(1, size);

    if (!memory) {
        fprintf(stderr, "xfgen: error: out of memory (%zu bytes asked for)\n", size);
        exit(EXIT_FAILURE);
    }
    return memory;
}

struct arena *arena_new(void)
{
    return allocate_or_exit(sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
    struct block *block, *next;

    if (!arena)
        return;
    for (block = arena->blocks; block; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

static struct block *add_block(struct arena *arena, size_t size)
{
    struct block *block = allocate_or_exit(sizeof *block + size);

    block->size = size;
    if (size > BLOCK_SIZE && arena->blocks) { /* keep filling the current block */
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

void *arena_allocate(struct arena *arena, size_t size)
{
    struct block *block = arena->blocks;
    void *memory;

    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!block || block->size - block->used < size)
        block = add_block(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
    memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

char *arena_copy_string(struct arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(arena_allocate(arena, size), text, size);
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    int length;
    char *text;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return arena_copy_string(arena, format);
    text = arena_allocate(arena, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
