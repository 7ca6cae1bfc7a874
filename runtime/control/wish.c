/* wish.c -- the program's own wish for an update.  See wish.h. */
#include "control/wish.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/message.h"

static struct {
    bool is_there;
    char *path; /* malloc, or NULL */
} wish;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool wish_take(void)
{
    pthread_mutex_lock(&lock);
    bool was_there = wish.is_there;
    wish.is_there = false;
    pthread_mutex_unlock(&lock);
    return was_there;
}

void wish_set(bool is_there)
{
    pthread_mutex_lock(&lock);
    wish.is_there = is_there;
    pthread_mutex_unlock(&lock);
}

char *wish_path(void)
{
    pthread_mutex_lock(&lock);
    char *path = wish.path ? copy_string(wish.path) : NULL;
    pthread_mutex_unlock(&lock);
    return path;
}

bool wish_is_there(void)
{
    pthread_mutex_lock(&lock);
    bool is_there = wish.is_there;
    pthread_mutex_unlock(&lock);
    return is_there;
}

void wish_set_path(const char *path)
{
    char *copy = path ? copy_string(path) : NULL;
    pthread_mutex_lock(&lock);
    free(wish.path);
    wish.path = copy;
    pthread_mutex_unlock(&lock);
}
