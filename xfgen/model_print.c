/* model_print.c -- the type model as text: `xfgen --dump`, and what tests compare. */
#include "model.h"

#include <stdlib.h>

static void print_annotations(const struct annotation *annotation, FILE *stream)
{
    for (; annotation; annotation = annotation->next) {
        fprintf(stream, "  %s", annotation_kind_name(annotation->kind));
        if (annotation->argument[0])
            fprintf(stream, "(%s)", annotation->argument);
        fprintf(stream, "@%d", annotation->level);
    }
    fputc('\n', stream);
}

static void print_place(const struct source_place *place, FILE *stream)
{
    if (place->file)
        fprintf(stream, "  at %s:%d", place->file, place->line);
}

static void print_member(const struct member *member, FILE *stream)
{
    char *text = type_to_string(member->type, member->name ? member->name : "");

    if (member->bit_size)
        fprintf(stream, "    %6u bits %u: %s", member->bit_offset, member->bit_size, text);
    else
        fprintf(stream, "    %6llu %6llu: %s", (unsigned long long)member->offset,
                (unsigned long long)member->type->size, text);
    print_annotations(member->annotations, stream);
    free(text);
}

static bool is_described(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION || type->kind == TYPE_ENUM ||
           type->kind == TYPE_TYPEDEF || type->kind == TYPE_BASE;
}

static void print_type(const struct type *type, FILE *stream)
{
    char *text = type_to_string(type, "");
    size_t i;

    fprintf(stream, "%s%s  #%d", type->kind == TYPE_TYPEDEF ? "typedef " : "", text, type->id);
    free(text);
    if (type->kind == TYPE_TYPEDEF) {
        text = type_to_string(type->target, "");
        fprintf(stream, " = %s", text);
        if (!type_strip((struct type *)type)->name)
            fprintf(stream, " #%d", type_strip((struct type *)type)->id);
        free(text);
    }
    if (type->incomplete)
        fprintf(stream, ", incomplete");
    else
        fprintf(stream, ", size %llu, alignment %u", (unsigned long long)type->size,
                type->alignment);
    if (type->from_system)
        fprintf(stream, ", system");
    if (type->same_name_next)
        fprintf(stream, ", also #%d", type->same_name_next->id);
    print_place(&type->place, stream);
    print_annotations(type->annotations, stream);
    for (i = 0; i < type->member_count; i++)
        print_member(&type->members[i], stream);
    for (i = 0; i < type->enumerator_count; i++)
        fprintf(stream, "    %s = %lld\n", type->enumerators[i].name,
                (long long)type->enumerators[i].value);
}

static void print_variable(const struct variable *variable, FILE *stream)
{
    char *text = type_to_string(variable->type, variable->name);

    fprintf(stream, "%s  ", variable->key);
    if (variable->has_address)
        fprintf(stream, "%s0x%llx", variable->is_thread_local ? "tls+" : "",
                (unsigned long long)variable->address);
    else
        fprintf(stream, "optimised out");
    fprintf(stream, "%s%s: %s", variable->is_global ? " global" : "",
            variable->is_constant ? " constant" : "", text);
    print_place(&variable->place, stream);
    print_annotations(variable->annotations, stream);
    free(text);
}

static void print_local(const struct local *local, FILE *stream)
{
    char *text = type_to_string(local->type, local->name);

    fprintf(stream, "%s  %s: %s", local->key, local->is_noted ? "noted" : "not noted", text);
    print_place(&local->place, stream);
    print_annotations(local->annotations, stream);
    free(text);
}

static void print_update_point(const struct update_point *point, FILE *stream)
{
    if (point->name)
        fprintf(stream, "\"%s\"", point->name);
    else
        fputs("(not a literal)", stream);
    fprintf(stream, " in %s", point->function);
    print_place(&point->place, stream);
    fputc('\n', stream);
}

void model_print(const struct program *program, FILE *stream)
{
    size_t i;

    fprintf(stream, "%s, build ID %s\n", program->path, program->build_id);
    for (i = 0; i < program->warning_count; i++)
        fprintf(stream, "warning: %s\n", program->warnings[i]);
    fprintf(stream, "\n-- types --\n");
    for (i = 0; i < program->type_count; i++)
        if (is_described(program->types[i]))
            print_type(program->types[i], stream);
    fprintf(stream, "\n-- variables --\n");
    for (i = 0; i < program->variable_count; i++)
        print_variable(&program->variables[i], stream);
    fprintf(stream, "\n-- locals --\n");
    for (i = 0; i < program->local_count; i++)
        print_local(&program->locals[i], stream);
    fprintf(stream, "\n-- functions --\n");
    for (i = 0; i < program->function_count; i++) {
        const struct function *function = &program->functions[i];
        char *text = type_to_string(function->type, function->name);

        fprintf(stream, "%s  0x%llx+%llu: %s", function->key,
                (unsigned long long)function->address, (unsigned long long)function->size, text);
        print_place(&function->place, stream);
        fputc('\n', stream);
        free(text);
    }
    fprintf(stream, "\n-- update points --\n");
    for (i = 0; i < program->update_point_count; i++)
        print_update_point(&program->update_points[i], stream);
}
