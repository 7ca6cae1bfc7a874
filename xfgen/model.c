/* model.c -- loads a version's type model, and finds things in it.
 *
 *      the ELF file -> units -> annotation records -> walk (variables, functions, types)
 *          -> sorted tables -> sizes and names -> annotations attached
 */
#include "dwarf_reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- Failing ------------------------------------------------------------------------------- */

static char *format_message(const struct loader *loader, const char *format, va_list arguments)
{
    char *text = NULL, *message = NULL;

    if (vasprintf(&text, format, arguments) < 0 ||
        asprintf(&message, "%s: %s", loader->program->path, text) < 0) {
        fprintf(stderr, "xfgen: error: out of memory\n");
        exit(EXIT_FAILURE);
    }
    free(text);
    return message;
}

void load_failed(struct loader *loader, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    loader->message = format_message(loader, format, arguments);
    va_end(arguments);
    longjmp(loader->failed, 1);
}

void load_corrupt(struct loader *loader, const struct die *die, const char *what)
{
    char where[40] = "";
    const struct debug_file *file = die ? die->unit->file : loader->debug;
    struct span info = file ? file->sections[DEBUG_INFO] : (struct span){0};

    if (die && die->addr >= info.start && die->addr < info.start + info.size)
        snprintf(where, sizeof where, " at 0x%zx", (size_t)(die->addr - info.start));
    load_failed(loader, "corrupt debug information%s%s%s: %s; build it again",
                file && file != loader->debug ? " in " : "",
                file && file != loader->debug ? file->path : "", where, what);
}

void load_warn(struct loader *loader, const char *format, ...)
{
    struct program *program = loader->program;
    va_list arguments;
    char *message;

    va_start(arguments, format);
    message = format_message(loader, format, arguments);
    va_end(arguments);
    *(const char **)grow(&program->warnings, &program->warning_count, &loader->warning_capacity,
                         sizeof *program->warnings) = arena_copy_string(loader->arena, message);
    free(message);
}

/* ---- Loading ------------------------------------------------------------------------------- */

/* What was compiled without -g is invisible here, and its state would silently stay behind. */
static void warn_of_undescribed(struct loader *loader)
{
    const struct program *program = loader->program;
    struct pointer_map known = {0};
    const char *example = NULL;
    size_t i, count = 0;

    for (i = 0; i < program->variable_count; i++)
        if (program->variables[i].has_address && program->variables[i].address)
            pointer_map_put(&known, (void *)(uintptr_t)program->variables[i].address, &known);
    for (i = 0; i < loader->image.symbol_count; i++) {
        const struct image_symbol *symbol = &loader->image.symbols[i];

        if (symbol->is_function || !symbol->is_writable || symbol->size == 0 ||
            strncmp(symbol->name, "__", 2) == 0 || symbol->name[0] == '.' ||
            strcmp(symbol->name, "_DYNAMIC") == 0 ||
            strncmp(symbol->name, "completed.", 10) == 0 || symbol->address == 0 ||
            pointer_map_get(&known, (void *)(uintptr_t)symbol->address))
            continue;
        example = symbol->name;
        count++;
    }
    pointer_map_free(&known);
    if (count)
        load_warn(loader, "%zu variable%s (such as %s) without debug information: updates do not "
                  "carry %s over; compile all files with kitcc, or add -g", count,
                  count == 1 ? "" : "s", example, count == 1 ? "it" : "them");
}

/* Where the sources are, for messages that show a line of them. */
static void keep_sources(struct loader *loader)
{
    struct program *program = loader->program;
    size_t i;

    program->files = arena_allocate(loader->arena, (loader->source_count + 1) *
                                                       sizeof *program->files);
    for (i = 0; i < loader->source_capacity; i++) {
        const struct source_file *source = loader->sources[i];

        if (source && source->shown && !source->is_system)
            program->files[program->file_count++] = (struct program_file){
                source->shown, arena_copy_string(loader->arena, source->full)};
    }
}

static void load(struct loader *loader)
{
    image_open(loader);
    if (!image_has_debug_information(loader) && companion_load_beside(loader))
        return;
    debug_search(loader);
    units_load(loader);
    annotations_read(loader);
    points_finish(loader);
    types_begin(loader);
    walk_units(loader);
    functions_finish(loader);
    variables_finish(loader);
    if (loader->types.by_die.count == 0)
        load_failed(loader, "the debug information has no types (-g1?); compile with kitcc, or "
                    "with -g");
    locals_finish(loader);
    types_finish(loader);
    annotations_attach(loader);
    keep_sources(loader);
    warn_of_undescribed(loader);
}

