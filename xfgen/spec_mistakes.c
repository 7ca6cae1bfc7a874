/* spec_mistakes.c -- mistakes in an .xf file that have a name: each is told with its cure. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "spec_parser.h"

void wrong_arrow(struct parse *parse, struct span span)
{
    char *found = span_excerpt(parse->source, span);

    if (syntax_error(parse, span, "expected '->' after a path, found '%s'", found))
        syntax_help(parse, "write `old -> new`");
    free(found);
}

/* Does the rule whose block this is begin with INIT, in the line of its brace? */
static bool is_after_init(const struct parse *parse, struct span brace)
{
    size_t start = brace.start;

    while (start > 0 && parse->source->text[start - 1] != '\n')
        start--;
    return memmem(parse->source->text + start, brace.start - start, "INIT ", 5) != NULL;
}

void missing_colon(struct parse *parse, struct span brace)
{
    brace.end = brace.start + 1;
    if (!syntax_error(parse, brace, "expected ':' before the block"))
        return;
    if (is_after_init(parse, brace))
        syntax_help(parse, "write `INIT path: { ... }`");
    else
        syntax_help(parse, "write `old -> new: { ... }`; a ';' after a rename ends it, when a "
                    "block of helpers is to follow");
}

/* Does a line, in a block, look as if it were a rule: not indented, and with an arrow in blanks or
 * INIT or DROP? */
static bool looks_like_rule(const char *line, size_t length)
{
    const char *arrow = memmem(line, length, " -> ", 4);

    if (length == 0 || !(isalpha((unsigned char)line[0]) || line[0] == '_'))
        return false;
    return strncmp(line, "INIT ", 5) == 0 || strncmp(line, "DROP ", 5) == 0 ||
           (arrow && !memchr(line, '(', (size_t)(arrow - line)) &&
            !memchr(line, '=', (size_t)(arrow - line)));
}

void unclosed_block(struct parse *parse)
{
    const struct source *source = parse->source;
    size_t i;
    int line, column;

    if (!syntax_error(parse, parse->scan.block_open, "this '{' is never closed"))
        return;
    source_position(source, parse->scan.block_open.start, &line, &column);
    for (i = (size_t)line; i < source->line_count; i++) {
        size_t start = source->line_starts[i];
        size_t end = i + 1 < source->line_count ? source->line_starts[i + 1] : source->length;

        if (looks_like_rule(source->text + start, end - start)) {
            syntax_help(parse, "line %zu looks like the next rule: a '}' is missing before it",
                        i + 1);
            return;
        }
    }
    syntax_help(parse, "its '}' is missing, or that of a '{' inside the block");
}

void fail_without_reason(struct parse *parse, struct span span)
{
    if (syntax_error(parse, span, "FAIL does not say why"))
        syntax_help(parse, "write FAIL \"reason\"; it is shown to whoever asked for the update");
}

void unclosed_list(struct parse *parse)
{
    struct span opening = parse->scan.list_open;
    char *word;

    if (parse->list_has_error)
        return; /* it is part of what was complained about */
    while (parse->source->text[opening.end - 1] == '(' ||
           parse->source->text[opening.end - 1] == ' ')
        opening.end--;
    word = span_excerpt(parse->source, opening);
    syntax_error(parse, parse->scan.list_open, "the '(' of %s is never closed", word);
    free(word);
}

/* "#include <time.h>" between blocks. */
void directive_outside(struct parse *parse, struct span line)
{
    const char *text = parse->source->text;
    char *found;

    while (line.end > line.start && strchr(" \t\r", text[line.end - 1]))
        line.end--;
    found = span_excerpt(parse->source, line);
    if (!line_has_error(parse, line) &&
        syntax_error(parse, line, "'%s' does not belong outside a block", found))
        syntax_help(parse, "what all rules need stands in braces at the top of the file, each "
                    "directive on a line of its own");
    free(found);
}

void stray_text(struct parse *parse, struct span span)
{
    char first = parse->source->text[span.start];
    char *found = span_excerpt(parse->source, span);

    if (line_has_error(parse, span) ||
        !syntax_error(parse, span, "'%s' does not belong outside a block", found)) {
        free(found);
        return;
    }
    if (ends_comment(parse, span))
        syntax_help(parse, "comments do not nest: the first '*/' ends them all");
    else if (first == '[')
        syntax_help(parse, "a rule for an array is a rule for the whole of it: name the array "
                    "without an index");
    else if (first == '$')
        syntax_help(parse, "%s means something inside { ... } only", found);
    else if (first == '"' || first == '\'')
        syntax_help(parse, "paths are written without quotes");
    else if (first == '<' || first == '?')
        syntax_help(parse, "a block begins with '{' itself");
    else if (first == '@')
        syntax_help(parse, "a rule for a generic is a rule for all its uses: name it without "
                    "arguments");
    else if (first == '*' || first == '&')
        syntax_help(parse, "paths name variables, members and types; what a pointer leads to is "
                    "converted by its type");
    free(found);
}

void unknown_dollar_word(struct parse *parse, struct span span)
{
    static const char *const words[] = {"in",      "out",     "base",   "newbase", "oldtype",
                                        "newtype", "oldsym", "newsym", "xform"};
    static const char *const calls[] = {"$oldtype(T)", "$newtype(T)", "$oldsym(key)",
                                        "$newsym(key)", "$xform(old, new)"};
    char *word = span_text(parse->source, span);
    const char *near = did_you_mean(word + 1, words, sizeof words / sizeof *words);
    size_t i;

    if (near && strcmp(near, word + 1) == 0) {
        for (i = 0; i < sizeof calls / sizeof *calls; i++)
            if (strncmp(calls[i], word, strlen(word)) == 0)
                syntax_error(parse, span, "'%s' needs parentheses: %s", word, calls[i]);
    } else if (word[1] == '\0') {
        if (syntax_error(parse, span, "'$' without a word"))
            syntax_help(parse, "the words are $in, $out, $base, $newbase, $oldtype(T), "
                        "$newtype(T), $oldsym(key), $newsym(key), $xform(old, new)");
    } else if (syntax_error(parse, span, "unknown word '%s'", word)) {
        if (near)
            syntax_help(parse, "did you mean '$%s'?", near);
        else
            syntax_help(parse, "the words are $in, $out, $base, $newbase, $oldtype(T), "
                        "$newtype(T), $oldsym(key), $newsym(key), $xform(old, new)");
    }
    free(word);
}
