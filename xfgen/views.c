/* views.c -- types as they are seen from a declaration: annotations, generics, typedefs.
 *
 * C has one type `void *`; with annotations it becomes a family.  This file answers, for any
 * position in a declaration, what type stands there for our purposes and which annotations apply
 * to it.  See struct view in match.h.
 */
#include "match.h"

#include <stdlib.h>
#include <string.h>

static void *take(struct plan *plan, size_t size)
{
    return arena_allocate(plan->arena, size);
}

const struct frame *frame_new(struct plan *plan, const struct annotation *annotations,
                                     int level, const struct bindings *bindings,
                                     const struct frame *next)
{
    struct frame *frame;

    if (!annotations)
        return next;
    frame = take(plan, sizeof *frame);
    *frame = (struct frame){annotations, level, bindings, next};
    return frame;
}

struct bindings *bind(struct plan *plan, const char *name, struct view value,
                      const struct bindings *next)
{
    struct bindings *bindings = take(plan, sizeof *bindings);
    struct view *copy = take(plan, sizeof *copy);

    *copy = value;
    *bindings = (struct bindings){name, copy, next};
    return bindings;
}

struct view view_of_type(const struct program *program, struct type *type)
{
    return (struct view){.program = program, .type = type};
}

static struct view view_of_declaration(const struct program *program, struct type *type,
                                       const struct annotation *annotations)
{
    struct view view = view_of_type(program, type);

    if (annotations) {
        struct frame *frame = arena_allocate(program->arena, sizeof *frame);

        *frame = (struct frame){annotations, 0, NULL, NULL};
        view.frames = frame;
    }
    return view;
}

struct view view_of_variable(const struct program *program, const struct variable *variable)
{
    return view_of_declaration(program, variable->type, variable->annotations);
}

struct view view_of_local(const struct program *program, const struct local *local)
{
    return view_of_declaration(program, local->type, local->annotations);
}

struct view view_of_member(struct plan *plan, struct view structure, const struct member *member)
{
    struct view view = {.program = structure.program, .type = member->type,
                        .bindings = structure.bindings, .bit_size = member->bit_size,
                        .container = structure.container, .is_head = structure.is_head,
                        .declared = member, .holder = structure.type};

    view.frames = frame_new(plan, member->annotations, 0, structure.bindings, NULL);
    return view;
}

/* An array of list heads, annotated behind its brackets. */
static struct view container_enter_array(struct plan *plan, struct view array, struct view element)
{
    const struct bindings *bindings;
    const struct annotation *annotation =
        view_annotation_with(array, ANNOTATION_CONTAINER, &bindings);

    if (annotation) {
        element.container = container_of(plan, array.program, annotation, bindings);
        element.is_head = true;
    }
    return element;
}

struct view view_target(struct plan *plan, struct view view)
{
    struct view target = view;
    const struct frame *frame;
    const struct frame **tail = &target.frames;

    target.type = view.type->target;
    target.frames = NULL;
    if (view.type->kind == TYPE_POINTER) {
        target.container = container_beyond(plan, view);
        target.is_head = true;
        target.declared = NULL;
        target.holder = NULL;
    } else {
        target = container_enter_array(plan, view, target);
    }
    for (frame = view.frames; frame; frame = frame->next) {
        struct frame *deeper = take(plan, sizeof *deeper);

        *deeper = *frame;
        deeper->level++;
        deeper->next = NULL;
        *tail = deeper;
        tail = &deeper->next;
    }
    return target;
}

const struct annotation *view_annotation(struct view view, enum annotation_kind kind)
{
    const struct frame *frame;
    const struct annotation *annotation;

    for (frame = view.frames; frame; frame = frame->next)
        for (annotation = frame->annotations; annotation; annotation = annotation->next)
            if (annotation->kind == kind && annotation->level == frame->level)
                return annotation;
    return NULL;
}

static const struct annotation *find_with_frame(struct view view, enum annotation_kind kind,
                                                bool shallower, const struct frame **where);

const struct annotation *view_annotation_with(struct view view, enum annotation_kind kind,
                                              const struct bindings **bindings)
{
    const struct frame *frame;
    const struct annotation *annotation = find_with_frame(view, kind, false, &frame);

    *bindings = annotation ? frame->bindings : NULL;
    return annotation;
}

/* As view_annotation, with the frame it was found in; `shallower` also accepts annotations that
 * stand nearer to the declared name (E_G after the star instead of before it). */
static const struct annotation *find_with_frame(struct view view, enum annotation_kind kind,
                                                bool shallower, const struct frame **where)
{
    const struct annotation *annotation;

    for (*where = view.frames; *where; *where = (*where)->next)
        for (annotation = (*where)->annotations; annotation; annotation = annotation->next)
            if (annotation->kind == kind &&
                (annotation->level == (*where)->level ||
                 (shallower && annotation->level < (*where)->level)))
                return annotation;
    return NULL;
}

