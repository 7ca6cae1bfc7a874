/* update.c -- `kitsune update PID NEXT.so`: asks, waits, and tells how it went.
 *
 * The files are read, checked and sealed here, while the program runs on; what is refused here
 * never disturbs it.
 */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "configuration.h"
#include "exchange.h"
#include "message.h"
#include "preparation.h"
#include "report.h"
#include "show.h"

struct options {
    pid_t pid;
    const char *next_path;
    const char *transformer_path;
    bool allow_written;
    bool as_json;
    /* Of the keys that have an option, what it said; NULL: nothing. */
    const char *chosen[KEY_COUNT];
    struct configuration configuration;
};

/* The options that are keys of the configuration come first. */
enum { OPTION_KEY = 256, OPTION_XF = OPTION_KEY + KEY_COUNT, OPTION_MANUAL, OPTION_JSON };

static const struct argp_option option_list[] = {
    {"xf", OPTION_XF, "FILE", 0, "the transformer, instead of NEXT.so.d/BUILD-ID.so", 0},
    {"manual", OPTION_MANUAL, NULL, 0,
     "without a generated transformer: hand-written ones, and plain copies of every variable "
     "whose size is the same", 0},
    {"timeout", OPTION_KEY + KEY_TIMEOUT, "SECONDS", 0,
     "give up a new version that is not at its update point after this time (default 30)", 0},
    {"quiesce-timeout", OPTION_KEY + KEY_QUIESCE_TIMEOUT, "SECONDS", 0,
     "withdraw the request when no update point of the running version is reached in this time "
     "(default: as --timeout)", 0},
    {"json", OPTION_JSON, NULL, 0, "print the outcome as JSON", 0},
    {0},
};

static void choose(struct options *options, enum configuration_key key, const char *value,
                   struct argp_state *state)
{
    struct configuration tried = {0};
    char *message;
    if (!configuration_set(&tried, key, value, "", &message))
        argp_error(state, "--%s: %s", configuration_key_name(key), message);
    configuration_free(&tried);
    options->chosen[key] = value;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case OPTION_XF:
        options->transformer_path = argument;
        return 0;
    case OPTION_MANUAL:
        options->allow_written = true;
        return 0;
    case OPTION_KEY + KEY_TIMEOUT:
    case OPTION_KEY + KEY_QUIESCE_TIMEOUT:
        choose(options, key - OPTION_KEY, argument, state);
        return 0;
    case OPTION_JSON:
        options->as_json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0) {
            options->pid = parse_process_number(argument);
            if (!options->pid)
                argp_error(state, "'%s' is no process number", argument);
        } else if (state->arg_num == 1) {
            options->next_path = argument;
        } else {
            argp_error(state, "too many arguments: '%s'", argument);
        }
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 2)
            argp_error(state, "name the process and the next version");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp grammar = {
    .options = option_list,
    .parser = parse,
    .args_doc = "PID NEXT.so",
    .doc = "Updates the running program PID to the version NEXT.so, waits, and tells how it "
           "went.\v"
           "Exit status: 0 done; 1 refused or aborted, the old version runs on; 2 usage; 3 no "
           "such program.  The defaults of options can be set: see `kitsune help config`.",
};

/* ---- Output ---------------------------------------------------------------------------------------- */

/* What did not come from the program itself. */
static int tell_failure(const struct options *options, const char *outcome, const char *reason,
                        int status)
{
    if (options->as_json)
        print_json(json_pack("{s:i, s:s, s:s, s:s}", "pid", (int)options->pid, "outcome", outcome,
                             "reason", reason, "new_path", options->next_path));
    else
        fprintf(stderr, "kitsune update: %s: %s\n", outcome, reason);
    return status;
}

static void print_phase(const struct fields *answer, const char *title, const char *name,
                        const char *remark)
{
    char duration[DURATION_SIZE];
    printf("  %-12s %14s%s%s\n", title,
           format_duration(duration, fields_number(answer, name, 0)), *remark ? "   " : "",
           remark);
}

static void print_success(const struct fields *answer)
{
    printf("updated %s to %s (generation %s) at \"%s\"\n", fields_get(answer, "pid"),
           fields_get(answer, "new_path"), fields_get(answer, "generation"),
           fields_get(answer, "point"));
    char *objects = message_format("%lld objects visited, %lld transformed (%lld bytes)",
                                   fields_number(answer, "objects_visited", 0),
                                   fields_number(answer, "objects_transformed", 0),
                                   fields_number(answer, "bytes_transformed", 0));
    long long threads = fields_number(answer, "threads", 1);
    long long library_threads = fields_number(answer, "library_threads", 0);
    char *aside = library_threads ? message_format("; %lld of libraries left alone", library_threads)
                                  : copy_string("");
    char *quiescence =
        threads > 1 ? message_format("from the request to the update points of %lld threads%s",
                                     threads, aside)
                    : message_format("from the request to the update point%s", aside);
    print_phase(answer, "prepare", "prepare_ns", "while the program ran on");
    print_phase(answer, "quiescence", "quiesce_ns", quiescence);
    print_phase(answer, "load", "load_ns", "");
    print_phase(answer, "migration", "migrate_ns", objects);
    print_phase(answer, "entry", "enter_ns", "of the new main");
    print_phase(answer, "commit", "commit_ns", "");
    print_phase(answer, "pause", "pause_ns", "in all");
    free(objects);
    free(quiescence);
    free(aside);
}

