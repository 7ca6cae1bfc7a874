/* emit_tail.c -- flexible array members: where they are, and how long.
 *
 * What malloc made says itself how large it is, and a spare part of it is kept.  Of objects with
 * an allocator of their own (E_CUSTOM) only E_ARRAY knows.
 */
#include "emit_values.h"

static const struct member *tail_of(struct view view)
{
    struct type *type = type_strip(view.type);
    const struct member *last;

    if (type->kind != TYPE_STRUCT || !type->member_count)
        return NULL;
    last = &type->members[type->member_count - 1];
    return type_strip(last->type)->kind == TYPE_ARRAY && type_strip(last->type)->is_flexible
               ? last : NULL;
}

static const struct annotation *length_of(const struct pair *pair, const struct member *tail)
{
    const struct conversion *conversion = pair->conversion;
    size_t i;

    for (i = 0; conversion && i < conversion->member_count; i++)
        if (conversion->members[i].new_member == tail && conversion->members[i].conversion)
            return conversion->members[i].conversion->length;
    return NULL;
}

static bool has_tail_function(const struct pair *pair)
{
    return pair->custom && (pair->changes || pair->visits) && tail_of(pair->old_view) &&
           tail_of(pair->new_view);
}

void emit_tail_function(struct emitter *emitter, const struct pair *pair)
{
    struct context at = {"(*in)", "(*in)", "(*in)", "(*in)", "(*in)", "(*in)", 1, "(*in)", NULL};
    const struct annotation *length;

    if (!has_tail_function(pair))
        return;
    length = length_of(pair, tail_of(pair->new_view));
    if (!length) {
        report_at(emitter->plan->messages, SEVERITY_ERROR, pair->custom->place.file,
                  pair->custom->place.line, "%s ends with a flexible array and has an allocator of "
                  "its own: how long the array is, is not known", pair->name);
        report_help(emitter->plan->messages, "annotate the array, in the old version too: "
                    "E_ARRAY(self.length)");
        emitter->failed = true;
        return;
    }
    fprintf(emitter->out, "static size_t tail_of_%s(const void *in_)\n{\n    const %s = in_;\n\n"
            "    return (size_t)(%s);\n}\n\n", pair->identifier,
            pointer_to(emitter, pair->old_view, "in"), translate(emitter, length, &at));
}

void emit_tail(struct emitter *emitter, const struct pair *pair)
{
    const struct member *old = tail_of(pair->old_view), *new = tail_of(pair->new_view);

    if (!old || !new)
        return;
    fprintf(emitter->out, "    .old_tail_offset = %llu, .new_tail_offset = %llu,\n"
            "    .old_tail_element = %llu, .new_tail_element = %llu,\n",
            (unsigned long long)old->offset, (unsigned long long)new->offset,
            (unsigned long long)type_strip(type_strip(old->type)->target)->size,
            (unsigned long long)type_strip(type_strip(new->type)->target)->size);
    if (has_tail_function(pair))
        fprintf(emitter->out, "    .tail_count = tail_of_%s,\n", pair->identifier);
}
