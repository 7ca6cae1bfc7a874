/* diff.c -- `kitsune diff OLD.so NEW.so`: what changed between two versions, what will be done
 * about it, and what has to be decided first. */
#include "command.h"
#include "diff.h"
#include "inputs.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *old_path, *new_path, *spec_path;
    bool is_json, is_skeleton, is_html, is_forced;
    const char *output_path; /* of the skeleton or the page; NULL: standard output */
    struct text_options text;
};

enum { OPTION_XF = 256, OPTION_JSON, OPTION_HTML, OPTION_SKELETON, OPTION_FORCE,
       OPTION_ALL, OPTION_FUNCTIONS };

static const struct argp_option option_list[] = {
    {"xf", OPTION_XF, "FILE", 0, "the rules that there are already", 0},
    {"all", OPTION_ALL, NULL, 0, "show what did not change, too", 0},
    {"functions", OPTION_FUNCTIONS, NULL, 0, "show functions, not only their number", 0},
    {"json", OPTION_JSON, NULL, 0, "print everything as JSON", 0},
    {"html", OPTION_HTML, "FILE", OPTION_ARG_OPTIONAL,
     "write a page for a browser: layouts beside each other, and what goes where", 0},
    {"skeleton", OPTION_SKELETON, "FILE", OPTION_ARG_OPTIONAL,
     "write an .xf file with what has to be decided", 0},
    {"output", 'o', "FILE", 0, "the same as --skeleton=FILE", 0},
    {"force", OPTION_FORCE, NULL, 0, "overwrite FILE", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case OPTION_XF:
        options->spec_path = argument;
        return 0;
    case OPTION_ALL:
        options->text.shows_all = true;
        return 0;
    case OPTION_FUNCTIONS:
        options->text.shows_functions = true;
        return 0;
    case OPTION_JSON:
        options->is_json = true;
        return 0;
    case OPTION_HTML:
        options->is_html = true;
        options->output_path = argument && strcmp(argument, "-") != 0 ? argument : NULL;
        return 0;
    case OPTION_SKELETON:
    case 'o':
        options->is_skeleton = true;
        options->output_path = argument && strcmp(argument, "-") != 0 ? argument : NULL;
        return 0;
    case OPTION_FORCE:
        options->is_forced = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            options->old_path = argument;
        else if (state->arg_num == 1)
            options->new_path = argument;
        else
            argp_error(state, "too many arguments: '%s' (rules are given with --xf)", argument);
        return 0;
    case ARGP_KEY_END:
        if (!options->new_path)
            argp_error(state, "two versions are needed: OLD.so NEW.so");
        if (options->is_json + options->is_skeleton + options->is_html > 1)
            argp_error(state, "--json, --html and --skeleton exclude each other");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    option_list, parse, "OLD.so NEW.so",
    "Show what changed between two versions of a program, what an update will do about it, and "
    "what has to be decided first."
    "\vExample: what changed, and a file of rules to begin with\n\n"
    "  kitsune diff --skeleton=server.xf server-1.so server-2.so\n\n"
    "Exit status: 0 nothing needs a decision, 1 something does, or a file cannot be read, 2 usage.",
    NULL, NULL, NULL};

/* ---- Output ---------------------------------------------------------------------------------- */

static int cannot_write(const char *path)
{
    fprintf(stderr, "kitsune diff: cannot write %s: %s\n", path, strerror(errno));
    return -1;
}

/* A page that was written before: whoever asks again wants the newer one. */
static bool is_page(const char *path)
{
    static const char beginning[] = "<!DOCTYPE html>";
    char text[sizeof beginning - 1];
    FILE *stream = fopen(path, "re");
    bool is_one = stream && fread(text, 1, sizeof text, stream) == sizeof text &&
                  memcmp(text, beginning, sizeof text) == 0;

    if (stream)
        fclose(stream);
    return is_one;
}

/* All or nothing, and nothing that was there is lost unasked. */
static int write_output_file(struct diff *diff, const struct options *options)
{
    const char *path = options->output_path;
    bool is_forced = options->is_forced || (options->is_html && is_page(path));
    char temporary[PATH_MAX];
    FILE *stream;

    if (!is_forced && access(path, F_OK) == 0) {
        fprintf(stderr, "kitsune diff: %s exists; --force overwrites it\n", path);
        return -1;
    }
    snprintf(temporary, sizeof temporary, "%s.tmp%ld", path, (long)getpid());
    stream = fopen(temporary, "wxe");
    if (!stream)
        return cannot_write(temporary);
    (options->is_html ? diff_write_html : diff_write_skeleton)(diff, stream);
    if (ferror(stream) | fclose(stream)) {
        unlink(temporary);
        return cannot_write(temporary);
    }
    /* link() fails where somebody has just put a file; rename() would replace it. */
    if (is_forced ? rename(temporary, path) != 0 : link(temporary, path) != 0) {
        cannot_write(path);
        unlink(temporary);
        return -1;
    }
    if (!is_forced)
        unlink(temporary);
    printf("%s: %zu decision%s to be made\n", path, diff->decisions_needed,
           diff->decisions_needed == 1 ? "" : "s");
    return 0;
}

static int write_diff(struct diff *diff, const struct options *options)
{
    if (options->output_path)
        return write_output_file(diff, options);
    if (options->is_skeleton)
        diff_write_skeleton(diff, stdout);
    else if (options->is_html)
        diff_write_html(diff, stdout);
    else if (options->is_json)
        diff_write_json(diff, stdout);
    else
        diff_write_text(diff, stdout, &options->text);
    return fflush(stdout) != 0 || ferror(stdout) ? cannot_write("standard output") : 0;
}

int diff_command(int argument_count, char **arguments)
{
    struct options options = {0};
    struct inputs inputs = {0};
    struct diff *diff;
    int status = STATUS_FOUND;

    if (argp_parse(&parser, argument_count, arguments, 0, NULL, &options) != 0)
        return STATUS_USAGE;
    if (inputs_load(&inputs, options.old_path, options.new_path, options.spec_path)) {
        diff = diff_make(inputs.plan, options.spec_path);
        diff->spec_errors = (size_t)inputs.spec_messages.error_count;
        if (write_diff(diff, &options) == 0 && !diff->decisions_needed && !diff->spec_errors)
            status = STATUS_DONE;
    }
    inputs_free(&inputs);
    return status;
}
