/* store.c -- the sample program's second unit: its own idea of struct node. */
#include "types.h"

struct node {
    struct node *next;
    int value;
};

/* The same text stands in cache.c: one type. */
struct pair {
    int first;
    struct pair *second;
};

struct list store_list;
struct node *store_nodes;
struct pair *store_pair;
struct tree *store_tree;
int elsewhere = 2;
struct { int a; } store_unnamed, *store_unnamed_pointer = &store_unnamed;

void know(const char *key, const void *address);

void know_store(void)
{
    const void *calls;

    count_calls(&calls);
    know("store.c/count_calls#calls", calls);
    know("store.c/per_unit", &per_unit);
    if (store_nodes)
        store_nodes->value += store_nodes->next->value;
    if (store_pair)
        store_pair->first = store_pair->second->first;
}
