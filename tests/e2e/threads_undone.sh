#!/bin/bash
# Updates of programs with several threads that are given up: everybody goes on in the old version,
# and the reason is told.
. "$(dirname "$0")/../lib/harness.sh"

# undone NAME PATTERN < DESCRIPTION: as scene, but the update must fail, with a message that
# matches, and version 1 goes on.  The description has threads() for v1 and v2, and go_on() in v1.
undone() {
    local name=$1 pattern=$2 output
    shift 2
    scene_split
    cat > undone_main.h <<'END'
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        begin();
#if VERSION == 1
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("main");
    EXPECT(!kitsune_is_updating());
    go_on();
    printf("scene ends\n");
    return 0;
#else
    kitsune_update("main");
    EXPECT(0 && "the update must not happen");
    return 1;
#endif
}
END
    for version in v1 v2; do
        echo '#include "../undone_main.h"' >> $version/app.c
    done
    if ! output=$({ build_version v1 "$@" && build_version v2 "$@" &&
                    install_transformer v1 v2 $scene_rules; } 2>&1); then
        fail "$name: builds" "$output"
        return 1
    fi
    output=$(timeout 60 kitsune run ./v1.so 2>&1)
    count_expectations "$name" "$output"
    check_match "$name: goes on in the old version" '^scene ends$' "$output"
    check_match "$name: says why" "$pattern" "$output"
}

common='
@common
#define OWN_MAIN
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
#define THREADS 4
pthread_t threads[THREADS];
atomic_int begun;
atomic_bool ends;
atomic_long rounds;
#if VERSION == 2 && defined GONE
#define run run_otherwise
#endif
void *run(void *);
static void begin(void)
{
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run, (void *)i);
    while (begun < THREADS)
        usleep(1000);
}
#if VERSION == 1
static void go_on(void)
{
    long before = rounds;
    while (rounds < before + 100)
        usleep(100);
    ends = true;
    for (long i = 0; i < THREADS; i++) {
        void *result;
        EXPECT(pthread_join(threads[i], &result) == 0 && result == (void *)i);
    }
}
void *run(void *argument)
{
    begun++;
    while (!ends) {
        kitsune_update("run");
        if (kitsune_is_updating())
            EXPECT(0 && "a thread of the old version is not updating");
        rounds++;
        usleep(100);
    }
    return argument;
}
#endif
'

undone "a thread that returns in the new version" \
       "the thread that stood at 'run' returned from its start function" <<END
$common
@v1
@v2
void *run(void *argument) { return argument; }
END

undone "a thread that calls pthread_exit in the new version" "called pthread_exit before" <<END
$common
@v1
@v2
void *run(void *argument) { pthread_exit(argument); }
END

undone "a thread whose start function is gone" \
       "was started with run, which the new version does not have" -DGONE <<END
$common
@v1
@v2
void *run(void *argument) { return argument; }
END

undone "a check that fails when all have arrived" "rules.xf:1: the new state does not pass the check" <<END
$common
@v1
@v2
void *run(void *argument)
{
    while (!ends)
        kitsune_update("run");
    return argument;
}
@xf
CHECK { 1 == 2 }
END

undone "a thread that is lost in a wait while another one fails" "called exit\(3\)" <<END
$common
@v1
@v2
#include <poll.h>
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
void *run(void *argument)
{
    volatile long turns = 0;
    switch ((long)argument) {
    case 0:
        for (;;)
            poll(NULL, 0, -1);
    case 1:
        for (;;)
            turns++;
    case 2:
        pthread_mutex_lock(&mutex);
        for (;;)
            pthread_cond_wait(&condition, &mutex);
    default:
        usleep(20000);
        exit(3);
    }
}
END

undone "a mutex held at the update point in the new version" \
       "thread [0-9]+ .*waits for the lock mutex, which thread [0-9]+ holds at the update point 'run'" <<END
$common
@v1
@v2
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
void *run(void *argument)
{
    while (!ends) {
        pthread_mutex_lock(&mutex);
        kitsune_update("run");
        pthread_mutex_unlock(&mutex);
    }
    return argument;
}
END

undone "mutexes of each version's own at the update point" "does not pass the check" <<'END'
@common
#define OWN_MAIN
#include <pthread.h>
#include <unistd.h>
#include <stdatomic.h>
#if VERSION == 2
#define mutex other_mutex
static char more[100000] __attribute__((used)); /* it is elsewhere, too */
#endif
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
pthread_t thread;
int ends;
atomic_int begun, rounds;
void *run(void *argument)
{
    pthread_mutex_lock(&mutex);
    begun = 1;
    while (!ends) {
        kitsune_update_holding("run", &mutex);
        rounds++;
        if (!ends) /* it may have changed while the mutex was free */
            pthread_cond_wait(&work, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    return argument;
}
@v1
static void begin(void)
{
    pthread_create(&thread, NULL, run, NULL);
    while (!begun)
        usleep(1000);
    usleep(10000);
}
static void go_on(void)
{
    pthread_mutex_lock(&mutex); /* the thread waits, and is not in the new version's mutex */
    ends = 1;
    pthread_cond_signal(&work);
    pthread_mutex_unlock(&mutex);
    EXPECT(pthread_join(thread, NULL) == 0 && rounds > 0);
}
@v2
static void begin(void) {}
@xf
DROP app.c/mutex
CHECK { !"never" }
END

end_of_test
