/* update.c -- the life of an update; its states are drawn in update.h. */
#include "update.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kitsune.h>

#include "exit_handlers.h"
#include "fork_handlers.h"
#include "frames.h"
#include "heap.h"
#include "leftovers.h"
#include "log.h"
#include "message.h"
#include "migration.h"
#include "preparation.h"
#include "program.h"
#include "service.h"
#include "signal_handlers.h"
#include "threads/keys.h"
#include "threads/thread.h"

/* How long a new version may take to its update point, when nobody said. */
#define PATIENCE_WITHOUT_DEADLINE (30 * INT64_C(1000000000))

enum update_state { UPDATE_IDLE, UPDATE_LEFT, UPDATE_MIGRATING, UPDATE_ARRIVED, UPDATE_UNDO };

static struct {
    enum update_state state;
    struct request request;
    struct report report;
    char *point;
    struct preparation preparation;
    struct version *next;
    struct context *old_context, *new_context;
    bool heap_began;
    int64_t taken, left, entered, arrived; /* moments */
    int64_t migration_started, migrated;
    unsigned serial;
} update;

/* One thread migrates at a time: the heap engine is not made for more. */
static pthread_mutex_t migration_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int migration_depth __attribute__((tls_model("initial-exec")));

/* Versions that had to stay loaded when they were left. */
static struct version *kept_versions;

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

struct version *update_next_version(void)
{
    return update.next;
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
}

void update_migration_ends(void)
{
    if (--migration_depth > 0)
        return;
    update.migrated += monotonic_time() - update.migration_started;
    pthread_mutex_unlock(&migration_lock);
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

/* ---- Failing ----------------------------------------------------------------------------------- */

void update_fail(const char *format, ...)
{
    char *reason = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&reason, format, arguments) < 0)
        reason = NULL;
    va_end(arguments);
    update_fail_with(reason ? reason : copy_string(format));
}

void update_fail_with(char *reason)
{
    if (this_thread && !this_thread->is_main && update_is_migrating())
        thread_fail(reason);
    if (update.state != UPDATE_MIGRATING && update.state != UPDATE_ARRIVED) {
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

/* ---- The driver's context: loading and undoing --------------------------------------------------- */

static void begin_heap(void)
{
    const struct loaded *old_object = program.running->object, *new_object = update.next->object;
    size_t stack_count;
    struct heap_stack *stacks = threads_stacks(update.old_context->stack, &stack_count);
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
        .stacks = stacks,
        .stack_count = stack_count,
        .old_is_read = image_reads_old_version(new_object->image),
    };
    const struct loaded *transformer = program.running->transformer_object;
    if (transformer) {
        setup.old_transformer_start = transformer->start;
        setup.old_transformer_end = transformer->end;
    }
    update.heap_began = true;
    heap_begin(&setup);
    free(stacks);
}

/* First function on the new version's stack. */
static void enter_new_version(void)
{
    context_entered(&program.driver);
    update.entered = monotonic_time();
    update_migration_starts();
    begin_heap();
    migration_begin();
    update_migration_ends();
    int status = update.next->main(program.argument_count, program.arguments, environ);
    if (update_is_migrating())
        update_fail("the new version's main returned %d before it came to the update point '%s'",
                    status, update.point);
    exit(status);
}

static bool load_next(char **message)
{
    struct preparation *preparation = &update.preparation;
    struct image *next = preparation->next, *transformer = preparation->transformer;
    preparation->next = preparation->transformer = NULL; /* owned by the version from here on */
    update.next = version_load(next, message);
    bool loaded = update.next != NULL;
    if (!loaded)
        image_free(transformer);
    else if (preparation->kind == TRANSFORMER_FILE)
        loaded = version_load_transformer(update.next, transformer, message);
    else if (preparation->kind == TRANSFORMER_LINKED)
        loaded = version_use_linked_transformer(update.next, message);
    if (loaded && preparation->kind == TRANSFORMER_WRITTEN)
        program.running->must_stay = true;
    return loaded;
}

/* The context to go on with. */
static struct context *load_and_enter(void)
{
    char *message = NULL;
    struct stack *stack = NULL;
    bool loaded = load_next(&message);
    if (loaded && !(stack = stack_take()))
        message = copy_string("no address space for the new version's stack: lower `ulimit -s`");
    if (message) {
        update.report.reason = message;
        update.state = UPDATE_UNDO;
        return NULL;
    }
    update.new_context =
        update.old_context == &contexts[0] ? &contexts[1] : &contexts[0];
    context_prepare(update.new_context, stack, enter_new_version);
    update.report.load_time = monotonic_time() - update.left;
    update.state = UPDATE_MIGRATING;
    return update.new_context;
}

static struct context *undo(void)
{
    if (update.heap_began)
        heap_abort();
    migration_end();
    exit_handlers_restore();
    fork_handlers_restore();
    keys_restore();
    frames_restore();
    signal_handlers_restore();
    version_unload(update.next);
    update.next = NULL;
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
        next = update.state == UPDATE_LEFT ? load_and_enter() : NULL;
        if (!next)
            next = undo();
    }
}

