/* spec_block.c -- blocks of C: text, cut at what means something to us. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "spec_parser.h"

#include "grammar.h"

/* ---- Lists ---------------------------------------------------------------------------------- */

struct segment_list segment_list_join(struct segment_list list, struct segment_list more)
{
    if (!list.first)
        return more;
    if (more.first) {
        list.last->next = more.first;
        list.last = more.last;
    }
    return list;
}

static void segment_free(struct segment *segment)
{
    size_t i;

    for (i = 0; i < segment->argument_count; i++)
        type_expression_free(segment->arguments[i]);
    free(segment->arguments);
    type_expression_free(segment->types[0]);
    type_expression_free(segment->types[1]);
    segment_list_free((struct segment_list){segment->nested, NULL});
    free(segment->text);
    free(segment);
}

void segment_list_free(struct segment_list list)
{
    struct segment *next;

    for (; list.first; list.first = next) {
        next = list.first->next;
        segment_free(list.first);
    }
}

/* ---- Segments ------------------------------------------------------------------------------- */

struct segment_list segment_plain(enum segment_kind kind, struct span span)
{
    struct segment *segment = spec_allocate(sizeof *segment);

    segment->kind = kind;
    segment->span = span;
    return (struct segment_list){segment, segment};
}

struct segment_list segment_text(struct parse *parse, struct span span)
{
    struct segment_list list = segment_plain(SEGMENT_TEXT, span);

    list.first->text = span_text(parse->source, span);
    return list;
}

/* Text that is not in the source. */
static struct segment_list segment_made(const char *text, struct span span)
{
    struct segment_list list = segment_plain(SEGMENT_TEXT, span);

    list.first->text = spec_copy(text, strlen(text));
    return list;
}

struct segment_list segment_address(enum segment_kind kind, struct span span)
{
    struct segment_list list = segment_made("(&", span);

    list = segment_list_join(list, segment_plain(kind, span));
    return segment_list_join(list, segment_made(")", span));
}

struct segment_list segment_type(enum segment_kind kind, struct type_expression *type,
                                 struct span span)
{
    struct segment_list list = segment_plain(kind, span);

    list.first->types[0] = type;
    return list;
}

struct segment_list segment_renamed_type(struct parse *parse, struct span span)
{
    static const char old_prefix[] = "_kitsune_old_rename_";
    char *text = span_text(parse->source, span);
    char *prefix = strstr(text, "_kitsune_");
    bool is_old = strncmp(prefix, old_prefix, sizeof old_prefix - 1) == 0;
    struct span name = {span.start + (size_t)(prefix - text) + sizeof old_prefix - 1, span.end};
    int tag = 0;

    if (strncmp(text, "struct", 6) == 0)
        tag = STRUCT;
    else if (strncmp(text, "union", 5) == 0)
        tag = UNION;
    else if (strncmp(text, "enum", 4) == 0)
        tag = ENUM;
    free(text);
    return segment_type(is_old ? SEGMENT_OLDTYPE : SEGMENT_NEWTYPE,
                        type_named(parse, tag, name, (struct type_list){0}, span), span);
}

struct segment_list segment_key(struct parse *parse, enum segment_kind kind, struct span key,
                                struct span span)
{
    struct segment_list list = segment_plain(kind, span);

    list.first->text = key_new(parse, key);
    return list;
}

struct segment_list segment_xform(struct parse *parse, struct type_list types, struct span span)
{
    struct segment_list list;

    if (types.count < 2) {
        if (syntax_error(parse, span, "$xform needs two types"))
            syntax_help(parse, "write $xform(old type, new type)");
        type_list_free(types);
        return (struct segment_list){0};
    }
    list = segment_plain(SEGMENT_XFORM, span);
    list.first->types[0] = types.items[0];
    list.first->types[1] = types.items[1];
    list.first->argument_count = types.count - 2;
    memmove(types.items, types.items + 2, (types.count - 2) * sizeof *types.items);
    list.first->arguments = types.items;
    return list;
}

/* Nothing but white space and comments? */
static bool is_blank(const char *text)
{
    while (*text) {
        if (isspace((unsigned char)*text)) {
            text++;
        } else if (text[0] == '/' && text[1] == '/') {
            text += strcspn(text, "\n");
        } else if (text[0] == '/' && text[1] == '*') {
            const char *end = strstr(text + 2, "*/");

            text = end ? end + 2 : text + strlen(text);
        } else {
            return false;
        }
    }
    return true;
}

static bool is_blank_list(const struct segment *segment)
{
    for (; segment; segment = segment->next)
        if (segment->kind != SEGMENT_TEXT || !is_blank(segment->text))
            return false;
    return true;
}

/* FAIL is a statement, with a ';' of its own if it was given none. */
static struct segment_list end_statement(struct segment_list list)
{
    struct span end = {list.last->span.end, list.last->span.end};

    return segment_list_join(list, segment_made(";", end));
}

struct segment_list segment_fail_literal(struct parse *parse, struct span span)
{
    struct segment_list list = segment_plain(SEGMENT_FAIL, span);
    const char *text = parse->source->text;
    struct span literal = span;

    while (text[literal.start] != '"')
        literal.start++;
    while (text[literal.end - 1] != '"')
        literal.end--;
    list.first->text = span_text(parse->source, literal);
    return end_statement(list);
}

struct segment_list segment_fail_call(struct parse *parse, struct segment_list nested,
                                      struct span span)
{
    struct segment_list list = segment_plain(SEGMENT_FAIL, span);
    const char *text = parse->source->text;
    struct span call = span;

    if (is_blank_list(nested.first))
        fail_without_reason(parse, span);
    while (text[call.start] != '(')
        call.start++;
    while (call.end > call.start + 1 && text[call.end - 1] != ')')
        call.end--;
    list.first->text = span_text(parse->source, call);
    list.first->nested = nested.first;
    return end_statement(list);
}

/* ---- Blocks --------------------------------------------------------------------------------- */

struct block *block_new(struct parse *parse, struct segment_list segments, struct span span)
{
    struct block *block = spec_allocate(sizeof *block);

    block->segments = segments.first;
    block->span = span;
    block->line = span_line(parse->source, span);
    block->is_empty = is_blank_list(segments.first);
    return block;
}

void block_free(struct block *block)
{
    if (!block)
        return;
    segment_list_free((struct segment_list){block->segments, NULL});
    free(block);
}
