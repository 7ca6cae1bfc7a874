/* spec_errors.c -- what is wrong with an .xf file, said as a person would say it. */
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

/* "static int f(void)": C where a rule is expected. */
static bool is_c_word(const struct parse *parse, struct token token)
{
    static const char *const words[] = {"static", "extern", "inline", "const", "volatile",
                                        "return", "if", "for", "while", "do"};
    char *word = span_text(parse->source, token.span);
    bool is_word = token.kind == PATH &&
                   is_among(word, words, sizeof words / sizeof words[0]);

    free(word);
    return is_word;
}

/* Is there a comment's end on the rest of the line, although no comment is open? */
bool ends_comment(const struct parse *parse, struct span place)
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
    else if (wants_arrow && is_c_word(parse, parse->previous))
        syntax_help(parse, "C stands in braces: what all rules need at the top of the file, a "
                    "rule's code behind its ':'");
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
        syntax_help(parse, "the line above is not complete: a rule is `old -> new`, or `old -> "
                    "new: { ... }`");
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
