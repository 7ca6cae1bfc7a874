/* progress_line.c -- a line on the terminal that says how far an update has come.
 *
 *      migration  1.2 s  12,345,678 objects, 10.3 million/s, about 3 s left
 *
 * How many objects there are nobody knows before all of them are reached.  What is left is
 * estimated from the last update of the program, which visited about as many; else from the
 * memory that the program has, which the objects cannot exceed by much: then it is "at most".
 */
#include "progress_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/message.h"
#include "control/progress.h"
#include "control/report.h"

enum { INTERVAL = 200, FIRST_AFTER = 500 }; /* milliseconds */

struct progress_line {
    const struct process *process;
    int64_t began; /* moment */
    uint64_t objects_expected; /* as many as last time; 0: unknown */
    uint64_t bytes_expected;   /* the program's anonymous memory; 0: unknown */
    int64_t first_moment;      /* when the first objects were seen, and how many */
    uint64_t first_objects;
    bool is_shown;
};

/* What the program had allocated and used when it was asked. */
static uint64_t anonymous_bytes(pid_t pid)
{
    char *path = message_format("/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    char line[256];
    uint64_t kilobytes = 0;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "RssAnon: %" SCNu64, &kilobytes) == 1)
            break;
    if (file)
        fclose(file);
    free(path);
    return kilobytes * 1024;
}

struct progress_line *progress_line_begin(const struct process *process)
{
    if (!isatty(STDERR_FILENO))
        return NULL;
    struct progress_line *line = allocate(sizeof *line);
    line->process = process;
    line->began = monotonic_time();
    line->objects_expected =
        (uint64_t)fields_number(&process->status, "last_objects_visited", 0);
    line->bytes_expected = anonymous_bytes(process->pid);
    return line;
}

int progress_line_pause(const struct progress_line *line)
{
    return line ? INTERVAL : -1;
}

/* ---- The line -------------------------------------------------------------------------------- */

/* "12,345,678" */
static void format_count(char *text, size_t size, uint64_t count)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t used = 0;
    for (int i = 0; i < length && used + 2 < size; i++) {
        if (i && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
}

/* Objects a second since the first that were seen; 0: not known yet. */
static double rate(struct progress_line *line, const struct progress *progress, int64_t now)
{
    if (!line->first_moment || progress->objects_done < line->first_objects) {
        line->first_moment = now;
        line->first_objects = progress->objects_done;
    }
    if (now - line->first_moment < INTERVAL * INT64_C(1000000))
        return 0;
    return (double)(progress->objects_done - line->first_objects) * 1e9 /
           (double)(now - line->first_moment);
}

static void print_time_left(const struct progress_line *line, const struct progress *progress,
                            double speed)
{
    double done = (double)progress->objects_done;
    if (line->objects_expected > progress->objects_done) {
        fprintf(stderr, ", about %.0f s left", ((double)line->objects_expected - done) / speed);
    } else if (!line->objects_expected && progress->bytes_done &&
               line->bytes_expected > progress->bytes_done) {
        double size = (double)progress->bytes_done / done;
        fprintf(stderr, ", at most %.0f s left",
                (double)(line->bytes_expected - progress->bytes_done) / size / speed);
    }
}

static void print_objects(struct progress_line *line, const struct progress *progress, int64_t now)
{
    char count[48];
    double speed = rate(line, progress, now);
    format_count(count, sizeof count, progress->objects_done);
    fprintf(stderr, "  %s objects", count);
    if (speed <= 0)
        return;
    if (speed >= 1e6)
        fprintf(stderr, ", %.1f million/s", speed / 1e6);
    else
        fprintf(stderr, ", %.0f/s", speed);
    print_time_left(line, progress, speed);
}

void progress_line_show(struct progress_line *line)
{
    struct progress progress;
    int64_t now = monotonic_time();
    if (!line || now - line->began < FIRST_AFTER * INT64_C(1000000))
        return;
    bool has_begun = process_progress(line->process, &progress);
    progress_line_clear(line);
    line->is_shown = true;
    fprintf(stderr, "%s  %.1f s", has_begun ? step_name((enum step)progress.step) : "quiescence",
            (double)(now - line->began) / 1e9);
    if (has_begun && progress.objects_done)
        print_objects(line, &progress, now);
    fflush(stderr);
}

void progress_line_clear(struct progress_line *line)
{
    if (line && line->is_shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        line->is_shown = false;
    }
}

void progress_line_end(struct progress_line *line)
{
    progress_line_clear(line);
    free(line);
}
