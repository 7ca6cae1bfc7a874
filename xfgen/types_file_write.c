/* types_file_write.c -- a program's type model as the bytes of a companion file.
 *
 * A type's target and its members' types are counted from the type itself, since what belongs
 * together was met together.
 */
#include "types_file_writer.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- Types --------------------------------------------------------------------------------- */

static void put_member(struct writer *writer, const struct type *type,
                       const struct member *member)
{
    struct buffer *section = &writer->section;
    unsigned flags = (member->name ? MEMBER_HAS_NAME : 0) |
                     (member->offset ? MEMBER_HAS_OFFSET : 0) |
                     (member->bit_size || member->bit_offset ? MEMBER_HAS_BITS : 0) |
                     (has_place(&member->place) ? MEMBER_HAS_PLACE : 0) |
                     (member->annotations ? MEMBER_HAS_ANNOTATIONS : 0);

    put_number(section, flags);
    put_number(section, zigzag((int64_t)member->type->id - type->id));
    if (flags & MEMBER_HAS_NAME)
        put_string(writer, member->name);
    if (flags & MEMBER_HAS_OFFSET)
        put_number(section, member->offset);
    if (flags & MEMBER_HAS_BITS) {
        put_number(section, member->bit_size);
        put_number(section, member->bit_offset);
    }
    if (flags & MEMBER_HAS_PLACE)
        put_place(writer, &member->place);
    if (flags & MEMBER_HAS_ANNOTATIONS)
        put_annotations(writer, member->annotations);
}

static void put_members(struct writer *writer, const struct type *type)
{
    size_t i;

    put_number(&writer->section, type->member_count);
    for (i = 0; i < type->member_count; i++)
        put_member(writer, type, &type->members[i]);
}

static void put_enumerators(struct writer *writer, const struct type *type)
{
    size_t i;

    put_number(&writer->section, type->enumerator_count);
    for (i = 0; i < type->enumerator_count; i++) {
        put_string(writer, type->enumerators[i].name);
        put_number(&writer->section, zigzag(type->enumerators[i].value));
    }
}

/* What only some kinds have. */
static void put_kind(struct writer *writer, const struct type *type)
{
    struct buffer *section = &writer->section;

    if (type->target)
        put_number(section, (uint64_t)(type->id - type->target->id));
    switch (type->kind) {
    case TYPE_ARRAY:
        put_number(section, type->count);
        break;
    case TYPE_QUALIFIED:
        put_number(section, type->qualifiers);
        break;
    case TYPE_BASE:
        put_number(section, type->encoding);
        break;
    case TYPE_ENUM:
        put_number(section, type->encoding);
        put_enumerators(writer, type);
        break;
    case TYPE_STRUCT:
    case TYPE_UNION:
    case TYPE_FUNCTION:
        put_members(writer, type);
        break;
    default:
        break;
    }
}

static void put_type(struct writer *writer, const struct type *type)
{
    struct buffer *section = &writer->section;
    unsigned flags = (type->name ? TYPE_HAS_NAME : 0) | (type->size ? TYPE_HAS_SIZE : 0) |
                     (type->alignment != 1 ? TYPE_HAS_ALIGNMENT : 0) |
                     (has_place(&type->place) ? TYPE_HAS_PLACE : 0) |
                     (type->unit ? TYPE_HAS_UNIT : 0) |
                     (type->annotations ? TYPE_HAS_ANNOTATIONS : 0) |
                     (type->same_name_next ? TYPE_HAS_SAME_NAME : 0) |
                     (type->incomplete ? TYPE_IS_INCOMPLETE : 0) |
                     (type->from_system ? TYPE_IS_FROM_SYSTEM : 0) |
                     (type->is_variadic ? TYPE_IS_VARIADIC : 0) |
                     (type->is_flexible ? TYPE_IS_FLEXIBLE : 0);

    put_number(section, type->kind);
    put_number(section, flags);
    if (flags & TYPE_HAS_NAME)
        put_string(writer, type->name);
    if (flags & TYPE_HAS_SIZE)
        put_number(section, type->size);
    if (flags & TYPE_HAS_ALIGNMENT)
        put_number(section, type->alignment);
    if (flags & TYPE_HAS_PLACE)
        put_place(writer, &type->place);
    if (flags & TYPE_HAS_UNIT)
        put_string(writer, type->unit);
    if (flags & TYPE_HAS_ANNOTATIONS)
        put_annotations(writer, type->annotations);
    if (flags & TYPE_HAS_SAME_NAME)
        put_number(section, (uint64_t)(type->same_name_next->id - type->id));
    put_kind(writer, type);
}

