#!/bin/bash
# Rehearsals in which a thread does something wrong on its way in the new version: they fail with the
# report of the update itself, and the program goes on.  And what versions do with threads.
. "$(dirname "$0")/../lib/harness.sh"

# ---- What goes wrong in a thread -----------------------------------------------------------------

cat >wrong.c <<'END'
#include <kitsune.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#ifndef RENAMED
void *run_worker(void *argument)
{
    if (kitsune_is_updating()) {
        WRONG;
    }
    for (;;) {
        kitsune_update("worker");
        poll(NULL, 0, 10);
    }
    return argument;
}
#endif

void *run_holder(void *argument)
{
    if (!kitsune_is_updating())
        pthread_mutex_lock(&lock);
    for (;;) {
        kitsune_update("holder");
        poll(NULL, 0, 10);
    }
    return argument;
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        pthread_t thread;
        pthread_create(&thread, NULL, run_holder, NULL);
#ifndef RENAMED
        pthread_create(&thread, NULL, run_worker, NULL);
#endif
    }
    for (;;) {
        kitsune_update("main");
        printf("version %d runs\n", VERSION);
        fflush(stdout);
        poll(NULL, 0, 20);
    }
}
END
rm -rf v1 v2 v2.so.d
mkdir v1 v2
cp wrong.c v1/app.c
cp wrong.c v2/app.c
check "a program with a worker builds" build_version v1 -DVERSION=1 -DWRONG=

# What a report says, without what differs from run to run.
reported() {
    sed -E 's/(the rehearsal failed, and the program itself was not touched: )//
            s/after [0-9.]+ s/after N s/; s/since [0-9: -]+$/since then/; s/\+0x[0-9a-f]+//' "$1"
}

build_wrong() {
    rm -rf v2.so.d
    build_version v2 -DVERSION=2 "$@" && install_transformer v1 v2
}

# wrong NAME PATTERN FLAG...: in both, the rehearsal and the update.
wrong() {
    local name=$1 pattern=$2
    shift 2
    check "$name: builds" build_wrong "$@"
    start log kitsune run ./v1.so
    program=$started
    check "$name: it runs" wait_line 10 log '^version 1 runs'
    kitsune update --dry-run --timeout 1 "$program" ./v2.so 2>rehearsed
    check_equal "$name: the rehearsal fails" 1 $?
    check_match "$name: and says why" "the rehearsal failed, .*$pattern" "$(cat rehearsed)"
    kitsune update --timeout 1 "$program" ./v2.so 2>updated
    check_equal "$name: the update reports the same" "$(reported updated)" "$(reported rehearsed)"
    : >log
    check "$name: the old version goes on" wait_line 10 log '^version 1 runs'
    check_equal "$name: no child is left" "" "$(cat /proc/"$program"/task/*/children)"
    stop "$program"
}

wrong "a thread that crashes" 'SIGSEGV.* in .*run_worker' '-DWRONG=*(volatile int *)argument = 1'
wrong "a thread that returns" 'stood at .worker. returned' '-DWRONG=return argument'
wrong "a thread that exits" 'called exit\(4\)' '-DWRONG=exit(4)'
wrong "a thread that ends" 'called pthread_exit' '-DWRONG=pthread_exit(NULL)'
wrong "a thread that is cancelled" 'cancelled on its way' \
    '-DWRONG=pthread_cancel(pthread_self()); pthread_testcancel()'
wrong "a thread that never arrives" 'thread [0-9]+ \(v1.so\), .* in run_worker.*has not come' \
    '-DWRONG=for (;;) poll(NULL, 0, 100)'
wrong "a thread that waits for a lock that another one holds" \
    'waits for the lock lock, which thread [0-9]+ holds' '-DWRONG=pthread_mutex_lock(&lock)'
wrong "a thread whose function is gone" 'started with run_worker, which the new version does not' \
    -DRENAMED

# ---- Threads that a version renames, adds, drops -------------------------------------------------

cat >change.c <<'END'
#include <kitsune.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct job { int number; };
struct job job;
atomic_int runs; /* what has come to its update point in this version, as bits */
pthread_t threads[2];

