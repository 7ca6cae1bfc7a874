/* context.c -- stacks and the switches between them. */
#include "program/context.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/message.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(number) ((void)(number))
#endif

#define UNLIMITED_STACK_SIZE ((size_t)64 << 20)
#define SMALLEST_STACK_SIZE ((size_t)256 << 10)

/* Present when the program runs under AddressSanitizer. */
void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t size)
    __attribute__((weak, visibility("default")));
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **old_bottom, size_t *old_size)
    __attribute__((weak, visibility("default")));
void __asan_unpoison_memory_region(const volatile void *start, size_t size)
    __attribute__((weak, visibility("default")));

/* Present when the program runs under ThreadSanitizer. */
void *__tsan_get_current_fiber(void) __attribute__((weak, visibility("default")));
void *__tsan_create_fiber(unsigned flags) __attribute__((weak, visibility("default")));
void __tsan_destroy_fiber(void *fiber) __attribute__((weak, visibility("default")));
void __tsan_switch_to_fiber(void *fiber, unsigned flags)
    __attribute__((weak, visibility("default")));

/* The one that the calling thread left last.  Each thread has its own: in an update, many need
 * one at once, and mapping memory goes one after the other. */
static _Thread_local struct stack *spare __attribute__((tls_model("initial-exec")));

/* So much of a stack that is given back, at its beginning, keeps its memory. */
#define LEFT_IN_PLACE ((size_t)64 << 10)

/* ---- Stacks ---------------------------------------------------------------------------------- */

static size_t wanted_size(size_t page, size_t least)
{
    struct rlimit limit;
    size_t size = UNLIMITED_STACK_SIZE;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        size = limit.rlim_cur;
    if (size < SMALLEST_STACK_SIZE)
        size = SMALLEST_STACK_SIZE;
    if (size < least)
        size = least;
    return (size + page - 1) / page * page;
}

static struct stack *map_stack(size_t size, size_t page)
{
    void *memory = mmap(NULL, page + size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (mprotect(memory, page, PROT_NONE) != 0) {
        munmap(memory, page + size);
        return NULL;
    }
    struct stack *stack = allocate(sizeof *stack);
    *stack = (struct stack){.bottom = (char *)memory + page, .size = size, .guard_size = page};
    stack->valgrind_number = VALGRIND_STACK_REGISTER(stack->bottom, stack->bottom + size);
    return stack;
}

static void unmap_stack(struct stack *stack)
{
    VALGRIND_STACK_DEREGISTER(stack->valgrind_number);
    munmap(stack->bottom - stack->guard_size, stack->guard_size + stack->size);
    free(stack);
}

struct stack *stack_take(size_t least)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = wanted_size(page, least);
    struct stack *stack = spare;
    if (stack && stack->size == size) {
        spare = NULL;
        return stack;
    }
    stack_forget_spare();
    stack = map_stack(size, page);
    if (!stack && size > UNLIMITED_STACK_SIZE && least <= UNLIMITED_STACK_SIZE)
        stack = map_stack(UNLIMITED_STACK_SIZE, page);
    return stack;
}

static bool is_address_space_limited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

void stack_give_back(struct stack *stack)
{
    /* Frames that were abandoned, not returned from, leave their red zones behind. */
    if (__asan_unpoison_memory_region)
        __asan_unpoison_memory_region(stack->bottom, stack->size);
    stack_forget_spare();
    if (is_address_space_limited()) {
        unmap_stack(stack);
        return;
    }
    madvise(stack->bottom, stack->size - LEFT_IN_PLACE, MADV_DONTNEED);
    spare = stack;
}

void stack_forget_spare(void)
{
    if (spare)
        unmap_stack(spare);
    spare = NULL;
}

/* ---- Switching ------------------------------------------------------------------------------- */

void context_prepare(struct context *context, struct stack *stack, void (*function)(void))
{
    *context = (struct context){.stack = stack, .bottom = stack->bottom, .size = stack->size};
    if (__tsan_create_fiber) {
        context->fiber = __tsan_create_fiber(0);
        context->owns_fiber = true;
    }
    getcontext(&context->machine);
    context->machine.uc_stack.ss_sp = stack->bottom;
    context->machine.uc_stack.ss_size = stack->size;
    context->machine.uc_link = NULL;
    makecontext(&context->machine, function, 0);
}

void context_entered(struct context *from)
{
    if (__sanitizer_finish_switch_fiber)
        __sanitizer_finish_switch_fiber(NULL, &from->bottom, &from->size);
}

void context_is_native(struct context *context)
{
    pthread_attr_t attributes;
    void *bottom = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &bottom, &size);
        pthread_attr_destroy(&attributes);
    }
    *context = (struct context){.bottom = bottom, .size = size};
    if (__tsan_get_current_fiber)
        context->fiber = __tsan_get_current_fiber();
}

void context_was_left_for(struct context *native)
{
    if (__tsan_switch_to_fiber && native->fiber)
        __tsan_switch_to_fiber(native->fiber, 0);
}

void context_end(struct context *context)
{
    if (context->stack)
        stack_give_back(context->stack);
    if (context->owns_fiber)
        __tsan_destroy_fiber(context->fiber);
    *context = (struct context){0};
}

void context_resume(struct context *context)
{
    if (__sanitizer_start_switch_fiber)
        __sanitizer_start_switch_fiber(NULL, context->bottom, context->size);
    pthread_sigmask(SIG_BLOCK, NULL, &context->machine.uc_sigmask);
    if (__tsan_switch_to_fiber && context->fiber)
        __tsan_switch_to_fiber(context->fiber, 0);
    setcontext(&context->machine);
    abort();
}

void context_resumed(void)
{
    if (__sanitizer_finish_switch_fiber)
        __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
}

void context_switch(struct context *from, struct context *to)
{
    if (__sanitizer_start_switch_fiber)
        __sanitizer_start_switch_fiber(&from->fake_stack, to->bottom, to->size);
    if (!from->fiber && __tsan_get_current_fiber)
        from->fiber = __tsan_get_current_fiber();
    /* The signal mask belongs to the thread, not to the context: it stays as it is. */
    pthread_sigmask(SIG_BLOCK, NULL, &to->machine.uc_sigmask);
    if (__tsan_switch_to_fiber)
        __tsan_switch_to_fiber(to->fiber, 0);
    swapcontext(&from->machine, &to->machine);
    if (__sanitizer_finish_switch_fiber)
        __sanitizer_finish_switch_fiber(from->fake_stack, NULL, NULL);
}
