#!/bin/bash
# Programs with several threads: all come to their update points, wherever they are, and go on in
# the new version.
. "$(dirname "$0")/../lib/harness.sh"

scene "a thread that works" <<'END'
@common
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
atomic_int rounds, in_new_version;
atomic_bool ends;
pthread_t worker_thread;
void *worker(void *argument)
{
    if (kitsune_is_updating())
        EXPECT(kitsune_is_updating_from("worker") && !kitsune_is_updating_from("scene"));
    while (!ends) {
        kitsune_update("worker");
        rounds++;
        in_new_version = VERSION == 2;
    }
    EXPECT(!kitsune_is_updating());
    return argument;
}
@v1
static void begin(void)
{
    pthread_create(&worker_thread, NULL, worker, &rounds);
    while (!rounds)
        usleep(1000);
}
@v2
static void verify(void)
{
    void *result;
    while (!in_new_version)
        usleep(1000);
    ends = true;
    EXPECT(pthread_join(worker_thread, &result) == 0);
    EXPECT(result == &rounds);
}
END

scene "threads that wait" <<'END'
@common
#include <poll.h>
#include <errno.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/epoll.h>
#include <signal.h>
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
enum { WAITS = 14 };
pthread_t threads[WAITS];
atomic_int begun, arrived, ended;
atomic_bool ends;
int sockets[2];
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
sem_t semaphore;
static void wait_in(long kind)
{
    char byte;
    struct pollfd one = {sockets[0], POLLIN, 0};
    struct timespec hour = {3600, 0}, until;
    struct timeval hour_too = {3600, 0};
    struct epoll_event event;
    sigset_t set;
    fd_set descriptors;
    switch (kind) {
    case 0: EXPECT(read(sockets[0], &byte, 1) < 0 && errno == EINTR); break;
    case 1: EXPECT(recv(sockets[0], &byte, 1, 0) < 0 && errno == EINTR); break;
    case 2: EXPECT(poll(&one, 1, -1) < 0 && errno == EINTR); break;
    case 3: EXPECT(ppoll(&one, 1, NULL, NULL) < 0 && errno == EINTR); break;
    case 4:
        FD_ZERO(&descriptors);
        FD_SET(sockets[0], &descriptors);
        EXPECT(select(sockets[0] + 1, &descriptors, NULL, NULL, &hour_too) < 0);
        break;
    case 5: EXPECT(nanosleep(&hour, NULL) < 0 && errno == EINTR); break;
    case 6: sleep(3600); break;
    case 7: usleep(3600u * 1000000u); break;
    case 8: EXPECT(sem_wait(&semaphore) < 0 && errno == EINTR); break;
    case 9:
        pthread_mutex_lock(&mutex);
        EXPECT(pthread_cond_wait(&condition, &mutex) == 0);
        pthread_mutex_unlock(&mutex);
        break;
    case 10:
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 3600;
        pthread_mutex_lock(&mutex);
        EXPECT(pthread_cond_timedwait(&condition, &mutex, &until) == 0);
        pthread_mutex_unlock(&mutex);
        break;
    case 11: pause(); break;
    case 12: {
        int epoll = epoll_create1(0);
        EXPECT(epoll_wait(epoll, &event, 1, -1) < 0 && errno == EINTR);
        close(epoll);
        break;
    }
    case 13: {
        int number;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        EXPECT(sigwait(&set, &number) == EINTR);
        break;
    }
    }
}
void *waiter(void *argument)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    begun++;
    for (;;) {
        kitsune_update("waiter");
        if (ends)
            break;
        if (VERSION == 2) {
            arrived++;
            while (!ends)
                usleep(1000);
            break;
        }
        wait_in((long)argument);
    }
    ended++;
    return argument;
}
@v1
static void begin(void)
{
    sem_init(&semaphore, 0, 0);
    socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
    for (long i = 0; i < WAITS; i++)
        pthread_create(&threads[i], NULL, waiter, (void *)i);
    while (begun < WAITS)
        usleep(1000);
    usleep(50000); /* so that most of them wait */
}
@v2
static void verify(void)
{
    while (arrived < WAITS)
        usleep(1000);
    ends = true;
    for (long i = 0; i < WAITS; i++) {
        void *result;
        EXPECT(pthread_join(threads[i], &result) == 0 && result == (void *)i);
    }
    EXPECT(ended == WAITS);
}
END

