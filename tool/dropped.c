/* dropped.c -- a request whose reply socket was closed before the report came.  See dropped.h. */
#include "dropped.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/message.h"
#include "control/report.h"
#include "control/request.h"

/* ---- The report ------------------------------------------------------------------------------ */

/* Both in the form of text_add_time, whose order is that of the moments. */
static bool is_since(const char *time, int64_t moment)
{
    struct text text = {0};
    struct fields fields;
    text_add_time(&text, "time", moment);
    text_end_fields(&text);
    bool since = time && fields_parse(&fields, text.bytes, text.length, NULL);
    if (since) {
        since = strcmp(time, fields_get(&fields, "time")) >= 0;
        fields_free(&fields);
    }
    text_free(&text);
    return since;
}

static void copy_field(struct text *text, const struct fields *status, const char *name,
                       const char *new_name)
{
    if (fields_get(status, name))
        text_add_field(text, new_name, "%s", fields_get(status, name));
}

/* What the status says of the program and of its last update, as the answer would have. */
static bool make_answer(const struct fields *status, struct fields *answer)
{
    static const char last[] = "last_";
    struct text text = {0};
    copy_field(&text, status, "pid", "pid");
    copy_field(&text, status, "generation", "generation");
    copy_field(&text, status, "path", "running_path");
    copy_field(&text, status, "build_id", "running_build_id");
    copy_field(&text, status, "since", "running_since");
    for (size_t i = 0; i < status->count; i++)
        if (strncmp(status->list[i].name, last, strlen(last)) == 0)
            text_add_field(&text, status->list[i].name + strlen(last), "%s", status->list[i].value);
    text_end_fields(&text);
    bool made = fields_parse(answer, text.bytes, text.length, NULL);
    text_free(&text);
    return made;
}

bool dropped_report_find(const struct process *process, int64_t sent, struct fields *answer)
{
    struct process now;
    char *message;
    if (!process_find(process->pid, &now, &message)) {
        free(message);
        return false;
    }
    bool found = is_since(fields_get(&now.status, "last_time"), sent) &&
                 make_answer(&now.status, answer);
    process_free(&now);
    return found;
}

/* ---- Why there is none ----------------------------------------------------------------------- */

/* Of files that it may have open: 0 when that cannot be read. */
static long limit_of_files(pid_t pid)
{
    char *path = message_format("/proc/%d/limits", (int)pid), line[256];
    FILE *file = fopen(path, "re");
    long limit = 0;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Max open files %ld", &limit) == 1)
            break;
    if (file)
        fclose(file);
    free(path);
    return limit;
}

/* Those that it has of those it may have: descriptors above a limit stay open. */
static long count_descriptors(pid_t pid, long limit)
{
    char *path = message_format("/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    struct dirent *entry;
    long count = 0;
    while (folder && (entry = readdir(folder)))
        count += entry->d_name[0] != '.' && atol(entry->d_name) < limit;
    if (folder)
        closedir(folder);
    free(path);
    return count;
}

char *dropped_describe(pid_t pid)
{
    long limit = limit_of_files(pid);
    if (limit && count_descriptors(pid, limit) + MOST_DESCRIPTORS > limit)
        return message_format("process %d has no descriptors free for the request: it may have %ld "
                              "open (ulimit -n): raise its limit (prlimit --nofile=N --pid %d), or "
                              "close some",
                              (int)pid, limit, (int)pid);
    return message_format("process %d did not tell what it did with the request: `kitsune status "
                          "%d` shows which version runs, and the program's log says why",
                          (int)pid, (int)pid);
}
