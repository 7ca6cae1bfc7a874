/* reverse.c -- turning an update's spec round. */
#include "conversions.h"
#include "reverse.h"

#include <stdlib.h>
#include <string.h>

struct reversing {
    const struct program *old_program, *new_program;
    const struct spec *forward, *written; /* the user's own rules */
    struct messages *messages;
    struct reversal *result;
    FILE *text; /* the rules that are turned round */
};

/* ---- What the user's own rules speak of ------------------------------------------------------ */

/* "struct S" encloses "struct S.m". */
static bool encloses(const struct path *outer, const struct path *inner)
{
    size_t length = strlen(outer->text);

    return strncmp(outer->text, inner->text, length) == 0 &&
           (inner->text[length] == '\0' || inner->text[length] == '.');
}

static bool is_made_by_hand(const struct reversing *at, const struct path *path)
{
    const struct rule *rule;

    for (rule = at->written->rules; rule; rule = rule->next)
        if (encloses(rule->new_path, path))
            return true;
    return false;
}

static bool is_dropped_by_hand(const struct reversing *at, const struct path *path)
{
    const struct rule *drop;

    for (drop = at->written->drops; drop; drop = drop->next)
        if (encloses(drop->old_path, path))
            return true;
    return false;
}

/* ---- Renames --------------------------------------------------------------------------------- */

static bool has_member(const struct program *program, const struct path *path, const char *member)
{
    struct type *type = type_of_path(program, path);

    return type &&
           (type_strip(type)->kind == TYPE_STRUCT || type_strip(type)->kind == TYPE_UNION) &&
           member_named(type_strip(type), member);
}

/* struct s -> struct s.m: the members of s went into m, and come back from there one by one. */
static void turn_whole_round(const struct reversing *at, const struct rule *rule)
{
    struct type *type = type_of_path(at->old_program, rule->old_path);
    size_t i;

    type = type ? type_strip(type) : NULL;
    for (i = 0; type && i < type->member_count; i++) {
        const char *name = type->members[i].name;

        if (name && has_member(at->new_program, rule->new_path, name))
            fprintf(at->text, "%s.%s -> %s.%s\n", rule->new_path->text, name, rule->old_path->text,
                    name);
    }
}

static bool feeds_part_of_itself(const struct rule *rule)
{
    return rule->new_path->root != ROOT_VARIABLE && !rule->old_path->member_count &&
           rule->new_path->member_count;
}

static void turn_round(const struct reversing *at, const struct rule *rule)
{
    if (is_made_by_hand(at, rule->old_path) || is_dropped_by_hand(at, rule->new_path))
        return;
    if (feeds_part_of_itself(rule))
        turn_whole_round(at, rule);
    else
        fprintf(at->text, "%s -> %s\n", rule->new_path->text, rule->old_path->text);
}

/* ---- Code ------------------------------------------------------------------------------------ */

static bool is_renamed(const struct spec *spec, const struct path *path)
{
    const struct rule *rule;

    for (rule = spec->rules; rule; rule = rule->next)
        if (rule->kind == RULE_RENAME && strcmp(rule->old_path->text, path->text) == 0)
            return true;
    return false;
}

/* The old thing is there in the new version too, beside what the rule made of it. */
static bool is_still_there(const struct reversing *at, const struct rule *rule)
{
    return strcmp(rule->old_path->text, rule->new_path->text) != 0 &&
           type_of_path(at->new_program, rule->old_path);
}

static bool is_first_about(const struct spec *spec, const struct rule *rule)
{
    const struct rule *earlier;

    for (earlier = spec->rules; earlier != rule; earlier = earlier->next)
        if (earlier->kind == RULE_CONVERT &&
            strcmp(earlier->old_path->text, rule->old_path->text) == 0)
            return false;
    return true;
}

static char **reallocate(char **list, size_t count)
{
    list = realloc(list, count * sizeof *list);
    if (!list)
        abort();
    return list;
}