static void loop(int bit, const char *point)
{
    for (;;) {
        kitsune_update(point);
        runs |= bit;
        poll(NULL, 0, 5);
    }
}
#if VERSION == 1
void *run_worker(void *E_T(struct job) argument) { loop(1, "worker"); return argument; }
void *run_idle(void *argument) { loop(2, "idle"); return argument; }
#else
void *run_servant(void *E_T(struct job) argument)
{
    if (argument != &job || job.number != 4711)
        abort();
    loop(4, "servant");
    return argument;
}
void *run_more(void *argument) { loop(8, "more"); return argument; }
#endif

int main(void)
{
    kitsune_do_automigrate();
#if VERSION == 1
    job.number = 4711;
    pthread_create(&threads[0], NULL, run_worker, &job);
    pthread_create(&threads[1], NULL, run_idle, NULL);
#else
    if (!kitsune_is_updating())
        abort();
    runs = 0;
#endif
    for (;;) {
        kitsune_update("main");
        printf("version %d runs %d\n", VERSION, runs);
        fflush(stdout);
        poll(NULL, 0, 20);
    }
}
END
cat >change.xf <<'END'
{
#include <kitsune.h>
void _kitsune_mainupdate_xform(void)
{
    ktthread_info *thread;
    kitsune_threads_reset();
    while ((thread = kitsune_threads_next()))
        if (!thread->start_fun)
            kitsune_thread_remove();
        else
            thread->update_pt = "servant";
    kitsune_thread_add(NULL, (void *(*)(void *))kitsune_lookup_key_new("run_more"), "more", NULL);
}
}
run_worker -> run_servant
END
sed 's/"servant"/"nowhere"/' change.xf >mistaken.xf

cp change.c v1/app.c
cp change.c v2/app.c
name="threads are renamed, added and dropped"
check "$name: version 1 builds" build_version v1 -DVERSION=1
check "$name: with a mistake" eval 'rm -rf v2.so.d; build_version v2 -DVERSION=2 &&
    install_transformer v1 v2 mistaken.xf'
start log kitsune run ./v1.so
program=$started
check "$name: it runs" wait_line 10 log '^version 1 runs 3$'
expect_error "$name: a point that the renamed one never comes to is found" 1 \
    "the rehearsal failed, .* in .*has not come to its update point|on its way to the update point 'nowhere'" \
    kitsune update --dry-run --timeout 1 "$program" ./v2.so
check "$name: without it" install_transformer v1 v2 change.xf
: >log
expect_output "$name: rehearsed" 'it would work' kitsune update --dry-run "$program" ./v2.so
check "$name: the old ones go on" wait_line 10 log '^version 1 runs 3$'
expect_output "$name: done" 'generation 2' kitsune update --rehearse "$program" ./v2.so
check "$name: the new ones run" wait_line 10 log '^version 2 runs 12$'
check_equal "$name: as many as there should be" 4 "$(ls "/proc/$program/task" | wc -l)"
stop "$program"

# ---- Threads of libraries ------------------------------------------------------------------------

# A library that answers questions in a thread of its own.
cat >oracle.c <<'END'
#define _GNU_SOURCE
#include <pthread.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked = PTHREAD_COND_INITIALIZER, answered = PTHREAD_COND_INITIALIZER;
static int question, answer;
static void *think(void *nothing)
{
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (question == answer)
            pthread_cond_wait(&asked, &mutex);
        answer = question;
        pthread_cond_signal(&answered);
    }
    return nothing;
}
int oracle_ask(void)
{
    static pthread_t thread;
    pthread_mutex_lock(&mutex);
    if (!thread) {
        pthread_create(&thread, NULL, think, NULL);
        pthread_setname_np(thread, "oracle");
    }
    int wanted = ++question;
    pthread_cond_signal(&asked);
    while (answer != wanted)
        pthread_cond_wait(&answered, &mutex);
    pthread_mutex_unlock(&mutex);
    return answer;
}
END
cat >library.c <<'END'
#include <kitsune.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>