scene "arguments, locals and variables of threads" <<'END'
@common
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
#define THREADS 5
struct job {
    int number;
#if VERSION == 2
    long weight;
#endif
    struct job *next;
};
struct job *jobs;
pthread_t threads[THREADS];
atomic_int begun, arrived, ended;
atomic_bool ends;
_Thread_local int own = 1;
_Thread_local struct job *own_job;
E_NOTELOCALS void *run(void *E_T(struct job) argument)
{
    struct job *job = argument;
    long rounds = 0;
    if (kitsune_is_updating()) {
        EXPECT(MIGRATE_LOCAL(rounds));
        EXPECT(rounds > 0);
        EXPECT(own == 100 + job->number);
        EXPECT(own_job == job);
    } else {
        own = 100 + job->number;
        own_job = job;
    }
    while (!ends) {
        if (rounds++ == 0)
            begun++;
        kitsune_update("run");
        if (VERSION == 2 && rounds > 0) {
            arrived++;
            rounds = -1000000000;
        }
        usleep(100);
    }
    ended++;
    return (void *)(long)job->number;
}
@v1
static void begin(void)
{
    own = 7;
    for (int i = 0; i < THREADS; i++) {
        struct job *job = malloc(sizeof *job);
        job->number = i;
        job->next = jobs;
        jobs = job;
        pthread_create(&threads[i], NULL, run, job);
    }
    while (begun < THREADS)
        usleep(1000);
}
@v2
static void verify(void)
{
    EXPECT(own == 7);
    while (arrived < THREADS)
        usleep(1000);
    ends = true;
    for (long i = 0; i < THREADS; i++) {
        void *result;
        EXPECT(pthread_join(threads[i], &result) == 0 && result == (void *)i);
    }
    int count = 0;
    for (struct job *job = jobs; job; job = job->next) {
        EXPECT(job->number == THREADS - 1 - count && job->weight == 3);
        count++;
    }
    EXPECT(count == THREADS);
}
@xf
INIT struct job.weight: { $out = 3; }
END

scene "main waits for its threads" <<'END'
@common
#define OWN_MAIN
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
pthread_t thread;
atomic_int rounds;
void *run(void *argument)
{
    for (;;) {
        kitsune_update("run");
        if (VERSION == 2)
            return argument;
        if (rounds++ == 100) {
            kitsune_set_next_version("./v2.so");
            kitsune_signal_update();
        }
        usleep(100);
    }
}
int main(void)
{
    void *result;
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        pthread_create(&thread, NULL, run, &rounds);
    EXPECT(pthread_join(thread, &result) == 0);
    EXPECT(VERSION == 2 && result == &rounds);
    printf("scene ends\n");
    return 0;
}
@v1
@v2
END

scene "main waits for a thread that ends instead of coming to an update point" <<'END'
@common
#define OWN_MAIN
#include <pthread.h>
#include <time.h>
pthread_t thread;
void *run(void *argument)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec++;
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) != 0)
        ; /* main stands at its join by now */
    return argument;
}
int main(void)
{
    void *result;
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        pthread_create(&thread, NULL, run, (void *)42);
    EXPECT(pthread_join(thread, &result) == 0);
    EXPECT(VERSION == 2 && result == (void *)42);
    printf("scene ends\n");
    return 0;
}
@v1
@v2
END

