/* html.h -- writing text into HTML: names come out of binaries and rules, and may hold anything. */
#ifndef KITSUNE_INSPECT_HTML_H
#define KITSUNE_INSPECT_HTML_H

#include <stddef.h>
#include <stdio.h>

/* Text between tags or inside a quoted attribute: what HTML has a meaning for is escaped, what is
 * no UTF-8 or no printable character becomes U+FFFD. */
void html_text(FILE *stream, const char *text);
void html_bytes(FILE *stream, const char *bytes, size_t length);
/* %s is text to be escaped; %%, %d, %u, %zu, %llu and %c as printf has them.  The rest of `format`
 * is HTML. */
void html_print(FILE *stream, const char *format, ...);

#endif
