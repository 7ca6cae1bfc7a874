/* list.c -- the list type, as a doubly linked list. */
#include "list.h"

#include <stdlib.h>

#include "memory.h"

struct list *list_new(void)
{
    return allocate_zeroed(1, sizeof(struct list));
}

/* Unlinks and frees the node; its text is the caller's now. */
static struct text *unlink_node(struct list *list, struct list_node *node)
{
    struct text *value = node->value;

    if (node->previous)
        node->previous->next = node->next;
    else
        list->first = node->next;
    if (node->next)
        node->next->previous = node->previous;
    else
        list->last = node->previous;
    list->length--;
    free(node);
    return value;
}

void list_free(struct list *list)
{
    while (list->first)
        text_free(unlink_node(list, list->first));
    free(list);
}

void list_push(struct list *list, enum list_end end, struct text *value)
{
    struct list_node *node = allocate_zeroed(1, sizeof *node);

    node->value = value;
    if (!list->first) {
        list->first = list->last = node;
    } else if (end == LIST_FIRST) {
        node->next = list->first;
        list->first->previous = node;
        list->first = node;
    } else {
        node->previous = list->last;
        list->last->next = node;
        list->last = node;
    }
    list->length++;
}

struct text *list_pop(struct list *list, enum list_end end)
{
    if (!list->first)
        return NULL;
    return unlink_node(list, end == LIST_FIRST ? list->first : list->last);
}

/* From whichever end is nearer. */
static struct list_node *node_at(const struct list *list, size_t position)
{
    struct list_node *node;

    if (position < list->length / 2) {
        node = list->first;
        while (position-- > 0)
            node = node->next;
    } else {
        node = list->last;
        for (size_t left = list->length - 1 - position; left > 0; left--)
            node = node->previous;
    }
    return node;
}

struct text *list_at(const struct list *list, size_t position)
{
    return node_at(list, position)->value;
}

void list_replace(struct list *list, size_t position, struct text *value)
{
    struct list_node *node = node_at(list, position);
    text_free(node->value);
    node->value = value;
}

void list_visit(const struct list *list, size_t position, size_t count,
                void (*visit)(const struct text *value, void *context), void *context)
{
    if (count == 0)
        return;
    for (struct list_node *node = node_at(list, position); count > 0; count--, node = node->next)
        visit(node->value, context);
}

size_t list_remove(struct list *list, enum list_end from, size_t limit, const struct text *value)
{
    struct list_node *node = from == LIST_FIRST ? list->first : list->last;
    size_t removed = 0;

    while (node && removed < limit) {
        struct list_node *following = from == LIST_FIRST ? node->next : node->previous;
        if (text_equal(node->value, value)) {
            text_free(unlink_node(list, node));
            removed++;
        }
        node = following;
    }
    return removed;
}

void list_trim(struct list *list, size_t position, size_t count)
{
    size_t behind = list->length - position - count;

    while (position-- > 0)
        text_free(unlink_node(list, list->first));
    while (behind-- > 0)
        text_free(unlink_node(list, list->last));
}
