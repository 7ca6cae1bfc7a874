#!/bin/bash
# Processes that a new version has started before it is given up are ended, with what they have
# started themselves, and the old version's wait() does not meet them; its own children, and those
# of a version that arrives, go on.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1 v2 v3
cat >v1/app.c <<'END'
#include "scene.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int rounds;
pid_t own;
volatile int collected;

static void note(const char *what, pid_t process)
{
    FILE *file = fopen("started", "a");
    fprintf(file, "%s %d\n", what, (int)process);
    fclose(file);
}

void on_child(int number)
{
    int status;
    (void)number;
    while (waitpid(-1, &status, WNOHANG) > 0)
        collected++;
}

static __attribute__((noreturn)) void stay(void)
{
    for (;;)
        pause();
}

static void *from_a_thread(void *argument)
{
    pid_t child = fork();
    if (child == 0)
        stay();
    note("thread", child);
    return argument;
}

#if VERSION > 1
/* In every way that there is.  One of them has a child, one has ended already, one does not let itself
 * be ended by less than SIGKILL. */
static void start_all(void)
{
    char *arguments[] = {"sleep", "1000", NULL};
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0)
            stay();
        note("grandchild", grandchild);
        stay();
    }
    note("child", child);
    if (posix_spawnp(&child, "sleep", NULL, NULL, arguments, environ) == 0)
        note("spawned", child);
    child = fork();
    if (child == 0) {
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        stay();
    }
    note("stubborn", child);
    child = vfork();
    if (child == 0) {
        execlp("sleep", "sleep", "1000", (char *)NULL);
        _exit(1);
    }
    note("vforked", child);
    popen("exec sleep 1000", "r");
    child = fork();
    if (child == 0)
        _exit(3);
    waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT);
    pthread_t thread;
    (void)thread;
    while (access("started", F_OK) != 0 || system("grep -q grandchild started") != 0)
        usleep(1000);
}
#endif

int main(int argc, char **argv)
{
    (void)argv;
    kitsune_do_automigrate();
#if VERSION > 1
    start_all();
#endif
#if VERSION == 2
    return 4;
#endif
    if (!kitsune_is_updating()) {
        if (argc > 1)
            signal(SIGCHLD, on_child);
        own = fork();
        if (own == 0)
            stay();
        pid_t brief = fork(); /* nobody has asked for it yet when the updates come */
        if (brief == 0)
            _exit(5);
        waitid(P_PID, (id_t)brief, &(siginfo_t){0}, WEXITED | WNOWAIT);
        pthread_t thread;
        if (argc > 2 && pthread_create(&thread, NULL, from_a_thread, NULL) == 0)
            pthread_join(thread, NULL);
        note("own", own);
    }
    for (;; rounds++) {
        kitsune_update("loop");
        siginfo_t information = {0};
        if (access("look", F_OK) == 0) {
            int status, found = 0;
            while (waitpid(-1, &status, WNOHANG) > 0)
                found++;
            printf("version %d: %d to collect, %d collected, own %s\n", VERSION, found, collected,
                   kill(own, 0) == 0 ? "lives" : "is gone");
            fflush(stdout);
            unlink("look");
        }
        (void)information;
        usleep(2000);
    }
}
END
cp v1/app.c v2/
cp v1/app.c v3/
check "builds" eval 'for v in 1 2 3; do build_version v$v -DVERSION=$v -Wno-unused -pthread || exit; done &&
    install_transformer v1 v2 && install_transformer v1 v3'

process_of() { # WHAT: the last one
    sed -n "s/^$1 //p" started | tail -n 1
}
look() {
    touch look
    wait_for 10 test ! -e look
}
new_ones="child grandchild spawned stubborn vforked"

for way in "" "handled" "handled threads"; do
    name="children${way:+, $way}"
    rm -f started
    start log kitsune run ./v1.so $way
    program=$started
    check "$name: starts" wait_for 10 grep -qs '^own' started
    own=$(process_of own)
    for attempt in update --dry-run; do
        rm -f given-up
        timeout 60 kitsune update ${attempt#update} $program ./v2.so >given-up 2>&1
        check_match "$name: $attempt: it is given up" 'main returned 4' "$(cat given-up)"
        for what in $new_ones; do
            check "$name: $attempt: $what has been ended" wait_for 10 has_ended "$(process_of $what)"
        done
        if [ $attempt = update ]; then
            for what in $new_ones; do
                check_match "$name: $what is named" "ended .*\b$(process_of $what) \(" "$(cat given-up)"
            done
            check_match "$name: for programs, too" '"ended_processes": "[0-9]+ \(' \
                "$(kitsune log --json $program)"
            check_match "$name: and in the log" 'ended what the new version had started: [0-9]+ \(' \
                "$(cat log)"
        fi
    done
    check "$name: looks" look
    case $way in
        handled*) seen='0 to collect, [12] collected' ;;
        *) seen='1 to collect, 0 collected' ;;
    esac
    check_match "$name: the old version meets its own children alone" "version 1: $seen, own lives" \
        "$(cat log)"
    check_equal "$name: nobody is left uncollected" 0 \
        "$(ps -o stat= --ppid "$program" | grep -c Z)"
    expect_output "$name: a version that arrives" 'generation 2' timeout 60 kitsune update $program ./v3.so
    for what in $new_ones; do
        check "$name: keeps $what" is_running "$(process_of $what)"
    done
    check "$name: and the first one's" is_running "$own"
    kill -KILL $own $(ps -o pid= --ppid "$program") "$(process_of grandchild)" 2>/dev/null
    stop $program
done

end_of_test
