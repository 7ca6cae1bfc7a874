/* allocation.c -- what malloc knows about an address.
 *
 * An object that moves is freed at commit, so it had better be the start of an allocation, and of
 * one at least as large as its type says.  glibc keeps a header before each allocation that can
 * be checked for a few instructions; AddressSanitizer answers questions; any other allocator
 * (jemalloc, valgrind's) has to be believed.
 */
#include "engine.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "files/under_valgrind.h"

/* malloc leaves up to so many bytes more than it rounds up to, when the rest would be too small. */
enum { LEFT_OVER = 16 };

enum allocator allocator = ALLOCATOR_UNKNOWN;

/* Present in a process built with -fsanitize=address, or not at all. */
extern int __sanitizer_get_ownership(const volatile void *address) __attribute__((weak));
extern size_t __sanitizer_get_allocated_size(const volatile void *address) __attribute__((weak));

/* ---- Which allocator ------------------------------------------------------------------------- */

static void *home_of(const char *symbol)
{
    void *address = dlsym(RTLD_DEFAULT, symbol);
    Dl_info info;

    return address && dladdr(address, &info) ? info.dli_fbase : NULL;
}

void allocation_detect(void)
{
    static bool detected;
    void *libc;

    if (detected)
        return;
    detected = true;
    if (__sanitizer_get_ownership && __sanitizer_get_allocated_size) {
        allocator = ALLOCATOR_ASAN;
        return;
    }
    libc = home_of("gnu_get_libc_version");
    if (!runs_under_valgrind() && sizeof(size_t) == 8 && libc && home_of("malloc") == libc &&
        home_of("free") == libc && home_of("malloc_usable_size") == libc)
        allocator = ALLOCATOR_GLIBC;
}

/* ---- Reading memory that may not be there ---------------------------------------------------- */

static bool read_word(uintptr_t address, uint64_t *word)
{
    struct iovec to = {word, sizeof *word}, from = {(void *)address, sizeof *word};

    if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) == (ssize_t)sizeof *word)
        return true;
    if (errno == EFAULT)
        return false;
    memcpy(word, (void *)address, sizeof *word); /* forbidden here: then as any program reads */
    return true;
}

enum { PAGE = 4096, REGION_PAGES = (1 << REGION_SHIFT) / PAGE };

static bool pages_are_mapped(const struct map_region *region, size_t from, size_t to)
{
    unsigned char residence[REGION_PAGES];

    if (mincore((void *)((region->number << REGION_SHIFT) + from * PAGE), (to - from) * PAGE,
                residence) == 0)
        return true;
    if (errno != ENOMEM)
        update_fail("what memory is there cannot be asked (mincore: %s): let the program's filter "
                    "of system calls (seccomp, SystemCallFilter=) allow what an update needs, see "
                    "docs/security.md", strerror(errno));
    return false;
}

/* Finds the pages around this one that are mapped: all of the region, as a rule. */
static bool learn_mapped_pages(struct map_region *region, size_t page)
{
    size_t from = page, to = page + 1, step;

    if (pages_are_mapped(region, 0, REGION_PAGES)) {
        region->mapped_from = 0;
        region->mapped_to = REGION_PAGES;
        return true;
    }
    if (!pages_are_mapped(region, from, to))
        return false;
    for (step = REGION_PAGES / 2; step; step /= 2) {
        if (from >= step && pages_are_mapped(region, from - step, from))
            from -= step;
        if (to + step <= REGION_PAGES && pages_are_mapped(region, to, to + step))
            to += step;
    }
    region->mapped_from = (uint16_t)from;
    region->mapped_to = (uint16_t)to;
    return true;
}

/* The address may be anything, and the word before it can lie in the page before. */
static bool header_is_there(uintptr_t address)
{
    uintptr_t header = address - sizeof(uint64_t);
    struct map_region *region = map_region_of(&heap.map, header);
    size_t page = header / PAGE % REGION_PAGES;

    return (page >= region->mapped_from && page < region->mapped_to) ||
           learn_mapped_pages(region, page);
}

bool allocation_is_memory(uintptr_t address)
{
    return header_is_there(address + sizeof(uint64_t));
}

/* ---- glibc's chunks -------------------------------------------------------------------------- */

static bool chunk_is_plausible(uint64_t word)
{
    return chunk_is_ordinary(word & ~(uint64_t)CHUNK_MAPPED, CHUNK_SMALLEST,
                             LARGEST_CHUNK);
}

static size_t chunk_usable(uint64_t word)
{
    size_t size = word & ~(uint64_t)CHUNK_FLAGS;

    return word & CHUNK_MAPPED ? size - CHUNK_HEADER : size - CHUNK_HEADER / 2;
}

/* A chunk behind a free one repeats the size of that. */
static bool predecessor_agrees(uintptr_t address, uint64_t word)
{
    uint64_t before;

    if (word & CHUNK_PREVIOUS_IN_USE)
        return true;
    memcpy(&before, (void *)(address - CHUNK_HEADER), sizeof before); /* in the header's page */
    return chunk_is_ordinary(before, CHUNK_SMALLEST, LARGEST_CHUNK) && before % 16 == 0 &&
           before < address && header_is_there(address - before) &&
           (chunk_word(address - before) & ~(uint64_t)CHUNK_FLAGS) == before;
}

