/* type_expression.c -- types as rules and annotations write them.
 *
 * Base types have one name here however they are written: the one that GCC's DWARF uses.  So
 * "unsigned long", "long unsigned" and "unsigned long int" are all "long unsigned int".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spec_parser.h"

#include "grammar.h"

static struct type_expression *type_new(enum type_expression_kind kind, struct span span)
{
    struct type_expression *type = spec_allocate(sizeof *type);

    type->kind = kind;
    type->span = span;
    return type;
}

/* ---- Base types ----------------------------------------------------------------------------- */

static const char *const base_word_texts[BASE_WORD_COUNT] = {
    [BASE_UNSIGNED] = "unsigned", [BASE_SIGNED] = "signed",  [BASE_SHORT] = "short",
    [BASE_LONG] = "long",         [BASE_CHAR] = "char",      [BASE_INT] = "int",
    [BASE_INT128] = "__int128",   [BASE_FLOAT] = "float",    [BASE_DOUBLE] = "double",
    [BASE_BOOL] = "_Bool",        [BASE_COMPLEX] = "_Complex", [BASE_VOID] = "void",
};

/* The words that make each type.  `int` may be left out where it is not the only word, and
 * `signed` where it is not before char. */
static const struct {
    const char *name;
    struct base_words words;
} base_types[] = {
#define WORDS(...) {.count = {__VA_ARGS__}}
    {"void", WORDS([BASE_VOID] = 1)},
    {"_Bool", WORDS([BASE_BOOL] = 1)},
    {"char", WORDS([BASE_CHAR] = 1)},
    {"signed char", WORDS([BASE_SIGNED] = 1, [BASE_CHAR] = 1)},
    {"unsigned char", WORDS([BASE_UNSIGNED] = 1, [BASE_CHAR] = 1)},
    {"short int", WORDS([BASE_SHORT] = 1)},
    {"short unsigned int", WORDS([BASE_SHORT] = 1, [BASE_UNSIGNED] = 1)},
    {"int", WORDS([BASE_INT] = 0)},
    {"unsigned int", WORDS([BASE_UNSIGNED] = 1)},
    {"long int", WORDS([BASE_LONG] = 1)},
    {"long unsigned int", WORDS([BASE_LONG] = 1, [BASE_UNSIGNED] = 1)},
    {"long long int", WORDS([BASE_LONG] = 2)},
    {"long long unsigned int", WORDS([BASE_LONG] = 2, [BASE_UNSIGNED] = 1)},
    {"__int128", WORDS([BASE_INT128] = 1)},
    {"__int128 unsigned", WORDS([BASE_INT128] = 1, [BASE_UNSIGNED] = 1)},
    {"float", WORDS([BASE_FLOAT] = 1)},
    {"double", WORDS([BASE_DOUBLE] = 1)},
    {"long double", WORDS([BASE_LONG] = 1, [BASE_DOUBLE] = 1)},
    {"complex float", WORDS([BASE_FLOAT] = 1, [BASE_COMPLEX] = 1)},
    {"complex double", WORDS([BASE_DOUBLE] = 1, [BASE_COMPLEX] = 1)},
    {"complex long double", WORDS([BASE_LONG] = 1, [BASE_DOUBLE] = 1, [BASE_COMPLEX] = 1)},
#undef WORDS
};

static struct base_words add_word(struct base_words words, const char *text, size_t length)
{
    int i;

    for (i = 0; i < BASE_WORD_COUNT; i++)
        if (strlen(base_word_texts[i]) == length &&
            strncmp(base_word_texts[i], text, length) == 0) {
            if (++words.count[i] > 2)
                words.is_wrong = true;
            return words;
        }
    words.is_wrong = true;
    return words;
}

