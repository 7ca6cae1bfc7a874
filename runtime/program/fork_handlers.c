/* fork_handlers.c -- pthread_atfork across updates. */
#include "program/fork_handlers.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <kitsune/entry.h>

#include "common/log.h"
#include "program/namesake.h"
#include "program/program.h"
#include "update/rehearsal.h"

enum fork_moment { FORK_PREPARE, FORK_PARENT, FORK_CHILD, FORK_MOMENTS };

struct fork_handlers {
    void (*functions[FORK_MOMENTS])(void); /* each may be NULL */
    void (*namesakes[FORK_MOMENTS])(void); /* at the end of an update: what these become */
};

/* In the order of registration; from `new_from` on they are the new version's, in an update. */
static struct {
    struct fork_handlers *list;
    size_t count, capacity, new_from;
    bool is_hooked; /* libc knows us */
} handlers;

static void call(const struct fork_handlers *registered, enum fork_moment moment)
{
    if (registered->functions[moment] && !rehearsal_is_forking())
        registered->functions[moment]();
}

static void before_fork(void)
{
    for (size_t i = handlers.count; i > 0; i--)
        call(&handlers.list[i - 1], FORK_PREPARE);
}

static void after_fork_in_parent(void)
{
    for (size_t i = 0; i < handlers.count; i++)
        call(&handlers.list[i], FORK_PARENT);
}

static void after_fork_in_child(void)
{
    for (size_t i = 0; i < handlers.count; i++)
        call(&handlers.list[i], FORK_CHILD);
}

KITSUNE_PUBLIC int kitsune_register_fork_handlers(void (*prepare)(void), void (*parent)(void),
                                                  void (*child)(void))
{
    if (!handlers.is_hooked &&
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0)
        return ENOMEM;
    handlers.is_hooked = true;
    if (handlers.count == handlers.capacity) {
        size_t capacity = 2 * handlers.capacity + 8;
        struct fork_handlers *list = realloc(handlers.list, capacity * sizeof *list);
        if (!list)
            return ENOMEM;
        handlers.list = list;
        handlers.capacity = capacity;
    }
    handlers.list[handlers.count++] =
        (struct fork_handlers){.functions = {prepare, parent, child}};
    return 0;
}

void fork_handlers_leave(void)
{
    handlers.new_from = handlers.count;
}

static void (*new_function(void (*function)(void)))(void)
{
    if (!function || !namesake_is_old((void *)function))
        return function;
    void *namesake = namesake_of_function((void *)function);
    if (!namesake)
        log_info("the fork handler %s is not in the new version and will not be called",
                 namesake_old_name((void *)function));
    return (void (*)(void))namesake;
}

void fork_handlers_carry_over(void)
{
    for (size_t i = 0; i < handlers.new_from; i++)
        for (size_t moment = 0; moment < FORK_MOMENTS; moment++)
            handlers.list[i].namesakes[moment] =
                new_function(handlers.list[i].functions[moment]);
}

static bool is_registered_anew(const struct fork_handlers *registered)
{
    for (size_t i = handlers.new_from; i < handlers.count; i++)
        if (memcmp(handlers.list[i].functions, registered->functions,
                   sizeof registered->functions) == 0)
            return true;
    return false;
}

void fork_handlers_commit(void)
{
    static void (*const nothing[FORK_MOMENTS])(void);
    size_t kept = 0;
    for (size_t i = 0; i < handlers.count; i++) {
        struct fork_handlers registered = handlers.list[i];
        if (i < handlers.new_from) {
            memcpy(registered.functions, registered.namesakes, sizeof registered.functions);
            if (memcmp(registered.functions, nothing, sizeof nothing) == 0 ||
                is_registered_anew(&registered))
                continue;
        }
        handlers.list[kept++] = registered;
    }
    handlers.count = kept;
}

void fork_handlers_restore(void)
{
    handlers.count = handlers.new_from;
}
