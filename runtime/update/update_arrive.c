/* update_arrive.c -- from the new version's update point to the commit. */
#include "update/update_state.h"

#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include "update/children.h"
#include "update/crash.h"
#include "program/exit_handlers.h"
#include "control/failure.h"
#include "program/fork_handlers.h"
#include "program/frames.h"
#include "heap/heap.h"
#include "update/leftovers.h"
#include "common/message.h"
#include "program/migration.h"
#include "update/previous.h"
#include "update/probation.h"
#include "program/program.h"
#include "update/rehearsal.h"
#include "control/settings.h"
#include "program/signal_handlers.h"
#include "control/steps.h"
#include "update/surroundings.h"
#include "threads/keys.h"
#include "threads/thread.h"

static void check_invariants(void)
{
    const struct kitsune_transformer *transformer = update.next->transformer;
    for (size_t i = 0; transformer && i < transformer->check_count; i++) {
        const struct kitsune_check *check = &transformer->checks[i];
        if (check->holds())
            continue;
        failure_at(check->file, check->line);
        failure_advise("the rules that make this state, or the check itself, have to be mended: "
                       "see %s:%d, then run xfgen again", check->file, check->line);
        update_fail("%s:%d: the new state does not pass the check: %s", check->file,
                    check->line, check->text);
    }
}

static void require_memory(void)
{
    char *shortage = update_memory_shortage("taking over the state");
    if (shortage)
        update_fail_with(shortage);
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
    step_begins(STEP_COMMIT);
    update.state = UPDATE_IDLE;
    heap_commit();
    read_statistics();
    migration_end();
    exit_handlers_commit();
    fork_handlers_commit();
    keys_commit();
    frames_commit();
    children_forget();
    surroundings_forget();
    program.running = update.next;
    program.running_context = update.new_context;
    program.generation++;
    program.since = clock_time(CLOCK_REALTIME);
    context_end(update.old_context);
    struct image *reverse = update.preparation.reverse;
    update.preparation.reverse = NULL;
    previous_keep(old_version, reverse, update.request.forget_previous);
    if (!gatherer_leads())
        previous_give_back();
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

void update_arrive(void)
{
    update.state = UPDATE_ARRIVED;
    step_begins(STEP_ARRIVAL);
    update_migration_starts();
    migration_finish();
    update_migration_ends();
    threads_enter();
    update.arrived = monotonic_time();
    step_begins(STEP_MIGRATION);
    heap_finish();
    step_begins(STEP_CHECKS);
    check_invariants();
    step_begins(STEP_ARRIVAL);
    crash_watch_ends();
    crash_stack_give_back();
    signal_handlers_carry_over();
    exit_handlers_carry_over();
    fork_handlers_carry_over();
    keys_carry_over();
    leftovers_check();
    library_threads_require_outside();
    require_memory();
    if (rehearsal_is_child()) {
        read_statistics();
        write_times();
        rehearsal_succeeds();
    }
    commit();
    write_times();
    this_thread->has_crashed = false;
    probation_end(); /* of the version that was left */
    probation_begin(&update.request);
    update.report.probation = update.request.probation;
    update_end_of_leader(OUTCOME_COMMITTED);
    threads_commit();
    pthread_sigmask(SIG_SETMASK, &this_thread->mask, NULL);
}

int64_t update_patience(void)
{
    return update.request.timeout > 0 ? update.request.timeout
                                      : (int64_t)(settings()->timeout * 1e9);
}

int64_t update_arrival_deadline(void)
{
    enum { LEAST = 100 * 1000 * 1000 }; /* main has just made it */
    int64_t whole = update.left + update_patience(), least = monotonic_time() + LEAST;
    return whole > least ? whole : least;
}

static int64_t time_taken(void)
{
    return monotonic_time() - update.left;
}

static double seconds_taken(void)
{
    return (double)time_taken() / 1e9;
}

/* The new version is at some other update point.  It may have to pass several on its way; but one
 * that goes round and round past the wrong one never arrives. */
void update_pass_by(const char *wanted, const char *point)
{
    if (time_taken() > update_patience())
        update_fail("the new version has been on its way to the update point '%s' for %.1f s and "
                    "is at '%s' now: is the name the same in both versions?",
                    wanted, seconds_taken(), point);
}

/* ---- Longer than it may take ----------------------------------------------------------------- */

static bool is_overdue(void)
{
    return update_is_migrating() && this_thread->is_main && time_taken() > update_patience();
}

/* `place` is " in FUNCTION". */
static char *describe_overdue(const char *place)
{
    if (update_is_converting())
        return message_format("the update has been under way for %.1f s, longer than it may take; "
                              "a rule or a check is still at work,%s: does it come to an end? "
                              "Otherwise give it more time (--timeout)", seconds_taken(), place);
    return message_format("the new version has been on its way to the update point '%s' for %.1f s "
                          "and has not come to it; it is%s: is there a point of that name on its "
                          "way?", update.point, seconds_taken(), place);
}

/* In a library that it has called, it may hold its locks: then the next time. */
static void give_up_constructor(const ucontext_t *interrupted)
{
    if (time_taken() <= update_patience() ||
        !loader_runs_constructor((void *)interrupted->uc_mcontext.gregs[REG_RIP]))
        return;
    failure_in(STEP_CONSTRUCTORS);
    crash_note_backtrace(interrupted);
    update_fail("a constructor of the new version has been running for %.1f s: does it come to an "
                "end?", seconds_taken());
}

/* The gatherer has found out that it waits for what will not come (stuck.c). */
static bool is_hopeless(void)
{
    return update.state == UPDATE_MIGRATING && is_main_thread() && gathering_failure();
}

void update_give_up_overdue(const void *machine)
{
    if (update_is_loading())
        give_up_constructor(machine);
    if (is_hopeless() && may_be_abandoned(machine, update.overdue_tries++))
        update_fail_with(copy_string(gathering_failure()));
    if (!is_overdue() || !may_be_abandoned(machine, update.overdue_tries++))
        return;
    crash_note_backtrace(machine);
    char *here = describe_this_thread();
    char *place = update_is_converting() ? crash_place(machine) : message_format(" in %s", here);
    char *reason = describe_overdue(place);
    free(place);
    free(here);
    update_fail_with(reason);
}

void update_give_up_waiting(void)
{
    if (!is_overdue())
        return;
    char *here = describe_this_thread(), *place = message_format(" in %s", here);
    char *reason = describe_overdue(place);
    free(place);
    free(here);
    update_fail_with(reason);
}
