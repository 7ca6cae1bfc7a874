/* enter.c -- the threads follow main into the new version.
 *
 * Main goes first, because it takes over the variables; the others enter together when it has come
 * to its update point, and the update is committed when all have come to theirs.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "heap/heap.h"
#include "common/message.h"
#include "program/namesake.h"
#include "control/report.h"
#include "control/service.h"
#include "update/update.h"
#include "thread.h"

/* ---- Counting -------------------------------------------------------------------------------- */

static size_t count_in(enum thread_state state)
{
    size_t count = 0;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        count += thread->state == state && !thread->is_main;
    return count;
}

/* ---- What they run --------------------------------------------------------------------------- */

static const struct kitsune_thread_start *find_start(const void *function)
{
    const struct kitsune_transformer *transformer = update_transformer();
    uint64_t offset = (uintptr_t)function - update_old_version()->object->base;
    for (size_t i = 0; transformer && i < transformer->start_count; i++)
        if (transformer->starts[i].old_offset == offset)
            return &transformer->starts[i];
    return NULL;
}

static void keep_argument(void *in, void *out)
{
    *(void **)out = kitsune_xf_argument(*(void **)in);
}

static void resolve(struct thread *thread)
{
    const struct kitsune_thread_start *start = find_start((void *)thread->start);
    thread->new_start = namesake_is_old((void *)thread->start)
                            ? (void *(*)(void *))namesake_of_function((void *)thread->start)
                            : thread->start;
    thread->is_removed = false;
    heap_migrate(start && start->migrate_argument ? start->migrate_argument : keep_argument,
                 &thread->argument, &thread->new_argument, sizeof thread->new_argument);
}

/* All stand still, and the list changes only by what this thread does: no gate needed. */
void threads_resolve(void)
{
    static unsigned resolved_for; /* serial number of the update */
    if (resolved_for == update_serial())
        return;
    resolved_for = update_serial();
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (!thread->is_main && thread->state == THREAD_PARKED)
            resolve(thread);
    heap_drain();
}

static void require_start_functions(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (!thread->is_main && thread->state == THREAD_PARKED && !thread->is_removed &&
            !thread->new_start)
            update_fail("the thread that stands at '%s' was started with %s, which the new version "
                        "does not have: name the new function (%s -> new_name), or end the thread "
                        "by kitsune_thread_remove() in _kitsune_mainupdate_xform", thread->point,
                        namesake_old_name((void *)thread->start),
                        namesake_old_name((void *)thread->start));
}

/* ---- Their stacks ---------------------------------------------------------------------------- */

static struct heap_stack stack_range(const struct stack *stack)
{
    uintptr_t start = (uintptr_t)stack->bottom;
    return (struct heap_stack){start, start + stack->size};
}

static struct heap_stack native_stack_range(pthread_t handle)
{
    pthread_attr_t attributes;
    void *bottom = NULL;
    size_t size = 0;
    if (pthread_getattr_np(handle, &attributes) == 0) {
        pthread_attr_getstack(&attributes, &bottom, &size);
        pthread_attr_destroy(&attributes);
    }
    return (struct heap_stack){(uintptr_t)bottom, (uintptr_t)bottom + size};
}

static int compare_stacks(const void *a, const void *b)
{
    const struct heap_stack *first = a, *second = b;
    return (first->start > second->start) - (first->start < second->start);
}

struct heap_stack *threads_stacks(const struct stack *of_main, size_t *count)
{
    struct heap_stack *stacks = allocate((1 + count_in(THREAD_PARKED)) * sizeof *stacks);
    stacks[0] = stack_range(of_main);
    *count = 1;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (!thread->is_main && thread->state == THREAD_PARKED)
            stacks[(*count)++] = thread->running->stack ? stack_range(thread->running->stack)
                                                        : native_stack_range(thread->handle);
    qsort(stacks, *count, sizeof *stacks, compare_stacks);
    return stacks;
}

/* ---- Entering -------------------------------------------------------------------------------- */

static void order_all(enum thread_state state, enum thread_order order)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (!thread->is_main && thread->state == state &&
            (order != ORDER_ENTER || !thread->is_removed))
            place_order(thread, order);
    tell_orders();
}

static bool wait_until(int64_t moment)
{
    struct timespec until = {.tv_sec = moment / 1000000000, .tv_nsec = moment % 1000000000};
    return pthread_cond_clockwait(&gate_changed, &gate, CLOCK_MONOTONIC, &until) == 0;
}

/* Back to their points in the old version: those that have arrived are ordered to; those on their
 * way are interrupted wherever that does no harm. */
static void retreat(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->state == THREAD_ENTERED) {
            int not_gone_yet = ORDER_ENTER;
            if (atomic_compare_exchange_strong(&thread->order, &not_gone_yet, ORDER_STAY))
                set_state(thread, THREAD_PARKED);
        }
    for (;;) {
        order_all(THREAD_ARRIVED, ORDER_RETREAT);
        size_t on_the_way = 0;
        for (struct thread *thread = all_threads; thread; thread = thread->next)
            if (thread->state == THREAD_ENTERED) {
                thread->must_retreat = 1;
                thread_interrupt(thread);
                on_the_way++;
            }
        if (!on_the_way && !count_in(THREAD_ARRIVED))
            return;
        wait_until(monotonic_time() + 1000000);
    }
}

static void enter_and_wait(void)
{
    size_t entering = 0;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        entering += thread->state == THREAD_PARKED && !thread->is_main && !thread->is_removed;
    order_all(THREAD_PARKED, ORDER_ENTER);
    gathering_enters();
    int64_t started = monotonic_time(), deadline = update_arrival_deadline();
    while (!gathering_failure() && count_in(THREAD_ARRIVED) < entering)
        if (!wait_until(deadline) && monotonic_time() >= deadline && first_late())
            gathering_fails(describe_late(monotonic_time() - started));
    if (gathering_failure())
        involved_complete();
}

void threads_enter(void)
{
    if (!threads_are_several())
        return;
    threads_resolve();
    threads_take_changes();
    require_start_functions();
    /* What their arguments lead to must be in place before they look at it. */
    heap_finish();
    sigset_t mask;
    gate_lock(&mask);
    enter_and_wait();
    char *failure = gathering_failure() ? copy_string(gathering_failure()) : NULL;
    gate_unlock(&mask);
    if (failure)
        update_fail_with(failure);
}

void threads_retreat(void)
{
    if (!threads_are_several())
        return;
    sigset_t mask;
    gate_lock(&mask);
    retreat();
    gate_unlock(&mask);
}

void threads_commit(void)
{
    if (!threads_are_several())
        return;
    sigset_t mask;
    gate_lock(&mask);
    service_rest(); /* before anybody goes on */
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (thread->is_main) {
            set_point(thread, NULL);
            set_state(thread, THREAD_RUNNING);
        } else if (thread->state == THREAD_ARRIVED) {
            place_order(thread, ORDER_GO_ON);
        } else if (thread->state == THREAD_PARKED) {
            place_order(thread, ORDER_END);
        }
    }
    tell_orders();
    gathering_ends(true);
    gate_unlock(&mask);
}
