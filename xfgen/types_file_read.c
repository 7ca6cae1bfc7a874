/* types_file_read.c -- the bytes of a companion file as a program's type model.
 *
 * What must hold between the parts is types_file_check.c's business.
 */
#include "types_file_reader.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static uint64_t little_endian(const unsigned char *bytes, unsigned size)
{
    uint64_t value = 0;

    while (size-- > 0)
        value = value << 8 | bytes[size];
    return value;
}

bool is_types_file(const void *bytes, size_t size)
{
    return size >= sizeof TYPES_FILE_MAGIC - 1 &&
           memcmp(bytes, TYPES_FILE_MAGIC, sizeof TYPES_FILE_MAGIC - 1) == 0;
}

static void check_header(struct reader *reader, const unsigned char *bytes, size_t size)
{
    uint64_t version, length;

    if (!is_types_file(bytes, size))
        fail(reader, "not a companion file; make one with `kitsune types APP.so -o APP.ktt`");
    if (size < HEADER_SIZE)
        fail(reader, "truncated: a companion file's header has %d bytes, the file has %zu; make it "
             "again with `kitsune types`", HEADER_SIZE, size);
    version = little_endian(bytes + VERSION_AT, 4);
    if (version > TYPES_FILE_VERSION)
        fail(reader, "written by a newer Kitsune (format %llu, this one reads %d): use that one, "
             "or make it again with this one's `kitsune types`", (unsigned long long)version,
             TYPES_FILE_VERSION);
    if (version < TYPES_FILE_VERSION)
        fail(reader, "written by an older Kitsune (format %llu, this one reads %d); make it again "
             "with `kitsune types`", (unsigned long long)version, TYPES_FILE_VERSION);
    length = little_endian(bytes + LENGTH_AT, 8);
    if (length > size - HEADER_SIZE)
        fail(reader, "truncated: the companion file should have %llu bytes behind its header, it "
             "has %zu; copy it or make it again", (unsigned long long)length, size - HEADER_SIZE);
    if (length < size - HEADER_SIZE)
        fail(reader, "damaged: %llu bytes follow the end of the companion file; copy it or make it "
             "again", (unsigned long long)(size - HEADER_SIZE - length));
    if (crc32_z(0, bytes + HEADER_SIZE, size - HEADER_SIZE) !=
        little_endian(bytes + CHECKSUM_AT, 4))
        fail(reader, "damaged: the companion file's checksum does not match its contents; copy it "
             "or make it again");
}

/* Copied as a whole into the arena, where they are cut at their zeros. */
static void take_strings(struct reader *reader)
{
    uint64_t i;
    char *text;
    size_t size;

    reader->part = "a name";
    reader->string_count = take_count(reader, LEAST_STRING);
    reader->strings = room_for(reader, (size_t)reader->string_count, sizeof *reader->strings);
    size = (size_t)(reader->end - reader->at);
    text = arena_allocate(reader->arena, size + 1);
    memcpy(text, reader->at, size);
    for (i = 1; i <= reader->string_count; i++) {
        const unsigned char *zero = memchr(reader->at, 0, (size_t)(reader->end - reader->at));

        if (!zero)
            fail_corrupt(reader, "it is cut off");
        reader->strings[i] = text;
        text += zero + 1 - reader->at;
        reader->at = zero + 1;
    }
}

/* An identity that is not there is "": see struct program. */
static void take_program(struct reader *reader, const char *program_path)
{
    struct program *program = reader->program;
    const char *slash = strrchr(reader->path, '/'), *name;
    unsigned flags;

    reader->part = "the program's identity";
    flags = take_flags(reader, PROGRAM_FLAGS);
    program->has_no_addresses = !(flags & PROGRAM_HAS_ADDRESSES);
    program->build_id = take_string(reader);
    if (program->build_id[strspn(program->build_id, "0123456789abcdef")] != '\0' ||
        (!program->build_id[0] && !program->has_no_addresses))
        fail_corrupt(reader, "a build ID that is none");
    name = take_string(reader);
    if (!name[0] || strchr(name, '/'))
        fail_corrupt(reader, "a file name that is none");
    program->largest_unnamed = take_number(reader);
    if (program_path)
        program->path = arena_copy_string(reader->arena, program_path);
    else
        program->path = arena_format(reader->arena, "%.*s%s",
                                     slash ? (int)(slash + 1 - reader->path) : 0, reader->path,
                                     name);
}

