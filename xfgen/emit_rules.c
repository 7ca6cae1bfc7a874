/* emit_rules.c -- the user's blocks of C, each as one function with #line back to the .xf file.
 *
 * The $-forms become C here; everything else is pasted as it was written, so that the compiler's
 * messages and the debugger's steps are about the user's own lines.  A block shared by several
 * pairs, or used by several instances of a generic, is emitted once for each, with its own types.
 */
#include "emit.h"

#include <string.h>

static const char *quoted_path(struct emitter *emitter)
{
    return emitter->plan->spec->source && emitter->plan->spec->source->path
               ? emitter->plan->spec->source->path
               : "spec.xf";
}

static void emit_line(struct emitter *emitter, int line)
{
    fprintf(emitter->out, "#line %d \"%s\"\n", line, quoted_path(emitter));
}

/* Replaced by the line number of the output once everything is written (emit.c). */
static void emit_line_back(struct emitter *emitter)
{
    fputs("#line @HERE@\n", emitter->out);
}

/* $oldsym(BUSY): a constant of the version's enum type. */
static const char *enumerator_value(struct emitter *emitter, const struct program *program,
                                    const char *name)
{
    const struct enumerator *found;
    struct type *type = type_of_enumerator(program, name, &found);

    return type ? arena_format(emitter->plan->arena, "((%s)%lld)",
                               declare(emitter, program, type, ""), (long long)found->value)
                : NULL;
}

const char *symbol_lvalue(struct emitter *emitter, const struct program *program, const char *key,
                          const char **reason)
{
    struct plan *plan = emitter->plan;
    const struct variable *variable = model_find_variable(program, key);
    const struct function *function = model_find_function(program, key);
    const struct local *local = model_find_local(program, key);
    bool is_new = version_of(emitter, program);
    bool by_key = is_new && emitter->linked_in;
    const char *base = is_new ? "new_base" : "old_base";

    if (variable && !variable->has_address) {
        *reason = arena_format(plan->arena, "'%s' was optimised out of %s", key, program->path);
        return NULL;
    }
    if (variable && variable->is_thread_local) /* the updating thread's */
        return arena_format(plan->arena, "(*(%s)kitsune_lookup_key_%s(\"%s\"))",
                            pointer_to(emitter, view_of_type(program, variable->type), ""),
                            is_new ? "new" : "old", key);
    if (by_key && (variable || function))
        return arena_format(plan->arena, "(*(%s)kitsune_xf_new_symbol(\"%s\"))",
                            variable ? pointer_to(emitter,
                                                  view_of_type(program, variable->type), "")
                                     : declare(emitter, program, function->type, "(*)"), key);
    if (variable)
        return arena_format(plan->arena, "(*(%s)(%s + 0x%llx))",
                            pointer_to(emitter, view_of_type(program, variable->type), ""), base,
                            (unsigned long long)variable->address);
    if (function)
        return arena_format(plan->arena, "(*(%s)(%s + 0x%llx))",
                            declare(emitter, program, function->type, "(*)"), base,
                            (unsigned long long)function->address);
    if (local)
        return arena_format(plan->arena, "(*(%s)kitsune_lookup_key_%s(\"%s\"))",
                            pointer_to(emitter, view_of_type(program, local->type), ""),
                            is_new ? "new" : "old", key);
    base = enumerator_value(emitter, program, key);
    if (base)
        return base;
    *reason = arena_format(plan->arena, "%s has no variable or function '%s'", program->path, key);
    return NULL;
}

static void emit_segments(struct emitter *emitter, const struct segment *segment,
                          const struct rule_function *function);

static void emit_fail(struct emitter *emitter, const struct segment *segment,
                      const struct rule_function *function)
{
    int line, column;

    source_position(emitter->plan->spec->source, segment->span.start, &line, &column);
    fprintf(emitter->out, "kitsune_xf_fail(\"%s\", %d, ", quoted_path(emitter), line);
    if (segment->nested)
        emit_segments(emitter, segment->nested, function);
    else
        fprintf(emitter->out, "\"%%s\", %s", segment->text);
    fputc(')', emitter->out);
}

static void emit_type_segment(struct emitter *emitter, const struct segment *segment,
                              const struct program *program)
{
    struct view view;
    const char *unknown = NULL;

    if (!view_of_expression(emitter->plan, program, segment->types[0], NULL, &view, &unknown)) {
        report(emitter->plan->messages, SEVERITY_ERROR, emitter->plan->spec->source, segment->span,
               "%s", unknown);
        emitter->failed = true;
    } else if (view.is_opaque) {
        fputs("void", emitter->out);
    } else {
        fputs(declare(emitter, program, view.type, ""), emitter->out);
    }
}

static void emit_symbol_segment(struct emitter *emitter, const struct segment *segment,
                                const struct program *program)
{
    const char *reason = NULL;
    const char *lvalue = symbol_lvalue(emitter, program, segment->text, &reason);

    if (lvalue) {
        fputs(lvalue, emitter->out);
        return;
    }
    report(emitter->plan->messages, SEVERITY_ERROR, emitter->plan->spec->source, segment->span,
           "%s", reason);
    emitter->failed = true;
}

