#!/bin/bash
# docs/building.md and docs/types-file.md: make, CMake and companion files, for a program of two sources.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

# main.c and net.c in their second release; releases/server-1.so is the first.
project() {
    mkdir "$1" && cd "$1" && page_server || return 1
    mkdir releases
    echo 'int descriptors; int opened(void); int opened(void) { return descriptors; }' >net.c
    cp v1/server.c main.c
    kitcc -shared main.c net.c -o releases/server-1.so || return 1
    cp v2/server.c main.c
}
export PKG_CONFIG_PATH=$build/lib/pkgconfig CMAKE_PREFIX_PATH=$build

cat >around.c <<'END'
#include <time.h>
END
page_around=$work/around.c
project building
check "the project has a first release" test -e releases/server-1.so
echo 'server: server.o' >Makefile
cp v1/server.c .
page_words='s|^kitsune run ./server.so|runs &; kitsune status $server|'
command -v cmake >/dev/null || page_words+='; /^cmake /d'
page "$root/docs/building.md"

# updates NEXT.so TRANSFORMER: what was built does what it is for.
updates() {
    start log kitsune run ./releases/server-1.so
    wait_for 10 kitsune status "$started" >/dev/null 2>&1
    check "$1 and $2 make an update" kitsune update "$started" "./$1" --xf "./$2"
    stop "$started"
}
updates server-2.so 1-2.xf.so
[ ! -d tree ] || updates tree/server.so tree/1-2.xf.so

# The linker's flag of the page's table.
if command -v cmake >/dev/null; then
    printf '%s\n' 'cmake_minimum_required(VERSION 3.13)' 'project(server C)' \
        'add_executable(server main.c net.c)' >CMakeLists.txt
    check "CMake takes -kitsune-app" cmake -S . -B plain -DCMAKE_C_COMPILER=kitcc \
        -DCMAKE_EXE_LINKER_FLAGS=-kitsune-app
    check "and links a version beside the program" \
        sh -c 'cmake --build plain && test -x plain/server && test -e plain/server.so'
fi

cd "$work" || exit 1
project types
mkdir objects
(cd objects && kitcc -c ../v1/server.c && mv server.o ..)
page_words=
page "$root/docs/types-file.md"
check_fails "the debug information is gone" grep -q debug_info <(readelf -SW server-1.so)

end_of_test
