/* shapes.c -- making, converting by hand, checking and destroying the benchmark's heaps. */
#include "shapes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t size)
{
    void *memory = malloc(size);

    if (!memory) {
        fputs("bench-transform: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* Old objects that are not freed yet. */
static void **kept;
static size_t kept_count, kept_capacity;

static void keep(void *object)
{
    if (kept_count == kept_capacity) {
        kept_capacity = kept_capacity ? 2 * kept_capacity : 1024;
        kept = realloc(kept, kept_capacity * sizeof *kept);
        if (!kept)
            exit(EXIT_FAILURE);
    }
    kept[kept_count++] = object;
}

static void free_kept(void)
{
    size_t i;

    for (i = 0; i < kept_count; i++)
        free(kept[i]);
    free(kept);
    kept = NULL;
    kept_count = kept_capacity = 0;
}

/* ---- The list -------------------------------------------------------------------------------- */

static void build_list(struct old_roots *roots, long count)
{
    struct old_node **link = &roots->list;
    long i;

    for (i = 0; i < count; i++) {
        *link = allocate(sizeof **link);
        (*link)->value = i;
        link = &(*link)->next;
    }
    *link = NULL;
}

/* The same list with its nodes scattered over the memory. */
static void build_scattered_list(struct old_roots *roots, long count)
{
    struct old_node **nodes = allocate((size_t)count * sizeof *nodes);
    long i;

    for (i = 0; i < count; i++)
        nodes[i] = allocate(sizeof *nodes[i]);
    for (i = count - 1; i > 0; i--) {
        long other = random() % (i + 1);
        struct old_node *node = nodes[i];

        nodes[i] = nodes[other];
        nodes[other] = node;
    }
    roots->list = NULL;
    for (i = count - 1; i >= 0; i--) {
        nodes[i]->value = i;
        nodes[i]->next = roots->list;
        roots->list = nodes[i];
    }
    free(nodes);
}

static inline void copy_list(struct old_roots *in, struct new_roots *out, void (*drop)(void *))
{
    struct old_node *old = in->list, *next;
    struct new_node **link = &out->list;

    for (; old; old = next) {
        struct new_node *new = allocate(sizeof *new);

        new->value = old->value;
        new->added = 0;
        *link = new;
        link = &new->next;
        next = old->next;
        drop(old);
    }
    *link = NULL;
}

static void convert_list(struct old_roots *in, struct new_roots *out)
{
    copy_list(in, out, free);
}

static void convert_list_keeping(struct old_roots *in, struct new_roots *out)
{
    copy_list(in, out, keep);
    free_kept();
}

static int check_list(const struct new_roots *roots, long count)
{
    const struct new_node *node;
    long i = 0;

    for (node = roots->list; node; node = node->next)
        if (node->value != i++ || node->added)
            return 0;
    return i == count;
}

static void destroy_list(struct new_roots *roots)
{
    while (roots->list) {
        struct new_node *next = roots->list->next;

        free(roots->list);
        roots->list = next;
    }
}

/* ---- The hash table -------------------------------------------------------------------------- */

static unsigned long scatter(unsigned long number)
{
    return number * 0x9E3779B97F4A7C15ul >> 20;
}

static void build_table(struct old_roots *roots, long count)
{
    long i;

    roots->buckets = 1;
    while (roots->buckets < count)
        roots->buckets *= 2;
    roots->table = calloc((size_t)roots->buckets, sizeof *roots->table);
    for (i = 0; i < count; i++) {
        struct old_entry *entry = allocate(sizeof *entry);
        struct old_entry **bucket = &roots->table[scatter((unsigned long)i) &
                                                  (unsigned long)(roots->buckets - 1)];
        char key[32];

        snprintf(key, sizeof key, "key:%012ld", i);
        entry->key = strdup(key);
        entry->value = i;
        entry->next = *bucket;
        *bucket = entry;
    }
}

static inline void copy_table(struct old_roots *in, struct new_roots *out, void (*drop)(void *))
{
    long i;

    out->table = (struct new_entry **)(void *)in->table;
    out->buckets = in->buckets;
    for (i = 0; i < in->buckets; i++) {
        struct old_entry *old = in->table[i], *next;
        struct new_entry **link = &out->table[i];

        for (; old; old = next) {
            struct new_entry *new = allocate(sizeof *new);

            new->key = old->key;
            new->value = old->value;
            new->expires = 0;
            *link = new;
            link = &new->next;
            next = old->next;
            drop(old);
        }
        *link = NULL;
    }
}

static void convert_table(struct old_roots *in, struct new_roots *out)
{
    copy_table(in, out, free);
}

static void convert_table_keeping(struct old_roots *in, struct new_roots *out)
{
    copy_table(in, out, keep);
    free_kept();
}

static int check_table(const struct new_roots *roots, long count)
{
    long i, found = 0;

    for (i = 0; i < roots->buckets; i++) {
        const struct new_entry *entry;

        for (entry = roots->table[i]; entry; entry = entry->next) {
            if (entry->expires || atol(entry->key + 4) != entry->value)
                return 0;
            found++;
        }
    }
    return found == count;
}

static void destroy_table(struct new_roots *roots)
{
    long i;

    for (i = 0; i < roots->buckets; i++)
        while (roots->table[i]) {
            struct new_entry *next = roots->table[i]->next;

            free(roots->table[i]->key);
            free(roots->table[i]);
            roots->table[i] = next;
        }
    free(roots->table);
}

/* ---- The tree -------------------------------------------------------------------------------- */

static void build_tree(struct old_roots *roots, long count)
{
    long i;

    for (i = 0; i < count; i++) {
        struct old_branch **place = &roots->tree;
        long key = (long)(scatter((unsigned long)i) & 0xffffffff);

        while (*place)
            place = key < (*place)->key ? &(*place)->left : &(*place)->right;
        *place = allocate(sizeof **place);
        **place = (struct old_branch){key, NULL, NULL};
    }
}

static struct new_branch *copy_branch(struct old_branch *old, void (*drop)(void *))
{
    struct new_branch *new;

    if (!old)
        return NULL;
    new = allocate(sizeof *new);
    new->key = old->key;
    new->height = 0;
    new->left = copy_branch(old->left, drop);
    new->right = copy_branch(old->right, drop);
    drop(old);
    return new;
}

static void convert_tree(struct old_roots *in, struct new_roots *out)
{
    out->tree = copy_branch(in->tree, free);
}

static void convert_tree_keeping(struct old_roots *in, struct new_roots *out)
{
    out->tree = copy_branch(in->tree, keep);
    free_kept();
}

static long count_ordered(const struct new_branch *branch, long low, long high)
{
    if (!branch)
        return 0;
    if (branch->key < low || branch->key > high || branch->height)
        return -1000000000;
    return 1 + count_ordered(branch->left, low, branch->key) +
           count_ordered(branch->right, branch->key, high);
}

static int check_tree(const struct new_roots *roots, long count)
{
    return count_ordered(roots->tree, 0, 0xffffffff) == count;
}

static void destroy_branch(struct new_branch *branch)
{
    if (!branch)
        return;
    destroy_branch(branch->left);
    destroy_branch(branch->right);
    free(branch);
}

static void destroy_tree(struct new_roots *roots)
{
    destroy_branch(roots->tree);
}

const struct shape shapes[] = {
    {"list of 2 members, to 3", build_list, convert_list, convert_list_keeping, check_list,
     destroy_list},
    {"the same, scattered", build_scattered_list, convert_list, convert_list_keeping, check_list,
     destroy_list},
    {"hash table with strings", build_table, convert_table, convert_table_keeping, check_table,
     destroy_table},
    {"binary tree, random", build_tree, convert_tree, convert_tree_keeping, check_tree,
     destroy_tree},
};

const int shape_count = sizeof shapes / sizeof shapes[0];
