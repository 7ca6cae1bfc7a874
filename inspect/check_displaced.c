/* check_displaced.c -- functions of libc that a library is linked for, and that libc gives all
 * the same.
 *
 * An executable linked with -ljemalloc calls jemalloc's malloc, because its libraries are asked
 * before libc.  A version is loaded when the process, libc included, is there already: what the
 * process began with is asked first.
 */
#include "readiness.h"

#include <string.h>

static bool is_libc(const char *library)
{
    return strncmp(library, "libc.so", strlen("libc.so")) == 0;
}

/* They share functions with libc by intent; sanitizers are there from the start. */
static bool is_in_league_with_libc(const char *library)
{
    static const char *const names[] = {
        "libc.so",     "libm.so",    "libpthread.so", "librt.so",   "libdl.so",     "libresolv.so",
        "libnsl.so",   "libutil.so", "libanl.so",     "ld-linux",   "libkitsune.so", "libasan.so",
        "libtsan.so",  "libubsan.so", "libgcc_s.so",  "libclang_rt"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(library, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static const struct binary *find_libc(const struct libraries *libraries)
{
    size_t i;

    for (i = 0; i < libraries->count; i++)
        if (is_libc(libraries->list[i].name))
            return libraries->list[i].binary;
    return NULL;
}

static void tell(struct readiness *check, const char *library, const char *first, size_t count)
{
    char others[48] = "";

    if (count > 1)
        snprintf(others, sizeof others, " and %zu other%s", count - 1, count > 2 ? "s" : "");
    check_say(check, SUBJECT_FILES, SEVERITY_WARNING, check->new, (struct source_place){0},
              "it is linked with %s for '%s'%s, and will call libc's: what the process has from "
              "its start is asked first", library, first, others);
    check_help(check, SUBJECT_FILES, "have it there from the start, with LD_PRELOAD=%s kitsune run "
               "...; or link it statically into the version", library);
}

void check_displaced(struct readiness *check)
{
    const struct libraries *libraries = check->new->libraries;
    const struct binary *binary = check->new->binary, *libc = find_libc(libraries);
    size_t i, k;

    for (i = 0; libc && i < libraries->count; i++) {
        const struct library *library = &libraries->list[i];
        const char *first = NULL;
        size_t count = 0;

        if (is_libc(library->name))
            return; /* those behind it are asked after it in an executable, too */
        if (!library->binary || is_in_league_with_libc(library->name))
            continue;
        for (k = 0; k < binary->import_count; k++)
            if (binary_exports(library->binary, binary->imports[k]) &&
                binary_exports(libc, binary->imports[k])) {
                first = first ? first : binary->imports[k];
                count++;
            }
        if (first)
            tell(check, library->name, first, count);
    }
}
