/* spec_errors.c -- what is wrong with an .xf file, said as a person would say it. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "spec_parser.h"

#include "grammar.h"

bool parse_is_hopeless(const struct parse *parse)
{
    return parse->error_count >= MOST_SYNTAX_ERRORS;
}

bool syntax_error(struct parse *parse, struct span span, const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    parse->error_count++;
    if (!parse->messages || parse->error_count > MOST_SYNTAX_ERRORS)
        return false;
    if (parse->error_count == MOST_SYNTAX_ERRORS) {
        report(parse->messages, SEVERITY_ERROR, parse->source, span,
               "too many errors: the rest is not looked at");
        return false;
    }
    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return false;
    report(parse->messages, SEVERITY_ERROR, parse->source, span, "%s", text);
    free(text);
    return true;
}

bool line_has_error(struct parse *parse, struct span span)
{
    int line = span_line(parse->source, span);
    bool has_error = parse->error_line == line;

    parse->error_line = line;
    return has_error;
}

void syntax_help(struct parse *parse, const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    if (!parse->messages)
        return;
    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    report_help(parse->messages, "%s", text);
    free(text);
}

/* ---- Tokens out of order -------------------------------------------------------------------- */

/* What the parser would have accepted, in the few words that help. */
struct expectation {
    const char *phrases[8];
    int count;
};

static void expect(struct expectation *expectation, const char *phrase)
{
    int i;

    for (i = 0; i < expectation->count; i++)
        if (strcmp(expectation->phrases[i], phrase) == 0)
            return;
    if (expectation->count < (int)(sizeof expectation->phrases / sizeof *expectation->phrases))
        expectation->phrases[expectation->count++] = phrase;
}