scene "a mutex that is held at the update point" <<'END'
@common
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
#define THREADS 4
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t work = PTHREAD_COND_INITIALIZER;
pthread_t threads[THREADS];
int wanted, done;
atomic_int begun;
void *run(void *argument)
{
    pthread_mutex_lock(&mutex);
    begun++;
    for (;;) {
        kitsune_update_holding("run", &mutex);
        if (wanted) {
            wanted--;
            done++;
            if (VERSION == 2)
                break;
        }
        pthread_cond_wait(&work, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    return argument;
}
@v1
static void begin(void)
{
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run, NULL);
    while (begun < THREADS)
        usleep(1000);
    usleep(10000);
}
@v2
static void verify(void)
{
    pthread_mutex_lock(&mutex);
    wanted = THREADS;
    pthread_cond_broadcast(&work);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_join(threads[i], NULL) == 0);
    EXPECT(done == THREADS && wanted == 0);
}
END

cat >arguments <<'END'
@common
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
#define THREADS 3
struct job {
#if VERSION == 2
    long weight;
#endif
    int number;
    char *E_SZ name;
};
pthread_t threads[THREADS];
atomic_int arrived;
atomic_bool ends;
void *run(void *E_T(struct job) argument)
{
    struct job *job = argument;
    bool was_updating = kitsune_is_updating();
    while (!ends) {
        kitsune_update("run");
        if (was_updating && arrived < THREADS)
            arrived++, was_updating = false;
        usleep(1000);
    }
    char expected[20];
    snprintf(expected, sizeof expected, "job %d", job->number);
    EXPECT(strcmp(job->name, expected) == 0);
#if VERSION == 2
    EXPECT(job->weight == 5);
#endif
    long number = job->number;
    free(job->name);
    free(job);
    return (void *)number;
}
@v1
static void begin(void)
{
    for (int i = 0; i < THREADS; i++) {
        struct job *job = malloc(sizeof *job);
        job->number = i;
        if (asprintf(&job->name, "job %d", i) < 0)
            abort();
        pthread_create(&threads[i], NULL, run, job);
    }
}
@v2
static void verify(void)
{
    while (arrived < THREADS)
        usleep(1000);
    ends = true;
    for (long i = 0; i < THREADS; i++) {
        void *result;
        EXPECT(pthread_join(threads[i], &result) == 0 && result == (void *)i);
    }
}
@xf
INIT struct job.weight: { $out = 5; }
END
scene "arguments that only the threads know" <arguments
# The release that runs did not say it, and calls the parameter otherwise: what the next one says holds for
# both.
sed -e 's/^void \*run(.*/#if VERSION == 1\nvoid *run(void *given)\n#else\n&\n#endif/' \
    -e 's/^.* = argument;/#if VERSION == 1\n    struct job *job = given;\n#else\n&\n#endif/' arguments >unsaid
scene "a thread's argument of which only the new version tells" <unsaid

scene "threads renamed, ended and added by rule" <<'END'
@common
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
pthread_t first, second;
atomic_int begun, renamed_runs, added_runs;
atomic_bool ends;
@v1
void *worker(void *argument)
{
    begun++;
    for (;;) {
        kitsune_update("worker");
        usleep(100);
    }
    return argument;
}
void *superfluous(void *argument)
{
    begun++;
    for (;;) {
        kitsune_update("superfluous");
        usleep(100);
    }
    return argument;
}
static void begin(void)
{
    pthread_create(&first, NULL, worker, &begun);
    pthread_create(&second, NULL, superfluous, NULL);
    while (begun < 2)
        usleep(1000);
}
@v2
void *servant(void *argument)
{
    EXPECT(argument == &begun && kitsune_is_updating_from("worker"));
    kitsune_update("worker");
    renamed_runs++;
    while (!ends)
        usleep(100);
    return argument;
}
void *added(void *argument)
{
    EXPECT(argument == &added_runs && !kitsune_is_updating());
    added_runs++;
    return NULL;
}
static void verify(void)
{
    void *result;
    while (!renamed_runs || !added_runs)
        usleep(100);
    ends = true;
    EXPECT(pthread_join(first, &result) == 0 && result == &begun);
    EXPECT(pthread_join(second, &result) == 0 && result == NULL);
}
@xf
{
#include <kitsune.h>
void _kitsune_mainupdate_xform(void)
{
    ktthread_info *thread;
    kitsune_threads_reset();
    while ((thread = kitsune_threads_next()))
        if (!thread->start_fun)
            kitsune_thread_remove();
    kitsune_thread_add(kitsune_lookup_key_new("added_runs"),
                       (void *(*)(void *))kitsune_lookup_key_new("added"), "added", NULL);
}
}
worker -> servant
END

