/* frames.c -- the backtrace of an update that failed.
 *
 * The runtime knows modules, addresses and symbols; lines come from debug information, which
 * kitsune-inspect reads.  On a machine without it (or when the file was built again since) the
 * backtrace is shown as it is.
 */
#include "frames.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "common/message.h"

enum { MOST_FRAMES = 64 };

/* "0x256b convert_struct_item+0xb /tmp/v2.so" */
static bool parse_frame(const char *text, struct frame *frame)
{
    const char *function = strchr(text, ' ');
    const char *module = function ? strchr(function + 1, ' ') : NULL;
    if (!module)
        return false;
    *frame = (struct frame){
        .address = strndup(text, (size_t)(function - text)),
        .function = strncmp(function + 1, "? ", 2) == 0
                        ? NULL
                        : strndup(function + 1, (size_t)(module - function - 1)),
        .module = copy_string(module + 1),
    };
    return true;
}

/* ---- Source lines ---------------------------------------------------------------------------- */

/* A stream of what the command prints; NULL: it cannot be run. */
static FILE *start(char *const *command, pid_t *pid)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return NULL;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int error = posix_spawn(pid, command[0], &actions, NULL, command, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *stream = error ? NULL : fdopen(ends[0], "r");
    if (!stream)
        close(ends[0]);
    return stream;
}

static void read_lines(FILE *stream, struct frame *frames, size_t count)
{
    char *line = NULL;
    size_t capacity = 0;
    for (size_t i = 0; i < count && getline(&line, &capacity, stream) > 0; i++) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "?") != 0)
            frames[i].source = copy_string(line);
    }
    free(line);
}

/* A history may be full of one crash: each address is looked up once. */
struct looked_up {
    char *module, *build_id, *address, *source;
};
static struct looked_up *looked_up;
static size_t looked_up_count;

static const struct looked_up *recall(const struct frame *frame, const char *build_id)
{
    for (size_t i = 0; i < looked_up_count; i++)
        if (strcmp(looked_up[i].address, frame->address) == 0 &&
            strcmp(looked_up[i].module, frame->module) == 0 &&
            strcmp(looked_up[i].build_id, build_id) == 0)
            return &looked_up[i];
    return NULL;
}

static void keep_in_mind(const struct frame *frame, const char *build_id)
{
    looked_up = reallocate(looked_up, (looked_up_count + 1) * sizeof *looked_up);
    looked_up[looked_up_count++] = (struct looked_up){
        .module = copy_string(frame->module),
        .build_id = copy_string(build_id),
        .address = copy_string(frame->address),
        .source = frame->source ? copy_string(frame->source) : NULL,
    };
}

/* All of them are known from before. */
static bool recall_all(const char *build_id, struct frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!recall(&frames[i], build_id))
            return false;
    for (size_t i = 0; i < count; i++) {
        const char *source = recall(&frames[i], build_id)->source;
        frames[i].source = source ? copy_string(source) : NULL;
    }
    return true;
}

/* For `count` frames of one module. */
static void find_sources(char *inspector, const char *build_id, struct frame *frames, size_t count)
{
    if (recall_all(build_id, frames, count))
        return;
    char *command[MOST_FRAMES + 5] = {inspector, (char *)"where", frames[0].module,
                                      (char *)build_id};
    for (size_t i = 0; i < count; i++)
        command[4 + i] = frames[i].address;
    pid_t pid;
    FILE *stream = start(command, &pid);
    if (!stream)
        return;
    read_lines(stream, frames, count);
    fclose(stream);
    waitpid(pid, NULL, 0);
    for (size_t i = 0; i < count; i++)
        keep_in_mind(&frames[i], build_id);
}

static const char *field(const struct fields *fields, const char *prefix, const char *name)
{
    char *whole = message_format("%s%s", prefix, name);
    const char *value = fields_get(fields, whole);
    free(whole);
    return value;
}

/* Of a version it is known which build it was: the file may be another one by now.  "-": not
 * known. */
static const char *build_of(const struct fields *fields, const char *prefix, const char *module)
{
    static const char *const versions[][2] = {{"new_path", "new_build_id"},
                                              {"old_path", "old_build_id"}};
    const char *step = field(fields, prefix, "step");
    bool is_before = step && strcmp(step, "quiescence") == 0; /* nothing of the new one has run */
    for (int i = is_before ? 1 : 0; i < 2; i++) {
        const char *path = field(fields, prefix, versions[i][0]);
        const char *build_id = field(fields, prefix, versions[i][1]);
        if (path && build_id && strcmp(module, path) == 0)
            return build_id;
    }
    return "-";
}

static void find_all_sources(const struct fields *fields, const char *prefix,
                             struct backtrace *backtrace)
{
    char *inspector = inspector_path();
    if (inspector && access(inspector, X_OK) == 0)
        for (size_t i = 0, next; i < backtrace->count; i = next) {
            const char *module = backtrace->frames[i].module;
            for (next = i + 1; next < backtrace->count; next++)
                if (strcmp(backtrace->frames[next].module, module) != 0)
                    break;
            find_sources(inspector, build_of(fields, prefix, module), &backtrace->frames[i],
                         next - i);
        }
    free(inspector);
}

/* ---- What others ask ------------------------------------------------------------------------- */

struct backtrace backtrace_read(const struct fields *fields, const char *prefix, const char *thread)
{
    struct backtrace backtrace = {.frames = allocate(MOST_FRAMES * sizeof *backtrace.frames)};
    while (backtrace.count < MOST_FRAMES) {
        char name[48];
        snprintf(name, sizeof name, "%sframe_%zu", thread, backtrace.count);
        const char *text = field(fields, prefix, name);
        if (!text || !parse_frame(text, &backtrace.frames[backtrace.count]))
            break;
        backtrace.count++;
    }
    if (backtrace.count)
        find_all_sources(fields, prefix, &backtrace);
    return backtrace;
}

void backtrace_free(struct backtrace *backtrace)
{
    for (size_t i = 0; i < backtrace->count; i++) {
        free(backtrace->frames[i].address);
        free(backtrace->frames[i].function);
        free(backtrace->frames[i].module);
        free(backtrace->frames[i].source);
    }
    free(backtrace->frames);
    *backtrace = (struct backtrace){0};
}

const char *backtrace_rule(const struct backtrace *backtrace)
{
    for (size_t i = 0; i < backtrace->count; i++) {
        const char *source = backtrace->frames[i].source;
        const char *colon = source ? strrchr(source, ':') : NULL;
        if (colon && colon - source > 3 && strncmp(colon - 3, ".xf", 3) == 0)
            return source;
    }
    return NULL;
}
