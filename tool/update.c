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
#include "control/configuration.h"
#include "common/message.h"
#include "files/preparation.h"
#include "probation.h"
#include "control/report.h"
#include "tell.h"

struct options {
    pid_t pid;
    const char *next_path;
    const char *transformer_path;
    const char *reverse_path;
    bool allow_written;
    bool as_json;
    bool is_dry_run;
    bool only_if_new; /* it is fine when the program runs this build already */
    const char *health_command;
    double health_interval, health_timeout; /* seconds */
    bool is_detached;
    /* Of the keys that have an option, what it said; NULL: nothing. */
    const char *chosen[KEY_COUNT];
    struct configuration configuration;
};

/* The options that are keys of the configuration come first. */
enum { OPTION_KEY = 256, OPTION_XF = OPTION_KEY + KEY_COUNT, OPTION_MANUAL, OPTION_JSON,
       OPTION_NO_REHEARSAL, OPTION_DRY_RUN,
       OPTION_IF_NEW, OPTION_REVERSE, OPTION_HEALTH, OPTION_HEALTH_INTERVAL,
       OPTION_HEALTH_TIMEOUT, OPTION_DETACH };

static const struct argp_option option_list[] = {
    {"xf", OPTION_XF, "FILE", 0, "the transformer, instead of NEXT.so.d/BUILD-ID.so", 0},
    {"manual", OPTION_MANUAL, NULL, 0,
     "without a generated transformer: hand-written ones, and plain copies of every variable "
     "whose size is the same", 0},
    {"reverse", OPTION_REVERSE, "FILE", 0,
     "the transformer of the way back, for `kitsune rollback`, instead of OLD.so.d/BUILD-ID.so", 0},
    {"keep-previous", OPTION_KEY + KEY_KEEP_PREVIOUS, "yes|no", 0,
     "keep the version that is left in memory, for a rollback (default yes)", 0},
    {"rehearse", OPTION_KEY + KEY_REHEARSE, NULL, 0,
     "try the update in a forked child first, and do it only when that goes well", 0},
    {"no-rehearse", OPTION_NO_REHEARSAL, NULL, 0, "do not, whatever the settings say", 0},
    {"dry-run", OPTION_DRY_RUN, NULL, 0,
     "only rehearse it: exit status 0 when it would have worked", 0},
    {"probation", OPTION_KEY + KEY_PROBATION, "SECONDS", 0,
     "after the update, go back when the new version crashes within this time, and wait for its end",
     0},
    {"health", OPTION_HEALTH, "COMMAND", 0,
     "on probation, run this again and again, and go back when it fails", 0},
    {"health-interval", OPTION_HEALTH_INTERVAL, "SECONDS", 0, "how often (default 1)", 0},
    {"health-timeout", OPTION_HEALTH_TIMEOUT, "SECONDS", 0,
     "how long it may take (default 10)", 0},
    {"detach", OPTION_DETACH, NULL, 0, "do not wait for the end of the probation", 0},
    {"if-new", OPTION_IF_NEW, NULL, 0,
     "do nothing, successfully, when the program runs this build already", 0},
    {"timeout", OPTION_KEY + KEY_TIMEOUT, "SECONDS", 0,
     "give up a new version that is not at its update point after this time (default 30)", 0},
    {"quiesce-timeout", OPTION_KEY + KEY_QUIESCE_TIMEOUT, "SECONDS", 0,
     "withdraw the request when no update point of the running version is reached in this time "
     "(default: as --timeout)", 0},
    {"allow-others-files", OPTION_KEY + KEY_ALLOW_OTHERS_FILES, NULL, 0,
     "for development: load files that others own or can write to", 0},
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

static double parse_seconds(const char *text, struct argp_state *state)
{
    char *end;
    double seconds = strtod(text, &end);
    if (*end || end == text || !(seconds > 0 && seconds < 1e6))
        argp_error(state, "'%s' is no time in seconds", text);
    return seconds;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case OPTION_XF:
        options->transformer_path = argument;
        return 0;
    case OPTION_KEY + KEY_REHEARSE:
        choose(options, KEY_REHEARSE, "yes", state);
        return 0;
    case OPTION_NO_REHEARSAL:
        choose(options, KEY_REHEARSE, "no", state);
        return 0;
    case OPTION_DRY_RUN:
        options->is_dry_run = true;
        return 0;
    case OPTION_IF_NEW:
        options->only_if_new = true;
        return 0;
    case OPTION_MANUAL:
        options->allow_written = true;
        return 0;
    case OPTION_REVERSE:
        options->reverse_path = argument;
        return 0;
    case OPTION_KEY + KEY_TIMEOUT:
    case OPTION_KEY + KEY_QUIESCE_TIMEOUT:
    case OPTION_KEY + KEY_KEEP_PREVIOUS:
    case OPTION_KEY + KEY_PROBATION:
        choose(options, key - OPTION_KEY, argument, state);
        return 0;
    case OPTION_KEY + KEY_ALLOW_OTHERS_FILES:
        options->chosen[KEY_ALLOW_OTHERS_FILES] = "yes";
        return 0;
    case OPTION_HEALTH:
        options->health_command = argument;
        return 0;
    case OPTION_HEALTH_INTERVAL:
        options->health_interval = parse_seconds(argument, state);
        return 0;
    case OPTION_HEALTH_TIMEOUT:
        options->health_timeout = parse_seconds(argument, state);
        return 0;
    case OPTION_DETACH:
        options->is_detached = true;
        return 0;
    case OPTION_JSON:
        options->as_json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0) {
            options->pid = process_argument(argument, state);
        } else if (state->arg_num == 1) {
            options->next_path = argument;
        } else {
            argp_error(state, "too many arguments: '%s'", argument);
        }
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 2)
            argp_error(state, "name the process and the next version");
        if (options->health_command && options->is_detached)
            argp_error(state, "--health is run by this command, which has to wait: no --detach");
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
           "Example: generate the transformer, install it beside the new version, and update\n\n"
           "  xfgen server-1.so server-2.so server.xf --install\n"
           "  kitsune update 4711 ./server-2.so\n\n"
           "Exit status: 0 done; 1 refused or aborted, the old version runs on; 2 usage; 3 no "
           "such program.  The defaults of options can be set: see `kitsune help config`.",
};

