/* mischief.h -- a version that goes wrong on its way to the update point, as the file `mischief`
 * in the working directory says: "PLACE ACT", or "PLACE hold ACT".
 *
 *      if (mischief("entry"))
 *          return 1;           of the acts, `fail` is the caller's
 *
 * One build is all failing versions of a table, and transforms like the release that it was made
 * of. `hold` makes the file `held`, and waits until the file `hold` is gone, a minute at most.
 */
#ifndef KITSUNE_TESTS_MISCHIEF_H
#define KITSUNE_TESTS_MISCHIEF_H

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static volatile int mischief_turns;

__attribute__((noinline)) static int mischief_run_over(volatile char *above)
{
    volatile char room[4096];
    room[0] = above ? above[0] : 1;
    mischief_turns++;
    return mischief_run_over(room) + room[0];
}

/* A page of an empty file. */
__attribute__((noinline)) static void mischief_bus(void)
{
    int file = open("mischief.empty", O_RDWR | O_CREAT | O_TRUNC, 0600);
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    mischief_turns += page[0];
}

/* From here on nobody gets any, whatever the process has. */
__attribute__((noinline)) static void mischief_memory(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = 4096;
    setrlimit(RLIMIT_AS, &limit);
}

static inline void mischief_hold(void)
{
    close(open("held", O_RDWR | O_CREAT, 0600));
    for (int i = 0; i < 6000 && access("hold", F_OK) == 0; i++)
        poll(NULL, 0, 10);
}

__attribute__((noinline)) static bool mischief_do(const char *act)
{
    volatile int nothing = 0;
    if (strncmp(act, "hold", 4) == 0) {
        mischief_hold();
        act += 4 + (act[4] == ' ');
    }
    if (strcmp(act, "segv") == 0)
        *(volatile int *)8 = 1;
    else if (strcmp(act, "bus") == 0)
        mischief_bus();
    else if (strcmp(act, "fpe") == 0)
        mischief_turns = 1000 / nothing;
    else if (strcmp(act, "ill") == 0)
        __builtin_trap();
    else if (strcmp(act, "abort") == 0)
        abort();
    else if (strcmp(act, "overflow") == 0)
        mischief_run_over(NULL);
    else if (strcmp(act, "exit") == 0)
        exit(3);
    else if (strcmp(act, "_exit") == 0)
        _exit(3);
    else if (strcmp(act, "memory") == 0)
        mischief_memory();
    for (; strcmp(act, "loop") == 0;)
        mischief_turns++;
    for (; strcmp(act, "wait") == 0;)
        poll(NULL, 0, -1);
    return strcmp(act, "fail") == 0;
}

static inline bool mischief(const char *place)
{
    char text[64] = "";
    int file = open("mischief", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    size_t end = strcspn(text, " ");
    return strlen(place) == end && memcmp(text, place, end) == 0 && text[end] &&
           mischief_do(text + end + 1);
}

#endif
