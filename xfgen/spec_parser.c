/* spec_parser.c -- runs the scanner and the parser over one text.
 *
 * next_token() stands between the two.  It sends first what is to be parsed (START_...), and
 * after an error it says where the next rule begins (RULE_END): after a block, after a ';', or
 * at a line that can only be the start of a rule.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spec_parser.h"

#include "grammar.h"
#include "scanner.h"

int xfscan_token(yyscan_t scanner);
void xfscan_begin(yyscan_t scanner, bool in_rules);

/* An .xf file is written by hand: a larger one is something else. */
enum { LARGEST_FILE = 64 << 20 };

/* ---- Tokens --------------------------------------------------------------------------------- */

/* Can the next token not be the start of a rule, because this one wants more? */
static bool wants_more(int kind)
{
    switch (kind) {
    case ARROW:
    case WRONG_ARROW:
    case COLON:
    case COMMA:
    case INIT:
    case DROP:
    case CHECK:
    case STRUCT:
    case UNION:
    case ENUM:
    case TYPEDEF:
        return true;
    default:
        return false;
    }
}

static bool may_start_rule(int kind)
{
    return kind == PATH || kind == STRUCT || kind == UNION || kind == ENUM || kind == TYPEDEF ||
           kind == INIT || kind == DROP || kind == CHECK;
}

/* Is `token`, which comes after `previous`, beyond the rule that has an error? */
static bool begins_next_rule(const struct parse *parse, struct token previous,
                             struct token token)
{
    if (token.kind == FILE_END)
        return true;
    if (previous.kind == BLOCK_CLOSE || previous.kind == SEMICOLON)
        return true;
    if ((token.kind == INIT || token.kind == DROP || token.kind == CHECK) &&
        previous.kind != COMMA &&
        span_starts_line(parse->source, token.span))
        return true;
    return may_start_rule(token.kind) && !wants_more(previous.kind) &&
           span_starts_line(parse->source, token.span);
}

static struct token scan_token(struct parse *parse)
{
    struct token token;

    token.kind = xfscan_token(parse->scanner);
    token.span.start = parse->scan.start;
    token.span.end = parse->scan.end;
    parse->scan.previous_kind = token.kind;
    return token;
}

int next_token(struct parse *parse, struct span *span)
{
    struct token token;

    if (parse->start_token) {
        token.kind = parse->start_token;
        parse->start_token = 0;
        *span = (struct span){0, 0};
        return token.kind;
    }
    if (parse->returned.kind) {
        token = parse->returned;
        parse->returned.kind = 0;
    } else {
        if (parse->current.kind == FILE_END)
            return 0; /* what bison wants after the last token */
        parse->previous = parse->current;
        token = scan_token(parse);
    }
    if (parse->current.kind == BLOCK_CLOSE)
        parse->in_block = false;
    if (parse->is_recovering && !parse->in_block &&
        begins_next_rule(parse, parse->previous, token)) {
        parse->is_recovering = false;
        parse->error_line = 0;
        parse->returned = token;
        *span = (struct span){token.span.start, token.span.start};
        return RULE_END;
    }
    if (token.kind == BLOCK_OPEN)
        parse->in_block = true;
    parse->current = token;
    *span = token.span;
    return token.kind;
}

void parse_recover(struct parse *parse)
{
    if (parse->in_block && parse->current.kind != BLOCK_OPEN) {
        parse->list_has_error = true;
        return;
    }
    parse->is_recovering = true;
    /* Only a token that the parser takes after RULE_END, lest it be complained about again. */
    if ((may_start_rule(parse->current.kind) || parse->current.kind == FILE_END) &&
        begins_next_rule(parse, parse->previous, parse->current))
        parse->returned = parse->current;
}

/* ---- Runs ----------------------------------------------------------------------------------- */

/* True when the text is of the kind that start_token names, or has errors that were reported. */
static bool parse_run(struct parse *parse, int start_token)
{
    YY_BUFFER_STATE buffer;
    bool is_complete;

    parse->start_token = start_token;
    parse->scan.is_standalone = start_token != START_SPEC;
    if (xfscan_lex_init_extra(parse, &parse->scanner) != 0)
        return false;
    xfscan_begin(parse->scanner, start_token == START_SPEC);
    buffer = xfscan__scan_bytes(parse->source->text, (int)parse->source->length, parse->scanner);
    is_complete = xfparse(parse) == 0;
    xfscan__delete_buffer(buffer, parse->scanner);
    xfscan_lex_destroy(parse->scanner);
    return is_complete && parse->error_count == 0;
}

static struct spec *spec_new(const char *path, char *text, size_t length)
{
    struct spec *spec = spec_allocate(sizeof *spec);

    spec->source = spec_allocate(sizeof *spec->source);
    spec->source->path = spec_copy(path, strlen(path));
    spec->source->text = text;
    spec->source->length = length;
    return spec;
}

