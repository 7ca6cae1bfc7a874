/* thread_stack.h -- a thread that keeps an update from happening, and where it is: part of a
 * report.
 *
 * One that has not come to its update point, one that holds what another one waits for, or, where a
 * lock does not know its holder, one that may hold it.  As fields (fields.h), N from 0, the one
 * that waits first:
 *
 *      stack_N_tid 4711
 *      stack_N_name worker          as the kernel knows it
 *      stack_N_role ROLE            late, waits, holds, may_hold
 *      stack_N_waits_for LOCK       its variable, or its address
 *      stack_N_holds LOCK
 *      stack_N_doing TEXT           "blocked in read", when it does not stand
 *      stack_N_point POINT          the update point at which it stands
 *      stack_N_about TEXT           all of that in a sentence
 *      stack_N_frame_M              as frame_N (report.h)
 *      stacks_left_out COUNT        of those that there was no room for
 */
#ifndef KITSUNE_RUNTIME_THREAD_STACK_H
#define KITSUNE_RUNTIME_THREAD_STACK_H

#include <sys/types.h>

#include "common/fields.h"
#include "control/backtrace_text.h"

enum thread_role { ROLE_LATE, ROLE_WAITS, ROLE_HOLDS, ROLE_MAY_HOLD };

/* Texts are malloc; NULL: none. */
struct thread_stack {
    pid_t tid;
    enum thread_role role;
    char *name;
    char *waits_for, *holds; /* locks */
    char *doing, *point;
    struct backtrace_text trace;
};

/* So many in one report, and so much text of their frames: who reads it has room for 64 KiB. */
enum { MOST_STACKS = 8, LARGEST_STACKS = 24 * 1024 };

struct thread_stacks {
    struct thread_stack list[MOST_STACKS];
    unsigned count, left_out;
};

void thread_stack_free(struct thread_stack *stack);
void thread_stacks_free(struct thread_stacks *stacks);
/* "thread 4711 (worker) waits for list_lock"; malloc. */
char *thread_stack_about(const struct thread_stack *stack);
/* Each field's name gets the prefix ("" or "last_"). */
void thread_stacks_write(const struct thread_stacks *stacks, const char *prefix, struct text *text);
/* The other way round, without a prefix. */
void thread_stacks_read(const struct fields *fields, struct thread_stacks *stacks);

#endif
