/* emit_union.c -- the statements for a union whose live member an expression tells. */
#include "emit_values.h"

/* Is this member the arm of the union, or in it, when the arm is an unnamed struct? */
static bool is_in_arm(const struct member *arm, const struct member *member)
{
    struct type *type = type_strip(arm->type);
    size_t i;

    if (arm == member)
        return true;
    for (i = 0; !arm->name && i < type->member_count; i++)
        if (is_in_arm(&type->members[i], member))
            return true;
    return false;
}

static void emit_arm(struct emitter *emitter, const struct conversion *conversion,
                     const struct member *arm, struct context at, bool visit)
{
    const struct dropped_member *dropped;
    size_t i;

    for (i = 0; i < conversion->member_count; i++) {
        const struct member_plan *member = &conversion->members[i];
        struct context inside;

        if (!member->conversion || !member->old_member || !is_in_arm(arm, member->old_member))
            continue;
        inside = visit ? visited_member_context(emitter, member, at)
                       : member_context(emitter, member, at);
        if (at.old_parent)
            inside.self = at.old_parent; /* a union's lengths are told by the struct it is in */
        if (visit && member->conversion->visits)
            emit_visit(emitter, member->conversion, inside);
        else if (!visit)
            emit_member_value(emitter, member->conversion, inside);
    }
    for (dropped = conversion->dropped; dropped; dropped = dropped->next)
        if (is_in_arm(arm, dropped->member))
            emit_drop(emitter, dropped, at);
}

/* The tag tells of no member: the bits are kept, as far as they fit. */
static void emit_dead_union(struct emitter *emitter, const struct conversion *conversion,
                            struct context at)
{
    uint64_t old_size = conversion->old_view.type->size, new_size = conversion->new_view.type->size;
    uint64_t size = old_size < new_size ? old_size : new_size;

    if (at.unnamed) {
        at.in = bytes_at(emitter, at.in, at.unnamed->old_offset, size);
        at.out = bytes_at(emitter, at.out, at.unnamed->new_offset, size);
    }
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "memcpy(%s, %s, %llu);\n", address_of(emitter, at.out),
            address_of(emitter, at.in), (unsigned long long)size);
}

/* The tag counts the members of the old union. */
void emit_tagged(struct emitter *emitter, const struct conversion *conversion,
                        struct context at, bool visit)
{
    const struct type *old = conversion->old_view.type;
    struct context tag_context = at, inside = at;
    size_t i;

    if (at.old_parent)
        tag_context.self = at.old_parent;
    if (conversion->is_root) {
        inside.root_in = at.in;
        inside.root_out = at.out;
    }
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "switch ((long long)(%s)) {\n",
            translate(emitter, conversion->length, &tag_context));
    inside.depth++;
    for (i = 0; i < old->member_count; i++) {
        emit_indent(emitter, at.depth);
        fprintf(emitter->out, "case %zu:\n", i);
        emit_arm(emitter, conversion, &old->members[i], inside, visit);
        emit_indent(emitter, at.depth + 1);
        fprintf(emitter->out, "break;\n");
    }
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "default:\n");
    if (!visit)
        emit_dead_union(emitter, conversion, inside);
    emit_indent(emitter, at.depth + 1);
    fprintf(emitter->out, "break;\n");
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "}\n");
}