/* ---- Variables, locals, functions ---------------------------------------------------------- */

/* What the three have in common. */
struct symbol {
    const char *key, *name, *file, *function;
    const struct type *type;
    unsigned flags;
    struct source_place place;
    const struct annotation *annotations;
};

/* Whether `text` is the parts one after the other; parts end with NULL. */
static bool is_made_of(const char *text, const char *const *parts)
{
    for (; *parts; text += strlen(*parts++))
        if (strncmp(text, *parts, strlen(*parts)) != 0)
            return false;
    return *text == '\0';
}

static enum key_form key_form_of(const struct symbol *symbol)
{
    const char *file = symbol->file, *function = symbol->function, *name = symbol->name;

    if (is_made_of(symbol->key, (const char *[]){name, NULL}))
        return KEY_NAME;
    if (file && is_made_of(symbol->key, (const char *[]){file, "/", name, NULL}))
        return KEY_FILE_NAME;
    if (function && is_made_of(symbol->key, (const char *[]){function, "#", name, NULL}))
        return KEY_FUNCTION_NAME;
    if (file && function &&
        is_made_of(symbol->key, (const char *[]){file, "/", function, "#", name, NULL}))
        return KEY_FILE_FUNCTION_NAME;
    return KEY_WRITTEN;
}

static void put_symbol(struct writer *writer, const struct symbol *symbol)
{
    struct buffer *section = &writer->section;
    enum key_form form = key_form_of(symbol);
    unsigned flags = symbol->flags | (symbol->function ? SYMBOL_HAS_FUNCTION : 0) |
                     (has_place(&symbol->place) ? SYMBOL_HAS_PLACE : 0) |
                     (symbol->annotations ? SYMBOL_HAS_ANNOTATIONS : 0);

    put_number(section, flags);
    put_number(section, form);
    put_string(writer, symbol->name);
    put_string(writer, symbol->file);
    if (flags & SYMBOL_HAS_FUNCTION)
        put_string(writer, symbol->function);
    if (form == KEY_WRITTEN)
        put_string(writer, symbol->key);
    put_number(section, (uint64_t)symbol->type->id);
    if (flags & SYMBOL_HAS_PLACE)
        put_place(writer, &symbol->place);
    if (flags & SYMBOL_HAS_ANNOTATIONS)
        put_annotations(writer, symbol->annotations);
}

static void put_variable(struct writer *writer, const struct variable *variable)
{
    struct symbol symbol = {
        .key = variable->key, .name = variable->name, .file = variable->file,
        .function = variable->function, .type = variable->type, .place = variable->place,
        .annotations = variable->annotations,
        .flags = (variable->has_address ? SYMBOL_HAS_ADDRESS : 0) |
                 (variable->is_global ? SYMBOL_IS_GLOBAL : 0) |
                 (variable->is_thread_local ? SYMBOL_IS_THREAD_LOCAL : 0) |
                 (variable->is_constant ? SYMBOL_IS_CONSTANT : 0)};

    put_symbol(writer, &symbol);
    if (variable->has_address)
        put_number(&writer->section, variable->address);
}

static void put_local(struct writer *writer, const struct local *local)
{
    struct symbol symbol = {
        .key = local->key, .name = local->name, .file = local->file, .function = local->function,
        .type = local->type, .place = local->place, .annotations = local->annotations,
        .flags = (local->is_noted ? SYMBOL_IS_NOTED : 0) |
                 (local->is_parameter ? SYMBOL_IS_PARAMETER : 0)};

    put_symbol(writer, &symbol);
}

static void put_function(struct writer *writer, const struct function *function)
{
    struct symbol symbol = {
        .key = function->key, .name = function->name, .file = function->file,
        .type = function->type, .place = function->place,
        .flags = SYMBOL_HAS_ADDRESS | (function->is_global ? SYMBOL_IS_GLOBAL : 0)};

    put_symbol(writer, &symbol);
    put_number(&writer->section, function->address);
    put_number(&writer->section, function->size);
}

