/* emit_rules.c -- the user's blocks of C, each as one function with #line back to the .xf file.
 *
 * The compiler's messages and the debugger's steps are to be about the user's own lines, to the
 * column where that can be had.  So what is written stays as it is; $in and its like are macros of
 * these very names; the other $-forms become C that is shorter than they are, as a rule, and is
 * filled up with blanks (and with the line ends that stood in them).
 *
 * A block shared by several rules, or used by several instances of a generic, is emitted once for
 * each set of types it is used with.
 */
#include "emit.h"

#include <string.h>

/* As it stands in a string of C. */
const char *spec_path_quoted(struct emitter *emitter)
{
    const struct source *source = emitter->plan->spec->source;
    const char *path = source && source->path ? source->path : "spec.xf";
    char *quoted = arena_allocate(emitter->plan->arena, 2 * strlen(path) + 1), *to = quoted;

    for (; *path; path++) {
        if (*path == '"' || *path == '\\')
            *to++ = '\\';
        *to++ = *path;
    }
    return quoted;
}

static void emit_line(struct emitter *emitter, int line)
{
    fprintf(emitter->out, "#line %d \"%s\"\n", line, spec_path_quoted(emitter));
}

/* Replaced by the line number of the output once everything is written (emit.c). */
static void emit_line_back(struct emitter *emitter)
{
    fputs("#line @HERE@\n", emitter->out);
}

/* ---- Keeping lines and columns --------------------------------------------------------------- */

static size_t count_line_ends(const char *text, size_t length)
{
    size_t count = 0, i;

    for (i = 0; i < length; i++)
        count += text[i] == '\n';
    return count;
}

/* `text` in place of the span: as many lines, and at the end the same column if it is short
 * enough. */
static void emit_in_place(struct emitter *emitter, struct span span, const char *text)
{
    const char *source = emitter->plan->spec->source->text;
    size_t length = strlen(text), tail = span.end, i;
    size_t missing = count_line_ends(source + span.start, span.end - span.start);

    if (span.start > 0 && is_name_byte(source[span.start - 1]))
        fputc(' ', emitter->out); /* "return$in" */
    fputs(text, emitter->out);
    for (i = 0; i < missing; i++)
        fputc('\n', emitter->out);
    while (tail > span.start && source[tail - 1] != '\n')
        tail--;
    for (i = missing ? tail : span.start + length; i < span.end; i++)
        fputc(' ', emitter->out);
    if (length >= span.end - span.start && is_name_byte(source[span.end]))
        fputc(' ', emitter->out);
}

/* What stands in the place of a block's opening brace, in the column where that is. */
static void emit_opening(struct emitter *emitter, const struct block *block, char opening)
{
    const struct source *source = emitter->plan->spec->source;
    size_t start = block->span.start, i;

    while (start > 0 && source->text[start - 1] != '\n')
        start--;
    for (i = start; i < block->span.start; i++)
        fputc(source->text[i] == '\t' ? '\t' : ' ', emitter->out);
    fputc(opening, emitter->out);
}

/* ---- What the $-forms become ----------------------------------------------------------------- */

static void emit_type_segment(struct emitter *emitter, const struct segment *segment,
                              const struct program *program)
{
    struct view view;
    const char *unknown = NULL;

    if (!view_of_expression(emitter->plan, program, segment->types[0], NULL, &view, &unknown)) {
        report(emitter->plan->messages, SEVERITY_ERROR, emitter->plan->spec->source, segment->span,
               "%s", unknown);
        emitter->failed = true;
    } else {
        const char *text = view.is_opaque ? "void" : declare(emitter, program, view.type, "");

        if (strpbrk(text, "[(")) /* whatever declarator follows: int [2][3] *p is none */
            text = arena_format(emitter->plan->arena, "__typeof__(%s)", text);
        emit_in_place(emitter, segment->span, text);
    }
}

static void emit_symbol_segment(struct emitter *emitter, const struct segment *segment,
                                const struct program *program)
{
    const char *name = symbol_macro(emitter, program, segment->text), *reason = NULL;

    if (name) {
        emit_in_place(emitter, segment->span, name);
        return;
    }
    symbol_lvalue(emitter, program, segment->text, &reason);
    report(emitter->plan->messages, SEVERITY_ERROR, emitter->plan->spec->source, segment->span,
           "%s", reason);
    emitter->failed = true;
}

static void emit_xform_segment(struct emitter *emitter, const struct segment *segment)
{
    const struct pair *pair = xform_pair(emitter->plan, segment);

    if (!pair) {
        emitter->failed = true;
        return;
    }
    emit_in_place(emitter, segment->span, arena_format(emitter->plan->arena, "(&xform_%s)",
                                                       pair->identifier));
}

