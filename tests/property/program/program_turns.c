/* program_turns.c -- the plan of a run: which states are made, which updates are asked for,
 * which of them are to be given up, and what has to be true after each.
 *
 *      round:  make a state --> describe it --> update --> describe it, compare --+
 *                                  ^                                              |
 *                                  +---- once or twice more with the same state --+
 *                                                                                 |
 *              free everything, compare the number of blocks with earlier <-------+
 *
 * An update that was asked to fail must leave the old version's state as it was, and is then
 * tried again in earnest.
 */
#include <kitsune.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program_own.h"

enum { MOST_VERSIONS = 8, SETTLED = 2 };

enum fault { FAULT_NONE, FAULT_RULE, FAULT_CHECK, FAULT_ALLOCATION };

static const char *const fault_names[] = {"no fault", "a rule that fails", "a check that fails",
                                          "an allocation that fails"};

static struct {
    bool begun, updating;
    uint64_t first_seed;
    long rounds, round;
    int updates_left; /* with this state */
    int from;         /* the version that asked for the update */
    enum fault fault;
    long updates, aborts, objects;
    int visits[MOST_VERSIONS];      /* with nothing allocated */
    long settled_blocks[MOST_VERSIONS];
} plan;

static struct property_description before, expected, now;
static long rule_countdown;
static bool check_fails;

bool property_rule_fails(void)
{
    return rule_countdown > 0 && --rule_countdown == 0;
}

bool property_check_holds(void)
{
    return !check_fails;
}

/* ---- When something is wrong ----------------------------------------------------------------- */

/* The line that holds the first difference, up to a little behind it. */
static void print_part(const char *what, const struct property_description *description, size_t at)
{
    size_t start = at, end = at;

    while (start > 0 && at - start < 600 && description->text[start - 1] != '\n')
        start--;
    while (end < description->length && end - at < 80 && description->text[end] != '\n')
        end++;
    printf("%s: %.*s >>>%.*s\n", what, (int)(at - start), description->text + start,
           (int)(end - at), description->text + at);
}

static void __attribute__((noreturn)) fail(const struct property_version *version, const char *what)
{
    printf("FAIL: graph %llu, version %d to %d: %s (%s)\n",
           (unsigned long long)(plan.first_seed + (uint64_t)plan.round), plan.from,
           version->index == plan.from ? version->next_index : version->index, what,
           fault_names[plan.fault]);
    fflush(stdout);
    _Exit(1);
}

static void compare(const struct property_version *version, const char *what,
                    const struct property_description *wanted)
{
    size_t at = 0;

    if (wanted->length == now.length && memcmp(wanted->text, now.text, now.length) == 0)
        return;
    while (at < wanted->length && at < now.length && wanted->text[at] == now.text[at])
        at++;
    print_part("wanted", wanted, at);
    print_part("found ", &now, at);
    if (getenv("PROPERTY_TEXTS"))
        printf("---- wanted\n%.*s---- found\n%.*s----\n", (int)wanted->length, wanted->text,
               (int)now.length, now.text);
    fail(version, what);
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* Everything is freed now: no update may have left a block behind, or freed one that it had not
 * made. */
static void check_blocks(const struct property_version *version)
{
    int index = version->index;
    long blocks = property_live_blocks();

    if (plan.visits[index]++ < SETTLED) {
        plan.settled_blocks[index] = blocks;
        return;
    }
    if (blocks == plan.settled_blocks[index])
        return;
    printf("%ld blocks are allocated where it were %ld\n", blocks, plan.settled_blocks[index]);
    fail(version, "memory is lost, or freed that was not the update's");
}

static void choose_fault(void)
{
    const char *wanted = getenv("PROPERTY_FAULTS");
    int faults = wanted ? atoi(wanted) : 20;

    plan.fault = FAULT_NONE;
    if (!property_percent(faults))
        return;
    plan.fault = (enum fault)(1 + property_below(3));
    if (plan.fault == FAULT_RULE)
        rule_countdown = 1 + property_below(property_percent(50) ? 5 : 500);
    else if (plan.fault == FAULT_CHECK)
        check_fails = true;
}

static void ask_for_update(const struct property_version *version, bool with_faults)
{
    plan.fault = FAULT_NONE;
    if (with_faults)
        choose_fault();
    if (plan.fault)
        property_describe(&before, version->describe);
    property_describe(&expected, version->describe_as_next);
    plan.from = version->index;
    plan.updating = true;
    kitsune_set_next_version((char *)version->next);
    kitsune_signal_update();
    if (plan.fault == FAULT_ALLOCATION)
        property_fail_allocation(1 + property_below(property_percent(50) ? 60 : 400));
}

static void disarm(void)
{
    property_fail_allocation(0);
    rule_countdown = 0;
    check_fails = false;
    plan.updating = false;
}

/* Back from an update point where an update was asked for. */
static void look_at_result(const struct property_version *version)
{
    bool aborted = version->index == plan.from && version->index != version->next_index;

    disarm();
    property_describe(&now, version->describe);
    plan.updates++;
    if (!aborted) {
        compare(version, "the new version's state is not what it should be", &expected);
        return;
    }
    plan.aborts++;
    if (plan.fault == FAULT_NONE)
        fail(version, "the update was refused");
    compare(version, "the state has changed by an update that was given up", &before);
    ask_for_update(version, false);
}

static void begin(int argument_count, char **arguments)
{
    property_watch_memory();
    plan.begun = true;
    plan.first_seed = argument_count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    plan.rounds = argument_count > 2 ? atol(arguments[2]) : 1;
    plan.round = -1;
}

static void begin_round(const struct property_version *version)
{
    plan.round++;
    if (plan.round == plan.rounds) {
        printf("%ld graphs, %ld updates, %ld of them given up, %ld blocks\n", plan.rounds,
               plan.updates, plan.aborts, plan.objects);
        fflush(stdout);
        exit(0);
    }
    property_seed(plan.first_seed + (uint64_t)plan.round);
    version->build();
    plan.updates_left = 1 + property_below(3);
}

static void end_round(const struct property_version *version)
{
    plan.objects += (long)property_owned_count();
    property_release_owned();
    version->clear();
    check_blocks(version);
}

void property_turn(const struct property_version *version, int argument_count, char **arguments)
{
    if (!plan.begun)
        begin(argument_count, arguments);
    if (plan.updating) {
        look_at_result(version);
        if (plan.updating)
            return;
    }
    if (plan.updates_left == 0) {
        if (plan.round >= 0)
            end_round(version);
        begin_round(version);
    }
    plan.updates_left--;
    ask_for_update(version, true);
}
