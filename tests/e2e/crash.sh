#!/bin/bash
# Crashes in the middle of an update: the old version goes on, says what crashed and where, and the
# next update succeeds.
. "$(dirname "$0")/../lib/harness.sh"

cat >program.c <<'END'
#include "scene.h"
#include <signal.h>
#include <unistd.h>

struct item {
#if VERSION != 1
    long weight;
#endif
    int value;
    struct item *next;
};
struct item *items;
int handled, divisor;
volatile int *nowhere;

static void on_crash(int number)
{
    handled = number;
}

static volatile int depth;
/* Each call needs room of its own. */
__attribute__((noinline)) int run_over(volatile char *above)
{
    volatile char room[4096];
    room[0] = above ? above[0] : 1;
    depth++;
    return run_over(room) + room[0];
}

__attribute__((noinline)) void crash_here(void)
{
    CRASH;
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        for (int i = 0; i < 100; i++) {
            struct item *item = calloc(1, sizeof *item);
            item->value = i;
            item->next = items;
            items = item;
        }
        signal(SIGFPE, on_crash);
#if VERSION == 1
        kitsune_set_next_version("./v2.so");
        kitsune_signal_update();
#endif
    }
#if VERSION == 2
    if (kitsune_is_updating())
        crash_here();
#endif
    kitsune_update("main");
#if VERSION == 1
    /* Here after the failure: the state is whole, the program's own handlers are in place. */
    struct sigaction action;
    int count = 0;
    for (struct item *item = items; item; item = item->next)
        count += item->value == 99 - count;
    EXPECT(count == 100);
    EXPECT(sigaction(SIGFPE, NULL, &action) == 0 && action.sa_handler == on_crash);
    EXPECT(sigaction(SIGSEGV, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    kitsune_set_next_version("./v3.so");
    kitsune_signal_update();
    kitsune_update("main");
    EXPECT(0 && "the second update happens");
#else
    int count = 0;
    struct sigaction action;
    for (struct item *item = items; item; item = item->next)
        count += item->value == 99 - count && item->weight == 7;
    EXPECT(VERSION == 3 && count == 100);
    EXPECT(sigaction(SIGFPE, NULL, &action) == 0 && action.sa_handler == on_crash);
    raise(SIGFPE);
    EXPECT(handled == SIGFPE);
    printf("scene ends\n");
#endif
    return 0;
}
END

# crashes NAME CODE PATTERN [RULE]: version 2 runs CODE on its way; or the rule crashes.
crashes() {
    local name=$1 output
    rm -rf v1 v2 v3 ./*.so.d
    mkdir v1 v2 v3
    for version in 1 2 3; do
        (echo "#define VERSION $version"; cat program.c) >v$version/app.c
    done
    echo "${4:-INIT struct item.weight: { \$out = 7; \}}" >bad.xf
    echo 'INIT struct item.weight: { $out = 7; }' >good.xf
    check "$name: builds" eval "build_version v1 -DCRASH= &&
        build_version v2 '-DCRASH=$2' && build_version v3 -DCRASH= &&
        install_transformer v1 v2 bad.xf && install_transformer v1 v3 good.xf"
    output=$(timeout 60 kitsune run ./v1.so 2>&1)
    count_expectations "$name" "$output"
    check_match "$name: says what and where" "update to ./v2.so aborted: .*$3" "$output"
    check_match "$name: the next update succeeds" '^scene ends$' "$output"
}

crashes "a wild pointer" '*nowhere = 1' 'crashed on its way to the update point: SIGSEGV .*accessing .*, in crash_here'
crashes "a division by zero" 'depth = 1000 / divisor' 'SIGFPE .* in crash_here'
crashes "an impossible instruction" '__builtin_trap()' 'SIGILL .* in crash_here'
crashes "abort" 'abort()' 'SIGABRT .* in crash_here'
crashes "a failed assertion" '__assert_fail("1 < 0", "app.c", 7, __func__)' 'SIGABRT .* in (crash_here|main)'
crashes "a stack that runs over" 'run_over(NULL)' 'SIGSEGV .* in run_over'
crashes "a rule with a wild pointer" '' "SIGSEGV .*in the transformer's " \
    'INIT struct item.weight: { int *volatile wild = NULL; $out = *wild; }'
crashes "a check that aborts" '' 'SIGABRT .*in the transformer' \
    '{ #include <stdlib.h>
} INIT struct item.weight: { $out = 7; } CHECK { abort(); }'

# Some prefer the end, and a core file.
rm -rf v1 v2 ./*.so.d
mkdir v1 v2
for version in 1 2; do
    (echo "#define VERSION $version"; cat program.c) >v$version/app.c
done
echo 'INIT struct item.weight: { $out = 7; }' >good.xf
check "a crash that ends the program: builds" eval "build_version v1 -DCRASH= &&
    build_version v2 '-DCRASH=*nowhere = 1' && install_transformer v1 v2 good.xf"
(ulimit -c 0; KITSUNE_CRASH=core timeout 60 kitsune run ./v1.so >output 2>&1)
check_equal "a crash that ends the program" $((128 + 11)) $?

# A second thread crashes in the new version.
cat >threads.c <<'END'
#include "scene.h"
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
pthread_t thread;
atomic_int rounds;
atomic_bool ends;
void *work(void *argument)
{
#if VERSION == 2
    if (kitsune_is_updating())
        *(volatile int *)8 = 1;
#endif
    while (!ends) {
        kitsune_update("work");
        rounds++;
        usleep(1000);
    }
    return argument;
}
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        pthread_create(&thread, NULL, work, NULL);
        kitsune_set_next_version("./v2.so");
        kitsune_signal_update();
    }
    kitsune_update("main");
    EXPECT(VERSION == 1);
    for (int before = rounds; rounds < before + 10;)
        usleep(1000);
    ends = true;
    EXPECT(pthread_join(thread, NULL) == 0);
    printf("scene ends\n");
    return 0;
}
END
rm -rf v1 v2 ./*.so.d
mkdir v1 v2
for version in 1 2; do
    (echo "#define VERSION $version"; cat threads.c) >v$version/app.c
done
check "a thread that crashes: builds" \
    eval 'build_version v1 && build_version v2 && install_transformer v1 v2'
output=$(timeout 60 kitsune run ./v1.so 2>&1)
count_expectations "a thread that crashes" "$output"
check_match "a thread that crashes: says what and where" 'aborted: .*SIGSEGV .* in work' "$output"
check_match "a thread that crashes: all go on" '^scene ends$' "$output"

end_of_test
