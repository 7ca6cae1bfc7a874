/* grammar.y -- the grammar of .xf files and of type expressions.
 *
 * Actions only call constructors (spec_parser.h).  Rules, checks and prologues go into the spec
 * as they are completed, so that an error loses nothing but the rule it is in.
 */
%code requires {
#include "spec_parser.h"
}

%code {
static void yyerror(const struct span *span, struct parse *parse, const char *message);

static int yylex(YYSTYPE *value, struct span *span, struct parse *parse)
{
    (void)value; /* tokens have no values, see spec_parser.h */
    return next_token(parse, span);
}

static const struct span NOWHERE = {0, 0};
static const struct type_list NO_TYPES = {NULL, 0};
static const struct segment_list NO_SEGMENTS = {NULL, NULL};
static const struct base_words NO_WORDS = {.is_wrong = false};
static const struct dimension_list NO_DIMENSIONS = {NULL, 0};

#define FROM(first, last) ((struct span){(first).start, (last).end})

#define YYLLOC_DEFAULT(current, right, count)                                                     \
    do {                                                                                          \
        if (count) {                                                                              \
            (current).start = YYRHSLOC(right, 1).start;                                           \
            (current).end = YYRHSLOC(right, count).end;                                           \
        } else {                                                                                  \
            (current).start = (current).end = YYRHSLOC(right, 0).end;                             \
        }                                                                                         \
    } while (0)
}

%define api.pure full
%define api.prefix {xf}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%locations
%param {struct parse *parse}
%initial-action { @$ = NOWHERE; }

%union {
    struct path *path;
    struct block *block;
    struct rule_list rules;
    struct segment_list segments;
    struct type_expression *type;
    struct type_list types;
    struct base_words words;
    struct dimension_list dimensions;
    struct inner_declarator inner;
    char *text;
    size_t number;
}

/* Sent by next_token() itself: what is to be parsed, and where an error's damage ends. */
%token START_SPEC START_TYPE START_TYPE_LIST
%token RULE_END
%token FILE_END      "end of file"

/* Between blocks. */
%token PATH          "a path"
%token STRUCT        "'struct'"
%token UNION         "'union'"
%token ENUM          "'enum'"
%token TYPEDEF       "'typedef'"
%token INIT          "'INIT'"
%token DROP          "'DROP'"
%token CHECK         "'CHECK'"
%token ARROW         "'->'"
%token WRONG_ARROW   "something like '->'"
%token COLON         "':'"
%token COMMA         "','"
%token SEMICOLON     "';'"
%token BLOCK_OPEN    "'{'"
%token BLOCK_CLOSE   "'}'"

/* In blocks. */
%token TEXT          "C code"
%token IN OUT BASE NEWBASE LOCAL_IN LOCAL_OUT RENAMED_TYPE
%token OLDTYPE NEWTYPE OLDSYM NEWSYM XFORM
%token FAIL_LITERAL FAIL_OPEN FAIL_CLOSE

/* In type expressions and argument lists. */
%token CLOSE         "')'"
%token WORD          "a name"
%token BASE_WORD     "a base type"
%token PARAMETER     "@parameter"
%token OPAQUE        "[opaque]"
%token FUNCTION      "[fptr]"
%token NUMBER        "a number"
%token KEY           "a variable's name"
%token STAR          "'*'"
%token LESS          "'<'"
%token GREATER       "'>'"
%token BRACKET_OPEN  "'['"
%token BRACKET_CLOSE "']'"
%token PAREN_OPEN    "'('"
%token PAREN_CLOSE   "a closing ')'"
%token ELLIPSIS      "'...'"
%token STRAY         "something else"

%type <path> path
%type <block> block
%type <rules> group
%type <segments> segments segment
%type <type> type prefix specifier
%type <types> types arguments
%type <words> base_words
%type <dimensions> dimensions
%type <inner> inner
%type <number> stars

%destructor { path_free($$); } <path>
%destructor { block_free($$); } <block>
%destructor { rule_list_free($$); } <rules>
%destructor { segment_list_free($$); } <segments>
%destructor { type_expression_free($$); } <type>
%destructor { type_list_free($$); } <types>
%destructor { free($$.items); } <dimensions>
%destructor { free($$.dimensions.items); } <inner>

/* A group of pairs followed by a block is a rule whose colon was forgotten, not a rename followed
 * by a prologue. */
