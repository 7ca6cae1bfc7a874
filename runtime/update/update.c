/* update.c -- what an update is about, who may ask, and how it fails: see update_state.h. */
#include "update/update_state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "update/children.h"
#include "update/crash.h"
#include "program/exit_handlers.h"
#include "control/failure.h"
#include "files/providers.h"
#include "program/fork_handlers.h"
#include "program/frames.h"
#include "heap/heap.h"
#include "common/log.h"
#include "common/message.h"
#include "program/migration.h"
#include "program/endings.h"
#include "program/program.h"
#include "control/progress.h"
#include "update/rehearsal.h"
#include "common/reserve.h"
#include "control/service.h"
#include "program/signal_handlers.h"
#include "control/steps.h"
#include "update/surroundings.h"
#include "threads/keys.h"
#include "threads/thread.h"

struct update update;

/* One thread migrates at a time: the heap engine is not made for more. */
static pthread_mutex_t migration_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int migration_depth __attribute__((tls_model("initial-exec")));

/* What main was in when it began to migrate. */
static enum step step_around_migration;

/* Two contexts take turns: the running version's and the next one's. */
static struct context contexts[2];

bool update_is_migrating(void)
{
    const struct thread *self = this_thread;
    if (!self || program.pid != getpid())
        return false;
    return self->is_main ? update.state == UPDATE_MIGRATING || update.state == UPDATE_ARRIVED
                         : self->state == THREAD_ENTERED;
}

bool update_is_under_way(void)
{
    return update.state != UPDATE_IDLE;
}

bool update_is_loading(void)
{
    return update.state == UPDATE_LEFT && is_main_thread() &&
           program.pid == getpid();
}

struct version *update_next_version(void)
{
    return update.next;
}

bool update_is_old_stack(uintptr_t address)
{
    for (size_t i = 0; update_is_migrating() && i < update.stack_count; i++)
        if (address >= update.stacks[i].start && address < update.stacks[i].end)
            return true;
    return false;
}

unsigned update_serial(void)
{
    return update.serial;
}

struct version *update_old_version(void)
{
    return program.running;
}

struct version *update_new_version(void)
{
    return update_is_migrating() ? update.next : program.running;
}

const struct kitsune_transformer *update_transformer(void)
{
    return update_is_migrating() ? update.next->transformer : NULL;
}

void update_migration_starts(void)
{
    if (migration_depth++ > 0)
        return;
    pthread_mutex_lock(&migration_lock);
    if (this_thread && this_thread->must_retreat) {
        update_migration_abandoned();
        thread_retreat_if_ordered();
    }
    update.migration_started = monotonic_time();
    if (is_main_thread()) {
        step_around_migration = step_now();
        step_begins(STEP_MIGRATION);
    }
}

void update_migration_ends(void)
{
    if (--migration_depth > 0)
        return;
    update.migrated += monotonic_time() - update.migration_started;
    if (is_main_thread())
        step_begins(step_around_migration);
    pthread_mutex_unlock(&migration_lock);
}

bool update_is_in_migration(void)
{
    return migration_depth > 0;
}

bool update_is_converting(void)
{
    return migration_depth > 0 || (is_main_thread() && update.state == UPDATE_ARRIVED);
}

void update_migration_abandoned(void)
{
    if (migration_depth)
        pthread_mutex_unlock(&migration_lock);
    migration_depth = 0;
}

int update_change_held_mask(int how, const sigset_t *set, sigset_t *old_set)
{
    sigset_t mask = this_thread->mask;
    if (old_set)
        *old_set = mask;
    if (!set)
        return 0;
    switch (how) {
    case SIG_BLOCK:
        sigorset(&mask, &mask, set);
        break;
    case SIG_UNBLOCK:
        for (int number = 1; number < NSIG; number++)
            if (sigismember(set, number) == 1)
                sigdelset(&mask, number);
        break;
    case SIG_SETMASK:
        mask = *set;
        break;
    default:
        return EINVAL;
    }
    this_thread->mask = mask;
    return 0;
}

