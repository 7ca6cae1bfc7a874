/* analysis_constants.c -- enumerators in the expressions of annotations: E_PTRARRAY(self.n +
 * SPARE).
 *
 * The compiler describes only those enums in the debug information that some variable is of, so
 * xfgen may never hear of a constant's name: its value is written instead.  Macros are expanded by
 * the preprocessor already.
 */
#include "analysis.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct constant {
    char *name;
    long long value;
};

struct constant_list {
    struct constant *items;
    size_t count;
};

/* Enums stand at file scope, or within structs and the types of variables there. */
static enum CXChildVisitResult collect_constant(CXCursor cursor, CXCursor parent,
                                                CXClientData data)
{
    struct constant_list *list = data;

    (void)parent;
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_EnumDecl:
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_TypedefDecl:
    case CXCursor_VarDecl:
    case CXCursor_FieldDecl:
        return CXChildVisit_Recurse;
    case CXCursor_EnumConstantDecl:
        list->items = reallocate(list->items, (list->count + 1) * sizeof *list->items);
        list->items[list->count++] = (struct constant){cursor_name(cursor),
                                                       clang_getEnumConstantDeclValue(cursor)};
        return CXChildVisit_Continue;
    default:
        return CXChildVisit_Continue;
    }
}

/* Collected when first asked for: most files have no annotation with an expression. */
static const struct constant *find_constant(struct analysis *analysis, const char *name,
                                            size_t length)
{
    struct constant_list *list = analysis->constants;

    if (!list) {
        list = analysis->constants = allocate(sizeof *list);
        *list = (struct constant_list){NULL, 0};
        clang_visitChildren(clang_getTranslationUnitCursor(analysis->unit), collect_constant, list);
    }
    for (size_t i = 0; i < list->count; i++)
        if (strlen(list->items[i].name) == length && !memcmp(list->items[i].name, name, length))
            return &list->items[i];
    return NULL;
}

void free_constants(struct analysis *analysis)
{
    for (size_t i = 0; analysis->constants && i < analysis->constants->count; i++)
        free(analysis->constants->items[i].name);
    if (analysis->constants)
        free(analysis->constants->items);
    free(analysis->constants);
}

static bool is_expression(const char *text)
{
    return starts_with(text, "PTRARRAY ") || starts_with(text, "ARRAY ") ||
           starts_with(text, "TAGGED ");
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Is the word behind a dot or an arrow, or a number? */
static bool is_no_name(const char *text, const char *word)
{
    const char *before = word;

    while (before > text && before[-1] == ' ')
        before--;
    return isdigit((unsigned char)*word) || (before > text && before[-1] == '.') ||
           (before > text + 1 && before[-1] == '>' && before[-2] == '-');
}

static void add_word(struct analysis *analysis, struct text *resolved, const char *word,
                     size_t length)
{
    const struct constant *constant = find_constant(analysis, word, length);

    if (constant)
        text_add_format(resolved, constant->value < 0 ? "(%lld)" : "%lld", constant->value);
    else
        text_add_bytes(resolved, word, length);
}

char *resolve_enumerators(struct analysis *analysis, const char *text)
{
    struct text resolved = {0};
    const char *c = text + strcspn(text, " ");

    if (!is_expression(text))
        return copy_string(text);
    text_add_bytes(&resolved, text, (size_t)(c - text));
    while (*c) {
        const char *start = c;

        while (is_word(*c))
            c++;
        if (c == start)
            text_add_bytes(&resolved, c++, 1);
        else if (is_no_name(text, start))
            text_add_bytes(&resolved, start, (size_t)(c - start));
        else
            add_word(analysis, &resolved, start, (size_t)(c - start));
    }
    return resolved.bytes;
}
