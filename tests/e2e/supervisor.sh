#!/bin/bash
# Under a supervisor that watches the main process: what it is told (the protocol of sd_notify(3)) when
# the program serves, around an update that succeeds and one that is undone; the unit for systemd; a
# program that is process 1 of its PID namespace, as in a container.
. "$(dirname "$0")/../lib/harness.sh"

cat >listen.py <<'END'
"""Prints what comes to a datagram socket, a message a line, until it is ended."""
import socket, sys
path = sys.argv[1]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("\0" + path[1:] if path[0] == "@" else path)
print("listening", flush=True)
while True:
    print(listener.recv(4096).decode().strip().replace("\n", " "), flush=True)
END
mkdir v1 v2 v3
cat >v1/server.c <<'END'
#include <kitsune.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int rounds;
static void *work(void *ignored)
{
    (void)ignored;
    for (;;) {
        kitsune_update("working");
        usleep(10000);
    }
}
int main(int argc, char **argv)
{
    (void)argv;
    kitsune_do_automigrate();
#if VERSION == 3
    if (kitsune_is_updating())
        abort();
#endif
    pthread_t thread;
    if (!kitsune_is_updating() && argc > 1)
        pthread_create(&thread, NULL, work, NULL);
    for (;;) {
        kitsune_update("serving");
        usleep(10000);
        rounds++;
    }
}
END
cp v1/server.c v2/
cp v1/server.c v3/
for version in 1 2 3; do
    check "v$version builds" build_version v$version -DVERSION=$version
done
check "and the transformers" install_transformer v1 v2
check "of both" install_transformer v2 v3

# ---- Notifications -------------------------------------------------------------------------------

# notified NUMBER: the message with that number, once it is there.
notified() {
    wait_for 10 sh -c "[ \$(wc -l <messages) -gt $1 ]"
    sed -n "$(($1 + 1))p" messages
}

watched() { # NAME SOCKET [ARGUMENT]
    start messages python3 listen.py "$2"
    local listener=$started
    wait_line 10 messages listening
    start server.log env NOTIFY_SOCKET="$2" WATCHDOG_USEC=7000000 kitsune run ./v1.so ${3:-}
    local server=$started
    check_match "$1: it is ready when it comes to its update point" \
        '^READY=1 .*WATCHDOG=1 STATUS=running .*/v1.so \(generation 1\)$' "$(notified 1)"
    check "$1: an update" kitsune update "$server" ./v2.so
    check_match "$1: the update is a reload, and the watchdog has patience" \
        '^RELOADING=1 MONOTONIC_USEC=[0-9]+ WATCHDOG_USEC=37000000 .*STATUS=updating to .*/v2.so$' \
        "$(notified 2)"
    check_match "$1: then the new version serves" \
        '^READY=1 WATCHDOG_USEC=7000000 .*/v2.so \(generation 2\)$' "$(notified 3)"
    expect_output "$1: asked once more, nothing is to be done" 'unchanged: .*this build already' \
        kitsune update --if-new "$server" ./v2.so
    check_fails "$1: an update that is undone" kitsune update "$server" ./v3.so
    check_match "$1: is a reload, too" '^RELOADING=1 .*/v3.so$' "$(notified 4)"
    check_match "$1: after which the old version serves" '^READY=1 .*/v2.so \(generation 2\)$' \
        "$(notified 5)"
    check "$1: one that is only rehearsed" kitsune update --dry-run --manual "$server" ./v2.so
    check_match "$1: begins like a reload" '^RELOADING=1 .*/v2.so$' "$(notified 6)"
    check_match "$1: and ends like one" '^READY=1 .*/v2.so \(generation 2\)$' "$(notified 7)"
    check_fails "$1: one that is refused" kitsune update "$server" ./v1/server.c
    check_equal "$1: disturbs nobody" 8 "$(wc -l <messages)"
    stop "$server"
    stop "$listener"
}

watched "a path" "$work/notify"
watched "an abstract socket" "@kitsune-test-$$"
watched "several threads" "$work/notify-threads" threads

start server.log env NOTIFY_SOCKET="$work/nobody-listens" kitsune run ./v1.so
check "nobody listens: it says so" wait_line 10 server.log 'cannot tell the supervisor at .*nobody'
check "and serves" kitsune update "$started" ./v2.so
stop "$started"

start messages python3 listen.py "$work/notify-updates"
listener=$started
wait_line 10 messages listening
start server.log env NOTIFY_SOCKET="$work/notify-updates" KITSUNE_NOTIFY=updates kitsune run ./v1.so
wait_for 10 kitsune update "$started" ./v2.so
check_match "a program that reports itself ready: only its updates are told" '^RELOADING=1' \
    "$(notified 1)"
stop "$started"
stop "$listener"

# ---- The unit ------------------------------------------------------------------------------------

check "make install" make -C "$root" --no-print-directory install DESTDIR="$work/stage" PREFIX=/usr
unit=stage/usr/lib/systemd/system/kitsune@.service
check_match "the unit starts the installed program" '^ExecStart=/usr/bin/kitsune run ' "$(cat $unit)"
if command -v systemd-analyze >/dev/null; then
    mkdir -p bin
    sed "s,/usr/bin/,$build/bin/,; s,^User=.*,," $unit >kitsune@.service
    check_equal "systemd finds nothing wrong with it" "" \
        "$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no ./kitsune@.service 2>&1 |
            grep -F 'kitsune@')"
fi

# ---- Process 1 -----------------------------------------------------------------------------------

if unshare --fork --pid --mount-proc true 2>/dev/null; then
    cat >inside.sh <<END
$build/bin/kitsune update 1 ./v2.so >update.log 2>&1
echo \$? >update.status
$build/bin/kitsune status 1 >status.log 2>&1
END
    # The shell that becomes the program leaves a helper behind, as a container's exec would start it.
    start container.log unshare --fork --pid --mount-proc --kill-child sh -c \
        "(sleep 1; sh inside.sh) & exec $build/bin/kitsune run ./v1.so"
    check "process 1 is updated" wait_for 20 test -e update.status -a -s status.log
    check_equal "successfully" 0 "$(cat update.status)" || cat update.log container.log
    check_match "and shown" 'v2\.so' "$(cat status.log)"
    stop "$started"
else
    echo "skipped: process 1 (no right to make a PID namespace)"
fi

end_of_test