static void take_files(struct reader *reader)
{
    struct program *program = reader->program;
    size_t i;

    reader->part = "a source file";
    program->file_count = take_count(reader, LEAST_FILE);
    program->files = room_for(reader, program->file_count, sizeof *program->files);
    for (i = 0; i < program->file_count; i++) {
        program->files[i].shown = take_string(reader);
        program->files[i].full = take_string(reader);
    }
}

static void take_update_points(struct reader *reader)
{
    struct program *program = reader->program;
    const char *before = NULL;
    size_t i;

    reader->part = "an update point";
    program->update_point_count = take_count(reader, LEAST_UPDATE_POINT);
    program->update_points = room_for(reader, program->update_point_count,
                                      sizeof *program->update_points);
    for (i = 0; i < program->update_point_count; i++) {
        struct update_point *point = &program->update_points[i];

        point->name = take_optional_string(reader);
        point->function = take_string(reader);
        point->file = take_optional_string(reader);
        point->place = take_place(reader);
        if (before && (!point->name || strcmp(before, point->name) > 0))
            fail_corrupt(reader, "names are not in order");
        before = point->name;
    }
}

static void take_warnings(struct reader *reader)
{
    struct program *program = reader->program;
    size_t i;

    reader->part = "a warning";
    program->warning_count = take_count(reader, LEAST_STRING);
    program->warnings = room_for(reader, program->warning_count, sizeof *program->warnings);
    for (i = 0; i < program->warning_count; i++)
        program->warnings[i] = arena_format(reader->arena, "%s: %s", program->path,
                                            take_string(reader));
}

static void take_section(struct reader *reader, enum section tag, const char *program_path)
{
    switch (tag) {
    case SECTION_STRINGS:
        take_strings(reader);
        break;
    case SECTION_PROGRAM:
        take_program(reader, program_path);
        break;
    case SECTION_FILES:
        take_files(reader);
        break;
    case SECTION_TYPES:
        take_types(reader);
        break;
    case SECTION_VARIABLES:
        take_variables(reader);
        break;
    case SECTION_LOCALS:
        take_locals(reader);
        break;
    case SECTION_FUNCTIONS:
        take_functions(reader);
        break;
    case SECTION_UPDATE_POINTS:
        take_update_points(reader);
        break;
    case SECTION_WARNINGS:
        take_warnings(reader);
        break;
    case SECTION_END:
        break;
    }
    if (reader->at != reader->end)
        fail_corrupt(reader, "more bytes than belong to it");
}

static void read_file(struct reader *reader, const unsigned char *bytes, size_t size,
                      const char *program_path)
{
    const unsigned char *end = bytes + size;
    enum section tag;
    const char *wrong;

    check_header(reader, bytes, size);
    reader->start = reader->at = bytes + HEADER_SIZE;
    for (tag = SECTION_STRINGS; tag < SECTION_END; tag++) {
        uint64_t length;

        reader->part = "a section";
        reader->end = end;
        if (take_number(reader) != tag)
            fail_corrupt(reader, "not the section that comes next");
        length = take_number(reader);
        if (length > (uint64_t)(end - reader->at))
            fail_corrupt(reader, "longer than the file");
        reader->end = reader->at + length;
        take_section(reader, tag, program_path);
    }
    if (reader->at != end)
        fail_corrupt(reader, "more bytes than belong to the file");
    wrong = types_file_check(reader->program);
    if (wrong)
        fail(reader, "corrupt companion file: %s; make it again with `kitsune types`", wrong);
    model_index_names(reader->program);
}

struct program *types_file_read(const void *bytes, size_t size, const char *path,
                                const char *program_path, char **message)
{
    struct reader *reader = calloc(1, sizeof *reader);
    struct arena *arena = arena_new();
    struct program *program = arena_allocate(arena, sizeof *program);

    *message = NULL;
    if (!reader) {
        arena_free(arena);
        *message = strdup("out of memory");
        return NULL;
    }
    *reader = (struct reader){.program = program, .arena = arena, .path = path};
    program->arena = arena;
    if (setjmp(reader->failed) == 0) {
        read_file(reader, bytes, size, program_path);
        free(reader);
        return program;
    }
    *message = reader->message ? reader->message : strdup("out of memory");
    free(reader);
    arena_free(arena);
    return NULL;
}
