/* check_command.c -- `kitsune check`: the command line, and the order of things.  see
 * readiness.h. */
#include "readiness.h"

#include <argp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "stubs.h"
#include "types_file.h"

struct arguments {
    const char *paths[2];
    const char *spec;
    char **harmless; /* NULL-ended */
    size_t harmless_count;
    bool is_json, is_strict, lists_points;
};

enum { OPTION_JSON = 256, OPTION_STRICT, OPTION_LIST_POINTS, OPTION_HARMLESS };

static const struct argp_option options[] = {
    {"xf", 'x', "FILE", 0, "The rules of the update, as given to xfgen", 0},
    {"list-points", OPTION_LIST_POINTS, NULL, 0, "List the update points of APP.so and exit", 0},
    {"harmless", OPTION_HARMLESS, "NAME", 0,
     "The library function NAME does not keep what it is given; may be given many times", 0},
    {"strict", OPTION_STRICT, NULL, 0, "Not ready when there are warnings", 0},
    {"json", OPTION_JSON, NULL, 0, "Print JSON", 0},
    {0},
};

static void add_harmless(struct arguments *arguments, char *name)
{
    arguments->harmless = realloc(arguments->harmless, (arguments->harmless_count + 2) *
                                                           sizeof *arguments->harmless);
    if (!arguments->harmless)
        abort();
    arguments->harmless[arguments->harmless_count++] = name;
    arguments->harmless[arguments->harmless_count] = NULL;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case 'x':
        arguments->spec = argument;
        return 0;
    case OPTION_JSON:
        arguments->is_json = true;
        return 0;
    case OPTION_STRICT:
        arguments->is_strict = true;
        return 0;
    case OPTION_LIST_POINTS:
        arguments->lists_points = true;
        return 0;
    case OPTION_HARMLESS:
        add_harmless(arguments, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num >= 2)
            argp_error(state, "too many arguments: '%s'", argument);
        arguments->paths[state->arg_num] = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->paths[0])
            argp_error(state, "say which version, or which two: OLD.so NEW.so");
        if (arguments->paths[1] && arguments->lists_points)
            argp_error(state, "--list-points is about one version");
        if (!arguments->paths[1] && arguments->spec)
            argp_error(state, "--xf is about two versions");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    options, parse_option, "OLD.so NEW.so\nAPP.so",
    "Say what stands against an update from OLD.so to NEW.so, or against any update of APP.so."
    "\vExample: is the next version ready for those that run this one?\n\n"
    "  kitsune check --xf server.xf server-1.so server-2.so\n\n"
    "Exit status: 0 ready, 1 not ready or not readable, 2 usage.", NULL, NULL, NULL};

/* ---- Speaking ------------------------------------------------------------------------------ */

bool check_is_single(const struct readiness *check)
{
    return check->old == check->new;
}

/* An inlined call is found in several places, and a version may be looked at twice. */
static bool was_said(const struct messages *messages, const char *file, int line, const char *text)
{
    const struct message *message;

    for (message = messages->first; message; message = message->next)
        if (message->line == line && strcmp(message->text, text) == 0 &&
            strcmp(message->file ? message->file : "", file) == 0)
            return true;
    return false;
}

static bool was_said_last; /* then its help was given too */

void check_say(struct readiness *check, enum subject subject, enum severity severity,
               const struct version *version, struct source_place place, const char *format, ...)
{
    struct messages *messages = &check->messages[subject];
    const char *file = place.file ? place.file : version->path;
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    was_said_last = was_said(messages, file, place.file ? place.line : 0, text);
    if (!was_said_last)
        report_at(messages, severity, file, place.file ? place.line : 0, "%s", text);
    free(text);
}

void check_help(struct readiness *check, enum subject subject, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    if (was_said_last)
        return;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    report_help(&check->messages[subject], "%s", text);
    free(text);
}

const struct function *check_namesake(const struct readiness *check, const struct symbol *function)
{
    size_t i;

    for (i = 0; check->plan && i < check->plan->function_count; i++)
        if (check->plan->functions[i].old_function->address == function->address)
            return check->plan->functions[i].new_function;
    return NULL;
}

/* ---- Versions ------------------------------------------------------------------------------ */

/* Without its path, which stands at the start of the line anyway. */
static const char *without_path(const char *text, const char *path)
{
    size_t length = strlen(path);

    return strncmp(text, path, length) == 0 && strncmp(text + length, ": ", 2) == 0
               ? text + length + 2 : text;
}

