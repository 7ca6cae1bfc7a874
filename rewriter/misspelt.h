/* misspelt.h -- words that are nearly annotations.
 *
 * A misspelt annotation is to the compiler a name in a place where none can be, and what it says
 * about that helps nobody.  When a source that uses kitsune.h does not compile, kitcc adds what was
 * probably meant.
 */
#ifndef REWRITER_MISSPELT_H
#define REWRITER_MISSPELT_H

#include "text.h"

/* Adds a note, "server.h:12:9: note: kitcc: ...", for each such word of the text. */
void misspelt_find(const char *path, const char *text, size_t length, struct string_list *notes);

#endif
