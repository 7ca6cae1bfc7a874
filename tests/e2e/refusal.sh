#!/bin/bash
# Every kind of bad input: refused with a message that names it, and the old version answers on,
# over the connection that was open all the time.  In the end a good update succeeds.
. "$(dirname "$0")/../lib/harness.sh"

# The server of the README's tour, run by a user without privileges, so that "no permission" means
# something.
if [ "$(id -u)" -eq 0 ]; then
    as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    chmod 755 "$work"
    chown 65534:65534 "$work" "$XDG_RUNTIME_DIR"
else
    as_user() { "$@"; }
fi
umask 022
export HOME=$work

# That user may not be able to look into the folder of these sources.
mkdir tree
cp -RP "$build/bin" "$build/lib" "$build/include" tree
PATH=$work/tree/bin:$PATH

cp -r "$root/examples/tour/v1" "$root/examples/tour/v2" "$root/examples/tour/1-2.xf" .
check "v1 builds" build_version v1
check "v2 builds" build_version v2
check "the right transformer builds" build_transformer v1 v2 1-2.xf

if [ "$(id -u)" -eq 0 ]; then
    start log setpriv --reuid=65534 --regid=65534 --clear-groups kitsune run ./v1.so 0
else
    start log kitsune run ./v1.so 0
fi
program=$started
check "v1 starts" wait_line 10 log '^listening on port [0-9]+$'
port=$(sed -n 's/^listening on port //p' log)
exec 5<>"/dev/tcp/127.0.0.1/$port"
visits=0

# The open connection gets the right answer.
still_answers() {
    local reply
    visits=$((visits + 1))
    echo Ann >&5
    read -r -t 10 reply <&5
    check_equal "$1" "Ann: visit $visits" "$reply"
}

# refused NAME PATTERN ARGUMENT...: arguments of kitsune update after the process id.
refused() {
    local name=$1 pattern=$2
    shift 2
    expect_error "$name: refused" 1 "$pattern" as_user timeout 60 kitsune update "$program" "$@"
    still_answers "$name: the old version answers"
}

still_answers "the server counts"

# ---- Files that are no version -------------------------------------------------------------------

refused "a file that does not exist" 'nowhere\.so.*No such file' ./nowhere.so
mkdir folder.so
refused "a directory" 'folder\.so.*(directory|regular file)' ./folder.so
: >empty.so
refused "an empty file" 'empty\.so.*(empty|ELF|short)' ./empty.so
echo 'int main(void) { return 0; }' >text.so
refused "a text file" 'text\.so.*ELF' ./text.so
mkfifo pipe.so
refused "a pipe" 'pipe\.so.*regular file' ./pipe.so
head -c 40 v2.so >header.so
refused "a file cut off in its header" 'header\.so.*(short|truncated|cut|corrupt|damaged|ELF)' ./header.so
head -c 3000 v2.so >short.so
refused "a file cut off in its contents" 'short\.so.*(short|truncated|cut|corrupt|damaged|ends)' ./short.so
cp v2.so zeros.so
dd if=/dev/zero of=zeros.so bs=64 seek=1 count=8 conv=notrunc status=none
refused "a file whose program headers are gone" 'zeros\.so' ./zeros.so
cp v2.so noise.so
dd if=/dev/urandom of=noise.so bs=64 seek=1 count=8 conv=notrunc status=none
refused "a file whose program headers are noise" 'noise\.so' ./noise.so