/* ---- The file ------------------------------------------------------------------------------ */

static void set_little_endian(unsigned char *bytes, uint64_t value, unsigned size)
{
    for (; size > 0; size--, value >>= 8)
        *bytes++ = value & 0xff;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void put_update_point(struct writer *writer, const struct update_point *point)
{
    put_string(writer, point->name);
    put_string(writer, point->function);
    put_string(writer, point->file);
    put_place(writer, &point->place);
}

/* The program's path is known to the reader, and may then be another. */
static const char *warning_text(const struct program *program, const char *warning)
{
    size_t length = strlen(program->path);

    return strncmp(warning, program->path, length) == 0 && strncmp(warning + length, ": ", 2) == 0
               ? warning + length + 2
               : warning;
}

static void put_section(struct writer *writer, enum section tag)
{
    const struct program *program = writer->program;
    struct buffer *section = &writer->section;
    size_t i;

    switch (tag) {
    case SECTION_PROGRAM:
        put_number(section, program->has_no_addresses ? 0 : PROGRAM_HAS_ADDRESSES);
        put_string(writer, program->build_id);
        put_string(writer, base_of(program->path));
        put_number(section, program->largest_unnamed);
        break;
    case SECTION_FILES:
        put_files(writer);
        break;
    case SECTION_TYPES:
        put_number(section, program->type_count);
        for (i = 0; i < program->type_count; i++)
            put_type(writer, program->types[i]);
        break;
    case SECTION_VARIABLES:
        put_number(section, program->variable_count);
        for (i = 0; i < program->variable_count; i++)
            put_variable(writer, &program->variables[i]);
        break;
    case SECTION_LOCALS:
        put_number(section, program->local_count);
        for (i = 0; i < program->local_count; i++)
            put_local(writer, &program->locals[i]);
        break;
    case SECTION_FUNCTIONS:
        put_number(section, program->function_count);
        for (i = 0; i < program->function_count; i++)
            put_function(writer, &program->functions[i]);
        break;
    case SECTION_UPDATE_POINTS:
        put_number(section, program->update_point_count);
        for (i = 0; i < program->update_point_count; i++)
            put_update_point(writer, &program->update_points[i]);
        break;
    case SECTION_WARNINGS:
        put_number(section, program->warning_count);
        for (i = 0; i < program->warning_count; i++)
            put_string(writer, warning_text(program, program->warnings[i]));
        break;
    case SECTION_STRINGS: /* complete only when the others are there */
        put_number(section, writer->string_count);
        put_bytes(section, writer->strings.bytes, writer->strings.size);
        break;
    case SECTION_END:
        break;
    }
}

static void add_section(struct writer *writer, struct buffer *target, enum section tag)
{
    writer->section.size = 0;
    put_section(writer, tag);
    put_number(target, tag);
    put_number(target, writer->section.size);
    put_bytes(target, writer->section.bytes, writer->section.size);
}

void types_file_seal(unsigned char *bytes, size_t size)
{
    if (size < HEADER_SIZE)
        return;
    set_little_endian(bytes + LENGTH_AT, size - HEADER_SIZE, 8);
    set_little_endian(bytes + CHECKSUM_AT, crc32_z(0, bytes + HEADER_SIZE, size - HEADER_SIZE), 4);
}

unsigned char *types_file_write(const struct program *program, size_t *size)
{
    struct writer writer = {.program = program};
    struct buffer file = {0};
    unsigned char header[HEADER_SIZE] = TYPES_FILE_MAGIC;
    enum section tag;

    for (tag = SECTION_PROGRAM; tag < SECTION_END; tag++)
        add_section(&writer, &writer.contents, tag);
    set_little_endian(header + VERSION_AT, TYPES_FILE_VERSION, 4);
    put_bytes(&file, header, sizeof header);
    add_section(&writer, &file, SECTION_STRINGS);
    put_bytes(&file, writer.contents.bytes, writer.contents.size);
    types_file_seal(file.bytes, file.size);
    free(writer.contents.bytes);
    free(writer.section.bytes);
    free(writer.strings.bytes);
    free(writer.known);
    free(writer.files);
    *size = file.size;
    return file.bytes;
}
