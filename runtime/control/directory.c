/* directory.c -- where running programs leave word of themselves. */
#include "control/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "control/status_file.h"
#include "files/trust.h"

static bool belongs_to(const char *path, uid_t user)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == user;
}

/* ---- Which directory ------------------------------------------------------------------------- */

/* An environment as it stands in /proc/PID/environ, or NULL for our own. */
struct environment {
    const char *text;
    size_t size;
};

static const char *get_variable(const struct environment *environment, const char *name)
{
    if (!environment)
        return secure_getenv(name);
    size_t length = strlen(name);
    for (size_t at = 0; at < environment->size; at += strlen(environment->text + at) + 1) {
        const char *entry = environment->text + at;
        if (strncmp(entry, name, length) == 0 && entry[length] == '=')
            return entry + length + 1;
    }
    return NULL;
}

static char *choose(uid_t user, const struct environment *environment)
{
    const char *chosen = get_variable(environment, "KITSUNE_RUNTIME_DIR");
    if (chosen && *chosen)
        return copy_string(chosen);
    const char *session = get_variable(environment, "XDG_RUNTIME_DIR");
    if (session && *session && belongs_to(session, user))
        return message_format("%s/kitsune", session);
    if (user == 0)
        return copy_string("/run/kitsune");
    char *login = message_format("/run/user/%u", (unsigned)user);
    char *path = belongs_to(login, user) ? message_format("%s/kitsune", login)
                                         : message_format("/tmp/kitsune-%u", (unsigned)user);
    free(login);
    return path;
}

static char *check_ownership(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return message_format("cannot use %s: %s: set KITSUNE_RUNTIME_DIR to a directory of your "
                              "own", path, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return message_format("%s is not a directory: remove it, or set KITSUNE_RUNTIME_DIR to a "
                              "directory of your own", path);
    if (status.st_uid != geteuid())
        return message_format("%s belongs to user %u, not to you: set KITSUNE_RUNTIME_DIR to a "
                              "directory of your own", path, (unsigned)status.st_uid);
    if (status.st_mode & (S_IWGRP | S_IWOTH))
        return message_format("others can write to %s: chmod go-w it, or set KITSUNE_RUNTIME_DIR "
                              "to a directory of your own", path);
    return NULL;
}

char *directory_own(char **message)
{
    char *path = choose(geteuid(), NULL);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        *message = message_format("cannot make %s: %s: set KITSUNE_RUNTIME_DIR to a directory of "
                                  "your own", path, strerror(errno));
    else
        *message = check_ownership(path);
    if (!*message) {
        /* Absolute, because programs change their working directory. */
        char *absolute = realpath(path, NULL);
        int opened = absolute ? trust_open_directory(absolute, geteuid(), message) : -1;
        if (opened >= 0) {
            close(opened);
            free(path);
            return absolute;
        }
        if (!*message)
            *message = message_format("cannot use %s: %s", path, strerror(errno));
        free(absolute);
    }
    free(path);
    return NULL;
}

char *directory_file(const char *directory, pid_t pid, const char *suffix)
{
    return message_format("%s/%d.%s", directory, (int)pid, suffix);
}

int directory_open_file(const char *path, int flags)
{
    struct stat status;
    int file = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (file < 0)
        return -1;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink <= 1)
        return file;
    close(file);
    errno = EPERM;
    return -1;
}

/* ---- Another process's ----------------------------------------------------------------------- */

static char *read_whole(const char *path, size_t *size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    char *text = NULL;
    size_t used = 0, capacity = 0;
    for (;;) {
        if (capacity - used < 4096)
            text = reallocate(text, capacity += 65536);
        ssize_t got = read(file, text + used, capacity - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    close(file);
    text[used] = '\0';
    *size = used;
    return text;
}

/* Root looks into directories that other users name: what is there must at least be theirs. */
static bool is_of_process(const struct stat *status, pid_t pid)
{
    return status->st_uid == 0 || trust_is_user_of(pid, status->st_uid);
}

static bool has_status(const char *directory, pid_t pid)
{
    struct stat status;
    if (lstat(directory, &status) != 0 || !S_ISDIR(status.st_mode) || !is_of_process(&status, pid))
        return false;
    char *path = directory_file(directory, pid, "status");
    bool is_there = lstat(path, &status) == 0 && S_ISREG(status.st_mode) &&
                    is_of_process(&status, pid);
    free(path);
    return is_there;
}

char *directory_of(pid_t pid)
{
    char *process = message_format("/proc/%d", (int)pid);
    char *environment_path = message_format("/proc/%d/environ", (int)pid);
    struct stat status;
    uid_t user = stat(process, &status) == 0 ? status.st_uid : geteuid();
    struct environment environment = {0};
    char *text = read_whole(environment_path, &environment.size);
    environment.text = text;
    /* A program that changed its user after it started chose as the user it was then; and a
     * process that hides its environment is looked for where we would be ourselves. */
    char *candidates[] = {choose(user, &environment), choose(user, NULL), choose(0, &environment),
                          choose(geteuid(), NULL)};
    char *found = NULL;
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        if (!found && has_status(candidates[i], pid))
            found = candidates[i];
        else
            free(candidates[i]);
    }
    free(text);
    free(environment_path);
    free(process);
    return found;
}

unsigned long long process_start_time(pid_t pid)
{
    char *path = message_format("/proc/%d/stat", (int)pid);
    size_t size;
    char *text = read_whole(path, &size);
    free(path);
    if (!text)
        return 0;
    /* pid (name) state ...: the name may contain anything, so fields count from the last ')'. */
    unsigned long long start = 0;
    char state = 'Z', *at = strrchr(text, ')');
    if (at && sscanf(at + 1, " %c", &state) == 1 && state != 'Z' && state != 'X')
        for (int field = 2; at && field <= 22; field++) {
            if (field == 22)
                start = strtoull(at, NULL, 10);
            else
                at = strchr(at + 1, ' ');
        }
    free(text);
    return start;
}

/* ---- Tidying --------------------------------------------------------------------------------- */

static bool is_stale(const char *directory, pid_t pid)
{
    unsigned long long started = process_start_time(pid);
    if (!started)
        return true;
    struct fields status;
    char *path = directory_file(directory, pid, "status");
    bool read = status_read(path, &status, NULL);
    free(path);
    if (!read)
        return false; /* perhaps just being made */
    bool other = fields_number(&status, "started", 0) != (long long)started;
    fields_free(&status);
    return other;
}

void directory_remove_stale(const char *directory)
{
    DIR *list = opendir(directory);
    if (!list)
        return;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);
        if (pid <= 0 || *end != '.' || pid > 0x7fffffff)
            continue;
        if (strcmp(end, ".socket") && strcmp(end, ".status") && strcmp(end, ".next") &&
            strcmp(end, ".progress"))
            continue;
        /* The status is looked at for each of its files, so it is removed last. */
        if (!is_stale(directory, (pid_t)pid))
            continue;
        static const char *const suffixes[] = {"socket", "next", "progress", "status"};
        for (size_t i = 0; i < 4; i++) {
            char *path = directory_file(directory, (pid_t)pid, suffixes[i]);
            unlink(path);
            free(path);
        }
    }
    closedir(list);
}
