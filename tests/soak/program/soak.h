/* soak.h -- the program that the soak test updates all the time, in three versions: a table that
 * clients fill over sockets, workers that wait for jobs, threads in other calls, one of a
 * library.
 *
 * Every type of it has another layout in each version, and every version can say the same about all
 * of its state (the command `sum`), so the driver (../drive) knows what must come out.  It does
 * as it is told when a version is to go wrong: a file `mischief.WORD` in the current directory
 * says how. */
#ifndef SOAK_H
#define SOAK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <kitsune.h>

/* ---- table.c: keys and values
 * ------------------------------------------------------------------- */

struct entry {
#if VERSION == 1
    char *key;
    int value;
    struct entry *next;
#elif VERSION == 2
    struct entry *next;
    unsigned hits;
    long value;
    char *key;
#else
    unsigned short age;
    char *key;
    unsigned hits;
    struct entry *next;
    long value;
#endif
};

struct table {
#if VERSION == 3
    long lookups;
#endif
    struct entry **E_PTRARRAY(self.size) buckets;
    unsigned size, count;
};

void table_put(const char *key, int value);
bool table_get(const char *key, int *value);
void table_remove(const char *key);
/* Of all keys that begin so; the same whatever the order. */
unsigned table_sum(const char *prefix, unsigned *count);

/* ---- jobs.c: workers, that wait for a condition
 * ------------------------------------------------- */

enum { WORKERS = 3 };

/* For the workers: crash outside of the lock, crash as it is known to be wrong. */
enum { JOB_CRASH = -1 };

struct job {
#if VERSION >= 2
    struct job *next;
    long number;
#else
    int number;
    struct job *next;
#endif
};

struct worker {
#if VERSION == 3
    char name[24];
#endif
    int index;
#if VERSION == 1
    int done;
#else
    long done;
#endif
    struct job *last_job;
};

void jobs_start(void);
void jobs_add(int number);
/* How many are done, and whether what each worker knows agrees. */
bool jobs_done(long *done, long *total);

/* ---- threads.c: threads in read and sleep, a signal handler, a library's thread
 * ----------------- */

void threads_start(void);
void threads_write(size_t count); /* to the one that reads */
long threads_bytes_read(void);
long threads_sleeps(void);
long threads_ticks(void);

/* ---- mischief.c
 * ---------------------------------------------------------------------------------- */

bool is_mischief(const char *word);
void crash(void);

#endif
