/* output_file.h -- writing a whole file, or none: for the commands. */
#ifndef XFGEN_OUTPUT_FILE_H
#define XFGEN_OUTPUT_FILE_H

#include <stddef.h>

/* "-" is standard output.  0, or -1 with errno set; the file is then as it was before. */
int write_file(const char *path, const void *bytes, size_t length);

#endif