/* ---- The update ------------------------------------------------------------------------------ */

/* The program has another working directory. */
static char *absolute_path(const char *path)
{
    char *absolute = path ? realpath(path, NULL) : NULL;
    return absolute ? absolute : path ? copy_string(path) : NULL;
}

static struct telling telling_of(const struct options *options)
{
    return (struct telling){.command = "kitsune update", .pid = options->pid,
                            .new_path = options->next_path, .as_json = options->as_json};
}

/* A probation that could not lead back is none.  NULL: it could; malloc. */
static char *probation_refusal(const struct options *options, const struct wanted_update *wanted,
                               const struct preparation *preparation)
{
    const struct configuration *configuration = &options->configuration;
    const char *next = preparation->next->path;
    if (configuration->probation <= 0)
        return options->health_command ? copy_string("--health needs --probation") : NULL;
    if (!configuration->keep_previous)
        return copy_string("probation needs the version before: keep-previous must be yes");
    if (preparation->reverse)
        return NULL;
    return message_format("probation needs a transformer that leads back from %s (%s) to %s (%s): "
                          "make one with `xfgen %s %s --reverse --install` (with the update's .xf "
                          "file behind the two versions, if it has one), or name it with --reverse "
                          "FILE; --probation 0 does without", next, preparation->next->elf.build_id,
                          wanted->old_path, wanted->old_build_id, wanted->old_path, next);
}

/* Reads the transformer of the way back, too, unless nobody will want it. */
static bool prepare(const struct options *options, const struct wanted_update *wanted,
                    struct preparation *preparation, char **message)
{
    const struct configuration *configuration = &options->configuration;
    if (!process_trusts_way(options->next_path, wanted->trusted_user, message) ||
        !process_trusts_way(options->transformer_path, wanted->trusted_user, message) ||
        !process_trusts_way(options->reverse_path, wanted->trusted_user, message) ||
        !preparation_read(preparation, wanted, message))
        return false;
    if (configuration->keep_previous) {
        if (!preparation_add_reverse(preparation, wanted, -1, message)) {
            preparation_free(preparation);
            return false;
        }
        if (*message)
            fprintf(stderr, "kitsune update: no way back will be kept: %s\n", *message);
        free(*message);
    }
    *message = probation_refusal(options, wanted, preparation);
    if (*message) {
        preparation_free(preparation);
        return false;
    }
    return preparation_check_signatures(preparation, configuration, message);
}

