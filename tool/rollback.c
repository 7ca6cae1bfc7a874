/* rollback.c -- `kitsune rollback PID`: returns to the version before the last update.
 *
 * The program has kept that version itself; only a transformer that leads back may have to be
 * brought along.
 */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "control/configuration.h"
#include "files/image.h"
#include "common/message.h"
#include "control/report.h"
#include "rollback.h"
#include "files/way_back.h"

struct options {
    pid_t pid;
    const char *transformer_path;
    bool allow_written;
    bool as_json;
    /* Of the keys that have an option, what it said; NULL: nothing. */
    const char *chosen[KEY_COUNT];
};

/* The options that are keys of the configuration come first. */
enum { OPTION_KEY = 256, OPTION_XF = OPTION_KEY + KEY_COUNT, OPTION_MANUAL, OPTION_JSON };

static const struct argp_option option_list[] = {
    {"xf", OPTION_XF, "FILE", 0,
     "the transformer that leads back, instead of the one that was kept", 0},
    {"manual", OPTION_MANUAL, NULL, 0,
     "without a generated transformer: plain copies of every variable whose size is the same", 0},
    {"timeout", OPTION_KEY + KEY_TIMEOUT, "SECONDS", 0,
     "stay when the version before is not at its update point after this time (default 30)", 0},
    {"quiesce-timeout", OPTION_KEY + KEY_QUIESCE_TIMEOUT, "SECONDS", 0,
     "withdraw the request when no update point of the running version is reached in this time "
     "(default: as --timeout)", 0},
    {"json", OPTION_JSON, NULL, 0, "print the outcome as JSON", 0},
    {0},
};

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
        options->chosen[key - OPTION_KEY] = argument;
        return 0;
    case OPTION_JSON:
        options->as_json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num)
            argp_error(state, "too many arguments: '%s'", argument);
        options->pid = process_argument(argument, state);
        return 0;
    case ARGP_KEY_END:
        if (!options->pid)
            argp_error(state, "name the process");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp grammar = {
    .options = option_list,
    .parser = parse,
    .args_doc = "PID",
    .doc = "Returns the running program PID to the version that it ran before its last update: an "
           "update like any other, by the transformer that leads back.  That is, in this order, "
           "the one named here; the one that came with the update (kitsune update --reverse FILE, "
           "or installed beside the version before by `xfgen OLD.so NEW.so --reverse --install`); "
           "or, after a rollback, the one that led to the version it came from.\v"
           "`kitsune status PID` shows the version before and whether everything is there.  After "
           "a rollback, another one returns to the newer version.\n\n"
           "Example: the new version misbehaves\n\n"
           "  kitsune rollback 4711\n\n"
           "Exit status: 0 done; 1 refused or aborted, the running version runs on; 2 usage; 3 no "
           "such program.",
};

static bool is_in_state(const struct process *process, const char *wanted)
{
    const char *state = fields_get(&process->status, "rollback");
    return state && strcmp(state, wanted) == 0;
}

/* The transformer: named, or lying beside the version before.  NULL, with a message (malloc) only
 * when there is one and it cannot be used. */
static struct image *read_transformer(const char *path, const struct process *process,
                                      bool allow_others_files, char **message)
{
    *message = NULL;
    uid_t user = process_trusted_user(process, allow_others_files);
    if (path) {
        char *real = process_trusts_way(path, user, message) ? realpath(path, NULL) : NULL;
        struct image *image =
            *message ? NULL : image_read_trusted(real ? real : path, user, message);
        free(real);
        return image;
    }
    if (!is_in_state(process, ROLLBACK_LACKS_TRANSFORMER))
        return NULL; /* the program has it, or no use for it */
    char *installed = message_format("%s.d/%s.so", fields_get(&process->status, "previous_path"),
                                     fields_get(&process->status, "build_id"));
    struct image *image =
        access(installed, F_OK) == 0 ? image_read_trusted(installed, user, message) : NULL;
    free(installed);
    return image;
}

