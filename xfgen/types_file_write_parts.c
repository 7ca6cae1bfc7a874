/* types_file_write_parts.c -- of what a companion file is made.
 *
 * Names are many and repeat, so each is written once, in the order of first use, and called by its
 * number; 0 is no name.  (Two source files are two, even when the compiler was given the same name
 * for both.)  Numbers are LEB128.
 */
#include "types_file_writer.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- Bytes --------------------------------------------------------------------------------- */

static void *allocated(void *memory)
{
    if (!memory) {
        fprintf(stderr, "xfgen: error: out of memory\n");
        exit(EXIT_FAILURE);
    }
    return memory;
}

void put_bytes(struct buffer *buffer, const void *bytes, size_t size)
{
    if (buffer->capacity - buffer->size < size) {
        buffer->capacity = 2 * buffer->capacity + size + 256;
        buffer->bytes = allocated(realloc(buffer->bytes, buffer->capacity));
    }
    if (size)
        memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
}

void put_number(struct buffer *buffer, uint64_t value)
{
    unsigned char bytes[10];
    size_t size = 0;

    do {
        bytes[size] = value & 0x7f;
        value >>= 7;
        bytes[size++] |= value ? 0x80 : 0;
    } while (value);
    put_bytes(buffer, bytes, size);
}

/* ---- Names --------------------------------------------------------------------------------- */

static size_t slot_of(const struct writer *writer, const char *text)
{
    uint64_t hash = crc32_z(0, (const unsigned char *)text, strlen(text));
    size_t i = (size_t)hash & (writer->known_capacity - 1);

    while (writer->known[i].text && strcmp(writer->known[i].text, text) != 0)
        i = (i + 1) & (writer->known_capacity - 1);
    return i;
}

static void enlarge_known(struct writer *writer)
{
    struct known_string *old = writer->known;
    size_t old_capacity = writer->known_capacity, i;

    writer->known_capacity = old_capacity ? 2 * old_capacity : 1024;
    writer->known = allocated(calloc(writer->known_capacity, sizeof *old));
    for (i = 0; i < old_capacity; i++)
        if (old[i].text)
            writer->known[slot_of(writer, old[i].text)] = old[i];
    free(old);
}

static uint64_t add_string(struct writer *writer, const char *text)
{
    put_bytes(&writer->strings, text, strlen(text) + 1);
    return ++writer->string_count;
}

static uint64_t number_of(struct writer *writer, const char *text)
{
    size_t i;

    if (2 * (writer->known_count + 1) > writer->known_capacity)
        enlarge_known(writer);
    i = slot_of(writer, text);
    if (!writer->known[i].text) {
        writer->known[i] = (struct known_string){text, add_string(writer, text)};
        writer->known_count++;
    }
    return writer->known[i].number;
}

void put_string(struct writer *writer, const char *text)
{
    put_number(&writer->section, text ? number_of(writer, text) : 0);
}

/* ---- Files --------------------------------------------------------------------------------- */

static int by_shown(const void *left, const void *right)
{
    uintptr_t a = (uintptr_t)((const struct known_file *)left)->shown;
    uintptr_t b = (uintptr_t)((const struct known_file *)right)->shown;

    return a < b ? -1 : a > b;
}

void put_files(struct writer *writer)
{
    const struct program *program = writer->program;
    size_t i;

    writer->files = allocated(calloc(program->file_count + 1, sizeof *writer->files));
    put_number(&writer->section, program->file_count);
    for (i = 0; i < program->file_count; i++) {
        const struct program_file *file = &program->files[i];

        writer->files[i] = (struct known_file){file->shown, add_string(writer, file->shown)};
        put_number(&writer->section, writer->files[i].number);
        put_string(writer, file->full);
    }
    qsort(writer->files, program->file_count, sizeof *writer->files, by_shown);
}

static uint64_t number_of_file(struct writer *writer, const char *shown)
{
    struct known_file key = {.shown = shown};
    const struct known_file *file = bsearch(&key, writer->files, writer->program->file_count,
                                            sizeof key, by_shown);

    return file ? file->number : shown ? number_of(writer, shown) : 0;
}

/* ---- Parts --------------------------------------------------------------------------------- */

bool has_place(const struct source_place *place)
{
    return place->file || place->line;
}

void put_place(struct writer *writer, const struct source_place *place)
{
    put_number(&writer->section, number_of_file(writer, place->file));
    put_number(&writer->section, (uint32_t)place->line);
}

void put_annotations(struct writer *writer, const struct annotation *list)
{
    const struct annotation *annotation;
    size_t count = 0;

    for (annotation = list; annotation; annotation = annotation->next)
        count++;
    put_number(&writer->section, count);
    for (annotation = list; annotation; annotation = annotation->next) {
        put_number(&writer->section, annotation->kind);
        put_number(&writer->section, zigzag(annotation->level));
        put_string(writer, annotation->argument);
        put_place(writer, &annotation->place);
    }
}
