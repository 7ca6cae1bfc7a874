#!/bin/bash
# A program that has restricted its system calls (seccomp): what an update needs is as docs/security.md
# says; what is missing is told, and the program goes on; a filter that kills is met by a rehearsal.
. "$(dirname "$0")/../lib/harness.sh"

# The table of the page: the calls of an update, and those of a rehearsal besides.
calls_of() {
    sed -n "s/^| $1 | //p" "$root/docs/security.md" | tr -dc 'a-z0-9_ '
}
update_calls=$(calls_of 'an update')
thread_calls=$(calls_of 'several threads, besides')
rehearsal_calls=$(calls_of 'a rehearsal, besides')
check "the page names the calls of an update" test "$(wc -w <<<"$update_calls")" -gt 20
check "and of a rehearsal" test "$(wc -w <<<"$rehearsal_calls")" -gt 3

cat >program.c <<'END'
#include <kitsune.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct call { const char *name; unsigned number; } calls[] = {
#include "calls.h"
};
struct item {
    int number;
#if VERSION == 2
    long more;
#endif
    struct item *next;
};
struct item *items;

#if VERSION == 1
/* What the program itself calls, what `allowed` names, and nothing else. */
static void restrict_calls(const char *allowed, unsigned otherwise)
{
    static const unsigned own[] = {SYS_clock_nanosleep, SYS_write, SYS_exit_group, SYS_rt_sigreturn,
                                   SYS_restart_syscall, SYS_brk, SYS_futex, SYS_clone3,
                                   SYS_set_robust_list, SYS_rseq, SYS_exit};
    struct sock_filter filter[600];
    unsigned short count = 0;
    char *names = strdup(allowed);
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                   offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own[i], 0, 1);
        filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    for (char *name = strtok(names, " "); name; name = strtok(NULL, " "))
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            if (strcmp(calls[i].name, name) != 0)
                continue;
            filter[count++] =
                (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1);
            filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
    free(names);
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, otherwise);
    struct sock_fprog program = {count, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        printf("no seccomp here: %s\n", strerror(errno));
        exit(77);
    }
}
#endif

void *work(void *argument)
{
    for (;;) {
        kitsune_update("working");
        usleep(1000);
    }
    return argument;
}

static int sum(void)
{
    int total = 0;
    for (struct item *item = items; item; item = item->next)
        total += item->number;
    return total;
}

int main(int argc, char **argv)
{
    kitsune_do_automigrate();
    setvbuf(stdout, NULL, _IOLBF, 4096);
    if (!kitsune_is_updating()) {
        for (int i = 1; i <= 100; i++) {
            struct item *item = calloc(1, sizeof *item);
            item->number = i;
            item->next = items;
            items = item;
        }
        printf("ready\n");
#if VERSION == 1
        kitsune_update("loop"); /* the first point is passed before what it may do is restricted */
        if (argc > 2)
            restrict_calls(argv[2], strcmp(argv[1], "kill") == 0   ? SECCOMP_RET_KILL_PROCESS
                                    : strcmp(argv[1], "trap") == 0 ? SECCOMP_RET_TRAP
                                                                   : SECCOMP_RET_ERRNO | EPERM);
        pthread_t thread;
        if (getenv("THREADS") && pthread_create(&thread, NULL, work, NULL) != 0)
            return 8;
        printf("restricted\n");
#endif
    }
#if VERSION == 2
    if (getenv("TALKS") && socket(AF_UNIX, SOCK_STREAM, 0) < 0)
        return 9;
#endif
    (void)argc;
    (void)argv;
    for (long round = 0;; round++) {
        kitsune_update("loop");
        if (round % 20 == 0)
            printf("version %d: %d\n", VERSION, sum());
        usleep(1000);
    }
}
END
grep -ho '__NR_[a-z0-9_]*' /usr/include/x86_64-linux-gnu/asm/unistd_64.h | sort -u |
    sed 's/__NR_\(.*\)/{"\1", __NR_\1},/' >calls.h