scene "a mutex held at the update point, without saying so" <<'END'
@common
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
#define THREADS 3
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_t holder, threads[THREADS];
atomic_int arrived;
atomic_bool ends;
void *hold(void *argument)
{
    while (!ends) {
        /* A lock is state: whoever left with it still has it. */
        if (!kitsune_is_updating_from("inside"))
            pthread_mutex_lock(&mutex);
        kitsune_update("inside");
        usleep(100);
        pthread_mutex_unlock(&mutex);
        usleep(100);
    }
    return argument;
}
void *want(void *argument)
{
    bool was_updating = kitsune_is_updating();
    while (!ends) {
        kitsune_update("want");
        if (was_updating)
            arrived++, was_updating = false;
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    return argument;
}
@v1
static void begin(void)
{
    pthread_create(&holder, NULL, hold, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, want, NULL);
    usleep(20000);
}
@v2
static void verify(void)
{
    while (arrived < THREADS)
        usleep(1000);
    ends = true;
    EXPECT(pthread_join(holder, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_join(threads[i], NULL) == 0);
}
END

scene "threads come and go while the update gathers them" <<'END'
@common
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
#define STARTERS 4
pthread_t starters[STARTERS];
atomic_long started, finished;
atomic_int arrived;
atomic_bool ends;
void *brief(void *argument)
{
    finished++;
    return argument;
}
void *start_some(void *argument)
{
    bool was_updating = kitsune_is_updating();
    while (!ends) {
        kitsune_update("starter");
        if (was_updating)
            arrived++, was_updating = false;
        pthread_t thread;
        if (pthread_create(&thread, NULL, brief, NULL) == 0) {
            started++;
            pthread_detach(thread);
        }
    }
    return argument;
}
@v1
static void begin(void)
{
    for (int i = 0; i < STARTERS; i++)
        pthread_create(&starters[i], NULL, start_some, NULL);
    usleep(20000);
}
@v2
static void verify(void)
{
    while (arrived < STARTERS)
        usleep(1000);
    ends = true;
    for (int i = 0; i < STARTERS; i++)
        EXPECT(pthread_join(starters[i], NULL) == 0);
    for (int i = 0; i < 5000 && finished < started; i++)
        usleep(1000);
    EXPECT(finished == started);
}
END

scene "destructors of pthread keys" <<'END'
@common
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
pthread_t thread;
pthread_key_t key, other_key;
atomic_int arrived, destroyed, destroyed_by;
atomic_bool ends;
void destroy(void *value)
{
    destroyed += *(int *)value;
    destroyed_by = VERSION;
    free(value);
}
void *run(void *argument)
{
    bool was_updating = kitsune_is_updating();
    while (!ends) {
        kitsune_update("run");
        if (was_updating)
            arrived++, was_updating = false;
        usleep(1000);
    }
    return argument;
}
void (*volatile used)(void *) = destroy;
@v1
void gone(void *value)
{
    destroyed = -1000000 + (int)(long)value;
}
void *run_with_values(void *argument)
{
    int *value = malloc(sizeof *value);
    *value = 42;
    pthread_setspecific(key, value);
    pthread_setspecific(other_key, argument);
    return run(argument);
}
static void begin(void)
{
    pthread_key_create(&key, destroy);
    pthread_key_create(&other_key, gone);
    pthread_create(&thread, NULL, run_with_values, &key);
    usleep(10000);
}
@v2
void *run_with_values(void *argument)
{
    EXPECT(*(int *)pthread_getspecific(key) == 42);
    return run(argument);
}
static void verify(void)
{
    while (!arrived)
        usleep(1000);
    ends = true;
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT(destroyed == 42 && destroyed_by == 2);
}
END

export KITSUNE_INTERRUPT=waits
scene "transfers that go on, and waits that end" <<'END'
@common
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>
pthread_t reader, receiver, accepter, waiter;
int data[2], more_data[2], listener;
sem_t semaphore;
atomic_int begun, arrived;
void *run(void *argument)
{
    char byte = 0;
    long kind = (long)argument;
    if (!kitsune_is_updating()) {
        begun++;
        if (kind == 0)
            EXPECT(read(data[0], &byte, 1) == 1 && byte == 'r');
        else if (kind == 1)
            EXPECT(recv(more_data[0], &byte, 1, 0) == 1 && byte == 's');
        else if (kind == 2)
            EXPECT(accept(listener, NULL, NULL) < 0 && errno == EINTR);
        else
            EXPECT(sem_wait(&semaphore) < 0 && errno == EINTR);
    }
    kitsune_update("run");
    arrived++;
    return argument;
}
void *give(void *argument)
{
    if (!kitsune_is_updating()) {
        usleep(50000); /* the request has come meanwhile */
        EXPECT(write(data[1], "r", 1) == 1 && write(more_data[1], "s", 1) == 1);
    }
    kitsune_update("give");
    return argument;
}
@v1
static void begin(void)
{
    pthread_t giver;
    sem_init(&semaphore, 0, 0);
    socketpair(AF_UNIX, SOCK_STREAM, 0, data);
    socketpair(AF_UNIX, SOCK_STREAM, 0, more_data);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(listener, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t));
    EXPECT(listen(listener, 1) == 0);
    pthread_create(&reader, NULL, run, (void *)0);
    pthread_create(&receiver, NULL, run, (void *)1);
    pthread_create(&accepter, NULL, run, (void *)2);
    pthread_create(&waiter, NULL, run, (void *)3);
    while (begun < 4)
        usleep(1000);
    usleep(20000);
    pthread_create(&giver, NULL, give, NULL);
}
@v2
static void verify(void)
{
    while (arrived < 4)
        usleep(1000);
    EXPECT(pthread_join(reader, NULL) == 0 && pthread_join(receiver, NULL) == 0);
    EXPECT(pthread_join(accepter, NULL) == 0 && pthread_join(waiter, NULL) == 0);
}
END
unset KITSUNE_INTERRUPT

# ---- The end -------------------------------------------------------------------------------------

# A process ends with its last thread, whichever that is; the runtime's own does not keep it.
mkdir -p ends
cat >ends/app.c <<'END'
#include <kitsune.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void at_end(void) { puts("handlers run"); }
static void *run(void *argument)
{
    while (access("end", F_OK)) {
        kitsune_update("run");
        usleep(1000);
    }
    return argument;
}
int main(void)
{
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    kitsune_do_automigrate();
    if (atexit(at_end) != 0 || pthread_create(&thread, NULL, run, NULL) != 0)
        return 1;
    puts("main ends");
    pthread_exit(NULL);
}
END
check "a program whose main ends before its threads" build_version ends
start log kitsune run ./ends.so
wait_line 10 log '^main ends$'
touch end
check "it ends with its last thread" wait_for 10 has_ended "$started"
wait "$started"
check_equal "with status 0" 0 $?
check "and its handlers have run" grep -q '^handlers run$' log

end_of_test
