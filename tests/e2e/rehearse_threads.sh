#!/bin/bash
# Rehearsals of a program with threads of many kinds: in the forked child they are all there again, as
# they stood, with all that is theirs; and the program itself has lost and gained nothing.
. "$(dirname "$0")/../lib/harness.sh"

# Threads of many kinds, each with something of its own that has to be there in the new version, too,
# before its update point.  What a thread finds wrong there makes the rehearsal fail.
cat >kinds.c <<'END'
#include <kitsune.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { KEYS = 40, KINDS = 7, STACK = 1 << 20 };

struct job {
#if VERSION == 2
    long weight;
#endif
    int number;
};

/* Where locks are that know their holder by its id. */
struct locks {
    pthread_mutex_t recursive, checked, robust, lending;
    pthread_rwlock_t written;
};

/* A number that is a thread's id, as the size of a block of malloc's may be, is no lock because of that,
 * whatever lies around it. */
struct decoy {
    long before[3], number, behind[4];
    long inverted;
};

struct decoy *decoys[KINDS];
pthread_t threads[KINDS], joined;
pthread_key_t keys[KEYS];
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
struct locks *locks;
struct job *jobs[KINDS];
atomic_int begun;
int ends[2];
bool is_over;
_Thread_local int own_number;
#if VERSION == 2
/* libc initialises it for each thread when the version is loaded. */
static _Thread_local int in_static_block __attribute__((tls_model("initial-exec"))) = 4711;
#endif

static void must(bool is_so, const char *what)
{
    if (is_so)
        return;
    fprintf(stderr, "version %d: not so: %s\n", VERSION, what);
    abort();
}
#define MUST(condition) must(condition, #condition)

/* A number: what else thread-specific data leads to is the program's own affair. */
static void *value_of(const struct job *job, int key)
{
    return (void *)(long)(1000 + job->number * KEYS + key);
}

/* What every thread has. */
static void prepare(struct job *job)
{
    char name[16];
    own_number = job->number;
    for (int i = 0; i < KEYS; i++)
        pthread_setspecific(keys[i], value_of(job, i));
    snprintf(name, sizeof name, "number %d", job->number);
    pthread_setname_np(pthread_self(), name);
    decoys[job->number] = calloc(1, sizeof(struct decoy));
    *decoys[job->number] = (struct decoy){{3}, gettid(), {0}, ~gettid()};
    begun++;
}

static void look(struct job *job)
{
    char name[16], expected[16];
    MUST(own_number == job->number && jobs[job->number] == job);
    for (int i = 0; i < KEYS; i++)
        MUST(pthread_getspecific(keys[i]) == value_of(job, i));
    snprintf(expected, sizeof expected, "number %d", job->number);
    pthread_getname_np(pthread_self(), name, sizeof name);
    MUST(strcmp(name, expected) == 0);
    MUST(pthread_equal(pthread_self(), threads[job->number]));
#if VERSION == 2
    MUST(in_static_block == 4711);
#endif
    MUST(decoys[job->number]->number == ~decoys[job->number]->inverted);
    free(malloc(100000));
}

static void come(struct job *job)
{
    if (kitsune_is_updating())
        look(job);
    else
        prepare(job);
}

void *run_reader(void *E_T(struct job) argument)
{
    struct job *job = argument;
    char byte;
    come(job);
    do
        kitsune_update("reader");
    while (read(ends[0], &byte, 1) != 1);
    return job;
}

void *run_busy(void *E_T(struct job) argument)
{
    come(argument);
    for (volatile long rounds = 0; !is_over; rounds++)
        kitsune_update("busy");
    return argument;
}

void *run_waiter(void *E_T(struct job) argument)
{
    come(argument);
    pthread_mutex_lock(&mutex);
    for (;;) {
        kitsune_update_holding("waiter", &mutex);
        if (is_over)
            break;
        pthread_cond_wait(&condition, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    return argument;
}

void *run_joiner(void *E_T(struct job) argument)
{
    void *result;
    come(argument);
    MUST(pthread_join(joined, &result) == 0 && result == &joined);
    return argument;
}

void *run_joined(void *nothing)
{
    while (!is_over) {
        kitsune_update("joined");
        poll(NULL, 0, 10);
    }
    (void)nothing;
    return &joined;
}

static void let_go(struct locks *of)
{
    MUST(pthread_mutex_unlock(&of->recursive) == 0);
    MUST(pthread_mutex_unlock(&of->recursive) == 0);
    MUST(pthread_mutex_unlock(&of->recursive) == EPERM);
    MUST(pthread_mutex_unlock(&of->checked) == 0);
    MUST(pthread_mutex_unlock(&of->robust) == 0);
    MUST(pthread_mutex_unlock(&of->lending) == 0);
    MUST(pthread_rwlock_unlock(&of->written) == 0);
}

static void take(struct locks *of)
{
    MUST(pthread_mutex_lock(&of->recursive) == 0);
    MUST(pthread_mutex_lock(&of->recursive) == 0);
    MUST(pthread_mutex_lock(&of->checked) == 0);
    MUST(pthread_mutex_lock(&of->checked) == EDEADLK);
    MUST(pthread_mutex_lock(&of->robust) == 0);
    MUST(pthread_mutex_lock(&of->lending) == 0);
    MUST(pthread_rwlock_wrlock(&of->written) == 0);
    MUST(pthread_rwlock_wrlock(&of->written) == EDEADLK);
}

/* Stands at its point with all of them held, as far as locks are concerned. */
void *run_holder(void *E_T(struct job) argument)
{
    if (!kitsune_is_updating())
        take(locks);
    come(argument);
    if (kitsune_is_updating()) {
        let_go(locks);
        take(locks);
    }
    while (!is_over) {
        kitsune_update("holder");
        poll(NULL, 0, 10);
    }
    let_go(locks);
    return argument;
}

/* On a stack that the program gave it; and its state is in its locals. */
void *run_guest(void *E_T(struct job) argument) E_NOTELOCALS;
void *run_guest(void *E_T(struct job) argument)
{
    struct job *job = argument;
    long passes = 0;
    MIGRATE_LOCAL(passes);
    come(job);
    MUST(!kitsune_is_updating() || passes > 0);
    while (!is_over) {
        passes++;
        kitsune_update("guest");
        poll(NULL, 0, 10);
    }
    return job;
}

/* Nobody joins it. */
void *run_detached(void *E_T(struct job) argument)
{
    come(argument);
    while (!is_over) {
        kitsune_update("detached");
        poll(NULL, 0, 10);
    }
    begun--;
    return argument;
}

static void make_locks(void)
{
    pthread_mutexattr_t kind;
    locks = calloc(1, sizeof *locks);
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&locks->recursive, &kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&locks->checked, &kind);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&locks->robust, &kind);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_STALLED);
    pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&locks->lending, &kind);
    pthread_rwlock_init(&locks->written, NULL);
}

