/* times.c -- when each thread stood at its point, entered the new version, and arrived there: for
 * the history of updates. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "control/report.h"
#include "thread.h"

enum { MOST_THREADS_TOLD = 256 };

void thread_note_time(struct thread *thread, enum thread_state state)
{
    struct thread_times *times = &thread->times;
    if (state == THREAD_PARKED && thread->state == THREAD_RUNNING) {
        *times = (struct thread_times){.parked = monotonic_time()};
        prctl(PR_GET_NAME, times->name);
    } else if (state == THREAD_ENTERED)
        times->entered = monotonic_time();
    else if (state == THREAD_ARRIVED)
        times->arrived = monotonic_time();
}

static const char *format_since(char *text, size_t size, int64_t begin, int64_t moment)
{
    if (!moment)
        return "-";
    snprintf(text, size, "%" PRId64, moment - begin);
    return text;
}

/* Of one that has just arrived, `start` is still the old version's. */
static const char *start_function(const struct thread *thread)
{
    const char *name = variable_name((void *)thread->start);
    if (!name)
        name = variable_name((void *)thread->new_start);
    const char *slash = name ? strrchr(name, '/') : NULL; /* "pool.c/serve" */
    return slash ? slash + 1 : name;
}

/* The program's own name for a thread.  One that it did not name has the name of the thread that
 * started it, often that of the process: what it runs says more. */
static void name_thread(const struct thread *thread, const struct thread_times *times, char *name,
                        size_t size)
{
    if (*times->name)
        snprintf(name, size, "%s", times->name);
    else
        read_task_file(thread->tid, "comm", name, size);
    bool has_own_name = strcmp(name, thread->inherited_name) != 0;
    const char *function = has_own_name ? NULL : start_function(thread);
    if (function)
        snprintf(name, size, "%s", function);
}

void threads_write_times(struct text *text, int64_t begin)
{
    unsigned count = 0;
    for (struct thread *thread = all_threads; thread && count < MOST_THREADS_TOLD;
         thread = thread->next) {
        struct thread_times times = {0};
        char name[64], field[32], parked[32], entered[32], arrived[32];
        if (thread->is_main || !thread->tid)
            continue;
        /* Of one that runs, what is noted is of an earlier update, or it is noting this moment. */
        if (thread->state != THREAD_RUNNING)
            times = thread->times;
        name_thread(thread, &times, name, sizeof name);
        snprintf(field, sizeof field, "thread_%u", count++);
        text_add_field(text, field, "%d %s %s %s %s", (int)thread->tid,
                       format_since(parked, sizeof parked, begin, times.parked),
                       format_since(entered, sizeof entered, begin, times.entered),
                       format_since(arrived, sizeof arrived, begin, times.arrived),
                       *name ? name : "?");
    }
}
