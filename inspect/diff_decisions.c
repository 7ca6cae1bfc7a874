/* diff_decisions.c -- what the plan does about one thing, in words.
 *
 * Nothing is decided here: a conversion's kind and what the analysis settled about it are named.
 */
#include "diff.h"

#include <string.h>

static const char *how_number(const struct conversion *conversion)
{
    const struct type *old_type = conversion->old_view.type, *new_type = conversion->new_view.type;

    return new_type->size > old_type->size ? "widened" : "converted";
}

static const char *how_pointer(const struct conversion *conversion)
{
    const struct pair *pair = conversion->pair;

    if (conversion->link)
        return "link of a list, followed";
    if (pair->changes)
        return "followed and rebuilt";
    if (pair->visits)
        return "followed";
    return conversion->visits ? "kept or redirected" : "kept, nothing behind it changes";
}

static const char *how(struct diff *diff, const struct conversion *conversion);

static const char *how_array(struct diff *diff, const struct conversion *conversion)
{
    const char *element = how(diff, conversion->element);
    bool is_longer = conversion->new_view.type->count > conversion->old_view.type->count;

    if (conversion->element->changes)
        element = arena_format(diff->arena, "elements: %s", element);
    return is_longer ? arena_format(diff->arena, "%s, the rest %s", element,
                                    diff->is_about_variable ? "as initialised" : "zero") : element;
}

static const char *how_aggregate(const struct conversion *conversion, bool changes, bool visits)
{
    (void)conversion;
    return changes ? "member by member" : visits ? "kept, followed" : "copied";
}

static const char *how(struct diff *diff, const struct conversion *conversion)
{
    switch (conversion->kind) {
    case CONVERT_COPY:
        return "copied";
    case CONVERT_NUMBER:
        return how_number(conversion);
    case CONVERT_ENUM:
        return "by enumerator name";
    case CONVERT_PAIR:
        return how_aggregate(conversion, conversion->pair->changes, conversion->pair->visits);
    case CONVERT_MEMBERS:
        return how_aggregate(conversion, conversion->changes, conversion->visits);
    case CONVERT_TAGGED:
        return conversion->length ? arena_format(diff->arena, "the live member, by E_TAGGED(%s)",
                                                 conversion->length->argument)
                                  : "the live member";
    case CONVERT_ARRAY:
        return how_array(diff, conversion);
    case CONVERT_POINTER:
        return how_pointer(conversion);
    case CONVERT_STRING:
    case CONVERT_WIDE_STRING:
        return "text kept";
    case CONVERT_FUNCTION:
        return "to the function of that name";
    case CONVERT_KEEP:
        return "kept, not followed";
    case CONVERT_RULE:
        return "";
    case CONVERT_NOTHING:
        return "left alone";
    }
    return "converted";
}

/* Why it cannot be done, or what it leads to cannot. */
static const struct message *undecided_message(const struct conversion *conversion)
{
    const struct pair *pair = conversion->pair;

    if (conversion->undecided)
        return conversion->undecided;
    if (conversion->element)
        return undecided_message(conversion->element);
    if ((conversion->kind == CONVERT_POINTER || conversion->kind == CONVERT_PAIR) && pair &&
        pair->conversion)
        return pair->conversion->undecided;
    return NULL;
}

static const struct rule *rule_in(const struct conversion *conversion)
{
    if (conversion->kind == CONVERT_RULE)
        return conversion->function->rule;
    return conversion->element ? rule_in(conversion->element) : NULL;
}

struct decision decision_of(struct diff *diff, const struct conversion *conversion,
                            const struct rule *rule)
{
    struct decision decision = {DECISION_AUTOMATIC, "", rule, NULL};

    if (!conversion)
        return (struct decision){rule ? DECISION_RULE : DECISION_NONE, "", rule, NULL};
    if (conversion->kind == CONVERT_MEMBERS && conversion->member_count == 1 &&
        !conversion->members->new_member) /* a whole variable fed from elsewhere: see plan.c */
        return decision_of(diff, conversion->members->conversion, rule);
    decision.message = undecided_message(conversion);
    decision.how = how(diff, conversion);
    if (!decision.rule)
        decision.rule = rule_in(conversion);
    if (decision.rule)
        decision.kind = DECISION_RULE;
    if (decision.message)
        decision.kind = DECISION_NEEDED;
    return decision;
}

struct decision decision_of_dropped(const struct message *message)
{
    /* An error about it: dropping is not what will happen. */
    return (struct decision){message && message->severity == SEVERITY_ERROR ? DECISION_NEEDED
                                                                            : DECISION_DROPPED,
                             "dropped", NULL, message};
}

struct decision decision_initial(const char *how_initial)
{
    return (struct decision){DECISION_INITIAL, how_initial, NULL, NULL};
}

struct decision decision_by_drop(const struct rule *drop)
{
    return (struct decision){DECISION_RULE, "dropped", drop, NULL};
}

struct decision decision_by_parts(void)
{
    return (struct decision){DECISION_RULE, "by rules for its members", NULL, NULL};
}

/* struct S, or S.member and what is below it. */
static bool path_reads(const struct path *path, enum path_root root, const char *name,
                       const char *member)
{
    if (path->root != root || strcmp(path->name, name) != 0)
        return false;
    return !member ? path->member_count == 0
                   : path->member_count > 0 && strcmp(path->members[0], member) == 0;
}

const struct rule *rule_that_reads(const struct plan *plan, enum path_root root, const char *name,
                                   const char *member)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->old_path && path_reads(rule->old_path, root, name, member))
            return rule;
    return NULL;
}
