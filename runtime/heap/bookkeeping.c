/* bookkeeping.c -- memory for the engine's own notes.  See bookkeeping.h.
 *
 * A small update should not pay for big pages, a big one should not pay for small pages: a fault of
 * a small page costs as much as following a hundred pointers, one of a huge page as much as 120
 * small ones.  So the first half megabyte comes as small pages; what follows comes in chunks of
 * huge pages, each chunk as large as everything before it (address space only: untouched pages
 * cost nothing).
 */
#include "bookkeeping.h"

#include <string.h>
#include <sys/mman.h>

#include "heap/heap.h"

enum {
    FIRST_CHUNK = 512 << 10,
    SPARSE_CHUNK = 16 << 20,
    HUGE_PAGE = 2 << 20,
    LARGEST_CHUNK = 64 << 20,
    LINE = 64,
};

struct mapping {
    char *address;
    size_t size;
};

static struct {
    struct mapping *mappings; /* in a mapping of its own */
    size_t mapping_count;
    size_t mapping_capacity;
    char *next, *end; /* what is left of the newest chunk */
    char *sparse_next, *sparse_end;
    size_t mapped;
    size_t handed_out;
} book;

static void *map_pages(size_t size)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (pages == MAP_FAILED)
        update_fail("out of memory: %zu bytes for the update's bookkeeping (%zu in use); give the "
                    "process more memory or address space",
                    size, book.handed_out);
    return pages;
}

static void note_mapping(char *address, size_t size)
{
    if (book.mapping_count == book.mapping_capacity) {
        size_t capacity = book.mapping_capacity ? 2 * book.mapping_capacity : 256;
        struct mapping *mappings = map_pages(capacity * sizeof *mappings);

        if (book.mappings) {
            memcpy(mappings, book.mappings, book.mapping_count * sizeof *mappings);
            munmap(book.mappings, book.mapping_capacity * sizeof *mappings);
        }
        book.mappings = mappings;
        book.mapping_capacity = capacity;
    }
    book.mappings[book.mapping_count++] = (struct mapping){address, size};
}

/* Whole huge pages: mapped with room to spare, the unaligned ends cut off. */
static char *map_huge_pages(size_t size)
{
    char *pages = map_pages(size + HUGE_PAGE);
    char *aligned = (char *)(((uintptr_t)pages + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));

    if (aligned > pages)
        munmap(pages, (size_t)(aligned - pages));
    if (aligned < pages + HUGE_PAGE)
        munmap(aligned + size, (size_t)(pages + HUGE_PAGE - aligned));
    madvise(aligned, size, MADV_HUGEPAGE); /* a kernel without them serves small pages */
    return aligned;
}

static void open_chunk(size_t at_least)
{
    size_t size = FIRST_CHUNK;
    char *chunk;

    if (book.mapped || at_least > FIRST_CHUNK) {
        size = book.mapped < LARGEST_CHUNK ? book.mapped : LARGEST_CHUNK;
        if (size < at_least)
            size = at_least;
        size = (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
    }
    /* Noted before it is used, so that a failure in between loses nothing. */
    note_mapping(NULL, 0);
    chunk = size == FIRST_CHUNK ? map_pages(size) : map_huge_pages(size);
    book.mappings[book.mapping_count - 1] = (struct mapping){chunk, size};
    book.mapped += size;
    book.next = chunk;
    book.end = chunk + size;
}

void *bookkeeping_allocate(size_t size)
{
    void *memory;

    size = (size + LINE - 1) & ~(size_t)(LINE - 1);
    if ((size_t)(book.end - book.next) < size)
        open_chunk(size);
    memory = book.next;
    book.next += size;
    book.handed_out += size;
    return memory;
}

void *bookkeeping_allocate_sparse(size_t size)
{
    void *memory;

    if ((size_t)(book.sparse_end - book.sparse_next) < size) {
        size_t chunk_size = size < SPARSE_CHUNK ? SPARSE_CHUNK : size;
        char *chunk;

        note_mapping(NULL, 0);
        chunk = map_pages(chunk_size);
        madvise(chunk, chunk_size, MADV_NOHUGEPAGE);
        book.mappings[book.mapping_count - 1] = (struct mapping){chunk, chunk_size};
        book.sparse_next = chunk;
        book.sparse_end = chunk + chunk_size;
    }
    memory = book.sparse_next;
    book.sparse_next += (size + LINE - 1) & ~(size_t)(LINE - 1);
    book.handed_out += size;
    return memory;
}

void *bookkeeping_grow(const void *array, size_t old_size, size_t new_size)
{
    void *grown = bookkeeping_allocate(new_size);

    if (old_size)
        memcpy(grown, array, old_size);
    return grown;
}

void *block_vector_grow(struct block_vector *vector, size_t element_size)
{
    size_t block = vector->count / (BLOCK_SIZE / element_size);

    if (block == vector->directory_capacity) {
        size_t capacity = block ? 2 * block : 16;

        vector->directory = bookkeeping_grow(vector->directory, block * sizeof(char *),
                                             capacity * sizeof(char *));
        vector->directory_capacity = capacity;
    }
    vector->directory[block] = bookkeeping_allocate(BLOCK_SIZE);
    return vector->directory[block];
}

void bookkeeping_release_all(void)
{
    size_t i;

    for (i = 0; i < book.mapping_count; i++)
        if (book.mappings[i].address)
            munmap(book.mappings[i].address, book.mappings[i].size);
    if (book.mappings)
        munmap(book.mappings, book.mapping_capacity * sizeof *book.mappings);
    memset(&book, 0, sizeof book);
}

size_t bookkeeping_bytes(void)
{
    return book.handed_out;
}
