/* spec_tree.c -- constructors and the end of rules, checks and the whole spec. */
#include <stdlib.h>
#include <string.h>

#include "spec_parser.h"

/* ---- Groups of rules, before it is known what block they share ------------------------------ */

static struct rule_list rule_new(enum rule_kind kind, struct path *old_path, struct path *new_path,
                                 struct span span)
{
    struct rule *rule = spec_allocate(sizeof *rule);

    rule->kind = kind;
    rule->old_path = old_path;
    rule->new_path = new_path;
    rule->span = span;
    return (struct rule_list){rule, rule};
}

struct rule_list rule_pair(struct path *old_path, struct path *new_path, struct span span)
{
    return rule_new(RULE_RENAME, old_path, new_path, span);
}

struct rule_list rule_init(struct path *path, struct span span)
{
    return rule_new(RULE_INIT, NULL, path, span);
}

struct rule_list rule_drop(struct path *path, struct span span)
{
    return rule_new(RULE_DROP, path, NULL, span);
}

struct rule_list rule_list_join(struct rule_list list, struct rule_list more)
{
    if (!list.first)
        return more;
    if (more.first) {
        list.last->next = more.first;
        list.last = more.last;
    }
    return list;
}

struct rule_list rule_continue(struct parse *parse, struct rule_list list, struct path *path,
                               struct span span)
{
    if (list.last->kind == RULE_INIT)
        return rule_list_join(list, rule_init(path, span));
    if (list.last->kind == RULE_DROP)
        return rule_list_join(list, rule_drop(path, span));
    if (syntax_error(parse, span, "expected '->' after '%s'", path->text))
        syntax_help(parse, "write `%s -> new`", path->text);
    path_free(path);
    return list;
}

/* Not its block: others may share it. */
static void rule_free(struct rule *rule)
{
    path_free(rule->old_path);
    path_free(rule->new_path);
    free(rule);
}

void rule_list_free(struct rule_list list)
{
    struct rule *next;

    for (; list.first; list.first = next) {
        next = list.first->next;
        rule_free(list.first);
    }
}

/* ---- Into the spec -------------------------------------------------------------------------- */

static void append(struct parse *parse, struct rule_list list)
{
    bool is_first = !parse->rules.first;

    parse->rules = rule_list_join(parse->rules, list);
    if (is_first)
        parse->spec->rules = parse->rules.first;
}

static void append_drop(struct parse *parse, struct rule *rule)
{
    struct rule **last = &parse->spec->drops;

    while (*last)
        last = &(*last)->next;
    *last = rule;
}

/* The rules that are complete without a block; INITs are not. */
void spec_add_renames(struct parse *parse, struct rule_list list)
{
    struct rule *rule, *next;

    for (rule = list.first; rule; rule = next) {
        next = rule->next;
        rule->next = NULL;
        if (rule->kind == RULE_DROP) {
            append_drop(parse, rule);
            continue;
        }
        if (rule->kind != RULE_INIT) {
            append(parse, (struct rule_list){rule, rule});
            continue;
        }
        if (syntax_error(parse, rule->span, "INIT without a block"))
            syntax_help(parse, "write `INIT %s: { $out = ...; }`", rule->new_path->text);
        rule_free(rule);
    }
}

/* DROP a, DROP b: { ... }.  What makes something new cannot share a block with them: it has an
 * $out. */
static void add_drops(struct parse *parse, struct rule_list list, struct block *block)
{
    struct rule *rule, *next;

    for (rule = list.first; rule; rule = next) {
        next = rule->next;
        rule->next = NULL;
        if (rule->kind == RULE_DROP) {
            rule->block = block;
            append_drop(parse, rule);
            continue;
        }
        if (syntax_error(parse, rule->span, "DROP does not share a block with other rules"))
            syntax_help(parse, "write the block for each of them");
        rule_free(rule);
    }
}

static bool has_drop(struct rule_list list)
{
    const struct rule *rule;

    for (rule = list.first; rule; rule = rule->next)
        if (rule->kind == RULE_DROP)
            return true;
    return false;
}

void spec_add_rules(struct parse *parse, struct rule_list list, struct block *block)
{
    struct rule *rule;

    if (has_drop(list)) {
        add_drops(parse, list, block);
        return;
    }
    for (rule = list.first; rule; rule = rule->next) {
        rule->block = block;
        if (rule->kind == RULE_RENAME)
            rule->kind = RULE_CONVERT;
    }
    append(parse, list);
}

/* A #line, for a prologue that follows another. */
static struct segment_list line_directive(const struct source *source, const struct block *block)
{
    struct segment_list list = segment_plain(SEGMENT_TEXT, block->span);
    char *escaped = spec_allocate(2 * strlen(source->path) + 1), *to = escaped;
    const char *from;

    for (from = source->path; *from; from++) {
        if (*from == '"' || *from == '\\')
            *to++ = '\\';
        *to++ = *from;
    }
    list.first->text = spec_format("\n#line %d \"%s\"\n", block->line, escaped);
    free(escaped);
    return list;
}

void spec_add_prologue(struct parse *parse, struct block *block)
{
    struct block *prologue = parse->spec->prologue;
    struct segment_list segments;

    if (!prologue) {
        parse->spec->prologue = block;
        return;
    }
    for (segments = (struct segment_list){prologue->segments, prologue->segments};
         segments.last && segments.last->next; segments.last = segments.last->next)
        ;
    segments = segment_list_join(segments, line_directive(parse->source, block));
    segments = segment_list_join(segments, (struct segment_list){block->segments,
                                                                 block->segments});
    prologue->segments = segments.first;
    prologue->is_empty = prologue->is_empty && block->is_empty;
    block->segments = NULL;
    block_free(block);
}

void spec_add_check(struct parse *parse, struct block *block)
{
    struct check *check = spec_allocate(sizeof *check), **last = &parse->spec->checks;

    if (block->is_empty && syntax_error(parse, block->span, "an empty CHECK checks nothing"))
        syntax_help(parse, "write an expression that must be true: CHECK { count >= 0 }");
    check->block = block;
    while (*last)
        last = &(*last)->next;
    *last = check;
}

/* Neighbours share their blocks. */
static void rules_free(struct rule *rules)
{
    struct rule *rule;

    for (rule = rules; rule; rule = rule->next)
        if (!rule->next || rule->next->block != rule->block)
            block_free(rule->block);
    rule_list_free((struct rule_list){rules, NULL});
}

void spec_free(struct spec *spec)
{
    struct check *check, *next;

    if (!spec)
        return;
    block_free(spec->prologue);
    rules_free(spec->rules);
    rules_free(spec->drops);
    for (check = spec->checks; check; check = next) {
        next = check->next;
        block_free(check->block);
        free(check);
    }
    free((char *)spec->source->path);
    free(spec->source->text);
    free(spec->source->line_starts);
    free(spec->source);
    free(spec);
}
