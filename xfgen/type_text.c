/* type_text.c -- types as C writes them, and the names of base types and annotations. */
#include "dwarf_reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct type *type_strip(struct type *type)
{
    while (type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED)
        type = type->target;
    return type;
}

const char *annotation_kind_name(enum annotation_kind kind)
{
    static const char *const names[] = {
        [ANNOTATION_PTR] = "E_PTR",
        [ANNOTATION_PTRARRAY] = "E_PTRARRAY",
        [ANNOTATION_ARRAY] = "E_ARRAY",
        [ANNOTATION_SZ] = "E_SZ",
        [ANNOTATION_OPAQUE] = "E_OPAQUE",
        [ANNOTATION_IGNORE] = "E_IGNORE",
        [ANNOTATION_CUSTOM] = "E_CUSTOM",
        [ANNOTATION_GENERIC] = "E_GENERIC",
        [ANNOTATION_T] = "E_T",
        [ANNOTATION_G] = "E_G",
        [ANNOTATION_CONTAINER] = "E_CONTAINER",
        [ANNOTATION_TAGGED] = "E_TAGGED",
        [ANNOTATION_MANUAL_MIGRATE] = "E_MANUAL_MIGRATE",
        [ANNOTATION_AUTO_MIGRATE] = "E_AUTO_MIGRATE",
        [ANNOTATION_NOTELOCALS] = "E_NOTELOCALS",
    };

    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "E_?";
}

/* ---- Base type names ----------------------------------------------------------------------- */

/* gcc says "long unsigned int" where clang says "unsigned long", and people write either. */
static const char *integer_name(int longs, int shorts, int chars, bool is_signed, bool is_unsigned)
{
    if (chars)
        return is_unsigned ? "unsigned char" : is_signed ? "signed char" : "char";
    if (shorts)
        return is_unsigned ? "unsigned short" : "short";
    if (longs >= 2)
        return is_unsigned ? "unsigned long long" : "long long";
    if (longs == 1)
        return is_unsigned ? "unsigned long" : "long";
    return is_unsigned ? "unsigned int" : "int";
}

char *canonical_base_name(struct arena *arena, const char *name)
{
    int longs = 0, shorts = 0, chars = 0, int128s = 0;
    bool is_signed = false, is_unsigned = false, is_complex = false;
    const char *floating = NULL, *word, *end;

    for (word = name; *word; word = end + strspn(end, " ")) {
        size_t length = strcspn(word, " ");

#define IS_WORD(text) (length == sizeof text - 1 && memcmp(word, text, length) == 0)
        end = word + length;
        if (length == 0)
            continue;
        if (IS_WORD("long"))
            longs++;
        else if (IS_WORD("short"))
            shorts++;
        else if (IS_WORD("char"))
            chars++;
        else if (IS_WORD("__int128"))
            int128s++;
        else if (IS_WORD("signed"))
            is_signed = true;
        else if (IS_WORD("unsigned"))
            is_unsigned = true;
        else if (IS_WORD("complex") || IS_WORD("_Complex"))
            is_complex = true;
        else if (IS_WORD("float"))
            floating = "float";
        else if (IS_WORD("double"))
            floating = "double";
        else if (!IS_WORD("int"))
            return arena_copy_string(arena, name); /* "_Bool", "_Float128": one spelling only */
#undef IS_WORD
    }
    if (is_complex || floating) {
        if (!floating)
            return arena_copy_string(arena, "_Complex");
        return arena_format(arena, "%s%s%s", is_complex ? "_Complex " : "", longs ? "long " : "",
                            floating);
    }
    if (int128s)
        return arena_copy_string(arena, is_unsigned ? "unsigned __int128" : "__int128");
    return arena_copy_string(arena, integer_name(longs, shorts, chars, is_signed, is_unsigned));
}

/* ---- Declarators --------------------------------------------------------------------------- */

/* C writes a type around the declared name: reading the type from the outside in, each pointer,
 * array and function wraps what stands where the name would be.  `inner` is that text so far. */