/* A file that cannot be read is told of later, with the others. */
static bool runs_already(const struct wanted_update *wanted)
{
    char *message;
    struct image *next = image_read(wanted->next_path, &message);
    if (!next)
        free(message);
    bool is_same = next && strcmp(next->elf.build_id, wanted->old_build_id) == 0;
    image_free(next);
    return is_same;
}

static int64_t nanoseconds(double seconds)
{
    return (int64_t)(seconds * 1e9);
}

/* The descriptors stay the preparation's. */
static struct request make_request(const struct options *options,
                                   const struct wanted_update *wanted,
                                   const struct preparation *preparation, int64_t started)
{
    const struct configuration *configuration = &options->configuration;
    const struct image *transformer = preparation->transformer, *reverse = preparation->reverse;
    int64_t now = monotonic_time();
    return (struct request){
        .next_path = (char *)wanted->next_path,
        .transformer_path = transformer ? transformer->path : NULL,
        .reverse_path = reverse ? reverse->path : NULL,
        .allow_written = options->allow_written,
        .probation = nanoseconds(configuration->probation),
        .forget_previous = !configuration->keep_previous,
        .deadline = now + nanoseconds(configuration_quiesce_timeout(configuration)),
        .timeout = nanoseconds(configuration->timeout),
        .rehearsal = options->is_dry_run        ? REHEARSE_ONLY
                     : configuration->rehearse ? REHEARSE_FIRST
                                               : REHEARSE_NEVER,
        .allow_others_files = configuration->allow_others_files,
        .sent = now,
        .prepare_time = now - started,
        .next = preparation->next->descriptor,
        .transformer = transformer ? transformer->descriptor : DESCRIPTOR_NONE,
        .reverse = reverse ? reverse->descriptor : DESCRIPTOR_NONE,
    };
}

static int update_to(const struct options *options, const struct process *process,
                     const struct wanted_update *wanted)
{
    int64_t started = monotonic_time();
    struct telling telling = telling_of(options);
    struct probation_watch watch = {.health_command = options->health_command,
                                    .health_interval = options->health_interval,
                                    .health_timeout = options->health_timeout,
                                    .configuration = &options->configuration};
    struct preparation preparation;
    char *message;
    if (options->only_if_new && runs_already(wanted))
        return tell_failure(&telling, "unchanged", "the program runs this build already",
                            STATUS_DONE);
    if (!prepare(options, wanted, &preparation, &message)) {
        int status = tell_refusal(&telling, process, started, message);
        free(message);
        return status;
    }
    struct request request = make_request(options, wanted, &preparation, started);
    if (!options->is_detached)
        telling.watch = &watch;
    int status = ask_and_tell(&telling, process, &request);
    preparation_free(&preparation);
    return status;
}

static int update_process(const struct options *options, const struct process *process)
{
    char *next_path = absolute_path(options->next_path);
    char *transformer_path = absolute_path(options->transformer_path);
    char *reverse_path = absolute_path(options->reverse_path);
    struct wanted_update wanted = {
        .next_path = next_path,
        .transformer_path = transformer_path,
        .reverse_path = reverse_path,
        .allow_written = options->allow_written,
        .trusted_user =
            process_trusted_user(process, options->configuration.allow_others_files),
        .old_path = fields_get(&process->status, "path"),
        .old_build_id = fields_get(&process->status, "build_id"),
    };
    int status = update_to(options, process, &wanted);
    free(next_path);
    free(transformer_path);
    free(reverse_path);
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
    struct options options = {.health_interval = 1, .health_timeout = 10};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &options);
    struct telling telling = telling_of(&options);
    struct process process;
    char *message;
    int status;
    if (!process_find(options.pid, &process, &message)) {
        status = tell_failure(&telling, "failed", message, STATUS_NO_PROGRAM);
        free(message);
        return status;
    }
    if (configure(&options, &process, &message)) {
        status = update_process(&options, &process);
    } else {
        status = tell_failure(&telling, "failed", message, STATUS_USAGE);
        free(message);
    }
    configuration_free(&options.configuration);
    process_free(&process);
    return status;
}
