/* check_providers.c -- functions that the two versions take from different libraries.
 *
 * libevent.so and libevent_core.so have the same functions, as have ncurses and ncursesw, and the
 * next major version of a library.  When the new version is linked with the one and the old version
 * with the other, both are in the process, each with variables of its own; an object that the
 * old version had from the one comes into the hands of the other.
 */
#include "readiness.h"

#include <stdlib.h>
#include <string.h>

/* Pairs of libraries that have been told of. */
struct pair_of_libraries {
    const char *old, *new;
    const char *first; /* a function that both have */
    size_t count;
};

/* In every process that runs a version, and asked first. */
static bool is_everywhere(const char *library)
{
    return strncmp(library, "libc.so", 7) == 0 || strncmp(library, "ld-linux", 8) == 0 ||
           strncmp(library, "libkitsune.so", 13) == 0;
}

static void note(struct pair_of_libraries *pairs, size_t *count, size_t most, const char *old,
                 const char *new, const char *symbol)
{
    size_t i;

    for (i = 0; i < *count; i++)
        if (strcmp(pairs[i].old, old) == 0 && strcmp(pairs[i].new, new) == 0)
            break;
    if (i == most)
        return;
    if (i == *count)
        pairs[(*count)++] = (struct pair_of_libraries){old, new, symbol, 0};
    pairs[i].count++;
}

static void tell(struct readiness *check, const struct pair_of_libraries *pair)
{
    char others[48] = "";

    if (pair->count > 1)
        snprintf(others, sizeof others, " and %zu other%s", pair->count - 1,
                 pair->count > 2 ? "s" : "");
    check_say(check, SUBJECT_FILES, SEVERITY_WARNING, check->new, (struct source_place){0},
              "it has '%s'%s from %s, the old version from %s: both are in the process then, each "
              "with its own state", pair->first, others, pair->new, pair->old);
    check_help(check, SUBJECT_FILES, "link both versions with the same one; or let the new version "
               "give nothing to %s that %s has made", pair->new, pair->old);
}

void check_providers(struct readiness *check)
{
    enum { MOST = 32 };
    struct pair_of_libraries pairs[MOST];
    const struct binary *old = check->old->binary, *new = check->new->binary;
    size_t i, count = 0;

    for (i = 0; i < new->import_count; i++) {
        const char *symbol = new->imports[i], *from, *before;

        if (!binary_imports(old, symbol))
            continue;
        from = libraries_defining(check->new->libraries, symbol);
        before = libraries_defining(check->old->libraries, symbol);
        if (from && before && strcmp(from, before) != 0 && !is_everywhere(from) &&
            !is_everywhere(before))
            note(pairs, &count, MOST, before, from, symbol);
    }
    for (i = 0; i < count; i++)
        tell(check, &pairs[i]);
}