static char *declare(const struct type *type, char *inner, unsigned qualifiers, unsigned *budget);

/* Parameters that are written out, however deep.  Where each function is named twice in the next,
 * the text doubles with each step; no program has such types, but a damaged or misleading file
 * may. */
enum { MOST_PARAMETERS = 1000 };

static char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *print(const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        fprintf(stderr, "xfgen: error: out of memory\n");
        exit(EXIT_FAILURE);
    }
    va_end(arguments);
    return text;
}

static char *qualifier_text(unsigned qualifiers)
{
    return print("%s%s%s%s", qualifiers & QUALIFIER_CONST ? "const " : "",
                 qualifiers & QUALIFIER_VOLATILE ? "volatile " : "",
                 qualifiers & QUALIFIER_RESTRICT ? "restrict " : "",
                 qualifiers & QUALIFIER_ATOMIC ? "_Atomic " : "");
}

static char *declare_pointer(const struct type *type, char *inner, unsigned qualifiers,
                             unsigned *budget)
{
    char *words = qualifier_text(qualifiers);
    bool needs_parentheses = type->target->kind == TYPE_ARRAY ||
                             type->target->kind == TYPE_FUNCTION;
    char *wrapped;

    if (!inner[0] && words[0])
        words[strlen(words) - 1] = '\0';
    wrapped = print(needs_parentheses ? "(*%s%s)" : "*%s%s", words, inner);
    free(words);
    free(inner);
    return declare(type->target, wrapped, 0, budget);
}

static char *declare_function(const struct type *type, char *inner, unsigned *budget)
{
    char *list = print("%s", type->member_count == 0 && !type->is_variadic ? "void" : "");
    bool is_variadic = type->is_variadic;
    char *wrapped;
    size_t i;

    for (i = 0; i < type->member_count; i++) {
        char *parameter, *longer;

        if (*budget == 0) {
            is_variadic = true;
            break;
        }
        --*budget;
        parameter = declare(type->members[i].type, print("%s", ""), 0, budget);
        longer = print("%s%s%s", list, i ? ", " : "", parameter);

        free(parameter);
        free(list);
        list = longer;
    }
    wrapped = print("%s(%s%s)", inner, list,
                    is_variadic && i ? ", ..." : is_variadic && type->member_count ? "..." : "");
    free(list);
    free(inner);
    return declare(type->target, wrapped, 0, budget);
}

static char *declare_name(const struct type *type, char *inner, unsigned qualifiers)
{
    static const char *const words[] = {[TYPE_ENUM] = "enum ", [TYPE_STRUCT] = "struct ",
                                        [TYPE_UNION] = "union ", [TYPE_PARAMETER] = ""};
    const char *word = words[type->kind] ? words[type->kind] : "";
    const char *name = type->name ? type->name : "{...}";
    char *quals = qualifier_text(qualifiers);
    char *text = print("%s%s%s%s%s", quals, word, type->kind == TYPE_VOID ? "void" : name,
                       inner[0] ? " " : "", inner);

    free(quals);
    free(inner);
    return text;
}

static char *declare(const struct type *type, char *inner, unsigned qualifiers, unsigned *budget)
{
    char *wrapped;

    switch (type->kind) {
    case TYPE_QUALIFIED:
        return declare(type->target, inner, qualifiers | type->qualifiers, budget);
    case TYPE_POINTER:
        return declare_pointer(type, inner, qualifiers, budget);
    case TYPE_ARRAY: /* a qualified array is one of qualified elements */
        wrapped = type->is_flexible && type->count == 0
                      ? print("%s[]", inner)
                      : print("%s[%llu]", inner, (unsigned long long)type->count);
        free(inner);
        return declare(type->target, wrapped, qualifiers, budget);
    case TYPE_FUNCTION:
        return declare_function(type, inner, budget);
    default:
        return declare_name(type, inner, qualifiers);
    }
}

char *type_to_string(const struct type *type, const char *name)
{
    unsigned budget = MOST_PARAMETERS;

    return declare(type, print("%s", name), 0, &budget);
}