/* Takes off the mark that some editors put before UTF-8. */
static void remove_mark(struct source *source)
{
    if (source->length < 3 || memcmp(source->text, "\xef\xbb\xbf", 3) != 0)
        return;
    source->length -= 3;
    memmove(source->text, source->text + 3, source->length + 1);
}

/* Blanks out what no text contains, so that the rest can treat the text as a string. */
static void clean_text(struct source *source, struct messages *messages)
{
    char *zero = memchr(source->text, '\0', source->length);

    if (!zero)
        return;
    report(messages, SEVERITY_ERROR, source,
           (struct span){(size_t)(zero - source->text), (size_t)(zero - source->text) + 1},
           "a NUL byte: this is not a text file, or it is damaged");
    for (; zero; zero = memchr(zero, '\0', source->length - (size_t)(zero - source->text)))
        *zero = ' ';
}

static struct spec *spec_parse(const char *path, char *text, size_t length,
                               struct messages *messages)
{
    struct spec *spec = spec_new(path, text, length);
    struct parse parse = {.source = spec->source, .messages = messages, .spec = spec};

    remove_mark(spec->source);
    source_index_lines(spec->source);
    clean_text(spec->source, messages);
    parse_run(&parse, START_SPEC);
    return spec;
}

struct spec *spec_parse_text(const char *path, const char *text, struct messages *messages)
{
    size_t length = strlen(text);

    if (length > LARGEST_FILE) {
        report_at(messages, SEVERITY_ERROR, path, 0, "larger than 64 MiB: not an .xf file");
        length = 0;
    }
    return spec_parse(path, spec_copy(text, length), length, messages);
}

struct spec *spec_parse_bytes(const char *path, const char *bytes, size_t length,
                              struct messages *messages)
{
    return spec_parse(path, spec_copy(bytes, length), length, messages);
}

/* ---- Files ---------------------------------------------------------------------------------- */

/* Everything that can be read from the descriptor; NULL and *problem when that fails. */
static char *read_all(int descriptor, size_t *length, const char **problem)
{
    size_t capacity = 4096;
    char *text = spec_allocate(capacity);
    ssize_t count;

    *length = 0;
    while ((count = read(descriptor, text + *length, capacity - *length - 1)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            *problem = strerror(errno);
        else if ((*length += (size_t)count) > LARGEST_FILE)
            *problem = "it is larger than 64 MiB, so it is not an .xf file";
        if (*problem) {
            free(text);
            return NULL;
        }
        if (capacity - *length < 2)
            text = spec_reallocate(text, capacity *= 2);
    }
    text[*length] = '\0';
    if (*length >= 4 && memcmp(text, "\177ELF", 4) == 0) {
        *problem = "it is a program (ELF), not an .xf file; the order is OLD.so NEW.so SPEC.xf";
        free(text);
        return NULL;
    }
    return text;
}

struct spec *spec_parse_file(const char *path, struct messages *messages)
{
    const char *problem = NULL;
    char *text = NULL;
    size_t length = 0;
    int descriptor;

    if (!path)
        return spec_new("(no .xf file)", spec_copy("", 0), 0);
    if (strcmp(path, "-") == 0) {
        path = "<stdin>";
        descriptor = dup(STDIN_FILENO);
    } else {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (descriptor < 0) {
        problem = strerror(errno);
    } else {
        text = read_all(descriptor, &length, &problem);
        close(descriptor);
    }
    if (!text) {
        report_at(messages, SEVERITY_ERROR, NULL, 0, "cannot read '%s': %s", path, problem);
        return spec_new(path, spec_copy("", 0), 0);
    }
    return spec_parse(path, text, length, messages);
}

/* ---- Type expressions alone ----------------------------------------------------------------- */

static bool parse_types(const char *text, int start_token, struct type_list *types)
{
    struct source source = {.path = "", .length = strlen(text)};
    struct parse parse = {.source = &source};
    bool is_complete;

    *types = (struct type_list){0};
    if (source.length > LARGEST_FILE)
        return false;
    source.text = spec_copy(text, source.length);
    is_complete = parse_run(&parse, start_token);
    free(source.text);
    if (is_complete)
        *types = parse.types;
    else
        type_list_free(parse.types);
    return is_complete;
}

struct type_expression *type_expression_parse(const char *text)
{
    struct type_list types;
    struct type_expression *type;

    if (!parse_types(text, START_TYPE, &types))
        return NULL;
    type = types.items[0];
    free(types.items);
    return type;
}

int type_expression_parse_list(const char *text, struct type_expression ***list)
{
    struct type_list types;

    *list = NULL;
    if (!parse_types(text, START_TYPE_LIST, &types))
        return -1;
    *list = types.items;
    return (int)types.count;
}
