/* intrusive_lists.h -- for the tests: lists in the manner of Linux, embedded in the items. */
#include <stddef.h>

#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

struct list_head {
    struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name) {&(name), &(name)}
#define list_for_each(p, head) for (struct list_head *p = (head)->next; p != (head); p = p->next)

static inline void list_init(struct list_head *head)
{
    head->next = head->prev = head;
}

static inline void list_insert(struct list_head *link, struct list_head *prev,
                               struct list_head *next)
{
    link->prev = prev;
    link->next = next;
    prev->next = next->prev = link;
}

static inline void list_add(struct list_head *link, struct list_head *head)
{
    list_insert(link, head, head->next);
}

static inline void list_add_tail(struct list_head *link, struct list_head *head)
{
    list_insert(link, head->prev, head);
}

static inline void list_del_init(struct list_head *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* Its length, or -1 when the two directions disagree. */
static inline int list_length(const struct list_head *head)
{
    int length = 0;

    for (const struct list_head *p = head->next; p != head; p = p->next, length++)
        if (p->prev->next != p || p->next->prev != p)
            return -1;
    return length;
}

struct hlist_node {
    struct hlist_node *next, **pprev;
};

struct hlist_head {
    struct hlist_node *first;
};

static inline void hlist_add(struct hlist_node *node, struct hlist_head *head)
{
    node->next = head->first;
    node->pprev = &head->first;
    if (head->first)
        head->first->pprev = &node->next;
    head->first = node;
}

static inline void hlist_del(struct hlist_node *node)
{
    *node->pprev = node->next;
    if (node->next)
        node->next->pprev = node->pprev;
    node->next = NULL;
    node->pprev = NULL;
}

static inline int hlist_length(const struct hlist_head *head)
{
    struct hlist_node *const *pprev = &head->first;
    int length = 0;

    for (struct hlist_node *p = head->first; p; pprev = &p->next, p = p->next, length++)
        if (p->pprev != pprev)
            return -1;
    return length;
}
