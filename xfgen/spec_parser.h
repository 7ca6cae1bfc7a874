/* spec_parser.h -- between the scanner, the grammar and the constructors of the syntax tree.
 *
 *      text --> scanner.l --> next_token() --> grammar.y --> constructors --> struct spec
 *                             (spec_parser.c)                (spec_tree.c, spec_path.c,
 *                                                             spec_block.c, type_expression.c)
 *
 * A token is a kind and a span, nothing else: its text is taken from the source when a
 * constructor needs it.  So tokens own nothing, can be given back to be read again, and an error
 * can throw any number of them away.
 *
 * Errors.  The scanner reports what is wrong with the text itself (a string without its end, an
 * unknown $word) and goes on as if it had been right.  What is wrong with the order of tokens is
 * reported by the parser (spec_errors.c); then tokens are dropped up to
 *  - the end of the argument list, inside $oldtype(...) and its like: the token CLOSE, which the
 *    scanner promises to send exactly once for each such list;
 *  - the end of the rule otherwise: the token RULE_END, which next_token() slips in.
 */
#ifndef XFGEN_SPEC_PARSER_H
#define XFGEN_SPEC_PARSER_H

#include "spec.h"

/* ---- Lists under construction --------------------------------------------------------------- */

struct segment_list {
    struct segment *first, *last;
};

struct rule_list {
    struct rule *first, *last;
};

struct type_list {
    struct type_expression **items;
    size_t count;
};

/* How often each word of a base type was written. */
enum base_word { BASE_UNSIGNED, BASE_SIGNED, BASE_SHORT, BASE_LONG, BASE_CHAR, BASE_INT,
                 BASE_INT128, BASE_FLOAT, BASE_DOUBLE, BASE_BOOL, BASE_COMPLEX, BASE_VOID,
                 BASE_WORD_COUNT };

struct base_words {
    unsigned char count[BASE_WORD_COUNT];
    bool is_wrong; /* a word that is none */
};

struct dimension_list {
    size_t *items;
    size_t count;
};

/* What stands between the first parentheses of `RESULT (*[3])(int)`. */
struct inner_declarator {
    size_t stars;
    struct dimension_list dimensions;
};

/* ---- The state of one run ------------------------------------------------------------------- */

struct token {
    int kind;
    struct span span;
};

/* What the scanner remembers between tokens. */
struct scanner_state {
    size_t start, end;      /* of the text matched last */
    int previous_kind;      /* of the token returned last; 0 at the start */
    bool is_standalone;     /* a type expression alone, not an .xf file */

    size_t text_start;      /* in a block: where the C text not yet returned began */
    int brace_depth;        /* braces open, the block's own included */
    struct span block_open; /* the block's own brace */
    bool in_prologue;       /* the block belongs to no rule: local_out is just a name there */
    bool is_cut_short;      /* a comment without its end took the rest of the file */

    bool in_fail;           /* in FAIL(...) */
    int fail_depth;         /* parentheses open within it */
    struct span fail_open;  /* "FAIL(" */

    int list_depth;         /* in an argument list: parentheses open within it */
    struct span list_open;  /* "$oldtype(" */
};

/* How many mistakes of one file are worth reading about. */
enum { MOST_SYNTAX_ERRORS = 100 };

struct parse {
    struct source *source;
    struct messages *messages; /* NULL: nobody listens (annotation arguments) */
    void *scanner;
    struct scanner_state scan;

    int start_token;           /* START_SPEC, START_TYPE or START_TYPE_LIST; 0 once sent */
    struct token previous;     /* the token before the current one */
    struct token current;      /* the token the parser looks at */
    struct token returned;     /* to be sent again; kind 0: none */
    bool in_block;             /* `current` is BLOCK_OPEN or after it */
    bool is_recovering;        /* an error was reported: send RULE_END at the next rule */
    bool list_has_error;       /* the argument list being read has been complained about */
    int error_count;
    int error_line;            /* of the last error between blocks: what else is wrong there
                                  follows from it */

    struct spec *spec;         /* START_SPEC: filled */
    struct rule_list rules;    /* the end of spec->rules */
    struct type_list types;    /* START_TYPE, START_TYPE_LIST: the result */
};

/* The text of a span, allocated. */
char *span_text(const struct source *source, struct span span);
/* The text of a span, in a form and length fit for a message ("foo", or "foobar..."). */
char *span_excerpt(const struct source *source, struct span span);
bool span_starts_line(const struct source *source, struct span span);
int span_line(const struct source *source, struct span span);

/* malloc and its like, which end the program when there is no memory. */
void *spec_allocate(size_t size);
void *spec_reallocate(void *memory, size_t size);
char *spec_copy(const char *text, size_t length);
char *spec_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- spec_parser.c: tokens, one after the other --------------------------------------------- */

/* For the parser: the next token's kind, its place in *span. */
int next_token(struct parse *parse, struct span *span);
/* After an error at the current token: where to go on. */
void parse_recover(struct parse *parse);

/* ---- spec_errors.c -------------------------------------------------------------------------- */

