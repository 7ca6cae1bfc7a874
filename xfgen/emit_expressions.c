/* emit_expressions.c -- lvalues of the generated code, and what annotations say in its terms. */
#include "emit_values.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool is_name_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

/* (*in) and member m: in->m. */
const char *field(struct emitter *emitter, const char *lvalue, const char *access)
{
    size_t length = strlen(lvalue);
    size_t i;

    if (!access[0])
        return lvalue;
    if (length > 3 && lvalue[0] == '(' && lvalue[1] == '*' && lvalue[length - 1] == ')') {
        for (i = 2; i < length - 1; i++)
            if (!isalnum((unsigned char)lvalue[i]) && lvalue[i] != '_')
                return arena_format(emitter->plan->arena, "%s.%s", lvalue, access);
        return arena_format(emitter->plan->arena, "%.*s->%s", (int)length - 3, lvalue + 2, access);
    }
    return arena_format(emitter->plan->arena, "%s.%s", lvalue, access);
}

/* &(*in) is in. */
const char *address_of(struct emitter *emitter, const char *lvalue)
{
    size_t length = strlen(lvalue), i;

    for (i = 2; i < length - 1; i++)
        if (!isalnum((unsigned char)lvalue[i]) && lvalue[i] != '_')
            break;
    if (length > 3 && strncmp(lvalue, "(*", 2) == 0 && i == length - 1)
        return arena_format(emitter->plan->arena, "%.*s", (int)length - 3, lvalue + 2);
    return arena_format(emitter->plan->arena, "&%s", lvalue);
}

const char *plain(struct emitter *emitter, const char *lvalue)
{
    const char *address = address_of(emitter, lvalue);

    return address[0] == '&' ? lvalue : arena_format(emitter->plan->arena, "*%s", address);
}

/* ---- Length and tag expressions -------------------------------------------------------------- */

