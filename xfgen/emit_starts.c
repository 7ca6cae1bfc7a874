/* emit_starts.c -- the table of functions that threads are started with and whose argument has a
 * type: the runtime converts the argument when the thread enters the new version. */
#include "emit_values.h"

#include <string.h>

static const struct local_plan *argument_plan(const struct plan *plan,
                                              const struct function *function)
{
    size_t i;

    for (i = 0; i < plan->local_count; i++) {
        const struct local *old = plan->locals[i].old_local;

        if (plan->locals[i].conversion && old && old->is_parameter &&
            plan->locals[i].new_local->is_parameter &&
            strcmp(old->function, function->name) == 0 && strcmp(old->file, function->file) == 0)
            return &plan->locals[i];
    }
    return NULL;
}

/* What threads are started with, where the parameter's annotation tells. */
void emit_starts(struct emitter *emitter)
{
    struct plan *plan = emitter->plan;
    size_t i;

    fputs("static const struct kitsune_thread_start kitsune_starts[] = {\n", emitter->out);
    for (i = 0; i < plan->function_count; i++) {
        const struct function_plan *entry = &plan->functions[i];
        const struct local_plan *argument =
            entry->new_function && takes_one_pointer(entry->old_function)
                ? argument_plan(plan, entry->old_function) : NULL;

        if (argument)
            fprintf(emitter->out, "    {0x%llx, %s}, /* %s */\n",
                    (unsigned long long)entry->old_function->address,
                    local_function(emitter, argument), entry->old_function->key);
    }
    fputs("    {0, NULL},\n};\n\n", emitter->out);
}
