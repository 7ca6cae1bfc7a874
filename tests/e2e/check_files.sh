#!/bin/bash
# kitsune check: how the files were compiled and linked, and the libraries that they need.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

found "a constructor" warning "'start' is a constructor: it runs when this version is loaded" <<'C'
/* ALONE */
#include "frame.h"
#ifndef MENDED
__attribute__((constructor))
#endif
static void start(void) /* HERE */
{
    puts("started");
}
static void begin(void) { start(); }
C

plain='#include "frame.h"
static void begin(void) { puts("begin"); }'

found "-z nodelete" warning "v2.so: linked with -z nodelete" -Wl,-z,nodelete <<<"$plain"
exported='__attribute__((visibility("default"))) int shown;'
found "no -Bsymbolic" warning \
    "v1.so: linked without -Bsymbolic, which kitcc adds: what it exports, such as 'shown'" \
    -Wl,-Bno-symbolic <<<"$plain
$exported"
found "no debug information" error "v1.so: no debug information" -Wl,--strip-debug <<<"$plain"
found "stripped of symbols" error "v1.so: no debug information" -Wl,--strip-all <<<"$plain"
cp v1.so plain.so
strip plain.so -o v1.so
expect_error "what follows from that" 1 "v1.so: warning: stripped of its symbol table" \
    kitsune check v1.so

# pair NAME STATUS PATTERN: what is said of v1.so and v2.so, which are there already.
pair() {
    expect_error "$1" "$2" "$3" kitsune check v1.so v2.so
}

# build VERSION [FLAG...]: in one go, with the libraries in $libraries.
build() {
    local version=$1
    shift
    check "$version is built for: $*" \
        kitcc -O2 -I. "$@" -shared app.c -o "$version.so" $libraries
}

libraries='-L. -llibrary'
cat >app.c <<'C'
#define OWN_MAIN
#include "frame.h"
__thread int of_thread;
#ifdef UNIQUE
__asm__(".pushsection .data\n.globl only_one\n.type only_one, @gnu_unique_object\n"
        ".size only_one, 4\nonly_one: .long 1\n.popsection");
#endif
#ifdef EXPORTED
__attribute__((visibility("default"))) void wanted(void) { puts("wanted"); }
#endif
int counter;
int main(void)
{
    kitsune_do_automigrate();
    library_lock(&counter);
    kitsune_update("serving");
    return counter + of_thread;
}
C
build v1 -Wl,-Bno-symbolic
build v2
pair "nothing is exported, so nothing is mixed up" 0 "^ready: nothing found"
echo 'counter -> counter: { FAIL "not decided yet"; }' >stub.xf
expect_error "a rule that is not written yet" 1 \
    "^stub.xf:1: error: the code of 'counter -> counter' is not written yet" \
    kitsune check --xf stub.xf v1.so v2.so
build v1
pair "two that are the same" 0 "^ready: nothing found"
build v2 -ftls-model=initial-exec
pair "thread-local variables of the static model" 0 "^v2.so: warning: its thread-local variables"
build v2 -DUNIQUE
pair "a unique symbol" 0 "^v2.so: warning: 'only_one' is a unique symbol"
build v2 -fsanitize=address
pair "one with sanitizer, one without" 1 \
    "^v2.so: error: built with -fsanitize=address, and the old version without it"

# The library wants a symbol of the program's; a version of it may not.
echo 'void wanted(void); void use(void) { wanted(); }' >>library.c
gcc -shared -fPIC library.c -o liblibrary.so
build v1 -DEXPORTED -Wl,--allow-shlib-undefined -Wl,-rpath,"$PWD"
build v2 -DEXPORTED -Wl,--allow-shlib-undefined -Wl,-rpath,"$PWD"
pair "an exported symbol that a library uses" 0 \
    "^v1.so: warning: liblibrary.so may use 'wanted' of this version"
sed -i '$d' library.c

# Libraries that come and go and change.
mkdir new
gcc -shared -fPIC -Wl,--build-id library.c -Wl,-soname,liblibrary.so -o liblibrary.so
gcc -shared -fPIC -Wl,--build-id library.c -DOTHER=1 -g -Wl,-soname,liblibrary.so \
    -o new/liblibrary.so
build v1 -Wl,-rpath,"$PWD"
libraries='-Lnew -llibrary' build v2 -Wl,-rpath,"$PWD/new"
pair "another build of a library" 1 \
    "^v2.so: error: it comes with another build of liblibrary.so \(.*/new/liblibrary.so\) than"
gcc -shared -fPIC library.c -Wl,-soname,liblibrary.so.2 -o new/liblibrary.so
cp new/liblibrary.so new/liblibrary.so.2
libraries='-Lnew -llibrary' build v2 -Wl,-rpath,"$PWD/new"
pair "another major version" 0 \
    "^v2.so: warning: it needs liblibrary.so.2, the old version liblibrary.so: both will be"
libraries='-L. -llibrary -Wl,--no-as-needed -lm' build v2 -Wl,-rpath,"$PWD"
pair "one more library" 0 "^v2.so: note: it brings in libm.so.6"
cp v2.so v1.so
build v2 -Wl,-rpath,"$PWD"
pair "one less" 0 "^v2.so: note: it no longer needs libm.so.6"

# Compiled by the compiler itself.
gcc -O2 -g -fPIC -I. -I"$build/include" -c app.c -o app.o
check "objects of others are linked" kitcc -shared app.o -o v2.so $libraries -Wl,-rpath,"$PWD"
pair "compiled by others" 0 "^v2.so: warning: app.c was compiled by something else than kitcc"
pair "points that nobody recorded" 0 "^v2.so: warning: its update points are not known"
gcc -g -fPIC -I. -I"$build/include" -shared app.c -o v2.so $libraries -L"$build/lib" -lkitsune \
    -Wl,-rpath,"$PWD"
pair "linked by others" 1 "^v2.so: error: not linked by kitcc"

end_of_test
