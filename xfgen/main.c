/* main.c -- the xfgen command: two versions and a spec in, a state transformer's C out.
 *
 * Exit status: 0 done, with or without warnings; 1 errors in the spec, things left undecided,
 * unreadable versions, warnings where they count as errors; 2 usage.
 */
#include "match.h"
#include "output.h"
#include "reverse.h"
#include "version.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { EXIT_UNDECIDED = 1, EXIT_USAGE = 2 };

struct command {
    const char *arguments[4];
    size_t argument_count;
    const char *old_path, *new_path, *spec_path;
    const char *output;
    const char *dump;
    bool install;
    bool linked_in;
    bool reverse;           /* the way back, or with `install` both ways */
    const char *back_path;  /* rules for the way back, or NULL */
    bool is_strict, is_quiet;
    enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } colour;
    int most_errors;
};

enum { MOST_ERRORS = 20 };

/* Options without a letter. */
enum { OPTION_STRICT = 256, OPTION_COLOUR, OPTION_MOST_ERRORS, OPTION_REVERSE };

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write the transformer's C to FILE (- for standard output)", 0},
    {"install", 'i', NULL, 0,
     "Compile it too, to NEW.so.d/OLD-BUILD-ID.so, where `kitsune update` looks for it", 0},
    {"link-in", 'l', NULL, 0,
     "OUT.c will be linked into the new version itself; NEW.so is that version linked without it",
     0},
    {"reverse", OPTION_REVERSE, "BACK.xf", OPTION_ARG_OPTIONAL,
     "Generate the way back, from NEW.so to OLD.so, by the same rules turned round and those in "
     "BACK.xf; with --install, both ways are installed", 0},
    {"dump", 'd', "APP.so", 0, "Print the type model of one version and exit", 0},
    {"strict", OPTION_STRICT, NULL, 0, "Warnings count as errors", 1},
    {"quiet", 'q', NULL, 0, "Print no warnings", 1},
    {"max-errors", OPTION_MOST_ERRORS, "N", 0, "Print N errors at most (20; 0: all)", 1},
    {"color", OPTION_COLOUR, "WHEN", OPTION_ARG_OPTIONAL,
     "Colours in messages: auto (on a terminal), always, never", 1},
    {0},
};

static void parse_colour(struct command *command, const char *when, struct argp_state *state)
{
    static const char *const words[] = {"auto", "always", "never"};
    int i;

    for (i = COLOUR_AUTO; i <= COLOUR_NEVER; i++)
        if (strcmp(when ? when : "always", words[i]) == 0) {
            command->colour = i;
            return;
        }
    argp_error(state, "--color=%s: one of auto, always, never", when);
}

static void parse_most_errors(struct command *command, const char *text, struct argp_state *state)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    if (end == text || *end || errno || number < 0 || number > INT_MAX)
        argp_error(state, "--max-errors=%s: a number, 0 for no limit", text);
    command->most_errors = (int)number;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* As build rules written for the published Kitsune have it: OUT.c OLD.ktt NEW.ktt SPEC.xf. */
static bool is_published_form(const struct command *command)
{
    return command->argument_count >= 3 && ends_with(command->arguments[0], ".c") &&
           ends_with(command->arguments[1], ".ktt") && ends_with(command->arguments[2], ".ktt");
}

static void take_arguments(struct command *command, struct argp_state *state)
{
    size_t first = 0;

    if (is_published_form(command)) {
        if (command->output)
            argp_error(state, "OUT.c is named twice: %s, -o %s", command->arguments[0],
                       command->output);
        command->output = command->arguments[first++];
        command->linked_in = true;
    } else if (command->argument_count > 3) {
        argp_error(state, "too many arguments: '%s'", command->arguments[3]);
    }
    command->old_path = command->arguments[first];
    command->new_path = command->arguments[first + 1];
    command->spec_path = command->argument_count > first + 2 ? command->arguments[first + 2] : NULL;
}

/* -o must not write over what is read. */
static void refuse_same_file(const struct command *command, const char *input,
                             struct argp_state *state)
{
    struct stat output_status, input_status;

