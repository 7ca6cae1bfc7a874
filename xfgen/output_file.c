/* output_file.c -- writing a whole file, or none. */
#include "output_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All or nothing: a failing command leaves the previous output alone. */
int write_file(const char *path, const void *bytes, size_t length)
{
    char temporary[PATH_MAX];
    FILE *stream;
    size_t written;
    struct stat status;

    if (strcmp(path, "-") == 0)
        return fwrite(bytes, 1, length, stdout) == length && fflush(stdout) == 0 ? 0 : -1;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) { /* /dev/null, a pipe */
        stream = fopen(path, "w");
        if (!stream)
            return -1;
        written = fwrite(bytes, 1, length, stream);
        return fclose(stream) == 0 && written == length ? 0 : -1;
    }
    snprintf(temporary, sizeof temporary, "%s.tmp%ld", path, (long)getpid());
    stream = fopen(temporary, "w");
    if (!stream)
        return -1;
    if (fwrite(bytes, 1, length, stream) != length || fclose(stream) != 0 ||
        rename(temporary, path) != 0) {
        unlink(temporary);
        return -1;
    }
    return 0;
}
