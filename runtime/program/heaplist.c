/* heaplist.c -- a list of addresses that a program keeps because only a library knows them.
 *
 * The list itself belongs to no version: it lives in memory that no update moves, so a variable
 * that points to it is simply copied.
 */
#include <stdlib.h>

#include <kitsune.h>

#include "common/message.h"
#include "program/program.h"

struct kitsune_heaplist {
    void **addresses; /* in the order they were added */
    size_t count, capacity;
};

KITSUNE_PUBLIC kitsune_heaplist *kitsune_heaplist_new(void)
{
    return allocate(sizeof(kitsune_heaplist));
}

KITSUNE_PUBLIC void kitsune_heaplist_add(kitsune_heaplist *list, void *address)
{
    if (list->count == list->capacity) {
        list->capacity = 2 * list->capacity + 16;
        list->addresses = reallocate(list->addresses, list->capacity * sizeof *list->addresses);
    }
    list->addresses[list->count++] = address;
}

KITSUNE_PUBLIC int kitsune_heaplist_del(kitsune_heaplist *list, void *address)
{
    /* The latest first: what was added last is most often what goes first. */
    for (size_t i = list->count; i > 0; i--) {
        if (list->addresses[i - 1] != address)
            continue;
        list->count--;
        for (; i <= list->count; i++)
            list->addresses[i - 1] = list->addresses[i];
        return 1;
    }
    return 0;
}

KITSUNE_PUBLIC void kitsune_heaplist_free(kitsune_heaplist *list)
{
    if (!list)
        return;
    free(list->addresses);
    free(list);
}
