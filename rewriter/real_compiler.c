/* real_compiler.c -- running the real compiler.  See real_compiler.h. */
#include "real_compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "response_file.h"

/* ---- Which one ------------------------------------------------------------------------------- */

/* The file that execvp would take; NULL when there is none. */
static char *find_in_path(const char *name)
{
    if (strchr(name, '/'))
        return copy_string(name);
    const char *path = getenv("PATH");
    if (!path)
        path = "/usr/local/bin:/usr/bin:/bin";
    for (;;) {
        size_t length = strcspn(path, ":");
        char *candidate = length ? format_string("%.*s/%s", (int)length, path, name)
                                 : copy_string(name);
        if (!access(candidate, X_OK))
            return candidate;
        free(candidate);
        if (!path[length])
            return NULL;
        path += length + 1;
    }
}

static bool is_same_file(const char *one, const char *other)
{
    struct stat first, second;
    return !stat(one, &first) && !stat(other, &second) && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

bool real_compiler_find(const char *chosen, const char *own_program, struct string_list *command)
{
    const char *source = "--kitsune-cc";
    if (!chosen) {
        chosen = getenv("KITSUNE_CC");
        source = "KITSUNE_CC";
    }
    if (!chosen || !chosen[strspn(chosen, " \t")]) {
        chosen = "gcc";
        source = "PATH";
    }
    response_file_split(chosen, command);
    char *file = find_in_path(command->items[0]);
    bool is_kitcc = file && is_same_file(file, own_program);
    free(file);
    if (is_kitcc)
        fprintf(stderr, "kitcc: the real compiler '%s' (from %s) is kitcc itself: name another "
                        "one with KITSUNE_CC=/usr/bin/gcc\n", command->items[0], source);
    return !is_kitcc;
}

bool real_compiler_is_clang(const struct string_list *command)
{
    for (size_t i = 0; i < command->count; i++)
        if (starts_with(base_name(command->items[i]), "clang"))
            return true;
    return false;
}

/* ---- Command lines that are too long --------------------------------------------------------- */

/* Beyond this the kernel may refuse (one argument, or all with the environment). */
enum { LONGEST_COMMAND_LINE = 512 * 1024 };

static size_t length_of_command(const struct string_list *command)
{
    size_t length = 0;
    for (size_t i = 0; i < command->count; i++)
        length += strlen(command->items[i]) + 1 + sizeof(char *);
    return length;
}

/* What came from response files goes back into one, in memory, when it is long. */
static void shorten_command(const struct string_list *command, struct string_list *result)
{
    list_add_all(result, command);
    if (length_of_command(command) < LONGEST_COMMAND_LINE)
        return;
    struct string_list rest = {0};
    struct text contents = {0};
    for (size_t i = 1; i < command->count; i++)
        list_add(&rest, command->items[i]);
    response_file_join(&rest, &contents);
    list_free(&rest);
    FILE *file = tmpfile();
    if (file && fwrite(contents.bytes, 1, contents.length, file) == contents.length &&
        !fflush(file)) {
        int descriptor = dup(fileno(file)); /* stays open for the compiler */
        char *name = copy_string(command->items[0]);
        list_free(result);
        list_take(result, name);
        list_take(result, format_string("@/proc/self/fd/%d", descriptor));
    }
    if (file)
        fclose(file);
    text_free(&contents);
}

/* ---- Children -------------------------------------------------------------------------------- */

static volatile sig_atomic_t pending_signal;
static volatile sig_atomic_t running_child;

static void pass_on(int number)
{
    pending_signal = number;
    if (running_child > 0)
        kill((pid_t)running_child, number);
}

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { ENDING_SIGNAL_COUNT = sizeof ending_signals / sizeof *ending_signals };

static void catch_signals(void)
{
    for (int i = 0; i < ENDING_SIGNAL_COUNT; i++) {
        struct sigaction old;
        sigaction(ending_signals[i], NULL, &old);
        if (old.sa_handler != SIG_DFL)
            continue; /* ignored by our caller, or caught already */
        struct sigaction action = {.sa_handler = pass_on};
        sigemptyset(&action.sa_mask);
        sigaction(ending_signals[i], &action, NULL);
    }
}

void end_by_pending_signal(void)
{
    if (!pending_signal)
        return;
    signal(pending_signal, SIG_DFL);
    raise(pending_signal);
}

int real_compiler_become(const struct string_list *command)
{
    struct string_list shortened = {0};
    shorten_command(command, &shortened);
    execvp(shortened.items[0], shortened.items);
    fprintf(stderr, "kitcc: cannot start '%s': %s; if it is the compiler, install it or name "
                    "another with KITSUNE_CC\n", shortened.items[0], strerror(errno));
    list_free(&shortened);
    return 127;
}

static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    running_child = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static pid_t start(const struct string_list *command, int input, int output)
{
    catch_signals();
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        fprintf(stderr, "kitcc: cannot start a process: %s\n", strerror(errno));
        return -1;
    }
    if (child == 0) {
        for (int i = 0; i < ENDING_SIGNAL_COUNT; i++) {
            struct sigaction old;
            sigaction(ending_signals[i], NULL, &old);
            if (old.sa_handler == pass_on)
                signal(ending_signals[i], SIG_DFL);
        }
        if (input >= 0)
            dup2(input, STDIN_FILENO);
        if (output >= 0)
            dup2(output, STDOUT_FILENO);
        _exit(real_compiler_become(command));
    }
    running_child = child;
    if (pending_signal) /* it came before the child was known */
        kill(child, pending_signal);
    return child;
}

int run_command(const struct string_list *command, int input)
{
    pid_t child = start(command, input, -1);
    return child < 0 ? 1 : wait_for(child);
}

int run_and_read(const struct string_list *command, struct text *output)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) {
        fprintf(stderr, "kitcc: cannot make a pipe: %s\n", strerror(errno));
        return 1;
    }
    pid_t child = start(command, -1, ends[1]);
    close(ends[1]);
    if (child > 0)
        text_read_descriptor(output, ends[0]);
    close(ends[0]);
    return child < 0 ? 1 : wait_for(child);
}
