/* failure.c -- what is known about a failing update besides its reason. */
#include "control/failure.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "control/backtrace.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    bool is_owned;
    pthread_t owner; /* the thread whose failure this is */
    enum step step;
    char *where, *object, *advice;
    struct backtrace_text trace;
    struct thread_stacks stacks;
    unsigned stacks_size; /* of their text */
} failure;

/* ---- Noting ---------------------------------------------------------------------------------- */

/* Locked when true. */
static bool is_ours(void)
{
    pthread_mutex_lock(&lock);
    if (!failure.is_owned) {
        failure.is_owned = true;
        failure.owner = pthread_self();
    }
    if (pthread_equal(failure.owner, pthread_self()))
        return true;
    pthread_mutex_unlock(&lock);
    return false;
}

static void set_text(char **place, char *text)
{
    if (text && is_ours()) {
        if (!*place) {
            *place = text;
            text = NULL;
        }
        pthread_mutex_unlock(&lock);
    }
    free(text);
}

void failure_in(enum step step)
{
    if (!is_ours())
        return;
    if (failure.step == STEP_NONE)
        failure.step = step;
    pthread_mutex_unlock(&lock);
}

void failure_at(const char *file, int line)
{
    set_text(&failure.where, message_format("%s:%d", file, line));
}

void failure_on(char *object)
{
    set_text(&failure.object, object);
}

void failure_advise(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) >= 0)
        set_text(&failure.advice, text);
    va_end(arguments);
}

/* ---- Backtraces ------------------------------------------------------------------------------ */

void failure_backtrace(void *const *addresses, int count)
{
    struct backtrace_text text;
    char *where;
    backtrace_describe(addresses, count, &text, &where);
    set_text(&failure.where, where);
    if (is_ours()) {
        if (!failure.trace.count) {
            failure.trace = text;
            text.count = 0;
        }
        pthread_mutex_unlock(&lock);
    }
    backtrace_text_free(&text);
}

/* ---- Threads --------------------------------------------------------------------------------- */

/* Under the lock. */
static struct thread_stack *find_stack(pid_t tid)
{
    for (unsigned i = 0; i < failure.stacks.count; i++)
        if (failure.stacks.list[i].tid == tid)
            return &failure.stacks.list[i];
    return NULL;
}

static struct backtrace_text describe_within_room(void *const *addresses, int count, char **where)
{
    struct backtrace_text text;
    backtrace_describe(addresses, count, &text, where);
    pthread_mutex_lock(&lock);
    failure.stacks_size += backtrace_text_shorten(&text, LARGEST_STACKS - failure.stacks_size);
    pthread_mutex_unlock(&lock);
    return text;
}

void failure_thread(struct thread_stack *stack, void *const *addresses, int count)
{
    char *where;
    stack->trace = describe_within_room(addresses, count, &where);
    set_text(&failure.where, where);
    bool is_taken = false;
    if (is_ours()) {
        is_taken = failure.stacks.count < MOST_STACKS;
        if (is_taken)
            failure.stacks.list[failure.stacks.count++] = *stack;
        pthread_mutex_unlock(&lock);
    }
    if (!is_taken)
        thread_stack_free(stack);
}

bool failure_wants_thread(pid_t tid)
{
    if (!is_ours())
        return false;
    bool is_there = find_stack(tid) != NULL, has_room = failure.stacks.count < MOST_STACKS;
    failure.stacks.left_out += !is_there && !has_room;
    pthread_mutex_unlock(&lock);
    return !is_there && has_room;
}

void failure_complete_thread(pid_t tid, void *const *addresses, int count)
{
    struct backtrace_text text = describe_within_room(addresses, count, NULL);
    pthread_mutex_lock(&lock);
    struct thread_stack *stack = find_stack(tid);
    if (stack && !stack->trace.count) {
        stack->trace = text;
        text.count = 0;
    }
    pthread_mutex_unlock(&lock);
    backtrace_text_free(&text);
}

/* ---- From a rehearsal ------------------------------------------------------------------------ */

static void adopt_text(char **place, const struct fields *fields, const char *name)
{
    const char *text = fields_get(fields, name);
    if (text)
        set_text(place, copy_string(text));
}

void failure_adopt(const struct fields *fields)
{
    const char *step = fields_get(fields, "step");
    for (int i = 0; step && i < STEP_COUNT; i++)
        if (strcmp(step, step_name((enum step)i)) == 0)
            failure_in((enum step)i);
    adopt_text(&failure.where, fields, "where");
    adopt_text(&failure.object, fields, "object");
    adopt_text(&failure.advice, fields, "advice");
    if (!is_ours())
        return;
    backtrace_text_free(&failure.trace);
    backtrace_text_read(fields, "", &failure.trace);
    thread_stacks_free(&failure.stacks);
    thread_stacks_read(fields, &failure.stacks);
    pthread_mutex_unlock(&lock);
}

/* ---- The end --------------------------------------------------------------------------------- */

void failure_take(struct report *report)
{
    pthread_mutex_lock(&lock);
    report->step = failure.step;
    report->where = failure.where;
    report->object = failure.object;
    report->advice = failure.advice;
    report->trace = failure.trace;
    report->stacks = failure.stacks;
    memset(&failure, 0, sizeof failure);
    pthread_mutex_unlock(&lock);
}

void failure_forget(void)
{
    struct report forgotten = {0};
    failure_take(&forgotten);
    report_free(&forgotten);
}
