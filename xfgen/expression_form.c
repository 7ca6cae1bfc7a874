/* expression_form.c -- is an annotation's argument a C expression, by its form?
 *
 * Operands and operators have to alternate, and brackets to close.  What is wrong beyond that
 * (types that do not fit) the C compiler says; but about "self.count +" it would speak of generated
 * code.
 */
#include "emit_values.h"

#include <ctype.h>
#include <string.h>

enum { DEEPEST = 64 };

struct form {
    const char *at;
    bool wants_operand;
    char closing[DEEPEST]; /* the brackets that are open: what closes them */
    int depth;
};

static size_t name_length(const char *text)
{
    size_t length = 0;

    while (is_name_byte(text[length]))
        length++;
    return length;
}

/* "(size_t)" and "(struct item *)" in front of an operand. */
static bool begins_type(const char *text)
{
    static const char *const words[] = {"struct", "union", "enum", "unsigned", "signed", "char",
                                        "short", "int", "long", "const"};
    size_t length = name_length(text), i;

    if (length > 2 && strncmp(text + length - 2, "_t", 2) == 0)
        return text[length + strspn(text + length, " *")] == ')';
    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && strncmp(text, words[i], length) == 0)
            return true;
    return false;
}

/* From the '(' at the place to behind its ')'. */
static bool skip_parentheses(struct form *form)
{
    int depth = 0;

    do {
        if (*form->at == '\0')
            return false;
        depth += (*form->at == '(') - (*form->at == ')');
        form->at++;
    } while (depth > 0);
    return true;
}

static bool open_bracket(struct form *form, char closing)
{
    if (form->depth == DEEPEST)
        return false;
    form->closing[form->depth++] = closing;
    form->wants_operand = true;
    form->at++;
    return true;
}

static bool take_operand(struct form *form)
{
    size_t length = name_length(form->at);
    const char *behind = form->at + length + strspn(form->at + length, " ");

    if (*form->at == '(') {
        if (begins_type(form->at + 1 + strspn(form->at + 1, " ")))
            return skip_parentheses(form); /* a cast: the operand is still to come */
        return open_bracket(form, ')');
    }
    if (length == 6 && strncmp(form->at, "sizeof", 6) == 0) {
        form->at = behind;
        if (*behind != '(')
            return true;
        form->wants_operand = false;
        return skip_parentheses(form);
    }
    if (length) {
        form->at += length;
        if (isdigit((unsigned char)form->at[-(long)length]) && *form->at == '.')
            form->at += 1 + name_length(form->at + 1);
        form->wants_operand = false;
        return true;
    }
    if (*form->at == '\'') { /* a character */
        form->at += form->at[1] == '\\' ? 3 : 2;
        form->wants_operand = false;
        return *form->at++ == '\'';
    }
    return *form->at && strchr("!~+-*&", *form->at++) != NULL;
}

static bool take_operator(struct form *form)
{
    static const char *const operators[] = {"<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+",
                                            "-",  "*",  "/",  "%",  "<",  ">",  "&",  "|",  "^",
                                            "?",  ":"};
    size_t i;

    if (*form->at == '.' || strncmp(form->at, "->", 2) == 0) {
        form->at += *form->at == '.' ? 1 : 2;
        form->at += strspn(form->at, " ");
        if (!name_length(form->at))
            return false;
        form->at += name_length(form->at);
        return true;
    }
    if (*form->at == '(' || *form->at == '[') {
        if (!open_bracket(form, *form->at == '(' ? ')' : ']'))
            return false;
        if (*form->at == ')') /* a call without arguments */
            form->wants_operand = false;
        return true;
    }
    if (form->depth && *form->at == form->closing[form->depth - 1]) {
        form->depth--;
        form->at++;
        return true;
    }
    form->wants_operand = true;
    if (form->depth && *form->at == ',') {
        form->at++;
        return true;
    }
    for (i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strncmp(form->at, operators[i], strlen(operators[i])) == 0) {
            form->at += strlen(operators[i]);
            return true;
        }
    return false;
}

bool has_form_of_expression(const char *text)
{
    struct form form = {.at = text, .wants_operand = true};

    for (;;) {
        form.at += strspn(form.at, " \t\n");
        if (*form.at == '\0')
            return !form.wants_operand && form.depth == 0;
        if (!(form.wants_operand ? take_operand(&form) : take_operator(&form)))
            return false;
    }
}