static const char *base_words_name(struct base_words words)
{
    bool has_char = words.count[BASE_CHAR] > 0;
    bool is_integer = !has_char && !words.count[BASE_FLOAT] && !words.count[BASE_DOUBLE] &&
                      !words.count[BASE_BOOL] && !words.count[BASE_VOID] &&
                      !words.count[BASE_COMPLEX];
    size_t i;

    if (words.is_wrong || words.count[BASE_INT] > 1 || words.count[BASE_SIGNED] > 1)
        return NULL;
    if (words.count[BASE_SIGNED] && words.count[BASE_UNSIGNED])
        return NULL;
    if (words.count[BASE_INT] && words.count[BASE_INT128])
        return NULL;
    if (is_integer)
        words.count[BASE_INT] = words.count[BASE_SIGNED] = 0;
    for (i = 0; i < sizeof base_types / sizeof *base_types; i++)
        if (memcmp(words.count, base_types[i].words.count, sizeof words.count) == 0)
            return base_types[i].name;
    return NULL;
}

const char *base_type_name(const char *text)
{
    struct base_words words = {.is_wrong = false};
    size_t length;
    bool has_words = false;

    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        length = strcspn(text, " ");
        /* As clang and GCC write it in DWARF. */
        if (length == 7 && strncmp(text, "complex", length) == 0)
            words = add_word(words, "_Complex", 8);
        else
            words = add_word(words, text, length);
        text += length;
        has_words = true;
    }
    return has_words ? base_words_name(words) : NULL;
}

struct base_words base_words_add(struct parse *parse, struct base_words words, struct span word)
{
    return add_word(words, parse->source->text + word.start, word.end - word.start);
}

struct type_expression *type_base(struct parse *parse, struct base_words words, struct span span)
{
    struct type_expression *type = type_new(EXPRESSION_NAMED, span);
    const char *name = base_words_name(words);

    if (!name) {
        char *text = span_excerpt(parse->source, span);

        syntax_error(parse, span, "'%s' is not a type", text);
        free(text);
        name = "int";
    }
    type->name = spec_copy(name, strlen(name));
    return type;
}

/* ---- Other types ---------------------------------------------------------------------------- */

struct type_expression *type_named(struct parse *parse, int tag, struct span name,
                                   struct type_list arguments, struct span span)
{
    struct type_expression *type = type_new(EXPRESSION_NAMED, span);

    type->name = span_text(parse->source, name);
    type->word = tag == STRUCT  ? WORD_STRUCT
                 : tag == UNION ? WORD_UNION
                 : tag == ENUM  ? WORD_ENUM
                                : WORD_NONE;
    type->arguments = arguments.items;
    type->argument_count = arguments.count;
    return type;
}

struct type_expression *type_parameter(struct parse *parse, struct span span)
{
    struct type_expression *type = type_new(EXPRESSION_PARAMETER, span);

    type->name = span_text(parse->source, span);
    return type;
}

struct type_expression *type_simple(enum type_expression_kind kind, struct span span)
{
    return type_new(kind, span);
}

struct type_expression *type_pointer(struct type_expression *target, struct span span)
{
    struct type_expression *type = type_new(EXPRESSION_POINTER, span);

    type->target = target;
    return type;
}

/* The first dimension is the outermost array. */
struct type_expression *type_arrays(struct type_expression *element,
                                    struct dimension_list dimensions, struct span span)
{
    size_t i;

    for (i = dimensions.count; i > 0; i--) {
        struct type_expression *array = type_new(EXPRESSION_ARRAY, span);

        array->target = element;
        array->count = dimensions.items[i - 1];
        element = array;
    }
    free(dimensions.items);
    return element;
}

/* `stars` pointers to the type, then arrays of that. */
static struct type_expression *wrap(struct type_expression *type, size_t stars,
                                    struct inner_declarator inner, struct span span)
{
    for (; stars > 0; stars--)
        type = type_pointer(type, span);
    return type_arrays(type, inner.dimensions, span);
}

struct type_expression *type_function(struct type_expression *result,
                                      struct inner_declarator inner, struct span span)
{
    type_expression_free(result);
    return wrap(type_new(EXPRESSION_FUNCTION, span), inner.stars - 1, inner, span);
}

