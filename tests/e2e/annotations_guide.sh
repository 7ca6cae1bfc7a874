#!/bin/bash
# Every listing of docs/annotations.md compiles without a warning, and its annotations are stored.
. "$(dirname "$0")/../lib/harness.sh"

# What the listings take for granted: types and functions of the program around them.
cat >around.h <<'END'
#include <kitsune.h>
#include <stdlib.h>
#define RECENT_CELLS 8
struct owner { int count; };
struct cell { int value; };
struct entry { int key; };
struct text { int length; };
struct user { int id; };
struct client { int socket; };
struct page { struct page *next; };
struct hlist_head { void *E_OPAQUE first; };
struct rb_root { void *E_OPAQUE node; };
void *pool_allocate(size_t size);
void pool_free(void *object);
END
awk '/^```c$/ { count++; inside = 1; next } /^```/ { inside = 0 }
     inside { if ($1 == "...") next; print > ("block-" count ".part") }' "$root/docs/annotations.md"
check "there are listings" test "$(find . -name 'block-*.part' | wc -l)" -ge 8

for part in block-*.part; do
    name=${part%.part}
    { echo '#include "around.h"'; cat "$part"; } >"$name.c"
    for compiler in gcc clang; do
        KITSUNE_CC=$compiler check "$name compiles ($compiler)" kitcc -Wall -Wextra -Werror \
            -Wno-unused-function -Wno-unused-variable -Wno-unused-parameter -c "$name.c" -o "$name.o"
    done
    if grep -q '\<E_' "$part"; then
        check "$name: its annotations are stored" \
            sh -c "readelf -p .kitsune $name.o | grep -q $name.c:"
    fi
done

end_of_test
