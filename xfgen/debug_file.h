/* debug_file.h -- files with debug sections: how they are opened (debug_file.c), and where they are
 * looked for (debug_search.c).
 */
#ifndef XFGEN_DEBUG_FILE_H
#define XFGEN_DEBUG_FILE_H

#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loader;
struct unit;

/* Bytes of a section; start NULL when there is none. */
struct span {
    const unsigned char *start;
    size_t size;
};

enum debug_section {
    DEBUG_INFO, DEBUG_TYPES, DEBUG_ABBREV, DEBUG_LINE, DEBUG_LINE_STR, DEBUG_STR,
    DEBUG_STR_OFFSETS, DEBUG_ADDR, DEBUG_RANGES, DEBUG_RNGLISTS, DEBUG_CU_INDEX, DEBUG_TU_INDEX,
    DEBUG_SECTION_COUNT
};

/* A file with debug sections: the program, what was split off from it, what dwz moved out of
 * several, or a .dwo file or .dwp package. */
struct debug_file {
    const char *path;
    Elf *elf;
    int descriptor;
    bool is_borrowed;             /* elf and descriptor are the image's */
    bool is_split;                /* .dwo, .dwp: sections are called .debug_*.dwo */
    bool is_package;              /* .dwp */
    struct span sections[DEBUG_SECTION_COUNT];
    struct unit_section {         /* .debug_info and .debug_types: object files have one of each */
        enum debug_section which; /* group of their own (-fdebug-types-section) */
        struct span bytes;
    } *unit_sections;
    size_t unit_section_count, unit_section_capacity;
    struct unit **units;          /* by address */
    size_t unit_count, unit_capacity;
    size_t info_unit_count;       /* those of .debug_info, which come first */
    struct debug_file *alternate; /* dwz's common file, or NULL */
    struct debug_file *next;
};

/* The part of a package's sections that belongs to one unit; all zeros elsewhere. */
struct contribution {
    uint64_t info, types, abbreviations, line, string_offsets, range_lists;
};

/* Opens a file and finds its sections; NULL when it cannot be, with a reason in *reason. */
struct debug_file *debug_file_open(struct loader *loader, const char *path, bool is_split,
                                   const char **reason);
/* The image itself as such a file. */
struct debug_file *debug_file_of_image(struct loader *loader);
void debug_files_close(struct loader *loader);
Elf_Scn *elf_find_section(Elf *elf, const char *name, GElf_Shdr *header);
/* Sets loader->debug: in the program, or wherever it is.  Fails when it is nowhere. */
void debug_search(struct loader *loader);
bool image_has_debug_information(const struct loader *loader);

#endif
