/* sorted_set.h -- the sorted set type: members ordered by score, then by their bytes.
 *
 * A dictionary leads from a member to its node; the nodes form a skip list (Pugh), in which each
 * level is a list that skips over the nodes that are not that high:
 *
 *      head  level 2 ------------------------------> c ------> NULL      `skipped` is how many
 *            level 1 -----------> b ---------------> c ------> NULL      steps of level 0 one
 *            level 0 ---> a ----> b ----> b2 ------> c ------> NULL      step of a level takes
 */
#ifndef KV_SORTED_SET_H
#define KV_SORTED_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "dictionary.h"
#include "text.h"

#define HIGHEST_LEVEL 32

struct skip_level {
    struct skip_node *next;
    size_t skipped;
};

struct skip_node {
    struct text *member; /* the dictionary's key; NULL in the head */
    double score;
    struct skip_node *previous; /* NULL in the first */
    int height;
    struct skip_level levels[] E_ARRAY(self.height);
};

struct skip_list {
    struct skip_node *head;
    struct skip_node *last; /* NULL when empty */
    int height;             /* levels in use */
};

struct sorted_set {
    struct dictionary E_G(struct skip_node) *by_member;
    struct skip_list ordering;
};

struct sorted_set *sorted_set_new(void);
void sorted_set_free(struct sorted_set *set);
size_t sorted_set_count(const struct sorted_set *set);
/* NULL: no such member. */
struct skip_node *sorted_set_find(const struct sorted_set *set, const struct text *member);
/* Adds the member (a copy of it), or gives it another score. */
void sorted_set_put(struct sorted_set *set, const struct text *member, double score);
bool sorted_set_remove(struct sorted_set *set, const struct text *member);
/* How many come before the node. */
size_t sorted_set_rank(const struct sorted_set *set, const struct skip_node *node);
/* The node with that many before it; NULL: there are not so many. */
struct skip_node *sorted_set_at(const struct sorted_set *set, size_t rank);

struct score_range {
    double lowest, highest;
    bool without_lowest, without_highest;
};

bool score_in_range(const struct score_range *range, double score);
/* The last node; NULL when the set is empty. */
struct skip_node *sorted_set_last(const struct sorted_set *set);
/* The first node in the range, or NULL. */
struct skip_node *sorted_set_first_in(const struct sorted_set *set,
                                      const struct score_range *range);

static inline struct skip_node *skip_node_next(const struct skip_node *node)
{
    return node->levels[0].next;
}

#endif
