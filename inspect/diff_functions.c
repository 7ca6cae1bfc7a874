/* diff_functions.c -- functions, as the plan pairs them.
 *
 * Whether a body changed cannot be told from two binaries without taking them apart: addresses
 * differ everywhere.  That its size changed can be.
 */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

static const char *signature(struct diff *diff, const struct function *function)
{
    char *text = type_to_string(function->type, function->name);
    const char *kept = arena_copy_string(diff->arena, text);

    free(text);
    return kept;
}

static void add(struct diff *diff, const struct function *old, const struct function *new)
{
    struct function_change *change = diff_add(diff, &diff->functions, &diff->function_count,
                                              &diff->function_capacity, sizeof *change);

    change->old_function = old;
    change->new_function = new;
    change->old_text = old ? signature(diff, old) : NULL;
    change->new_text = new ? signature(diff, new) : NULL;
    if (!old || !new) {
        change->changes = old ? CHANGE_GONE : CHANGE_ADDED;
        return;
    }
    if (strcmp(old->name, new->name) != 0)
        change->changes |= CHANGE_NAME;
    if (!same_file(diff, old->file, new->file))
        change->changes |= CHANGE_PLACE;
    if (!same_type_text(diff, old->type, new->type))
        change->changes |= CHANGE_TYPE;
    if (old->size != new->size)
        change->changes |= CHANGE_SIZE;
}

static void count(struct diff *diff)
{
    size_t i;

    for (i = 0; i < diff->function_count; i++) {
        unsigned changes = diff->functions[i].changes;

        diff->function_tally.total += !(changes & CHANGE_GONE);
        diff->function_tally.added += !!(changes & CHANGE_ADDED);
        diff->function_tally.gone += !!(changes & CHANGE_GONE);
        diff->function_tally.changed += !!(changes & (CHANGE_NAME | CHANGE_PLACE | CHANGE_TYPE));
        diff->signatures_changed += !!(changes & CHANGE_TYPE);
        diff->functions_resized += !!(changes & CHANGE_SIZE);
    }
}

void diff_functions(struct diff *diff)
{
    const struct plan *plan = diff->plan;
    const struct program *new = plan->new_program;
    bool *is_paired = arena_allocate(diff->arena, new->function_count + 1);
    size_t i;

    for (i = 0; i < plan->function_count; i++) {
        const struct function_plan *entry = &plan->functions[i];

        add(diff, entry->old_function, entry->new_function);
        if (entry->new_function)
            is_paired[entry->new_function - new->functions] = true;
    }
    for (i = 0; i < new->function_count; i++)
        if (!is_paired[i])
            add(diff, NULL, &new->functions[i]);
    count(diff);
}
