/* elf_dynamic.h -- checks what the dynamic loader is going to follow blindly. */
#ifndef KITSUNE_RUNTIME_ELF_DYNAMIC_H
#define KITSUNE_RUNTIME_ELF_DYNAMIC_H

#include "files/elf_file.h"

/* What is wrong with the tables that the dynamic section names (malloc), or NULL.  Segments and
 * sections have been checked before. */
char *elf_check_dynamic(const struct elf_file *file, const char *path);

/* Calls visit for each string that the dynamic section of a checked file has under this tag
 * (DT_NEEDED and its like), until it returns true; returns whether one did. */
bool elf_visit_dynamic_strings(const struct elf_file *file, int64_t tag,
                               bool (*visit)(const char *string, void *data), void *data);

#endif
