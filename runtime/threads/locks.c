/* locks.c -- who holds a lock, and who wants it, while threads are brought to their update points.
 *
 * Nothing is counted when locks are taken and let go: that costs the program nothing.  What is
 * needed can be seen at the moment it matters.  A thread that waits for a lock of libc's blocks
 * in a futex, and the kernel tells the address; one that spins is seen by the runtime's signal.
 *
 *      mutex                     holds the id of its owner
 *      reader-writer lock        holds the id of the writer; of readers only the number
 *      spin lock, semaphore,     know nobody: any thread may have to let go, to post, to come
 *      barrier, lock of readers
 *
 * So the holder of the first kinds is known, and when it stands at its update point, it goes on
 * once more, to let go.  For the others every thread that stands is a candidate, and all go on
 * once more, again and again, for as long as somebody waits so: that is what the program would
 * do without an update, and whoever comes to an update point stops there again.
 */
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

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
