/* stream_locks.c -- who holds stdio's locks, before an update and after it has been given up. */
#include "update/stream_locks.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/message.h"
#include "common/streams.h"
#include "threads/futex.h"
#include "threads/thread.h"

/* What a FILE's _lock leads to, in glibc; recursive. */
struct stream_lock {
    _Atomic int word;
    int count;
    void *owner; /* a pthread_t; NULL: nobody */
};

struct held_stream {
    const FILE *stream;
    struct stream_lock lock; /* as it was */
};

/* Those that the old version holds: hardly ever one. */
static struct held_stream *held;
static size_t held_count;

static struct stream_lock *lock_of(const FILE *stream)
{
    return (struct stream_lock *)stream->_lock;
}

void stream_locks_remember(void)
{
    held_count = 0;
    for (const FILE *stream = newest_stream(); stream; stream = stream->_chain) {
        const struct stream_lock *lock = lock_of(stream);
        if (!lock || !lock->owner)
            continue;
        held = reallocate(held, (held_count + 1) * sizeof *held);
        held[held_count++] = (struct held_stream){stream, *lock};
    }
}

static int count_before(const FILE *stream, const void *owner)
{
    for (size_t i = 0; i < held_count; i++)
        if (held[i].stream == stream && held[i].lock.owner == owner)
            return held[i].lock.count;
    return 0;
}

static void open_lock(struct stream_lock *lock, int count)
{
    lock->count = count;
    if (count > 0)
        return;
    lock->owner = NULL;
    lock->word = 0;
    futex_wake(&lock->word, 1);
}

void stream_locks_open(void)
{
    sigset_t mask;
    gate_lock(&mask);
    for (const FILE *stream = newest_stream(); stream; stream = stream->_chain) {
        struct stream_lock *lock = lock_of(stream);
        if (!lock || !lock->owner || !registry_find((pthread_t)lock->owner))
            continue;
        int before = count_before(stream, lock->owner);
        if (lock->count > before)
            open_lock(lock, before);
    }
    gate_unlock(&mask);
}