/* The neighbour says so too: it has a plausible header and calls this chunk in use. */
static bool neighbour_agrees(uintptr_t address, uint64_t word)
{
    size_t size = word & ~(uint64_t)CHUNK_FLAGS;
    uint64_t next;

    if (word & CHUNK_MAPPED) {
        uint64_t before;

        return read_word(address - CHUNK_HEADER, &before) &&
               (address - CHUNK_HEADER - before) % 4096 == 0 && (before + size) % 4096 == 0;
    }
    if (!predecessor_agrees(address, word) || !header_is_there(address + size))
        return false;
    /* What is no header may lead anywhere: also to where memory is mapped and may not be read. */
    if ((address + size - sizeof next) / PAGE == address / PAGE)
        next = chunk_word(address + size);
    else if (!read_word(address + size - sizeof next, &next))
        return false;
    return (next & CHUNK_PREVIOUS_IN_USE) && next >> 46 == 0 && next % 16 < 8 && next >= 16;
}

bool allocation_covers(uintptr_t start, uintptr_t address)
{
    enum { FARTHEST = 65536 };
    uintptr_t header = start - sizeof header, next;
    uint64_t word;

    if (allocator != ALLOCATOR_GLIBC || address - start > FARTHEST ||
        allocation_judge(start, 1) == START_UNLIKELY || chunk_word(start) & CHUNK_MAPPED)
        return false;
    word = chunk_word(start);
    for (;;) {
        next = header + (word & ~(uint64_t)CHUNK_FLAGS);
        if (next >= address - sizeof header)
            return next > address - sizeof header;
        /* Behind the last block, memory may be there and forbidden. */
        if (next / PAGE == header / PAGE)
            memcpy(&word, (void *)next, sizeof word);
        else if (!read_word(next, &word))
            return false;
        header = next;
        if (word < CHUNK_SMALLEST)
            return false;
    }
}

size_t allocation_capacity(size_t size)
{
    size_t chunk = (size + 8 + 15) & ~(size_t)15;

    return (chunk < CHUNK_SMALLEST ? CHUNK_SMALLEST : chunk) - 8;
}

/* ---- Questions ------------------------------------------------------------------------------- */

size_t allocation_usable(uintptr_t address)
{
    switch (allocator) {
    case ALLOCATOR_ASAN:
        return __sanitizer_get_ownership((void *)address)
                   ? __sanitizer_get_allocated_size((void *)address)
                   : 0;
    case ALLOCATOR_GLIBC:
        if (address % 16 || !header_is_there(address) || !chunk_is_plausible(chunk_word(address)))
            return 0;
        return chunk_usable(chunk_word(address));
    default:
        return malloc_usable_size((void *)address);
    }
}

enum start_evidence allocation_judge(uintptr_t address, size_t needed)
{
    size_t usable;

    if (allocator == ALLOCATOR_UNKNOWN)
        return START_POSSIBLE;
    usable = allocation_usable(address);
    if (usable < needed)
        return START_UNLIKELY;
    if (allocator == ALLOCATOR_ASAN)
        return usable - needed < 16 ? START_CERTAIN : START_POSSIBLE;
    if (!neighbour_agrees(address, chunk_word(address)))
        return START_UNLIKELY;
    return usable <= allocation_capacity(needed) + LEFT_OVER ? START_CERTAIN : START_POSSIBLE;
}

static void __attribute__((noreturn, cold)) refuse_allocation(const struct pair_state *state,
                                                              uintptr_t address, size_t needed,
                                                              size_t usable)
{
    const char *type_name = state->pair->name;

    if (usable >= 2 * needed + ALLOCATION_SLACK)
        update_fail("an allocation of %zu bytes is taken for one %s of %zu, and the rest would be "
                    "lost; if it is an array (%s), annotate the pointer E_PTRARRAY(length) in the "
                    "old version, or write a rule with XF_PTRARRAY; if it is one object, E_PTR",
                    usable, type_name, needed,
                    state->pair->reached_by ? state->pair->reached_by : type_name);
    if (!usable)
        update_fail("%s at %p is not the start of an allocation by malloc, so it cannot move; if "
                    "it lies inside something else, annotate that (E_PTRARRAY, E_CONTAINER); if "
                    "it has an allocator of its own, name that with E_CUSTOM; if it need not be "
                    "followed, E_OPAQUE", type_name, (void *)address);
    update_fail("%s at %p needs %zu bytes but its allocation has only %zu: the pointer has "
                "another type in truth, or its annotated length is wrong",
                type_name, (void *)address, needed, usable);
}

/* One object that moves takes nothing along that its type does not name: neither the other elements
 * of an array that nobody declared one, nor data kept behind a header. */
void allocation_check(const struct pair_state *state, uintptr_t address, size_t needed)
{
    bool is_one = needed == state->old_size && !state->has_tail && !state->closure &&
                  !(state->pair->flags & KITSUNE_PAIR_ROOMY);
    size_t usable;

    if (allocator == ALLOCATOR_UNKNOWN)
        return;
    usable = allocation_usable(address);
    if (!usable || usable < needed ||
        (is_one && usable >= 2 * needed + ALLOCATION_SLACK &&
         usable > allocation_capacity(needed) + LEFT_OVER))
        refuse_allocation(state, address, needed, usable);
}
