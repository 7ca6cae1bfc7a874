/* version.c -- reading one of the versions that a command was given. */
#include "version.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The model's own messages begin with the file, as these do. */
static const char *without_path(const char *text, const char *path)
{
    size_t length = strlen(path);

    return strncmp(text, path, length) == 0 && strncmp(text + length, ": ", 2) == 0
               ? text + length + 2
               : text;
}

/* Messages may show lines of its sources, as long as these are older than the version itself. */
static void add_sources(struct messages *messages, const struct program *program)
{
    struct stat status;
    size_t i;

    if (stat(program->path, &status) == 0)
        for (i = 0; i < program->file_count; i++)
            declarations_add(messages, program->files[i].shown, program->files[i].full,
                             status.st_mtime);
}

struct program *version_load(const char *path, struct messages *messages)
{
    char *message = NULL;
    struct program *program = model_load(path, &message);
    size_t i;

    if (!program)
        report_at(messages, SEVERITY_ERROR, path, 0, "%s",
                  message ? without_path(message, path) : "cannot be read");
    for (i = 0; program && i < program->warning_count; i++)
        report_at(messages, SEVERITY_WARNING, path, 0, "%s",
                  without_path(program->warnings[i], program->path));
    if (program)
        add_sources(messages, program);
    free(message);
    return program;
}