# byte FILE OFFSET OCTAL...: a copy of v2.so with bytes changed.
byte() {
    cp v2.so "$1"
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
byte class.so 4 '\001'
refused "a 32-bit object" 'class\.so.*(32|class|architecture)' ./class.so
byte machine.so 18 '\267\000'
refused "another architecture" 'machine\.so.*(architecture|machine|AArch64|aarch64)' ./machine.so
byte order.so 5 '\002'
refused "the other byte order" 'order\.so.*(byte order|endian|architecture)' ./order.so
gcc -c -x c text.so -o object.so
refused "an object file" 'object\.so.*(shared object|relocatable)' ./object.so
gcc -no-pie -x c text.so -o program.so
refused "a program that is no shared object" 'program\.so.*(shared object|executable)' ./program.so
gcc -shared -fPIC -x c - -o library.so <<<'int helper(void) { return 1; }'
refused "a library without a main" 'library\.so.*(main|kitcc|version)' ./library.so

# ---- Versions that cannot be loaded or reached ---------------------------------------------------

mkdir unresolved
{
    cat v2/visitors.c
    printf '%s\n' 'void not_defined_anywhere(void);' \
                  'void call_it(void);' 'void call_it(void) { not_defined_anywhere(); }'
} >unresolved/visitors.c
sed -i 's/^int main(int argc, char \*\*argv)$/void call_it(void);\n&/; s/^    for (;;) {$/    if (argc > 99) call_it();\n&/' \
    unresolved/visitors.c
check "a version with an unresolved symbol builds" build_version unresolved
check "and its transformer" build_transformer v1 unresolved 1-2.xf
refused "an unresolved symbol" 'not_defined_anywhere' ./unresolved.so --xf ./v1-unresolved.xf.so

cp v2.so secret.so
chmod 000 secret.so
refused "no permission" 'secret\.so.*[Pp]ermission' ./secret.so

refused "no transformer" 'xfgen' ./v2.so

# ---- Transformers --------------------------------------------------------------------------------

refused "a transformer that does not exist" 'nowhere\.xf\.so.*No such file' ./v2.so --xf ./nowhere.xf.so
refused "a transformer that is none" 'library\.so.*transformer' ./v2.so --xf ./library.so
refused "a transformer that is text" 'text\.so.*ELF' ./v2.so --xf ./text.so
head -c 3000 v1-v2.xf.so >short.xf.so
refused "a transformer that is cut off" 'short\.xf\.so' ./v2.so --xf ./short.xf.so
check "a transformer for another pair builds" build_transformer v2 v1 \
    <(echo 'struct visitor.count -> struct visitor.visits: { $out = $in; }')
refused "a transformer for another pair" 'v2-v1\.xf\.so is for another pair of versions: .*v1\.so is build [0-9a-f]{12}, which runs.*xfgen .*v1\.so .*v2\.so --install' ./v2.so --xf ./v2-v1.xf.so
sed 's/welcome/WELCOME/' v2/visitors.c >changed.c
mkdir other
cp changed.c other/visitors.c
check "another build of the new version" build_version other
refused "a transformer for another build of the new version" 'other\.so is build [0-9a-f]{12}, made since then: run .xfgen' \
    ./other.so --xf ./v1-v2.xf.so
cp v1-v2.xf.so closed.xf.so
chmod 000 closed.xf.so
refused "a transformer without permission" 'closed\.xf\.so.*[Pp]ermission' ./v2.so --xf ./closed.xf.so

# ---- Asked by another way ------------------------------------------------------------------------

check "doupd hands over a bad file" as_user doupd $program ./text.so
check "what is wrong with it is in the log" wait_line 10 log 'text\.so.* not an ELF file'
still_answers "a bad file by doupd: the old version answers"
expect_error "doupd with a file that does not exist" 1 'nowhere\.so.*No such file' \
    as_user doupd $program ./nowhere.so
still_answers "and again"

# ---- And now a good one --------------------------------------------------------------------------

check "a good update succeeds" as_user kitsune update $program ./v2.so --xf ./v1-v2.xf.so
echo Ann >&5
read -r -t 10 reply <&5
check_match "on the connection that was open all the time" \
    "^Ann: visit $((visits + 1)), [0-9]+ s after the last$" "$reply"
exec 5>&-

# A program with another thread, which never comes to an update point.
[ "$(id -u)" != 0 ] || chown -R root:root "$work" "$XDG_RUNTIME_DIR"
rm -rf v1 v2 v1.so v2.so v2.so.d
mkdir v1 v2
cat >v1/app.c <<'END'
#include <kitsune.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
int rounds;
static void *other(void *nothing)
{
    while (access("enough", F_OK) != 0)
        usleep(1000);
    return nothing;
}
int main(void)
{
    pthread_t thread;
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        pthread_create(&thread, NULL, other, NULL);
    for (int joined = 0;;) {
        kitsune_update("loop");
        if (rounds++ == 0)
            puts("ready");
        if (!joined && access("enough", F_OK) == 0)
            joined = 1, pthread_join(thread, NULL), puts("alone");
        fflush(stdout);
        usleep(10000);
    }
}
END
sed 's/pthread_join(thread, NULL), //' v1/app.c >v2/app.c
check "a program with two threads builds" \
    eval 'build_version v1 && build_version v2 && install_transformer v1 v2'
start log kitsune run ./v1.so
check "it starts" wait_line 10 log '^ready$'
expect_error "it is not updated while the other does not come" 1 \
    'after [0-9.]+ s thread [0-9]+ .*in .*other, has not come to an update point' \
    timeout 60 kitsune update --timeout 1 $started ./v2.so
touch enough
check "it goes on" wait_line 10 log '^alone$'
check "alone, it is updated" timeout 60 kitsune update $started ./v2.so
stop $started

end_of_test