/* ---- Failing --------------------------------------------------------------------------------- */

/* Where the calling thread is in the update. */
static void note_place(void)
{
    /* Of a crash in here the place is not looked for again. */
    static _Thread_local unsigned noting_for __attribute__((tls_model("initial-exec")));
    if (noting_for == update.serial)
        return;
    noting_for = update.serial;
    bool is_main = is_main_thread();
    enum step step = update_is_in_migration() ? STEP_MIGRATION
                     : is_main                ? step_now()
                                              : STEP_ARRIVAL;
    failure_in(step);
    if (step == STEP_MIGRATION)
        failure_on(heap_current_object());
    noting_for = 0;
}

void update_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *reason = message_format_list(format, arguments);
    va_end(arguments);
    update_fail_with(reason);
}

void update_fail_at(const char *file, int line, const char *text)
{
    failure_at(file, line);
    failure_advise("mend the rule, or the data that it met: see %s:%d, then run xfgen again", file,
                   line);
    update_fail("%s:%d: %s", file, line, text);
}

void update_fail_with(char *reason)
{
    note_place();
    if (this_thread && !is_main_thread() && update_is_migrating())
        thread_fail(reason);
    if (rehearsal_is_child())
        rehearsal_fails(reason);
    if (update.state != UPDATE_MIGRATING && update.state != UPDATE_ARRIVED &&
        !update_is_loading()) {
        /* Past the commit, or in the middle of undoing: there is no consistent state to go to. */
        log_error("%s; this cannot be undone any more, so the program ends", reason);
        abort();
    }
    update_migration_abandoned();
    threads_retreat();
    update.report.reason = reason;
    update.state = UPDATE_UNDO;
    context_switch(update.new_context, &program.driver);
    abort(); /* a context that failed is never resumed */
}

void update_without_memory(void)
{
    if (update_is_migrating() || update_is_loading())
        update_fail_with(reserve_last_words());
}

char *update_memory_shortage(const char *doing)
{
    return reserve_was_used() ? message_format("out of memory while %s: give the process more "
                                               "memory, or address space (ulimit -v)", doing)
                              : NULL;
}

/* ---- The driver's context: loading and undoing ----------------------------------------------- */

static void begin_heap(void)
{
    const struct loaded *old_object = program.running->object, *new_object = update.next->object;
    struct progress *progress = progress_page();
    update.stacks = threads_stacks(update.old_context->stack, &update.stack_count);
    struct heap_setup setup = {
        .transformer = update.next->transformer,
        .old_base = old_object->base,
        .old_start = old_object->start,
        .old_end = old_object->end,
        .old_writable_start = old_object->writable_start,
        .old_writable_end = old_object->writable_end,
        .new_base = new_object->base,
        .new_start = new_object->start,
        .new_end = new_object->end,
        .stacks = update.stacks,
        .stack_count = update.stack_count,
        .progress = {&progress->objects_done, &progress->objects_known, &progress->bytes_done},
        .old_is_read = image_reads_old_version(new_object->image),
    };
    const struct loaded *transformer = program.running->transformer_object;
    if (transformer) {
        setup.old_transformer_start = transformer->start;
        setup.old_transformer_end = transformer->end;
    }
    update.heap_began = true;
    heap_begin(&setup);
}

/* It may be meant so, and may go well: it is told. */
static void compare_providers(void)
{
    const struct loaded *old = program.running->object, *new = update.next->object;
    char *difference = providers_compare(old->image, old->handle, new->image, new->handle);
    if (difference)
        log_info("%s has %s: each library has a state of its own, and what the one has made must "
                 "not get into the hands of the other (see `kitsune check`)",
                 version_path(update.next), difference);
    free(difference);
}

