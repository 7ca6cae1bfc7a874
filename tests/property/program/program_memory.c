/* program_memory.c -- memory, watched: which blocks are out, and failures on request.
 *
 * malloc itself is not replaced, because the runtime asks whose it is and takes it for a stranger
 * then.  Instead the calls of the runtime are: its table of imported functions is made to lead
 * here. So only blocks of the runtime and of the programs count, and only the runtime's
 * allocations fail.
 */
#include "program_own.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MOST_BLOCKS = 1 << 22 /* a power of two, several times what is ever alive */ };

static void **blocks; /* open addressing; NULL: free */
static long live_blocks, countdown;

void *property_reserve(size_t size)
{
    void *place = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (place == MAP_FAILED)
        abort();
    return place;
}

/* ---- The blocks that are out ----------------------------------------------------------------- */

static size_t hash_of(const void *block)
{
    return (size_t)(((uintptr_t)block >> 4) * 0x9e3779b97f4a7c15u >> 40) % MOST_BLOCKS;
}

static size_t place_of(const void *block)
{
    size_t i = hash_of(block);

    while (blocks[i] && blocks[i] != block)
        i = (i + 1) % MOST_BLOCKS;
    return i;
}

static void *note(void *block)
{
    if (!block || !blocks || live_blocks > MOST_BLOCKS / 2)
        return block;
    blocks[place_of(block)] = block;
    live_blocks++;
    return block;
}

/* Blocks that were never noted (libc allocated them for its caller) do not count. */
static void forget(void *block)
{
    size_t hole, i;

    if (!block || !blocks)
        return;
    hole = place_of(block);
    if (!blocks[hole])
        return;
    live_blocks--;
    for (i = (hole + 1) % MOST_BLOCKS; blocks[i]; i = (i + 1) % MOST_BLOCKS) {
        size_t home = hash_of(blocks[i]);

        if ((i - home) % MOST_BLOCKS < (i - hole) % MOST_BLOCKS)
            continue;
        blocks[hole] = blocks[i];
        hole = i;
    }
    blocks[hole] = NULL;
}

long property_live_blocks(void)
{
    return live_blocks;
}

void *property_take(size_t size)
{
    void *block = calloc(1, size);

    if (!block)
        abort();
    return note(block);
}

void property_give(void *block)
{
    forget(block);
    free(block);
}

/* ---- The runtime's allocations --------------------------------------------------------------- */

void property_fail_allocation(long n)
{
    countdown = n;
}

static bool fails(void)
{
    if (!countdown || --countdown)
        return false;
    errno = ENOMEM;
    return true;
}

static void *watched_malloc(size_t size)
{
    return fails() ? NULL : note(malloc(size));
}

static void *watched_calloc(size_t count, size_t size)
{
    return fails() ? NULL : note(calloc(count, size));
}

static void *watched_realloc(void *old, size_t size)
{
    void *block;

    if (fails())
        return NULL;
    forget(old);
    block = realloc(old, size);
    return note(block ? block : old);
}

static void *watched_mmap(void *address, size_t size, int protection, int flags, int file,
                          off_t offset)
{
    return fails() ? MAP_FAILED : mmap(address, size, protection, flags, file, offset);
}

static const struct {
    const char *name;
    void *function;
} watched[] = {
    {"malloc", (void *)watched_malloc}, {"calloc", (void *)watched_calloc},
    {"realloc", (void *)watched_realloc}, {"free", (void *)property_give},
    {"mmap", (void *)watched_mmap}, {"mmap64", (void *)watched_mmap},
};

static void redirect(ElfW(Addr) base, const ElfW(Rela) *relocation, const char *name)
{
    void **slot = (void **)(base + relocation->r_offset);
    uintptr_t page = (uintptr_t)slot & ~(uintptr_t)4095;

    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
        if (strcmp(watched[i].name, name) != 0)
            continue;
        if (mprotect((void *)page, 4096, PROT_READ | PROT_WRITE) != 0)
            abort();
        *slot = watched[i].function;
    }
}

static void redirect_all(const struct dl_phdr_info *object, const ElfW(Dyn) *dynamic)
{
    const ElfW(Rela) *tables[2] = {NULL, NULL};
    size_t sizes[2] = {0, 0};
    const ElfW(Sym) *symbols = NULL;
    const char *strings = NULL;

    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        void *place = (void *)dynamic->d_un.d_ptr; /* the linker has added the base */

        switch (dynamic->d_tag) {
        case DT_JMPREL: tables[0] = place; break;
        case DT_PLTRELSZ: sizes[0] = dynamic->d_un.d_val; break;
        case DT_RELA: tables[1] = place; break;
        case DT_RELASZ: sizes[1] = dynamic->d_un.d_val; break;
        case DT_SYMTAB: symbols = place; break;
        case DT_STRTAB: strings = place; break;
        default: break;
        }
    }
    for (int t = 0; t < 2; t++)
        for (size_t i = 0; tables[t] && i < sizes[t] / sizeof(ElfW(Rela)); i++) {
            const ElfW(Rela) *relocation = &tables[t][i];
            unsigned type = ELF64_R_TYPE(relocation->r_info);

            if (type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT)
                redirect(object->dlpi_addr, relocation,
                         strings + symbols[ELF64_R_SYM(relocation->r_info)].st_name);
        }
}

static int watch_runtime(struct dl_phdr_info *object, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (!strstr(object->dlpi_name, "/libkitsune.so"))
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
            redirect_all(object, (void *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr));
    return 1;
}

void property_watch_memory(void)
{
    blocks = property_reserve(MOST_BLOCKS * sizeof *blocks);
    if (!dl_iterate_phdr(watch_runtime, NULL))
        abort();
}
