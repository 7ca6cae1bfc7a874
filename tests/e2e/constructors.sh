#!/bin/bash
# Constructors of a new version that crash, exit, loop, open descriptors or start threads: the old version
# goes on, other threads can still load libraries, and a good version is loaded afterwards.
. "$(dirname "$0")/../lib/harness.sh"

cat >program.c <<'END'
#include "scene.h"
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>
#include "footprint.h"

static int number = 5;
static struct footprint *E_OPAQUE first, *E_OPAQUE now;
static volatile int begun;

void *work(void *argument)
{
    begun = 1;
    return argument;
}

static __attribute__((constructor)) void construct(void)
{
#if VERSION == 2
    volatile int zero = 0;
    (void)zero;
    WHAT;
#endif
}

static __attribute__((destructor)) void destroy(void)
{
    if (VERSION == 2)
        printf("FAIL: a destructor runs (v2, line 0)\n");
}

/* What others load must not wait for what the constructor left. */
static void *look_up(void *argument)
{
    void *handle = dlopen("libm.so.6", RTLD_NOW);
    if (handle)
        dlclose(handle);
    return handle ? argument : NULL;
}

static void fail(const char *next)
{
    kitsune_set_next_version((char *)next);
    kitsune_signal_update();
    kitsune_update("main");
}

int main(void)
{
    kitsune_do_automigrate();
#if VERSION == 2
    return 1; /* given up here, if not before */
#endif
    kitsune_update("main");
#if VERSION == 1
    first = calloc(1, sizeof *first);
    now = calloc(1, sizeof *now);
    number = 7;
    for (int round = 0; round < 5; round++) {
        fail("./v2.so");
        fail("./missing.so");
        usleep(20000); /* a thread that was never to run has ended by then */
        footprint_take(round < 3 ? first : now);
    }
    EXPECT(footprint_compare(first, now, 200) == 0);
    EXPECT(number == 7 && !begun);
    pthread_t handle;
    void *result = NULL;
    EXPECT(pthread_create(&handle, NULL, look_up, &number) == 0);
    EXPECT(pthread_join(handle, &result) == 0 && result == &number);
    fail("./v3.so");
    for (int i = 0; i < 1000; i++) { /* now there are threads */
        usleep(1000);
        kitsune_update("main");
    }
    EXPECT(!"the good update happens");
#else
    EXPECT(number == 7);
    printf("scene ends\n");
#endif
    return 0;
}
END

build_three() {
    local flags=(-I"$root/tests/faults" -D_GNU_SOURCE -pthread -Wno-unused)
    build_version v1 "${flags[@]}" && build_version v2 "${flags[@]}" "-DWHAT=$what" &&
        build_version v3 "${flags[@]}" && install_transformer v1 v2 && install_transformer v1 v3
}

# constructs NAME CODE PATTERN
constructs() {
    local output version
    rm -rf v1 v2 v3 ./*.so.d
    for version in 1 2 3; do
        mkdir v$version
        { echo "#define VERSION $version"; cat program.c; } >v$version/app.c
    done
    what=$2
    check "$1: builds" build_three
    output=$(GLIBC_TUNABLES=glibc.malloc.tcache_count=0 timeout 60 kitsune run ./v1.so 2>log)
    count_expectations "$1" "$output"
    check_match "$1: says what" "update to ./v2.so aborted: .*$3" "$(head -n 3 log)"
    check_match "$1: a good version follows" '^scene ends$' "$output" || tail -n 4 log
}

constructs "a crash" '*(volatile int *)8 = 1' \
    'a constructor of the new version, or of a library that it brings, crashed: SIGSEGV .*accessing 0x8'
constructs "abort" 'abort()' 'crashed: SIGABRT'
constructs "an impossible instruction" 'if (zero == 0) __builtin_trap()' 'crashed: SIGILL'
constructs "exit" 'exit(3)' 'a constructor of the new version called exit\(3\)'
constructs "_exit" '_exit(4)' 'a constructor of the new version called _exit\(4\)'
constructs "descriptors, and then main ends" 'dup(1); dup(2); fopen("/dev/null", "r")' 'main returned 1'
constructs "a thread, and then main ends" \
    'pthread_t thread; pthread_create(&thread, NULL, work, NULL)' 'main returned 1'

# One that does not come to an end.
rm -rf v1 v2 ./*.so.d
mkdir v1 v2
cat >v1/app.c <<'END'
#include <kitsune.h>
#include <unistd.h>
int number = 5;
#ifdef LOOPS
__attribute__((constructor)) static void construct(void)
{
    for (volatile unsigned turns = 0;; turns++)
        ;
}
#endif
int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("loop");
        usleep(1000);
    }
}
END
cp v1/app.c v2/app.c
check "an endless one: builds" eval \
    'build_version v1 && build_version v2 -DLOOPS && install_transformer v1 v2'
start loop.log kitsune run ./v1.so
check "an endless one: runs" wait_for 5 kitsune status "$started"
expect_error "an endless one is given up" 1 'a constructor of the new version has been running' \
    kitsune update "$started" ./v2.so --timeout 1
expect_output "an endless one: the old version runs on" 'v1.so' kitsune status "$started"
stop "$started"

end_of_test
