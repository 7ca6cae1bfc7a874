/* cache.c -- the sample program's third unit: another idea of struct node. */
#include "types.h"

struct node {
    char name[16];
    struct node *left;
};

struct pair {
    int first;
    struct pair *second;
};

struct list cache_list;
struct node *cache_nodes;
struct pair *cache_pair;
struct tree *cache_tree;
struct { int a; } cache_unnamed;
enum private { HERE = 3 } cache_enum;

void know(const char *key, const void *address);

void know_cache(void)
{
    const void *calls;

    count_calls(&calls);
    know("cache.c/count_calls#calls", calls);
    know("cache.c/per_unit", &per_unit);
    if (cache_nodes)
        cache_nodes->name[0] += cache_nodes->left->name[1];
}