    if (input && stat(command->output, &output_status) == 0 && S_ISREG(output_status.st_mode) &&
        stat(input, &input_status) == 0 && output_status.st_dev == input_status.st_dev &&
        output_status.st_ino == input_status.st_ino)
        argp_error(state, "-o %s would write over what is read", command->output);
}

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
    case OPTION_REVERSE:
        command->reverse = true;
        command->back_path = argument;
        return 0;
    case 'd':
        command->dump = argument;
        return 0;
    case 'q':
        command->is_quiet = true;
        return 0;
    case OPTION_STRICT:
        command->is_strict = true;
        return 0;
    case OPTION_COLOUR:
        parse_colour(command, argument, state);
        return 0;
    case OPTION_MOST_ERRORS:
        parse_most_errors(command, argument, state);
        return 0;
    case ARGP_KEY_ARG:
        if (command->argument_count == sizeof command->arguments / sizeof command->arguments[0])
            argp_error(state, "too many arguments: '%s'", argument);
        command->arguments[command->argument_count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (command->dump)
            return 0;
        take_arguments(command, state);
        if (!command->new_path)
            argp_error(state, "two versions are needed: OLD.so NEW.so");
        if (!command->output && !command->install)
            argp_error(state, "say where to: -o OUT.c, or --install");
        if (command->linked_in && command->install)
            argp_error(state, "--link-in and --install exclude each other");
        if (command->linked_in && command->reverse)
            argp_error(state, "a transformer for the way back cannot be linked in");
        if (command->output) {
            refuse_same_file(command, command->old_path, state);
            refuse_same_file(command, command->new_path, state);
            refuse_same_file(command, command->spec_path, state);
            refuse_same_file(command, command->back_path, state);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    options, parse_option, "OLD.so NEW.so [SPEC.xf]\nOUT.c OLD.ktt NEW.ktt [SPEC.xf]",
    "Generate the state transformer from one version of a program to another."
    "\vThe types and variables of both versions are read from their debug information; SPEC.xf "
    "says what names and types alone cannot (see kitsune-xf(5)); - is standard input.  Without it, "
    "everything is paired by name.\n\nExit status: 0 done, 1 errors or things left undecided, 2 "
    "usage.",
    NULL, NULL, NULL};

static int dump(const char *path, struct messages *messages)
{
    struct program *program = version_load(path, messages);

    messages_print_held(messages);
    if (!program)
        return EXIT_UNDECIDED;
    model_print(program, stdout);
    model_free(program);
    return EXIT_SUCCESS;
}

/* ---- The run --------------------------------------------------------------------------------- */

/* The transformer's C as it is in a file of this name; NULL when it cannot be made, with
 * messages. */
static char *generate(const struct command *command, struct plan *plan, const char *name,
                      size_t *length)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, length);
    bool sound;

    if (!stream)
        return NULL;
    sound = emit_transformer(plan, stream, name, command->linked_in);
    if (fclose(stream) == 0 && sound && !plan->messages->error_count)
        return text;
    free(text);
    return NULL;
}

/* After the last message that may be put in order; what is reported from here on is printed at
 * once.  True when nothing stands in the way of writing the transformer. */
static bool conclude(const struct command *command, struct messages *messages, bool is_sound)
{
    messages_print_held(messages);
    messages->hold = false;
    if (messages->error_count) {
        fprintf(stderr, "xfgen: %d error%s; no transformer written\n", messages->error_count,
                messages->error_count == 1 ? "" : "s");
        return false;
    }
    if (command->is_strict && messages->warning_count) {
        fprintf(stderr, "xfgen: %d warning%s, which --strict counts as errors; no transformer "
                "written\n", messages->warning_count, messages->warning_count == 1 ? "" : "s");
        return false;
    }
    return is_sound;
}

