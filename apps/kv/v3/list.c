/* list.c -- the list type, as a ring in an array. */
#include "list.h"

#include <stdlib.h>

#include "memory.h"

#define SMALLEST_CAPACITY 4u

struct list *list_new(void)
{
    return allocate_zeroed(1, sizeof(struct list));
}

static struct text **slot_at(const struct list *list, size_t position)
{
    return &list->slots[(list->first + position) & (list->capacity - 1)];
}

void list_free(struct list *list)
{
    for (size_t i = 0; i < list->length; i++)
        text_free(*slot_at(list, i));
    free(list->slots);
    free(list);
}

/* Moves the texts to a new array, the first one to its start. */
static void change_capacity(struct list *list, size_t capacity)
{
    struct text **slots = allocate_zeroed(capacity, sizeof *slots);

    for (size_t i = 0; i < list->length; i++)
        slots[i] = *slot_at(list, i);
    free(list->slots);
    list->slots = slots;
    list->capacity = capacity;
    list->first = 0;
}

static void make_room(struct list *list)
{
    if (list->capacity == 0)
        change_capacity(list, SMALLEST_CAPACITY);
    else if (list->length == list->capacity)
        change_capacity(list, 2 * list->capacity);
}

static void give_back_room(struct list *list)
{
    if (list->capacity > SMALLEST_CAPACITY && list->length <= list->capacity / 8)
        change_capacity(list, list->capacity / 4);
}

void list_append(struct list *list, struct text *value)
{
    make_room(list);
    *slot_at(list, list->length++) = value;
}

void list_push(struct list *list, enum list_end end, struct text *value)
{
    if (end == LIST_LAST) {
        list_append(list, value);
        return;
    }
    make_room(list);
    list->first = (list->first - 1) & (list->capacity - 1);
    list->length++;
    *slot_at(list, 0) = value;
}

/* Empties the slot at one end; its text is the caller's now. */
static struct text *take_end(struct list *list, enum list_end end)
{
    struct text **slot = slot_at(list, end == LIST_FIRST ? 0 : list->length - 1);
    struct text *value = *slot;

    *slot = NULL;
    if (end == LIST_FIRST)
        list->first = (list->first + 1) & (list->capacity - 1);
    list->length--;
    return value;
}

struct text *list_pop(struct list *list, enum list_end end)
{
    if (list->length == 0)
        return NULL;
    struct text *value = take_end(list, end);
    give_back_room(list);
    return value;
}

struct text *list_at(const struct list *list, size_t position)
{
    return *slot_at(list, position);
}

void list_replace(struct list *list, size_t position, struct text *value)
{
    struct text **slot = slot_at(list, position);
    text_free(*slot);
    *slot = value;
}

void list_visit(const struct list *list, size_t position, size_t count,
                void (*visit)(const struct text *value, void *context), void *context)
{
    for (size_t i = position; i < position + count; i++)
        visit(*slot_at(list, i), context);
}

/* The texts that stay are moved together: towards the end the search began at. */
size_t list_remove(struct list *list, enum list_end from, size_t limit, const struct text *value)
{
    size_t removed = 0;

    for (size_t i = 0; i < list->length; i++) {
        size_t position = from == LIST_FIRST ? i : list->length - 1 - i;
        struct text **slot = slot_at(list, position);
        struct text *text = *slot;
        if (removed < limit && text_equal(text, value)) {
            text_free(text);
            *slot = NULL;
            removed++;
        } else if (removed > 0) {
            *slot = NULL;
            *slot_at(list, from == LIST_FIRST ? position - removed : position + removed) = text;
        }
    }
    if (from == LIST_LAST && list->capacity > 0)
        list->first = (list->first + removed) & (list->capacity - 1);
    list->length -= removed;
    give_back_room(list);
    return removed;
}

void list_trim(struct list *list, size_t position, size_t count)
{
    size_t behind = list->length - position - count;

    while (position-- > 0)
        text_free(take_end(list, LIST_FIRST));
    while (behind-- > 0)
        text_free(take_end(list, LIST_LAST));
    while (list->capacity > SMALLEST_CAPACITY && list->length <= list->capacity / 8)
        give_back_room(list);
}
