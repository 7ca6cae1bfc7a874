/* emit_values.c -- the statements that convert, or visit, one value. */
#include "emit_values.h"

#include <string.h>

void emit_indent(struct emitter *emitter, int depth)
{
    fprintf(emitter->out, "%*s", depth * 4, "");
}

bool is_aggregate(const struct conversion *conversion)
{
    struct type *type = type_strip(conversion->new_view.type);

    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION || type->kind == TYPE_ARRAY;
}

static const char *cast_to(struct emitter *emitter, const struct conversion *conversion)
{
    struct type *type = type_strip(conversion->new_view.type);

    if (type->kind == TYPE_POINTER) /* the versions' types differ to C, unless they are plain */
        return strcmp(declare(emitter, conversion->old_view.program, conversion->old_view.type, ""),
                      declare(emitter, conversion->new_view.program, conversion->new_view.type,
                              "")) == 0 ? "" : "(void *)";
    if (type->kind == TYPE_ENUM && conversion->new_view.type->kind != TYPE_VOID)
        return arena_format(emitter->plan->arena, "(%s)",
                            declare(emitter, conversion->new_view.program, type, ""));
    return "";
}

static void emit_copy(struct emitter *emitter, const struct conversion *conversion,
                      struct context at)
{
    emit_indent(emitter, at.depth);
    if (is_aggregate(conversion) || (type_strip(conversion->new_view.type)->kind == TYPE_BASE &&
                                     type_strip(conversion->new_view.type)->size > 16))
        fprintf(emitter->out, "memcpy(%s, %s, sizeof %s);\n",
                address_of(emitter, at.out), address_of(emitter, at.in), at.in);
    else
        fprintf(emitter->out, "%s = %s%s;\n", plain(emitter, at.out), cast_to(emitter, conversion),
                plain(emitter, at.in));
}

static bool is_bit_field(const struct conversion *conversion)
{
    return conversion->old_view.bit_size || conversion->new_view.bit_size;
}

static void emit_rule_call(struct emitter *emitter, const struct conversion *conversion,
                           struct context at, bool bit_field)
{
    const struct rule_function *function = conversion->function;
    bool base_is_in = function->base.type && function->base.type == function->in.type;
    bool newbase_is_out = function->newbase.type && function->newbase.type == function->out.type;
    const char *base = base_is_in ? at.in : at.root_in;
    const char *newbase = newbase_is_out || !at.root_out ? at.out : at.root_out;

    base = function->base.type && base ? address_of(emitter, base) : "NULL";
    newbase = function->newbase.type && newbase ? address_of(emitter, newbase) : "NULL";
    emit_indent(emitter, at.depth);
    if (!bit_field) {
        fprintf(emitter->out, "%s(%s, %s, %s, %s);\n", function->name,
                function->in.type ? address_of(emitter, at.in) : "NULL",
                function->out.type ? address_of(emitter, at.out) : "NULL", base, newbase);
        return;
    }
    /* A bit-field has no address: through temporaries. */
    fprintf(emitter->out, "{\n");
    if (function->in.type) {
        emit_indent(emitter, at.depth + 1);
        fprintf(emitter->out, "%s = %s;\n",
                declare(emitter, function->in.program, function->in.type, "value_in"), at.in);
    }
    if (function->out.type) {
        emit_indent(emitter, at.depth + 1);
        fprintf(emitter->out, "%s = %s;\n",
                declare(emitter, function->out.program, function->out.type, "value_out"), at.out);
    }
    emit_indent(emitter, at.depth + 1);
    fprintf(emitter->out, "%s(%s, %s, %s, %s);\n", function->name,
            function->in.type ? "&value_in" : "NULL", function->out.type ? "&value_out" : "NULL",
            base, newbase);
    if (function->out.type) {
        emit_indent(emitter, at.depth + 1);
        fprintf(emitter->out, "%s = value_out;\n", at.out);
    }
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "}\n");
}

const char *bytes_at(struct emitter *emitter, const char *lvalue, uint64_t offset,
                            uint64_t size)
{
    return arena_format(emitter->plan->arena, "(*(unsigned char (*)[%llu])((char *)&%s + %llu))",
                        (unsigned long long)size, lvalue, (unsigned long long)offset);
}

struct context member_context(struct emitter *emitter, const struct member_plan *member,
                                     struct context at)
{
    struct context inside = at;
    const char *reason = NULL;
    bool by_bytes = !member->new_access && member->conversion &&
                    member->conversion->kind == CONVERT_COPY;