const struct annotation *annotation_of_type(const struct type *type, enum annotation_kind kind)
{
    const struct annotation *annotation;

    for (annotation = type->annotations; annotation; annotation = annotation->next)
        if (annotation->kind == kind && annotation->level == 0)
            return annotation;
    return NULL;
}

struct view view_opaque(const struct program *program)
{
    return (struct view){.program = program, .is_opaque = true};
}

/* The view an annotation's type argument stands for; opaque, with a message, when unknown. */
static struct view view_of_argument(struct plan *plan, const struct program *program,
                                    const struct annotation *annotation,
                                    const struct type_expression *expression,
                                    const struct bindings *bindings)
{
    struct view view;
    const char *unknown = NULL;

    if (view_of_expression(plan, program, expression, bindings, &view, &unknown))
        return view;
    report_at(plan->messages, SEVERITY_ERROR, annotation->place.file, annotation->place.line,
              "%s(%s): %s", annotation_kind_name(annotation->kind), annotation->argument,
              unknown);
    return view_opaque(program);
}

/* Binds the parameters of GENERIC annotation `generic` to what the use says with E_G. */
static const struct bindings *bind_parameters(struct plan *plan, struct view use,
                                              const struct annotation *generic)
{
    const struct frame *frame;
    const struct annotation *use_annotation = find_with_frame(use, ANNOTATION_G, true, &frame);
    struct type_expression **parameters = NULL, **arguments = NULL;
    int parameter_count = type_expression_parse_list(generic->argument, &parameters);
    int argument_count = 0, i;
    const struct bindings *result = NULL;

    if (use_annotation)
        argument_count = type_expression_parse_list(use_annotation->argument, &arguments);
    if (use_annotation && argument_count < 0)
        report_at(plan->messages, SEVERITY_ERROR, use_annotation->place.file,
                  use_annotation->place.line, "E_G(%s): not a list of types",
                  use_annotation->argument);
    else if (use_annotation && argument_count != parameter_count)
        report_at(plan->messages, SEVERITY_ERROR, use_annotation->place.file,
                  use_annotation->place.line, "E_G(%s) gives %d type%s, but E_GENERIC(%s) at "
                  "%s:%d has %d", use_annotation->argument, argument_count,
                  argument_count == 1 ? "" : "s", generic->argument, generic->place.file,
                  generic->place.line, parameter_count);
    for (i = parameter_count - 1; i >= 0; i--) {
        if (parameters[i]->kind != EXPRESSION_PARAMETER) {
            report_at(plan->messages, SEVERITY_ERROR, generic->place.file, generic->place.line,
                      "E_GENERIC(%s): parameters are written @name", generic->argument);
            break;
        }
        if (i < argument_count)
            result = bind(plan, arena_copy_string(plan->arena, parameters[i]->name),
                          view_of_argument(plan, use.program, use_annotation, arguments[i],
                                           frame->bindings), result);
    }
    for (i = 0; i < parameter_count; i++)
        type_expression_free(parameters[i]);
    for (i = 0; i < argument_count; i++)
        type_expression_free(arguments[i]);
    free(parameters);
    free(arguments);
    return result;
}

/* One typedef down. */
static struct view step_typedef(struct plan *plan, struct view view)
{
    struct type *type = view.type;
    const struct annotation *generic = annotation_of_type(type, ANNOTATION_GENERIC);
    const struct bindings *bindings = generic ? bind_parameters(plan, view, generic) : NULL;
    struct view below = view;

    below.type = type->target;
    below.bindings = bindings;
    below.frames = frame_new(plan, type->annotations, 0, bindings, view.frames);
    return below;
}

struct view view_resolve(struct plan *plan, struct view view)
{
    const struct annotation *annotation;
    const struct frame *frame;

    while (!view.is_opaque) {
        switch (view.type->kind) {
        case TYPE_QUALIFIED:
            view.type = view.type->target;
            continue;
        case TYPE_TYPEDEF:
            view = step_typedef(plan, view);
            continue;
        case TYPE_STRUCT:
        case TYPE_UNION:
            annotation = annotation_of_type(view.type, ANNOTATION_GENERIC);
            if (annotation)
                view.bindings = bind_parameters(plan, view, annotation);
            else if (view.type->name)
                view.bindings = NULL;
            return container_enter(plan, view);
        case TYPE_VOID:
            annotation = find_with_frame(view, ANNOTATION_T, false, &frame);
            if (annotation) {
                struct type_expression *expression = type_expression_parse(annotation->argument);

                if (!expression) {
                    report_at(plan->messages, SEVERITY_ERROR, annotation->place.file,
                              annotation->place.line, "E_T(%s): not a type",
                              annotation->argument);
                    return view_opaque(view.program);
                }
                view = view_of_argument(plan, view.program, annotation, expression,
                                        frame->bindings);
                type_expression_free(expression);
                continue;
            }
            return view;
        default:
            return view;
        }
    }
    return view;
}

