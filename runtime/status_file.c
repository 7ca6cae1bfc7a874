/* status_file.c -- what a running program tells about itself without being asked. */
#include "status_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "directory.h"
#include "message.h"
#include "quiet_write.h"

#define LARGEST_STATUS 65536
#define ATTEMPTS 100

bool status_write(int descriptor, unsigned sequence, const struct text *body)
{
    struct text text = {0};
    text_add_field(&text, "sequence", "%u", sequence);
    char *whole = message_format("%s%send %u\n\n", text.bytes, body->bytes, sequence);
    size_t length = strlen(whole);
    struct quiet_write quiet = quiet_write_begin();
    ssize_t written = pwrite(descriptor, whole, length, 0);
    if (written >= 0 && (size_t)written < length) /* the rest says why */
        written += pwrite(descriptor, whole + written, length - (size_t)written, written);
    bool is_whole = written == (ssize_t)length && ftruncate(descriptor, (off_t)length) == 0;
    quiet_write_end(&quiet);
    free(whole);
    text_free(&text);
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
