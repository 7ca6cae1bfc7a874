#!/bin/bash
# What others could have changed is not loaded: versions, transformers, what they bring along, and
# the directories on the way; and what may be changed by nobody else is.
. "$(dirname "$0")/../lib/harness.sh"

build_releases "$root/tests/lib/steady.c" 1 2
check "the transformer is installed" install_transformer v1 v2
installed=v2.so.d/$(build_id v1.so).so

start log kitsune run ./v1.so
program=$started
check "v1 starts" wait_line 10 log '^v1 runs$'

# refused NAME PATTERN: an update to v2 is, for this reason, by the tool and by the program itself.
refused() {
    expect_error "$1: kitsune update refuses" 1 "refused: .*$2" kitsune update $program ./v2.so
    local before
    before=$(grep -Ec "refused: .*$2" log)
    hand_over $program "$PWD/v2.so"
    check "$1: the program refuses" wait_for 10 has_more_lines log "refused: .*$2" "$before"
}

# As doupd does it, without a look at the files.
hand_over() {
    echo "$2" >"$XDG_RUNTIME_DIR/kitsune/$1.next"
    kill -USR2 "$1"
}

has_more_lines() {
    [ "$(grep -Ec "$2" "$1")" -gt "$3" ]
}

# ---- Writers -------------------------------------------------------------------------------------

chmod o+w v2.so
refused "a version that everybody can write to" 'v2\.so is not safe to load: (it|.*v2\.so) can be written to by everybody: chmod go-w .*/v2\.so; for development.*allow-others-files'
expect_error "doupd hands over no such file" 1 'doupd: .*v2\.so is not safe to load: .*v2\.so can be' \
    doupd $program ./v2.so
chmod o-w v2.so

chmod o+w "$installed"
refused "such a transformer" '\.so is not safe to load: it can be written to by everybody'
chmod o-w "$installed"

chmod o+w v2.so.d
refused "a transformer in such a directory" 'v2\.so\.d can be written to by everybody'
chmod o-w v2.so.d

mkdir open
chmod 777 open
cp v2.so open/v2.so
cp -r v2.so.d open/v2.so.d
expect_error "a version in such a directory" 1 '/open can be written to by everybody: chmod go-w' \
    kitsune update $program open/v2.so
expect_error "as a transformer that is named" 1 '/open can be written to by everybody' \
    kitsune update $program v2.so --xf "open/$installed"
mkdir open/inner
cp v2.so open/inner/
expect_error "or further up" 1 '/open can be written to by everybody' \
    kitsune update $program open/inner/v2.so
check_equal "the old version runs all the time" 1 "$(grep -c 'runs$' log)"

# ---- Fine ----------------------------------------------------------------------------------------

build_transformer v2 v1 && mkdir v1.so.d && cp v2-v1.xf.so "v1.so.d/$(build_id v2.so).so"
# accepted NAME NEXT [OPTION...]: an update to this file, and back.
accepted() {
    local name=$1 next=$2
    shift 2
    check "$name" kitsune update "$@" $program "$next" &&
        check "$name: and back" kitsune update $program ./v1.so
}

chmod 755 .
accepted "a directory that all can read" ./v2.so
chmod 700 .
chmod 1777 open
accepted "a sticky directory, like /tmp" open/v2.so
chmod 777 open
accepted "whatever others can do, in development" open/v2.so --allow-others-files
ln -s "$PWD/v2.so" link.so
cp -r v2.so.d link.so.d
accepted "a symbolic link" link.so
rm link.so
ln -s link2.so link.so
ln -s link.so link2.so
expect_error "links in a circle" 1 'Too many levels|cannot open|No such' kitsune update $program link.so
chmod 700 open

# With umask 002, for people with a group of their own.
if [ "$(getent group "$(id -un 2>/dev/null)" | cut -d: -f3,4)" = "$(id -g):" ]; then
    chmod g+w . v2.so v2.so.d "$installed"
    accepted "what one's own group can write to" ./v2.so
    chmod g-w . v2.so v2.so.d "$installed"
else
    echo "skipped: what one's own group can write to (no group of one's own)"
fi

# An access list gives rights to single people, and shows as the group's.
if command -v setfacl >/dev/null && setfacl -m u:1:rw v2.so 2>/dev/null; then
    expect_error "what an access list lets others write" 1 'by its access list: setfacl -b' \
        kitsune update $program ./v2.so
    setfacl -b v2.so
