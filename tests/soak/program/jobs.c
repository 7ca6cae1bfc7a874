/* jobs.c -- workers that wait for jobs, and count them on the heap and in variables of their
 * own. */
#include "soak.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct own {
#if VERSION >= 2
    char mark[VERSION];
#endif
    long rounds;
    struct worker *worker;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_work = PTHREAD_COND_INITIALIZER;
static pthread_t handles[WORKERS];
static struct worker *workers[WORKERS];
static struct job *first_job, *last_job;
static long done_jobs;
static bool is_wrong;
static _Thread_local struct own own;

static struct job *take_job(void)
{
    struct job *job = first_job;
    first_job = job->next;
    if (!first_job)
        last_job = NULL;
    job->next = NULL;
    return job;
}

/* Without the lock, and with it at the end. */
static void do_job(struct worker *worker, struct job *job)
{
    pthread_mutex_unlock(&lock);
    if (job->number == JOB_CRASH)
        crash();
    pthread_mutex_lock(&lock);
    free(worker->last_job);
    worker->last_job = job;
    worker->done++;
    own.rounds++;
    own.worker = worker;
    done_jobs++;
    if (own.rounds != (long)worker->done)
        is_wrong = true;
}

void *run_worker(void *E_T(struct worker) argument)
{
    struct worker *worker = argument;
    if (kitsune_is_updating() && is_mischief("worker-crash"))
        crash();
    if (kitsune_is_updating() && is_mischief("worker-ends"))
        return NULL;
    while (kitsune_is_updating() && is_mischief("worker-never"))
        ktthreads_ms_sleep(10);
    pthread_mutex_lock(&lock);
    for (;;) {
        kitsune_update_holding("worker", &lock);
        if (own.worker && own.worker != worker)
            is_wrong = true;
        if (first_job)
            do_job(worker, take_job());
        else
            pthread_cond_wait(&is_work, &lock);
    }
    return NULL;
}

void jobs_start(void)
{
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = calloc(1, sizeof *workers[i]);
        workers[i]->index = i;
        pthread_create(&handles[i], NULL, run_worker, workers[i]);
    }
}

void jobs_add(int number)
{
    struct job *job = calloc(1, sizeof *job);
    job->number = number;
    pthread_mutex_lock(&lock);
    if (last_job)
        last_job->next = job;
    else
        first_job = job;
    last_job = job;
    pthread_cond_signal(&is_work);
    pthread_mutex_unlock(&lock);
}

bool jobs_done(long *done, long *total)
{
    pthread_mutex_lock(&lock);
    *done = done_jobs;
    *total = 0;
    for (int i = 0; i < WORKERS; i++) {
        *total += workers[i]->done;
        is_wrong |= workers[i]->index != i || (workers[i]->last_job && workers[i]->last_job->next);
    }
    bool is_right = !is_wrong && *done == *total;
    pthread_mutex_unlock(&lock);
    return is_right;
}
