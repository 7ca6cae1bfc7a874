/* test_heap_parts.h -- a type that occurs alone, as a member and as an element of arrays: what
 * pointers into the middle of objects lead to. */
#ifndef TEST_HEAP_PARTS_H
#define TEST_HEAP_PARTS_H

#include "test_heap_support.h"

struct old_part {
    int number;
    struct old_part *peer;
};

struct new_part {
    struct new_part *peer;
    long added;
    int number;
};

struct old_whole {
    struct old_part first;
    char name[16];
    int count;
    struct old_part second;
    struct old_part *favourite; /* one of the two, or any other */
    char *title;
};

struct new_whole {
    char *title;
    int count;
    struct new_part second;
    char name[24];
    struct new_part first;
    struct new_part *favourite;
};

static void convert_part(void *in_, void *out_);
static void convert_whole(void *in_, void *out_);

static const struct kitsune_type_pair part_pair = {
    .name = "struct part",
    .old_size = sizeof(struct old_part),
    .new_size = sizeof(struct new_part),
    .flags = KITSUNE_PAIR_MOVES | KITSUNE_PAIR_EMBEDDED | KITSUNE_PAIR_ROOMY,
    .transform = convert_part,
    .members = (const struct kitsune_member_map[]){
        {offsetof(struct old_part, number), 4, offsetof(struct new_part, number), 4, 0},
        {offsetof(struct old_part, peer), 8, offsetof(struct new_part, peer), 8, 0},
    },
    .member_count = 2,
};

static const struct kitsune_type_pair whole_pair __attribute__((unused)) = {
    .name = "struct whole",
    .old_size = sizeof(struct old_whole),
    .new_size = sizeof(struct new_whole),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_whole,
    .members = (const struct kitsune_member_map[]){
        {offsetof(struct old_whole, first), sizeof(struct old_part),
         offsetof(struct new_whole, first), sizeof(struct new_part), 1},
        {offsetof(struct old_whole, first.number), 4, offsetof(struct new_whole, first.number),
         4, 0},
        {offsetof(struct old_whole, first.peer), 8, offsetof(struct new_whole, first.peer), 8, 0},
        {offsetof(struct old_whole, name), 16, offsetof(struct new_whole, name), 24, 0},
        {offsetof(struct old_whole, count), 4, offsetof(struct new_whole, count), 4, 0},
        {offsetof(struct old_whole, second), sizeof(struct old_part),
         offsetof(struct new_whole, second), sizeof(struct new_part), 1},
        {offsetof(struct old_whole, second.number), 4, offsetof(struct new_whole, second.number),
         4, 0},
        {offsetof(struct old_whole, second.peer), 8, offsetof(struct new_whole, second.peer), 8, 0},
        {offsetof(struct old_whole, favourite), 8, offsetof(struct new_whole, favourite), 8, 0},
        {offsetof(struct old_whole, title), 8, offsetof(struct new_whole, title), 8, 0},
    },
    .member_count = 10,
};

static void convert_part(void *in_, void *out_)
{
    struct old_part *in = in_;
    struct new_part *out = out_;

    out->number = in->number;
    out->peer = kitsune_xf_pointer(&part_pair, in->peer, 1);
}

static void convert_whole(void *in_, void *out_)
{
    struct old_whole *in = in_;
    struct new_whole *out = out_;

    convert_part(&in->first, &out->first);
    convert_part(&in->second, &out->second);
    memcpy(out->name, in->name, sizeof in->name);
    out->count = in->count;
    out->favourite = kitsune_xf_pointer(&part_pair, in->favourite, 1);
    out->title = kitsune_xf_string(in->title);
}

static inline struct old_whole *make_whole(void)
{
    struct old_whole *whole = calloc(1, sizeof *whole);

    whole->first.number = 1;
    whole->second.number = 2;
    strcpy(whole->name, "inner name");
    return whole;
}

static inline struct old_part *make_part(int number, struct old_part *peer)
{
    struct old_part *part = calloc(1, sizeof *part);

    *part = (struct old_part){number, peer};
    return part;
}

#endif
