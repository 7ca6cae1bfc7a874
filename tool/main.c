/* kitsune -- what a person types: finds the subcommand and runs it. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "common/message.h"
#include "spelling.h"

const struct command commands[] = {
    {"run", "run a program that can be updated", run_command},
    {"update", "update a running program to its next version", update_command},
    {"rollback", "return to the version before the last update", rollback_command},
    {"status", "show running programs", status_command},
    {"log", "show how updates went", log_command},
    {"check", "say what stands against an update", inspect_command},
    {"diff", "show what changed between two versions, and what has to be decided",
     inspect_command},
    {"types", "show the types of a version, or write its companion file", inspect_command},
    {"symbols", "save a running version's files for perf, and for gdb with a core file",
     symbols_command},
    {"keygen", "make a pair of keys to sign versions with", keygen_command},
    {"sign", "sign versions and transformers", sign_command},
    {"verify", "check signatures", verify_command},
    {"version", "show the version of Kitsune", version_command},
    {"help", "show the commands, or what one does", help_command},
};
const size_t command_count = sizeof commands / sizeof commands[0];

const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* What other tools call the same. */
static const char *synonym(const char *name)
{
    static const char *const pairs[][2] = {
        {"start", "run"}, {"exec", "run"}, {"upgrade", "update"}, {"reload", "update"},
        {"apply", "update"}, {"undo", "rollback"}, {"revert", "rollback"}, {"back", "rollback"},
        {"list", "status"}, {"ls", "status"}, {"ps", "status"}, {"show", "status"},
        {"history", "log"}, {"compare", "diff"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (strcmp(pairs[i][0], name) == 0)
            return pairs[i][1];
    return NULL;
}

/* The command that may be meant; NULL: no idea. */
static const char *near_command(const char *name)
{
    const char *names[sizeof commands / sizeof commands[0]], *begun = NULL;
    size_t length = strlen(name), begun_count = 0;
    for (size_t i = 0; i < command_count; i++) {
        names[i] = commands[i].name;
        if (length && strncmp(names[i], name, length) == 0) {
            begun = names[i];
            begun_count++;
        }
    }
    const char *other = synonym(name);
    return begun_count == 1 ? begun : other ? other : did_you_mean(name, names, command_count);
}

void say_unknown_command(const char *who, const char *name)
{
    const char *near = near_command(name), *dot = strrchr(name, '.');
    bool is_number = *name && !name[strspn(name, "0123456789")];
    fprintf(stderr, "%s: there is no %s '%s': ", who, *name == '-' ? "option" : "command", name);
    if (near)
        fprintf(stderr, "did you mean '%s'?\n", near);
    else if (dot && strcmp(dot, ".so") == 0)
        fprintf(stderr, "to run it, `kitsune run %s`\n", name);
    else if (is_number)
        fprintf(stderr, "about a process, `kitsune status %s`\n", name);
    else
        fprintf(stderr, "`kitsune help` lists the commands%s\n",
                *name == '-' ? ", which options follow" : "");
}

int main(int argument_count, char **arguments)
{
    argp_err_exit_status = STATUS_USAGE;
    /* A remark about long options that says nothing to who reads the list above it. */
    setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
    if (argument_count < 2) {
        help_command(0, NULL);
        return STATUS_USAGE;
    }
    const char *name = arguments[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        name = "version";
    const struct command *command = find_command(name);
    if (!command) {
        say_unknown_command("kitsune", name);
        return STATUS_USAGE;
    }
    /* argp prints the whole name in its usage lines. */
    char *whole_name = message_format("kitsune %s", name);
    arguments[1] = whole_name;
    int status = command->run(argument_count - 1, arguments + 1);
    free(whole_name);
    return status;
}
