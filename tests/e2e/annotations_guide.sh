#!/bin/bash
# docs/annotations.md: every listing compiles without a warning, and its annotations are stored.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

# What the listings take for granted: types and functions of the program around them.
cat >around.c <<'END'
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
page_around=around.c
page_server
page "$root/docs/annotations.md"

end_of_test
