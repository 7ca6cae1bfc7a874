#!/bin/bash
# A new version that crashes, or is given up, in the middle of printf or fwrite, on its way to its update
# point: in the old version every thread prints on, to the same streams.
. "$(dirname "$0")/../lib/harness.sh"

cat >program.c <<'END'
#include <fcntl.h>
#include <kitsune.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORKERS = 2 };

FILE *E_OPAQUE file;
int version = VERSION;
atomic_int printed[WORKERS];
pthread_t workers[WORKERS];
const char *volatile nowhere = (const char *)16;

/* A pipe that nobody reads, and that is full; the stream is the old version's. */
FILE *E_OPAQUE blocked;
static void open_blocked(void)
{
    int ends[2];
    char bytes[4096] = "";
    if (pipe(ends) != 0)
        exit(2);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], bytes, sizeof bytes) > 0)
        ;
    fcntl(ends[1], F_SETFL, 0);
    blocked = fdopen(ends[1], "w");
    setvbuf(blocked, NULL, _IONBF, 0);
}

__attribute__((noinline)) void crash(void)
{
    CRASH;
}

void *run_worker(void *argument)
{
    int number = (int)(long)argument;
#if VERSION == 2 && defined IN_WORKER
    if (number == 0)
        crash();
#endif
    while (access("end", F_OK)) {
        kitsune_update("worker");
        fprintf(file, "worker %d\n", number);
        printf("worker %d\n", number);
        if (ftrylockfile(blocked) == 0) {
            funlockfile(blocked);
            printed[number]++;
        }
        poll(NULL, 0, 5);
    }
    return NULL;
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        setvbuf(stdout, NULL, _IOLBF, 0);
        file = fopen("file", "w");
        open_blocked();
        for (long i = 0; i < WORKERS; i++)
            pthread_create(&workers[i], NULL, run_worker, (void *)i);
    }
#if VERSION == 2 && !defined IN_WORKER
    if (kitsune_is_updating())
        crash();
#endif
    int before = -1, rounds = 0;
    HOLD;
    while (access("end", F_OK)) {
        kitsune_update("main");
        if (printed[0] > before + 5 && printed[1] > before + 5) {
            before = printed[0] > printed[1] ? printed[0] : printed[1];
            printf("all print in version %d\n", VERSION);
            fprintf(file, "round %d\n", rounds++);
        }
        poll(NULL, 0, 5);
    }
    RELEASE;
    pthread_exit(NULL); /* goes through what is to be cleaned up */
}
END

mkdir v1 v2
# given_up NAME CODE PATTERN [FLAG...]
given_up() {
    local name=$1 code=$2 pattern=$3 version
    shift 3
    rm -f end
    for version in 1 2; do
        cp program.c v$version/app.c
        check "$name: version $version" build_version v$version -w -DVERSION=$version -DCRASH="$code" \
            -DHOLD= -DRELEASE= "$@"
    done
    check "$name: the transformer" install_transformer v1 v2
    start log kitsune run ./v1.so
    check "$name: all print" wait_line 10 log 'all print in version 1'
    expect_error "$name: given up" 1 "aborted: .*$pattern" \
        timeout 60 kitsune update --timeout 1 "$started" ./v2.so
    : >log
    check "$name: all print in the old version" wait_line 10 log 'all print in version 1'
    touch end
    check "$name: main ends" wait_for 10 has_ended "$started"
    wait "$started"
    check_equal "$name: as it should" 0 $?
}

given_up "main in printf" 'printf("%s\n", nowhere)' 'SIGSEGV'
given_up "main in a file" 'fprintf(file, "%s\n", nowhere)' 'SIGSEGV'
given_up "main with a stream locked" 'flockfile(file); flockfile(file); abort()' 'SIGABRT'
given_up "main in a file of its own" 'FILE *own = fopen("own", "w"); fprintf(own, "%s\n", nowhere)' 'SIGSEGV'
given_up "a thread in printf" 'printf("%s\n", nowhere)' 'SIGSEGV' -DIN_WORKER
given_up "a thread in a file of its own" \
    'FILE *own = fopen("own", "w"); fprintf(own, "%s\n", nowhere)' 'SIGSEGV' -DIN_WORKER
given_up "main in a write that blocks" 'for (;;) fprintf(blocked, "more\n")' 'has not come to it'

# What the old version holds at its update point it holds afterwards.
given_up "a lock of the old version's" 'flockfile(stderr); abort()' 'SIGABRT' \
    -UHOLD -UHOLD -DHOLD='flockfile(stderr)' -URELEASE \
    -DRELEASE='if (ftrylockfile(stderr)) exit(3); funlockfile(stderr); funlockfile(stderr); if (((int *)stderr->_lock)[1] != 0) exit(4)'

end_of_test
