/* used_memory.c -- /proc/self/maps, and of each mapping the pages that /proc/self/pagemap knows. */
#include "program/used_memory.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program/program.h"

/* Nobody has so much memory: that is the shadow of a sanitizer, and looking at its pages one by one
 * would take minutes. */
#define LARGEST_MAPPING ((uintptr_t)1 << 40)

/* What is looked for, and where that can be asked. */
struct search {
    used_memory_visitor *visit;
    void *argument;
    int pagemap;
};

/* ---- One mapping ----------------------------------------------------------------------------- */

/* Neighbouring pages are visited together: what is looked for may lie across their border. */
static bool visit_used(const struct search *search, uintptr_t start, uintptr_t end)
{
    enum { PAGES = 512, PAGE_SIZE = 4096 };
    uint64_t entries[PAGES];
    uintptr_t used_from = 0; /* 0: the page before is not used */
    for (uintptr_t at = start; at < end;) {
        size_t pages = (end - at) / PAGE_SIZE < PAGES ? (end - at) / PAGE_SIZE : PAGES;
        ssize_t size = (ssize_t)(pages * sizeof *entries);
        off_t place = (off_t)(at / PAGE_SIZE * sizeof *entries);
        if (pread(search->pagemap, entries, (size_t)size, place) != size)
            return search->visit(used_from ? used_from : at, end, search->argument);
        for (size_t i = 0; i < pages; i++, at += PAGE_SIZE) {
            bool is_used = entries[i] >> 62; /* in memory, or swapped out */
            if (is_used && !used_from)
                used_from = at;
            if (!is_used && used_from && search->visit(used_from, at, search->argument))
                return true;
            if (!is_used)
                used_from = 0;
        }
    }
    return used_from && search->visit(used_from, end, search->argument);
}

/* Of no file: the heap, or mapped; the kernel lets programs give such mappings names. */
static bool is_memory(const char *permissions, const char *name)
{
    return strncmp(permissions, "rw-p", 4) == 0 &&
           (!*name || strncmp(name, "[heap]", 6) == 0 || strncmp(name, "[anon:", 6) == 0);
}

/* "start-end rw-p offset device inode   name" */
static bool visit_mapping(const struct search *search, const char *line)
{
    unsigned long start, end;
    char permissions[8];
    int name = 0;
    if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &start, &end, permissions, &name) < 3 || !name ||
        !is_memory(permissions, line + name) || end - start > LARGEST_MAPPING)
        return false;
    return visit_used(search, start, end);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static bool visit_mappings(const struct search *search, int maps)
{
    char text[4096];
    size_t length = 0;
    bool found = false;
    for (ssize_t got; !found && (got = read(maps, text + length, sizeof text - 1 - length)) > 0;) {
        length += (size_t)got;
        text[length] = '\0';
        char *line = text, *end;
        for (; !found && (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            found = visit_mapping(search, line);
        }
        length -= (size_t)(line - text);
        memmove(text, line, length);
        if (length == sizeof text - 1)
            length = 0; /* no such line ends */
    }
    return found;
}

bool used_memory_visit(used_memory_visitor *visit, void *argument)
{
    const struct loaded *object = program.running->object;
    if (visit((object->writable_start + 7) & ~(uintptr_t)7, object->writable_end, argument))
        return true;
    int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    struct search search = {visit, argument, open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)};
    bool found = maps >= 0 && visit_mappings(&search, maps);
    if (maps >= 0)
        close(maps);
    if (search.pagemap >= 0)
        close(search.pagemap);
    return found;
}