%precedence RENAME
%precedence BLOCK_OPEN

%%

start:
    START_SPEC items FILE_END
|   START_TYPE type FILE_END              { parse->types = type_list_add(NO_TYPES, $type); }
|   START_TYPE_LIST FILE_END
|   START_TYPE_LIST types FILE_END        { parse->types = $types; }
;

/* ---- Rules ---------------------------------------------------------------------------------- */

items:
    %empty
|   items item
;

item:
    group %prec RENAME                    { spec_add_renames(parse, $group); }
|   group COLON block                     { spec_add_rules(parse, $group, $block); }
|   group block                           { missing_colon(parse, @block);
                                            spec_add_rules(parse, $group, $block); }
|   block                                 { spec_add_prologue(parse, $block); }
|   CHECK block                           { spec_add_check(parse, $block); }
|   CHECK COLON block                     { spec_add_check(parse, $block); }
|   SEMICOLON
|   error RULE_END                        { yyerrok; if (parse_is_hopeless(parse)) YYABORT; }
;

group:
    path arrow path                       { $$ = rule_pair($1, $3, @$); }
|   INIT path                             { $$ = rule_init($2, @$); }
|   DROP path                             { $$ = rule_drop($2, @$); }
|   group COMMA path arrow path           { $$ = rule_list_join(
                                                $1, rule_pair($3, $5, FROM(@3, @5))); }
|   group COMMA INIT path                 { $$ = rule_list_join($1, rule_init($4, FROM(@3, @4))); }
|   group COMMA DROP path                 { $$ = rule_list_join($1, rule_drop($4, FROM(@3, @4))); }
|   group COMMA path                      { $$ = rule_continue(parse, $1, $3, @3); }
;

arrow:
    ARROW
|   WRONG_ARROW                           { wrong_arrow(parse, @1); }
;

path:
    PATH                                  { $$ = path_new(parse, ROOT_VARIABLE, @$, @1); }
|   STRUCT PATH                           { $$ = path_new(parse, ROOT_STRUCT, @$, @2); }
|   UNION PATH                            { $$ = path_new(parse, ROOT_UNION, @$, @2); }
|   ENUM PATH                             { $$ = path_new(parse, ROOT_ENUM, @$, @2); }
|   TYPEDEF PATH                          { $$ = path_new(parse, ROOT_TYPEDEF, @$, @2); }
;

/* ---- Blocks of C ---------------------------------------------------------------------------- */

block:
    BLOCK_OPEN segments BLOCK_CLOSE       { $$ = block_new(parse, $segments, @$); }
;

segments:
    %empty                                { $$ = NO_SEGMENTS; }
|   segments segment                      { $$ = segment_list_join($1, $2); }
|   segments FAIL_OPEN segments FAIL_CLOSE
                                          { $$ = segment_list_join(
                                                $1, segment_fail_call(parse, $3, FROM(@2, @4))); }
;

segment:
    TEXT                                  { $$ = segment_text(parse, @$); }
|   IN                                    { $$ = segment_plain(SEGMENT_IN, @$); }
|   OUT                                   { $$ = segment_plain(SEGMENT_OUT, @$); }
|   BASE                                  { $$ = segment_plain(SEGMENT_BASE, @$); }
|   NEWBASE                               { $$ = segment_plain(SEGMENT_NEWBASE, @$); }
|   LOCAL_IN                              { $$ = segment_address(SEGMENT_IN, @$); }
|   LOCAL_OUT                             { $$ = segment_address(SEGMENT_OUT, @$); }
|   RENAMED_TYPE                          { $$ = segment_renamed_type(parse, @$); }
|   OLDTYPE type CLOSE                    { $$ = segment_type(SEGMENT_OLDTYPE, $type, @$); }
|   NEWTYPE type CLOSE                    { $$ = segment_type(SEGMENT_NEWTYPE, $type, @$); }
|   OLDSYM KEY CLOSE                      { $$ = segment_key(parse, SEGMENT_OLDSYM, @2, @$); }
|   NEWSYM KEY CLOSE                      { $$ = segment_key(parse, SEGMENT_NEWSYM, @2, @$); }
|   XFORM types CLOSE                     { $$ = segment_xform(parse, $types, @$); }
|   FAIL_LITERAL                          { $$ = segment_fail_literal(parse, @$); }
|   OLDTYPE error CLOSE                   { yyerrok; $$ = NO_SEGMENTS; }
|   NEWTYPE error CLOSE                   { yyerrok; $$ = NO_SEGMENTS; }
|   OLDSYM error CLOSE                    { yyerrok; $$ = NO_SEGMENTS; }
|   NEWSYM error CLOSE                    { yyerrok; $$ = NO_SEGMENTS; }
|   XFORM error CLOSE                     { yyerrok; $$ = NO_SEGMENTS; }
;

