/* types_file_read.c -- the bytes of a companion file as a program's type model.
 *
 * The file may be cut off, damaged or made to mislead: each number is checked before it is used as
 * a count, a length or an index, memory is asked for in proportion to what is really there, and
 * nothing recurses.  What must hold between the parts is types_file_check.c's business.
 */
#include "types_file_format.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

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

/* ---- Failing ------------------------------------------------------------------------------- */

static void fail(struct reader *reader, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

static void fail(struct reader *reader, const char *format, ...)
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

static void fail_corrupt(struct reader *reader, const char *what) __attribute__((noreturn));

static void fail_corrupt(struct reader *reader, const char *what)
{
    fail(reader, "corrupt companion file: %s at byte %zu: %s; make it again with `kitsune types`",
         reader->part, HEADER_SIZE + (size_t)(reader->at - reader->start), what);
}

/* ---- Numbers and names --------------------------------------------------------------------- */

static uint64_t take_number(struct reader *reader)
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

static uint64_t take_up_to(struct reader *reader, uint64_t limit, const char *what)
{
    uint64_t value = take_number(reader);

    if (value > limit)
        fail_corrupt(reader, what);
    return value;
}

static unsigned take_flags(struct reader *reader, unsigned known)
{
    uint64_t flags = take_number(reader);

    if (flags & ~(uint64_t)known)
        fail_corrupt(reader, "unknown flags");
    return (unsigned)flags;
}

/* A count of things that take at least `least` bytes each. */
static size_t take_count(struct reader *reader, size_t least)
{
    uint64_t count = take_number(reader);

    if (count > (uint64_t)(reader->end - reader->at) / least)
        fail_corrupt(reader, "more elements than bytes");
    return (size_t)count;
}

/* Room for `count` elements and one more, so that an empty array has an address too. */
static void *room_for(struct reader *reader, size_t count, size_t element_size)
{
    return arena_allocate(reader->arena, (count + 1) * element_size);
}

static const char *take_optional_string(struct reader *reader)
{
    return reader->strings[take_up_to(reader, reader->string_count, "a name that is not there")];
}

static const char *take_string(struct reader *reader)
{
    const char *text = take_optional_string(reader);

    if (!text)
        fail_corrupt(reader, "a name is missing");
    return text;
}

static struct source_place take_place(struct reader *reader)
{
    struct source_place place;

    place.file = take_optional_string(reader);
    place.line = (int)(uint32_t)take_up_to(reader, UINT32_MAX, "a line number is too large");
    return place;
}

static struct type *take_type_reference(struct reader *reader)
{
    uint64_t id = take_number(reader);

    if (id >= reader->program->type_count)
        fail_corrupt(reader, "a type that is not there");
    return reader->program->types[id];
}

/* ---- Types --------------------------------------------------------------------------------- */

static struct annotation *take_annotations(struct reader *reader)
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

/* `distance` types away from `type`. */
static struct type *type_at(struct reader *reader, const struct type *type, int64_t distance)
{
    const struct program *program = reader->program;

    if (distance < -(int64_t)type->id || distance >= (int64_t)program->type_count - type->id)
        fail_corrupt(reader, "a type that is not there");
    return program->types[type->id + distance];
}

static void take_member(struct reader *reader, const struct type *type, struct member *member)
{
    unsigned flags = take_flags(reader, MEMBER_FLAGS);

    member->type = type_at(reader, type, unzigzag(take_number(reader)));
    /* Only structs and unions can lead back to themselves: see types_file_check(). */
    if (type->kind == TYPE_FUNCTION && member->type->id >= type->id)
        fail_corrupt(reader, "a function's parameter comes after it");
    if (flags & MEMBER_HAS_NAME)
        member->name = take_string(reader);
    if (flags & MEMBER_HAS_OFFSET)
        member->offset = take_number(reader);
    if (flags & MEMBER_HAS_BITS) {
        member->bit_size = (uint32_t)take_up_to(reader, UINT32_MAX, "a bit-field is too large");
        member->bit_offset = (uint32_t)take_up_to(reader, UINT32_MAX,
                                                  "a bit-field is too far away");
    }
    if (flags & MEMBER_HAS_PLACE)
        member->place = take_place(reader);
    if (flags & MEMBER_HAS_ANNOTATIONS)
        member->annotations = take_annotations(reader);
}

static void take_members(struct reader *reader, struct type *type)
{
    size_t i;

    type->member_count = take_count(reader, LEAST_MEMBER);
    if (type->member_count)
        type->members = room_for(reader, type->member_count, sizeof *type->members);
    for (i = 0; i < type->member_count; i++)
        take_member(reader, type, &type->members[i]);
}

static void take_enumerators(struct reader *reader, struct type *type)
{
    size_t i;

    type->enumerator_count = take_count(reader, LEAST_ENUMERATOR);
    if (type->enumerator_count)
        type->enumerators = room_for(reader, type->enumerator_count, sizeof *type->enumerators);
    for (i = 0; i < type->enumerator_count; i++) {
        type->enumerators[i].name = take_string(reader);
        type->enumerators[i].value = unzigzag(take_number(reader));
    }
}

static bool is_derived(enum type_kind kind)
{
    return kind == TYPE_POINTER || kind == TYPE_ARRAY || kind == TYPE_FUNCTION ||
           kind == TYPE_TYPEDEF || kind == TYPE_QUALIFIED;
}

static void take_kind(struct reader *reader, struct type *type)
{
    if (is_derived(type->kind)) {
        uint64_t distance = take_number(reader);

        if (distance == 0 || distance > (uint64_t)type->id)
            fail_corrupt(reader, "a type is derived from one that does not come before it");
        type->target = reader->program->types[type->id - (int)distance];
    }
    switch (type->kind) {
    case TYPE_ARRAY:
        type->count = take_number(reader);
        break;
    case TYPE_QUALIFIED:
        type->qualifiers = (uint32_t)take_up_to(reader, 2 * QUALIFIER_ATOMIC - 1,
                                                "an unknown qualifier");
        break;
    case TYPE_BASE:
        type->encoding = (uint32_t)take_up_to(reader, UINT32_MAX, "an unknown encoding");
        break;
    case TYPE_ENUM:
        type->encoding = (uint32_t)take_up_to(reader, UINT32_MAX, "an unknown encoding");
        take_enumerators(reader, type);
        break;
    case TYPE_STRUCT:
    case TYPE_UNION:
    case TYPE_FUNCTION:
        take_members(reader, type);
        break;
    default:
        break;
    }
}

static void take_type(struct reader *reader, struct type *type)
{
    unsigned flags;

    type->kind = (enum type_kind)take_up_to(reader, TYPE_QUALIFIED, "an unknown kind of type");
    flags = take_flags(reader, TYPE_FLAGS);
    type->incomplete = flags & TYPE_IS_INCOMPLETE;
    type->from_system = flags & TYPE_IS_FROM_SYSTEM;
    type->is_variadic = flags & TYPE_IS_VARIADIC;
    type->is_flexible = flags & TYPE_IS_FLEXIBLE;
    type->alignment = 1;
    if (flags & TYPE_HAS_NAME)
        type->name = take_string(reader);
    if (flags & TYPE_HAS_SIZE)
        type->size = take_number(reader);
    if (flags & TYPE_HAS_ALIGNMENT)
        type->alignment = (uint32_t)take_up_to(reader, UINT32_MAX, "an alignment is too large");
    if (flags & TYPE_HAS_PLACE)
        type->place = take_place(reader);
    if (flags & TYPE_HAS_UNIT)
        type->unit = take_string(reader);
    if (flags & TYPE_HAS_ANNOTATIONS)
        type->annotations = take_annotations(reader);
    if (flags & TYPE_HAS_SAME_NAME)
        type->same_name_next =
            type_at(reader, type, (int64_t)take_up_to(reader, INT_MAX, "a type too far away"));
    take_kind(reader, type);
}

/* All are there before the first is read, since members may lead to types that come later. */
static void take_types(struct reader *reader)
{
    struct program *program = reader->program;
    size_t count, i;
    struct type *types;

    reader->part = "a type";
    count = take_count(reader, LEAST_TYPE);
    if (count > INT_MAX)
        fail_corrupt(reader, "too many types");
    types = room_for(reader, count, sizeof *types);
    program->types = room_for(reader, count, sizeof *program->types);
    program->type_count = count;
    for (i = 0; i < count; i++) {
        program->types[i] = &types[i];
        types[i].id = (int)i;
    }
    for (i = 0; i < count; i++)
        take_type(reader, &types[i]);
}

/* ---- Variables, locals, functions ---------------------------------------------------------- */

/* What the three have in common. */
struct symbol {
    const char *key, *name, *file, *function;
    struct type *type;
    unsigned flags;
    struct source_place place;
    struct annotation *annotations;
};

/* The parts one after the other; they end with NULL. */
static const char *concatenation(struct reader *reader, const char *const *parts)
{
    const char *const *part;
    size_t length = 0;
    char *text, *end;

    for (part = parts; *part; part++)
        length += strlen(*part);
    end = text = arena_allocate(reader->arena, length + 1);
    for (part = parts; *part; part++)
        end = stpcpy(end, *part);
    return text;
}

static const char *take_key(struct reader *reader, const struct symbol *symbol,
                            enum key_form form)
{
    bool by_file = form == KEY_FILE_NAME || form == KEY_FILE_FUNCTION_NAME;
    bool by_function = form == KEY_FUNCTION_NAME || form == KEY_FILE_FUNCTION_NAME;

    if ((by_file && !symbol->file) || (by_function && !symbol->function))
        fail_corrupt(reader, "a key of names that are missing");
    switch (form) {
    case KEY_NAME:
        return symbol->name;
    case KEY_FILE_NAME:
        return concatenation(reader, (const char *[]){symbol->file, "/", symbol->name, NULL});
    case KEY_FUNCTION_NAME:
        return concatenation(reader, (const char *[]){symbol->function, "#", symbol->name, NULL});
    case KEY_FILE_FUNCTION_NAME:
        return concatenation(reader, (const char *[]){symbol->file, "/", symbol->function, "#",
                                                      symbol->name, NULL});
    default:
        return take_string(reader);
    }
}

/* `before` is the key of the one before it, NULL for the first: they are sorted. */
static struct symbol take_symbol(struct reader *reader, const char *before)
{
    struct symbol symbol = {.flags = take_flags(reader, SYMBOL_FLAGS)};
    enum key_form form = (enum key_form)take_up_to(reader, KEY_FORMS - 1, "an unknown kind of key");

    symbol.name = take_string(reader);
    symbol.file = take_optional_string(reader);
    if (symbol.flags & SYMBOL_HAS_FUNCTION)
        symbol.function = take_string(reader);
    symbol.key = take_key(reader, &symbol, form);
    if (before && strcmp(before, symbol.key) > 0)
        fail_corrupt(reader, "keys are not in order");
    symbol.type = take_type_reference(reader);
    if (symbol.flags & SYMBOL_HAS_PLACE)
        symbol.place = take_place(reader);
    if (symbol.flags & SYMBOL_HAS_ANNOTATIONS)
        symbol.annotations = take_annotations(reader);
    return symbol;
}

static void take_variables(struct reader *reader)
{
    struct program *program = reader->program;
    size_t i;

    reader->part = "a variable";
    program->variable_count = take_count(reader, LEAST_SYMBOL);
    program->variables = room_for(reader, program->variable_count, sizeof *program->variables);
    for (i = 0; i < program->variable_count; i++) {
        struct symbol symbol = take_symbol(reader, i ? program->variables[i - 1].key : NULL);

        if (!symbol.file)
            fail_corrupt(reader, "no file");
        program->variables[i] = (struct variable){
            .key = symbol.key, .name = symbol.name, .file = symbol.file,
            .function = symbol.function, .type = symbol.type, .place = symbol.place,
            .annotations = symbol.annotations,
            .has_address = symbol.flags & SYMBOL_HAS_ADDRESS,
            .is_global = symbol.flags & SYMBOL_IS_GLOBAL,
            .is_thread_local = symbol.flags & SYMBOL_IS_THREAD_LOCAL,
            .is_constant = symbol.flags & SYMBOL_IS_CONSTANT};
        if (symbol.flags & SYMBOL_HAS_ADDRESS)
            program->variables[i].address = take_number(reader);
    }
}

static void take_locals(struct reader *reader)
{
    struct program *program = reader->program;
    size_t i;

    reader->part = "a local";
    program->local_count = take_count(reader, LEAST_SYMBOL);
    program->locals = room_for(reader, program->local_count, sizeof *program->locals);
    for (i = 0; i < program->local_count; i++) {
        struct symbol symbol = take_symbol(reader, i ? program->locals[i - 1].key : NULL);

        if (!symbol.function || !symbol.file)
            fail_corrupt(reader, "no function or no file");
        program->locals[i] = (struct local){
            .key = symbol.key, .name = symbol.name, .file = symbol.file,
            .function = symbol.function, .type = symbol.type, .place = symbol.place,
            .annotations = symbol.annotations, .is_noted = symbol.flags & SYMBOL_IS_NOTED,
            .is_parameter = symbol.flags & SYMBOL_IS_PARAMETER};
    }
}

static void take_functions(struct reader *reader)
{
    struct program *program = reader->program;
    size_t i;

    reader->part = "a function";
    program->function_count = take_count(reader, LEAST_SYMBOL);
    program->functions = room_for(reader, program->function_count, sizeof *program->functions);
    for (i = 0; i < program->function_count; i++) {
        struct symbol symbol = take_symbol(reader, i ? program->functions[i - 1].key : NULL);

        if (symbol.type->kind != TYPE_FUNCTION || !symbol.file)
            fail_corrupt(reader, "not of function type, or in no file");
        program->functions[i] = (struct function){
            .key = symbol.key, .name = symbol.name, .file = symbol.file, .type = symbol.type,
            .place = symbol.place, .is_global = symbol.flags & SYMBOL_IS_GLOBAL};
        program->functions[i].address = take_number(reader);
        program->functions[i].size = take_number(reader);
    }
}

/* ---- The file ------------------------------------------------------------------------------ */

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
    if (crc32_z(0, bytes + HEADER_SIZE, size - HEADER_SIZE) != little_endian(bytes + CHECKSUM_AT, 4))
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