/* $in, $out, $base, $newbase; `is_there` when the block has such a thing. */
static void emit_value_segment(struct emitter *emitter, const struct segment *segment,
                               const struct rule_function *function, const char *word,
                               bool is_there)
{
    struct plan *plan = emitter->plan;

    emit_in_place(emitter, segment->span, word);
    if (is_there)
        return;
    emitter->failed = true;
    report(plan->messages, SEVERITY_ERROR, plan->spec->source, segment->span,
           function && !function->out.type && segment->kind == SEGMENT_OUT
               ? "%s has no meaning here: DROP has no new value"
           : function && segment->kind != SEGMENT_IN
               ? "%s has no meaning here: '%s' is not a member of a struct"
           : function ? "%s has no meaning here: INIT has no old value"
                      : "%s has no meaning here: only the code of a rule has it",
           word, function && function->rule->new_path ? function->rule->new_path->text : "");
    if (function && segment->kind == SEGMENT_IN)
        report_help(plan->messages, "if the old version has one, write: old -> %s: { ... }",
                    function->rule->new_path->text);
    else if (!function)
        report_help(plan->messages, "variables are named by $oldsym(name) and $newsym(name)");
}

static void emit_segments(struct emitter *emitter, const struct segment *segment,
                          const struct rule_function *function);

/* Line ends that the nested code writes itself. */
static size_t nested_line_ends(const struct emitter *emitter, const struct segment *segment)
{
    const char *source = emitter->plan->spec->source->text;
    size_t count = 0;

    for (; segment; segment = segment->next)
        count += segment->kind == SEGMENT_TEXT
                     ? count_line_ends(segment->text, strlen(segment->text))
                     : count_line_ends(source + segment->span.start,
                                       segment->span.end - segment->span.start);
    return count;
}

static void emit_fail(struct emitter *emitter, const struct segment *segment,
                      const struct rule_function *function)
{
    const struct source *source = emitter->plan->spec->source;
    size_t line_ends = count_line_ends(source->text + segment->span.start,
                                       segment->span.end - segment->span.start);
    int line, column;

    source_position(source, segment->span.start, &line, &column);
    fprintf(emitter->out, "kitsune_xf_fail(__FILE__, %d, ", line);
    if (segment->nested) {
        emit_segments(emitter, segment->nested, function);
        line_ends -= nested_line_ends(emitter, segment->nested);
    } else {
        fprintf(emitter->out, "\"%%s\", %s", segment->text);
        line_ends -= count_line_ends(segment->text, strlen(segment->text));
    }
    fputc(')', emitter->out);
    for (; line_ends; line_ends--)
        fputc('\n', emitter->out);
}

/* `function` is NULL for the prologue and checks. */
static void emit_segments(struct emitter *emitter, const struct segment *segment,
                          const struct rule_function *function)
{
    struct plan *plan = emitter->plan;

    for (; segment; segment = segment->next)
        switch (segment->kind) {
        case SEGMENT_TEXT:
            fputs(segment->text, emitter->out);
            break;
        case SEGMENT_IN:
            emit_value_segment(emitter, segment, function, "$in", function && function->in.type);
            break;
        case SEGMENT_OUT:
            emit_value_segment(emitter, segment, function, "$out", function && function->out.type);
            break;
        case SEGMENT_BASE:
            emit_value_segment(emitter, segment, function, "$base",
                               function && function->base.type);
            break;
        case SEGMENT_NEWBASE:
            emit_value_segment(emitter, segment, function, "$newbase",
                               function && function->newbase.type);
            break;
        case SEGMENT_OLDTYPE:
            emit_type_segment(emitter, segment, plan->old_program);
            break;
        case SEGMENT_NEWTYPE:
            emit_type_segment(emitter, segment, plan->new_program);
            break;
        case SEGMENT_OLDSYM:
            emit_symbol_segment(emitter, segment, plan->old_program);
            break;
        case SEGMENT_NEWSYM:
            emit_symbol_segment(emitter, segment, plan->new_program);
            break;
        case SEGMENT_XFORM:
            emit_xform_segment(emitter, segment);
            break;
        case SEGMENT_FAIL:
            emit_fail(emitter, segment, function);
            break;
        }
}

/* ---- Blocks ---------------------------------------------------------------------------------- */

void emit_prologue(struct emitter *emitter)
{
    const struct block *prologue = emitter->plan->spec->prologue;

    if (!prologue)
        return;
    fputs("/* ---- The prologue ---- */\n\n", emitter->out);
    emit_line(emitter, prologue->line);
    if (!strchr("\r\n", emitter->plan->spec->source->text[prologue->span.start + 1]))
        emit_opening(emitter, prologue, ' ');
    emit_segments(emitter, prologue->segments, NULL);
    fputc('\n', emitter->out);
    emit_line_back(emitter);
    fputc('\n', emitter->out);
}

static struct view below_typedefs(struct view view)
{
    if (view.type)
        view.type = type_strip(view.type);
    return view;
}