    inside.old_parent = at.in;
    inside.self = at.in;
    inside.unnamed = !member->new_access && !by_bytes ? member : NULL;
    if (inside.unnamed)
        return inside; /* its members are named from here */
    inside.out = by_bytes ? bytes_at(emitter, at.out, member->new_offset,
                                     type_strip(member->new_member->type)->size)
                          : field(emitter, at.out, member->new_access);
    if (!by_bytes && member->source == SOURCE_MEMBER)
        inside.origin = field(emitter, at.origin, member->old_access);
    switch (member->source) {
    case SOURCE_MEMBER:
        inside.in = by_bytes ? bytes_at(emitter, at.in, member->old_offset,
                                        type_strip(member->old_member->type)->size)
                             : field(emitter, at.in, member->old_access);
        break;
    case SOURCE_ROOT:
        inside.in = field(emitter, at.root_in, member->old_access);
        break;
    case SOURCE_VARIABLE:
        inside.in = symbol_lvalue(emitter, emitter->plan->old_program, member->source_key, &reason);
        inside.in = inside.in ? field(emitter, inside.in, member->old_access) : "0";
        if (!at.root_in)
            inside.root_in = NULL;
        break;
    case SOURCE_NONE:
        inside.in = at.in;
        break;
    }
    return inside;
}

void emit_member_value(struct emitter *emitter, const struct conversion *conversion,
                       struct context at)
{
    if (conversion->kind == CONVERT_RULE)
        emit_rule_call(emitter, conversion, at, is_bit_field(conversion));
    else
        emit_value(emitter, conversion, at);
}

void emit_drop(struct emitter *emitter, const struct dropped_member *dropped,
                      struct context at)
{
    if (!dropped->conversion)
        return;
    at.in = field(emitter, at.in, dropped->member->name);
    emit_rule_call(emitter, dropped->conversion, at, dropped->member->bit_size);
}

static void emit_members(struct emitter *emitter, const struct conversion *conversion,
                         struct context at)
{
    const struct dropped_member *dropped;
    size_t i;

    for (i = 0; i < conversion->member_count; i++) {
        const struct member_plan *member = &conversion->members[i];

        if (!member->conversion)
            continue;
        emit_member_value(emitter, member->conversion, member_context(emitter, member, at));
    }
    for (dropped = conversion->dropped; dropped; dropped = dropped->next)
        emit_drop(emitter, dropped, at);
}

/* How many elements of an array there are to convert. */
static const char *array_count(struct emitter *emitter, const struct conversion *conversion,
                               const struct context *at)
{
    const struct type *old = conversion->old_view.type;

    if (conversion->length && !old->is_flexible)
        return arena_format(emitter->plan->arena, "kitsune_xf_in_use((size_t)(%s), %llu)",
                            translate(emitter, conversion->length, at),
                            (unsigned long long)old->count);
    if (conversion->length)
        return arena_format(emitter->plan->arena, "(size_t)(%s)",
                            translate(emitter, conversion->length, at));
    emitter->looks_at_allocations |= old->is_flexible;
    if (old->is_flexible)
        return arena_format(emitter->plan->arena,
                            "kitsune_xf_tail_count(%s, (size_t)((char *)&%s - (char *)&%s), %llu)",
                            at->root_in ? arena_format(emitter->plan->arena, "&%s", at->root_in)
                                        : "NULL",
                            at->in, at->root_in ? at->root_in : at->in,
                            (unsigned long long)type_strip(old->target)->size);
    return arena_format(emitter->plan->arena, "%llu",
                        (unsigned long long)(conversion->is_checked
                                                 ? conversion->new_view.type->count : old->count));
}

static void emit_loop(struct emitter *emitter, const struct conversion *conversion,
                      struct context at, bool visit)
{
    const char *index = arena_format(emitter->plan->arena, "i%d", emitter->loop_depth++);
    struct context inside = at;

    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "for (size_t %s = 0, %s_end = %s; %s < %s_end; %s++) {\n", index, index,
            array_count(emitter, conversion, &at), index, index, index);
    inside.in = arena_format(emitter->plan->arena, "%s[%s]", at.in, index);
    inside.out = arena_format(emitter->plan->arena, "%s[%s]", at.out, index);
    inside.origin = arena_format(emitter->plan->arena, "%s[%s]", at.origin, index);
    inside.depth++;
    if (visit)
        emit_visit(emitter, conversion->element, inside);
    else
        emit_value(emitter, conversion->element, inside);
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "}\n");
    emitter->loop_depth--;
}

static void emit_array(struct emitter *emitter, const struct conversion *conversion,
                       struct context at)
{
    if (conversion->is_checked)
        emit_checked_tail(emitter, conversion, at,
                          conversion->length ? array_count(emitter, conversion, &at) : NULL);
    if (conversion->element->changes) {
        emit_loop(emitter, conversion, at, false);
        return;
    }
    emit_indent(emitter, at.depth);
    if (conversion->old_view.type->is_flexible)
        fprintf(emitter->out, "memcpy(%s, %s, %s * sizeof %s[0]);\n", at.out, at.in,
                array_count(emitter, conversion, &at), at.in);
    else
        fprintf(emitter->out, "memcpy(%s, %s, sizeof %s);\n", address_of(emitter, at.out),
                address_of(emitter, at.in), conversion->is_checked ? at.out : at.in);
    if (conversion->element->visits) {
        struct context inside = at;

        inside.in = at.out;
        inside.origin = at.in;
        emit_loop(emitter, conversion, inside, true);
    }
}

