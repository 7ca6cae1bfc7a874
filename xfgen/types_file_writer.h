/* types_file_writer.h -- writing companion files: what the types_file_write*.c files share.
 *
 *      types_file_write.c        the file: header, sections, what is in them
 *      types_file_write_parts.c  numbers, names, places, annotations
 */
#ifndef XFGEN_TYPES_FILE_WRITER_H
#define XFGEN_TYPES_FILE_WRITER_H

#include "types_file_format.h"

struct buffer {
    unsigned char *bytes;
    size_t size, capacity;
};

struct writer {
    const struct program *program;
    struct buffer contents, section, strings;
    /* By what they say: open addressing. */
    struct known_string {
        const char *text;
        uint64_t number;
    } *known;
    size_t string_count, known_count, known_capacity;
    struct known_file {
        const char *shown;
        uint64_t number;
    } *files; /* sorted by address: struct program_file says why */
};

void put_bytes(struct buffer *buffer, const void *bytes, size_t size);
void put_number(struct buffer *buffer, uint64_t value);
/* To the section being written; NULL is no name. */
void put_string(struct writer *writer, const char *text);
bool has_place(const struct source_place *place);
void put_place(struct writer *writer, const struct source_place *place);
void put_annotations(struct writer *writer, const struct annotation *list);
/* The program's source files, before any place. */
void put_files(struct writer *writer);

#endif
