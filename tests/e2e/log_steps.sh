#!/bin/bash
# Each step of an update that can fail says its name, where it was, and goes into the history.
. "$(dirname "$0")/../lib/harness.sh"

cat >program.c <<'END'
#include <kitsune.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

int missing_function(void);
int count;
volatile int zero;

static void *worker(void *argument)
{
#ifdef THREAD_CRASHES
    if (kitsune_is_updating())
        *(volatile int *)8 = 1;
#endif
#ifdef THREAD_RETURNS
    if (kitsune_is_updating())
        return argument;
#endif
    for (;;) {
        kitsune_update("worker");
        usleep(5000);
    }
    return argument;
}

__attribute__((constructor)) static void at_load(void)
{
#ifdef CONSTRUCTOR_CRASHES
    count = *(volatile int *)8;
#endif
}

__attribute__((noinline)) static int divide(int number)
{
    return number / zero;
}

int main(void)
{
    kitsune_do_automigrate();
    if (kitsune_is_updating()) {
#ifdef LINK_FAILS
        count = missing_function();
#elif defined MAIN_CRASHES
        count = divide(7);
#elif defined MAIN_RETURNS
        return 5;
#elif defined MAIN_EXITS
        exit(6);
#endif
    } else {
        pthread_t thread;
        if (WITH_THREAD)
            pthread_create(&thread, NULL, worker, NULL);
    }
    for (;;) {
        kitsune_update("loop");
        usleep(5000);
    }
    return divide(1);
}
END

# version NAME THREAD FLAG...
version() {
    local name=$1 with_thread=$2
    shift 2
    kitcc -O2 -g -DWITH_THREAD="$with_thread" "$@" -c program.c -o "$name.o" &&
        kitcc -shared "$name.o" -o "$name.so" -pthread
}

# fails_in STEP WHERE DEFINE [UPDATE OPTION...]: the update to a version compiled so fails in this
# step, WHERE (a pattern of a line) is told, and the program goes on.
fails_in() {
    local step=$1 where=$2 define=$3 said record
    shift 3
    check "$define: builds" version "$define" $with_thread -D"$define"
    check "$define: the transformer" eval \
        "xfgen $old.so $define.so -o $define.c && kitcc -shared $define.c -o $define.xf.so"
    said=$(kitsune update "$program" "./$define.so" --xf "./$define.xf.so" "$@" 2>&1)
    check_equal "$define: exit status" 1 $?
    check_match "$define: the step is $step" "^  step +$step\$" "$said"
    check_match "$define: where" "$where" "$said"
    check_match "$define: what runs" "^  running +.*/$old\.so \(generation 1\), since" "$said"
    check_match "$define: the history has it" "\"step\": \"$step\"" "$(kitsune log --json -n 1 "$program")"
    check_match "$define: the old version runs" " $work/$old\.so .* running\$" \
        "$(kitsune status "$program" | head -1)"
}

for old in single threaded; do
    with_thread=$([ $old = threaded ] && echo 1 || echo 0)
    check "$old: builds" version $old $with_thread
    start log kitsune run ./$old.so
    program=$started
    wait_for 5 kitsune status "$program" >/dev/null 2>&1
    fails_in link 'undefined symbol: missing_function' LINK_FAILS
    fails_in entry '^  #0 +divide[.a-z0-9]*\+0x[0-9a-f]+  at .*program\.c:[0-9]+$' MAIN_CRASHES
    fails_in entry 'main returned 5 before' MAIN_RETURNS
    fails_in entry 'called exit\(6\) before' MAIN_EXITS
    if [ $old = threaded ]; then
        fails_in arrival '^  #0 +worker[.a-z0-9]*\+0x[0-9a-f]+  at .*program\.c:[0-9]+$' THREAD_CRASHES
        fails_in arrival "the thread that stood at 'worker' returned" THREAD_RETURNS
    fi

    # A program that does not come to its update point.
    kill -STOP "$program"
    kitsune update "$program" ./MAIN_EXITS.so --xf ./MAIN_EXITS.xf.so --quiesce-timeout 0.2 >/dev/null 2>&1
    kill -CONT "$program"
    check_match "$old: not in time: the step" '"step": "quiescence"' \
        "$(kitsune log --json -n 1 "$program")"
    check_match "$old: not in time: the outcome" '"outcome": "cancelled"' \
        "$(kitsune log --json -n 1 "$program")"
    kitsune update "$program" ./program.c >/dev/null 2>&1
    check_match "$old: no version: the step" '"step": "prepare"' "$(kitsune log --json -n 1 "$program")"

    # One that is right; with threads, the history says when each one came.
    check "$old: one that is right: builds" version right $with_thread
    check "$old: the transformer" eval "xfgen $old.so right.so -o r.c && kitcc -shared r.c -o r.xf.so"
    check "$old: updates" kitsune update "$program" ./right.so --xf ./r.xf.so
    kitsune log --json -n 1 "$program" >record.json
    check "$old: what the history says of threads" python3 - $old <<'END'
import json, sys
record = json.load(open("record.json"))[0]
times = record.get("thread_times", [])
if sys.argv[1] == "single":
    assert record["threads"] == 1 and times == [], times
else:
    assert record["threads"] == 2 and len(times) == 1, times
    thread = times[0]
    commit = [span for span in record["spans"] if span["step"] == "commit"][0]
    assert thread["parked_ns"] < thread["entered_ns"] < thread["arrived_ns"] < commit["begin_ns"]
    assert thread["tid"] > 0 and thread["name"]
END
    stop "$program"
done

# A program that dies of an update, which nothing of it can report.
version dies 0 -DMAIN_CRASHES
check "a version that crashes: the transformer" eval \
    "xfgen single.so dies.so -o dies.c && kitcc -shared dies.c -o dies.xf.so"
KITSUNE_CRASH=core start log kitsune run ./single.so
program=$started
wait_for 5 kitsune status "$program" >/dev/null 2>&1
expect_error "the requester is told that the program ended, and in which step" 3 \
    "failed: the program ended during the update, in its step 'entry'" \
    kitsune update "$program" ./dies.so --xf ./dies.xf.so
check_match "the history has it" '"outcome": "failed"' "$(kitsune log --json -n 1 "$program")"
check_fails "and does not say that something runs" eval \
    'kitsune log --json -n 1 "$program" | grep -q running_path'

end_of_test
