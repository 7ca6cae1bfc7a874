/* malloc_locks.c -- visiting malloc's arenas after a crash. */
#include "update/malloc_locks.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <gnu/libc-version.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "common/log.h"
#include "control/report.h"
#include "control/service.h"
#include "threads/futex.h"

#define LOOK_AGAIN INT64_C(20000000)          /* nanoseconds */
#define NOBODY_WORKS_SO_LONG INT64_C(500000000) /* with a lock of malloc's */
#define LONGEST_VISIT INT64_C(10000000000)    /* of an arena, whose lists may lead in a circle */

/* ---- Was it in malloc? ----------------------------------------------------------------------- */

static const char *const names[] = {"malloc",
                                    "free",     "calloc",        "realloc",       "memalign",
                                    "valloc",  "pvalloc",  "aligned_alloc", "posix_memalign",
                                    "mallinfo2", "malloc_trim"};
enum { FUNCTION_COUNT = sizeof names / sizeof *names };

static struct {
    void *function[FUNCTION_COUNT];
    bool is_of_libc; /* not a library's that takes malloc's place */
} allocator;

void malloc_locks_prepare(void)
{
    Dl_info of_malloc, of_libc;
    if (allocator.function[0])
        return;
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        allocator.function[i] = dlsym(RTLD_DEFAULT, names[i]);
    allocator.is_of_libc = allocator.function[0] && dladdr(allocator.function[0], &of_malloc) &&
                           dladdr((void *)gnu_get_libc_version, &of_libc) &&
                           of_malloc.dli_fbase == of_libc.dli_fbase;
}

bool malloc_locks_were_taken(const void *machine)
{
    enum { DEEPEST = 64 };
    void *place = (void *)((const ucontext_t *)machine)->uc_mcontext.gregs[REG_RIP];
    void *frames[DEEPEST];
    int length = backtrace(frames, DEEPEST), at = 0;
    while (at < length && frames[at] != place)
        at++;
    for (; at < length; at++) {
        void *function = _Unwind_FindEnclosingFunction(frames[at]);
        for (size_t i = 0; function && i < FUNCTION_COUNT; i++)
            if (allocator.function[i] == function)
                return true;
    }
    return false;
}

/* ---- The visit ------------------------------------------------------------------------------- */

static _Thread_local struct {
    volatile bool is_on;
    _Atomic int *waits_for; /* a lock; NULL: it did not wait when it was looked at last */
    int64_t since;          /* moment from when on */
    int64_t began;          /* moment, with the arena that it is at */
} visit __attribute__((tls_model("initial-exec")));

/* Without malloc; the handler for these signals is the kernel's again. */
static void end_process(const char *why)
{
    log_error("the new version, or a rule, crashed inside malloc, and %s: neither version can go "
              "on, so the program ends (a block was freed twice, or written beyond its end)", why);
    signal(SIGABRT, SIG_DFL);
    abort();
}

void malloc_locks_require_sound_heap(void)
{
    if (visit.is_on)
        end_process("the heap, which both versions share, is destroyed");
}

/* The lock that the calling thread, interrupted here, waits for: 2 stands for one that is taken
 * and has waiters.  Depending on how the signal is handled the kernel has gone back to before
 * the call, or behind it. */
static _Atomic int *waits_for(const greg_t *registers)
{
    static const unsigned char system_call[] = {0x0f, 0x05};
    const char *place = (const char *)registers[REG_RIP];
    int operation = (int)registers[REG_RSI] & FUTEX_CMD_MASK;
    bool is_call = memcmp(place, system_call, sizeof system_call) == 0
                       ? registers[REG_RAX] == SYS_futex
                       : memcmp(place - sizeof system_call, system_call, sizeof system_call) == 0;
    _Atomic int *lock = (_Atomic int *)registers[REG_RDI];
    return is_call && (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET) &&
                   registers[REG_RDX] == 2 && lock && *lock == 2
               ? lock : NULL;
}

bool malloc_locks_visit_interrupted(const void *machine)
{
    if (!visit.is_on)
        return false;
    int64_t now = monotonic_time();
    _Atomic int *lock = waits_for(((const ucontext_t *)machine)->uc_mcontext.gregs);
    if (lock != visit.waits_for)
        visit.since = now;
    visit.waits_for = lock;
    if (lock && now - visit.since >= NOBODY_WORKS_SO_LONG) {
        if (!allocator.is_of_libc)
            end_process("the lock of the library that takes malloc's place is held for ever");
        *lock = 0;
        futex_wake(lock, 1);
        visit.waits_for = NULL;
        visit.began = now;
    } else if (now - visit.began >= LONGEST_VISIT) {
        end_process("its lists of free blocks lead in a circle");
    }
    return true;
}

/* By the kernel's call: libc's allocates. */
static int begin_looking(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = service_signal()};
    struct itimerspec interval = {{.tv_nsec = LOOK_AGAIN}, {.tv_nsec = LOOK_AGAIN}};
    int timer = -1;
    event._sigev_un._tid = gettid();
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) != 0)
        return -1;
    syscall(SYS_timer_settime, timer, 0, &interval, NULL);
    return timer;
}

void malloc_locks_open(void)
{
    sigset_t ours, mask;
    sigemptyset(&ours);
    sigaddset(&ours, service_signal());
    visit.waits_for = NULL;
    visit.began = monotonic_time();
    visit.is_on = true;
    int timer = begin_looking();
    pthread_sigmask(SIG_UNBLOCK, &ours, &mask);
    if (allocator.is_of_libc) {
        struct mallinfo2 ignored = mallinfo2();
        (void)ignored;
    }
    free(malloc(2000)); /* too large for what a thread keeps without a lock */
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if (timer >= 0)
        syscall(SYS_timer_delete, timer);
    visit.is_on = false;
}
