/* kttjoin -- `kttjoin OUT.ktt IN.ktt...`: joins the types files that ktcc wrote for the objects
 * of a program.  They are objects (see rewriter/types_copy.c), so this is a matter of linking;
 * and what comes out can be joined again.
 */
#include <argp.h>
#include <elf.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct inputs {
    const char *output;
    char **paths;
    size_t count;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct inputs *inputs = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            inputs->output = argument;
        else
            inputs->paths[inputs->count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (!inputs->count)
            argp_error(state, "give the file to write and those to join: OUT.ktt IN.ktt...");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    NULL, parse, "OUT.ktt IN.ktt...",
    "Join types files, written by ktcc --typesfile-out=IN.ktt, to that of a program."
    "\vThe result is what `xfgen OUT.c OLD.ktt NEW.ktt SPEC.xf` reads.", NULL, NULL, NULL};

static bool is_object(const char *path)
{
    FILE *file = fopen(path, "re");
    Elf64_Ehdr header;
    bool is_whole;

    if (!file) {
        fprintf(stderr, "kttjoin: %s: %s\n", path, strerror(errno));
        return false;
    }
    is_whole = fread(&header, sizeof header, 1, file) == 1;
    fclose(file);
    if (is_whole && memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_type == ET_REL)
        return true;
    fprintf(stderr, "kttjoin: %s: not the types file of an object; ktcc writes them with "
            "--typesfile-out=FILE, beside -c\n", path);
    return false;
}

/* One file may be named twice, or under two names. */
static bool is_repeated(const struct inputs *inputs, size_t index)
{
    struct stat status, other;
    size_t i;

    for (i = 0; i < index && stat(inputs->paths[index], &status) == 0; i++)
        if (stat(inputs->paths[i], &other) == 0 && other.st_ino == status.st_ino &&
            other.st_dev == status.st_dev)
            return true;
    return false;
}

/* The compiler driver beside this program. */
static bool find_kitcc(char *path, size_t size)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

    if (length < 0) {
        fprintf(stderr, "kttjoin: cannot read /proc/self/exe: %s: mount /proc\n", strerror(errno));
        return false;
    }
    self[length] = '\0';
    snprintf(path, size, "%s/kitcc", dirname(self));
    return true;
}

int main(int argument_count, char **arguments)
{
    struct inputs inputs = {0};
    char kitcc[PATH_MAX + 8], **command;
    size_t count = 0, i;

    argp_err_exit_status = EXIT_USAGE;
    inputs.paths = calloc((size_t)argument_count + 1, sizeof *inputs.paths);
    command = calloc((size_t)argument_count + 8, sizeof *command);
    if (!inputs.paths || !command) {
        fprintf(stderr, "kttjoin: out of memory\n");
        return EXIT_FAILED;
    }
    if (argp_parse(&parser, argument_count, arguments, 0, NULL, &inputs) != 0)
        return EXIT_USAGE;
    for (i = 0; i < inputs.count; i++)
        if (!is_object(inputs.paths[i]))
            return EXIT_FAILED;
    if (!find_kitcc(kitcc, sizeof kitcc))
        return EXIT_FAILED;
    command[count++] = kitcc;
    command[count++] = (char *)"-r";
    command[count++] = (char *)"-nostdlib";
    command[count++] = (char *)"-o";
    command[count++] = (char *)inputs.output;
    for (i = 0; i < inputs.count; i++)
        if (!is_repeated(&inputs, i))
            command[count++] = inputs.paths[i];
    execv(kitcc, command);
    fprintf(stderr, "kttjoin: cannot run %s: %s\n", kitcc, strerror(errno));
    return EXIT_FAILED;
}
