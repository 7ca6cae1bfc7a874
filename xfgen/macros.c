/* macros.c -- XF_ macros in rules' code that do not exist.
 *
 * To the compiler a misspelt macro is a function that nobody declared, which is a warning at best;
 * that there is no such function comes out when the transformer is loaded.  So it is looked for
 * here.  A name that the prologue speaks of, or that is like none of ours, is the user's own
 * business.
 */
#include "match.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const macros[] = {
    "XF_INVOKE", "XF_PTR",  "XF_ARRAY",  "XF_PTRARRAY",    "XF_NTARRAY", "XF_NTSTR",
    "XF_FPTR",   "XF_RAW",  "XF_ASSIGN", "XF_ASSERT_NULL", "XF_LIFT",
};

enum { MACRO_COUNT = sizeof macros / sizeof macros[0] };

static bool is_name_character(char character)
{
    return isalnum((unsigned char)character) || character == '_';
}

/* Behind a comment, a string or a character constant that begins here; `text` itself when none
 * does. */
static const char *skip_quoted(const char *text)
{
    const char *end;

    if (text[0] == '/' && text[1] == '/')
        return text + strcspn(text, "\n");
    if (text[0] == '/' && text[1] == '*') {
        end = strstr(text + 2, "*/");
        return end ? end + 2 : text + strlen(text);
    }
    if (text[0] != '"' && text[0] != '\'')
        return text;
    for (end = text + 1; *end && *end != text[0]; end++)
        if (*end == '\\' && end[1])
            end++;
    return *end ? end + 1 : end;
}

static bool is_mentioned(const struct segment *segment, const char *name)
{
    for (; segment; segment = segment->next)
        if (segment->kind == SEGMENT_TEXT && strstr(segment->text, name))
            return true;
    return false;
}

static void check_word(struct plan *plan, const struct segment *segment, const char *word,
                       size_t length)
{
    const struct block *prologue = plan->spec->prologue;
    size_t offset = segment->span.start + (size_t)(word - segment->text);
    struct span place = {offset, offset + length};
    char *name = arena_allocate(plan->arena, length + 1);
    const char *near;

    memcpy(name, word, length);
    near = did_you_mean(name, macros, MACRO_COUNT);
    if (!near || strcmp(near, name) == 0 || (prologue && is_mentioned(prologue->segments, name)))
        return;
    report(plan->messages, SEVERITY_WARNING, plan->spec->source, place,
           "there is no macro '%s'", name);
    report_help(plan->messages, "did you mean '%s'?", near);
}

static void check_text(struct plan *plan, const struct segment *segment)
{
    const char *at = segment->text, *behind, *word;

    while (*at) {
        behind = skip_quoted(at);
        if (behind != at) {
            at = behind;
            continue;
        }
        for (word = at; is_name_character(*at); at++)
            ;
        if (at - word > 3 && strncasecmp(word, "XF_", 3) == 0 && at[strspn(at, " \t")] == '(')
            check_word(plan, segment, word, (size_t)(at - word));
        if (at == word)
            at++;
    }
}

void check_macros(struct plan *plan, const struct segment *segment)
{
    for (; segment; segment = segment->next) {
        if (segment->kind == SEGMENT_TEXT)
            check_text(plan, segment);
        check_macros(plan, segment->nested);
    }
}