/* How many objects a pointer leads to.  Where only an outer struct can tell, it has told
 * (emit_rows) by the time that this pointer is followed. */
static const char *pointer_count(struct emitter *emitter, const struct conversion *conversion,
                                 const struct context *at)
{
    const char *length, *c;

    if (!conversion->length || (!at->self && mentions_self(conversion->length)))
        return "1";
    length = translate(emitter, conversion->length, at);
    for (c = length; is_name_byte(*c) || (c[0] == '-' && c[1] == '>'); c += *c == '-' ? 2 : 1)
        ;
    return arena_format(emitter->plan->arena, *c ? "(size_t)(%s)" : "(size_t)%s", length);
}

/* struct item *E_PTRARRAY(self.columns) *lines E_PTRARRAY(self.rows): reaches the lines. */
static void emit_rows(struct emitter *emitter, const struct conversion *conversion,
                      const struct context *at)
{
    const struct conversion *row;

    if (conversion->kind != CONVERT_POINTER || !conversion->pair->conversion)
        return;
    row = conversion->pair->conversion;
    if (row->kind != CONVERT_POINTER || !row->visits || !row->length || !mentions_self(row->length))
        return;
    emit_indent(emitter, at->depth);
    fprintf(emitter->out, "kitsune_xf_rows(&pair_%s, &pair_%s, (void *)%s, %s,\n",
            conversion->pair->identifier, row->pair->identifier, at->in,
            pointer_count(emitter, conversion, at));
    emit_indent(emitter, at->depth + 4);
    fprintf(emitter->out, "(size_t)(%s));\n", translate(emitter, row->length, at));
}

/* char *, and not one of its relatives. */
static bool is_plain_string(const struct conversion *conversion)
{
    struct type *type = type_strip(conversion->new_view.type);
    const char *name = type->kind == TYPE_POINTER ? type_strip(type->target)->name : NULL;

    return name && strcmp(name, "char") == 0;
}

static const char *string_value(struct emitter *emitter, const struct conversion *conversion,
                                const struct context *at, const char *in)
{
    const char *cast = is_plain_string(conversion) ? "" : "(char *)";

    if (conversion->length && (at->self || !mentions_self(conversion->length)))
        return arena_format(emitter->plan->arena, "kitsune_xf_bytes(%s%s, %s)", cast, in,
                            pointer_count(emitter, conversion, at));
    return arena_format(emitter->plan->arena, "kitsune_xf_string(%s%s)", cast, in);
}

/* The right-hand side for a pointer: what it leads to in the new version. */
static const char *pointer_value(struct emitter *emitter, const struct conversion *conversion,
                                 const struct context *at)
{
    struct arena *arena = emitter->plan->arena;
    const struct pair *pair = conversion->pair;
    const char *in = plain(emitter, at->in), *count;

    switch (conversion->kind) {
    case CONVERT_STRING:
        return string_value(emitter, conversion, at, in);
    case CONVERT_WIDE_STRING:
        return arena_format(arena, "kitsune_xf_wide_string(&pair_%s, %s)", pair->identifier, in);
    case CONVERT_FUNCTION:
        return arena_format(arena, "kitsune_xf_function((void *)%s)", in);
    case CONVERT_KEEP:
        return arena_format(arena, "kitsune_xf_keep((void *)%s)", in);
    default:
        if (!pair->changes && !pair->visits && !pair->embedded &&
            type_strip(pair->old_view.type)->size > emitter->plan->old_program->largest_unnamed)
            return arena_format(arena, "kitsune_xf_keep(%s)", in);
        count = pointer_count(emitter, conversion, at);
        return arena_format(arena, "kitsune_xf_%s(&pair_%s, %s, %s)",
                            strcmp(count, "1") == 0 ? "pointer" : "elements", pair->identifier,
                            in, count);
    }
}

static void emit_pair_value(struct emitter *emitter, const struct conversion *conversion,
                            struct context at)
{
    const struct pair *pair = conversion->pair;

    emit_indent(emitter, at.depth);
    if (pair->changes) {
        fprintf(emitter->out, "convert_%s(%s, %s);\n", pair->identifier,
                address_of(emitter, at.in), address_of(emitter, at.out));
        return;
    }
    fprintf(emitter->out, "memcpy(%s, %s, sizeof %s);\n", address_of(emitter, at.out),
                address_of(emitter, at.in), at.out);
    if (pair->visits) {
        emit_indent(emitter, at.depth);
        fprintf(emitter->out, "visit_%s(%s, %s);\n", pair->identifier,
                address_of(emitter, at.in), address_of(emitter, at.out));
    }
}

