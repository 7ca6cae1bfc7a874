/* main.c -- the xfgen command: two versions and a spec in, a state transformer's C out.
 *
 * Exit status: 0 done; 1 errors in the spec, things left undecided, unreadable versions; 2 usage.
 */
#include "match.h"

#include <argp.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { EXIT_UNDECIDED = 1, EXIT_USAGE = 2 };

struct command {
    const char *old_path, *new_path, *spec_path;
    const char *output;
    const char *dump;
    bool install;
    bool linked_in;
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write the transformer's C to FILE (- for standard output)", 0},
    {"install", 'i', NULL, 0,
     "Compile it too, to NEW.so.d/OLD-BUILD-ID.so, where `kitsune update` looks for it", 0},
    {"link-in", 'l', NULL, 0,
     "OUT.c will be linked into the new version itself; NEW.so is that version linked without it",
     0},
    {"dump", 'd', "APP.so", 0, "Print the type model of one version and exit", 0},
    {0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct command *command = state->input;

    switch (key) {
    case 'o':
        command->output = argument;
        return 0;
    case 'i':
        command->install = true;
        return 0;
    case 'l':
        command->linked_in = true;
        return 0;
    case 'd':
        command->dump = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            command->old_path = argument;
        else if (state->arg_num == 1)
            command->new_path = argument;
        else if (state->arg_num == 2)
            command->spec_path = argument;
        else
            argp_error(state, "too many arguments: '%s'", argument);
        return 0;
    case ARGP_KEY_END:
        if (command->dump)
            return 0;
        if (!command->new_path)
            argp_error(state, "two versions are needed: OLD.so NEW.so");
        if (!command->output && !command->install)
            argp_error(state, "say where to: -o OUT.c, or --install");
        if (command->linked_in && command->install)
            argp_error(state, "--link-in and --install exclude each other");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    options, parse_option, "OLD.so NEW.so [SPEC.xf]",
    "Generate the state transformer from one version of a program to another."
    "\vThe types and variables of both versions are read from their debug information; SPEC.xf "
    "says what names and types alone cannot (see kitsune-xf(5)).  Without it, everything is paired by "
    "name.\n\nExit status: 0 done, 1 errors or things left undecided, 2 usage.", NULL, NULL, NULL};

static struct program *load(const char *path)
{
    char *message = NULL;
    struct program *program = model_load(path, &message);

    size_t i;

    if (!program)
        fprintf(stderr, "xfgen: error: %s\n", message ? message : path);
    for (i = 0; program && i < program->warning_count; i++)
        fprintf(stderr, "xfgen: warning: %s\n", program->warnings[i]);
    free(message);
    return program;
}

static int dump(const char *path)
{
    struct program *program = load(path);

    if (!program)
        return EXIT_UNDECIDED;
    model_print(program, stdout);
    model_free(program);
    return EXIT_SUCCESS;
}

/* ---- Output ---------------------------------------------------------------------------------- */

/* All or nothing: a failing xfgen leaves the previous output alone. */
static int write_file(const char *path, const char *text, size_t length)
{
    char temporary[PATH_MAX];
    FILE *stream;
    size_t written;
    struct stat status;

    if (strcmp(path, "-") == 0)
        return fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0 ? 0 : -1;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) { /* /dev/null, a pipe */
        stream = fopen(path, "w");
        if (!stream)
            return -1;
        written = fwrite(text, 1, length, stream);
        return fclose(stream) == 0 && written == length ? 0 : -1;
    }
    snprintf(temporary, sizeof temporary, "%s.tmp%ld", path, (long)getpid());
    stream = fopen(temporary, "w");
    if (!stream)
        return -1;
    if (fwrite(text, 1, length, stream) != length || fclose(stream) != 0 ||
        rename(temporary, path) != 0) {
        unlink(temporary);
        return -1;
    }
    return 0;
}

static int run_kitcc(const char *source, const char *target)
{
    char self[PATH_MAX], kitcc[PATH_MAX + 8];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *arguments[] = {kitcc, "-O2", "-shared", "-o", target, source, NULL};
    pid_t child;
    int status;

    if (length < 0)
        return -1;
    self[length] = '\0';
    snprintf(kitcc, sizeof kitcc, "%s/kitcc", dirname(self));
    if (posix_spawn(&child, kitcc, NULL, NULL, (char *const *)arguments, environ) != 0) {
        fprintf(stderr, "xfgen: error: cannot run %s: %s\n", kitcc, strerror(errno));
        return -1;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int install(const char *new_path, const char *build_id, const char *text, size_t length)
{
    char folder[PATH_MAX], source[PATH_MAX + 256], target[PATH_MAX + 256], part[PATH_MAX + 512];

    snprintf(folder, sizeof folder, "%s.d", new_path);
    snprintf(source, sizeof source, "%s/%s.c", folder, build_id);
    snprintf(target, sizeof target, "%s/%s.so", folder, build_id);
    snprintf(part, sizeof part, "%s.part", target);
    if ((mkdir(folder, 0777) != 0 && errno != EEXIST) || write_file(source, text, length) != 0) {
        fprintf(stderr, "xfgen: error: %s: %s\n", source, strerror(errno));
        return -1;
    }
    if (run_kitcc(source, part) != 0) {
        fprintf(stderr, "xfgen: error: the transformer %s does not compile; the messages above "
                "are about the .xf file's own lines, or about %s\n", source, source);
        unlink(part);
        return -1;
    }
    if (rename(part, target) != 0) {
        fprintf(stderr, "xfgen: error: %s: %s\n", target, strerror(errno));
        return -1;
    }
    return 0;
}

static int generate(const struct command *command, struct plan *plan)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    int status = EXIT_SUCCESS;
    bool sound;

    if (!stream)
        return EXIT_UNDECIDED;
    sound = emit_transformer(plan, stream, command->output ? command->output : "transformer.c",
                             command->linked_in);
    if (fclose(stream) != 0 || !sound || plan->messages->error_count) {
        status = EXIT_UNDECIDED;
    } else {
        if (command->output && write_file(command->output, text, length) != 0) {
            fprintf(stderr, "xfgen: error: %s: %s\n", command->output, strerror(errno));
            status = EXIT_UNDECIDED;
        }
        if (command->install &&
            install(command->new_path, plan->old_program->build_id, text, length) != 0)
            status = EXIT_UNDECIDED;
    }
    free(text);
    return status;
}

static int compile(const struct command *command)
{
    struct messages messages;
    struct program *old_program = load(command->old_path);
    struct program *new_program = load(command->new_path);
    struct spec *spec;
    struct plan *plan = NULL;
    int status = EXIT_UNDECIDED;

    messages_init(&messages, stderr);
    spec = spec_parse_file(command->spec_path, &messages);
    if (old_program && new_program && spec && !messages.error_count) {
        plan = plan_make(old_program, new_program, spec, &messages);
        if (!messages.error_count && !plan->failed)
            status = generate(command, plan);
    }
    if (messages.error_count)
        fprintf(stderr, "xfgen: %d error%s; no transformer written\n", messages.error_count,
                messages.error_count == 1 ? "" : "s");
    plan_free(plan);
    spec_free(spec);
    model_free(old_program);
    model_free(new_program);
    return status;
}

int main(int argc, char **argv)
{
    struct command command = {0};

    argp_err_exit_status = EXIT_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &command) != 0)
        return EXIT_USAGE;
    return command.dump ? dump(command.dump) : compile(&command);
}