static int tell_answer(const struct options *options, const struct fields *answer)
{
    const char *outcome = fields_get(answer, "outcome"), *reason = fields_get(answer, "reason");
    bool done = outcome && strcmp(outcome, outcome_name(OUTCOME_COMMITTED)) == 0;
    if (options->as_json)
        print_json(fields_to_json(answer));
    else if (done)
        print_success(answer);
    else
        fprintf(stderr, "kitsune update: %s: %s\n", outcome ? outcome : "failed",
                reason ? reason : "the program does not say why");
    return done ? STATUS_DONE : STATUS_REFUSED;
}

/* ---- The update ------------------------------------------------------------------------------------ */

/* The program has another working directory. */
static char *absolute_path(const char *path)
{
    char *absolute = path ? realpath(path, NULL) : NULL;
    return absolute ? absolute : path ? copy_string(path) : NULL;
}

static int ask(const struct options *options, const struct process *process,
               struct request *request)
{
    struct fields answer;
    char *message = NULL;
    int status = STATUS_REFUSED;
    switch (exchange_request(process, request, &answer, &message)) {
    case EXCHANGE_ANSWERED:
        status = tell_answer(options, &answer);
        fields_free(&answer);
        break;
    case EXCHANGE_TIMED_OUT:
        message = message_format("the program did not come to an update point within %g s; the "
                                 "request is withdrawn and the old version runs on: try a longer "
                                 "--quiesce-timeout, or see where it is (gdb -p %d)",
                                 configuration_quiesce_timeout(&options->configuration),
                                 (int)options->pid);
        tell_failure(options, "cancelled", message, status);
        break;
    case EXCHANGE_UNREACHABLE:
        tell_failure(options, "refused", message, status);
        break;
    case EXCHANGE_DIED:
        status = tell_failure(options, "failed", "the program ended during the update",
                              STATUS_NO_PROGRAM);
        break;
    }
    free(message);
    return status;
}

static int64_t nanoseconds(double seconds)
{
    return (int64_t)(seconds * 1e9);
}

static int update_process(const struct options *options, const struct process *process)
{
    const struct configuration *configuration = &options->configuration;
    int64_t started = monotonic_time();
    char *next_path = absolute_path(options->next_path);
    char *transformer_path = absolute_path(options->transformer_path);
    struct wanted_update wanted = {
        .next_path = next_path,
        .transformer_path = transformer_path,
        .allow_written = options->allow_written,
        .old_path = fields_get(&process->status, "path"),
        .old_build_id = fields_get(&process->status, "build_id"),
    };
    struct preparation preparation;
    char *message;
    int status;
    if (preparation_read(&preparation, &wanted, &message)) {
        struct image *transformer = preparation.transformer;
        int64_t now = monotonic_time();
        struct request request = {
            .next_path = next_path,
            .transformer_path = transformer ? transformer->path : NULL,
            .allow_written = options->allow_written,
            .deadline = now + nanoseconds(configuration_quiesce_timeout(configuration)),
            .timeout = nanoseconds(configuration->timeout),
            .sent = now,
            .prepare_time = now - started,
            .next = preparation.next->descriptor,
            .transformer = transformer ? transformer->descriptor : DESCRIPTOR_NONE,
        };
        status = ask(options, process, &request);
        preparation_free(&preparation);
    } else {
        status = tell_failure(options, "refused", message, STATUS_REFUSED);
        free(message);
    }
    free(next_path);
    free(transformer_path);
    return status;
}

/* Files, environment and options together. */
static bool configure(struct options *options, const struct process *process, char **message)
{
    struct configuration *configuration = &options->configuration;
    if (configuration_read(configuration, fields_get(&process->status, "path"), message) !=
        CONFIGURATION_READ)
        return false;
    for (size_t key = 0; key < KEY_COUNT; key++)
        if (options->chosen[key]) {
            char *origin = message_format("--%s", configuration_key_name(key));
            configuration_set(configuration, key, options->chosen[key], origin, message);
            free(origin);
        }
    return true;
}

int update_command(int argument_count, char **arguments)
{
    struct options options = {0};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &options);
    struct process process;
    char *message;
    int status;
    if (!process_find(options.pid, &process, &message)) {
        status = tell_failure(&options, "failed", message, STATUS_NO_PROGRAM);
        free(message);
        return status;
    }
    if (configure(&options, &process, &message)) {
        status = update_process(&options, &process);
    } else {
        status = tell_failure(&options, "failed", message, STATUS_USAGE);
        free(message);
    }
    configuration_free(&options.configuration);
    process_free(&process);
    return status;
}
