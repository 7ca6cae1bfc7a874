/* exit_handlers.c -- atexit and its like, across updates; and exit in the middle of one. */
#include "program/exit_handlers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kitsune/entry.h>

#include "heap/heap.h"
#include "common/log.h"
#include "common/message.h"
#include "program/driver.h"
#include "program/endings.h"
#include "program/namesake.h"
#include "program/program.h"
#include "control/service.h"
#include "update/update.h"

struct exit_handler {
    enum kitsune_exit_kind kind;
    void (*function)(void);
    void *argument;
    /* During the end of an update: what these become.  No namesake: it is dropped. */
    void (*namesake)(void);
    void *new_argument;
};

/* In the order of registration; from `new_from` on they are the new version's, in an update. */
static struct {
    struct exit_handler *list;
    size_t count, capacity, new_from;
    bool is_hooked; /* libc knows us */
} handlers;

/* ---- At the end of the process --------------------------------------------------------------- */

static void run_handlers(int status, bool quick)
{
    /* A handler may register further ones. */
    while (handlers.count) {
        struct exit_handler handler = handlers.list[--handlers.count];
        if ((handler.kind == KITSUNE_AT_QUICK_EXIT) != quick)
            continue;
        if (handler.kind == KITSUNE_ON_EXIT)
            ((void (*)(int, void *))handler.function)(status, handler.argument);
        else
            handler.function();
    }
}

static void at_exit(int status, void *ignored)
{
    (void)ignored;
    if (ending_would_be_early()) {
        /* libc called exit for the program (err, say), and has used up its entry for us. */
        on_exit(at_exit, NULL);
        ending_comes(NULL, "exit(%d)", status);
    }
    run_handlers(status, false);
    if (program.is_driven)
        service_stop();
}

static void at_quick_exit_(void)
{
    run_handlers(0, true);
    if (program.is_driven)
        service_stop();
}

void exit_handlers_start(void)
{
    if (handlers.is_hooked)
        return;
    handlers.is_hooked = true;
    on_exit(at_exit, NULL);
    at_quick_exit(at_quick_exit_);
}

KITSUNE_PUBLIC int kitsune_register_exit_handler(enum kitsune_exit_kind kind,
                                                 void (*function)(void), void *argument)
{
    exit_handlers_start();
    if (handlers.count == handlers.capacity) {
        size_t capacity = 2 * handlers.capacity + 32;
        struct exit_handler *list = realloc(handlers.list, capacity * sizeof *list);
        if (!list)
            return -1;
        handlers.list = list;
        handlers.capacity = capacity;
    }
    handlers.list[handlers.count++] = (struct exit_handler){
        .kind = kind, .function = function, .argument = argument};
    return 0;
}

KITSUNE_PUBLIC void kitsune_exit(int status)
{
    ending_comes(__builtin_return_address(0), "exit(%d)", status);
    exit(status);
}

KITSUNE_PUBLIC void kitsune_exit_quickly(int status)
{
    ending_comes(__builtin_return_address(0), "quick_exit(%d)", status);
    quick_exit(status);
}

KITSUNE_PUBLIC void kitsune_exit_at_once(int status)
{
    kitsune_before_end_at_once(__builtin_return_address(0), "_exit", status);
    _exit(status);
}

/* ---- Across updates -------------------------------------------------------------------------- */

void exit_handlers_leave(void)
{
    handlers.new_from = handlers.count;
}

static void *new_function(const struct exit_handler *handler)
{
    void *function = (void *)handler->function;
    if (!namesake_is_old(function))
        return function;
    void *namesake = namesake_of_function(function);
    if (!namesake)
        log_info("the exit handler %s is not in the new version and will not be called",
                 namesake_old_name(function));
    return namesake;
}

/* on_exit's argument may be a variable of the program. */
static void *new_argument(const struct exit_handler *handler)
{
    if (!namesake_is_old(handler->argument))
        return handler->argument;
    void *argument = namesake_of_variable(handler->argument, 0);
    if (!argument)
        update_fail("the argument of the exit handler %s points into the old version, to something "
                    "that the new one does not have: register it again in the new version",
                    namesake_old_name((void *)handler->function));
    return argument;
}

void exit_handlers_carry_over(void)
{
    for (size_t i = 0; i < handlers.new_from; i++) {
        struct exit_handler *handler = &handlers.list[i];
        handler->namesake = (void (*)(void))new_function(handler);
        handler->new_argument = handler->namesake ? new_argument(handler) : NULL;
    }
}

static bool is_registered_anew(const struct exit_handler *handler)
{
    for (size_t i = handlers.new_from; i < handlers.count; i++)
        if (handlers.list[i].kind == handler->kind &&
            handlers.list[i].function == handler->function &&
            handlers.list[i].argument == handler->argument)
            return true;
    return false;
}

void exit_handlers_commit(void)
{
    size_t kept = 0;
    for (size_t i = 0; i < handlers.count; i++) {
        struct exit_handler handler = handlers.list[i];
        if (i < handlers.new_from) {
            handler.function = handler.namesake;
            handler.argument = handler.new_argument;
            if (!handler.function || is_registered_anew(&handler))
                continue;
        }
        handlers.list[kept++] = handler;
    }
    handlers.count = kept;
}

void exit_handlers_restore(void)
{
    handlers.count = handlers.new_from;
}