static char *copy(const char *text)
{
    char *result = strdup(text);

    if (!result)
        abort();
    return result;
}

/* x -> x: {} leaves each version its own x, which is as true on the way back. */
static bool leaves_alone(const struct rule *rule)
{
    return rule->block->is_empty && strcmp(rule->old_path->text, rule->new_path->text) == 0;
}

static void leave_alone_again(const struct reversing *at, const struct rule *rule)
{
    if (is_made_by_hand(at, rule->old_path) || is_dropped_by_hand(at, rule->new_path))
        return;
    fprintf(at->text, "%s -> %s: {}\n", rule->new_path->text, rule->old_path->text);
}

static void refuse_code(const struct reversing *at, const struct rule *rule)
{
    if (is_made_by_hand(at, rule->old_path) || is_renamed(at->forward, rule->old_path) ||
        is_still_there(at, rule) || !is_first_about(at->forward, rule))
        return;
    report(at->messages, SEVERITY_ERROR, at->forward->source, rule->span,
           "the code of this rule does not run backwards: how '%s' comes about on the way back has "
           "to be said", rule->old_path->text);
    at->result->asked = reallocate(at->result->asked, at->result->asked_count + 1);
    at->result->asked[at->result->asked_count++] = copy(rule->old_path->text);
    report_rule(at->messages,
                "%s -> %s: { FAIL \"" UNDECIDED_REASON "\"; /* $out = ... $in ...; */ }",
                rule->new_path->text, rule->old_path->text);
}

/* What is new is dropped.  But INIT may also replace what the old version had. */
static void refuse_replacement(const struct reversing *at, const struct rule *rule)
{
    const struct path *path = rule->new_path;

    if ((path->root != ROOT_VARIABLE && !path->member_count) ||
        !type_of_path(at->old_program, path) || is_renamed(at->forward, path) ||
        is_made_by_hand(at, path))
        return;
    report(at->messages, SEVERITY_ERROR, at->forward->source, rule->span,
           "this INIT replaces a value of the old version: what '%s' is on the way back has to be "
           "said",
           path->text);
    report_rule_if(at->messages, "if the new version's value serves the old one", "%s -> %s",
                   path->text, path->text);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static void turn_all_round(const struct reversing *at)
{
    const struct rule *rule;

    for (rule = at->forward->rules; rule; rule = rule->next)
        if (rule->kind == RULE_RENAME)
            turn_round(at, rule);
        else if (rule->kind == RULE_CONVERT && leaves_alone(rule))
            leave_alone_again(at, rule);
        else if (rule->kind == RULE_CONVERT)
            refuse_code(at, rule);
        else if (rule->kind == RULE_INIT)
            refuse_replacement(at, rule);
}

struct reversal reversal_make(const struct program *old_program, const struct program *new_program,
                              const struct spec *forward, const char *back_path,
                              struct messages *messages)
{
    int errors = messages->error_count;
    struct spec *written = spec_parse_file(back_path, messages);
    struct reversal reversal = {.spec = written, .written = written->source->length};
    struct reversing at = {old_program, new_program, forward, written, messages, &reversal, NULL};
    char *text = NULL;
    size_t length = 0;

    if (messages->error_count > errors)
        return reversal;
    at.text = open_memstream(&text, &length);
    if (!at.text)
        abort();
    fwrite(written->source->text, 1, written->source->length, at.text);
    fputc('\n', at.text);
    turn_all_round(&at);
    fclose(at.text);
    reversal.spec = spec_parse_bytes(back_path ? written->source->path : "(the way back)", text,
                                     length, messages);
    spec_free(written);
    free(text);
    return reversal;
}

void reversal_free(struct reversal *reversal)
{
    size_t i;

    for (i = 0; i < reversal->asked_count; i++)
        free(reversal->asked[i]);
    free(reversal->asked);
    spec_free(reversal->spec);
}
