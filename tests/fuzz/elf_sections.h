/* elf_sections.h -- the sections of an ELF file as a fuzz target wants the reader to get them. */
#ifndef FUZZ_ELF_SECTIONS_H
#define FUZZ_ELF_SECTIONS_H

#include <stddef.h>

/* What the .kitsune section has in it from now on, in place of what is in the file. */
void sections_replace_records(const void *bytes, size_t size);

/* Gives back what the sections were copied into; call it after each input. */
void sections_forget(void);

#endif
