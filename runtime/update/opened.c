/* opened.c -- descriptors and streams that were open before the update.  See surroundings.h.
 *
 * A stream that is left would be written out at the end of the process, to whatever then has its
 * descriptor's number: so streams go first, and what is in their buffers with them.
 */
#include "update/opened.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/message.h"

/* <syslog.h> and log.h both have a LOG_INFO. */
void closelog(void);

enum { WAS_OPEN = 1, OURS };

static struct {
    unsigned char *descriptors; /* WAS_OPEN, perhaps; or OURS */
    int count;
    FILE **streams; /* NULL at the end */
} before;

/* ---- Streams --------------------------------------------------------------------------------- */

static FILE **all_streams(void)
{
    static FILE **all;
    if (!all)
        all = dlsym(RTLD_DEFAULT, "_IO_list_all");
    return all;
}

static FILE **copy_streams(void)
{
    FILE **all = all_streams();
    size_t count = 0;
    for (FILE *stream = all ? *all : NULL; stream; stream = stream->_chain)
        count++;
    FILE **copy = allocate((count + 1) * sizeof *copy);
    count = 0;
    for (FILE *stream = all ? *all : NULL; stream; stream = stream->_chain)
        copy[count++] = stream;
    return copy;
}

static bool was_open(const FILE *stream)
{
    for (FILE **old = before.streams; *old; old++)
        if (*old == stream)
            return true;
    return false;
}

/* New ones come first in libc's list. */
static void close_streams(void)
{
    FILE **all = all_streams();
    while (all && *all && !was_open(*all)) {
        FILE *stream = *all;
        __fpurge(stream);
        fclose(stream);
        if (*all == stream)
            return; /* not one that fclose takes from the list */
    }
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

/* How many the kernel has room for at present: none has a higher number.  0: nobody knows. */
static int table_size(void)
{
    char text[1024];
    int size = 0, file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    if (file >= 0)
        close(file);
    text[length > 0 ? length : 0] = '\0';
    const char *line = strstr(text, "FDSize:");
    if (line)
        size = atoi(line + sizeof "FDSize:" - 1);
    return size;
}

static bool is_open(int number)
{
    return fcntl(number, F_GETFD) >= 0;
}

/* syslog's own; libc must forget it before the number is another one's. */
static bool is_syslog(int number)
{
    struct sockaddr_un address;
    socklen_t length = sizeof address;
    return getpeername(number, (struct sockaddr *)&address, &length) == 0 &&
           address.sun_family == AF_UNIX && strstr(address.sun_path, "/dev-log") &&
           length > sizeof address.sun_family;
}

static void close_descriptors(bool really)
{
    unsigned left = 0, lost = 0;
    int count = table_size();
    if (!before.count || !count)
        return;
    for (int number = 0; number < count; number++) {
        bool was = number < before.count && before.descriptors[number], is = is_open(number);
        lost += was && !is && before.descriptors[number] == WAS_OPEN;
        if (was || !is)
            continue;
        left++;
        if (!really)
            continue;
        if (is_syslog(number))
            closelog();
        else
            close(number);
    }
    for (int number = count; number < before.count; number++)
        lost += before.descriptors[number] == WAS_OPEN;
    if (left && !really)
        log_error("%u descriptors have been opened since the update began and stay open: threads of "
                  "libraries may be using them", left);
    if (lost)
        log_error("the new version has closed %u descriptors that were open before the update; they "
                  "cannot be had back: let it close nothing before its update point", lost);
}

/* ---- Both ------------------------------------------------------------------------------------ */

void opened_remember(void)
{
    before.streams = copy_streams();
    before.count = table_size();
    before.descriptors = allocate((size_t)before.count);
    for (int number = 0; number < before.count; number++)
        before.descriptors[number] = is_open(number);
}

void opened_disregard(int number)
{
    if (number >= 0 && number < before.count)
        before.descriptors[number] = OURS;
}

void opened_close(bool descriptors)
{
    close_streams();
    close_descriptors(descriptors);
}

void opened_forget(void)
{
    free(before.streams);
    free(before.descriptors);
    before.streams = NULL;
    before.descriptors = NULL;
}
