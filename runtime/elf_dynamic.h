/* elf_dynamic.h -- checks what the dynamic loader is going to follow blindly. */
#ifndef KITSUNE_RUNTIME_ELF_DYNAMIC_H
#define KITSUNE_RUNTIME_ELF_DYNAMIC_H

#include "elf_file.h"

/* What is wrong with the tables that the dynamic section names (malloc), or NULL.  Segments and
 * sections have been checked before. */
char *elf_check_dynamic(const struct elf_file *file, const char *path);

#endif
