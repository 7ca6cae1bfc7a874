#!/bin/bash
# A list of a million nodes whose type changes: no deep stack, every node right.
. "$(dirname "$0")/../lib/harness.sh"

# With an ordinary stack: traversal must not recurse along the list.
ulimit -s 8192

scene "a million nodes" <<'END'
@common
#include <sys/resource.h>
enum { LENGTH = 1000000 };
@v1
struct node { int value; struct node *next; };
struct node *first;
static void begin(void)
{
    for (int i = LENGTH; i > 0; i--) {
        struct node *node = malloc(sizeof *node);
        node->value = i;
        node->next = first;
        first = node;
    }
}
@v2
struct node { struct node *next; long value; long doubled; };
struct node *first;
static void verify(void)
{
    long expected = 1, wrong = 0;
    struct node *node = first;
    while (node) {
        struct node *next = node->next;
        wrong += node->value != expected || node->doubled != 2 * expected;
        expected++;
        free(node);
        node = next;
    }
    EXPECT(expected == LENGTH + 1);
    EXPECT(wrong == 0);
}
@xf
INIT struct node.doubled: { $out = 2L * $base.value; }
END

scene "a doubly linked ring of a million" <<'END'
@common
enum { LENGTH = 1000000 };
@v1
struct node { struct node *next, *previous; int value; };
struct node *ring;
static void begin(void)
{
    for (int i = 0; i < LENGTH; i++) {
        struct node *node = malloc(sizeof *node);
        node->value = i;
        if (!ring) {
            ring = node->next = node->previous = node;
        } else {
            node->previous = ring->previous;
            node->next = ring;
            ring->previous->next = node;
            ring->previous = node;
        }
    }
}
@v2
struct node { long value; struct node *previous, *next; };
struct node *ring;
static void verify(void)
{
    long wrong = 0;
    struct node *node = ring;
    for (int i = 0; i < LENGTH; i++) {
        wrong += node->value != i || node->next->previous != node;
        node = node->next;
    }
    EXPECT(node == ring);
    EXPECT(wrong == 0);
}
END

scene "a deep tree and a wide array" <<'END'
@common
enum { DEPTH = 300000, WIDTH = 300000 };
@v1
struct tree { struct tree *left, *right; int key; };
struct tree *vine;
struct tree **by_key E_PTRARRAY(by_key_length);
int by_key_length;
static void begin(void)
{
    by_key_length = WIDTH;
    by_key = calloc(WIDTH, sizeof *by_key);
    for (int i = 0; i < DEPTH; i++) {
        struct tree *tree = calloc(1, sizeof *tree);
        tree->key = i;
        if (i % 2)
            tree->left = vine;
        else
            tree->right = vine;
        vine = by_key[i] = tree;
    }
}
@v2
struct tree { long key; int color; struct tree *left, *right; };
struct tree *vine;
struct tree **by_key E_PTRARRAY(by_key_length);
int by_key_length;
static void verify(void)
{
    int count = 0, wrong = 0;
    for (struct tree *tree = vine; tree; tree = tree->left ? tree->left : tree->right) {
        wrong += tree->key != DEPTH - 1 - count || by_key[tree->key] != tree;
        count++;
    }
    EXPECT(count == DEPTH);
    EXPECT(wrong == 0);
}
END

end_of_test
