/* diff_text.c -- what changed, for people: the summary first, then what needs a decision, then the
 * changes. */
#include "diff_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const style_codes[] = {
    [STYLE_HEADING] = "\033[1m", [STYLE_ADDED] = "\033[32m", [STYLE_GONE] = "\033[31m",
    [STYLE_CHANGED] = "\033[33m", [STYLE_NEEDED] = "\033[1;31m", [STYLE_FAINT] = "\033[2m",
};

const char *style_on(const struct text *text, enum style style)
{
    return text->colour && style != STYLE_PLAIN ? style_codes[style] : "";
}

const char *style_off(const struct text *text, enum style style)
{
    return text->colour && style != STYLE_PLAIN ? "\033[0m" : "";
}

void text_heading(const struct text *text, const char *format, ...)
{
    va_list arguments;

    fprintf(text->stream, "\n%s", style_on(text, STYLE_HEADING));
    va_start(arguments, format);
    vfprintf(text->stream, format, arguments);
    va_end(arguments);
    fprintf(text->stream, "%s\n", style_off(text, STYLE_HEADING));
}

char mark_of(unsigned changes)
{
    return changes & CHANGE_ADDED ? '+' : changes & CHANGE_GONE ? '-' : changes ? '~' : ' ';
}

enum style style_of(unsigned changes)
{
    return changes & CHANGE_ADDED ? STYLE_ADDED
           : changes & CHANGE_GONE ? STYLE_GONE
           : changes ? STYLE_CHANGED : STYLE_PLAIN;
}

/* "server.xf:12", or "" without a rule. */
static const char *rule_place(struct diff *diff, const struct rule *rule)
{
    if (!rule)
        return "";
    return arena_format(diff->arena, "%s:%d", file_name(diff->plan->spec->source->path),
                        rule_line(diff, rule));
}

const char *decision_words(const struct text *text, const struct decision *decision,
                           const char *origin)
{
    struct diff *diff = text->diff;
    const struct question *question = question_about(diff, decision->message);
    const char *how = decision->how ? decision->how : "";

    if (decision->kind == DECISION_NEEDED)
        return question ? arena_format(diff->arena, "needs decision %d", question->number)
                        : "needs a decision";
    if (decision->kind == DECISION_RULE)
        return arena_format(diff->arena, "%s%s%s%s%s", origin ? origin : "", origin ? ", " : "",
                            how, how[0] && decision->rule ? ", " : "",
                            rule_place(diff, decision->rule));
    return how;
}

/* ---- The summary ----------------------------------------------------------------------------- */

static void write_tally(const struct text *text, const char *word, const struct tally *tally,
                        const char *more)
{
    const char *separator = ":";

    if (!tally->total && !tally->gone)
        return;
    fprintf(text->stream, "  %-13s %4zu", word, tally->total);
    if (!tally->changed && !tally->added && !tally->gone && !more[0])
        fputs(": all as before", text->stream);
    if (tally->changed) {
        fprintf(text->stream, "%s %zu changed", separator, tally->changed);
        separator = ",";
    }
    if (tally->added) {
        fprintf(text->stream, "%s %zu added", separator, tally->added);
        separator = ",";
    }
    if (tally->gone) {
        fprintf(text->stream, "%s %zu gone", separator, tally->gone);
        separator = ",";
    }
    if (more[0])
        fprintf(text->stream, "%s %s", separator, more);
    fputc('\n', text->stream);
}

static const char *function_words(const struct diff *diff)
{
    if (!diff->functions_resized)
        return "";
    return arena_format(diff->arena, "%zu of another size", diff->functions_resized);
}

static void write_verdict(const struct text *text)
{
    const struct diff *diff = text->diff;
    size_t warnings = diff->question_count - diff->decisions_needed;
    enum style style = diff->decisions_needed ? STYLE_NEEDED : STYLE_ADDED;

    if (diff->spec_errors)
        fprintf(text->stream, "\n  %s%s has %zu error%s; rules with errors are left out.%s",
                style_on(text, STYLE_NEEDED), file_name(diff->spec_path), diff->spec_errors,
                diff->spec_errors == 1 ? "" : "s", style_off(text, STYLE_NEEDED));
    fprintf(text->stream, "\n  %s", style_on(text, style));
    if (diff->decisions_needed)
        fprintf(text->stream, "%zu thing%s a decision", diff->decisions_needed,
                diff->decisions_needed == 1 ? " needs" : "s need");
    else
        fputs(diff->spec_errors ? "Nothing else needs a decision" : "Nothing needs a decision",
              text->stream);
    fputs(style_off(text, style), text->stream);
    if (warnings)
        fprintf(text->stream, ", %zu %s worth a look", warnings, warnings == 1 ? "is" : "are");
    fputs(".\n", text->stream);
}

