/* findings.h -- what the analysis of one source file found, and how it travels from
 * kitcc-analysis to kitcc.
 *
 * The analysis is a process of its own: kitcc stays small and quick for files without
 * annotations, and a crash inside libclang costs annotations, not the build.  It prints one line
 * for each finding, the fields separated by tabs:
 *
 *      record   kind subject path level annotation argument place
 *      insert   offset text
 *      warning  text
 *      problem  text
 *      end
 *
 * A missing `end` means that the analysis did not come to its end.
 */
#ifndef REWRITER_FINDINGS_H
#define REWRITER_FINDINGS_H

#include <stdio.h>

#include "text.h"

/* Code to be put into the source at a byte offset.  Contains no newline. */
struct insertion {
    size_t offset;
    char *code;
};

struct findings {
    struct string_list records;   /* as in docs/annotations-section.md; no two are equal */
    struct insertion *insertions; /* those of equal offset stay in the order of their finding */
    size_t insertion_count;
    struct string_list warnings;  /* to be shown in any case */
    struct string_list problems;  /* what clang could not parse; shown when the compiler could */
};

void findings_add_record(struct findings *findings, const char *record);
void findings_add_insertion(struct findings *findings, size_t offset, const char *code);
/* Sorts the insertions by offset. */
void findings_sort(struct findings *findings);
void findings_free(struct findings *findings);

void findings_write(const struct findings *findings, FILE *stream);
/* False when the text is not complete; what could be read is kept. */
bool findings_read(struct findings *findings, const char *text);

#endif
