/* fallback.c -- where listeners go when their source ends. */
#include "fallback.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static pthread_mutex_t fallbacks_lock = PTHREAD_MUTEX_INITIALIZER;
static struct fallback *fallbacks;

static struct fallback *find(const char *path)
{
    struct fallback *fallback = fallbacks;

    while (fallback && strcmp(fallback->path, path) != 0)
        fallback = fallback->next;
    return fallback;
}

static struct fallback *find_or_add(const char *path)
{
    struct fallback *fallback = find(path);

    if (!fallback) {
        fallback = allocate_zeroed(sizeof *fallback);
        fallback->path = duplicate(path);
        fallback->is_temporary = true;
        fallback->next = fallbacks;
        fallbacks = fallback;
    }
    return fallback;
}

void fallback_set(const char *path, const char *other)
{
    pthread_mutex_lock(&fallbacks_lock);
    struct fallback *fallback = find_or_add(path);
    free(fallback->other);
    fallback->other = other && other[0] ? duplicate(other) : NULL;
    pthread_mutex_unlock(&fallbacks_lock);
}

void fallback_set_temporary(const char *path, bool is_temporary)
{
    pthread_mutex_lock(&fallbacks_lock);
    find_or_add(path)->is_temporary = is_temporary;
    pthread_mutex_unlock(&fallbacks_lock);
}

bool fallback_of(const char *path, char other[FALLBACK_PATH], bool *is_temporary)
{
    pthread_mutex_lock(&fallbacks_lock);
    struct fallback *fallback = find(path);
    bool is_there = fallback && fallback->other;
    if (is_there) {
        snprintf(other, FALLBACK_PATH, "%s", fallback->other);
        *is_temporary = fallback->is_temporary;
    }
    pthread_mutex_unlock(&fallbacks_lock);
    return is_there;
}

void fallbacks_release(void)
{
    while (fallbacks) {
        struct fallback *fallback = fallbacks;
        fallbacks = fallback->next;
        free(fallback->path);
        free(fallback->other);
        free(fallback);
    }
}
