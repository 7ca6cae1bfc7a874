/* remains.c -- what a load that failed has left behind.  See remains.h. */
#include "files/remains.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* From the first page of its first segment to the last of its last: the dynamic loader takes
 * that in one piece before it maps the segments into it. */
static size_t extent_of(const struct elf_file *elf)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = UINTPTR_MAX, end = 0;
    for (size_t i = 0; i < elf->segment_count; i++) {
        const Elf64_Phdr *segment = &elf->segments[i];
        if (segment->p_type != PT_LOAD)
            continue;
        if (segment->p_vaddr < first)
            first = segment->p_vaddr & ~(page - 1);
        if (segment->p_vaddr + segment->p_memsz > end)
            end = (segment->p_vaddr + segment->p_memsz + page - 1) & ~(page - 1);
    }
    return end > first ? end - first : 0;
}

/* The lowest mapping of the image's copy but the one we read it by; 0: there is none. */
static uintptr_t find_mapping(const struct image *image, const struct stat *copy)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    uintptr_t found = 0;
    while (maps && !found && fgets(line, sizeof line, maps)) {
        unsigned long start, inode;
        unsigned major_number, minor_number;
        if (sscanf(line, "%lx-%*x %*s %*x %x:%x %lu", &start, &major_number, &minor_number,
                   &inode) == 4 &&
            inode == copy->st_ino && major_number == major(copy->st_dev) &&
            minor_number == minor(copy->st_dev) && start != (uintptr_t)image->bytes)
            found = start;
    }
    if (maps)
        fclose(maps);
    return found;
}

void remains_unmap(const struct image *image)
{
    struct stat copy;
    size_t extent = extent_of(&image->elf);
    uintptr_t bytes = (uintptr_t)image->bytes;
    uintptr_t start =
        fstat(image->descriptor.number, &copy) == 0 ? find_mapping(image, &copy) : 0;
    if (start && (bytes + image->size <= start || bytes >= start + extent))
        munmap((void *)start, extent);
}
