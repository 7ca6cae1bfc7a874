/* output.c -- the finished transformer: into a file, or compiled to where the runtime looks. */
#include "output.h"
#include "output_file.h"

#include <errno.h>
#include <libgen.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int run_kitcc(const struct output *output, const char *source, const char *target)
{
    char self[PATH_MAX], kitcc[PATH_MAX + 8];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *arguments[] = {kitcc, "-O2", "-shared", "-o", target, source, NULL};
    pid_t child;
    int status, error;

    if (length < 0)
        return -1;
    self[length] = '\0';
    snprintf(kitcc, sizeof kitcc, "%s/kitcc", dirname(self));
    error = posix_spawn(&child, kitcc, NULL, NULL, (char *const *)arguments, environ);
    if (error) {
        report_at(output->messages, SEVERITY_ERROR, NULL, 0, "cannot run %s: %s", kitcc,
                  strerror(error));
        return -1;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

void output_name_installed(struct output *output, const char *new_path, const char *build_id)
{
    snprintf(output->folder, sizeof output->folder, "%s.d", new_path);
    snprintf(output->source, sizeof output->source, "%s/%s.c", output->folder, build_id);
    snprintf(output->target, sizeof output->target, "%s/%s.so", output->folder, build_id);
    snprintf(output->part, sizeof output->part, "%s.part", output->target);
}

static bool say_errno(const struct output *output, const char *path)
{
    report_at(output->messages, SEVERITY_ERROR, NULL, 0, "cannot write %s: %s", path,
              strerror(errno));
    return false;
}

bool output_write(const struct output *output, const char *path)
{
    return write_file(path, output->text, output->length) == 0 || say_errno(output, path);
}

bool output_install(const struct output *output)
{
    if ((mkdir(output->folder, 0777) != 0 && errno != EEXIST) ||
        write_file(output->source, output->text, output->length) != 0)
        return say_errno(output, output->source);
    if (run_kitcc(output, output->source, output->part) != 0) {
        report_at(output->messages, SEVERITY_ERROR, NULL, 0, "the transformer does not compile; "
                  "the compiler's messages above name lines of the .xf file, or of %s",
                  output->source);
        unlink(output->part);
        return false;
    }
    return rename(output->part, output->target) == 0 || say_errno(output, output->target);
}
