#!/bin/bash
# What the child of a rehearsal must not do to the program that forked it, even when the new version
# does what it should not before its update point.
. "$(dirname "$0")/../lib/harness.sh"

cat >program.c <<'END'
#include <kitsune.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

int rounds, epoll = -1, ends[2], file = -1;
volatile sig_atomic_t children_ended;
int forks_prepared;
FILE *buffered;
pid_t child;

void on_child(int number)
{
    (void)number;
    children_ended++;
}

void at_end(void)
{
    FILE *trace = fopen("exit-handler-ran", "a");
    if (trace)
        fclose(trace);
}

void before_fork(void)
{
    forks_prepared++;
}

/* Nothing a new version should do before its update point. */
static void do_harm(void)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 4711};
    char text[4];
    epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event);
    if (read(file, text, sizeof text) != sizeof text)
        abort();
    fprintf(buffered, "from the new version\n");
    fflush(buffered);
    for (int i = 0; i < 30; i++) /* time enough for the child that the program has */
        poll(NULL, 0, 10);
}

static void begin(void)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 42};
    epoll = epoll_create1(0);
    if (pipe(ends) != 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) != 0)
        abort();
    file = open("data", O_RDONLY);
    buffered = fopen("out", "w");
    fprintf(buffered, "once\n"); /* stays in the buffer */
    signal(SIGCHLD, on_child);
    atexit(at_end);
    pthread_atfork(before_fork, NULL, NULL);
}

static void tell(void)
{
    char text[5] = "";
    struct epoll_event event = {0};
    lseek(file, 0, SEEK_CUR);
    if (write(ends[1], "x", 1) != 1 || epoll_wait(epoll, &event, 1, 0) != 1 ||
        read(ends[0], text, 1) != 1 || read(file, text, 4) != 4)
        abort();
    text[4] = '\0';
    printf("epoll says %d, the file %s, forks %d\n", (int)event.data.u64, text, forks_prepared);
    fflush(stdout);
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        begin();
    else
        do_harm();
    for (rounds = 0; rounds < 3000; rounds++) {
        kitsune_update("loop");
        if (rounds == 0) {
            printf("version %d runs\n", VERSION);
            fflush(stdout);
        }
        if (access("tell", F_OK) == 0 && unlink("tell") == 0)
            tell();
        if (access("fork", F_OK) == 0 && unlink("fork") == 0) {
            child = fork();
            if (child == 0) {
                poll(NULL, 0, 100);
                _exit(7);
            }
        }
        if (children_ended) {
            int status, ended = 0;
            for (pid_t one; (one = waitpid(-1, &status, WNOHANG)) > 0;)
                ended += one == child && WEXITSTATUS(status) == 7;
            printf("signals %d, children %d\n", (int)children_ended, ended);
            fflush(stdout);
            children_ended = 0;
        }
        poll(NULL, 0, 10);
    }
    return 0;
}
END
mkdir v1 v2
cp program.c v1/app.c
cp program.c v2/app.c
check "v1 builds" build_version v1 -DVERSION=1
check "v2 builds" build_version v2 -DVERSION=2
check "the transformer builds" install_transformer v1 v2
echo aaaabbbbccccdddd >data

start log kitsune run ./v1.so
program=$started
check "it runs" wait_line 10 log '^version 1 runs'
expect_output "a dry run" 'it would work' kitsune update --dry-run $program ./v2.so
touch tell
check "epoll set, offset and fork handlers are as they were" \
    wait_line 10 log '^epoll says 42, the file aaaa, forks 0$'
check "no exit handler has run" test ! -e exit-handler-ran
expect_output "the program has its status, and takes requests" 'it would work' \
    kitsune update --dry-run $program ./v2.so
check_fails "its own SIGCHLD handler was not called" grep '^signals' log

touch fork
check "the program forks for itself" wait_for 10 test ! -e fork
kitsune update --dry-run $program ./v2.so >/dev/null
check "a child of its own that ends meanwhile is not lost" \
    wait_line 10 log '^signals [0-9]+, children 1$'
kill -INT $program
wait_for 5 has_ended $program

start log2 kitsune run ./v1.so
program=$started
check "it runs again" wait_line 10 log2 '^version 1 runs'
kitsune update --dry-run $program ./v2.so >/dev/null
kill -TERM $program
check "it ends" wait_for 5 has_ended $program
check_fails "what the program has in its buffers is not written by the child" grep -q once out
check_match "what new code writes before its update point is written" 'from the new version' "$(cat out)"

end_of_test