/* ---- Type expressions ----------------------------------------------------------------------- */

types:
    type                                  { $$ = type_list_add(NO_TYPES, $1); }
|   types COMMA type                      { $$ = type_list_add($1, $3); }
;

type:
    prefix
|   prefix dimensions                     { $$ = type_arrays($1, $2, @$); }
|   prefix PAREN_OPEN inner PAREN_CLOSE PAREN_OPEN anything PAREN_CLOSE
                                          { $$ = type_function($1, $3, @$); }
|   prefix PAREN_OPEN inner PAREN_CLOSE   { $$ = type_inner($1, $3, @$); }
|   prefix PAREN_OPEN inner PAREN_CLOSE dimensions
                                          { $$ = type_inner(type_arrays($1, $5, @1), $3, @$); }
;

inner:
    stars                                 { $$ = (struct inner_declarator){.stars = $1}; }
|   stars dimensions                      { $$ = (struct inner_declarator){$1, $2}; }
;

stars:
    STAR                                  { $$ = 1; }
|   stars STAR                            { $$ = $1 + 1; }
;

dimensions:
    BRACKET_OPEN BRACKET_CLOSE            { $$ = dimension_add(parse, NO_DIMENSIONS, NOWHERE); }
|   BRACKET_OPEN NUMBER BRACKET_CLOSE     { $$ = dimension_add(parse, NO_DIMENSIONS, @2); }
|   dimensions BRACKET_OPEN NUMBER BRACKET_CLOSE
                                          { $$ = dimension_add(parse, $1, @3); }
;

prefix:
    specifier
|   prefix STAR                           { $$ = type_pointer($1, @$); }
;

specifier:
    base_words                            { $$ = type_base(parse, $1, @$); }
|   WORD arguments                        { $$ = type_named(parse, 0, @1, $2, @$); }
|   STRUCT WORD arguments                 { $$ = type_named(parse, STRUCT, @2, $3, @$); }
|   UNION WORD arguments                  { $$ = type_named(parse, UNION, @2, $3, @$); }
|   ENUM WORD                             { $$ = type_named(parse, ENUM, @2, NO_TYPES, @$); }
|   TYPEDEF WORD arguments                { $$ = type_named(parse, TYPEDEF, @2, $3, @$); }
|   PARAMETER                             { $$ = type_parameter(parse, @$); }
|   OPAQUE                                { $$ = type_simple(EXPRESSION_OPAQUE, @$); }
|   FUNCTION                              { $$ = type_simple(EXPRESSION_FUNCTION, @$); }
;

base_words:
    BASE_WORD                             { $$ = base_words_add(parse, NO_WORDS, @1); }
|   base_words BASE_WORD                  { $$ = base_words_add(parse, $1, @2); }
;

arguments:
    %empty                                { $$ = NO_TYPES; }
|   LESS types GREATER                    { $$ = $2; }
;

/* The parameters of a function pointer: they do not matter. */
anything:
    %empty
|   anything anything_token
|   anything PAREN_OPEN anything PAREN_CLOSE
;

anything_token:
    STRUCT | UNION | ENUM | TYPEDEF | WORD | BASE_WORD | NUMBER | STAR | COMMA | LESS | GREATER
|   BRACKET_OPEN | BRACKET_CLOSE | ELLIPSIS | PARAMETER | OPAQUE | FUNCTION
;

%%

/* Reports a token that does not fit. */
static int yyreport_syntax_error(const yypcontext_t *context, struct parse *parse)
{
    yysymbol_kind_t kinds[YYNTOKENS];
    const char *names[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, kinds, YYNTOKENS), i;

    for (i = 0; i < count; i++)
        names[i] = yysymbol_name(kinds[i]);
    unexpected_token(parse, names, count < 0 ? 0 : count);
    return 0;
}

/* Called by the parser only when its stack is at its limit. */
static void yyerror(const struct span *span, struct parse *parse, const char *message)
{
    (void)message;
    syntax_error(parse, *span, "nested too deeply");
}
