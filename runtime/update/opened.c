/* opened.c -- descriptors and streams that were open before the update.  See surroundings.h.
 *
 * A stream that is left would be written out at the end of the process, to whatever then has its
 * descriptor's number: so streams go first, and what is in their buffers with them.
 */
#include "update/opened.h"

#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/message.h"
#include "threads/thread.h"
#include "common/open_descriptors.h"
#include "common/streams.h"

/* <syslog.h> and log.h both have a LOG_INFO. */
void closelog(void);

struct was_open {
    int number;
    bool is_ours;
};

static struct {
    struct was_open *descriptors; /* ascending */
    size_t count, room;
    int known_below; /* of those above nothing is known */
    FILE **streams; /* NULL at the end */
} before;

/* ---- Streams --------------------------------------------------------------------------------- */

static FILE **copy_streams(void)
{
    size_t count = 0;
    for (FILE *stream = newest_stream(); stream; stream = stream->_chain)
        count++;
    FILE **copy = allocate((count + 1) * sizeof *copy);
    count = 0;
    for (FILE *stream = newest_stream(); stream; stream = stream->_chain)
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
    FILE **all = stream_list();
    while (all && *all && !was_open(*all)) {
        FILE *stream = *all;
        __fpurge(stream);
        fclose(stream);
        if (*all == stream)
            return; /* not one that fclose takes from the list */
    }
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

/* syslog's own; libc must forget it before the number is another one's. */
static bool is_syslog(int number)
{
    struct sockaddr_un address;
    socklen_t length = sizeof address;
    return getpeername(number, (struct sockaddr *)&address, &length) == 0 &&
           address.sun_family == AF_UNIX && strstr(address.sun_path, "/dev-log") &&
           length > sizeof address.sun_family;
}

static void close_one(int number)
{
    if (is_syslog(number))
        closelog();
    else
        close(number);
}

/* What is open now, beside what was open then. */
static void close_descriptors(bool really)
{
    unsigned left = 0, lost = 0;
    const struct was_open *old = before.descriptors, *end = old + before.count;
    struct open_descriptors look;
    open_descriptors_begin(&look);
    for (int number; (number = open_descriptors_next(&look)) >= 0 && number < before.known_below;) {
        for (; old < end && old->number < number; old++)
            lost += !old->is_ours;
        if (old < end && old->number == number) {
            old++;
            continue;
        }
        left++;
        if (really)
            close_one(number);
    }
    for (; old < end && old->number < look.known_below; old++)
        lost += !old->is_ours;
    open_descriptors_end(&look);
    if (left && !really)
        log_error("%u descriptors have been opened since the update began and stay open: threads "
                  "of libraries may be using them", left);
    if (lost)
        log_error("the new version has closed %u descriptors that were open before the update; "
                  "they cannot be had back: let it close nothing before its update point", lost);
}

static void remember_descriptor(int number)
{
    enum { FIRST_ROOM = 256 };
    if (before.count == before.room) {
        before.room = before.room ? 2 * before.room : FIRST_ROOM;
        before.descriptors = reallocate(before.descriptors,
                                        before.room * sizeof *before.descriptors);
    }
    before.descriptors[before.count++] = (struct was_open){.number = number};
}

static void remember_descriptors(void)
{
    struct open_descriptors look;
    open_descriptors_begin(&look);
    for (int number; (number = open_descriptors_next(&look)) >= 0;)
        remember_descriptor(number);
    before.known_below = look.known_below;
    open_descriptors_end(&look);
}

/* ---- Both ------------------------------------------------------------------------------------ */

/* Under the gate the gatherer opens nothing: it looks, now and then, at what main is doing, and its
 * stream must neither be taken for the program's nor be closed under its hands. */
void opened_remember(void)
{
    sigset_t mask;
    gate_lock(&mask);
    before.streams = copy_streams();
    before.count = 0;
    remember_descriptors();
    gate_unlock(&mask);
}

void opened_disregard(int number)
{
    for (size_t i = 0; i < before.count; i++)
        if (before.descriptors[i].number == number)
            before.descriptors[i].is_ours = true;
}

void opened_close(bool descriptors)
{
    sigset_t mask;
    gate_lock(&mask);
    close_streams();
    close_descriptors(descriptors);
    gate_unlock(&mask);
}

void opened_forget(void)
{
    free(before.streams);
    free(before.descriptors);
    before.streams = NULL;
    before.descriptors = NULL;
    before.count = before.room = 0;
}
