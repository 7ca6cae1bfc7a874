/* plan_functions.c -- pairing functions: what pointers to the old one lead to.
 *
 * By a rename, by the same key, or by the name alone when a static function moved to another file.
 */
#include "plan_roots.h"

#include <stdlib.h>
#include <string.h>

static int compare_function_names(const void *a, const void *b)
{
    const struct function *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

/* A static function that moved to another file, when its name is the only one. */
static const struct function *find_unique_name(const struct function **by_name, size_t count,
                                               const char *name)
{
    struct function wanted = {.name = name};
    const struct function *key = &wanted;
    const struct function **found = bsearch(&key, by_name, count, sizeof *by_name,
                                            compare_function_names);

    if (!found || (found > by_name && strcmp(found[-1]->name, name) == 0) ||
        (found + 1 < by_name + count && strcmp(found[1]->name, name) == 0))
        return NULL;
    return *found;
}

void plan_functions(struct plan *plan)
{
    const struct program *old = plan->old_program, *new = plan->new_program;
    const struct function **by_name = arena_allocate(plan->arena,
                                                     (new->function_count + 1) * sizeof *by_name);
    struct rule *rule;
    size_t i;

    for (i = 0; i < new->function_count; i++)
        by_name[i] = &new->functions[i];
    qsort(by_name, new->function_count, sizeof *by_name, compare_function_names);
    plan->functions = arena_allocate(plan->arena,
                                     (old->function_count + 1) * sizeof *plan->functions);
    for (i = 0; i < old->function_count; i++) {
        struct function_plan *entry = &plan->functions[plan->function_count++];

        entry->old_function = &old->functions[i];
        entry->new_function = NULL;
        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (rule->kind == RULE_RENAME &&
                path_is(rule->old_path, ROOT_VARIABLE, old->functions[i].key, "")) {
                entry->new_function = model_find_function(new, rule->new_path->name);
                if (entry->new_function)
                    rule->used = true;
            }
        if (!entry->new_function)
            entry->new_function = model_find_function(new, old->functions[i].key);
        if (!entry->new_function)
            entry->new_function = find_unique_name(by_name, new->function_count,
                                                   old->functions[i].name);
    }
}
