/* status.c -- `kitsune status [PID]`: running programs, their versions and last updates. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "control/directory.h"
#include "common/message.h"
#include "given.h"
#include "process.h"
#include "control/report.h"
#include "control/progress.h"
#include "show.h"
#include "files/way_back.h"

static const struct argp grammar = {
    .options = given_options,
    .parser = given_parse,
    .args_doc = "[PID]",
    .doc = "Shows this user's running programs: process, version, build ID, generation (1: the "
           "version it was started with), and how the last update went.\v"
           "With PID an update that failed is explained: its step, the rule or the backtrace, and "
           "what to do.  The programs are not disturbed, and may be busy or stopped.\n\n"
           "Example: what runs, and did its last update succeed?\n\n"
           "  kitsune status\n"
           "  kitsune status --json 4711 | jq -r .last_outcome\n\n"
           "Exit status: 0 done, also when nothing runs; 1 the programs cannot be found; 2 usage; "
           "3 no such program.",
};

static const char *field_or(const struct fields *fields, const char *name, const char *otherwise)
{
    const char *value = fields_get(fields, name);
    return value ? value : otherwise;
}

static void print_probation(const struct fields *status)
{
    long long left = fields_number(status, "probation_until", 0) - monotonic_time();
    if (left > 0)
        printf("    probation: %lld s left; a crash leads back to %s\n", left / 1000000000 + 1,
               field_or(status, "previous_path", "?"));
}

/* What the last update left behind. */
static void print_previous(const struct fields *status)
{
    const char *path = fields_get(status, "previous_path");
    const char *state = field_or(status, "rollback", "?");
    if (!path)
        return;
    printf("    rollback: to %s (build %.12s): %s\n", path,
           field_or(status, "previous_build_id", "?"),
           strcmp(state, ROLLBACK_LACKS_TRANSFORMER) == 0
               ? "needs a transformer that leads back: see `kitsune help rollback`"
           : strcmp(state, ROLLBACK_NOT_KEPT) == 0 ? "it was not kept"
                                            : state);
}

/* Of an update that is under way. */
static void print_progress(const struct process *process)
{
    struct progress progress;
    char time[DURATION_SIZE];
    if (!process_progress(process, &progress))
        return;
    printf(" (%s, for %s", step_name((enum step)progress.step),
           format_duration(time, monotonic_time() - progress.update_since));
    if (progress.objects_done)
        printf(", %llu objects done", (unsigned long long)progress.objects_done);
    putchar(')');
}

static json_t *process_to_json(const struct process *process)
{
    struct progress progress;
    json_t *object = fields_to_json(&process->status);
    char *standstill = process_standstill(process->pid);
    if (standstill)
        json_object_set_new(object, "standstill", json_string(standstill));
    free(standstill);
    if (process_progress(process, &progress)) {
        json_object_set_new(object, "step", json_string(step_name((enum step)progress.step)));
        json_object_set_new(object, "elapsed_ns",
                            json_integer(monotonic_time() - progress.update_since));
        json_object_set_new(object, "objects_done",
                            json_integer((json_int_t)progress.objects_done));
        json_object_set_new(object, "objects_known",
                            json_integer((json_int_t)progress.objects_known));
        json_object_set_new(object, "bytes_done", json_integer((json_int_t)progress.bytes_done));
    }
    return object;
}

