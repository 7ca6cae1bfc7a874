/* set_aside.c -- doing without the rules that are wrong: whoever shows what an update will do wants
 * to show as much as can be known. */
#include "match.h"

#include <stdio.h>
#include <stdlib.h>

/* The rules of a list, in order; those that are marked as wrong leave it. */
static struct rule **take_wrong(struct rule **list, size_t *count)
{
    struct rule *rule, **all, **link;

    *count = 0;
    for (rule = *list; rule; rule = rule->next)
        ++*count;
    all = calloc(*count + 1, sizeof *all);
    if (!all) {
        fputs("xfgen: error: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    *count = 0;
    for (link = list; (rule = *link) != NULL;) {
        all[(*count)++] = rule;
        if (rule->is_wrong)
            *link = rule->next;
        else
            link = &rule->next;
    }
    return all;
}

/* Rules that share a block must be neighbours again, so the order matters. */
static void put_back(struct rule **list, struct rule **all, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        all[i]->next = all[i + 1];
    *list = count ? all[0] : NULL;
    free(all);
}

struct set_aside spec_set_aside(struct spec *spec)
{
    struct set_aside set_aside = {.checks = spec->checks, .prologue = spec->prologue};

    set_aside.rules = take_wrong(&spec->rules, &set_aside.rule_count);
    set_aside.drops = take_wrong(&spec->drops, &set_aside.drop_count);
    spec->checks = NULL;
    spec->prologue = NULL;
    return set_aside;
}

void spec_restore(struct spec *spec, struct set_aside *set_aside)
{
    put_back(&spec->rules, set_aside->rules, set_aside->rule_count);
    put_back(&spec->drops, set_aside->drops, set_aside->drop_count);
    spec->checks = set_aside->checks;
    spec->prologue = set_aside->prologue;
}
