/* faults.h -- what a program under `inject` says to it: which call shall fail.
 *
 * By a system call that Linux does not have, which inject answers; without inject it fails.
 *
 *      faults_watch(...)                   once: where malloc and its like are
 *      faults_arm(FAULT_ALLOCATION, 7, 1)  the seventh allocation from now on fails
 *      ... an update ...
 *      faults_disarm()                     how many there were
 */
#ifndef KITSUNE_TESTS_FAULTS_H
#define KITSUNE_TESTS_FAULTS_H

#include <sys/syscall.h>
#include <unistd.h>

enum { FAULTS_CALL = 0x4b54 };

enum faults_command { FAULTS_WATCH, FAULTS_SPARE, FAULTS_ARM, FAULTS_DISARM, FAULTS_NAME };

enum fault_kind {
    FAULT_ALLOCATION, /* malloc and its like, whoever calls them: also libc and the dynamic loader */
    FAULT_MEMORY,     /* system calls that get memory or change its protection */
    FAULT_FILES,      /* those about files and descriptors */
    FAULT_OTHERS,     /* threads, timers, signal stacks */
    FAULT_KINDS
};

enum { MOST_ALLOCATORS = 8, LONGEST_FAULT_NAME = 32 };

static inline long faults_watch(const unsigned long *addresses, long count)
{
    return syscall(FAULTS_CALL, FAULTS_WATCH, addresses, count);
}

/* malloc of so many bytes never fails. */
static inline long faults_spare(unsigned long least, unsigned long most)
{
    return syscall(FAULTS_CALL, FAULTS_SPARE, least, most);
}

/* The n-th fails, and all behind it if `all_behind`. */
static inline long faults_arm(enum fault_kind kind, long n, int all_behind)
{
    return syscall(FAULTS_CALL, FAULTS_ARM, kind, n, all_behind);
}

/* How many there were since faults_arm: fewer than n, and nothing has failed. */
static inline long faults_disarm(void)
{
    return syscall(FAULTS_CALL, FAULTS_DISARM);
}

/* What failed last: "mmap". */
static inline long faults_name(char name[LONGEST_FAULT_NAME])
{
    return syscall(FAULTS_CALL, FAULTS_NAME, name);
}

#endif
