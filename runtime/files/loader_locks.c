/* loader_locks.c -- what the dynamic loader holds while it runs constructors.
 *
 * Its locks are recursive, so that the thread that holds them could load more, but no other thread
 * could ever again.  They are in _rtld_global, at places that differ from release to release:
 * they are found by what they are, mutexes that know this thread as their owner.
 */
#include "files/loader_locks.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

static bool is_held_by(const pthread_mutex_t *mutex, pid_t thread)
{
    enum { DEEPEST = 64 };
    return mutex->__data.__kind == PTHREAD_MUTEX_RECURSIVE_NP && mutex->__data.__owner == thread &&
           mutex->__data.__lock > 0 && mutex->__data.__count > 0 &&
           mutex->__data.__count < DEEPEST && mutex->__data.__nusers == 1;
}

void loader_locks_release(void)
{
    char *global = dlsym(RTLD_DEFAULT, "_rtld_global");
    const ElfW(Sym) *symbol = NULL;
    Dl_info ignored;
    if (!global || !dladdr1(global, &ignored, (void **)&symbol, RTLD_DL_SYMENT) || !symbol)
        return;
    pid_t self = gettid();
    for (size_t at = 0; at + sizeof(pthread_mutex_t) <= symbol->st_size; at += sizeof(void *)) {
        pthread_mutex_t *mutex = (pthread_mutex_t *)(void *)(global + at);
        while (is_held_by(mutex, self) && pthread_mutex_unlock(mutex) == 0)
            ;
    }
}
