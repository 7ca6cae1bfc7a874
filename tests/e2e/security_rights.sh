#!/bin/bash
# Programs that give up rights, hide themselves or live in a root of their own; and drivers with
# rights of their own.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1 v2
cat >v1/app.c <<'END'
#include "scene.h"
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

static int change(char **what)
{
    uid_t user = 54321;
    if (strcmp(what[0], "user") == 0)
        return setgroups(0, NULL) || setresgid(user, user, user) || setresuid(user, user, user);
    if (strcmp(what[0], "effective") == 0)
        return seteuid(user);
    if (strcmp(what[0], "hide") == 0)
        return prctl(PR_SET_DUMPABLE, 0);
    if (strcmp(what[0], "root") == 0)
        return chroot(what[1]) || chdir("/");
    return 0;
}

int main(int argc, char **argv)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating() && argc > 1 && change(argv + 1)) {
        perror(argv[1]);
        return 1;
    }
    for (int i = 0; i < 60000; i++) {
        kitsune_update("loop");
        if (i == 0) {
            printf("v%d runs\n", VERSION);
            fflush(stdout);
        }
        usleep(1000);
    }
    return 0;
}
END
cp v1/app.c v2/
check "v1 builds" build_version v1 -DVERSION=1
check "v2 builds" build_version v2 -DVERSION=2
check "the transformer is installed" install_transformer v1 v2
check "and the one back" install_transformer v2 v1

# begin LOG ARGUMENT...: v1 runs as $program, and has done what the arguments say.
begin() {
    local log=$1
    shift
    start "$log" "${with[@]}" kitsune run "$work/v1.so" "$@"
    program=$started
    check "v1 runs (${*:-as it is})" wait_line 10 "$log" '^v1 runs$'
}
with=()

# ---- For everybody -------------------------------------------------------------------------------

begin hidden hide
check "a program that hides its memory is updated by its user" kitsune update $program ./v2.so
check_match "and shows its status" 'generation 2' "$(kitsune status $program)"
stop $program

if command -v setpriv >/dev/null; then
    with=(setpriv --no-new-privs)
    begin no_new
    check "a program that cannot get new privileges is updated" kitsune update $program ./v2.so
    stop $program
    with=()
fi

# Where root is not in it, root's directories show as nobody's, who is not trusted.
if unshare -Ur true 2>/dev/null; then
    start space unshare -Ur --kill-child bash -c '
        kitsune run ./v1.so & wait_for() { for i in $(seq 500); do "$@" && return; sleep 0.02; done; }
        wait_for kitsune status $! >/dev/null 2>&1
        kitsune update ${1:+"$1"} $! ./v2.so; echo "status $?"; kill $!; wait $!' \
        bash "$([ "$(id -u)" = 0 ] || echo --allow-others-files)"
    check "a program in a user namespace is updated in it" wait_line 20 space '^status 0$'
else
    echo "skipped: a user namespace (the system does not allow one)"
fi

# The runtime directory and its like do not come from the environment of a caller with less rights;
# so a driver with rights of its own does not even start.
user=54321
if [ "$(id -u)" = 0 ]; then
    chmod 711 .
    mkdir -m 755 bin lib
    cp -a "$build"/lib/libkitsune.so* lib/
    # As it is when it has been installed: the dynamic loader itself refuses $ORIGIN to such a one.
    check "a driver is linked" gcc -D_GNU_SOURCE -I"$root/runtime" "$root/driver/main.c" \
        -L"$build/lib" -lkitsune -Wl,-rpath,"$work/lib" -o bin/driver
    chown $user bin/driver
    chmod u+s bin/driver
    expect_error "a driver that is setuid runs nothing" 126 'this driver is setuid' bin/driver v1.so
    chown 0:$user bin/driver
    chmod u-s,g+s bin/driver
    expect_error "nor one that is setgid" 126 'this driver is setuid' bin/driver v1.so
    chmod g-s bin/driver
    if setcap cap_net_bind_service+ep bin/driver 2>/dev/null; then
        expect_error "nor one with file capabilities" 126 'this driver .*file capabilities' \
            setpriv --reuid=$user --regid=$user --clear-groups bin/driver v1.so
        setcap -r bin/driver
    else
        echo "skipped: file capabilities (no setcap, or a file system without)"
    fi
    expect_error "without rights of its own it does" 124 'v1 runs' timeout 1 bin/driver v1.so
else
    echo "skipped: programs that change their user or their root, setuid drivers (needs root)"
    end_of_test
fi

# ---- Programs that change their user -------------------------------------------------------------

hers=(setpriv --reuid=$user --regid=$user --clear-groups)
begin dropped user
expect_error "its new user does not reach it" 3 'another user' \
    "${hers[@]}" kitsune update $program "$work/v2.so"
check "root updates it" kitsune update $program ./v2.so
check_match "and sees how it went" 'generation 2.*running' "$(kitsune status $program | tr '\n' ' ')"
mkdir -m 755 home
cp -r v1.so v1.so.d home/
chown -R $user:$user home
check "files of its new user are its own" kitsune update $program home/v1.so
chown -R 1 home
expect_error "files of others are not" 1 "belongs to user 1 .*neither to root nor to user $user" \
    kitsune update $program home/v1.so
check "doupd leaves word where it cannot look any more" doupd $program ./v2.so
check "which it says" wait_line 10 dropped 'has changed its user: use `kitsune update`'
check "kitsune update still does it" kitsune update $program ./v2.so
stop $program
check "status tidies up after it" eval 'kitsune status >/dev/null; test ! -e "$XDG_RUNTIME_DIR/kitsune/$program.socket"'

begin effective effective
expect_error "one that can become root again: its user for now has no say" 3 'another user' \
    "${hers[@]}" kitsune update $program "$work/v2.so"
chown -R $user home
expect_error "nor his files" 1 "belongs to user $user, not to root" \
    kitsune update $program home/v1.so
check "root updates it" kitsune update $program ./v2.so
stop $program

# ---- Programs that change their root -------------------------------------------------------------

mkdir -p cell/proc
begin bare root "$work/cell"
expect_error "in a root without /proc there is no update" 1 'mount /proc' \
    kitsune update $program ./v2.so
check "the program runs on" is_running $program
stop $program
if mount -t proc proc cell/proc 2>/dev/null; then
    begin within root "$work/cell"
    check "with /proc there is" kitsune update $program ./v2.so
    stop $program
    umount cell/proc
else
    echo "skipped: a root with /proc (cannot mount it here)"
fi

end_of_test
