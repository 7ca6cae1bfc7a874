/* list.h -- the list type: texts in order, cheap at both ends.
 *
 * A doubly linked list.  Positions count from 0. */
#ifndef KV_LIST_H
#define KV_LIST_H

#include <stddef.h>

#include "text.h"

struct list_node {
    struct list_node *previous;
    struct list_node *next;
    struct text *value;
};

struct list {
    struct list_node *first;
    struct list_node *last;
    size_t length;
};

enum list_end { LIST_FIRST, LIST_LAST };

struct list *list_new(void);
void list_free(struct list *list);

/* The list owns its texts from push to pop. */
void list_push(struct list *list, enum list_end end, struct text *value);
/* NULL when the list is empty. */
struct text *list_pop(struct list *list, enum list_end end);
/* position < length. */
struct text *list_at(const struct list *list, size_t position);
void list_replace(struct list *list, size_t position, struct text *value);
/* Calls `visit` for `count` texts from `position` on. */
void list_visit(const struct list *list, size_t position, size_t count,
                void (*visit)(const struct text *value, void *context), void *context);
/* Removes up to `limit` texts equal to `value`, looking from one end; returns how many. */
size_t list_remove(struct list *list, enum list_end from, size_t limit, const struct text *value);
/* Keeps `count` texts from `position` on. */
void list_trim(struct list *list, size_t position, size_t count);

#endif
