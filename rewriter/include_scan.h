/* include_scan.h -- can this source file contain annotations at all?
 *
 * Most files of most programs cannot, and starting libclang costs more than compiling a small
 * file.  So the #include lines are followed first, without evaluating any condition: every file
 * that could be included is looked at, in every folder it could come from.  The answer "no" is
 * therefore certain; the answer "perhaps" only costs time.
 */
#ifndef REWRITER_INCLUDE_SCAN_H
#define REWRITER_INCLUDE_SCAN_H

#include "arguments.h"

struct include_findings {
    bool reaches_kitsune_header;
    bool has_annotation_words; /* E_SZ, NOTE_LOCAL, ... anywhere but in kitsune.h itself */
    bool has_unknown_includes; /* #include MACRO: nobody knows what */
    struct string_list misspelt; /* notes on words that are nearly annotations */
};

/* `contents` is the text of the source file; `path` its name, for the folder it is in. */
struct include_findings include_scan(const struct command *command, const char *path,
                                     const struct text *contents, const char *kitsune_folder);
bool may_have_annotations(const struct include_findings *findings);

/* The parts, for the tests. */

/* True when the text contains one of the words that make annotations or notes. */
bool has_annotation_words(const char *text, size_t length);

/* Finds the next #include at or after `*position`.  `name` gets what is between the quotes or
 * angle brackets; `is_known` is false for #include MACRO. */
struct include_line {
    const char *name;
    size_t length;
    bool is_known;
    bool is_quoted;
};
bool next_include(const char *text, size_t length, size_t *position, struct include_line *line);

#endif
