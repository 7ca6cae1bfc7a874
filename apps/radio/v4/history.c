/* history.c -- what was played when. */
#include "history.h"

#include <errno.h>
#include <kitsune.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "memory.h"
#include "settings.h"

/* A song that has not been written yet. */
struct entry {
    struct entry *next;
    time_t since;
    char *E_SZ mount, *E_SZ song;
};

/* Under the lock. */
static pthread_mutex_t history_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t history_changed = PTHREAD_COND_INITIALIZER;
static struct entry *first, *last;

static bool is_ending;

/* Also for the next release, which must not start a second one. */
static bool is_running;
static pthread_t thread;

static struct entry *take_first(void)
{
    struct entry *entry = first;

    if (entry) {
        first = entry->next;
        if (!first)
            last = NULL;
    }
    return entry;
}

static void write_entry(struct entry *entry)
{
    char when[32];
    struct tm parts;
    FILE *file = settings.history_log ? fopen(settings.history_log, "ae") : NULL;

    if (file) {
        localtime_r(&entry->since, &parts);
        strftime(when, sizeof when, "%F %T", &parts);
        fprintf(file, "%s %s %s\n", when, entry->mount, entry->song);
        fclose(file);
    } else if (settings.history_log) {
        log_message("cannot write %s: %s", settings.history_log, strerror(errno));
    }
    free(entry->mount);
    free(entry->song);
    free(entry);
}

static void *run_history(void *argument)
{
    for (bool is_over = false; !is_over;) {
        kitsune_update("history");
        pthread_mutex_lock(&history_lock);
        struct entry *entry = take_first();
        is_over = !entry && is_ending;
        if (!entry && !is_over)
            pthread_cond_wait(&history_changed, &history_lock);
        pthread_mutex_unlock(&history_lock);
        if (entry)
            write_entry(entry);
    }
    return argument;
}

void history_start(void)
{
    if (is_running)
        return;
    int error = pthread_create(&thread, NULL, run_history, NULL);
    if (error) {
        log_message("no thread for the history: %s", strerror(error));
        return;
    }
    is_running = true;
}

void history_note(const char *mount, const char *song)
{
    struct entry *entry = allocate_zeroed(sizeof *entry);

    entry->since = time(NULL);
    entry->mount = duplicate(mount);
    entry->song = duplicate(song);
    pthread_mutex_lock(&history_lock);
    if (last)
        last->next = entry;
    else
        first = entry;
    last = entry;
    pthread_cond_signal(&history_changed);
    pthread_mutex_unlock(&history_lock);
}

void history_stop(void)
{
    pthread_mutex_lock(&history_lock);
    is_ending = true;
    pthread_cond_signal(&history_changed);
    pthread_mutex_unlock(&history_lock);
    if (is_running)
        pthread_join(thread, NULL);
}
