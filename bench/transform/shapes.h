/* shapes.h -- the heaps that the transformation benchmark converts, in both versions' layouts. */
#ifndef BENCH_TRANSFORM_SHAPES_H
#define BENCH_TRANSFORM_SHAPES_H

#include <kitsune/transform.h>

/* A singly linked list; a member is added.  Both forms fit the same size of allocation. */
struct old_node {
    long value;
    struct old_node *next;
};

struct new_node {
    long value;
    long added;
    struct new_node *next;
};

/* A hash table: an array of chains with strings as keys; the entries grow by one member and into
 * the next size of allocation. */
struct old_entry {
    char *key;
    long value;
    struct old_entry *next;
};

struct new_entry {
    char *key;
    long value;
    long expires;
    struct new_entry *next;
};

/* A binary tree of random shape; the members change their order as well. */
struct old_branch {
    long key;
    struct old_branch *left;
    struct old_branch *right;
};

struct new_branch {
    struct new_branch *left;
    struct new_branch *right;
    long key;
    long height;
};

/* The roots, as old and as new variable. */
struct old_roots {
    struct old_node *list;
    struct old_entry **table;
    struct old_branch *tree;
    long buckets;
};

struct new_roots {
    struct new_node *list;
    struct new_entry **table;
    struct new_branch *tree;
    long buckets;
};

/* One heap: how to make it, convert it by hand, check the result and throw it away. */
struct shape {
    const char *name;
    void (*build)(struct old_roots *roots, long count);
    /* Frees each old object once it is copied: the cheapest way there is, without return. */
    void (*convert)(struct old_roots *in, struct new_roots *out);
    /* Keeps all old objects until the end, as an update that may be given up has to: `keep` takes
     * them. */
    void (*convert_keeping)(struct old_roots *in, struct new_roots *out);
    int (*check)(const struct new_roots *roots, long count);
    void (*destroy)(struct new_roots *roots);
};

extern const struct shape shapes[];
extern const int shape_count;

/* What xfgen generates for these, in a shared object of its own. */
void convert_roots(void *in, void *out);

#endif
