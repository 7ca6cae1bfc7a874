/* owners.c -- locks whose holders have new ids.
 *
 * A mutex, and a reader-writer lock that is held for writing, know their holder by its id, and
 * ask for it when they are let go or taken again.  In a rehearsal's child all threads have other
 * ids, so the locks that they hold are looked for, in the memory in which the program may keep
 * something, and are told.  Memory that is shared with other processes is left alone: that is
 * not a copy.
 */
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "program/used_memory.h"
#include "threads/copies.h"

struct renamed {
    int from, to;
};

struct renaming {
    struct renamed *list; /* by `from` */
    size_t count;
};

static int compare(const void *a, const void *b)
{
    const struct renamed *first = a, *second = b;
    return (first->from > second->from) - (first->from < second->from);
}

static const struct renamed *find(const struct renaming *renaming, int id)
{
    struct renamed key = {.from = id};
    return bsearch(&key, renaming->list, renaming->count, sizeof key, compare);
}

/* ---- What is a lock -------------------------------------------------------------------------- */

/* Bits of a mutex's kind; the lowest two are its type. */
enum { TYPE = 3, ROBUST = 16, INHERITS = 32, PROTECTS = 64, KINDS = 0x3f3 };

/* Robust mutexes, and those that lend their holder a priority, have its id in the lock itself,
 * too. */
static bool has_id_in_lock(const struct __pthread_mutex_s *mutex)
{
    return mutex->__kind & (ROBUST | INHERITS);
}

static bool is_held_mutex(const struct __pthread_mutex_s *mutex)
{
    if (mutex->__nusers != 1 || mutex->__kind & ~KINDS)
        return false;
    bool is_recursive = (mutex->__kind & TYPE) == PTHREAD_MUTEX_RECURSIVE_NP;
    if (has_id_in_lock(mutex))
        return (mutex->__lock & FUTEX_TID_MASK) == mutex->__owner &&
               (is_recursive ? mutex->__count > 0 : mutex->__count == 1);
    if (mutex->__list.__prev || mutex->__list.__next)
        return false;
    if (mutex->__kind & PROTECTS)
        return (mutex->__lock & 3) == 1 || (mutex->__lock & 3) == 2;
    return is_recursive == (mutex->__count > 0) && (mutex->__lock == 1 || mutex->__lock == 2);
}

/* All of it has to be as libc leaves it: the size of a block of malloc's looks like an id, too. */
static bool is_written_lock(const struct __pthread_rwlock_arch_t *lock)
{
    enum { WRITE_PHASE = 1, WRITER = 2, TAKEN = 1, HAS_WAITERS = 2, KINDS_OF_LOCKS = 3 };
    static const unsigned char nothing[sizeof lock->__pad1];
    return (lock->__readers & (WRITE_PHASE | WRITER)) == (WRITE_PHASE | WRITER) &&
           (lock->__wrphase_futex & ~HAS_WAITERS) == TAKEN &&
           (lock->__writers_futex & ~HAS_WAITERS) == TAKEN && !lock->__pad3 && !lock->__pad4 &&
           (lock->__shared == 0 || lock->__shared == 1) && !lock->__rwelision && !lock->__pad2 &&
           memcmp(lock->__pad1, nothing, sizeof nothing) == 0 && lock->__flags < KINDS_OF_LOCKS;
}

/* ---- Looking --------------------------------------------------------------------------------- */

/* `at` has the id of a holder: is it where a lock keeps that, all within the range? */
static void rename_at(uintptr_t at, uintptr_t start, uintptr_t end, const struct renamed *renamed)
{
    uintptr_t address = at - offsetof(struct __pthread_mutex_s, __owner);
    struct __pthread_mutex_s *mutex = (void *)address;
    if (address >= start && address + sizeof *mutex <= end && is_held_mutex(mutex)) {
        if (has_id_in_lock(mutex))
            mutex->__lock = (mutex->__lock & ~FUTEX_TID_MASK) | renamed->to;
        mutex->__owner = renamed->to;
        return;
    }
    address = at - offsetof(struct __pthread_rwlock_arch_t, __cur_writer);
    struct __pthread_rwlock_arch_t *lock = (void *)address;
    if (address >= start && address + sizeof *lock <= end && is_written_lock(lock))
        lock->__cur_writer = renamed->to;
}

/* Both kinds of locks are aligned, and the holder's id in both: every second word is looked at.
 * Others' redzones are among them. */
__attribute__((no_sanitize("address", "thread")))
static bool rename_in(uintptr_t start, uintptr_t end, void *argument)
{
    const struct renaming *renaming = argument;
    int lowest = renaming->list[0].from;
    unsigned range = (unsigned)(renaming->list[renaming->count - 1].from - lowest);
    for (uintptr_t at = start; at + sizeof(uint64_t) <= end; at += sizeof(uint64_t)) {
        int id = *(const int *)at;
        if ((unsigned)(id - lowest) > range)
            continue;
        const struct renamed *renamed = find(renaming, id);
        if (renamed)
            rename_at(at, start, end, renamed);
    }
    return false;
}

void owners_rename(void)
{
    size_t count = 0;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        count++;
    struct renaming renaming = {.list = allocate(count * sizeof *renaming.list)};
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->tid != thread->known_as)
            renaming.list[renaming.count++] = (struct renamed){thread->known_as, thread->tid};
    qsort(renaming.list, renaming.count, sizeof *renaming.list, compare);
    if (renaming.count)
        used_memory_visit(rename_in, &renaming);
    free(renaming.list);
}
