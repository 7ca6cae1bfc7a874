/* times.c -- when each thread stood at its point, entered the new version, and arrived there: for
 * the history of updates. */
#include <inttypes.h>
#include <stdio.h>

#include "../report.h"
#include "thread.h"

enum { MOST_THREADS_TOLD = 256 };

void thread_note_time(struct thread *thread, enum thread_state state)
{
    struct thread_times *times = &thread->times;
    if (state == THREAD_PARKED && thread->state == THREAD_RUNNING)
        *times = (struct thread_times){.parked = monotonic_time()};
    else if (state == THREAD_ENTERED)
        times->entered = monotonic_time();
    else if (state == THREAD_ARRIVED)
        times->arrived = monotonic_time();
}

/* -1: not in this update. */
static int64_t since(int64_t begin, int64_t moment)
{
    return moment >= begin ? moment - begin : -1;
}

static void read_name(pid_t tid, char *name, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", (int)tid);
    FILE *file = fopen(path, "re");
    if (!file || !fgets(name, (int)size, file))
        snprintf(name, size, "?");
    if (file)
        fclose(file);
    for (char *c = name; *c; c++)
        if (*c == '\n')
            *c = '\0';
}

void threads_write_times(struct text *text, int64_t begin)
{
    unsigned count = 0;
    for (struct thread *thread = all_threads; thread && count < MOST_THREADS_TOLD;
         thread = thread->next) {
        const struct thread_times *times = &thread->times;
        char name[32], field[32];
        if (thread->is_main || !thread->tid)
            continue;
        read_name(thread->tid, name, sizeof name);
        snprintf(field, sizeof field, "thread_%u", count++);
        text_add_field(text, field, "%d %" PRId64 " %" PRId64 " %" PRId64 " %s", (int)thread->tid,
                       since(begin, times->parked), since(begin, times->entered),
                       since(begin, times->arrived), name);
    }
}