static void write_summary(const struct text *text)
{
    const struct diff *diff = text->diff;
    const struct program *old = diff->plan->old_program, *new = diff->plan->new_program;

    fprintf(text->stream, "%s%s -> %s%s  (build %.8s -> %.8s%s%s)\n", style_on(text, STYLE_HEADING),
            file_name(old->path), file_name(new->path), style_off(text, STYLE_HEADING),
            old->build_id ? old->build_id : "?", new->build_id ? new->build_id : "?",
            diff->spec_path ? ", with " : "",
            diff->spec_path ? file_name(diff->spec_path) : "");
    write_tally(text, "types", &diff->type_tally, "");
    write_tally(text, "variables", &diff->variable_tally, "");
    write_tally(text, "constants", &diff->constant_tally, "");
    write_tally(text, "noted locals", &diff->local_tally, "");
    write_tally(text, "functions", &diff->function_tally, function_words(diff));
    if (strcmp(old->build_id, new->build_id) == 0)
        fputs("  Both are the same build.\n", text->stream);
    write_verdict(text);
}

/* ---- What needs a decision ------------------------------------------------------------------- */

static void write_helps(const struct text *text, const struct message *message)
{
    const struct message_help *help;

    for (help = message->helps; help; help = help->next) {
        if (help->kind == HELP_RULE) {
            fprintf(text->stream, "       %s%swrite:\n", help->condition ? help->condition : "",
                    help->condition ? ", " : "");
            write_rule(text->stream, help->text, "           ", TEXT_WIDTH);
            continue;
        }
        fputs("       ", text->stream);
        write_wrapped(text->stream, help->text, 7, 7, TEXT_WIDTH);
        fputc('\n', text->stream);
    }
}

static void write_declarations(const struct text *text, const struct question *question)
{
    if (question->old_text)
        fprintf(text->stream, "       %s- %s%s\n", style_on(text, STYLE_GONE), question->old_text,
                style_off(text, STYLE_GONE));
    if (question->new_text)
        fprintf(text->stream, "       %s+ %s%s\n", style_on(text, STYLE_ADDED), question->new_text,
                style_off(text, STYLE_ADDED));
}

static void write_question(const struct text *text, const struct question *question)
{
    const struct message *message = question->message;
    const char *place = message->file ? message->file : "";

    if (message->line)
        place = arena_format(text->diff->arena, "%s:%d", place, message->line);
    if (question->number)
        fprintf(text->stream, "\n  %s%2d.%s ", style_on(text, STYLE_NEEDED), question->number,
                style_off(text, STYLE_NEEDED));
    else
        fputs("    - ", text->stream);
    write_wrapped(text->stream, message->text, 6, 6, TEXT_WIDTH);
    if (place[0])
        fprintf(text->stream, "\n      %s%s%s", style_on(text, STYLE_FAINT), place,
                style_off(text, STYLE_FAINT));
    fputc('\n', text->stream);
    if (question->number && has_one_declaration(question))
        fprintf(text->stream, "         %s\n", question->new_text);
    else if (question->number)
        write_declarations(text, question);
    write_helps(text, message);
}

/* ---- What is dropped, told in one go --------------------------------------------------------- */

/* More of them share lines. */
enum { MOST_DROP_LINES = 8 };

static void write_successors(const struct text *text)
{
    const struct diff *diff = text->diff;
    bool is_first = true;
    size_t i;

    for (i = diff->decisions_needed; i < diff->question_count; i++) {
        const char *rule = successor_rule(&diff->questions[i]);

        if (!rule)
            continue;
        if (is_first)
            fputs("    - gone, their values are dropped; where they moved or were renamed, write:\n",
                  text->stream);
        is_first = false;
        write_rule(text->stream, rule, "          ", TEXT_WIDTH);
    }
}

/* "DROP a, b, c" is one rule for all of them. */
static void write_drops(const struct text *text)
{
    const struct diff *diff = text->diff;
    size_t i, count = 0;
    const char *rule, *names = "";

    for (i = diff->decisions_needed; i < diff->question_count; i++) {
        rule = drop_rule(&diff->questions[i]);
        if (rule && count++ == 0)
            names = rule;
        else if (rule)
            names = arena_format(diff->arena, "%s, %s", names, rule + strlen("DROP "));
    }
    if (!count)
        return;
    fputs("    - gone, their values are dropped; where that is meant, write:\n", text->stream);
    for (i = diff->decisions_needed; i < diff->question_count && count <= MOST_DROP_LINES; i++) {
        rule = drop_rule(&diff->questions[i]);
        if (rule)
            write_rule(text->stream, rule, "          ", TEXT_WIDTH);
    }
    if (count <= MOST_DROP_LINES)
        return;
    fputs("          ", text->stream);
    write_wrapped(text->stream, names, 10, 15, TEXT_WIDTH);
    fputc('\n', text->stream);
}

void text_questions(const struct text *text)
{
    const struct diff *diff = text->diff;
    size_t i;

    if (diff->decisions_needed)
        text_heading(text, "NEEDS A DECISION");
    for (i = 0; i < diff->decisions_needed; i++)
        write_question(text, &diff->questions[i]);
    if (diff->question_count > diff->decisions_needed)
        text_heading(text, "WORTH A LOOK");
    for (; i < diff->question_count; i++)
        if (!successor_rule(&diff->questions[i]) && !drop_rule(&diff->questions[i]))
            write_question(text, &diff->questions[i]);
    write_successors(text);
    write_drops(text);
}

void diff_write_text(struct diff *diff, FILE *stream, const struct text_options *options)
{
    struct text text = {diff, stream, takes_colour(stream), options};

    write_summary(&text);
    text_questions(&text);
    text_types(&text);
    text_variables(&text);
    text_functions(&text);
}
