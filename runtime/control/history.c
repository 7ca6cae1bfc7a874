/* history.c -- every update's report, kept for each process. */
#include "control/history.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/directory.h"
#include "common/message.h"
#include "common/quiet_write.h"

char *history_path(const char *directory, pid_t pid, unsigned long long started)
{
    return message_format("%s/%d-%llu.history", directory, (int)pid, started);
}

pid_t history_file_process(const char *name, unsigned long long *started)
{
    int pid, used = 0;
    if (sscanf(name, "%d-%llu.history%n", &pid, started, &used) != 2 || !used || name[used] ||
        pid <= 0)
        return 0;
    return (pid_t)pid;
}

/* ---- Writing --------------------------------------------------------------------------------- */

void history_add_times(struct text *text, const struct report *report)
{
    text_add_field(text, "time_ns", "%" PRId64, report->wall_time);
    text_add_field(text, "moment_ns", "%" PRId64, report->moment);
    for (unsigned i = 0; i < report->span_count; i++) {
        const struct span *span = &report->spans[i];
        char name[32];
        snprintf(name, sizeof name, "span_%u", i);
        text_add_field(text, name, "%s %" PRId64 " %" PRId64, step_name(span->step),
                       span->begin - report->moment, span->end - report->moment);
    }
}

int history_open(const char *path, bool create)
{
    return directory_open_file(path, O_RDWR | O_APPEND | (create ? O_CREAT : 0));
}

/* The newest half is kept, from the beginning of a block on. */
static void forget_oldest(int descriptor, size_t size)
{
    char *text = malloc(size);
    ssize_t length = text ? pread(descriptor, text, size, 0) : -1;
    char *kept = length > 0 ? memmem(text + length / 2, (size_t)(length - length / 2), "\n\n", 2)
                            : NULL;
    /* The descriptor appends, whatever offset is named. */
    if (ftruncate(descriptor, 0) == 0 && kept) {
        size_t rest = (size_t)(text + length - (kept + 2));
        if (!quiet_write_all(descriptor, kept + 2, rest) && ftruncate(descriptor, 0) != 0) {
            /* The disk is full: the next block is lost, too, and says so. */
        }
    }
    free(text);
}

/* What came before was not written to its end (the disk was full, the program was killed). */
static bool is_torn(int descriptor)
{
    struct stat status;
    char end[2];
    return fstat(descriptor, &status) == 0 && status.st_size > 0 &&
           (pread(descriptor, end, sizeof end, status.st_size - 2) != sizeof end ||
            memcmp(end, "\n\n", sizeof end) != 0);
}

bool history_append(int descriptor, const struct text *block)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return false;
    if ((size_t)status.st_size + block->length > HISTORY_LARGEST)
        forget_oldest(descriptor, (size_t)status.st_size);
    char *whole = message_format("%sended_ns %" PRId64 "\n%s", is_torn(descriptor) ? "\n\n" : "",
                                 clock_time(CLOCK_REALTIME), block->bytes);
    bool written = quiet_write_all(descriptor, whole, strlen(whole));
    free(whole);
    return written;
}

/* ---- Tidying --------------------------------------------------------------------------------- */

struct dead {
    char *path;
    time_t changed;
};

/* True when its process is gone. */
static bool examine(const char *directory, const char *name, struct dead *dead)
{
    struct stat status;
    unsigned long long started;
    pid_t pid = history_file_process(name, &started);
    if (!pid || process_start_time(pid) == started)
        return false;
    char *path = message_format("%s/%s", directory, name);
    time_t oldest = time(NULL) - HISTORY_DAYS * 24 * 3600;
    if (stat(path, &status) == 0 && status.st_size > 0 && status.st_mtime >= oldest) {
        *dead = (struct dead){path, status.st_mtime};
        return true;
    }
    unlink(path);
    free(path);
    return false;
}

static int compare_newest_first(const void *a, const void *b)
{
    const struct dead *first = a, *second = b;
    return (first->changed < second->changed) - (first->changed > second->changed);
}

void history_remove_stale(const char *directory)
{
    DIR *list = opendir(directory);
    struct dead *dead = NULL;
    size_t count = 0, capacity = 0;
    if (!list)
        return;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (count == capacity)
            dead = reallocate(dead, (capacity = 2 * capacity + 16) * sizeof *dead);
        count += examine(directory, entry->d_name, &dead[count]);
    }
    closedir(list);
    if (count)
        qsort(dead, count, sizeof *dead, compare_newest_first);
    for (size_t i = 0; i < count; i++) {
        if (i >= HISTORY_MOST_DEAD)
            unlink(dead[i].path);
        free(dead[i].path);
    }
    free(dead);
}
