/* types.c -- `kitsune types APP.so`: the type model of a version, printed, or written to a
 * companion file that stands in for the debug information once that is stripped.
 */
#include "command.h"
#include "inputs.h"
#include "model.h"
#include "output_file.h"
#include "types_dot.h"
#include "types_file.h"
#include "types_json.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *path, *new_path, *spec_path, *output;
    bool is_json, is_dot;
    const char *dot_path; /* "-": standard output */
};

enum { OPTION_JSON = 256, OPTION_DOT, OPTION_XF };

static const struct argp_option option_list[] = {
    {"output", 'o', "APP.ktt", 0,
     "write a companion file, which takes the place of the debug information", 0},
    {"json", OPTION_JSON, NULL, 0, "print JSON", 0},
    {"dot", OPTION_DOT, "FILE", OPTION_ARG_OPTIONAL,
     "draw the types on the heap for Graphviz; with NEW.so, what an update walks, transforms and "
     "prunes", 0},
    {"xf", OPTION_XF, "FILE", 0, "the rules of that update", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case 'o':
        options->output = argument;
        return 0;
    case OPTION_JSON:
        options->is_json = true;
        return 0;
    case OPTION_DOT:
        options->is_dot = true;
        options->dot_path = argument ? argument : "-";
        return 0;
    case OPTION_XF:
        options->spec_path = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "too many arguments: '%s'", argument);
        *(state->arg_num ? &options->new_path : &options->path) = argument;
        return 0;
    case ARGP_KEY_END:
        if (!options->path)
            argp_error(state, "a version is needed: APP.so (or APP.ktt)");
        if (options->output && options->is_json)
            argp_error(state, "-o writes a companion file; --json prints");
        if (options->is_dot && (options->output || options->is_json))
            argp_error(state, "--dot excludes -o and --json");
        if (options->new_path && !options->is_dot)
            argp_error(state, "too many arguments: '%s' (a second version goes with --dot)",
                       options->new_path);
        if (options->spec_path && !options->new_path)
            argp_error(state, "--xf goes with --dot and two versions");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    option_list, parse, "APP.so [NEW.so]",
    "Print what a version consists of: its types, variables, locals and functions, as xfgen sees "
    "them.\vWith -o, they are written to a companion file, which carries the version's build ID.  "
    "Beside a stripped APP.so it is found by itself, as APP.so.ktt or APP.ktt; it can also be "
    "named wherever a version on disk is looked into.\n\n"
    "Example: keep the types of a release that is stripped afterwards\n\n"
    "  kitsune types -o server-1.so.ktt server-1.so\n\n"
    "Exit status: 0 done, 1 a file cannot be read or "
    "written, 2 usage.", NULL, NULL, NULL};

static int write_companion(const struct program *program, const char *path)
{
    size_t size;
    unsigned char *bytes = types_file_write(program, &size);
    int status = write_file(path, bytes, size);

    if (status != 0)
        fprintf(stderr, "kitsune types: error: %s: %s\n", path, strerror(errno));
    free(bytes);
    return status == 0 ? STATUS_DONE : STATUS_FOUND;
}

static int write_dot(const struct options *options)
{
    const char *new_path = options->new_path ? options->new_path : options->path;
    struct inputs inputs = {0};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = NULL;
    int status = STATUS_FOUND;

    if (inputs_load(&inputs, options->path, new_path, options->spec_path))
        stream = open_memstream(&text, &length);
    if (stream) {
        types_write_dot(inputs.plan, options->new_path != NULL, stream);
        fclose(stream);
        if (write_file(options->dot_path, text, length) == 0)
            status = STATUS_DONE;
        else
            fprintf(stderr, "kitsune types: error: %s: %s\n", options->dot_path, strerror(errno));
    }
    free(text);
    inputs_free(&inputs);
    return status;
}

int types_command(int argument_count, char **arguments)
{
    struct options options = {0};
    struct program *program;
    char *message = NULL;
    int status = STATUS_DONE;
    size_t i;

    if (argp_parse(&parser, argument_count, arguments, 0, NULL, &options) != 0)
        return STATUS_USAGE;
    if (options.is_dot)
        return write_dot(&options);
    program = model_load(options.path, &message);
    if (!program) {
        fprintf(stderr, "kitsune types: error: %s\n", message ? message : "out of memory");
        free(message);
        return STATUS_FOUND;
    }
    for (i = 0; i < program->warning_count; i++)
        fprintf(stderr, "kitsune types: warning: %s\n", program->warnings[i]);
    if (options.output)
        status = write_companion(program, options.output);
    else if (!options.is_json)
        model_print(program, stdout);
    else if (!types_print_json(program, stdout))
        status = STATUS_FOUND;
    if (!options.output && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "kitsune types: error: cannot write: %s\n", strerror(errno));
        status = STATUS_FOUND;
    }
    model_free(program);
    return status;
}