struct view view_pointee(struct plan *plan, struct view pointer)
{
    struct view pointee = view_resolve(plan, view_target(plan, pointer));
    const struct frame *frame;
    const struct annotation *annotation;
    struct type_expression *expression;

    if (pointee.is_opaque || pointee.type->kind != TYPE_VOID)
        return pointee;
    annotation = find_with_frame(pointer, ANNOTATION_T, false, &frame);
    if (!annotation)
        return pointee;
    /* void *E_T(x) p: the annotation stands on the pointer.  A pointer type for x then says what
     * p itself is; anything else, what p leads to. */
    expression = type_expression_parse(annotation->argument);
    if (!expression) {
        report_at(plan->messages, SEVERITY_ERROR, annotation->place.file, annotation->place.line,
                  "E_T(%s): not a type", annotation->argument);
        return view_opaque(pointer.program);
    }
    pointee = view_resolve(plan, view_of_argument(plan, pointer.program, annotation, expression,
                                                  frame->bindings));
    type_expression_free(expression);
    if (!pointee.is_opaque && pointee.type->kind == TYPE_POINTER)
        return view_pointee(plan, pointee);
    return pointee;
}

static void write_identity(struct plan *plan, struct view view, FILE *stream, bool for_people);

static void write_arguments(struct plan *plan, const struct bindings *bindings, FILE *stream,
                            bool for_people)
{
    const char *separator = "<";

    for (; bindings; bindings = bindings->next) {
        fputs(separator, stream);
        write_identity(plan, *bindings->value, stream, for_people);
        separator = ",";
    }
    if (separator[0] == ',')
        fputc('>', stream);
}

static const char *keyword_of(const struct type *type)
{
    return type->kind == TYPE_STRUCT ? "struct " : type->kind == TYPE_UNION ? "union " : "enum ";
}

static void write_pointer_annotations(struct view view, FILE *stream)
{
    static const enum annotation_kind kinds[] = {ANNOTATION_PTRARRAY, ANNOTATION_SZ,
                                                 ANNOTATION_OPAQUE, ANNOTATION_ARRAY,
                                                 ANNOTATION_CONTAINER};
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct annotation *annotation = view_annotation(view, kinds[i]);

        if (annotation)
            fprintf(stream, " %s(%s)", annotation_kind_name(kinds[i]), annotation->argument);
    }
}

static void write_container(struct plan *plan, struct view view, FILE *stream)
{
    fputs(view.is_head ? " heading {" : " in {", stream);
    if (view.container->item.type)
        write_identity(plan, view.container->item, stream, false);
    fprintf(stream, "+%llu}", (unsigned long long)view.container->offset);
}

static void write_identity(struct plan *plan, struct view view, FILE *stream, bool for_people)
{
    struct view resolved = view_resolve(plan, view);

    if (resolved.is_opaque) {
        fputs("[opaque]", stream);
        return;
    }
    switch (resolved.type->kind) {
    case TYPE_STRUCT:
    case TYPE_UNION:
    case TYPE_ENUM:
        if (resolved.type->name)
            fprintf(stream, "%s%s", keyword_of(resolved.type), resolved.type->name);
        else if (for_people && view.type->kind == TYPE_TYPEDEF)
            fputs(view.type->name, stream);
        else
            fprintf(stream, "%s(anonymous)", keyword_of(resolved.type));
        if (!for_people)
            fprintf(stream, "#%d", resolved.type->id);
        if (!for_people && resolved.container)
            write_container(plan, resolved, stream);
        write_arguments(plan, resolved.bindings, stream, for_people);
        break;
    case TYPE_POINTER:
        write_identity(plan, view_pointee(plan, resolved), stream, for_people);
        fputs(" *", stream);
        if (!for_people)
            write_pointer_annotations(resolved, stream);
        break;
    case TYPE_ARRAY:
        write_identity(plan, view_target(plan, resolved), stream, for_people);
        fprintf(stream, "[%llu]", (unsigned long long)resolved.type->count);
        break;
    case TYPE_FUNCTION:
        fputs("function", stream);
        break;
    case TYPE_VOID:
        fputs("void", stream);
        break;
    default:
        fputs(resolved.type->name ? resolved.type->name : "?", stream);
        if (!for_people)
            fprintf(stream, ":%llu", (unsigned long long)resolved.type->size);
        break;
    }
}

static const char *identity(struct plan *plan, struct view view, bool for_people)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    const char *result;

    if (!stream)
        abort();
    write_identity(plan, view, stream, for_people);
    fclose(stream);
    result = arena_copy_string(plan->arena, text);
    free(text);
    return result;
}

const char *view_identity(struct plan *plan, struct view view)
{
    return identity(plan, view, false);
}

const char *view_name(struct plan *plan, struct view view)
{
    return identity(plan, view, true);
}
