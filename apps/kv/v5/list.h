/* list.h -- the list type: texts in order, cheap at both ends.
 *
 * An array used as a ring: eight bytes for an element instead of a node of its own, and any
 * position is found at once.
 *
 *      slots: [ d e - - - a b c ]     first = 5, length = 5, capacity = 8
 *
 * Invariants: capacity is a power of two, or 0 (then slots is NULL); unused slots are NULL.
 * A zeroed struct list is an empty list.
 */
#ifndef KV_LIST_H
#define KV_LIST_H

#include <kitsune.h>
#include <stddef.h>

#include "text.h"

struct list {
    struct text **E_PTRARRAY(self.capacity) slots;
    size_t capacity;
    size_t first;
    size_t length;
};

enum list_end { LIST_FIRST, LIST_LAST };

struct list *list_new(void);
void list_free(struct list *list);

/* The list owns its texts from push to pop. */
void list_push(struct list *list, enum list_end end, struct text *value);
/* The same as pushing at the end; a loop of these fills a list. */
void list_append(struct list *list, struct text *value);
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