/* Too many errors to go on. */
bool parse_is_hopeless(const struct parse *parse);
/* Reports an error at a place; false when nobody listens or too many were reported, so that no
 * help should follow. */
bool syntax_error(struct parse *parse, struct span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Between blocks: whether this line has been complained about already.  If not, it now has. */
bool line_has_error(struct parse *parse, struct span span);
void syntax_help(struct parse *parse, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "expected A or B after 'x', found 'y'"; `expected` are names of tokens, as in grammar.y. */
void unexpected_token(struct parse *parse, const char *const *expected, int count);
/* Is there a comment's end on the rest of the line, although no comment is open? */
bool ends_comment(const struct parse *parse, struct span place);

/* ---- spec_mistakes.c ------------------------------------------------------------------------ */

/* The scanner's: an unknown word after '$'. */
void unknown_dollar_word(struct parse *parse, struct span span);
void fail_without_reason(struct parse *parse, struct span span);
void unclosed_list(struct parse *parse);
void unclosed_block(struct parse *parse);
void stray_text(struct parse *parse, struct span span);
void directive_outside(struct parse *parse, struct span line);
void wrong_arrow(struct parse *parse, struct span span);
void missing_colon(struct parse *parse, struct span brace);

/* ---- spec_path.c ---------------------------------------------------------------------------- */

/* `word` is what follows the keyword, or the whole variable path.  Reports what is wrong with it;
 * always returns a path. */
struct path *path_new(struct parse *parse, enum path_root root, struct span span,
                      struct span word);
void path_free(struct path *path);
/* A key alone, as in $oldsym(key): reports and returns a copy anyway when it is none. */
char *key_new(struct parse *parse, struct span word);

/* ---- spec_tree.c ---------------------------------------------------------------------------- */

struct rule_list rule_pair(struct path *old_path, struct path *new_path, struct span span);
struct rule_list rule_init(struct path *path, struct span span);
struct rule_list rule_drop(struct path *path, struct span span);
/* A path alone after a comma: another INIT or DROP when the list's last rule is one. */
struct rule_list rule_continue(struct parse *parse, struct rule_list list, struct path *path,
                               struct span span);
struct rule_list rule_list_join(struct rule_list list, struct rule_list more);
void rule_list_free(struct rule_list list);

/* Add to parse->spec. */
void spec_add_renames(struct parse *parse, struct rule_list list);
void spec_add_rules(struct parse *parse, struct rule_list list, struct block *block);
void spec_add_prologue(struct parse *parse, struct block *block);
void spec_add_check(struct parse *parse, struct block *block);

/* ---- spec_block.c --------------------------------------------------------------------------- */

struct block *block_new(struct parse *parse, struct segment_list segments, struct span span);
void block_free(struct block *block);
struct segment_list segment_list_join(struct segment_list list, struct segment_list more);
void segment_list_free(struct segment_list list);
struct segment_list segment_text(struct parse *parse, struct span span);
struct segment_list segment_plain(enum segment_kind kind, struct span span);
/* local_in, local_out: pointers, "(&" IN ")". */
struct segment_list segment_address(enum segment_kind kind, struct span span);
struct segment_list segment_type(enum segment_kind kind, struct type_expression *type,
                                 struct span span);
/* "struct _kitsune_old_rename_S" and the like. */
struct segment_list segment_renamed_type(struct parse *parse, struct span span);
struct segment_list segment_key(struct parse *parse, enum segment_kind kind, struct span key,
                                struct span span);
struct segment_list segment_xform(struct parse *parse, struct type_list types, struct span span);
struct segment_list segment_fail_literal(struct parse *parse, struct span span);
struct segment_list segment_fail_call(struct parse *parse, struct segment_list nested,
                                      struct span span);

/* ---- type_expression.c ---------------------------------------------------------------------- */

struct base_words base_words_add(struct parse *parse, struct base_words words, struct span word);
struct type_expression *type_base(struct parse *parse, struct base_words words, struct span span);
/* `tag` is the keyword's token: STRUCT, UNION, ENUM, TYPEDEF, or 0. */
struct type_expression *type_named(struct parse *parse, int tag, struct span name,
                                   struct type_list arguments, struct span span);
struct type_expression *type_parameter(struct parse *parse, struct span span);
struct type_expression *type_simple(enum type_expression_kind kind, struct span span);
struct type_expression *type_pointer(struct type_expression *target, struct span span);
struct type_expression *type_arrays(struct type_expression *element,
                                    struct dimension_list dimensions, struct span span);
/* `result (*inner)(...)`, and `element (*inner)[n]`. */
struct type_expression *type_function(struct type_expression *result,
                                      struct inner_declarator inner, struct span span);
struct type_expression *type_inner(struct type_expression *element,
                                   struct inner_declarator inner, struct span span);
struct type_list type_list_add(struct type_list list, struct type_expression *type);
void type_list_free(struct type_list list);
struct dimension_list dimension_add(struct parse *parse, struct dimension_list list,
                                    struct span number);

#endif