/* Into the middle of something: written by the runtime, at once or later. */
static void emit_link(struct emitter *emitter, const struct conversion *conversion,
                      struct context at)
{
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "kitsune_xf_link(&link_%d, (const void *)%s, (void *)%s);\n",
            conversion->link->number, address_of(emitter, at.in), address_of(emitter, at.out));
}

void emit_value(struct emitter *emitter, const struct conversion *conversion,
                       struct context at)
{
    switch (conversion->kind) {
    case CONVERT_COPY:
        emit_copy(emitter, conversion, at);
        break;
    case CONVERT_NUMBER:
        if (conversion->is_checked) {
            emit_checked_number(emitter, conversion, at);
            break;
        }
        emit_indent(emitter, at.depth);
        fprintf(emitter->out, "%s = %s;\n", plain(emitter, at.out), plain(emitter, at.in));
        break;
    case CONVERT_ENUM:
        emit_enum_switch(emitter, conversion, at);
        break;
    case CONVERT_PAIR:
        emit_pair_value(emitter, conversion, at);
        break;
    case CONVERT_MEMBERS:
        emit_members(emitter, conversion, at);
        break;
    case CONVERT_TAGGED:
        emit_tagged(emitter, conversion, at, false);
        break;
    case CONVERT_ARRAY:
        emit_array(emitter, conversion, at);
        break;
    case CONVERT_POINTER:
    case CONVERT_STRING:
    case CONVERT_WIDE_STRING:
    case CONVERT_FUNCTION:
    case CONVERT_KEEP:
        if (!conversion->visits) {
            emit_copy(emitter, conversion, at);
            break;
        }
        if (conversion->link) {
            emit_link(emitter, conversion, at);
            break;
        }
        emit_rows(emitter, conversion, &at);
        emit_indent(emitter, at.depth);
        fprintf(emitter->out, "%s = %s%s;\n", plain(emitter, at.out),
                conversion->kind == CONVERT_STRING && !is_plain_string(conversion) ? "(void *)"
                                                                                   : "",
                pointer_value(emitter, conversion, &at));
        break;
    case CONVERT_RULE:
        emit_rule_call(emitter, conversion, at, false);
        break;
    case CONVERT_NOTHING:
        break;
    }
}

struct context visited_member_context(struct emitter *emitter, const struct member_plan *member,
                                      struct context at)
{
    struct context inside = member_context(emitter, member, at);

    inside.self = inside.old_parent = at.origin;
    return inside;
}

/* Does it take another object to tell how long this is, or which member is live? */
static bool asks_elsewhere(const struct conversion *conversion)
{
    for (; conversion; conversion = conversion->element)
        if (conversion->length && leads_elsewhere(conversion->length->argument))
            return true;
    return false;
}

/* What asks another object comes first, while the pointer to that still leads to the old one. */
static void emit_visited_members(struct emitter *emitter, const struct conversion *conversion,
                                 struct context at, bool that_ask_elsewhere)
{
    size_t i;

    for (i = 0; i < conversion->member_count; i++) {
        const struct member_plan *member = &conversion->members[i];

        if (member->conversion && member->conversion->visits &&
            asks_elsewhere(member->conversion) == that_ask_elsewhere)
            emit_visit(emitter, member->conversion, visited_member_context(emitter, member, at));
    }
}

void emit_visit(struct emitter *emitter, const struct conversion *conversion,
                       struct context at)
{
    if (!conversion->visits)
        return;
    at.in = at.out; /* in place: there is only one object */
    switch (conversion->kind) {
    case CONVERT_PAIR:
        emit_indent(emitter, at.depth);
        fprintf(emitter->out, "visit_%s(%s, %s);\n", conversion->pair->identifier,
                address_of(emitter, at.origin), address_of(emitter, at.out));
        break;
    case CONVERT_MEMBERS:
        emit_visited_members(emitter, conversion, at, true);
        emit_visited_members(emitter, conversion, at, false);
        break;
    case CONVERT_TAGGED:
        emit_tagged(emitter, conversion, at, true);
        break;
    case CONVERT_ARRAY:
        emit_loop(emitter, conversion, at, true);
        break;
    default:
        if (conversion->link) {
            at.in = at.origin;
            emit_link(emitter, conversion, at);
            break;
        }
        emit_rows(emitter, conversion, &at);
        emit_indent(emitter, at.depth);
        fprintf(emitter->out, "KITSUNE_XF_UPDATE(%s, %s);\n", plain(emitter, at.out),
                pointer_value(emitter, conversion, &at));
        break;
    }
}