int oracle_ask(void);
int asks, last; /* whether the worker asks on its way */

void *run_worker(void *argument)
{
    if (!kitsune_is_updating() || asks)
        last = oracle_ask();
    for (;;) {
        kitsune_update("worker");
        poll(NULL, 0, 5);
    }
    return argument;
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        pthread_t thread;
        pthread_create(&thread, NULL, run_worker, NULL);
    }
    asks = ASKS;
    for (;;) {
        kitsune_update("main");
        printf("version %d: %d\n", VERSION, last);
        fflush(stdout);
        poll(NULL, 0, 20);
    }
}
END
cp library.c v1/app.c
cp library.c v2/app.c
export LD_LIBRARY_PATH=$work
check "a library builds" gcc -shared -fPIC -O2 oracle.c -o liboracle.so

build_library() {
    rm -rf v2.so.d
    build_version v1 -DVERSION=1 -DASKS=0 -Wl,--no-as-needed -L. -loracle &&
        build_version v2 -DVERSION=2 -DASKS="$1" -Wl,--no-as-needed -L. -loracle && install_transformer v1 v2
}

name="with a thread of a library"
check "$name: builds" build_library 0
start log kitsune run ./v1.so
program=$started
check "$name: it runs" wait_line 10 log '^version 1: 1$'
expect_output "$name: a rehearsal does without that" \
    'forked child, while the program stood; without 1 thread of libraries' \
    kitsune update --dry-run "$program" ./v2.so
check "$name: one that needs it builds" build_library 1
stop "$program"
start log kitsune run ./v1.so
program=$started
check "$name: it runs again" wait_line 10 log '^version 1: 1$'
expect_error "$name: where that is waited for, the report says what is missing" 1 \
    'run_worker.* has not come to its update point .worker. in the new version.*\. The rehearsal has no copy of the thread that libraries have started \(oracle\); where the new version waits for it, only the update itself can tell \(--no-rehearse\)' \
    kitsune update --rehearse --timeout 1 "$program" ./v2.so
check "$name: and the update itself goes well" kitsune update --no-rehearse "$program" ./v2.so
check "$name: the question is answered" wait_line 10 log '^version 2: 2$'
stop "$program"

# ---- No more threads may be made -----------------------------------------------------------------

# The limit is the user's, and does not count for root.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    name="no more threads"
    user=54322
    as_user=(setpriv --reuid=$user --regid=$user --clear-groups)
    chmod 755 "$work"
    mkdir -m 700 hers
    cp -r v1.so v2.so v2.so.d liboracle.so hers
    chown -R $user hers
    cd hers || exit 1
    export LD_LIBRARY_PATH=$PWD XDG_RUNTIME_DIR=$PWD
    start log "${as_user[@]}" kitsune run ./v1.so
    program=$started
    check "$name: it runs" wait_line 10 log '^version 1: 1$'
    threads=$(ls "/proc/$program/task" | wc -l)
    # One is the tool, which waits; then there is one for the child, and so on.
    dry_run_with() {
        "${as_user[@]}" prlimit --pid "$program" --nproc=$((threads + $1)):
        "${as_user[@]}" kitsune update --dry-run "$program" ./v2.so
    }
    shortage="a rehearsal needs as many threads again as the program has; allow more of them \(.ulimit -u"
    expect_error "$name: none for the child" 1 "cannot fork: .*: $shortage" dry_run_with 1
    expect_error "$name: none for the worker" 1 \
        "only 0 of the program's 1 other threads can be made again in the rehearsal's child: .*: $shortage" \
        dry_run_with 2
    expect_error "$name: none for the one that leads" 1 \
        "child cannot start the thread that leads the others: $shortage" dry_run_with 3
    : >log
    check "$name: the program goes on" wait_line 10 log '^version 1: 1$'
    check_equal "$name: no child is left" "" "$(cat /proc/"$program"/task/*/children)"
    check "$name: and it is updated without a rehearsal" \
        "${as_user[@]}" kitsune update --no-rehearse "$program" ./v2.so
    stop "$program"
fi

end_of_test
