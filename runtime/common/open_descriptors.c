/* open_descriptors.c -- see open_descriptors.h. */
#include "common/open_descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    HOLE = 16, /* so many closed ones cost what asking /proc costs */
    DOTS = 2, /* the folder's entries before that of descriptor 0 */
    MOST_WITHOUT_PROC = 4096, /* or the pause would last for milliseconds */
};

static bool is_open(int number)
{
    return fcntl(number, F_GETFD) >= 0;
}

/* ---- Walking through holes ------------------------------------------------------------------- */

static void forget_folder(struct open_descriptors *look)
{
    struct rlimit limit;
    open_descriptors_end(look);
    look->known_below = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MOST_WITHOUT_PROC
                            ? (int)limit.rlim_cur : MOST_WITHOUT_PROC;
}

static int next_of_table(struct open_descriptors *look)
{
    for (; look->next < look->known_below; look->next++)
        if (is_open(look->next))
            return look->next++;
    return -1;
}

/* ---- Leaping over them ----------------------------------------------------------------------- */

/* The folder's entry for descriptor N is at position DOTS + N, and reading from the position of
 * one that is closed begins with the next that is open.  -1: there is none; -2: /proc does not
 * tell. */
static int leap(int folder, int number)
{
    /* Room for one: the kernel makes each entry anew. */
    union {
        struct dirent64 entry;
        char bytes[40];
    } room;
    if (lseek(folder, DOTS + (off_t)number, SEEK_SET) < 0)
        return -2;
    long length = syscall(SYS_getdents64, folder, &room, sizeof room.bytes);
    if (length <= 0)
        return length == 0 ? -1 : -2;
    int found = atoi(room.entry.d_name);
    return found >= number ? found : -2;
}

static int next_of_folder(struct open_descriptors *look)
{
    int closed = 0;
    for (;; look->next++) {
        if (closed == HOLE) {
            look->next = leap(look->folder, look->next);
            closed = 0;
        }
        if (look->next < 0)
            return look->next;
        if (look->next == look->folder)
            continue;
        if (is_open(look->next))
            return look->next++;
        closed++;
    }
}

/* ---- Both ------------------------------------------------------------------------------------ */

void open_descriptors_begin(struct open_descriptors *look)
{
    *look = (struct open_descriptors){.known_below = INT_MAX};
    look->folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (look->folder < 0)
        forget_folder(look);
}

int open_descriptors_next(struct open_descriptors *look)
{
    if (look->folder < 0)
        return next_of_table(look);
    int from = look->next;
    if (from < 0)
        return -1;
    int number = next_of_folder(look);
    if (number != -2)
        return number;
    look->next = from;
    forget_folder(look);
    return next_of_table(look);
}

void open_descriptors_end(struct open_descriptors *look)
{
    if (look->folder >= 0)
        close(look->folder);
    look->folder = -1;
}
