/* locks.c -- who holds a lock, and who wants it, while threads are brought to their update points.
 *
 * Nothing is counted when locks are taken and let go: that costs the program nothing.  What is needed
 * can be seen at the moment it matters.  A thread that waits for a lock of libc's blocks in a futex,
 * and the kernel tells the address; one that spins is seen by the runtime's signal.
 *
 *      mutex                     holds the id of its owner
 *      reader-writer lock        holds the id of the writer; of readers only the number
 *      spin lock, semaphore,     know nobody: any thread may have to let go, to post, to come
 *      barrier, lock of readers
 *
 * So the holder of the first kinds is known, and when it stands at its update point, it goes on once
 * more, to let go.  For the others every thread that stands is a candidate, and all go on once more,
 * again and again, for as long as somebody waits so: that is what the program would do without an
 * update, and whoever comes to an update point stops there again.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "common/message.h"
#include "futex.h"
#include "thread.h"

/* Another thread may unmap what one waits for the next moment. */
static bool peek(uintptr_t address, void *bytes, size_t size)
{
    struct iovec here = {bytes, size}, there = {(void *)address, size};
    return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)size;
}

static struct thread *with_id(int tid)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->tid == tid)
            return thread;
    return NULL;
}

/* ---- What it waits for ----------------------------------------------------------------------- */

void *spinning_on(const void *machine)
{
    enum { LONGEST_FUNCTION = 64 }; /* a decrement and a loop; its argument stays where it came */
    const greg_t *registers = ((const ucontext_t *)machine)->uc_mcontext.gregs;
    uintptr_t into = (uintptr_t)registers[REG_RIP] - (uintptr_t)pthread_spin_lock;
    return into < LONGEST_FUNCTION ? (void *)registers[REG_RDI] : NULL;
}

static bool is_futex_wait(const struct system_call *call)
{
    int operation = (int)call->arguments[1] & FUTEX_CMD_MASK;
    return call->number == SYS_futex &&
           (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET ||
            operation == FUTEX_LOCK_PI || operation == FUTEX_LOCK_PI2);
}

static bool find_mutex_owner(uintptr_t address, struct wanted_lock *wanted)
{
    pthread_mutex_t mutex;
    if (!peek(address, &mutex, sizeof mutex) || !mutex.__data.__lock)
        return false;
    wanted->holder = with_id(mutex.__data.__owner);
    return wanted->holder != NULL;
}

/* A reader waits for one word of the lock, a writer for another. */
static bool find_writer(uintptr_t address, struct wanted_lock *wanted)
{
    static const size_t words[] = {offsetof(struct __pthread_rwlock_arch_t, __wrphase_futex),
                                   offsetof(struct __pthread_rwlock_arch_t, __writers_futex)};
    pthread_rwlock_t lock;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!peek(address - words[i], &lock, sizeof lock) || !lock.__data.__cur_writer)
            continue;
        wanted->holder = with_id(lock.__data.__cur_writer);
        if (wanted->holder) {
            wanted->address = (void *)(address - words[i]);
            return true;
        }
    }
    return false;
}

struct wanted_lock wanted_lock(struct thread *thread)
{
    struct wanted_lock wanted = {.kind = WANTS_NOTHING};
    struct system_call call = blocked_in(thread);
    if (call.number < 0 && thread->spins_on)
        wanted = (struct wanted_lock){.kind = WANTS_OF_ANYBODY, .address = thread->spins_on};
    if (!is_futex_wait(&call) || thread_is_waiting_for_condition(thread))
        return wanted;
    uintptr_t address = call.arguments[0];
    wanted.address = (void *)address;
    wanted.kind = find_mutex_owner(address, &wanted) || find_writer(address, &wanted)
                      ? WANTS_OF_HOLDER : WANTS_OF_ANYBODY;
    /* Meanwhile it may have got the lock, and be the one that holds it. */
    call = blocked_in(thread);
    return is_futex_wait(&call) && call.arguments[0] == address
               ? wanted : (struct wanted_lock){.kind = WANTS_NOTHING};
}

/* ---- Telling --------------------------------------------------------------------------------- */

char *describe_lock(const void *lock)
{
    const char *name = variable_name(lock);
    return name ? message_format("the lock %s", name) : message_format("the lock at %p", lock);
}

/* "thread 12 at 'worker', thread 13 at 'worker' and 3 others" */
static char *describe_candidates(const struct thread *waiting)
{
    enum { MOST_NAMED = 4 };
    unsigned count = 0;
    char *text = copy_string("");
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        bool stands = thread->state == THREAD_PARKED || thread->state == THREAD_ARRIVED;
        if (thread == waiting || !stands || count++ >= MOST_NAMED)
            continue;
        char *longer = message_format("%s%sthread %d at '%s'", text, *text ? ", " : "",
                                      (int)thread->tid, thread->point ? thread->point : "?");
        free(text);
        text = longer;
    }
    char *whole = count > MOST_NAMED ? message_format("%s and %u others", text, count - MOST_NAMED)
                  : count            ? copy_string(text)
                                     : copy_string("nobody stands");
    free(text);
    return whole;
}

char *describe_unknown_holder(const struct thread *waiting, const struct wanted_lock *wanted)
{
    char *candidates = describe_candidates(waiting);
    const char *name = variable_name(wanted->address);
    char *place = name ? copy_string(name) : message_format("%p", wanted->address);
    char *text = message_format(
        "it waits for %s (a spin lock, a semaphore, a barrier, or a lock held by readers), which "
        "does not say who has to let go; those at their update points: %s", place, candidates);
    free(candidates);
    free(place);
    return text;
}

/* Where the holder stands with the lock, or stood before it was let go on. */
static const char *holding_point(const struct thread *holder)
{
    return holder->point ? holder->point : holder->times_released ? holder->point_text : NULL;
}

char *describe_conflict(struct thread *waiting, const struct thread *holder,
                               const void *lock)
{
    char *who = describe_thread(waiting);
    char *what = describe_lock(lock);
    const char *point = holding_point(holder);
    char *message =
        point ? message_format("%s waits for %s, which thread %d holds at the update point '%s': let "
                               "it go before the update point, or call "
                               "kitsune_update_holding(\"%s\", &mutex) there", who, what,
                               holder->tid, point, point)
              : message_format("%s waits for %s, which thread %d holds, and that has not come to an "
                               "update point either", who, what, holder->tid);
    free(who);
    free(what);
    return message;
}

char *describe_own_lock(struct thread *thread, const void *lock)
{
    char *who = describe_thread(thread);
    char *what = describe_lock(lock);
    char *message = message_format(
        "%s waits for %s, which it has held since its update point '%s' in the old version: a lock "
        "stays held through an update; let it go before the update point, do not take it again "
        "while kitsune_is_updating(), or call kitsune_update_holding(\"%s\", &mutex)", who, what,
        thread->point, thread->point);
    free(who);
    free(what);
    return message;
}
