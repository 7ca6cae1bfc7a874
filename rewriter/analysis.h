/* analysis.h -- reading annotations from a parsed source file.  This and analysis_*.c are the
 * program kitcc-analysis, the only part that needs libclang.
 *
 *      analysis_main.c       parses, collects clang's complaints, prints the findings
 *      analysis_declare.c    types and variables: one record for each annotation
 *      analysis_function.c   function bodies: static and automatic locals, what notes by hand
 *      analysis_notes.c      E_NOTELOCALS: where code is to be inserted
 *      analysis_points.c     calls of kitsune_update()
 *      analysis_constants.c  enumerators in the expressions of annotations
 *      analysis_place.c      places in the source
 */
#ifndef REWRITER_ANALYSIS_H
#define REWRITER_ANALYSIS_H

#include <clang-c/Index.h>

#include "findings.h"
#include "notes.h"

struct analysis {
    CXTranslationUnit unit;
    CXFile main_file;
    const char *main_path; /* as the user wrote it */
    const char *main_name; /* without folders: the file part of keys */
    const char *source;    /* the main file's text */
    size_t source_length;
    bool has_frame_type;   /* struct kitsune_frame is declared: kitsune.h is in full force */
    size_t *error_offsets; /* in the main file: what clang could not parse */
    size_t error_count;
    unsigned note_count;   /* numbers the names of inserted variables */
    struct constant_list *constants; /* analysis_constants.c; NULL: not collected yet */
    struct findings findings;
};

/* ---- Strings of libclang's, copied ----------------------------------------------------------- */

char *cursor_name(CXCursor cursor);
char *type_name(CXType type);

/* ---- Places ---------------------------------------------------------------------------------- */

/* Where the compiler says something is: macros count where they are used, #line is obeyed.  The
 * file's name is allocated. */
void place_of(CXSourceLocation location, char **file, unsigned *line, unsigned *column);
/* The byte offset in the main file; of a macro's product, that of the macro's use.  False when
 * it is in another file. */
bool offset_of(const struct analysis *analysis, CXSourceLocation location, size_t *offset);
/* The same, and true only when the place is in the file itself, not in a macro's argument. */
bool plain_offset_of(const struct analysis *analysis, CXSourceLocation location, size_t *offset);
struct range range_of(const struct analysis *analysis, CXCursor cursor);
/* Adds "file:line:column: warning: kitcc: ..." to the findings. */
void warn_at(struct analysis *analysis, CXSourceLocation location, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for what clang cannot parse: shown only when the real compiler can. */
void warn_of_problem_at(struct analysis *analysis, CXSourceLocation location, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

/* ---- Declarations ---------------------------------------------------------------------------- */

/* Struct, union, typedef, variable: anything that is declared at file scope or in a function. */
void visit_declaration(struct analysis *analysis, CXCursor cursor, const char *function);
/* Annotations of a parameter or automatic variable. */
void visit_local(struct analysis *analysis, CXCursor cursor, const char *function);

/* ---- Constants ------------------------------------------------------------------------------- */

/* An annotation's text with the values of enumerators for their names; allocated. */
char *resolve_enumerators(struct analysis *analysis, const char *text);
void free_constants(struct analysis *analysis);

/* ---- Functions ------------------------------------------------------------------------------- */

void visit_function(struct analysis *analysis, CXCursor cursor);
/* Inserts what E_NOTELOCALS asks for.  False, with a warning, when nothing can be inserted. */
bool note_locals_of(struct analysis *analysis, CXCursor function, CXCursor body);

/* ---- Update points --------------------------------------------------------------------------- */

bool is_update_point(CXCursor call);
/* `function` is the one that the call stands in. */
void record_update_point(struct analysis *analysis, CXCursor call, const char *function);

#endif
