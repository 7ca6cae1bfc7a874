/* footprint.h -- what a process has, for tests that nothing is left behind. */
#ifndef KITSUNE_TESTS_FOOTPRINT_H
#define KITSUNE_TESTS_FOOTPRINT_H

#include <dirent.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many mappings and kB of data may come and go: a stack that is kept for the next update. */
#ifndef FOOTPRINT_MAPPINGS
#define FOOTPRINT_MAPPINGS 0
#define FOOTPRINT_DATA 512
#endif

struct footprint {
    long descriptors, mappings, threads, timers, objects, thread_local_modules;
    long allocated;     /* bytes that malloc has given out */
    long resident, data; /* kB */
    struct sigaction actions[NSIG];
    sigset_t mask;
    stack_t signal_stack;
    mode_t file_mask;
    char folder[4096];
};

static inline long footprint_lines(const char *path)
{
    char text[4096];
    long lines = 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(text, sizeof text, file))
        lines += strchr(text, '\n') != NULL;
    if (file)
        fclose(file);
    return lines;
}

static inline long footprint_entries(const char *path)
{
    long entries = 0;
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        entries++;
    if (folder)
        closedir(folder);
    return entries;
}

static inline int footprint_object(struct dl_phdr_info *object, size_t size, void *data)
{
    struct footprint *footprint = data;
    (void)size;
    footprint->objects++;
    if ((long)object->dlpi_tls_modid > footprint->thread_local_modules)
        footprint->thread_local_modules = (long)object->dlpi_tls_modid;
    return 0;
}

static inline void footprint_take(struct footprint *footprint)
{
    memset(footprint, 0, sizeof *footprint);
    footprint->descriptors = footprint_entries("/proc/self/fd");
    footprint->threads = footprint_entries("/proc/self/task");
    footprint->mappings = footprint_lines("/proc/self/maps");
    footprint->timers = footprint_lines("/proc/self/timers");
    dl_iterate_phdr(footprint_object, footprint);
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "VmRSS: %ld", &footprint->resident);
        sscanf(line, "VmData: %ld", &footprint->data);
    }
    if (file)
        fclose(file);
    struct mallinfo2 information = mallinfo2();
    footprint->allocated = (long)(information.uordblks + information.hblkhd);
    for (int number = 1; number < NSIG; number++)
        sigaction(number, NULL, &footprint->actions[number]);
    pthread_sigmask(SIG_BLOCK, NULL, &footprint->mask);
    sigaltstack(NULL, &footprint->signal_stack);
    footprint->file_mask = umask(0);
    umask(footprint->file_mask);
    if (!getcwd(footprint->folder, sizeof footprint->folder))
        footprint->folder[0] = '\0';
}

static inline int footprint_differs(const char *what, long before, long now)
{
    if (before == now)
        return 0;
    printf("%s: %ld before, %ld now\n", what, before, now);
    return 1;
}

/* Says what differs, and how many things.  Of `slack` bytes from malloc nothing is made: blocks
 * may be a little larger than what was asked for.  Of resident pages and of address space some
 * come and go. */
static inline int footprint_compare(const struct footprint *before, const struct footprint *now,
                                    long slack)
{
    /* The runtime's reserve, once it was needed, stays resident: runtime/common/reserve.h. */
    enum { GROWN = 512, RESERVE = 4096 };
    int differing = footprint_differs("descriptors", before->descriptors, now->descriptors) +
                    footprint_differs("threads", before->threads, now->threads) +
                    footprint_differs("timers' lines", before->timers, now->timers) +
                    footprint_differs("loaded objects", before->objects, now->objects) +
                    footprint_differs("modules with thread-local variables",
                                      before->thread_local_modules, now->thread_local_modules) +
                    footprint_differs("file mask", (long)before->file_mask, (long)now->file_mask);
    if (labs(now->allocated - before->allocated) > slack)
        differing += footprint_differs("bytes allocated", before->allocated, now->allocated);
    if (now->resident > before->resident + GROWN + RESERVE)
        differing += footprint_differs("kB resident", before->resident, now->resident);
    if (labs(now->mappings - before->mappings) > FOOTPRINT_MAPPINGS)
        differing += footprint_differs("mappings", before->mappings, now->mappings);
    if (now->data > before->data + FOOTPRINT_DATA)
        differing += footprint_differs("kB of data", before->data, now->data);
    /* A breakpoint of inject's where SIGTRAP is blocked makes the kernel change that. */
    for (int number = 1; number < NSIG; number++)
        if (number == SIGTRAP)
            continue;
        else if (before->actions[number].sa_handler != now->actions[number].sa_handler ||
            before->actions[number].sa_flags != now->actions[number].sa_flags ||
            sigismember(&before->mask, number) != sigismember(&now->mask, number))
            differing += footprint_differs("the handling of signal", number, 0);
    if (before->signal_stack.ss_sp != now->signal_stack.ss_sp ||
        before->signal_stack.ss_flags != now->signal_stack.ss_flags)
        differing += footprint_differs("the signal stack", 1, 0);
    if (strcmp(before->folder, now->folder) != 0)
        differing += footprint_differs("the working directory", 1, 0);
    fflush(stdout);
    return differing;
}

#endif
