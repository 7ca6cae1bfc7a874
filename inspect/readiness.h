/* readiness.h -- `kitsune check`: all that would make an update unsafe, told before it.
 *
 *      check_command.c   the command line; the order of things
 *      check_report.c    messages by subject, most serious first; as text or JSON; the verdict
 *      check_files.c     the shared objects: how they were built, what loading them does
 *      check_points.c    update points
 *      check_migration.c what the new version takes over; noted locals
 *      check_pointers.c  pointers to one pointer or to many
 *      check_tables.c    tables that belong to the program, and would stay as they were
 *      check_functions.c pointers to functions that the new version does not have
 *      check_kept.c      addresses of code and data that libraries keep
 *      check_known.c     library functions whose habits are known
 *      check_threads.c   threads, jumps across update points
 *      check_waits.c     calls that wait, and what comes of their interruption
 *      check_arrival.c   what new code sends, or would end, on its way to its update point
 *      check_providers.c functions that the versions take from different libraries
 *      check_displaced.c functions that libraries have in place of libc's
 *      check_libraries.c the libraries that a version needs, as files
 *
 * Facts come from three readers: the type model (xfgen/model.h), which the matcher works with;
 * check_binary.h, the file as the loader sees it; check_calls.h, which calls the machine code makes
 * and with what.  Each part looks at them and says what it found into the messages of its
 * subject; nothing is printed before all have spoken.
 *
 * With one version alone, old and new are the same: an update to itself must be safe at least.
 */
#ifndef INSPECT_READINESS_H
#define INSPECT_READINESS_H

#include "check_binary.h"
#include "check_calls.h"
#include "check_libraries.h"
#include "match.h"

enum subject {
    SUBJECT_FILES,
    SUBJECT_POINTS,
    SUBJECT_MIGRATION,
    SUBJECT_DATA,
    SUBJECT_KEPT,
    SUBJECT_THREADS,
    SUBJECT_COUNT
};

struct version {
    const char *path;
    struct binary *binary;   /* never NULL */
    struct program *program; /* NULL: the file has no types, which has been reported */
    struct calls *calls;     /* what the machine code calls */
    struct libraries *libraries;
};

struct readiness {
    struct version *old, *new; /* equal when only one version is looked at */
    struct plan *plan;         /* NULL: could not be made, which has been reported */
    struct spec *spec;
    const char *const *harmless; /* library functions that the user vouches for; NULL-ended */
    struct messages messages[SUBJECT_COUNT];
};

bool check_is_single(const struct readiness *check);
/* What the function of the old version becomes; NULL: nothing, or not known (see check->plan). */
const struct function *check_namesake(const struct readiness *check, const struct symbol *function);
/* Says something about a place in a version's code: in the file itself where lines are not
 * known. */
void check_say(struct readiness *check, enum subject subject, enum severity severity,
               const struct version *version, struct source_place place, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void check_help(struct readiness *check, enum subject subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void check_files(struct readiness *check);
void check_points(struct readiness *check);
void check_migration(struct readiness *check);
void check_pointers(struct readiness *check);
void check_tables(struct readiness *check);
void check_functions(struct readiness *check);
void check_kept(struct readiness *check);
void check_threads(struct readiness *check);
void check_waits(struct readiness *check);
void check_arrival(struct readiness *check);
void check_providers(struct readiness *check);
void check_displaced(struct readiness *check);

/* ---- check_report.c ------------------------------------------------------------------------ */

struct verdict {
    int errors, warnings;
    bool is_ready;
};

struct verdict report_verdict(const struct readiness *check, bool is_strict);
void report_as_text(const struct readiness *check, struct verdict verdict, FILE *stream);
/* False when writing failed. */
bool report_as_json(const struct readiness *check, struct verdict verdict, FILE *stream);
void report_points(const struct version *version, FILE *stream);
bool report_points_as_json(const struct version *version, FILE *stream);

#endif
