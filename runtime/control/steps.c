/* steps.c -- which step the update is in, and when it was in which. */
#include "control/steps.h"

#include <stddef.h>

#include "control/progress.h"

static struct report *report; /* of the update under way; NULL: none */
static enum step current;
static int64_t current_since;

void step_was(enum step step, int64_t begin, int64_t end)
{
    if (!report || step == STEP_NONE || end <= begin)
        return;
    /* A program may migrate variable by variable, thousands of them.  When there is no room left
     * the last span stands for all that follow. */
    if (report->span_count == MOST_SPANS)
        report->spans[MOST_SPANS - 1].end = end;
    else
        report->spans[report->span_count++] = (struct span){step, begin, end};
}

void steps_begin(struct report *of)
{
    report = of;
    report->wall_time = clock_time(CLOCK_REALTIME);
    report->moment = current_since = monotonic_time();
    current = STEP_NONE;
    struct progress *progress = progress_page();
    progress->update_since = report->moment;
    progress->objects_done = progress->objects_known = progress->bytes_done = 0;
}

void step_begins(enum step step)
{
    int64_t now = monotonic_time();
    step_was(current, current_since, now);
    current = step;
    current_since = now;
    struct progress *progress = progress_page();
    progress->step_since = now;
    progress->step = step;
}

enum step step_now(void)
{
    return current;
}

void steps_end(void)
{
    step_begins(STEP_NONE);
    report = NULL;
}
