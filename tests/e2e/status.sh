#!/bin/bash
# kitsune status: of nothing, of several programs, and of one that does not answer because it is stopped.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1
cat >v1/app.c <<'END'
#include <kitsune.h>
#include <unistd.h>
int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("loop");
        usleep(2000);
    }
}
END
check "the version builds" build_version v1
cp -r v1 v2
sed -i 's/2000/3000/' v2/app.c
check "and the next" eval 'build_version v2 && build_transformer v1 v2'

expect_output "nothing runs" '^no programs of yours are running.*kitsune run' kitsune status
check_equal "nothing runs, as JSON" "[]" "$(kitsune status --json)"
expect_error "one that is not there" 3 'there is no process 1999999' kitsune status 1999999
expect_error "one that Kitsune does not run" 3 "process $$ \(status.sh\) is not run by Kitsune" \
    kitsune status $$
expect_error "no number" 2 "'app' is no process number" kitsune status app

start one.log kitsune run ./v1.so
one=$started
start two.log kitsune run ./v1.so
two=$started
both_run() {
    [ "$(kitsune status --json | grep -c '"pid"')" = 2 ]
}
check "both run" wait_for 5 both_run
check_equal "in the order of their numbers" "$(printf '%s\n' "$one" "$two" | sort -n)" \
    "$(kitsune status | awk '{ print $1 }')"

stands() {
    kitsune status "$1" | grep -q "$2"
}
goes_on() {
    ! stands "$1" stopped
}
kill -STOP "$one"
check "a stopped one is said to be, and what lets it go on" \
    wait_for 5 stands "$one" "running, but stopped by a signal: .kill -CONT $one. lets it go on"
check_match "as JSON" "\"standstill\": \"stopped by a signal: .kill -CONT $one" \
    "$(kitsune status --json "$one")"
check "the other one is not" goes_on "$two"
expect_error "an update of it says so" 1 "within 0.3 s: it is stopped by a signal: .kill -CONT $one" \
    kitsune update --timeout 0.3 "$one" ./v2.so --xf ./v1-v2.xf.so
kill -CONT "$one"
check "it goes on" wait_for 5 goes_on "$one"
check "and is updated" kitsune update "$one" ./v2.so --xf ./v1-v2.xf.so
check_match "which the status tells" 'last update: committed at "loop"' "$(kitsune status "$one")"

stop "$one"
stop "$two"

# One that can never be updated is not even asked: to be interrupted would be news to it.
mkdir v3
cat >v3/app.c <<'END'
#include <errno.h>
#include <poll.h>
int main(void)
{
    return poll(0, 0, 30000) < 0 && errno == EINTR ? 9 : 0;
}
END
check "a version without an update point builds" build_version v3
start three.log kitsune run ./v3.so
three=$started
check "it is said to be one" wait_for 5 stands "$three" 'v3.so has no update point, so it can never be updated'
expect_error "it is not asked" 1 'refused: .*v3.so has no update point.*kitsune_update\("name"\)' \
    kitsune update "$three" ./v2.so --manual
expect_error "nor by doupd" 1 'doupd: .*v3.so has no update point' doupd "$three" ./v2.so
check "and goes on" is_running "$three"
check_match "the log has it" 'refused .*v2.so' "$(kitsune log "$three")"
stop "$three"

# One that takes the interruption for an error ends, and that is said.
mkdir v4
sed -e 's/#include <unistd.h>/#include <poll.h>/' -e 's/usleep(2000);/if (poll(0, 0, 30000) < 0) return 9;/' \
    v1/app.c >v4/app.c
check "a version that ends when it is interrupted builds" build_version v4
start four.log kitsune run ./v4.so
four=$started
check "it runs" wait_for 5 stands "$four" running
expect_error "it ends, and why is said" 3 'ended on its way to an update point: .*EINTR' \
    kitsune update "$four" ./v2.so --manual

# One that comes to no point in time: what its main thread does.
mkdir v5
cat >v5/app.c <<'END'
#include <kitsune.h>
#include <errno.h>
#include <poll.h>
int main(int argc, char **argv)
{
    (void)argv;
    kitsune_do_automigrate();
    kitsune_update("never again");
    while (argc > 1)
        errno = 0;
    while (poll(0, 0, -1) < 0 && errno == EINTR)
        ;
    kitsune_update("loop");
    return 0;
}
END
check "a version that comes to no point builds" build_version v5
for busy in "" busy; do
    start five.log kitsune run ./v5.so $busy
    five=$started
    check "it runs${busy:+, and is busy}" wait_for 5 stands "$five" running
    expect_error "what it does is said${busy:+: it is busy}" 1 \
        "within 0.5 s; .*its main thread $([ "$busy" ] && echo 'is busy' || echo waits)" \
        kitsune update --timeout 0.5 "$five" ./v2.so --manual
    stop "$five"
done
expect_output "nothing runs any more" '^no programs of yours' kitsune status

end_of_test