static int write_all(const struct command *command, struct plan *plan)
{
    const char *name = command->output && strcmp(command->output, "-") != 0 ? command->output
                                                                            : "transformer.c";
    struct output output = {.messages = plan->messages};
    char *text;
    bool done = true;

    if (command->install)
        output_name_installed(&output, plan->new_program->path, plan->old_program->build_id);
    text = generate(command, plan, command->output ? name : output.source, &output.length);
    if (!conclude(command, plan->messages, text != NULL))
        return EXIT_UNDECIDED;
    output.text = text;
    if (command->output)
        done = output_write(&output, command->output);
    if (command->install && command->output) {
        free(text); /* its #lines name the other file */
        output.text = text = generate(command, plan, output.source, &output.length);
    }
    if (command->install)
        done &= text && output_install(&output);
    free(text);
    return done ? EXIT_SUCCESS : EXIT_UNDECIDED;
}

/* Object files have no build ID, by which a transformer of its own would be told from others. */
static void check_identities(const struct command *command, const struct program *old_program,
                             const struct program *new_program, struct messages *messages)
{
    const char *path = old_program->has_no_addresses   ? command->old_path
                       : new_program->has_no_addresses ? command->new_path
                                                       : NULL;

    if (path && !command->linked_in)
        report_at(messages, SEVERITY_ERROR, path, 0, "it is made of object files, which have no "
                  "build ID; name the version itself, or link the transformer into the new version "
                  "(--link-in)");
}

/* The way forth is installed, if that is wanted; -o is for the way back. */
static int write_both(const struct command *command, struct plan *plan, struct plan *back)
{
    struct command forth = *command;

    forth.output = NULL;
    if (command->install && write_all(&forth, plan) != EXIT_SUCCESS)
        return EXIT_UNDECIDED;
    return write_all(command, back);
}

/* Once the way forth is clear. */
static int compile_back(const struct command *command, const struct program *old_program,
                        const struct program *new_program, struct spec *spec, struct plan *plan,
                        struct messages *messages)
{
    struct reversal reversal = reversal_make(old_program, new_program, spec, command->back_path,
                                             messages);
    struct plan *back = plan_make_back(new_program, old_program, &reversal, messages);
    int status = EXIT_UNDECIDED;

    if (!messages->error_count && !back->failed) {
        status = write_both(command, plan, back);
    } else {
        conclude(command, messages, false);
        fprintf(stderr, "xfgen: the way back is not clear: write such rules into a file, and name "
                "it: --reverse=BACK.xf\n");
    }
    plan_free(back);
    reversal_free(&reversal);
    return status;
}

static int compile(const struct command *command, struct messages *messages)
{
    struct program *old_program = version_load(command->old_path, messages);
    struct program *new_program = version_load(command->new_path, messages);
    struct spec *spec = spec_parse_file(command->spec_path, messages);
    struct plan *plan = NULL;
    int status = EXIT_UNDECIDED;

    if (old_program && new_program)
        check_identities(command, old_program, new_program, messages);
    if (old_program && new_program && command->reverse && !command->install)
        plan_check_names(old_program, new_program, spec, messages);
    else if (old_program && new_program) /* after errors in the spec, for wrong names only */
        plan = plan_make(old_program, new_program, spec, messages);
    if (!old_program || !new_program || messages->error_count || (plan && plan->failed))
        conclude(command, messages, false);
    else if (command->reverse)
        status = compile_back(command, old_program, new_program, spec, plan, messages);
    else
        status = write_all(command, plan);
    plan_free(plan);
    spec_free(spec);
    model_free(old_program);
    model_free(new_program);
    return status;
}

int main(int argc, char **argv)
{
    struct command command = {.most_errors = MOST_ERRORS};
    struct messages messages;
    int status;

    argp_err_exit_status = EXIT_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &command) != 0)
        return EXIT_USAGE;
    messages_init(&messages, stderr);
    messages.hold = true;
    messages.is_quiet = command.is_quiet;
    messages.most_errors = command.most_errors;
    if (command.colour != COLOUR_AUTO)
        messages.colour = command.colour == COLOUR_ALWAYS;
    status = command.dump ? dump(command.dump, &messages) : compile(&command, &messages);
    messages_free(&messages);
    return status;
}
