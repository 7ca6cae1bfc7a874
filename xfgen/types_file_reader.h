/* types_file_reader.h -- reading companion files: what the types_file_read*.c files share.
 *
 *      types_file_read.c          the file: header, sections
 *      types_file_read_parts.c    numbers, names, places, annotations
 *      types_file_read_types.c    types
 *      types_file_read_symbols.c  variables, locals, functions
 *
 * The file may be cut off, damaged or made to mislead: each number is checked before it is used as
 * a count, a length or an index, memory is asked for in proportion to what is really there, and
 * nothing recurses.  Whatever is wrong ends the reading, by a jump.
 */
#ifndef XFGEN_TYPES_FILE_READER_H
#define XFGEN_TYPES_FILE_READER_H

#include "types_file_format.h"

#include <setjmp.h>

struct reader {
    struct program *program;
    struct arena *arena;
    const char *path;
    const unsigned char *start, *at, *end; /* of the contents; `end` of the section being read */
    const char **strings;
    uint64_t string_count;
    const char *part; /* "a type", for messages */
    char *message;
    jmp_buf failed;
};

void fail(struct reader *reader, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));
/* Names the part and the place. */
void fail_corrupt(struct reader *reader, const char *what) __attribute__((noreturn));

uint64_t take_number(struct reader *reader);
/* `what` is wrong when it is larger. */
uint64_t take_up_to(struct reader *reader, uint64_t limit, const char *what);
unsigned take_flags(struct reader *reader, unsigned known);
/* A count of things that take at least `least` bytes each. */
size_t take_count(struct reader *reader, size_t least);
/* Room for `count` elements and one more, so that an empty array has an address too. */
void *room_for(struct reader *reader, size_t count, size_t element_size);
const char *take_optional_string(struct reader *reader);
const char *take_string(struct reader *reader);
struct source_place take_place(struct reader *reader);
struct annotation *take_annotations(struct reader *reader);
/* By its number. */
struct type *take_type_reference(struct reader *reader);

/* Sections. */
void take_types(struct reader *reader);
void take_variables(struct reader *reader);
void take_locals(struct reader *reader);
void take_functions(struct reader *reader);

#endif
