/* spec.h -- the syntax tree of an .xf file.
 *
 * scanner.l and grammar.y build this and nothing else: the grammar's actions only call the
 * constructors below.  Blocks of C are kept as text cut at the places that mean something to us
 * ($in, $oldtype(...), FAIL "..."), each with its place, so that the generator can paste them with
 * #line and the compiler's messages point into the .xf file.
 */
#ifndef XFGEN_SPEC_H
#define XFGEN_SPEC_H

#include "messages.h"

enum path_root { ROOT_VARIABLE, ROOT_STRUCT, ROOT_UNION, ROOT_ENUM, ROOT_TYPEDEF };

/* struct S.m.n    file.c/static    func#local    file.c/func#static.m */
struct path {
    enum path_root root;
    char *name;      /* tag, typedef name, or variable key */
    char **members;
    size_t member_count;
    struct span span;
    struct span name_span;
    char *text;      /* as one would write it: "struct S.m" */
};

/* Type expressions: inside $oldtype(...), $newtype(...), $xform(...), E_T(...), E_G(...). */
enum type_expression_kind {
    EXPRESSION_NAMED,     /* [struct|union|enum] name<arguments>, or base type words */
    EXPRESSION_POINTER,
    EXPRESSION_ARRAY,     /* element[count] */
    EXPRESSION_PARAMETER, /* @t */
    EXPRESSION_OPAQUE,    /* [opaque] */
    EXPRESSION_FUNCTION,  /* [fptr] or ret (*)(...): a function pointer, not looked into */
};

struct type_expression {
    enum type_expression_kind kind;
    enum { WORD_NONE, WORD_STRUCT, WORD_UNION, WORD_ENUM } word;
    char *name; /* "unsigned long" for base types of several words, normalised order */
    struct type_expression *target;
    size_t count;
    struct type_expression **arguments;
    size_t argument_count;
    struct span span;
};

enum segment_kind {
    SEGMENT_TEXT,
    SEGMENT_IN,
    SEGMENT_OUT,     /* also the published spelling (*local_out) */
    SEGMENT_BASE,
    SEGMENT_NEWBASE,
    SEGMENT_OLDTYPE, /* type */
    SEGMENT_NEWTYPE,
    SEGMENT_OLDSYM,  /* key */
    SEGMENT_NEWSYM,
    SEGMENT_XFORM,   /* types[0], types[1], then arguments (C text or nested segments) */
    SEGMENT_FAIL,    /* text: the C string literal, quotes included, or a parenthesised
                        printf argument list, `nested` its inside; the ';' that ends it
                        follows as text, written or not */
};

struct segment {
    enum segment_kind kind;
    char *text;  /* text, key or literal */
    struct type_expression *types[2];
    struct type_expression **arguments;
    size_t argument_count;
    struct segment *nested; /* FAIL("...", ...): what stands between the parentheses, cut into
                               segments like any code ($in may be among the arguments) */
    struct span span;
    struct segment *next;
};

struct block {
    struct segment *segments;
    bool is_empty; /* {} : only white space and comments inside */
    struct span span;
    int line;      /* of the opening brace */
};

enum rule_kind { RULE_RENAME, RULE_CONVERT, RULE_INIT, RULE_DROP };

/* One old -> new pair, one INIT path (then old is NULL) or one DROP path (then new is NULL).  Pairs
 * that share a block share the pointer. */
struct rule {
    enum rule_kind kind;
    struct path *old_path;
    struct path *new_path;
    struct block *block; /* NULL for a rename, and for a DROP without code */
    struct span span;
    bool used;           /* set by the matcher; unused rules are warned of */
    bool is_wrong;       /* set by the matcher: it names what does not exist */
    struct rule *next;
};

struct check {
    struct block *block;
    struct check *next;
};

struct spec {
    struct source *source;
    struct block *prologue; /* NULL when there is none; several are concatenated in order */
    struct rule *rules;     /* in the order written */
    struct rule *drops;     /* those of RULE_DROP, on a list of their own */
    struct check *checks;
};

/* ---- Parsing --------------------------------------------------------------------------------- */

/* Reads a file, standard input when `path` is "-"; `path` NULL gives an empty spec.  Always returns
 * a spec, partial when there were errors (count them in messages). */
struct spec *spec_parse_file(const char *path, struct messages *messages);
/* The same from memory; `path` is for messages. */
struct spec *spec_parse_text(const char *path, const char *text, struct messages *messages);
/* The same for any bytes, NUL included. */
struct spec *spec_parse_bytes(const char *path, const char *bytes, size_t length,
                              struct messages *messages);
void spec_free(struct spec *spec);

/* A type expression alone (annotation arguments).  NULL when malformed.  Freed by
 * type_expression_free. */
struct type_expression *type_expression_parse(const char *text);
/* A comma-separated list of them: "int, struct list<@t>, [opaque]".  Returns the count, -1 when
 * malformed. */
int type_expression_parse_list(const char *text, struct type_expression ***list);
void type_expression_free(struct type_expression *expression);
/* The expression as one would write it: "struct list<int, char *>".  Allocated with malloc. */
char *type_expression_to_string(const struct type_expression *expression);

/* The one name of a base type, however its words are ordered or left out: "unsigned long" and
 * "long unsigned int" are both "long unsigned int", as GCC's DWARF has it (clang's does not).
 * NULL when `words` is no such type; else a constant. */
const char *base_type_name(const char *words);

#endif
