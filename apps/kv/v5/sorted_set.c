/* sorted_set.c -- the sorted set type: a dictionary and a skip list over the same members. */
#include "sorted_set.h"

#include <stdlib.h>

#include "memory.h"

static struct skip_node *node_new(int height, struct text *member, double score)
{
    struct skip_node *node =
        allocate_zeroed(1, sizeof *node + (size_t)height * sizeof node->levels[0]);
    node->member = member;
    node->score = score;
    node->height = height;
    return node;
}

/* One level more with a chance of one in four. */
static int random_height(void)
{
    int height = 1;
    while (height < HIGHEST_LEVEL && (random() & 3) == 0)
        height++;
    return height;
}

struct sorted_set *sorted_set_new(void)
{
    struct sorted_set *set = allocate_zeroed(1, sizeof *set);
    set->by_member = dictionary_new();
    set->ordering.head = node_new(HIGHEST_LEVEL, NULL, 0);
    set->ordering.height = 1;
    return set;
}

void sorted_set_free(struct sorted_set *set)
{
    dictionary_free(set->by_member, free);
    free(set->ordering.head);
    free(set);
}

size_t sorted_set_count(const struct sorted_set *set)
{
    return set->by_member->count;
}

struct skip_node *sorted_set_find(const struct sorted_set *set, const struct text *member)
{
    struct entry *entry = dictionary_find(set->by_member, member);
    return entry ? entry->value : NULL;
}

static bool comes_before(const struct skip_node *node, double score, const struct text *member)
{
    if (node->score != score)
        return node->score < score;
    return text_compare(node->member, member) < 0;
}

/* The way down to a place: on each level the last node before it, and its rank (the head's is 0,
 * the first node's 1). */
struct descent {
    struct skip_node *before[HIGHEST_LEVEL];
    size_t rank[HIGHEST_LEVEL];
};

static void descend(const struct sorted_set *set, double score, const struct text *member,
                    struct descent *descent)
{
    struct skip_node *node = set->ordering.head;
    size_t rank = 0;

    for (int level = set->ordering.height - 1; level >= 0; level--) {
        struct skip_node *next;
        while ((next = node->levels[level].next) && comes_before(next, score, member)) {
            rank += node->levels[level].skipped;
            node = next;
        }
        descent->before[level] = node;
        descent->rank[level] = rank;
    }
}

static struct skip_node *insert(struct sorted_set *set, struct text *member, double score)
{
    struct descent descent;
    int height = random_height();
    struct skip_node *node = node_new(height, member, score);

    descend(set, score, member, &descent);
    for (; set->ordering.height < height; set->ordering.height++) {
        descent.before[set->ordering.height] = set->ordering.head;
        descent.rank[set->ordering.height] = 0;
        set->ordering.head->levels[set->ordering.height].skipped = set->by_member->count;
    }
    size_t rank = descent.rank[0] + 1;
    for (int level = 0; level < set->ordering.height; level++) {
        struct skip_level *before = &descent.before[level]->levels[level];
        if (level >= height) {
            before->skipped++;
            continue;
        }
        size_t steps = rank - descent.rank[level];
        node->levels[level].next = before->next;
        node->levels[level].skipped = before->skipped + 1 - steps;
        before->next = node;
        before->skipped = steps;
    }
    node->previous = descent.before[0] == set->ordering.head ? NULL : descent.before[0];
    if (skip_node_next(node))
        skip_node_next(node)->previous = node;
    else
        set->ordering.last = node;
    return node;
}

static void unlink_node(struct sorted_set *set, struct skip_node *node)
{
    struct descent descent;

    descend(set, node->score, node->member, &descent);
    for (int level = 0; level < set->ordering.height; level++) {
        struct skip_level *before = &descent.before[level]->levels[level];
        if (before->next == node) {
            before->skipped += node->levels[level].skipped;
            before->next = node->levels[level].next;
        }
        before->skipped--;
    }
    if (skip_node_next(node))
        skip_node_next(node)->previous = node->previous;
    else
        set->ordering.last = node->previous;
    while (set->ordering.height > 1 && !set->ordering.head->levels[set->ordering.height - 1].next)
        set->ordering.height--;
}

void sorted_set_put(struct sorted_set *set, const struct text *member, double score)
{
    struct entry *entry = dictionary_find(set->by_member, member);

    if (entry) {
        struct skip_node *node = entry->value;
        if (node->score == score)
            return;
        unlink_node(set, node);
        free(node);
        /* Not counted twice: insert() takes the dictionary's count as the length so far. */
        set->by_member->count--;
        entry->value = insert(set, entry->key, score);
        set->by_member->count++;
        return;
    }
    struct text *key = text_copy(member);
    struct skip_node *node = insert(set, key, score);
    dictionary_add(set->by_member, key, node);
}

bool sorted_set_remove(struct sorted_set *set, const struct text *member)
{
    struct skip_node *node = sorted_set_find(set, member);

    if (!node)
        return false;
    unlink_node(set, node);
    dictionary_remove(set->by_member, node->member, NULL);
    free(node);
    return true;
}

size_t sorted_set_rank(const struct sorted_set *set, const struct skip_node *node)
{
    struct descent descent;
    descend(set, node->score, node->member, &descent);
    return descent.rank[0];
}

struct skip_node *sorted_set_at(const struct sorted_set *set, size_t rank)
{
    struct skip_node *node = set->ordering.head;
    size_t left = rank + 1;

    for (int level = set->ordering.height - 1; level >= 0; level--)
        while (node->levels[level].next && node->levels[level].skipped <= left) {
            left -= node->levels[level].skipped;
            node = node->levels[level].next;
        }
    return left == 0 ? node : NULL;
}

struct skip_node *sorted_set_last(const struct sorted_set *set)
{
    return set->ordering.last;
}

static bool above_lowest(const struct score_range *range, double score)
{
    return range->without_lowest ? score > range->lowest : score >= range->lowest;
}

bool score_in_range(const struct score_range *range, double score)
{
    bool below = range->without_highest ? score < range->highest : score <= range->highest;
    return below && above_lowest(range, score);
}

struct skip_node *sorted_set_first_in(const struct sorted_set *set,
                                      const struct score_range *range)
{
    struct skip_node *node = set->ordering.head;

    for (int level = set->ordering.height - 1; level >= 0; level--) {
        struct skip_node *next;
        while ((next = node->levels[level].next) && !above_lowest(range, next->score))
            node = next;
    }
    node = skip_node_next(node);
    return node && score_in_range(range, node->score) ? node : NULL;
}
