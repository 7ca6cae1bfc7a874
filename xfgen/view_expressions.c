/* view_expressions.c -- from a type expression, in a rule or annotation, to the type it names. */
#include "match.h"

#include <string.h>

static struct type *derived_type(struct plan *plan, enum type_kind kind, struct type *target)
{
    struct type *type = arena_allocate(plan->arena, sizeof *type);

    type->kind = kind;
    type->target = target;
    type->size = sizeof(void *);
    type->alignment = sizeof(void *);
    type->id = -1;
    return type;
}

static struct type *void_type(struct plan *plan)
{
    return derived_type(plan, TYPE_VOID, NULL);
}

struct type *type_named_by(const struct program *program, const struct type_expression *expression)
{
    struct type *type;

    switch (expression->word) {
    case WORD_STRUCT:
        return model_find_type(program, TYPE_STRUCT, expression->name);
    case WORD_UNION:
        return model_find_type(program, TYPE_UNION, expression->name);
    case WORD_ENUM:
        return model_find_type(program, TYPE_ENUM, expression->name);
    default:
        break;
    }
    type = model_find_type(program, TYPE_TYPEDEF, expression->name);
    if (!type)
        type = model_find_type(program, TYPE_BASE, expression->name);
    if (!type)
        type = model_find_type(program, TYPE_STRUCT, expression->name);
    if (!type)
        type = model_find_type(program, TYPE_UNION, expression->name);
    if (!type)
        type = model_find_type(program, TYPE_ENUM, expression->name);
    if (!type && strcmp(expression->name, "bool") == 0) /* <stdbool.h> makes it a macro */
        type = model_find_type(program, TYPE_BASE, "_Bool");
    return type;
}

static bool named_view(struct plan *plan, const struct program *program,
                       const struct type_expression *expression, const struct bindings *bindings,
                       struct view *result, const char **unknown)
{
    struct type *type;
    const struct annotation *generic;
    size_t i;

    if (expression->word == WORD_NONE && strcmp(expression->name, "void") == 0) {
        *result = view_of_type(program, void_type(plan));
        return true;
    }
    type = type_named_by(program, expression);
    if (!type) {
        const char *near = likely_type(plan, program, expression->name, false);

        *unknown = arena_format(plan->arena, "%s has no type '%s'%s%s%s", program->path,
                                expression->name, near ? "; did you mean '" : "", near ? near : "",
                                near ? "'?" : "");
        return false;
    }
    *result = view_of_type(program, type);
    generic = annotation_of_type(type, ANNOTATION_GENERIC);
    if (expression->argument_count && !generic) {
        *unknown = arena_format(plan->arena, "'%s' is not marked E_GENERIC", expression->name);
        return false;
    }
    if (expression->argument_count) {
        /* A made-up E_G in a frame of its own: @argument_0 and so on, bound to the arguments. */
        struct annotation *use = arena_allocate(plan->arena, sizeof *use);
        char *text = arena_copy_string(plan->arena, "");

        for (i = 0; i < expression->argument_count; i++) {
            const char *name = arena_format(plan->arena, "@argument_%zu", i);
            struct view argument;

            if (!view_of_expression(plan, program, expression->arguments[i], bindings, &argument,
                                    unknown))
                return false;
            text = arena_format(plan->arena, "%s%s%s", text, i ? "," : "", name);
            bindings = bind(plan, name, argument, bindings);
        }
        *use = (struct annotation){.kind = ANNOTATION_G, .argument = text,
                                   .place = generic->place};
        result->frames = frame_new(plan, use, 0, bindings, NULL);
    }
    return true;
}

/* A derivation of a view: its target must keep bindings and frames, one level further down. */
static struct view derived_view(struct plan *plan, enum type_kind kind, struct view target)
{
    struct view view = target;
    const struct frame *frame;
    const struct frame **tail = &view.frames;

    view.type = derived_type(plan, kind, target.type);
    view.frames = NULL;
    for (frame = target.frames; frame; frame = frame->next) {
        struct frame *outer = arena_allocate(plan->arena, sizeof *outer);

        *outer = *frame;
        outer->level--;
        outer->next = NULL;
        *tail = outer;
        tail = &outer->next;
    }
    return view;
}

bool view_of_expression(struct plan *plan, const struct program *program,
                        const struct type_expression *expression,
                        const struct bindings *bindings, struct view *result,
                        const char **unknown)
{
    struct view target;

    switch (expression->kind) {
    case EXPRESSION_OPAQUE:
        *result = view_opaque(program);
        return true;
    case EXPRESSION_PARAMETER:
        for (; bindings; bindings = bindings->next)
            if (strcmp(bindings->name, expression->name) == 0) {
                *result = *bindings->value;
                return true;
            }
        *unknown = arena_format(plan->arena, "type parameter %s has no value here: say which by "
                                "E_G(...) where the generic is used", expression->name);
        return false;
    case EXPRESSION_NAMED:
        return named_view(plan, program, expression, bindings, result, unknown);
    case EXPRESSION_FUNCTION:
        *result = view_of_type(program, derived_type(plan, TYPE_POINTER,
                                   derived_type(plan, TYPE_FUNCTION, void_type(plan))));
        return true;
    case EXPRESSION_POINTER:
    case EXPRESSION_ARRAY:
        if (!view_of_expression(plan, program, expression->target, bindings, &target, unknown))
            return false;
        if (target.is_opaque) {
            *result = target;
            return true;
        }
        *result = derived_view(plan, expression->kind == EXPRESSION_POINTER ? TYPE_POINTER
                                                                            : TYPE_ARRAY, target);
        if (expression->kind == EXPRESSION_ARRAY) {
            result->type->count = expression->count;
            result->type->size = expression->count * target.type->size;
            result->type->alignment = target.type->alignment;
        }
        return true;
    }
    return false;
}
