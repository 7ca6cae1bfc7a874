/* memory_file.c -- files that only the compiler sees.  See memory_file.h. */
#include "memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Far above what shells and make give their children; the number is part of a name that may end
 * up in debug information, so it should be the same every time. */
enum { FIRST_DESCRIPTOR = 200 };

int memory_file(const char *name, const struct text *contents)
{
    int first = memfd_create(name, MFD_CLOEXEC);
    int descriptor = first < 0 ? -1 : fcntl(first, F_DUPFD, FIRST_DESCRIPTOR);
    if (descriptor < 0 && first >= 0) /* a low limit on open files */
        descriptor = dup(first);
    if (first >= 0)
        close(first);
    size_t written = 0;
    while (descriptor >= 0 && written < contents->length) {
        ssize_t count = write(descriptor, contents->bytes + written, contents->length - written);
        if (count < 0) {
            close(descriptor);
            descriptor = -1;
        } else {
            written += (size_t)count;
        }
    }
    if (descriptor < 0)
        fprintf(stderr, "kitcc: cannot make a file in memory: %s\n", strerror(errno));
    else
        lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}
