/* context.h -- stacks and the switches between them.
 *
 *      driver's context         the process's own stack: loads versions, undoes updates
 *      version's context        main of one version, on a stack of its own
 *
 * Switching is by ucontext, not by longjmp: glibc built with _FORTIFY_SOURCE refuses a longjmp to
 * what looks like a deeper frame, which on another stack is a matter of chance; and ucontext knows
 * of shadow stacks where the machine has them.  It costs two system calls for the signal mask, a
 * few times per update.
 *
 * Each switch is told to AddressSanitizer and ThreadSanitizer, and each stack to valgrind.
 */
#ifndef KITSUNE_RUNTIME_CONTEXT_H
#define KITSUNE_RUNTIME_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

/* One mapping: a guard page below, then `size` bytes.  A stack that is given back is kept for
 * the next version, where address space is not limited, with the memory of its first pages. */
struct stack {
    char *bottom; /* lowest usable address, above the guard */
    size_t size;
    size_t guard_size;
    unsigned valgrind_number;
};

/* As large as `ulimit -s` says, 64 MB when it is unlimited, and of at least so many bytes.  NULL
 * without address space. */
struct stack *stack_take(size_t least);
/* By the thread that will need one next. */
void stack_give_back(struct stack *stack);
/* The calling thread ends. */
void stack_forget_spare(void);

struct context {
    ucontext_t machine;
    struct stack *stack; /* NULL: the process's own */
    const void *bottom;  /* for AddressSanitizer */
    size_t size;
    void *fake_stack;
    void *fiber;     /* for ThreadSanitizer */
    bool owns_fiber;
};

/* `function` will run on `stack` at the first switch; it must not return. */
void context_prepare(struct context *context, struct stack *stack, void (*function)(void));
/* First thing in `function`; `from` is who switched here. */
void context_entered(struct context *from);
void context_switch(struct context *from, struct context *to);

/* libc has gone back to the thread's own stack by itself (pthread_exit). */
void context_was_left_for(struct context *native);
/* What ran there will not be resumed: its stack is given back. */
void context_end(struct context *context);

/* The calling thread's own stack, as libc made it. */
void context_is_native(struct context *context);
/* Goes to where getcontext filled in context->machine; what runs now is never resumed. */
void context_resume(struct context *context) __attribute__((noreturn));
/* First thing when that place has been reached so. */
void context_resumed(void);

#endif