static void misplaced(struct emitter *emitter, const struct segment *segment, const char *what)
{
    report(emitter->plan->messages, SEVERITY_ERROR, emitter->plan->spec->source, segment->span,
           "%s has no meaning here: %s", what,
           strcmp(what, "$in") == 0 ? "an INIT rule has no old value"
                                    : "only rules have values");
    emitter->failed = true;
}

/* `function` is NULL for the prologue and checks. */
static void emit_segments(struct emitter *emitter, const struct segment *segment,
                          const struct rule_function *function)
{
    for (; segment; segment = segment->next)
        switch (segment->kind) {
        case SEGMENT_TEXT:
            fputs(segment->text, emitter->out);
            break;
        case SEGMENT_IN:
            if (!function || !function->in.type)
                misplaced(emitter, segment, "$in");
            fputs("(*rule_in)", emitter->out);
            break;
        case SEGMENT_OUT:
            if (!function)
                misplaced(emitter, segment, "$out");
            fputs("(*rule_out)", emitter->out);
            break;
        case SEGMENT_BASE:
            if (!function)
                misplaced(emitter, segment, "$base");
            fputs("(*rule_base)", emitter->out);
            break;
        case SEGMENT_NEWBASE:
            if (!function)
                misplaced(emitter, segment, "$newbase");
            fputs("(*rule_newbase)", emitter->out);
            break;
        case SEGMENT_OLDTYPE:
            emit_type_segment(emitter, segment, emitter->plan->old_program);
            break;
        case SEGMENT_NEWTYPE:
            emit_type_segment(emitter, segment, emitter->plan->new_program);
            break;
        case SEGMENT_OLDSYM:
            emit_symbol_segment(emitter, segment, emitter->plan->old_program);
            break;
        case SEGMENT_NEWSYM:
            emit_symbol_segment(emitter, segment, emitter->plan->new_program);
            break;
        case SEGMENT_XFORM: {
            const struct pair *pair = xform_pair(emitter->plan, segment);

            if (pair)
                fprintf(emitter->out, "(&xform_%s)", pair->identifier);
            else
                emitter->failed = true;
            break;
        }
        case SEGMENT_FAIL:
            emit_fail(emitter, segment, function);
            break;
        }
}

void emit_prologue(struct emitter *emitter)
{
    const struct block *prologue = emitter->plan->spec->prologue;

    if (!prologue)
        return;
    fputs("/* ---- The prologue ---- */\n\n", emitter->out);
    emit_line(emitter, prologue->line);
    emit_segments(emitter, prologue->segments, NULL);
    fputc('\n', emitter->out);
    emit_line_back(emitter);
    fputc('\n', emitter->out);
}

static void emit_rule_function(struct emitter *emitter, const struct rule_function *function)
{
    fprintf(emitter->out, "/* %s%s%s */\nstatic void %s(\n",
            function->rule->old_path ? function->rule->old_path->text : "INIT",
            function->rule->old_path ? " -> " : " ", function->rule->new_path->text,
            function->name);
    fprintf(emitter->out, "    %s __attribute__((unused)),\n",
            pointer_to(emitter, function->in, "rule_in"));
    fprintf(emitter->out, "    %s __attribute__((unused)),\n",
            pointer_to(emitter, function->out, "rule_out"));
    fprintf(emitter->out, "    %s __attribute__((unused)),\n",
            pointer_to(emitter, function->base, "rule_base"));
    fprintf(emitter->out, "    %s __attribute__((unused)))\n",
            pointer_to(emitter, function->newbase, "rule_newbase"));
    emit_line(emitter, function->rule->block->line);
    fputc('{', emitter->out);
    emit_segments(emitter, function->rule->block->segments, function);
    fputs("}\n", emitter->out);
    emit_line_back(emitter);
    fputc('\n', emitter->out);
}

void emit_rule_functions(struct emitter *emitter)
{
    const struct rule_function *function;

    if (emitter->plan->rule_functions)
        fputs("/* ---- The rules ---- */\n\n", emitter->out);
    for (function = emitter->plan->rule_functions; function; function = function->next)
        emit_rule_function(emitter, function);
}

static bool is_expression(const struct block *block)
{
    const struct segment *segment;

    for (segment = block->segments; segment; segment = segment->next)
        if (segment->kind == SEGMENT_FAIL ||
            (segment->kind == SEGMENT_TEXT && strchr(segment->text, ';')))
            return false;
    return true;
}

/* A check is an expression that must be true, or statements that return 0 or FAIL. */
void emit_checks(struct emitter *emitter)
{
    const struct check *check;
    int number = 0;

    for (check = emitter->plan->spec->checks; check; check = check->next) {
        bool expression = is_expression(check->block);

        fprintf(emitter->out, "static int check_%d(void)\n", ++number);
        emit_line(emitter, check->block->line);
        fputs(expression ? "{ return (" : "{", emitter->out);
        emit_segments(emitter, check->block->segments, NULL);
        fputs(expression ? ") != 0; }\n" : " return 1; }\n", emitter->out);
        emit_line_back(emitter);
        fputc('\n', emitter->out);
    }
}
