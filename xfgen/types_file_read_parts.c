/* types_file_read_parts.c -- of what a companion file is made: numbers, names, places,
 * annotations. */
#include "types_file_reader.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>

void fail(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (asprintf(&reader->message, "%s: %s", reader->path, text ? text : "out of memory") < 0)
        reader->message = NULL;
    free(text);
    longjmp(reader->failed, 1);
}

void fail_corrupt(struct reader *reader, const char *what)
{
    fail(reader, "corrupt companion file: %s at byte %zu: %s; make it again with `kitsune types`",
         reader->part, HEADER_SIZE + (size_t)(reader->at - reader->start), what);
}

/* ---- Numbers and names --------------------------------------------------------------------- */

uint64_t take_number(struct reader *reader)
{
    uint64_t value = 0;
    unsigned shift;

    for (shift = 0; shift < 64; shift += 7) {
        unsigned char byte;

        if (reader->at == reader->end)
            fail_corrupt(reader, "a number is cut off");
        byte = *reader->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    fail_corrupt(reader, "a number is too large");
}

uint64_t take_up_to(struct reader *reader, uint64_t limit, const char *what)
{
    uint64_t value = take_number(reader);

    if (value > limit)
        fail_corrupt(reader, what);
    return value;
}

unsigned take_flags(struct reader *reader, unsigned known)
{
    uint64_t flags = take_number(reader);

    if (flags & ~(uint64_t)known)
        fail_corrupt(reader, "unknown flags");
    return (unsigned)flags;
}

size_t take_count(struct reader *reader, size_t least)
{
    uint64_t count = take_number(reader);

    if (count > (uint64_t)(reader->end - reader->at) / least)
        fail_corrupt(reader, "more elements than bytes");
    return (size_t)count;
}

void *room_for(struct reader *reader, size_t count, size_t element_size)
{
    return arena_allocate(reader->arena, (count + 1) * element_size);
}

const char *take_optional_string(struct reader *reader)
{
    return reader->strings[take_up_to(reader, reader->string_count, "a name that is not there")];
}

const char *take_string(struct reader *reader)
{
    const char *text = take_optional_string(reader);

    if (!text)
        fail_corrupt(reader, "a name is missing");
    return text;
}

struct source_place take_place(struct reader *reader)
{
    struct source_place place;

    place.file = take_optional_string(reader);
    place.line = (int)(uint32_t)take_up_to(reader, UINT32_MAX, "a line number is too large");
    return place;
}

struct type *take_type_reference(struct reader *reader)
{
    uint64_t id = take_number(reader);

    if (id >= reader->program->type_count)
        fail_corrupt(reader, "a type that is not there");
    return reader->program->types[id];
}

struct annotation *take_annotations(struct reader *reader)
{
    size_t count = take_count(reader, LEAST_ANNOTATION), i;
    struct annotation *list = room_for(reader, count, sizeof *list);

    for (i = 0; i < count; i++) {
        struct annotation *annotation = &list[i];
        int64_t level;

        annotation->kind = (enum annotation_kind)take_up_to(reader, ANNOTATION_NOTELOCALS,
                                                            "an unknown annotation");
        level = unzigzag(take_number(reader));
        if (level < INT_MIN || level > INT_MAX)
            fail_corrupt(reader, "an annotation's level is too large");
        annotation->level = (int)level;
        annotation->argument = take_string(reader);
        annotation->place = take_place(reader);
        annotation->next = i + 1 < count ? annotation + 1 : NULL;
    }
    return count ? list : NULL;
}