static void begin(void)
{
    static void *(*const kinds[KINDS])(void *) = {run_detached, run_reader, run_busy, run_waiter,
                                                  run_joiner, run_holder, run_guest};
    pthread_attr_t own_stack;
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_init(&own_stack);
    pthread_attr_setstack(&own_stack, stack, STACK);
    for (int i = 0; i < KEYS; i++)
        pthread_key_create(&keys[i], NULL);
    make_locks();
    MUST(pipe(ends) == 0 && pthread_create(&joined, NULL, run_joined, NULL) == 0);
    for (int i = 0; i < KINDS; i++) {
        jobs[i] = calloc(1, sizeof *jobs[i]);
        jobs[i]->number = i;
        MUST(pthread_create(&threads[i], kinds[i] == run_guest ? &own_stack : NULL, kinds[i],
                            jobs[i]) == 0);
    }
    pthread_detach(threads[0]);
    while (begun < KINDS)
        poll(NULL, 0, 1);
}

static void finish(void)
{
    void *result;
    is_over = true;
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    MUST(write(ends[1], "x", 1) == 1);
    for (int i = 1; i < KINDS; i++)
        MUST(pthread_join(threads[i], &result) == 0 && result == jobs[i]);
    while (begun == KINDS)
        poll(NULL, 0, 1);
    printf("version %d: all have ended as they should\n", VERSION);
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        begin();
    while (access("end", F_OK) != 0) {
        kitsune_update("main");
        printf("version %d runs\n", VERSION);
        fflush(stdout);
        poll(NULL, 0, 20);
    }
    finish();
    return 0;
}
END

with=() # what it is run with

kinds_run() {
    rm -f end
    start log "${with[@]}" kitsune run ./v1.so
    program=$started
    check "$1: it runs" wait_line 20 log '^version 1 runs'
}

kinds_end() {
    touch end
    check "$1: all threads can be joined, and what they hold let go of" \
        wait_line 20 log "^version $2: all have ended as they should"
    wait "$program"
    check_equal "$1: it has ended well" 0 $?
}

# What a program has of the kernel's: threads, descriptors, mappings, children.
possessions() {
    local tasks descriptors
    tasks=$(ls "/proc/$program/task" | wc -l)
    descriptors=$(ls "/proc/$program/fd" | wc -l)
    echo "$tasks threads, $descriptors descriptors, children: $(cat /proc/"$program"/task/*/children)"
}

resident() {
    awk '/^RssAnon:/ { print $2 }' "/proc/$program/status"
}

build_kinds() {
    echo 'INIT struct job.weight: { $out = 1; }' >kinds.xf
    build_version v1 -D_GNU_SOURCE -DVERSION=1 "$@" &&
        build_version v2 -D_GNU_SOURCE -DVERSION=2 "$@" && install_transformer v1 v2 kinds.xf
}

all_kinds() {
    local name=$1 round output before= memory=0
    shift
    rm -rf v1 v2 v2.so.d
    mkdir v1 v2
    cp kinds.c v1/app.c
    cp kinds.c v2/app.c
    check "$name: builds" build_kinds "$@"
    kinds_run "$name"
    for ((round = 0; round < 15; round++)); do
        expect_output "$name: a dry run goes well" 'it would work; the old version' \
            kitsune update --dry-run "$program" ./v2.so || break
        [ $round -ne 5 ] || { before=$(possessions); memory=$(resident); }
    done
    check_equal "$name: it has what it had" "$before" "$(possessions)"
    # The address sanitizer keeps what is freed.
    [ ${#with[@]} -ne 0 ] ||
        check "$name: and no more memory" test "$(resident)" -lt $((memory + 1000))
    kinds_end "$name: after dry runs" 1
    kinds_run "$name"
    output=$(kitsune update --rehearse "$program" ./v2.so)
    check_equal "$name: rehearsed and done" 0 $?
    check_match "$name: all threads were in the rehearsal" \
        'rehearsal +[0-9.]+ .s   in a forked child, while the program stood$' "$output"
    kinds_end "$name: after the update" 2
}

all_kinds "all kinds of threads"

with=(env LD_PRELOAD="$(readlink -f "$(gcc -print-file-name=libasan.so)")"
      ASAN_OPTIONS=detect_leaks=0)
all_kinds "with sanitizers" -O1 -fsanitize=address,undefined -fno-sanitize-recover=all

end_of_test