/* Arrays that grew by doubling go into the arena, where the rest is. */
static void move_into_arena(struct loader *loader)
{
    struct program *program = loader->program;
    struct type **types = arena_allocate(loader->arena, (program->type_count + 1) *
                                                            sizeof *types);
    const char **warnings = arena_allocate(loader->arena, (program->warning_count + 1) *
                                                              sizeof *warnings);
    struct update_point *points = arena_allocate(
        loader->arena, (program->update_point_count + 1) * sizeof *points);

    if (program->type_count)
        memcpy(types, program->types, program->type_count * sizeof *types);
    if (program->warning_count)
        memcpy(warnings, program->warnings, program->warning_count * sizeof *warnings);
    if (program->update_point_count)
        memcpy(points, program->update_points, program->update_point_count * sizeof *points);
    free(program->types);
    free(program->warnings);
    free(program->update_points);
    program->types = types;
    program->warnings = warnings;
    program->update_points = points;
}

static void loader_free(struct loader *loader)
{
    debug_files_close(loader);
    image_close(&loader->image);
    pointer_map_free(&loader->type_units);
    pointer_map_free(&loader->files_by_offset);
    pointer_map_free(&loader->types.by_die);
    pointer_map_free(&loader->compared);
    pointer_map_free(&loader->records.variable_by_root);
    pointer_map_free(&loader->records.function_by_root);
    free(loader->units);
    free(loader->sources);
    free(loader->types.buckets);
    free(loader->types.to_fill);
    free(loader->types.members);
    free(loader->types.enumerators);
    pointer_map_free(&loader->records.walked_again);
    free(loader->records.locals);
    free(loader->pairs);
    free(loader->records.variables);
    free(loader->records.functions);
    free(loader->annotations);
    pointer_map_free(&loader->abbreviations_by_offset);
    free(loader->abbreviations);
    free(loader->forms);
    arena_free(loader->scratch);
    free(loader);
}

struct program *model_load(const char *path, char **message)
{
    struct loader *loader;
    struct program *program, *instead;
    struct arena *arena;

    *message = NULL;
    if (is_objects_path(path))
        return objects_load(path, message);
    if (is_companion_path(path))
        return companion_load(path, NULL, message);
    arena = arena_new();
    loader = calloc(1, sizeof *loader);
    program = arena_allocate(arena, sizeof *program);
    if (!loader) {
        arena_free(arena);
        *message = strdup("out of memory");
        return NULL;
    }
    program->arena = arena;
    program->path = arena_copy_string(arena, path);
    loader->program = program;
    loader->arena = arena;
    loader->scratch = arena_new();
    loader->image.descriptor = -1;
    if (setjmp(loader->failed) == 0)
        load(loader);
    *message = loader->message;
    move_into_arena(loader);
    instead = loader->instead;
    loader_free(loader);
    if (!*message && !instead)
        return program;
    model_free(program);
    if (!*message)
        return instead;
    model_free(instead);
    return NULL;
}

void model_free(struct program *program)
{
    if (program)
        arena_free(program->arena);
}

/* ---- Look-ups ------------------------------------------------------------------------------ */

/* The element of a sorted array whose first member, a string, is `key`. */
static void *find_by_key(const void *array, size_t count, size_t element_size, const char *key)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *element = (const char *)array + middle * element_size;
        const char *element_key;
        int order;

        memcpy(&element_key, element, sizeof element_key);
        order = strcmp(element_key, key);
        if (order == 0)
            return (void *)element;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct variable *model_find_variable(const struct program *program, const char *key)
{
    return find_by_key(program->variables, program->variable_count, sizeof *program->variables,
                       key);
}

struct local *model_find_local(const struct program *program, const char *key)
{
    return find_by_key(program->locals, program->local_count, sizeof *program->locals, key);
}

struct function *model_find_function(const struct program *program, const char *key)
{
    return find_by_key(program->functions, program->function_count, sizeof *program->functions,
                       key);
}

static struct type *find_exact(const struct program *program, enum type_kind kind,
                               const char *name)
{
    size_t low = 0, high = program->named_type_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct type *type = program->named_types[middle];
        int order = type->kind != kind ? (type->kind < kind ? -1 : 1) : strcmp(type->name, name);

        if (order < 0)
            low = middle + 1;
        else
            high = middle; /* also when equal: the first of the name is wanted */
    }
    if (low < program->named_type_count && program->named_types[low]->kind == kind &&
        strcmp(program->named_types[low]->name, name) == 0)
        return program->named_types[low];
    return NULL;
}

struct type *model_find_type(const struct program *program, enum type_kind kind, const char *name)
{
    struct type *type = find_exact(program, kind, name);

    if (!type && kind == TYPE_BASE) { /* "long unsigned int" and such */
        struct arena *arena = arena_new();

        type = find_exact(program, kind, canonical_base_name(arena, name));
        arena_free(arena);
    }
    return type;
}