mkdir v1 v2
cp program.c v1/
cp program.c v2/
check "builds" eval 'build_version v1 -D_GNU_SOURCE -DVERSION=1 -I. -Wno-unused &&
    build_version v2 -D_GNU_SOURCE -DVERSION=2 -I. -Wno-unused -pthread && install_transformer v1 v2'

begin() { # HOW CALLS [NAME=VALUE...]
    start log env "${@:3}" kitsune run ./v1.so "$1" "$2"
    program=$started
    wait_line 10 log '^restricted|^no seccomp'
}
lines() {
    grep -c "^version 1: 5050" log
}
goes_on() { # NAME
    local before
    before=$(lines)
    check "$1: the old version goes on, with everything" wait_for 10 eval '[ "$(lines)" -gt '"$before"' ]'
}

begin errno "$update_calls"
if grep -q '^no seccomp' log; then
    cat log
    end_of_test
fi
expect_output "with the calls of the page an update is done" 'generation 2' \
    timeout 60 kitsune update $program ./v2.so
check "and the new version has everything" wait_line 10 log '^version 2: 5050'
stop $program
begin errno "$update_calls $rehearsal_calls"
expect_output "with those for rehearsals it is rehearsed, too" 'rehearsal ' \
    timeout 60 kitsune update --rehearse $program ./v2.so
stop $program

begin errno "$update_calls $thread_calls" THREADS=yes
expect_output "and with those for threads that of a program with two" 'of 2 threads' \
    timeout 60 kitsune update $program ./v2.so
stop $program

# One after the other is missing: done, or not done and said why, and never the end.
for call in $update_calls; do
    begin errno " $(tr ' ' '\n' <<<"$update_calls" | grep -vx "$call" | tr '\n' ' ') "
    timeout 60 kitsune update --quiesce-timeout 1 $program ./v2.so >told 2>&1
    case $? in
        0) check "without $call: the update is done" wait_line 10 log '^version 2: 5050' ;;
        1)
            check_match "without $call: it is said that it is not done" \
                '^kitsune update: (refused|aborted|cancelled|failed): .' "$(cat told)"
            goes_on "without $call"
            ;;
        *) fail "without $call: it is done or not" "$(cat told)" "$(tail -n 5 log)" ;;
    esac
    stop $program
done

begin errno "$(tr ' ' '\n' <<<"$update_calls" | grep -vx mmap | tr '\n' ' ')"
expect_error "what cannot be done is named" 1 'Operation not permitted|no address space' \
    timeout 60 kitsune update $program ./v2.so
goes_on "what cannot be done"
stop $program

# A filter that kills: the program is lost, unless it is rehearsed.
without_one=$(tr ' ' '\n' <<<"$update_calls" | grep -vx sigaltstack | tr '\n' ' ')
begin kill "$without_one $rehearsal_calls"
expect_error "a filter that kills ends the rehearsal alone" 1 \
    'the rehearsal failed, and the program itself was not touched: it was ended by SIGSYS .*seccomp' \
    timeout 60 kitsune update --rehearse $program ./v2.so
goes_on "a filter that kills"
expect_error "without a rehearsal it is the end, which is told" 3 \
    'the program ended during the update, in its step' timeout 60 kitsune update $program ./v2.so
stop $program

# A filter that sends a signal, and new code that does what is not allowed.
begin trap "$update_calls" TALKS=yes
expect_error "a filter that sends SIGSYS gives the update up" 1 \
    'crashed on its way to the update point: SIGSYS \(Bad system call\) in main' \
    timeout 60 kitsune update $program ./v2.so
goes_on "a filter that sends SIGSYS"
stop $program
begin errno "$update_calls" TALKS=yes
expect_error "new code that meets EPERM" 1 'main returned 9' timeout 60 kitsune update $program ./v2.so
goes_on "new code that meets EPERM"
stop $program

end_of_test
