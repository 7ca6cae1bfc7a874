#!/bin/bash
# What a new version does to its surroundings before it is given up is taken back: descriptors, streams,
# timers, environment, locale, umask, working directory, limits, signal stack.
. "$(dirname "$0")/../lib/harness.sh"

cat >program.c <<'END'
#include "scene.h"
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "footprint.h"

static volatile int alarms;
static struct footprint *E_OPAQUE first, *E_OPAQUE now;
static char old_stack[65536], new_stack[65536];

static void on_alarm(int number)
{
    alarms += number == SIGALRM;
}

#if VERSION == 2
static void take_all(void)
{
    char name[20];
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    for (int i = 0; i < 20; i++) {
        socket(AF_INET, SOCK_STREAM, 0);
        snprintf(name, sizeof name, "NEW_%d", i);
        setenv(name, "value", 1);
        timer_create(CLOCK_REALTIME, &event, &timer);
    }
    open("/dev/null", O_RDONLY);
    dup2(eventfd(0, 0), 500);
    FILE *stream = fopen("written", "w");
    fprintf(stream, "never to be seen\n");
    fopen("/dev/zero", "r");
    openlog("scene", LOG_NDELAY, LOG_USER);
    setenv("KEPT", "changed", 1);
    unsetenv("GONE");
    setlocale(LC_ALL, "C.UTF-8");
    umask(077);
    if (chdir("/") != 0)
        abort();
    alarm(1000);
    setitimer(ITIMER_PROF, &(struct itimerval){{7, 0}, {7, 0}}, NULL);
    signal(SIGALRM, SIG_IGN);
    stack_t stack = {.ss_sp = new_stack, .ss_size = sizeof new_stack};
    sigaltstack(&stack, NULL);
    while (open("/dev/null", O_RDONLY) >= 0) /* until there are none left */
        ;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 5;
    setrlimit(RLIMIT_NOFILE, &limit);
}
#endif

/* The runtime remembers how the last update went, and allocates for that. */
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
    if (kitsune_is_updating()) {
        take_all();
        return 1;
    }
#endif
    kitsune_update("main");
#if VERSION == 1
    stack_t stack = {.ss_sp = old_stack, .ss_size = sizeof old_stack};
    struct itimerval left;
    struct rlimit limit, limit_now;
    first = calloc(1, sizeof *first);
    now = calloc(1, sizeof *now);
    setenv("KEPT", "as it was", 1);
    setenv("GONE", "still here", 1);
    umask(027);
    signal(SIGALRM, on_alarm);
    sigaltstack(&stack, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){{3, 0}, {100, 0}}, NULL);
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int round = 0; round < 4; round++) { /* libc keeps room for what was set */
        fail("./v2.so");
        fail("./missing.so");
        if (round < 2)
            footprint_take(first);
    }
    footprint_take(now);
    EXPECT(footprint_compare(first, now, 200) == 0);
    EXPECT(strcmp(getenv("KEPT"), "as it was") == 0);
    EXPECT(strcmp(getenv("GONE"), "still here") == 0);
    EXPECT(!getenv("NEW_7"));
    EXPECT(strcmp(setlocale(LC_ALL, NULL), "C") == 0);
    EXPECT(getitimer(ITIMER_REAL, &left) == 0 && left.it_value.tv_sec < 100 &&
           left.it_value.tv_sec > 30 && left.it_interval.tv_sec == 3);
    EXPECT(getitimer(ITIMER_PROF, &left) == 0 && left.it_value.tv_sec == 0);
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit_now) == 0 && limit_now.rlim_cur == limit.rlim_cur);
    EXPECT(fcntl(500, F_GETFD) < 0);
    /* What libc had buffered for a stream of the new version goes nowhere. */
    int file = open("mine", O_RDWR | O_CREAT, 0600);
    fflush(NULL);
    EXPECT(lseek(file, 0, SEEK_END) == 0);
    syslog(LOG_INFO, "to nobody");
    EXPECT(lseek(file, 0, SEEK_END) == 0);
    raise(SIGALRM);
    EXPECT(alarms == 1);
    printf("scene ends\n");
#endif
    return 0;
}
END

mkdir v1 v2
for version in 1 2; do
    { echo "#define VERSION $version"; cat program.c; } >v$version/app.c
done
check "builds" eval 'build_version v1 -I"$root/tests/faults" -D_GNU_SOURCE &&
    build_version v2 -I"$root/tests/faults" -D_GNU_SOURCE && install_transformer v1 v2'
output=$(GLIBC_TUNABLES=glibc.malloc.tcache_count=0 timeout 60 prlimit --nofile=1200:1200 kitsune run ./v1.so 2>log)
count_expectations "surroundings" "$output"
check_match "the old version goes on" '^scene ends$' "$output"
check_equal "nothing is written for the one that was given up" "" "$(cat written)"

end_of_test