static void print_one(const struct process *process)
{
    const struct fields *status = &process->status;
    printf("%s  %s  build %.12s  generation %s  %s", field_or(status, "pid", "?"),
           field_or(status, "path", "?"), field_or(status, "build_id", "?"),
           field_or(status, "generation", "?"), field_or(status, "state", "?"));
    print_progress(process);
    char *standstill = process_standstill(process->pid);
    printf("%s%s\n", standstill ? ", but " : "", standstill ? standstill : "");
    free(standstill);
    char *obstacle = process_cannot_be_updated(process);
    if (obstacle)
        printf("    %s\n", obstacle);
    free(obstacle);
    const char *outcome = field_or(status, "last_outcome", "none");
    char duration[DURATION_SIZE];
    if (strcmp(outcome, "committed") == 0)
        printf("    last %s: committed at \"%s\", pause %s%s%s\n",
               fields_get(status, "last_rollback") ? "rollback" : "update",
               field_or(status, "last_point", "?"),
               format_duration(duration, fields_number(status, "last_pause_ns", 0)),
               fields_get(status, "last_cause") ? ", because: " : "",
               field_or(status, "last_cause", ""));
    else if (strcmp(outcome, "rehearsed") == 0)
        printf("    last update: to %s rehearsed only, in %s: it would work\n",
               field_or(status, "last_new_path", "?"),
               format_duration(duration, fields_number(status, "last_rehearse_ns", 0)));
    else if (strcmp(outcome, "none") != 0)
        printf("    last %s: to %s %s: %s\n",
               fields_get(status, "last_rollback") ? "rollback" : "update",
               field_or(status, "last_new_path", "?"), outcome,
               field_or(status, "last_reason", "?"));
    print_probation(status);
    print_previous(status);
}

/* What a person asks who asks about one. */
static void print_details(const struct process *process)
{
    const struct fields *status = &process->status;
    const char *outcome = field_or(status, "last_outcome", "none");
    print_one(process);
    if (strcmp(outcome, "committed") == 0 || strcmp(outcome, "rehearsed") == 0 ||
        strcmp(outcome, "none") == 0)
        return;
    print_failure(stdout, status, "last_");
    print_running(stdout, fields_get(status, "path"), fields_get(status, "generation"),
                  fields_get(status, "since"));
}

static int show_one(const struct given *given)
{
    struct process process;
    char *message;
    if (!process_find(given->pid, &process, &message)) {
        fprintf(stderr, "kitsune status: %s\n", message);
        free(message);
        return STATUS_NO_PROGRAM;
    }
    if (given->as_json)
        print_json(process_to_json(&process));
    else
        print_details(&process);
    process_free(&process);
    return STATUS_DONE;
}

/* The process number of a status file's name, 0 for other files. */
static pid_t status_file_number(const char *name)
{
    const char *dot = strrchr(name, '.');
    char number[16];
    if (!dot || strcmp(dot, ".status") != 0 || (size_t)(dot - name) >= sizeof number)
        return 0;
    memcpy(number, name, (size_t)(dot - name));
    number[dot - name] = '\0';
    return parse_process_number(number);
}

static int is_status_file(const struct dirent *entry)
{
    return status_file_number(entry->d_name) != 0;
}

static int by_number(const struct dirent **left, const struct dirent **right)
{
    pid_t a = status_file_number((*left)->d_name), b = status_file_number((*right)->d_name);
    return (a > b) - (a < b);
}

static int show_all(const struct given *given)
{
    char *message;
    char *directory = directory_own(&message);
    if (!directory) {
        fprintf(stderr, "kitsune status: %s\n", message);
        free(message);
        return STATUS_REFUSED;
    }
    directory_remove_stale(directory);
    struct dirent **files;
    int count = scandir(directory, &files, is_status_file, by_number), shown = 0;
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        struct process process;
        if (process_find(status_file_number(files[i]->d_name), &process, &message)) {
            shown++;
            if (given->as_json)
                json_array_append_new(list, process_to_json(&process));
            else
                print_one(&process);
            process_free(&process);
        } else {
            free(message); /* it has just ended */
        }
        free(files[i]);
    }
    if (count >= 0)
        free(files);
    if (given->as_json) {
        print_json(list);
    } else {
        json_decref(list);
        if (!shown)
            printf("no programs of yours are running under Kitsune: `kitsune run ./server.so` "
                   "starts one (looked for in %s; those that began with another XDG_RUNTIME_DIR "
                   "are found by number: `kitsune status PID`)\n", directory);
    }
    free(directory);
    return STATUS_DONE;
}

int status_command(int argument_count, char **arguments)
{
    struct given given = {.most = 1, .begins_with_process = true};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &given);
    return given.pid ? show_one(&given) : show_all(&given);
}
