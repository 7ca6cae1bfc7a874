/* thread_stack.c -- threads that keep an update from happening, in a report. */
#include "control/thread_stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"

void thread_stack_free(struct thread_stack *stack)
{
    free(stack->name);
    free(stack->waits_for);
    free(stack->holds);
    free(stack->doing);
    free(stack->point);
    backtrace_text_free(&stack->trace);
}

void thread_stacks_free(struct thread_stacks *stacks)
{
    for (unsigned i = 0; i < stacks->count; i++)
        thread_stack_free(&stacks->list[i]);
    *stacks = (struct thread_stacks){0};
}

static const char *const role_names[] = {"late", "waits", "holds", "may_hold"};
enum { ROLE_COUNT = sizeof role_names / sizeof *role_names };

/* What it does about locks, "waits for list_lock"; malloc. */
static char *describe_locks(const struct thread_stack *stack)
{
    bool both = stack->waits_for && stack->holds;
    char *held = !stack->holds ? copy_string("")
                 : stack->role == ROLE_MAY_HOLD
                     ? message_format("may have to let go of %s", stack->holds)
                     : message_format("holds %s", stack->holds);
    char *text = stack->waits_for ? message_format("waits for %s%s%s", stack->waits_for,
                                                   both ? ", and " : "", held)
                                  : copy_string(held);
    free(held);
    return text;
}

char *thread_stack_about(const struct thread_stack *stack)
{
    char *locks = describe_locks(stack);
    char *state = stack->point ? message_format("stands at the update point '%s'", stack->point)
                  : stack->waits_for ? copy_string("")
                                     : message_format("has not come, %s",
                                                      stack->doing ? stack->doing : "running");
    char *text = message_format("thread %d (%s) %s%s%s", (int)stack->tid,
                                stack->name ? stack->name : "?", locks,
                                *locks && *state ? ", and " : "", state);
    free(locks);
    free(state);
    return text;
}

/* ---- As fields ------------------------------------------------------------------------------- */

static void add(struct text *text, const char *prefix, unsigned number, const char *name,
                const char *value)
{
    char whole[64];
    snprintf(whole, sizeof whole, "%sstack_%u_%s", prefix, number, name);
    if (value)
        text_add_field(text, whole, "%s", value);
}

static void write_stack(const struct thread_stack *stack, const char *prefix, unsigned number,
                        struct text *text)
{
    char tid[16], *about = thread_stack_about(stack);
    snprintf(tid, sizeof tid, "%d", (int)stack->tid);
    add(text, prefix, number, "tid", tid);
    add(text, prefix, number, "name", stack->name);
    add(text, prefix, number, "role", role_names[stack->role]);
    add(text, prefix, number, "waits_for", stack->waits_for);
    add(text, prefix, number, "holds", stack->holds);
    add(text, prefix, number, "doing", stack->doing);
    add(text, prefix, number, "point", stack->point);
    add(text, prefix, number, "about", about);
    free(about);
    char whole[64];
    snprintf(whole, sizeof whole, "%sstack_%u_", prefix, number);
    backtrace_text_write(&stack->trace, whole, text);
}

void thread_stacks_write(const struct thread_stacks *stacks, const char *prefix, struct text *text)
{
    for (unsigned i = 0; i < stacks->count; i++)
        write_stack(&stacks->list[i], prefix, i, text);
    char name[64];
    snprintf(name, sizeof name, "%sstacks_left_out", prefix);
    if (stacks->left_out)
        text_add_field(text, name, "%u", stacks->left_out);
}

static const char *get(const struct fields *fields, unsigned number, const char *name)
{
    char whole[64];
    snprintf(whole, sizeof whole, "stack_%u_%s", number, name);
    return fields_get(fields, whole);
}

static char *copy(const struct fields *fields, unsigned number, const char *name)
{
    const char *text = get(fields, number, name);
    return text ? copy_string(text) : NULL;
}

static enum thread_role read_role(const char *name)
{
    for (int i = 0; name && i < ROLE_COUNT; i++)
        if (strcmp(name, role_names[i]) == 0)
            return (enum thread_role)i;
    return ROLE_LATE;
}

static void read_stack(const struct fields *fields, unsigned number, struct thread_stack *stack)
{
    char prefix[64];
    *stack = (struct thread_stack){.tid = atoi(get(fields, number, "tid")),
                                   .role = read_role(get(fields, number, "role")),
                                   .name = copy(fields, number, "name"),
                                   .waits_for = copy(fields, number, "waits_for"),
                                   .holds = copy(fields, number, "holds"),
                                   .doing = copy(fields, number, "doing"),
                                   .point = copy(fields, number, "point")};
    snprintf(prefix, sizeof prefix, "stack_%u_", number);
    backtrace_text_read(fields, prefix, &stack->trace);
}

void thread_stacks_read(const struct fields *fields, struct thread_stacks *stacks)
{
    *stacks = (struct thread_stacks){
        .left_out = (unsigned)fields_number(fields, "stacks_left_out", 0)};
    for (; stacks->count < MOST_STACKS && get(fields, stacks->count, "tid"); stacks->count++)
        read_stack(fields, stacks->count, &stacks->list[stacks->count]);
}
