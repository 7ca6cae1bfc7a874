/* update_arrive.c -- from the new version's update point to the commit. */
#include "update_state.h"

#include <signal.h>
#include <stdlib.h>

#include "crash.h"
#include "exit_handlers.h"
#include "failure.h"
#include "fork_handlers.h"
#include "frames.h"
#include "heap.h"
#include "leftovers.h"
#include "message.h"
#include "migration.h"
#include "previous.h"
#include "program.h"
#include "settings.h"
#include "signal_handlers.h"
#include "steps.h"
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
        failure_advise("the rules that make this state, or the check itself, have to be mended: see "
                       "%s:%d, then run xfgen again", check->file, check->line);
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
    step_begins(STEP_COMMIT);
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
    program.since = clock_time(CLOCK_REALTIME);
    context_end(update.old_context);
    struct image *reverse = update.preparation.reverse;
    update.preparation.reverse = NULL;
    previous_keep(old_version, reverse, update.request.forget_previous);
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
    commit();
    write_times();
    update_end(OUTCOME_COMMITTED);
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
    return monotonic_time() + update_patience();
}

/* The new version is at some other update point.  It may have to pass several on its way; but one
 * that goes round and round past the wrong one never arrives. */
void update_pass_by(const char *wanted, const char *point)
{
    int64_t on_the_way = monotonic_time() - update.entered - update.migrated;
    if (on_the_way > update_patience())
        update_fail("the new version has been on its way to the update point '%s' for %lld s and is "
                    "at '%s' now: is the name the same in both versions?", wanted,
                    (long long)(on_the_way / 1000000000), point);
}

void update_give_up_overdue(const void *machine)
{
    if (!update_is_migrating() || !this_thread->is_main || update.state != UPDATE_MIGRATING ||
        update_is_in_migration())
        return;
    int64_t on_the_way = monotonic_time() - update.entered - update.migrated;
    if (on_the_way <= update_patience() || !may_be_abandoned(machine, update.overdue_tries++))
        return;
    char *place = describe_this_thread();
    char *reason = message_format("the new version has been on its way to the update point '%s' for "
                                  "%lld s and has not come to it; it is in %s: is there a point of "
                                  "that name on its way?", update.point,
                                  (long long)(on_the_way / 1000000000), place);
    free(place);
    update_fail_with(reason);
}
