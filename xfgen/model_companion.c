/* model_companion.c -- companion files on disk: those named in place of a program, and those that
 * lie beside a program without debug information.
 */
#include "dwarf_reader.h"
#include "types_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *reason(const char *path, const char *what, int error)
{
    char *message;

    if (asprintf(&message, "%s: %s%s%s", path, what, error ? ": " : "",
                 error ? strerror(error) : "") < 0)
        return NULL;
    return message;
}

/* The whole of a regular file, allocated with malloc; NULL with a message. */
static unsigned char *read_whole(const char *path, size_t *size, char **message)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char *bytes = NULL;
    struct stat status;
    ssize_t got = 1;

    *size = 0;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        *message = reason(path, "cannot open it", errno);
    } else if (!S_ISREG(status.st_mode)) {
        *message = reason(path, "not a regular file; expected a companion file", 0);
    } else if (!(bytes = malloc((size_t)status.st_size + 1))) {
        *message = reason(path, "no memory for the file", 0);
    } else {
        while (*size < (size_t)status.st_size && got > 0) {
            got = read(descriptor, bytes + *size, (size_t)status.st_size - *size);
            if (got > 0)
                *size += (size_t)got;
        }
        if (got < 0) {
            *message = reason(path, "cannot read it", errno);
            free(bytes);
            bytes = NULL;
        }
    }
    if (descriptor >= 0)
        close(descriptor);
    return bytes;
}

struct program *companion_load(const char *path, const char *program_path, char **message)
{
    size_t size;
    unsigned char *bytes = read_whole(path, &size, message);
    struct program *program = bytes ? types_file_read(bytes, size, path, program_path, message)
                                    : NULL;

    free(bytes);
    return program;
}

bool is_companion_path(const char *path)
{
    size_t length = strlen(path);
    char start[16];
    ssize_t got;
    int descriptor;

    if (length > 4 && strcmp(path + length - 4, ".ktt") == 0)
        return true;
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    got = read(descriptor, start, sizeof start);
    close(descriptor);
    return got > 0 && is_types_file(start, (size_t)got);
}

/* PATH.ktt, or PATH with .ktt in place of .so, whichever is there; NULL when neither is. */
static const char *find_companion(struct loader *loader)
{
    const char *path = loader->program->path;
    size_t length = strlen(path);
    const char *companion = arena_format(loader->scratch, "%s.ktt", path);

    if (access(companion, F_OK) == 0)
        return companion;
    if (length > 3 && strcmp(path + length - 3, ".so") == 0) {
        companion = arena_format(loader->scratch, "%.*s.ktt", (int)length - 3, path);
        if (access(companion, F_OK) == 0)
            return companion;
    }
    return NULL;
}

bool companion_load_beside(struct loader *loader)
{
    const char *path = find_companion(loader), *build_id = loader->program->build_id;
    struct program *program;
    char *message = NULL, *copy;

    if (!path)
        return false;
    program = companion_load(path, loader->program->path, &message);
    if (!program) {
        copy = arena_copy_string(loader->scratch, message ? message : "out of memory");
        free(message);
        load_failed(loader, "no debug information in it, and of its companion: %s", copy);
    }
    loader->instead = program;
    if (program->has_no_addresses)
        load_failed(loader, "no debug information, and its companion %s was made of objects, "
                    "before the program was linked; make one of the program with `kitsune types` "
                    "before it is stripped", path);
    if (strcmp(program->build_id, build_id) != 0)
        load_failed(loader, "no debug information, and its companion %s is that of another build "
                    "(build ID %s, the program's is %s); make it again with `kitsune types`, from "
                    "this build before it was stripped", path, program->build_id, build_id);
    return true;
}
