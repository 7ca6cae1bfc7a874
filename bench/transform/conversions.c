/* conversions.c -- the conversions of the benchmark's heaps, in the form that xfgen writes them;
 * a shared object, so that every call goes the way it goes in an update. */
#include "shapes.h"

static void convert_struct_node(void *in, void *out);
static void convert_struct_entry(void *in, void *out);
static void convert_struct_branch(void *in, void *out);
static void visit_entry_pointer(void *in, void *out);

static const struct kitsune_type_pair pair_struct_node = {
    .name = "struct node",
    .old_size = sizeof(struct old_node),
    .new_size = sizeof(struct new_node),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_struct_node,
};

static const struct kitsune_type_pair pair_struct_entry = {
    .name = "struct entry",
    .old_size = sizeof(struct old_entry),
    .new_size = sizeof(struct new_entry),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_struct_entry,
};

static const struct kitsune_type_pair pair_struct_branch = {
    .name = "struct branch",
    .old_size = sizeof(struct old_branch),
    .new_size = sizeof(struct new_branch),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_struct_branch,
};

static const struct kitsune_type_pair pair_entry_pointer = {
    .name = "struct entry *",
    .old_size = sizeof(struct old_entry *),
    .new_size = sizeof(struct new_entry *),
    .transform = visit_entry_pointer,
};

static void convert_struct_node(void *in_, void *out_)
{
    struct old_node *in = in_;
    struct new_node *out = out_;

    out->value = in->value;
    out->next = kitsune_xf_pointer(&pair_struct_node, in->next, 1);
}

static void convert_struct_entry(void *in_, void *out_)
{
    struct old_entry *in = in_;
    struct new_entry *out = out_;

    out->key = kitsune_xf_string(in->key);
    out->value = in->value;
    out->next = kitsune_xf_pointer(&pair_struct_entry, in->next, 1);
}

static void convert_struct_branch(void *in_, void *out_)
{
    struct old_branch *in = in_;
    struct new_branch *out = out_;

    out->key = in->key;
    out->left = kitsune_xf_pointer(&pair_struct_branch, in->left, 1);
    out->right = kitsune_xf_pointer(&pair_struct_branch, in->right, 1);
}

static void visit_entry_pointer(void *in_, void *out_)
{
    struct old_entry **out = out_;

    (void)in_;
    KITSUNE_XF_UPDATE(*out, kitsune_xf_pointer(&pair_struct_entry, *out, 1));
}

void convert_roots(void *in_, void *out_)
{
    struct old_roots *in = in_;
    struct new_roots *out = out_;

    out->list = kitsune_xf_pointer(&pair_struct_node, in->list, 1);
    out->table = kitsune_xf_pointer(&pair_entry_pointer, in->table, (size_t)in->buckets);
    out->tree = kitsune_xf_pointer(&pair_struct_branch, in->tree, 1);
    out->buckets = in->buckets;
}
