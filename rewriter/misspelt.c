/* misspelt.c -- words that are nearly annotations; see misspelt.h. */
#include "misspelt.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../xfgen/messages.h"

/* A file with more of them has names like these of its own. */
enum { MOST_NOTES = 5 };

static const char *const annotations[] = {
    "E_PTR",       "E_PTRARRAY",       "E_ARRAY",        "E_SZ",         "E_OPAQUE",
    "E_IGNORE",    "E_CUSTOM",         "E_GENERIC",      "E_T",          "E_G",
    "E_CONTAINER", "E_MANUAL_MIGRATE", "E_AUTO_MIGRATE", "E_NOTELOCALS", "E_TAGGED",
};

enum { ANNOTATION_COUNT = sizeof annotations / sizeof annotations[0] };

static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void add_note(const char *path, const char *text, const char *word, const char *name,
                     const char *near, struct string_list *notes)
{
    int line = 1;
    const char *line_start = text;
    for (const char *p = text; p < word; p++)
        if (*p == '\n') {
            line++;
            line_start = p + 1;
        }
    list_take(notes, format_string("%s:%d:%d: note: kitcc: there is no annotation '%s'; did you "
                                   "mean '%s'?",
                                   path, line, (int)(word - line_start) + 1, name, near));
}

void misspelt_find(const char *path, const char *text, size_t length, struct string_list *notes)
{
    const char *end = text + length, *stop;
    size_t found = 0;
    for (const char *p = text; found < MOST_NOTES && (p = memmem(p, (size_t)(end - p), "E_", 2));
         p = stop) {
        for (stop = p; stop < end && is_word_character(*stop); stop++)
            ;
        if ((p > text && is_word_character(p[-1])) || stop - p < 4)
            continue;
        char *name = copy_bytes(p, (size_t)(stop - p));
        const char *near = did_you_mean(name, annotations, ANNOTATION_COUNT);
        if (near && strcmp(near, name)) {
            add_note(path, text, p, name, near, notes);
            found++;
        }
        free(name);
    }
}
