# turns.sh -- a program that counts its turns, aloud: what it loses, or is told by a signal, is seen.
# Sourced after harness.sh.

# turns_build: v1.so and v2.so, with the ways there and back.
turns_build() {
    mkdir v1 v2
    cat >v1/app.c <<'END'
#include "scene.h"
#include <signal.h>
#include <unistd.h>

struct counter {
    long turns;
#if VERSION == 2
    long more;
#endif
};
struct counter *counter;
volatile sig_atomic_t signals;

void count_signal(int number)
{
    (void)number;
    signals++;
}

int main(int argc, char **argv)
{
    (void)argv;
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        counter = calloc(1, sizeof *counter);
        if (argc > 1) {
            signal(SIGXFSZ, count_signal);
            signal(SIGPIPE, count_signal);
        }
    }
    while (counter->turns < 60000) {
        kitsune_update("loop");
        printf("v%d turn %ld signals %d\n", VERSION, counter->turns++, (int)signals);
        fflush(stdout);
        usleep(10000);
    }
    return 0;
}
END
    cp v1/app.c v2/
    echo 'INIT struct counter.more: { $out = 1; }' >there.xf
    echo 'DROP struct counter.more' >back.xf
    check "v1 builds" build_version v1 -DVERSION=1
    check "v2 builds" build_version v2 -DVERSION=2
    check "the way there builds" install_transformer v1 v2 there.xf
    check "and back" install_transformer v2 v1 back.xf
}

# turns_begin LOG [ARGUMENT]: with an argument it handles SIGXFSZ and SIGPIPE.  What it says goes
# through a pipe, which has no limit, to `output`.  Sets $program.  ${turns_with[@]} comes before the
# command.
turns_with=()
turns_begin() {
    local log=$1
    shift
    : >output
    "${turns_with[@]}" kitsune run ./v1.so "$@" 2>"$log" </dev/null > >(exec cat >>output) &
    program=$!
    started_programs+=("$program")
    check "v1 runs" wait_line 10 output '^v1 turn'
}

# turns_go_on NAME VERSION: it does, each turn was counted once, and no signal has come.
turns_go_on() {
    local last
    last=$(tail -n 1 output | sed -n 's/.* turn \([0-9]*\) .*/\1/p')
    check "$1: the program goes on" \
        wait_line 10 output "^$2 turn $((${last:-0} + 5)) signals 0\$"
    check_equal "$1: each turn was counted once" "" \
        "$(sed -n 's/.* turn \([0-9]*\) .*/\1/p' output | awk '$1 != NR - 1' | head -n 3)"
}
