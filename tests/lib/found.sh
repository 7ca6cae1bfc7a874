# found.sh -- how the tests of kitsune check test a finding; sourced behind harness.sh.
#
# found NAME SEVERITY PATTERN [LINKER-FLAG...] < SOURCE
#
# The source is compiled as the old version (VERSION 1) and as the new one (2), first as it is, then
# with MENDED defined.  PATTERN: what the message says behind its place; the place is the line with
# the word HERE in a comment, or the file of a version when PATTERN begins with "v1.so: " or
# "v2.so: ".  Where the source has "ALONE", old and new are one.  Once mended, nothing may be said of
# the program.  All this with gcc and clang, plain and optimised.
#
# The source may use a library and a main with an update point (frame.h, which calls the source's
# begin() unless OWN_MAIN is defined).

# A library that keeps what it is given; the program sees its header only.
cat >library.h <<'C'
struct callbacks { void (*opened)(void *); void (*closed)(void *); };
struct options { int level; void (*notify)(int); };
extern void (*library_hook)(int);
extern const char *library_name;
void library_call_later(void (*function)(void *), void *data);
void library_set_callbacks(const struct callbacks *callbacks);
void library_set_options(struct options options);
void library_configure(int what, ...);
void library_sort(void *base, int (*compare)(const void *, const void *));
int library_lock(void *lock);
C
cat >library.c <<'C'
#include "library.h"
void (*library_hook)(int);
const char *library_name = "library";
void *kept[8];
void library_call_later(void (*f)(void *), void *d) { kept[0] = (void *)f; kept[1] = d; }
void library_set_callbacks(const struct callbacks *c) { kept[2] = (void *)c; }
void library_set_options(struct options o) { kept[3] = (void *)o.notify; }
void library_configure(int what, ...) { kept[4] = kept + what; }
void library_sort(void *b, int (*c)(const void *, const void *)) { c(b, b); }
int library_lock(void *lock) { return lock != 0; }
C
gcc -shared -fPIC library.c -o liblibrary.so

cat >frame.h <<'C'
#define _GNU_SOURCE
#include <kitsune.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "library.h"
#ifndef OWN_MAIN
static void begin(void);
int main(void)
{
    kitsune_do_automigrate();
    begin();
    kitsune_update("serving");
    return 0;
}
#endif
C

# compile VERSION [LINKER-FLAG...]
compile() {
    local version=$1
    shift
    kitcc $optimisation -I. -DVERSION="${version#v}" -c app.c -o app.o $mended &&
        kitcc -shared "$@" app.o -o "$version.so" -L. -llibrary -Wl,-rpath,"$PWD"
}

# compile_and_check [LINKER-FLAG...]
compile_and_check() {
    if grep -q ALONE app.c; then
        compile v1 "$@" && kitsune check $strict v1.so
    else
        compile v1 "$@" && compile v2 "$@" && kitsune check $strict v1.so v2.so
    fi
}

found() {
    local name=$1 severity=$2 pattern=$3 output status place expected=0
    local mended strict optimisation
    shift 3
    cat >app.c
    place="app\\.c:$(grep -n 'HERE' app.c | head -1 | cut -d: -f1): $severity: "
    case $pattern in
        v[12].so:*)
            place="${pattern%%: *}: $severity: "
            pattern=${pattern#*: }
            ;;
    esac
    [ "$severity" = error ] && expected=1
    for KITSUNE_CC in gcc clang; do
        export KITSUNE_CC
        for optimisation in -O0 -O2; do
            mended='' strict=''
            output=$(compile_and_check "$@" 2>&1)
            status=$?
            check_equal "$name ($KITSUNE_CC $optimisation): exit status" $expected $status
            check_match "$name ($KITSUNE_CC $optimisation)" "^$place$pattern" "$output"
        done
        mended=-DMENDED strict=--strict
        output=$(compile_and_check 2>&1)
        check_equal "$name ($KITSUNE_CC $optimisation): mended" \
            "ready: nothing found that stands against it" "$output"
    done
    unset KITSUNE_CC
}