else
    echo "skipped: access lists (no setfacl, or a file system without)"
fi

# ---- Libraries that a version brings along -------------------------------------------------------

mkdir libraries v3
echo 'int inner(void) { return 4; }' >inner.c
echo 'int inner(void); int brought(void) { return inner(); }' >brought.c
gcc -shared -fPIC inner.c -Wl,-soname,libinner.so -o libraries/libinner.so
gcc -shared -fPIC brought.c -Llibraries -linner -Wl,-rpath,'$ORIGIN' -Wl,-soname,libbrought.so -o libraries/libbrought.so
sed 's/usleep(1000)/usleep(1000 + (unsigned)brought())/; 1i int brought(void);' v1/app.c >v3/app.c
check "v3, which brings libraries along, builds" \
    eval 'kitcc -O2 -DVERSION=3 -I"$root/tests/lib" -c v3/app.c -o v3/app.o &&
          kitcc -shared v3/app.o -Llibraries -lbrought "-Wl,-rpath,\$ORIGIN/libraries" \
                -Wl,-rpath-link,libraries -o v3.so'
check "its transformer" install_transformer v1 v3
chmod o+w libraries/libbrought.so
expect_error "a library that everybody can write to" 1 \
    'v3\.so needs libbrought\.so: .*libbrought\.so is not safe to load: it can be written' \
    kitsune update $program ./v3.so
chmod o-w libraries/libbrought.so
chmod o+w libraries/libinner.so
expect_error "one that such a library needs" 1 'libinner\.so is not safe to load' \
    kitsune update $program ./v3.so
chmod o-w libraries/libinner.so
chmod o+w libraries
expect_error "libraries in a directory that everybody can write to" 1 '/libraries can be written' \
    kitsune update $program ./v3.so
check "with the option they are taken" kitsune update --allow-others-files $program ./v3.so
check "and v3 runs" wait_line 10 log '^v3 runs$'
stop $program

# ---- The control directory -----------------------------------------------------------------------

mkdir -m 777 shared
mkdir -m 700 shared/control
start log2 env KITSUNE_RUNTIME_DIR="$PWD/shared/control" kitsune run ./v1.so
check "a control directory that others could replace is not used" \
    wait_line 10 log2 '/shared/control is no safe place for control files: .*/shared can be written to by everybody'
check "the program runs without" wait_line 10 log2 '^v1 runs$'
stop $started
mkdir -m 700 real
ln -s real planted
start log3 env KITSUNE_RUNTIME_DIR="$PWD/planted" kitsune run ./v1.so
check "nor a symbolic link to one" wait_line 10 log3 'planted is not a directory'
stop $started

# ---- What was handed over to another process of that number --------------------------------------

start log4 bash -c 'echo '"$PWD"'/v2.so >"$XDG_RUNTIME_DIR/kitsune/$$.next"; exec kitsune run ./v1.so'
program=$started
check "another v1 starts" wait_line 10 log4 '^v1 runs$'
check "a hand-over file that was there before is gone" \
    test ! -e "$XDG_RUNTIME_DIR/kitsune/$program.next"
ln "$PWD/v1.so" second-name
echo "$PWD/v2.so" >handed
ln handed "$XDG_RUNTIME_DIR/kitsune/$program.next"
kill -USR2 $program
check "one that has another name too is ignored" wait_line 10 log4 'ignored .*\.next'
rm -f "$XDG_RUNTIME_DIR/kitsune/$program.next"
mkfifo "$XDG_RUNTIME_DIR/kitsune/$program.next"
kill -USR2 $program
sleep 0.1
check "a pipe in its place does not stop the program" kitsune update $program ./v2.so
rm -f "$XDG_RUNTIME_DIR/kitsune/$program.next"

refused_scene "what the program itself names" 'v2\.so is not safe to load: .* written to by everybody' <<'END'
@common
#include <sys/stat.h>
@v1
static void begin(void)
{
    EXPECT(chmod("./v2.so", 0757) == 0);
}
static void unharmed(void)
{
    EXPECT(!kitsune_is_updating());
}
@v2
static void verify(void)
{
    EXPECT(!"reached");
}
END

end_of_test
