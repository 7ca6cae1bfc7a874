/* rehearsal_descriptors.c -- takes apart what a forked child shares with its parent.
 *
 * After a fork, both have the same open files: an epoll set that the child changes is changed for
 * the parent, and what the child reads moves the parent's offset.  /proc/self/fdinfo tells what is
 * in a set and where an offset is, so the child can have its own of these under the same numbers.
 * Sockets, pipes, timers and the like cannot be doubled.
 */
#include "update/rehearsal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "common/streams.h"

/* ---- Epoll sets ------------------------------------------------------------------------------ */

static bool is_epoll(int number)
{
    char path[64], target[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    return strcmp(target, "anon_inode:[eventpoll]") == 0;
}

/* Puts what `number` watches into the set `copy`. */
static void copy_members(int number, int copy)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", number);
    FILE *information = fopen(path, "re");
    while (information && fgets(line, sizeof line, information)) {
        int target;
        unsigned events;
        unsigned long long data;
        if (sscanf(line, "tfd: %d events: %x data: %llx", &target, &events, &data) != 3)
            continue;
        struct epoll_event event = {.events = events, .data.u64 = data};
        epoll_ctl(copy, EPOLL_CTL_ADD, target, &event);
    }
    if (information)
        fclose(information);
}

/* In the place of `number`, with its flags. */
static void replace(int copy, int number)
{
    int flags = fcntl(number, F_GETFD);
    dup3(copy, number, flags >= 0 && flags & FD_CLOEXEC ? O_CLOEXEC : 0);
    close(copy);
}

static void separate_epoll(int number)
{
    int copy = epoll_create1(EPOLL_CLOEXEC);
    if (copy < 0)
        return;
    copy_members(number, copy);
    replace(copy, number);
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* A file that is gone, or not ours to open any more, stays shared. */
static void separate_file(int number)
{
    struct stat before, after;
    int flags = fcntl(number, F_GETFL);
    off_t offset = lseek(number, 0, SEEK_CUR);
    if (flags < 0 || offset < 0 || flags & O_PATH || fstat(number, &before) != 0 ||
        !S_ISREG(before.st_mode))
        return;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    int copy = open(path, (flags & ~(O_CREAT | O_EXCL | O_TRUNC)) | O_CLOEXEC);
    if (copy < 0)
        return;
    if (fstat(copy, &after) == 0 && after.st_dev == before.st_dev &&
        after.st_ino == before.st_ino && lseek(copy, offset, SEEK_SET) == offset)
        replace(copy, number);
    else
        close(copy);
}

static void separate_descriptor(int number)
{
    struct stat status;
    if (is_epoll(number))
        separate_epoll(number);
    else if (fstat(number, &status) == 0 && S_ISREG(status.st_mode))
        separate_file(number);
}

/* Collected first: opening others changes the list. */
static void separate_descriptors(void)
{
    DIR *list = opendir("/proc/self/fd");
    if (!list)
        return;
    int *numbers = NULL;
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        int number = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || number == dirfd(list))
            continue;
        numbers = reallocate(numbers, (count + 1) * sizeof *numbers);
        numbers[count++] = number;
    }
    closedir(list);
    for (size_t i = 0; i < count; i++)
        separate_descriptor(numbers[i]);
    free(numbers);
}

/* ---- Streams --------------------------------------------------------------------------------- */

/* What the parent has not written yet is the parent's to write. */
static void purge(FILE *stream)
{
    if (__fpending(stream) > 0)
        __fpurge(stream);
}

static void purge_streams(void)
{
    FILE **all = stream_list();
    if (!all) {
        purge(stdout);
        purge(stderr);
        return;
    }
    for (FILE *stream = *all; stream; stream = stream->_chain)
        purge(stream);
}

void rehearsal_separate(void)
{
    purge_streams();
    separate_descriptors();
}
