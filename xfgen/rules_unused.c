/* rules_unused.c -- rules without effect, and INIT for what is not new.
 *
 * Once everything is matched, a rule that was never asked for has a reason: another rule makes the
 * same thing, the rule for the whole of a struct leaves nothing for the one about its member, or
 * nothing that is migrated leads there.
 */
#include "reverse.h"

#include <string.h>

/* Do the two name the same thing, or `outer` something that `inner` is a member of? */
static bool path_encloses(const struct path *outer, const struct path *inner)
{
    size_t i;

    if (outer->root != inner->root || outer->member_count > inner->member_count ||
        strcmp(outer->name, inner->name) != 0)
        return false;
    for (i = 0; i < outer->member_count; i++)
        if (strcmp(outer->members[i], inner->members[i]) != 0)
            return false;
    return true;
}

static bool same_path(const struct path *left, const struct path *right)
{
    return left->member_count == right->member_count && path_encloses(left, right);
}

static const struct rule *rule_instead(const struct plan *plan, const struct rule *unused)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule != unused && rule->used && same_path(rule->new_path, unused->new_path))
            return rule;
    return NULL;
}

/* A rule with code for something that encloses what the unused one is about. */
static const struct rule *rule_above(const struct plan *plan, const struct rule *unused)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->used && rule->block && !same_path(rule->new_path, unused->new_path) &&
            path_encloses(rule->new_path, unused->new_path))
            return rule;
    return NULL;
}

static void warn_of_unused(struct plan *plan, const struct rule *unused)
{
    const struct source *source = plan->spec->source;
    const struct rule *instead = rule_instead(plan, unused);
    const struct rule *above = instead ? NULL : rule_above(plan, unused);

    if (instead) {
        report(plan->messages, SEVERITY_WARNING, source, unused->span,
               "this rule is never used: another one makes '%s'", unused->new_path->text);
        report(plan->messages, SEVERITY_NOTE, source, instead->span, "this is the one in force");
    } else if (above) {
        report(plan->messages, SEVERITY_WARNING, source, unused->span,
               "this rule is never used: the code for the whole of '%s' makes its members too",
               above->new_path->text);
        report(plan->messages, SEVERITY_NOTE, source, above->span, "that code is here");
    } else {
        report(plan->messages, SEVERITY_WARNING, source, unused->span,
               "this rule is never used: nothing that is migrated reaches '%s'",
               unused->new_path->text);
    }
}

/* ---- INIT of what is not new ----------------------------------------------------------------- */

/* Does some rule take the old value (or all of what it is in) somewhere? */
static bool is_taken(const struct plan *plan, const struct path *path)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->old_path && path_encloses(rule->old_path, path))
            return true;
    return false;
}

/* Code that looks into the old version by itself knows what it does. */
static bool reads_old_state(const struct segment *segment)
{
    for (; segment; segment = segment->next)
        if (segment->kind == SEGMENT_OLDSYM || segment->kind == SEGMENT_BASE ||
            reads_old_state(segment->nested))
            return true;
    return false;
}

static void warn_of_init(struct plan *plan, const struct rule *rule)
{
    const struct path *path = rule->new_path;

    if ((path->root != ROOT_VARIABLE && !path->member_count) ||
        !type_of_path(plan->old_program, path) || is_taken(plan, path) ||
        reads_old_state(rule->block->segments))
        return;
    report(plan->messages, SEVERITY_WARNING, plan->spec->source, rule->span,
           "'%s' is not new: INIT drops the value that the old version has", path->text);
    report_help(plan->messages, "if that is meant, say it: %s -> %s: { ... }; $in is the old value",
                path->text, path->text);
}

void rules_warn(struct plan *plan)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (plan->is_back && rule->span.start >= plan->reversal->written)
            continue;
        else if (!rule->used)
            warn_of_unused(plan, rule);
        else if (rule->kind == RULE_INIT)
            warn_of_init(plan, rule);
    drops_warn(plan);
}