static bool is_among(const char *name, const char *const *names, int count)
{
    int i;

    for (i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* `names` are those of grammar.y's tokens. */
static struct expectation sum_up(const char *const *names, int count)
{
    struct expectation result = {.count = 0};

    /* The end of an argument list, of a group of parameters: what may still be added to the
     * type before it is of no interest. */
    if (is_among("')'", names, count))
        expect(&result, "')'");
    else if (is_among("a closing ')'", names, count))
        expect(&result, "')'");
    else if (is_among("a base type", names, count))
        expect(&result, "a type");
    if (result.count)
        return result;
    if (is_among("'->'", names, count))
        expect(&result, "'->'");
    if (is_among("':'", names, count))
        expect(&result, "':'");
    if (is_among("','", names, count))
        expect(&result, "','");
    if (is_among("'CHECK'", names, count))
        expect(&result, result.count ? "a new rule" : "a rule");
    else if (is_among("a path", names, count))
        expect(&result, is_among("'struct'", names, count) ? "a path" : "a name");
    else if (is_among("'{'", names, count))
        expect(&result, "'{'");
    if (is_among("a variable's name", names, count))
        expect(&result, "a variable's name");
    if (result.count == 0) {
        int i;

        for (i = 0; i < count; i++)
            if (names[i][0] == '\'' || strncmp(names[i], "a ", 2) == 0)
                expect(&result, names[i]);
    }
    return result;
}

/* "A, B or C". */
static char *phrase_list(const struct expectation *expectation)
{
    char *text = spec_copy("", 0);
    int i;

    for (i = 0; i < expectation->count; i++) {
        const char *separator = i == 0 ? "" : i + 1 < expectation->count ? ", " : " or ";
        char *longer = spec_format("%s%s%s", text, separator, expectation->phrases[i]);

        free(text);
        text = longer;
    }
    return text;
}

/* A word that a keyword may have been meant by ("init", "Struct"), or NULL. */
static const char *keyword_near(const struct parse *parse, struct token token)
{
    static const char *const keywords[] = {"INIT", "DROP", "CHECK", "struct", "union", "enum",
                                            "typedef"};
    char *word;
    const char *near;

    if (token.kind != PATH)
        return NULL;
    word = span_text(parse->source, token.span);
    near = did_you_mean(word, keywords, sizeof keywords / sizeof *keywords);
    free(word);
    return near;
}

/* "int counter -> counter": nothing but words that C has for types. */
static bool is_base_type(const struct parse *parse, struct token token)
{
    char *word = span_text(parse->source, token.span);
    bool is_type = token.kind == PATH && base_type_name(word);

    free(word);
    return is_type;
}

/* Is there a comment's end on the rest of the line, although no comment is open? */
static bool ends_comment(const struct parse *parse, struct span place)
{
    const char *text = parse->source->text + place.start;
    size_t length = strcspn(text, "\n"), i;

    for (i = 0; i + 1 < length; i++)
        if (text[i] == '*' && text[i + 1] == '/')
            return true;
    return false;
}

static void help_with_token(struct parse *parse, const struct expectation *expectation,
                            struct span place)
{
    bool wants_arrow = expectation->count && strcmp(expectation->phrases[0], "'->'") == 0;

    if (!parse->in_block && ends_comment(parse, place))
        syntax_help(parse, "comments do not nest: the first '*/' ends them all");
    else if (wants_arrow && is_base_type(parse, parse->previous))
        syntax_help(parse, "variables and members are named without their types");
    else if (wants_arrow && parse->current.kind == COLON)
        syntax_help(parse, "write `old -> new: { ... }`, or `INIT new: { ... }` for what the old "
                    "version does not have");
    else if (wants_arrow)
        syntax_help(parse, "write `old -> new`");
    else if (parse->current.kind == ARROW && parse->previous.kind == PATH &&
             span_line(parse->source, parse->previous.span) > 1 &&
             span_starts_line(parse->source, parse->previous.span))
        syntax_help(parse, "the line above is not complete: a rule is `old -> new`, or `old -> new: "
                    "{ ... }`");
    else if (parse->current.kind == ARROW && parse->previous.kind == PATH)
        syntax_help(parse, "a rule has one '->'; the next begins on a line of its own");
    else if (parse->current.kind == ARROW)
        syntax_help(parse, "write `old -> new`, or `INIT new: { ... }` for what the old version "
                    "does not have");
    else if (parse->current.kind == BLOCK_OPEN && parse->previous.kind == INIT)
        syntax_help(parse, "INIT says what to give a value: write `INIT path: { $out = ...; }`");
    else if (parse->current.kind == WRONG_ARROW && parse->previous.kind == PATH)
        syntax_help(parse, "a value is given in braces: `INIT path: { $out = ...; }`");
    else if (parse->previous.kind == COLON)
        syntax_help(parse, "a rule's code stands in braces: `old -> new: { ... }`");
}

/* What was found, as the message says it; and where the caret goes. */
static char *describe_found(const struct parse *parse, struct span *place)
{
    struct token previous = parse->previous;
    char *excerpt, *found;

    if (parse->current.kind == FILE_END) {
        place->start = place->end = previous.span.end;
        return spec_copy("the end of the file", 19);
    }
    /* A rule that stops short is wrong where it stops, not where the next one begins. */
    if (!parse->in_block && previous.kind && previous.kind != BLOCK_CLOSE &&
        span_line(parse->source, previous.span) != span_line(parse->source, *place) &&
        span_starts_line(parse->source, *place)) {
        place->start = place->end = previous.span.end;
        return spec_copy("the end of the line", 19);
    }
    excerpt = span_excerpt(parse->source, *place);
    found = spec_format("'%s'", excerpt);
    free(excerpt);
    return found;
}

/* "init counter: ...", "check { ... }". */
static bool report_keyword(struct parse *parse, const struct expectation *expectation)
{
    const char *near = keyword_near(parse, parse->previous);
    char *word;

    if (!near || !expectation->count || strcmp(expectation->phrases[0], "'->'") != 0)
        return false;
    word = span_excerpt(parse->source, parse->previous.span);
    if (!line_has_error(parse, parse->previous.span) &&
        syntax_error(parse, parse->previous.span, "expected a rule, found '%s'", word))
        syntax_help(parse, "did you mean '%s'?", near);
    free(word);
    return true;
}

static void report_unexpected(struct parse *parse, const char *const *expected, int count)
{
    struct expectation expectation = sum_up(expected, count);
    struct span place = parse->current.span;
    char *wanted, *found, *before;

    /* Several complaints about one argument list are one too many. */
    if ((parse->in_block && parse->list_has_error) || report_keyword(parse, &expectation))
        return;
    found = describe_found(parse, &place);
    wanted = phrase_list(&expectation);
    if (parse->previous.kind == 0 || parse->previous.kind == BLOCK_CLOSE) {
        before = spec_copy("", 0);
    } else {
        char *excerpt = span_excerpt(parse->source, parse->previous.span);

        before = spec_format(" after '%s'", excerpt);
        free(excerpt);
    }
    if ((parse->in_block || !line_has_error(parse, place)) &&
        (*wanted
             ? syntax_error(parse, place, "expected %s%s, found %s", wanted, before, found)
             : syntax_error(parse, place, "unexpected %s%s", found, before)))
        help_with_token(parse, &expectation, place);
    free(wanted);
    free(found);
    free(before);
}

void unexpected_token(struct parse *parse, const char *const *expected, int count)
{
    report_unexpected(parse, expected, count);
    parse_recover(parse);
}

/* ---- Mistakes that are understood ----------------------------------------------------------- */

void wrong_arrow(struct parse *parse, struct span span)
{
    char *found = span_excerpt(parse->source, span);

    if (syntax_error(parse, span, "expected '->' after a path, found '%s'", found))
        syntax_help(parse, "write `old -> new`");
    free(found);
}

void missing_colon(struct parse *parse, struct span brace)
{
    brace.end = brace.start + 1;
    if (syntax_error(parse, brace, "expected ':' before the block"))
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