/* NULL: nothing stands against it, as far as can be seen from here; else malloc. */
static char *refusal(const struct process *process, const struct rollback *rollback,
                     const struct image *transformer)
{
    const struct fields *status = &process->status;
    struct way_back way = {
        .pid = process->pid,
        .running_path = fields_get(status, "path"),
        .running_build_id = fields_get(status, "build_id"),
        .path = fields_get(status, "previous_path"),
        .build_id = fields_get(status, "previous_build_id"),
        .is_kept = !is_in_state(process, ROLLBACK_NOT_KEPT),
        .has_transformer = transformer || rollback->allow_written ||
                           !is_in_state(process, ROLLBACK_LACKS_TRANSFORMER),
    };
    return way_back_refusal(&way);
}

int roll_back(const struct telling *telling, const struct process *process,
              const struct rollback *rollback)
{
    int64_t started = monotonic_time();
    char *message;
    struct image *transformer =
        read_transformer(rollback->transformer_path, process,
                         rollback->configuration->allow_others_files, &message);
    if (!message)
        message = refusal(process, rollback, transformer);
    int status = STATUS_REFUSED;
    if (!message) {
        int64_t now = monotonic_time();
        struct request request = {
            .next_path = (char *)fields_get(&process->status, "previous_path"),
            .rollback_build_id = (char *)fields_get(&process->status, "previous_build_id"),
            .cause = (char *)rollback->cause,
            .transformer_path = transformer ? transformer->path : NULL,
            .allow_written = rollback->allow_written,
            .allow_others_files = rollback->configuration->allow_others_files,
            .deadline = now + (int64_t)(configuration_quiesce_timeout(rollback->configuration) * 1e9),
            .timeout = (int64_t)(rollback->configuration->timeout * 1e9),
            .sent = now,
            .prepare_time = now - started,
            .next = DESCRIPTOR_NONE,
            .transformer = transformer ? transformer->descriptor : DESCRIPTOR_NONE,
            .reverse = DESCRIPTOR_NONE,
        };
        status = ask_and_tell(telling, process, &request);
    } else {
        status = tell_refusal(telling, process, started, message);
    }
    image_free(transformer);
    free(message);
    return status;
}

/* Files, environment and options together; *message (malloc) is set when something in them is
 * wrong. */
static struct configuration configure(const struct options *options, const struct process *process,
                                      char **message)
{
    struct configuration configuration = {0};
    *message = NULL;
    if (configuration_read(&configuration, fields_get(&process->status, "path"), message) !=
        CONFIGURATION_READ)
        return configuration;
    for (size_t key = 0; key < KEY_COUNT && !*message; key++)
        if (options->chosen[key]) {
            char *origin = message_format("--%s", configuration_key_name(key));
            configuration_set(&configuration, key, options->chosen[key], origin, message);
            free(origin);
        }
    return configuration;
}

int rollback_command(int argument_count, char **arguments)
{
    struct options options = {0};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &options);
    struct telling telling = {.command = "kitsune rollback", .pid = options.pid, .new_path = "",
                              .as_json = options.as_json};
    struct process process;
    char *message;
    int status;
    if (!process_find(options.pid, &process, &message)) {
        status = tell_failure(&telling, "failed", message, STATUS_NO_PROGRAM);
        free(message);
        return status;
    }
    const char *path = fields_get(&process.status, "previous_path");
    telling.new_path = path ? path : "";
    struct configuration configuration = configure(&options, &process, &message);
    struct rollback rollback = {.transformer_path = options.transformer_path,
                                .allow_written = options.allow_written,
                                .configuration = &configuration};
    status = message ? tell_failure(&telling, "failed", message, STATUS_USAGE)
                     : roll_back(&telling, &process, &rollback);
    free(message);
    configuration_free(&configuration);
    process_free(&process);
    return status;
}
