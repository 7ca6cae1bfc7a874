#!/bin/bash
# Probation of a program with threads: one crashes, all go back.
. "$(dirname "$0")/../lib/harness.sh"

ulimit -c 0
cat >program.c <<'END'
#include "scene.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORKERS = 4 };

#if VERSION == 1
struct counter { int count; };
#else
struct counter { char *note; long count; };
#endif
struct worker { int index; struct counter *counter; pthread_mutex_t *lock; };

static struct worker *workers[WORKERS];
static pthread_t handles[WORKERS];
static pthread_mutex_t *shared;
static int commands;
static volatile int wanted; /* the worker that is to crash (9: all of them), and how */
static volatile char how;
static int *volatile nowhere;

static void crash_if_wanted(struct worker *self)
{
#if VERSION == 2
    if (wanted != self->index && wanted != 9)
        return;
    if (wanted != 9)
        wanted = 0;
    if (how == 'l')
        pthread_mutex_lock(shared);
    *nowhere = 1;
#else
    wanted = 0;
    (void)self;
    (void)nowhere;
    (void)how;
#endif
}

static void *work(void *argument)
{
    struct worker *self = argument;
    for (;;) {
        kitsune_update("work");
        crash_if_wanted(self);
        pthread_mutex_lock(shared);
        self->counter->count++;
        pthread_mutex_unlock(shared);
        usleep(2000);
    }
    return NULL;
}

static void answer(void)
{
    int moving = 0;
    long before[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        before[i] = workers[i]->counter->count;
    for (int round = 0; round < 2000 && moving < WORKERS; round++) {
        usleep(1000);
        moving = 0;
        for (int i = 0; i < WORKERS; i++)
            moving += workers[i]->counter->count > before[i];
    }
    printf("version %d: %d workers at work\n", VERSION, moving);
    fflush(stdout);
}

static void begin(void)
{
    commands = open("commands", O_RDWR);
    /* Much room that is never used: nobody has to look for locks in it. */
    mmap(NULL, (size_t)1 << 37, PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    shared = malloc(sizeof *shared);
    pthread_mutex_init(shared, NULL);
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = calloc(1, sizeof *workers[i]);
        workers[i]->index = i + 1;
        workers[i]->counter = calloc(1, sizeof *workers[i]->counter);
        pthread_create(&handles[i], NULL, work, workers[i]);
    }
    printf("ready\n");
    fflush(stdout);
}

int main(void)
{
    char line[200];
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        begin();
    for (;;) {
        kitsune_update("loop");
        ssize_t length = read(commands, line, sizeof line - 1);
        if (length <= 0)
            continue;
        line[length] = '\0';
        if (line[0] == 'm') {
            *nowhere = 1; /* main itself */
        } else if (line[0] == 'c' || line[0] == 'l') {
            how = line[0];
            wanted = line[1] - '0';
        } else {
            answer();
        }
    }
}
END

say() {
    local before
    before=$(grep -c ^version log)
    echo "$1" >&7
    wait_for 10 eval "[ \$(grep -c ^version log) -gt $before ]" && grep ^version log | tail -n 1
}

begin() {
    start log kitsune run ./v1.so
    pid=$started
    wait_line 10 log '^ready' || fail "the program starts" "$(cat log)"
}

mkdir v1 v2
cp program.c v1/app.c
cp program.c v2/app.c
mkfifo commands
exec 7<>commands
check "builds, with both ways installed" eval 'build_version v1 -DVERSION=1 &&
    build_version v2 -DVERSION=2 && xfgen v1.so v2.so --reverse --install'

begin
check_match "v1 works" "version 1: 4 workers" "$(say answer)"
for ((i = 1; i <= 6; i++)); do
    kitsune update $pid ./v2.so --probation 60 --detach >told 2>&1 || break
    [ "$(say answer)" = "version 2: 4 workers at work" ] || break
    [ $i -eq 6 ] && echo m >&7 || echo c$((i % 4 + 1)) >&7
    wait_for 20 eval "[ \$(grep -c 'rolled back to' log) -eq $i ]" || break
    [ "$(say answer)" = "version 1: 4 workers at work" ] || break
done
check_equal "a worker crashes, and another, and main: all work on in v1" 7 $i || cat log told
check_match "the log says which function" "crashed on probation: SIGSEGV .* in .*crash_if_wanted|in .*work\+" "$(cat log)"

check "updates" kitsune update $pid ./v2.so --probation 60 --detach
echo c9 >&7
wait_for 20 eval "[ \$(grep -c 'rolled back to' log) -eq 7 ]" || fail "goes back" "$(cat log)"
check_equal "all workers crash at once: all work on in v1" "version 1: 4 workers at work" "$(say answer)"

# Its end is noticed without another request.
check "an update on a short probation" kitsune update $pid ./v2.so --probation 0.3 --detach
check "its end is noticed" wait_line 20 log 'v2.so has passed its probation'
check "back to v1" kitsune rollback $pid

# The crashed thread holds a lock that lies on the heap.
check "updates" kitsune update $pid ./v2.so --probation 60 --detach
echo l2 >&7
wait_for 20 has_ended $pid && pass "with a lock held that others want: the program ends" ||
    fail "with a lock held: the program ends" "$(cat log)"
check_match "the log says why" "does not go back .*: the thread holds a lock that nobody would let go" \
    "$(tail -n 3 log)"

end_of_test
