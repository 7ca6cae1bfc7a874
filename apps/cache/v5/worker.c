/* worker.c -- the threads that serve connections. */
#include "worker.h"

#include <kitsune.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "connection.h"
#include "memory.h"
#include "settings.h"

static struct worker *workers E_PTRARRAY(worker_count);
static int worker_count;
static int next_worker;
static int connection_count;
static bool is_stopping;

int workers_connection_count(void)
{
    return __atomic_load_n(&connection_count, __ATOMIC_RELAXED);
}

void workers_forget_connection(void)
{
    __atomic_sub_fetch(&connection_count, 1, __ATOMIC_RELAXED);
}

/* ---- The bell -------------------------------------------------------------------------------- */

static void ring(void *worker)
{
    uint64_t one = 1;
    if (write(((struct worker *)worker)->bell, &one, sizeof one) < 0)
        return; /* it rings already */
}

static struct handover *take_handover(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    struct handover *handover = worker->first_handover;
    if (handover)
        worker->first_handover = handover->next;
    pthread_mutex_unlock(&worker->lock);
    return handover;
}

static void on_bell(int bell, short what, void *argument)
{
    struct worker *worker = argument;
    struct handover *handover;
    uint64_t rung;

    (void)what;
    if (read(bell, &rung, sizeof rung) < 0)
        return;
    while ((handover = take_handover(worker))) {
        connection_open(worker, handover->socket);
        free(handover);
    }
}

/* ---- The threads ----------------------------------------------------------------------------- */

static void watch_everything(struct worker *worker)
{
    event_del(worker->bell_event);
    event_assign(worker->bell_event, worker->base, worker->bell, EV_READ | EV_PERSIST, on_bell,
                 worker);
    event_add(worker->bell_event, NULL);
    for (struct connection *connection = worker->connections; connection;
         connection = connection->next)
        connection_watch_again(connection);
    ktthreads_update_callback(ring, worker);
}

static void *worker_run(void *E_T(struct worker) argument)
{
    struct worker *worker = argument;
    bool is_watching = false;

    my_statistics = &worker->counted;
    while (!__atomic_load_n(&is_stopping, __ATOMIC_RELAXED)) {
        kitsune_update("worker");
        /* After the update point: what libevent is told now is not taken back any more. */
        if (!is_watching) {
            watch_everything(worker);
            is_watching = true;
        }
        event_base_loop(worker->base, EVLOOP_ONCE);
    }
    while (worker->connections)
        connection_close(worker->connections);
    return NULL;
}

static void fail(const char *what)
{
    fprintf(stderr, "cache: cannot start a worker: %s\n", what);
    exit(1);
}

static void worker_start(struct worker *worker)
{
    pthread_mutex_init(&worker->lock, NULL);
    worker->base = event_base_new();
    worker->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!worker->base || worker->bell < 0)
        fail("no event base, or no eventfd");
    worker->bell_event =
        event_new(worker->base, worker->bell, EV_READ | EV_PERSIST, on_bell, worker);
    if (!worker->bell_event)
        fail("no event");
    int error = pthread_create(&worker->thread, NULL, worker_run, worker);
    if (error)
        fail(strerror(error));
}

void workers_start(void)
{
    worker_count = settings.worker_count;
    workers = allocate_zeroed((size_t)worker_count, sizeof *workers);
    for (int i = 0; i < worker_count; i++)
        worker_start(&workers[i]);
}

void workers_stop(void)
{
    __atomic_store_n(&is_stopping, true, __ATOMIC_RELAXED);
    for (int i = 0; i < worker_count; i++)
        ring(&workers[i]);
    for (int i = 0; i < worker_count; i++) {
        pthread_join(workers[i].thread, NULL);
        event_free(workers[i].bell_event);
        event_base_free(workers[i].base);
        close(workers[i].bell);
    }
    free(workers);
}

void workers_add_statistics(struct statistics *sum)
{
    for (int i = 0; i < worker_count; i++)
        statistics_add(sum, &workers[i].counted);
}

void workers_hand_over(int socket)
{
    struct worker *worker = &workers[next_worker];
    struct handover *handover = allocate(sizeof *handover);

    next_worker = (next_worker + 1) % worker_count;
    __atomic_add_fetch(&connection_count, 1, __ATOMIC_RELAXED);
    *handover = (struct handover){.socket = socket};
    pthread_mutex_lock(&worker->lock);
    if (worker->first_handover)
        worker->last_handover->next = handover;
    else
        worker->first_handover = handover;
    worker->last_handover = handover;
    pthread_mutex_unlock(&worker->lock);
    ring(worker);
}
