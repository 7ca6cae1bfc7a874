/* whereabouts.c -- what is being converted, in words: for the report of an update that fails. */
#include "engine.h"

#include <stdio.h>

/* The key of the new variable that this address is in. */
static const char *variable_at(uintptr_t address)
{
    const struct kitsune_transformer *transformer = heap.setup.transformer;
    size_t i;

    for (i = 0; transformer && i < transformer->variable_count; i++) {
        const struct kitsune_variable *variable = &transformer->variables[i];

        if (variable->new_key && !(variable->flags & KITSUNE_VARIABLE_NEW_THREAD_LOCAL) &&
            address - heap.setup.new_base - variable->new_offset < variable->new_size)
            return variable->new_key;
    }
    return NULL;
}

static char *describe_variable(void)
{
    const char *key = variable_at((uintptr_t)heap.current.out);
    char *text;
    int length = key ? asprintf(&text, "the variable %s", key)
                     : asprintf(&text, "a local or thread-local variable of %zu bytes",
                                heap.current.out_size);

    return length < 0 ? NULL : text;
}

static char *describe_record(size_t index)
{
    const struct object_record *record = log_at(&heap.log, index);
    const struct kitsune_type_pair *pair = pair_state_at(record_pair(record))->pair;
    size_t count = log_extent(&heap.log, index).count;
    char several[40] = "", *text;
    int length;

    if (count > 1)
        snprintf(several, sizeof several, " (an array of %zu)", count);
    length = asprintf(&text, "%s at %p%s%s%s", pair->name ? pair->name : "an object",
                      (void *)record_old(record), several, pair->reached_by ? ", such as " : "",
                      pair->reached_by ? pair->reached_by : "");
    return length < 0 ? NULL : text;
}

char *heap_current_object(void)
{
    if (!heap.active)
        return NULL;
    if (heap.current.record != NO_RECORD)
        return describe_record(heap.current.record);
    return heap.current.out ? describe_variable() : NULL;
}