static void load_types(struct readiness *check, struct version *version)
{
    char *message = NULL;
    size_t i;

    version->program = model_load(version->path, &message);
    if (!version->program)
        check_say(check, SUBJECT_FILES, SEVERITY_ERROR, version, (struct source_place){0}, "%s",
                  without_path(message, version->path));
    for (i = 0; version->program && i < version->program->warning_count; i++)
        check_say(check, SUBJECT_FILES, SEVERITY_WARNING, version, (struct source_place){0}, "%s",
                  without_path(version->program->warnings[i], version->path));
    free(message);
}

static bool is_companion(const char *path)
{
    char start[64];
    FILE *stream = fopen(path, "re");
    size_t size = stream ? fread(start, 1, sizeof start, stream) : 0;

    if (stream)
        fclose(stream);
    return is_types_file(start, size);
}

/* False when the file cannot be examined at all. */
static bool open_version(struct version *version, const char *path)
{
    char *message = NULL;

    version->path = path;
    version->binary = is_companion(path) ? binary_unknown(path) : binary_open(path, &message);
    if (!version->binary)
        fprintf(stderr, "kitsune check: %s: %s\n", path, message);
    free(message);
    return version->binary != NULL;
}

static void read_version(struct readiness *check, struct version *version)
{
    load_types(check, version);
    version->libraries = libraries_open(version->binary);
    version->calls = calls_read(version->binary);
}

static void close_version(struct version *version)
{
    calls_free(version->calls);
    libraries_close(version->libraries);
    model_free(version->program);
    binary_close(version->binary);
}

/* ---- All of it ----------------------------------------------------------------------------- */

static void make_plan(struct readiness *check, const char *spec_path)
{
    struct messages *messages = &check->messages[SUBJECT_DATA];

    check->spec = spec_parse_file(spec_path, messages);
    if (check->old->program && check->new->program && check->spec && !messages->error_count)
        check->plan = plan_make(check->old->program, check->new->program, check->spec, messages);
    if (check->plan)
        report_stubs(check->plan);
}

static void check_all(struct readiness *check, const char *spec_path)
{
    make_plan(check, spec_path);
    check_files(check);
    check_points(check);
    check_migration(check);
    check_pointers(check);
    check_tables(check);
    check_functions(check);
    check_kept(check);
    check_threads(check);
    check_waits(check);
    check_arrival(check);
}

static int print(const struct readiness *check, const struct arguments *arguments)
{
    struct verdict verdict = report_verdict(check, arguments->is_strict);

    if (arguments->is_json && !report_as_json(check, verdict, stdout)) {
        fprintf(stderr, "kitsune check: cannot write the report\n");
        return STATUS_FOUND;
    }
    if (!arguments->is_json)
        report_as_text(check, verdict, stdout);
    return verdict.is_ready ? STATUS_DONE : STATUS_FOUND;
}

static int list_points(struct readiness *check, const struct arguments *arguments)
{
    char *message = NULL;
    struct version *version = check->new;

    version->program = model_load(version->path, &message);
    if (!version->program) {
        fprintf(stderr, "kitsune check: %s\n", message);
        free(message);
        return STATUS_FOUND;
    }
    if (!arguments->is_json)
        report_points(version, stdout);
    else if (!report_points_as_json(version, stdout))
        return STATUS_FOUND;
    return STATUS_DONE;
}

static int examine(struct readiness *check, const struct arguments *arguments)
{
    if (arguments->lists_points)
        return list_points(check, arguments);
    read_version(check, check->old);
    if (!check_is_single(check))
        read_version(check, check->new);
    check_all(check, arguments->spec);
    return print(check, arguments);
}

int check_command(int argument_count, char **given)
{
    struct arguments arguments = {0};
    struct version versions[2] = {{0}, {0}};
    struct readiness check = {.old = &versions[0], .new = &versions[0]};
    int i, status = STATUS_FOUND;
    bool is_open;

    if (argp_parse(&parser, argument_count, given, 0, NULL, &arguments) != 0)
        return STATUS_USAGE;
    check.harmless = (const char *const *)arguments.harmless;
    for (i = 0; i < SUBJECT_COUNT; i++) {
        messages_init(&check.messages[i], NULL);
        check.messages[i].keep = true;
    }
    is_open = open_version(&versions[0], arguments.paths[0]);
    if (is_open && arguments.paths[1]) {
        check.new = &versions[1];
        is_open = open_version(&versions[1], arguments.paths[1]);
    }
    if (is_open)
        status = examine(&check, &arguments);
    plan_free(check.plan);
    spec_free(check.spec);
    for (i = 0; i < SUBJECT_COUNT; i++)
        messages_free(&check.messages[i]);
    close_version(&versions[0]);
    close_version(&versions[1]);
    free(arguments.harmless);
    return status;
}