static const char *parameters(struct emitter *emitter, const struct rule_function *function)
{
    return arena_format(emitter->plan->arena,
                        "    %s __attribute__((__unused__)),\n    %s __attribute__((__unused__)),\n"
                        "    %s __attribute__((__unused__)),\n    %s __attribute__((__unused__))",
                        pointer_to(emitter, function->in, "rule_in"),
                        pointer_to(emitter, function->out, "rule_out"),
                        pointer_to(emitter, function->base, "rule_base"),
                        pointer_to(emitter, function->newbase, "rule_newbase"));
}

/* Equal where the two would be the same C, typedefs aside. */
static const char *signature(struct emitter *emitter, const struct rule_function *function)
{
    struct rule_function stripped = *function;

    stripped.in = below_typedefs(function->in);
    stripped.out = below_typedefs(function->out);
    stripped.base = below_typedefs(function->base);
    stripped.newbase = below_typedefs(function->newbase);
    return parameters(emitter, &stripped);
}

/* Is `other` the same function as this one, for another rule or another of its places? */
static bool is_shared(struct emitter *emitter, const struct rule_function *function,
                      const struct rule_function *other)
{
    return other == function ||
           (other->rule->block == function->rule->block &&
            strcmp(signature(emitter, other), signature(emitter, function)) == 0);
}

static bool is_emitted(const struct emitter *emitter, const struct rule_function *function)
{
    const struct rule_function *other;

    for (other = emitter->plan->rule_functions; other != function; other = other->next)
        if (other->name == function->name)
            return true;
    return false;
}

/* Functions that would be the same get one name; each is declared, for the code that calls it comes
 * before what the user wrote. */
void declare_rule_functions(struct emitter *emitter)
{
    struct rule_function *function, *other;

    for (function = emitter->plan->rule_functions; function; function = function->next) {
        if (is_emitted(emitter, function))
            continue;
        for (other = function->next; other; other = other->next)
            if (is_shared(emitter, function, other))
                other->name = function->name;
        fprintf(emitter->out, "static void %s(\n%s);\n\n", function->name,
                parameters(emitter, function));
    }
}

static const char *rule_word(const struct rule *rule)
{
    return rule->kind == RULE_INIT ? "INIT" : rule->kind == RULE_DROP ? "DROP"
                                                                      : rule->old_path->text;
}

/* Says which rules it is. */
static void emit_rule_comment(struct emitter *emitter, const struct rule_function *function)
{
    const struct rule_function *other;
    const struct rule *last = NULL;
    const char *separator = "/*";

    for (other = function; other; other = other->next) {
        if (other->name != function->name)
            continue;
        if (other->rule != last)
            fprintf(emitter->out, "%s %s%s%s", separator,
                    rule_word(other->rule), other->rule->kind == RULE_CONVERT ? " -> " : " ",
                    (other->rule->new_path ? other->rule->new_path : other->rule->old_path)->text);
        last = other->rule;
        separator = ",";
    }
    fputs(" */\n", emitter->out);
}

static void emit_rule_function(struct emitter *emitter, const struct rule_function *function)
{
    const struct block *block = function->rule->block;

    emit_rule_comment(emitter, function);
    fprintf(emitter->out, "static void %s(\n%s)\n", function->name,
            parameters(emitter, function));
    emit_line(emitter, block->line);
    emit_opening(emitter, block, '{');
    emit_segments(emitter, block->segments, function);
    fputs("}\n", emitter->out);
    emit_line_back(emitter);
    fputc('\n', emitter->out);
}

void emit_rule_functions(struct emitter *emitter)
{
    const struct rule_function *function;

    if (!emitter->plan->rule_functions)
        return;
    fputs("/* ---- The rules ---- */\n\n"
          "#define $in (*rule_in)\n"
          "#define $out (*rule_out)\n"
          "#define $base (*rule_base)\n"
          "#define $newbase (*rule_newbase)\n\n", emitter->out);
    for (function = emitter->plan->rule_functions; function; function = function->next)
        if (!is_emitted(emitter, function))
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

    if (emitter->plan->spec->checks)
        fputs("/* ---- Checks ---- */\n\n", emitter->out);
    for (check = emitter->plan->spec->checks; check; check = check->next) {
        bool expression = is_expression(check->block);

        fprintf(emitter->out, "static int kitsune_check_%d(void)\n{\n%s", ++number,
                expression ? "    return 0 !=\n" : "");
        emit_line(emitter, check->block->line);
        emit_opening(emitter, check->block, expression ? '(' : '{');
        emit_segments(emitter, check->block->segments, NULL);
        fputs(expression ? ");\n" : "}\n", emitter->out);
        emit_line_back(emitter);
        fputs(expression ? "}\n\n" : "    return 1;\n}\n\n", emitter->out);
    }
}