/* ---- Leaving ------------------------------------------------------------------------------------- */

static void end_update(enum outcome outcome)
{
    update.report.outcome = outcome;
    update.report.generation = program.generation;
    service_report(&update.request, &update.report);
    request_free(&update.request);
    preparation_free(&update.preparation);
    free(update.point);
    update.point = NULL;
    update.heap_began = false;
    update.new_context = update.old_context = NULL;
    update.next = NULL;
    update.migrated = 0;
}

static bool prepare(void)
{
    struct request *request = &update.request;
    struct wanted_update wanted = {
        .next_path = request->next_path,
        .transformer_path = request->transformer_path,
        .allow_written = request->allow_written,
        .old_path = version_path(program.running),
        .old_build_id = version_build_id(program.running),
    };
    char *message;
    int64_t started = monotonic_time();
    bool prepared = false;
    if (request->next.number >= 0) {
        int next = request->next.number, transformer = request->transformer.number;
        request->next = request->transformer = DESCRIPTOR_NONE;
        prepared = preparation_adopt(&update.preparation, &wanted, next, transformer, &message);
    } else {
        prepared = preparation_read(&update.preparation, &wanted, &message);
    }
    update.report.prepare_time = request->prepare_time + monotonic_time() - started;
    if (prepared)
        update.report.new_build_id = copy_string(update.preparation.next->elf.build_id);
    else
        update.report.reason = message;
    return prepared;
}

static void begin_report(void)
{
    struct report *report = &update.report;
    *report = (struct report){0};
    report->old_path = copy_string(version_path(program.running));
    report->old_build_id = copy_string(version_build_id(program.running));
    report->new_path = copy_string(update.request.next_path);
}

static void tell_phase(const char *phase)
{
    struct text text = {0};
    text_add_field(&text, "phase", "%s", phase);
    text_end_fields(&text);
    request_answer(&update.request, &text);
    text_free(&text);
}

/* In the old version's context, at its update point.  Returns there only when the update does not
 * happen. */