static bool load_next(char **message)
{
    struct preparation *preparation = &update.preparation;
    struct image *next = preparation->next, *transformer = preparation->transformer;
    preparation->next = NULL; /* owned by the version from here on */
    update.next = version_load(next, message);
    bool loaded = update.next != NULL;
    if (loaded && preparation->kind == TRANSFORMER_FILE) {
        preparation->transformer = NULL;
        loaded = version_load_transformer(update.next, transformer, message);
    } else if (loaded && preparation->kind == TRANSFORMER_LINKED) {
        loaded = version_use_linked_transformer(update.next, message);
    }
    if (loaded)
        compare_providers();
    if (loaded && preparation->kind == TRANSFORMER_WRITTEN)
        program.running->must_stay = true;
    return loaded;
}

/* Here and not in the driver's context: constructors may fail in every way that main may. */
static void load(void)
{
    char *message = NULL;
    service_watch_arrival(update_patience());
    if (load_next(&message))
        message = update_memory_shortage("loading the new version");
    if (message)
        update_fail_with(message);
    update.report.load_time = monotonic_time() - update.left;
    update.state = UPDATE_MIGRATING;
    update.overdue_tries = 0;
}

/* First function on the new version's stack. */
static void enter_new_version(void)
{
    context_entered(&program.driver);
    crash_stack_take();
    load();
    update.entered = monotonic_time();
    step_begins(STEP_ENTRY);
    update_migration_starts();
    begin_heap();
    migration_begin();
    update_migration_ends();
    int status = update.next->main(program.argument_count, program.arguments, environ);
    if (update_is_migrating()) {
        ending_advise();
        update_fail("the new version's main returned %d before it came to the update point '%s'",
                    status, update.point);
    }
    exit(status);
}

/* The context to go on with. */
static struct context *enter(void)
{
    struct stack *stack = stack_take(0);
    if (!stack) {
        update.report.reason =
            copy_string("no address space for the new version's stack: lower `ulimit -s`");
        update.state = UPDATE_UNDO;
        return NULL;
    }
    update.new_context =
        update.old_context == &contexts[0] ? &contexts[1] : &contexts[0];
    context_prepare(update.new_context, stack, enter_new_version);
    return update.new_context;
}

/* A thread that a library has started for the new version may be anywhere in it. */
static void unload_next(bool has_threads)
{
    if (has_threads && update.next)
        log_error("%s stays loaded: a library has started a thread on its behalf, which cannot be "
                  "ended", version_path(update.next));
    else
        version_unload(update.next);
    update.next = NULL;
}

/* A thread of the program's that has just ended is still there for a moment, and belongs to
 * nobody. */
static unsigned count_library_threads(void)
{
    enum { LOOKS = 100, PAUSE = 2000 /* microseconds */ };
    unsigned taking_part, of_libraries;
    threads_count(&taking_part, &of_libraries);
    for (int look = 0; look < LOOKS && of_libraries > update.report.library_threads; look++) {
        usleep(PAUSE);
        threads_count(&taking_part, &of_libraries);
    }
    return of_libraries;
}

static struct context *undo(void)
{
    if (rehearsal_is_child())
        rehearsal_fails(update.report.reason);
    if (update.heap_began)
        heap_abort();
    migration_end();
    exit_handlers_restore();
    fork_handlers_restore();
    keys_restore();
    frames_restore();
    crash_watch_ends();
    signal_handlers_restore();
    update.report.ended_processes = children_end();
    unsigned of_libraries = count_library_threads();
    loader_abandon();
    surroundings_restore(of_libraries == 0);
    unload_next(of_libraries > update.report.library_threads);
    program.running->must_stay = false;
    if (update.new_context)
        context_end(update.new_context);
    return update.old_context;
}

void update_run_contexts(void)
{
    struct context *next = program.running_context;
    for (;;) {
        context_switch(&program.driver, next);
        next = update.state == UPDATE_LEFT ? enter() : NULL;
        if (!next)
            next = undo();
    }
}
