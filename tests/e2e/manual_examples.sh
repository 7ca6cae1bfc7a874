#!/bin/bash
# The examples of the manual pages: C compiles, commands are run, what they print comes.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

# The program around the examples in C.
cat >around.c <<'END'
#include <kitsune.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
struct entry { int key; };
struct text { int length; };
struct watch { int descriptor; };
extern const char *path;
struct table *table_new(void);
void library_on_change(const char *path, void (*function)(void *), void *argument), changed(void *);
void open_sockets(int argc, char **argv), serve_one_event(void), answer(int socket);
int queue_is_empty(void);
END
cat >variables.c <<'END'
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_not_empty = PTHREAD_COND_INITIALIZER;
END
page_around=$work/around.c
page_variables=$work/variables.c
for manual in annotations.7 heap.3 lookup.3 migrate.3 notelocals.3 threads.3 transform.3 update.3; do
    page "$root/man/kitsune_$manual"
done
unset page_around page_variables

# begin PAGE: in a folder of its own, with the two releases of the server, of which the first runs.
begin() {
    mkdir "$work/$1"
    cd "$work/$1" || exit 1
    page_server
    cp 1-2.xf server.xf
    page_first='runs kitsune run ./server-1.so
        editor() { :; }
        vi() { :; }'
    page_words="s|/srv/app|$PWD|g"
}

begin kitsune.1
cp v2/server.c .
page "$root/man/kitsune.1"

begin xfgen.1
page "$root/man/xfgen.1"

begin kitsune-diff.1
rm 1-2.xf
for release in 1 2; do
    kitcc -shared "$root/examples/tour/v$release/visitors.c" -o visitors-$release.so
done
page_first+="
    kitsune diff visitors-1.so visitors-2.so --xf '$root/examples/tour/1-2.xf'"
page "$root/man/kitsune-diff.1"

begin kitsune-log.1
{
    printf '\n%.0s' {1..10}
    printf 'struct conn.hits -> struct conn.count: {\n    FAIL("no such value: %%d", $in);\n}\n'
} >server.xf
check "a rule that fails, in line 12" xfgen server-1.so server-2.so server.xf --install
page_first+='; kitsune update "$server" ./server-2.so || true'
page "$root/man/kitsune-log.1"

begin kitsune-types.1
cp v1/server.c .
kitcc -c server.c
page "$root/man/kitsune-types.1"
check_fails "the debug information is gone" grep -q debug_info <(readelf -SW server-1.so)

begin kitsune-sign.1
mkdir -p etc/kitsune
check "a transformer to sign" xfgen server-1.so server-2.so 1-2.xf --install
page_words="s|/etc/|$PWD/etc/|g"
export KITSUNE_SYSTEM_CONFIG=$PWD/etc/kitsune.conf
page "$root/man/kitsune-sign.1"
expect_error "from then on what is not signed is not run" 126 'is not signed' \
    kitsune run ./server-1.so
export KITSUNE_SYSTEM_CONFIG=

# Settings: the file is read without a complaint.
begin kitsune.conf.5
page "$root/man/kitsune.conf.5"
kitsune keygen emergency >/dev/null
sed -i "s|/etc/kitsune/.*|$PWD/emergency.pub|" kitsune.conf
start log env KITSUNE_SYSTEM_CONFIG="$PWD/kitsune.conf" kitsune run ./server-1.so
check "the program runs" wait_for 10 sh -c "kitsune status $started 2>/dev/null | grep -q running"
check_equal "and has nothing to say about its settings" "" "$(cat log)"
stop "$started"

page "$root/man/kitsune-xf.5" # of the language: tests/unit/test_spec_docs.c

# Build rules of the published Kitsune.
begin kttjoin.1
for release in 1 2; do
    (
        cd v$release || exit 1
        mv server.c main.c
        echo 'int descriptors; int opened(void); int opened(void) { return descriptors; }' >net.c
        cp ../1-2.xf prog.xf
        page "$root/man/kttjoin.1" >/dev/null
    )
done
check "the first release's types" make -C v1 main.o net.o prog.ktt
check "the second release, with its transformer" make -C v2 CFLAGS=-O2 prog.so

end_of_test
