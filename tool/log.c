/* log.c -- `kitsune log [PID]`: how updates went, newest last. */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "command.h"
#include "control/directory.h"
#include "control/history.h"
#include "common/message.h"
#include "process.h"
#include "records.h"
#include "show.h"
#include "trace.h"

struct options {
    pid_t pid; /* 0: all */
    size_t most;
    bool follows;
    bool as_json;
    const char *trace_path; /* "-": standard output */
};

enum { OPTION_JSON = 256, OPTION_TRACE };

static const struct argp_option option_list[] = {
    {"lines", 'n', "N", 0, "show the last N updates (default: all that are kept)", 0},
    {"follow", 'f', NULL, 0, "then wait for further ones, until interrupted", 0},
    {"json", OPTION_JSON, NULL, 0,
     "print a JSON array; with --follow, one object a line", 0},
    {"trace", OPTION_TRACE, "FILE", 0,
     "write steps and threads as a trace, for Perfetto or chrome://tracing", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    char *end;
    switch (key) {
    case 'n':
        options->most = strtoul(argument, &end, 10);
        if (*end || end == argument)
            argp_error(state, "'%s' is no number", argument);
        return 0;
    case 'f':
        options->follows = true;
        return 0;
    case OPTION_JSON:
        options->as_json = true;
        return 0;
    case OPTION_TRACE:
        options->trace_path = argument;
        return 0;
    case ARGP_KEY_END:
        if (options->trace_path && (options->as_json || options->follows))
            argp_error(state, "--trace excludes --json and --follow");
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num)
            argp_error(state, "too many arguments: '%s'", argument);
        options->pid = process_argument(argument, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp grammar = {
    .options = option_list,
    .parser = parse,
    .args_doc = "[PID]",
    .doc = "Shows how the updates of this user's programs went, newest last: those of process PID, "
           "or of all.  What was refused, aborted or cancelled is told with its step, the rule or "
           "the backtrace, and what to do.  Programs that have ended are remembered for two "
           "weeks.\v"
           "Example: what happened to process 4711 last\n\n"
           "  kitsune log -n 1 4711\n\n"
           "Exit status: 0 done (also when there were no updates); 1 the records cannot be read; "
           "2 usage; 3 nothing is known of PID.",
};

/* ---- Showing --------------------------------------------------------------------------------- */

static const char *field_or(const struct fields *fields, const char *name, const char *otherwise)
{
    const char *value = fields_get(fields, name);
    return value ? value : otherwise;
}

static void show_for_people(const struct fields *record)
{
    char time[TIME_SIZE], duration[DURATION_SIZE];
    const char *outcome = field_or(record, "outcome", "?");
    printf("%s  %s  %s  %s%s\n", format_time(time, fields_get(record, "time")),
           field_or(record, "pid", "?"), outcome, field_or(record, "new_path", "?"),
           fields_get(record, "rollback") ? " (rollback)" : "");
    if (strcmp(outcome, "committed") == 0 || strcmp(outcome, "rehearsed") == 0) {
        printf("  from      %s at \"%s\", now generation %s\n", field_or(record, "old_path", "?"),
               field_or(record, "point", "?"), field_or(record, "generation", "?"));
        if (fields_get(record, "cause"))
            printf("  because   %s\n", fields_get(record, "cause"));
        printf("  pause     %s; %lld objects visited, %lld transformed\n",
               format_duration(duration, fields_number(record, "pause_ns", 0)),
               fields_number(record, "objects_visited", 0),
               fields_number(record, "objects_transformed", 0));
        return;
    }
    printf("  cause     %s\n", field_or(record, "reason", "?"));
    print_failure(stdout, record, "");
    print_running(stdout, fields_get(record, "running_path"), fields_get(record, "generation"),
                  fields_get(record, "running_since"));
}

static void show_line(const struct fields *record)
{
    json_t *object = fields_to_json(record);
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

/* The newest `most`. */
static void show(const struct options *options, const struct records *records, size_t most)
{
    size_t first = records->count > most ? records->count - most : 0;
    json_t *array = options->as_json && !options->follows ? json_array() : NULL;
    for (size_t i = first; i < records->count; i++) {
        const struct fields *record = &records->list[i].fields;
        if (array)
            json_array_append_new(array, fields_to_json(record));
        else if (options->as_json)
            show_line(record);
        else
            show_for_people(record);
    }
    if (array)
        print_json(array);
    fflush(stdout);
}

/* False when it cannot be written, which has been said then. */
static bool write_trace(const struct options *options, const struct records *records)
{
    const char *path = options->trace_path;
    json_t *trace = trace_of_records(records, options->most);
    size_t flags = JSON_INDENT(1) | JSON_REAL_PRECISION(15);
    FILE *stream = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    bool is_written = stream && json_dumpf(trace, stream, flags) == 0 && fputc('\n', stream) != EOF;
    if (stream && (stream == stdout ? fflush(stream) : fclose(stream)) != 0)
        is_written = false;
    if (!is_written)
        fprintf(stderr, "kitsune log: cannot write %s: %s\n", path, strerror(errno));
    json_decref(trace);
    return is_written;
}

/* ---- Following ------------------------------------------------------------------------------- */

/* Until interrupted; comes back when the directory cannot be watched. */
static int follow(const struct options *options, const char *directory, long long after)
{
    int watch = inotify_init1(IN_CLOEXEC);
    if (watch < 0 || inotify_add_watch(watch, directory, IN_MODIFY | IN_CREATE) < 0) {
        fprintf(stderr, "kitsune log: cannot watch %s: %s\n", directory, strerror(errno));
        return STATUS_REFUSED;
    }
    for (;;) {
        struct records records = records_read(directory, options->pid, after);
        show(options, &records, records.count);
        if (records.count)
            after = records.list[records.count - 1].ended;
        records_free(&records);
        char events[4096];
        if (read(watch, events, sizeof events) < 0 && errno != EINTR)
            return STATUS_REFUSED;
    }
}

/* ---- The command ----------------------------------------------------------------------------- */

/* Of a process that has ended the records are in our own directory. */
static char *find_directory(const struct options *options, char **message)
{
    char *directory = options->pid ? directory_of(options->pid) : NULL;
    return directory ? directory : directory_own(message);
}

static bool is_known(const struct options *options, const struct records *records)
{
    if (!options->pid || records->count)
        return true;
    struct process process;
    char *message;
    bool runs = process_find(options->pid, &process, &message);
    if (runs)
        process_free(&process);
    else
        free(message);
    return runs;
}

int log_command(int argument_count, char **arguments)
{
    struct options options = {.most = SIZE_MAX};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &options);
    char *message;
    char *directory = find_directory(&options, &message);
    if (!directory) {
        fprintf(stderr, "kitsune log: %s\n", message);
        free(message);
        return STATUS_REFUSED;
    }
    history_remove_stale(directory);
    struct records records = records_read(directory, options.pid, 0);
    int status = STATUS_DONE;
    if (!is_known(&options, &records)) {
        fprintf(stderr, "kitsune log: nothing is known of process %d: `kitsune log` shows the "
                        "updates of all that are known\n", (int)options.pid);
        status = STATUS_NO_PROGRAM;
    } else if (options.trace_path) {
        status = write_trace(&options, &records) ? STATUS_DONE : STATUS_REFUSED;
    } else {
        show(&options, &records, options.most);
        if (!records.count && !options.as_json && !options.follows)
            printf("no updates are known\n");
    }
    long long last = records.count ? records.list[records.count - 1].ended : 0;
    records_free(&records);
    if (status == STATUS_DONE && options.follows)
        status = follow(&options, directory, last);
    free(directory);
    return status;
}
