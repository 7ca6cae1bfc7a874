/* transformers.c -- what _kitsune_mainupdate_xform may do about threads: look at those that will
 * run in the new version, change what they run, end some, add others. */
#include <errno.h>
#include <stdlib.h>

#include "heap/heap.h"
#include "common/message.h"
#include "program/program.h"
#include "update/update.h"
#include "thread.h"

static struct thread *next_thread, *current_thread;

static bool may_change_threads(void)
{
    return update_is_migrating() && is_main_thread() && threads_are_several();
}

static void fill_in(struct thread *thread)
{
    if (thread->has_info)
        return;
    thread->has_info = true;
    pthread_getattr_np(thread->handle, &thread->attributes);
    thread->info = (ktthread_info){.arg = thread->new_argument,
                                   .start_fun = thread->new_start,
                                   .update_pt = thread->point,
                                   .attr = &thread->attributes};
}

KITSUNE_PUBLIC void kitsune_threads_reset(void)
{
    if (!may_change_threads())
        return;
    threads_resolve();
    next_thread = all_threads;
    current_thread = NULL;
}

KITSUNE_PUBLIC ktthread_info *kitsune_threads_next(void)
{
    while (next_thread) {
        struct thread *thread = next_thread;
        next_thread = thread->next;
        if (thread->is_main || thread->state != THREAD_PARKED || thread->is_removed)
            continue;
        fill_in(thread);
        current_thread = thread;
        return &thread->info;
    }
    current_thread = NULL;
    return NULL;
}

KITSUNE_PUBLIC void kitsune_thread_remove(void)
{
    if (may_change_threads() && current_thread)
        current_thread->is_removed = true;
}

KITSUNE_PUBLIC int kitsune_thread_add(void *argument, void *(*start)(void *), const char *point,
                                      const void *attributes)
{
    (void)point; /* it begins at the commit, and so is at no update point */
    pthread_t handle;
    int error = may_change_threads() ? kitsune_pthread_create(&handle, attributes, start, argument)
                                     : EPERM;
    if (!error && !attributes)
        pthread_detach(handle); /* nobody knows it */
    return error;
}

/* What the transformer changed; before the threads enter. */
void threads_take_changes(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (!thread->has_info)
            continue;
        thread->new_start = thread->info.start_fun;
        thread->new_argument = thread->info.arg;
        if (thread->info.update_pt != thread->point)
            thread->new_point = copy_string(thread->info.update_pt);
    }
}

void threads_forget_changes(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (thread->has_info)
            pthread_attr_destroy(&thread->attributes);
        thread->has_info = false;
        thread->is_removed = false;
        free(thread->new_point);
        thread->new_point = NULL;
    }
}
