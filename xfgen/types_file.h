/* types_file.h -- the companion file (.ktt): the type model of a version, without the version.
 *
 * `kitsune types APP.so -o APP.ktt` writes one from the debug information; afterwards it stands in
 * for that, so that what is shipped may be stripped.  model_load() finds it beside the program and
 * takes it in place of the program; docs/types-file.md describes the format.
 *
 *      types_file_format.h     what the bytes are, shared by the next two
 *      types_file_write*.c     program -> bytes
 *      types_file_read*.c      bytes -> program; believes nothing it reads
 *      types_file_check.c      what must hold between the parts, once they are there
 */
#ifndef XFGEN_TYPES_FILE_H
#define XFGEN_TYPES_FILE_H

#include "model.h"

/* A whole file; allocated with malloc. */
unsigned char *types_file_write(const struct program *program, size_t *size);

/* Whether these bytes, the first of a file, say that it is one. */
bool is_types_file(const void *bytes, size_t size);

/* The program that the bytes describe; they are no longer needed afterwards.  `path` is where they
 * come from.  The program's own path is `program_path` or, when that is NULL, the name recorded in
 * the file, in the folder of `path`.  NULL on failure, with a one-line reason that begins with
 * `path` in *message, allocated with malloc. */
struct program *types_file_read(const void *bytes, size_t size, const char *path,
                                const char *program_path, char **message);

/* Makes the length and the checksum in a file's header those of what follows it.  The writer's last
 * step; and how a fuzzer gets past the checksum.  Does nothing when there is no whole header. */
void types_file_seal(unsigned char *bytes, size_t size);

#endif
