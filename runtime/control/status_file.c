/* status_file.c -- what a running program tells about itself without being asked. */
#include "control/status_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "control/directory.h"
#include "common/message.h"
#include "common/quiet_write.h"

#define LARGEST_STATUS 65536
#define ATTEMPTS 100

/* Behind the text comes nothing that is read: a reader stops at the empty line.  So that a longer
 * text finds its place, whatever limits and disks say by then. */
#define BLOCK 4096

/* What the file has room for can be changed when it cannot be written any more (ulimit -f 0): that
 * counts for writing, not for a mapping.  The kernel copies: a page that it cannot get is an error
 * then, not a SIGBUS. */
static bool write_through_mapping(int descriptor, char *text, size_t size)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || (size_t)status.st_size < size)
        return false;
    void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapping == MAP_FAILED)
        return false;
    struct iovec from = {text, size}, to = {mapping, size};
    bool written = process_vm_writev(getpid(), &from, 1, &to, 1, 0) == (ssize_t)size;
    munmap(mapping, size);
    return written;
}

bool status_write(int descriptor, unsigned sequence, const struct text *body)
{
    struct text text = {0};
    text_add_field(&text, "sequence", "%u", sequence);
    char *whole = message_format("%s%send %u\n\n", text.bytes, body->bytes, sequence);
    size_t length = strlen(whole), size = (length + BLOCK - 1) / BLOCK * BLOCK;
    whole = reallocate(whole, size);
    memset(whole + length, '\n', size - length);
    struct quiet_write quiet = quiet_write_begin();
    ssize_t written = pwrite(descriptor, whole, size, 0);
    if (written >= 0 && (size_t)written < size) { /* the rest says why */
        ssize_t rest = pwrite(descriptor, whole + written, size - (size_t)written, written);
        written = rest < 0 ? rest : written + rest;
    }
    quiet_write_end(&quiet);
    int error = errno;
    bool is_whole = written == (ssize_t)size || write_through_mapping(descriptor, whole, size);
    free(whole);
    text_free(&text);
    errno = error;
    return is_whole;
}

static bool is_consistent(const struct fields *fields)
{
    const char *first = fields_get(fields, "sequence"), *last = fields_get(fields, "end");
    return first && last && strcmp(first, last) == 0;
}

bool status_read(const char *path, struct fields *fields, char **message)
{
    int file = directory_open_file(path, O_RDONLY);
    if (file < 0) {
        if (message)
            *message = message_format("cannot read %s: %s", path, strerror(errno));
        return false;
    }
    char *text = allocate(LARGEST_STATUS);
    bool complete = false;
    for (int attempt = 0; attempt < ATTEMPTS && !complete; attempt++) {
        ssize_t length = pread(file, text, LARGEST_STATUS, 0);
        if (length > 0 && fields_parse(fields, text, (size_t)length, NULL)) {
            fields_make_printable(fields);
            complete = is_consistent(fields);
            if (!complete)
                fields_free(fields);
        }
        if (!complete)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    free(text);
    close(file);
    if (!complete && message)
        *message = message_format("%s is incomplete: the program is just starting, died while "
                                  "writing it, or could not write it (a full disk, ulimit -f): "
                                  "see the program's log", path);
    return complete;
}
