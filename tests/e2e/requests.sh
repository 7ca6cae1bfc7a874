#!/bin/bash
# Asking for an update from outside: kitsune update, doupd, SIGUSR2, kitsune status, exit statuses.
. "$(dirname "$0")/../lib/harness.sh"

# A program that counts its rounds and says so when told to (SIGUSR1), for a minute at most.
mkdir v1 v2 v3
cat >v1/app.c <<'END'
#include "scene.h"
#include <signal.h>
#include <unistd.h>

static long rounds;
static volatile sig_atomic_t told;

static void tell(int number)
{
    (void)number;
    told = 1;
}

int main(void)
{
    kitsune_do_automigrate();
    signal(SIGUSR1, tell);
    printf("v%d starts, updating: %d\n", VERSION, kitsune_is_updating());
    fflush(stdout);
    for (int i = 0; i < 60000; i++) {
        kitsune_update("loop");
        if (i == 0) {
            printf("v%d runs, rounds kept: %d\n", VERSION, rounds > 0);
            fflush(stdout);
        }
        if (told) {
            told = 0;
            printf("v%d answers\n", VERSION);
            fflush(stdout);
        }
        rounds++;
        usleep(1000);
    }
    return 0;
}
END
cp v1/app.c v2/
cp v1/app.c v3/
for version in 1 2 3; do
    check "v$version builds" build_version v$version -DVERSION=$version
done
check "the transformer v1 to v2 builds" build_transformer v1 v2
check "the transformer v2 to v3 is installed" install_transformer v2 v3
check "the transformer v1 to v2 is installed" install_transformer v1 v2

# answers VERSION LOG PID: the program answers once more, as that version.
answers() {
    local before
    before=$(grep -c "^v$1 answers$" "$2")
    kill -USR1 "$3" && wait_for 10 has_more_lines "$2" "^v$1 answers$" "$before"
}

has_more_lines() {
    [ "$(grep -c "$2" "$1")" -gt "$3" ]
}

# ---- kitsune update ------------------------------------------------------------------------------

start log kitsune run ./v1.so
program=$started
check "v1 starts" wait_line 10 log '^v1 runs, rounds kept: 0$'
check "the process is the program's" answers 1 log $program
expect_output "kitsune status shows the program" "(^|[^0-9])$program([^0-9]|$)" kitsune status
expect_output "kitsune status names its version" 'v1\.so' kitsune status

mv v2.so.d away
expect_error "without a transformer the update is refused, and xfgen is named" 1 'xfgen' \
    kitsune update $program ./v2.so
mv away v2.so.d
check "the old version runs on" answers 1 log $program

expect_output "kitsune update with --xf" 'v2\.so' kitsune update $program ./v2.so --xf ./v1-v2.xf.so
check "has happened when the command returns" answers 2 log $program
check "the state is kept" wait_line 1 log '^v2 runs, rounds kept: 1$'
check "the new main was updating" wait_line 1 log '^v2 starts, updating: 1$'
expect_output "kitsune status names the new version" 'v2\.so' kitsune status

expect_output "kitsune update finds an installed transformer" '' kitsune update $program ./v3.so
check "again with the state" wait_line 10 log '^v3 runs, rounds kept: 1$'

check "the transformer back to v1 builds" build_transformer v3 v1
expect_output "an update says how long it took" '[0-9.]+ ?(us|µs|ms|s)\b' \
    kitsune update $program ./v1.so --xf ./v3-v1.xf.so
check "back to the first version" answers 1 log $program

# ---- Who is asked --------------------------------------------------------------------------------

expect_error "no such process" 3 '' kitsune update 4194304 ./v2.so
sleep 60 &
bystander=$!
started_programs+=($bystander)
expect_error "a process that is not ours" 3 '' kitsune update $bystander ./v2.so
check "is left alone" is_running $bystander
expect_error "update without arguments" 2 '[Uu]sage' kitsune update
expect_error "update with a word for a process" 2 '' kitsune update somebody ./v2.so
expect_error "update with an unknown option" 2 '' kitsune update $program ./v2.so --no-such-option
expect_error "an unknown command" 2 'frobnicate.*kitsune help' kitsune frobnicate
expect_error "no command" 2 '[Uu]sage' kitsune
expect_error "run without a program" 2 '[Uu]sage' kitsune run
expect_output "help" 'update' kitsune --help
expect_error "run of a missing file: as a shell would" 127 'nowhere\.so' kitsune run ./nowhere.so
check "after all this the program runs" answers 1 log $program

stop $program
check "the program ends by SIGTERM" has_ended $program
check_fails "kitsune status no longer shows it" matches "(^|[^0-9])$program([^0-9]|$)" "$(kitsune status)"
expect_error "an update of what has ended" 3 '' kitsune update $program ./v2.so

# ---- doupd and SIGUSR2 ---------------------------------------------------------------------------

start log2 kitsune run ./v1.so
program=$started
check "another v1 starts" wait_line 10 log2 '^v1 runs'
check "doupd hands over the path" doupd $program ./v2.so
check "and the update happens" wait_line 10 log2 '^v2 runs, rounds kept: 1$'
check "doupd again" doupd $program ./v3.so
check "and again the update happens" wait_line 10 log2 '^v3 runs, rounds kept: 1$'
check "a bare SIGUSR2" kill -USR2 $program
sleep 0.2
check "without a new path changes nothing for the worse" answers 3 log2 $program
check "doupd with a file that does not exist" bash -c "doupd $program ./nowhere.so; true"
sleep 0.2
check "leaves the program running" answers 3 log2 $program
check_fails "doupd without arguments" doupd
check_fails "doupd for no process" doupd 4194304 ./v2.so

# ---- Two programs at once ------------------------------------------------------------------------

start log3 kitsune run ./v1.so
other=$started
check "a second program starts" wait_line 10 log3 '^v1 runs'
listing=$(kitsune status)
check_match "status lists the first" "$program" "$listing"
check_match "and the second" "$other" "$listing"
check "only the one that is meant is updated" kitsune update $other ./v2.so
check "it is" answers 2 log3 $other
check "the other is not" answers 3 log2 $program

end_of_test
