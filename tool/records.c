/* records.c -- the history of updates, read. */
#include "records.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/history.h"
#include "control/directory.h"
#include "common/message.h"

static void add(struct records *records, struct fields *fields, long long after)
{
    fields_make_printable(fields);
    long long ended = fields_number(fields, "ended_ns", 0);
    if (ended <= after) {
        fields_free(fields);
        return;
    }
    if (records->count == records->capacity) {
        records->capacity = 2 * records->capacity + 16;
        records->list = reallocate(records->list, records->capacity * sizeof *records->list);
    }
    records->list[records->count++] = (struct record){*fields, ended};
}

/* A block that does not parse is one that is being written, or was when the disk was full: what
 * follows it is read all the same. */
static void parse(struct records *records, const char *text, size_t size, long long after)
{
    while (size) {
        struct fields fields;
        size_t used;
        if (fields_parse(&fields, text, size, &used)) {
            fields_make_printable(&fields);
            add(records, &fields, after);
        } else {
            const char *end = memmem(text, size, "\n\n", 2);
            if (!end)
                return;
            used = (size_t)(end + 2 - text);
        }
        text += used;
        size -= used;
    }
}

static void read_file(struct records *records, const char *directory, const char *name,
                      long long after)
{
    char *path = message_format("%s/%s", directory, name);
    int file = directory_open_file(path, O_RDONLY);
    free(path);
    if (file < 0)
        return;
    size_t capacity = 2 * HISTORY_LARGEST;
    char *text = allocate(capacity);
    ssize_t length = pread(file, text, capacity, 0);
    close(file);
    if (length > 0)
        parse(records, text, (size_t)length, after);
    free(text);
}

/* Which process of this number began last; 0: none. */
static unsigned long long last_started(const char *directory, pid_t pid)
{
    DIR *list = opendir(directory);
    unsigned long long last = 0, started;
    if (!list)
        return 0;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;)
        if (history_file_process(entry->d_name, &started) == pid && started > last)
            last = started;
    closedir(list);
    return last;
}

static int compare(const void *a, const void *b)
{
    const struct record *first = a, *second = b;
    return (first->ended > second->ended) - (first->ended < second->ended);
}

struct records records_read(const char *directory, pid_t pid, long long after)
{
    struct records records = {0};
    unsigned long long wanted = pid ? last_started(directory, pid) : 0, started;
    DIR *list = opendir(directory);
    if (!list)
        return records;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        pid_t of = history_file_process(entry->d_name, &started);
        if (of && (!pid || (of == pid && started == wanted)))
            read_file(&records, directory, entry->d_name, after);
    }
    closedir(list);
    if (records.count)
        qsort(records.list, records.count, sizeof *records.list, compare);
    return records;
}

static void copy_field(struct text *text, const char *name, const struct fields *status,
                       const char *status_name)
{
    const char *value = fields_get(status, status_name);
    if (value)
        text_add_field(text, name, "%s", value);
}

/* By now: another update may have come between the request and its end. */
static void add_running(struct text *text, const struct process *process, enum outcome outcome)
{
    struct process now = {0};
    char *message = NULL;
    bool runs = process_find(process->pid, &now, &message);
    const struct fields *status = runs ? &now.status : &process->status;
    copy_field(text, "generation", status, "generation");
    if (outcome != OUTCOME_FAILED) {
        copy_field(text, "running_path", status, "path");
        copy_field(text, "running_build_id", status, "build_id");
        copy_field(text, "running_since", status, "since");
    }
    if (runs)
        process_free(&now);
    free(message);
}

void records_add(const struct process *process, const struct report *report)
{
    unsigned long long started =
        (unsigned long long)fields_number(&process->status, "started", 0);
    char *path = history_path(process->directory, process->pid, started);
    int file = history_open(path, false);
    free(path);
    if (file < 0)
        return; /* the program could not make it either, and has said so */
    struct text text = {0};
    text_add_field(&text, "pid", "%d", (int)process->pid);
    add_running(&text, process, report->outcome);
    report_write(report, "", &text);
    history_add_times(&text, report);
    text_end_fields(&text);
    history_append(file, &text);
    text_free(&text);
    close(file);
}

void records_free(struct records *records)
{
    for (size_t i = 0; i < records->count; i++)
        fields_free(&records->list[i].fields);
    free(records->list);
    *records = (struct records){0};
}
