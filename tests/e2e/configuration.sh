#!/bin/bash
# kitsune.conf, the environment and options: which one counts, what is wrong with a file, who may
# write to it.
. "$(dirname "$0")/../lib/harness.sh"

mkdir config
export KITSUNE_SYSTEM_CONFIG=$work/system.conf
system=system.conf
user=config/kitsune.conf

# value KEY: what `kitsune help config` shows.
value() {
    kitsune help config | sed -n "s/^  $1 = //p"
}

# ---- Which one counts ----------------------------------------------------------------------------

check_equal "without files: the default" 30 "$(value timeout)"
printf '# ours\ntimeout = 20\nquiesce-timeout = 7 ; short\n' >$system
check_equal "the system's file" 20 "$(value timeout)"
check_equal "a comment behind a value" 7 "$(value quiesce-timeout)"
printf 'timeout = 12.5\nrehearse = yes\n' >$user
check_equal "the user's file overrides it" 12.5 "$(value timeout)"
check_equal "key by key" 7 "$(value quiesce-timeout)"
check_equal "a choice" yes "$(value rehearse)"
check_equal "the environment overrides both" 3 "$(KITSUNE_TIMEOUT=3 value timeout)"
check_match "the origin is shown" "\[$work/config/kitsune.conf:1\]" "$(kitsune help config)"
kitsune keygen a >/dev/null && kitsune keygen b >/dev/null
printf "trusted-keys = $work/a.pub\n    $work/b.pub ; the second\n" >$user
check_equal "a list goes on in the next line" "$work/a.pub $work/b.pub" \
    "$(value trusted-keys)"
check_equal "a timeout alone is that of quiescence, too" 9 \
    "$(KITSUNE_SYSTEM_CONFIG= KITSUNE_TIMEOUT=9 value quiesce-timeout)"
rm $user

# ---- What is wrong with it -----------------------------------------------------------------------

# wrong NAME TEXT PATTERN: the file is refused with this message.
wrong() {
    printf "$2" >$user
    expect_error "$1" 2 "$3" kitsune help config
}

wrong "an unknown key, with the nearest" 'rehearse = no\ntimeot = 3\n' \
    "kitsune.conf:2:1: error: there is no key 'timeot': did you mean 'timeout'\?"
printf 'timeout =  soon\n' >$user
check_equal "line and caret point at the mistake" \
    "$work/config/kitsune.conf:1:12: error: 'soon' is no time in seconds
timeout =  soon
           ^~~~" "$(kitsune help config 2>&1 >/dev/null)"
wrong "a time that is none" 'timeout = -3\n' "'-3' is no time"
wrong "a choice that is none" 'rehearse = maybe\n' "kitsune.conf:1:12: error: 'maybe' is neither yes nor no"
wrong "a line that is none" 'rehearse = yes\nnonsense\n' 'kitsune.conf:2:1: error: .*key = value'
wrong "a section without an end" '[program x\n' 'kitsune.conf:1:1: error: .*\[program PATTERN\]'
wrong "an unknown section" '[programs]\ntimeout = 3\n' 'kitsune.conf:2:.*\[programs\].*\[program PATTERN\]'
wrong "a key of another program is looked at, too" '[program x]\ntimeot = 3\n' "did you mean 'timeout'"
wrong "an indented line" 'timeout = 3\n  rehearse = yes\n' "kitsune.conf:2:3: error: .*continues 'timeout'"
wrong "a line that is too long" "trusted-keys = $(printf '%0300d' 0)\n" 'at most [0-9]+ bytes'
wrong "a file that is no text" 'timeout = 3\n\0\n' 'no file of settings'
rm $user
expect_error "a wrong variable" 2 "KITSUNE_TIMEOUT: 'x' is no time" \
    env KITSUNE_TIMEOUT=x kitsune help config

# ---- Who may write to it -------------------------------------------------------------------------

echo 'timeout = 4' >$user
chmod o+w $user
expect_error "a file that others can write to" 2 "kitsune.conf is not believed: .*by everybody" \
    kitsune help config
chmod 644 $user
if [ "$(id -u)" = 0 ]; then
    chgrp 1 $user
    chmod 664 $user
    expect_error "or a group" 2 "can be written to by group 1 " kitsune help config
    chmod 644 $user
    chown nobody $user
    expect_error "a file of somebody else" 2 "belongs to user [0-9]+ \\(nobody\\), not to root" \
        kitsune help config
    chown root $user
    mv $user settings
    chown nobody "$(dirname $user)"
    check "what is not there is not doubted" kitsune help config
    chown root "$(dirname $user)"
    mv settings $user
fi
check_equal "one's own file" 4 "$(value timeout)"
rm $user
mkdir $user
expect_error "what is no file" 2 'is not a file' kitsune help config
rmdir $user

# ---- The tool and the program --------------------------------------------------------------------

mkdir v1 v2
cat >v1/app.c <<'END_OF_PROGRAM'
#include "scene.h"
#include <poll.h>
#include <unistd.h>

int rounds;

int main(void)
{
    kitsune_do_automigrate();
    for (; rounds < 3000; rounds++) {
        if (VERSION == 2 && kitsune_is_updating())
            for (;;)
                poll(NULL, 0, -1);
        kitsune_update("loop");
        if (rounds == 0 || VERSION == 2)
            printf("v%d runs\n", VERSION), fflush(stdout);
        usleep(10000);
    }
    return 0;
}
END_OF_PROGRAM
cp v1/app.c v2/
for version in 1 2; do
    check "v$version builds" build_version v$version -DVERSION=$version
done
check "the transformer builds" install_transformer v1 v2
rm -f $system
start log kitsune run ./v1.so
check "v1 runs" wait_line 10 log '^v1 runs$'

printf 'timeout = 30\n[program v1*]\ntimeout = 0.5\n[program other*]\ntimeout = 25\n' >$system
expect_error "a program's section holds for the tool" 1 "has been on its way.* for 0\.[5-9] s" \
    timeout 20 kitsune update $started ./v2.so
check_match "an option overrides it" "for 1\.[5-9] s and" \
    "$(timeout 20 kitsune update --timeout 1.5 $started ./v2.so 2>&1)"
expect_error "an option that is wrong" 2 "--timeout: 'x' is no time" \
    kitsune update --timeout x $started ./v2.so
doupd $started ./v2.so
check "and for the program, whom nobody else tells" wait_line 10 log \
    'update to .*v2.so aborted: .*has been on its way'

echo 'timeot = 3' >$system
doupd $started ./v2.so
check "a wrong file: the program refuses updates and says why" wait_line 10 log \
    "refused: .*settings.*system.conf:1:1: error: there is no key 'timeot'"
expect_error "the tool does not ask" 2 "system.conf:1:1: error: there is no key 'timeot'" \
    kitsune update $started ./v2.so
check "the program runs on" is_running $started
stop $started
start log2 kitsune run ./v1.so
check "a program starts with a wrong file, and says so" wait_line 10 log2 'system.conf:1:1: error'
check "and runs" wait_line 10 log2 '^v1 runs$'
stop $started

end_of_test