struct type_expression *type_inner(struct type_expression *element,
                                   struct inner_declarator inner, struct span span)
{
    return wrap(element, inner.stars, inner, span);
}

struct type_list type_list_add(struct type_list list, struct type_expression *type)
{
    /* Grown at powers of two. */
    if ((list.count & (list.count - 1)) == 0)
        list.items = spec_reallocate(list.items,
                                     (list.count ? 2 * list.count : 1) * sizeof *list.items);
    list.items[list.count++] = type;
    return list;
}

void type_list_free(struct type_list list)
{
    size_t i;

    for (i = 0; i < list.count; i++)
        type_expression_free(list.items[i]);
    free(list.items);
}

/* An empty span is `[]`, an array whose length is not told: 0. */
struct dimension_list dimension_add(struct parse *parse, struct dimension_list list,
                                    struct span number)
{
    char *text = span_text(parse->source, number), *end;
    unsigned long count;

    errno = 0;
    count = strtoul(text, &end, 0);
    if (errno || end[strspn(end, "uUlL")] != '\0')
        syntax_error(parse, number, "'%s' is not the length of an array", text);
    free(text);
    list.items = spec_reallocate(list.items, (list.count + 1) * sizeof *list.items);
    list.items[list.count++] = count;
    return list;
}

/* Loops along targets, which may be long; recurses into arguments, whose depth the parser
 * limits. */
void type_expression_free(struct type_expression *expression)
{
    struct type_expression *target;

    for (; expression; expression = target) {
        target = expression->target;
        type_list_free((struct type_list){expression->arguments, expression->argument_count});
        free(expression->name);
        free(expression);
    }
}

/* ---- As text -------------------------------------------------------------------------------- */

/* Writes "inner" with the type around it: abstract declarators grow from the inside out. */
static char *declarator_around(const struct type_expression *type, char *inner)
{
    char *outer;

    for (; type->kind == EXPRESSION_POINTER || type->kind == EXPRESSION_ARRAY;
         type = type->target, inner = outer) {
        bool is_in_parentheses = type->kind == EXPRESSION_ARRAY && inner[0] == '*';

        if (type->kind == EXPRESSION_POINTER)
            outer = spec_format("*%s", inner);
        else if (is_in_parentheses)
            outer = spec_format("(%s)[%zu]", inner, type->count);
        else
            outer = spec_format("%s[%zu]", inner, type->count);
        free(inner);
    }
    return inner;
}

static char *name_and_arguments(const struct type_expression *type)
{
    static const char *const words[] = {[WORD_NONE] = "", [WORD_STRUCT] = "struct ",
                                        [WORD_UNION] = "union ", [WORD_ENUM] = "enum "};
    char *text = spec_format("%s%s", words[type->word], type->name);
    size_t i;

    for (i = 0; i < type->argument_count; i++) {
        char *argument = type_expression_to_string(type->arguments[i]);
        char *longer = spec_format("%s%s%s", text, i == 0 ? "<" : ", ", argument);

        free(argument);
        free(text);
        text = longer;
    }
    if (type->argument_count) {
        char *longer = spec_format("%s>", text);

        free(text);
        text = longer;
    }
    return text;
}

static char *innermost_text(const struct type_expression *type)
{
    switch (type->kind) {
    case EXPRESSION_PARAMETER:
        return spec_copy(type->name, strlen(type->name));
    case EXPRESSION_OPAQUE:
        return spec_copy("[opaque]", 8);
    case EXPRESSION_FUNCTION:
        return spec_copy("[fptr]", 6);
    default:
        return name_and_arguments(type);
    }
}

char *type_expression_to_string(const struct type_expression *expression)
{
    char *declarator = declarator_around(expression, spec_copy("", 0));
    const struct type_expression *type = expression;
    char *innermost, *text;

    while (type->kind == EXPRESSION_POINTER || type->kind == EXPRESSION_ARRAY)
        type = type->target;
    innermost = innermost_text(type);
    text = spec_format("%s%s%s", innermost, *declarator ? " " : "", declarator);
    free(innermost);
    free(declarator);
    return text;
}