static void leave(const char *point)
{
    tell_phase("taken");
    free(update.report.point);
    update.report.point = copy_string(point);
    update.point = copy_string(point);
    update.old_context = program.running_context;
    update.serial++;
    update.left = update.taken = monotonic_time();
    if (update.request.sent)
        update.report.quiesce_time = update.taken - update.request.sent;
    threads_count(&update.report.threads, &update.report.library_threads);
    sigset_t mask; /* the new version's changes are not for us */
    signal_handlers_hold(&mask);
    this_thread->mask = mask;
    frames_leave();
    exit_handlers_leave();
    fork_handlers_leave();
    keys_leave();
    service_write_status("updating");
    update.state = UPDATE_LEFT;
    context_switch(update.old_context, &program.driver);
    update.state = UPDATE_IDLE;
    end_update(OUTCOME_ABORTED);
    this_thread->mask = mask;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

/* A request is there and its files are in order. */
static bool take_request(void)
{
    if (update.state != UPDATE_IDLE || !service_take(&update.request))
        return false;
    begin_report();
    if (threads_are_several())
        tell_phase("gathering");
    if (prepare())
        return true;
    end_update(OUTCOME_REFUSED);
    return false;
}

/* ---- With several threads: what the gatherer asks for ------------------------------------------------ */

bool update_take_request(void)
{
    return take_request();
}

bool update_is_withdrawn(void)
{
    return request_is_withdrawn(&update.request);
}

int64_t update_gathering_deadline(int64_t now)
{
    return update.request.deadline ? update.request.deadline : now + PATIENCE_WITHOUT_DEADLINE;
}

void update_cancel(char *reason)
{
    update.report.reason = reason;
    end_update(OUTCOME_CANCELLED);
}

void update_lead(const char *point)
{
    leave(point);
}

/* ---- Arriving ------------------------------------------------------------------------------------ */

static void check_invariants(void)
{
    const struct kitsune_transformer *transformer = update.next->transformer;
    for (size_t i = 0; transformer && i < transformer->check_count; i++) {
        const struct kitsune_check *check = &transformer->checks[i];
        if (!check->holds())
            update_fail("%s:%d: the new state does not pass the check: %s", check->file,
                        check->line, check->text);
    }
}

static void read_statistics(void)
{
    struct heap_statistics statistics = {0};
    heap_read_statistics(&statistics);
    update.report.objects_visited = statistics.objects_visited;
    update.report.objects_transformed = statistics.objects_transformed;
    update.report.bytes_transformed = statistics.bytes_transformed;
    update.report.bookkeeping_bytes = statistics.bookkeeping_bytes;
}

/* From here on nothing may fail. */
static void commit(void)
{
    struct version *old_version = program.running;
    leftovers_carry_over();
    update.state = UPDATE_IDLE;
    heap_commit();
    read_statistics();
    migration_end();
    exit_handlers_commit();
    fork_handlers_commit();
    keys_commit();
    frames_commit();
    program.running = update.next;
    program.running_context = update.new_context;
    program.generation++;
    context_end(update.old_context);
    if (old_version->must_stay) {
        old_version->next_kept = kept_versions;
        kept_versions = old_version;
    } else {
        version_unload(old_version);
    }
}

static void write_times(void)
{
    struct report *report = &update.report;
    int64_t now = monotonic_time();
    report->migrate_time = update.migrated;
    report->enter_time = update.arrived - update.entered - update.migrated;
    report->commit_time = now - update.arrived;
    report->pause_time = now - update.taken;
}

static void arrive(void)
{
    update.state = UPDATE_ARRIVED;
    update_migration_starts();
    migration_finish();
    update_migration_ends();
    threads_enter();
    update.arrived = monotonic_time();
    heap_finish();
    check_invariants();
    signal_handlers_carry_over();
    exit_handlers_carry_over();
    fork_handlers_carry_over();
    keys_carry_over();
    leftovers_check();
    commit();
    write_times();
    end_update(OUTCOME_COMMITTED);
    threads_commit();
    pthread_sigmask(SIG_SETMASK, &this_thread->mask, NULL);
}

/* How long the new version may take, in nanoseconds. */
static int64_t patience(void)
{
    return update.request.deadline && update.request.sent
               ? update.request.deadline - update.request.sent
               : PATIENCE_WITHOUT_DEADLINE;
}

int64_t update_arrival_deadline(void)
{
    return monotonic_time() + patience();
}

/* The new version is at some other update point.  It may have to pass several on its way; but one
 * that goes round and round past the wrong one never arrives. */
static void pass_by(const char *wanted, const char *point)
{
    int64_t on_the_way = monotonic_time() - update.entered - update.migrated;
    if (on_the_way > patience())
        update_fail("the new version has been on its way to the update point '%s' for %lld s and is "
                    "at '%s' now: is the name the same in both versions?", wanted,
                    (long long)(on_the_way / 1000000000), point);
}

/* ---- What programs call -------------------------------------------------------------------------- */

/* Where this thread, being in the new version, has to come to. */
static const char *wanted_point(void)
{
    const struct thread *self = this_thread;
    if (self->is_main)
        return update.point;
    return self->new_point ? self->new_point : self->point;
}

/* Main's mutex is free while the other threads come to their points, as theirs are. */
static void arrive_holding(pthread_mutex_t *held)
{
    if (held)
        pthread_mutex_unlock(held);
    arrive();
    if (held)
        pthread_mutex_lock(held);
}

static void reach(const char *point, pthread_mutex_t *held)
{
    struct thread *self = this_thread;
    if (update_is_migrating()) {
        thread_retreat_if_ordered();
        if (strcmp(point, wanted_point()) != 0)
            pass_by(wanted_point(), point);
        else if (self->is_main)
            arrive_holding(held);
        else
            park_arrived(held);
    } else if (threads_are_several()) {
        park(point, held);
    } else if (self->is_main && take_request()) {
        leave(point);
    }
}

KITSUNE_PUBLIC void kitsune_reach_update_point(const char *point)
{
    if (!program.is_driven || !this_thread)
        return;
    int saved_errno = errno;
    reach(point, NULL);
    errno = saved_errno;
}

KITSUNE_PUBLIC void kitsune_reach_update_point_holding(const char *point, void *mutex)
{
    if (!program.is_driven || !this_thread)
        return;
    int saved_errno = errno;
    reach(point, mutex);
    errno = saved_errno;
}

KITSUNE_PUBLIC int kitsune_is_updating(void)
{
    return update_is_migrating();
}

KITSUNE_PUBLIC int kitsune_is_updating_from(const char *point)
{
    return update_is_migrating() && strcmp(point, wanted_point()) == 0;
}

KITSUNE_PUBLIC void kitsune_signal_update(void)
{
    if (program.is_driven)
        service_wish();
}

KITSUNE_PUBLIC void kitsune_set_next_version(char *path)
{
    if (program.is_driven)
        service_wish_path(path);
}

KITSUNE_PUBLIC void kitsune_clear_request(void)
{
    if (program.is_driven)
        service_forget_wish();
}