static bool is_c_word(const char *word)
{
    static const char *const words[] = {"sizeof", "int", "unsigned", "signed", "long", "short",
                                        "char", "size_t", "struct", "union", "enum", "uint8_t",
                                        "uint16_t", "uint32_t", "uint64_t", "int64_t", "int32_t"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static void bad_expression(struct emitter *emitter, const struct annotation *annotation,
                           const char *what, const char *word)
{
    report_at(emitter->plan->messages, SEVERITY_ERROR, annotation->place.file,
              annotation->place.line, "%s(%s): %s '%s'", annotation_kind_name(annotation->kind),
              annotation->argument, what, word);
    emitter->failed = true;
}

static void put_word(struct emitter *emitter, const struct annotation *annotation,
                     const struct context *at, const char *word, bool is_member, FILE *stream)
{
    const struct program *old = emitter->plan->old_program;
    const char *reason = NULL, *lvalue;
    const struct enumerator *enumerator;

    if (is_member || is_c_word(word)) {
        fputs(word, stream);
    } else if (strcmp(word, "self") == 0) {
        if (!at->self)
            bad_expression(emitter, annotation, "no struct encloses this, so there is no", word);
        else
            fputs(at->self, stream);
    } else if (type_of_enumerator(old, word, &enumerator)) {
        fprintf(stream, "%lld", (long long)enumerator->value);
    } else {
        char *file_key;

        lvalue = symbol_lvalue(emitter, old, word, &reason);
        if (!lvalue && annotation->place.file) { /* a static of the file it is written in */
            const char *slash = strrchr(annotation->place.file, '/');

            file_key = arena_format(emitter->plan->arena, "%s/%s",
                                    slash ? slash + 1 : annotation->place.file, word);
            lvalue = symbol_lvalue(emitter, old, file_key, &reason);
        }
        if (lvalue) {
            fputs(lvalue, stream);
        } else {
            bad_expression(emitter, annotation, "nothing is known by the name", word);
            lvalue = likely_key(old, word);
            if (lvalue)
                report_help(emitter->plan->messages, "did you mean '%s'?", own_name(lvalue));
        }
    }
}

/* sizeof(type): the number of bytes in the old version, and the text behind it.  False when what is
 * in the parentheses is no type that the old version knows. */
static bool size_of_type(struct emitter *emitter, const char **text, uint64_t *size)
{
    const char *start = *text + strspn(*text, " "), *end;
    struct type_expression *expression;
    const char *unknown = NULL;
    struct view view;
    bool known;
    char *inside;

    end = *start == '(' ? strchr(start, ')') : NULL;
    if (!end)
        return false;
    inside = strndup(start + 1, (size_t)(end - start - 1));
    if (!inside)
        abort();
    expression = type_expression_parse(inside);
    known = expression && view_of_expression(emitter->plan, emitter->plan->old_program, expression,
                                             NULL, &view, &unknown) &&
            !view.is_opaque && type_strip(view.type)->size;
    if (known) {
        *size = type_strip(view.type)->size;
        *text = end + 1;
    }
    type_expression_free(expression);
    free(inside);
    return known;
}

bool leads_elsewhere(const char *text)
{
    const char *c;

    if (text[strspn(text, " ")] == '*' || strstr(text, "->") || strchr(text, '['))
        return true;
    for (c = text; *c; c++)
        if (*c == '(' && ((c > text && isalnum((unsigned char)c[-1])) ||
                          c[1 + strspn(c + 1, " ")] == '*'))
            return true;
    return false;
}

/* The annotation's expression in the terms of the generated code. */
const char *translate(struct emitter *emitter, const struct annotation *annotation,
                             const struct context *at)
{
    const char *text = annotation->argument;
    char *buffer = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&buffer, &size);
    const char *result;
    bool after_dot = false;
    uint64_t bytes;

    if (!stream)
        abort();
    if (!has_form_of_expression(text)) {
        report_at(emitter->plan->messages, SEVERITY_ERROR, annotation->place.file,
                  annotation->place.line, "%s(%s): not an expression of C",
                  annotation_kind_name(annotation->kind), text);
        emitter->failed = true;
    }
    emitter->looks_at_allocations |= leads_elsewhere(text);
    while (*text) {
        if (isalpha((unsigned char)*text) || *text == '_') {
            const char *start = text;
            char *word;

            while (isalnum((unsigned char)*text) || *text == '_')
                text++;
            word = strndup(start, (size_t)(text - start));
            if (strcmp(word, "sizeof") == 0 && size_of_type(emitter, &text, &bytes))
                fprintf(stream, "%lluul", (unsigned long long)bytes);
            else if (strcmp(word, "self") == 0 && !after_dot && *text == '.' && at->self &&
                     address_of(emitter, at->self)[0] != '&')
                fputs(address_of(emitter, at->self), stream);
            else
                put_word(emitter, annotation, at, word, after_dot, stream);
            after_dot = strcmp(word, "self") == 0 && *text == '.' && at->self &&
                        address_of(emitter, at->self)[0] != '&';
            if (after_dot) { /* (*out).count: out->count */
                fputs("->", stream);
                text++;
            }
            free(word);
        } else if (isdigit((unsigned char)*text)) {
            while (isalnum((unsigned char)*text) || *text == '.')
                fputc(*text++, stream);
            after_dot = false;
        } else {
            after_dot = *text == '.' || (*text == '>' && after_dot) ||
                        (*text == '-' && text[1] == '>');
            fputc(*text++, stream);
        }
    }
    fclose(stream);
    result = arena_copy_string(emitter->plan->arena, buffer);
    free(buffer);
    return result;
}

bool mentions_self(const struct annotation *annotation)
{
    const char *text = annotation->argument, *found;

    for (; (found = strstr(text, "self")); text = found + 4)
        if ((found == annotation->argument ||
             (!isalnum((unsigned char)found[-1]) && found[-1] != '_')) &&
            !isalnum((unsigned char)found[4]) && found[4] != '_')
            return true;
    return false;
}
