/* stubs.c -- what a skeleton leaves to be written stays a decision to be made.  see stubs.h. */
#include "stubs.h"

#include <string.h>

static bool is_stub(const struct rule *rule)
{
    const struct segment *segment;

    for (segment = rule->block ? rule->block->segments : NULL; segment; segment = segment->next)
        if (segment->kind == SEGMENT_FAIL && segment->text &&
            strstr(segment->text, UNDECIDED_REASON))
            return true;
    return false;
}

void report_stubs(struct plan *plan)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (is_stub(rule))
            report(plan->messages, SEVERITY_ERROR, plan->spec->source, rule->span,
                   "the code of '%s -> %s' is not written yet: updates will be refused",
                   rule->old_path ? rule->old_path->text : "INIT", rule->new_path->text);
}
