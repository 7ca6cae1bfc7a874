/* model_objects.c -- a program that is known by its object files only: what build rules written for
 * the published Kitsune call a types file (rewriter/types_copy.c says how it came about).
 *
 * The addresses in an object are the linker's business; so it is linked on trial, as a shared
 * object that nobody runs, and read like any other.  Its types, keys and annotations are the
 * program's; its addresses are not, for the program is linked with more than these objects.
 */
#include "dwarf_reader.h"
#include "types_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

bool is_objects_path(const char *path)
{
    size_t length = strlen(path);
    int descriptor;
    Elf64_Ehdr header;
    ssize_t got;

    if (length < 4 || strcmp(path + length - 4, ".ktt") != 0)
        return false;
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    got = read(descriptor, &header, sizeof header);
    close(descriptor);
    return got == sizeof header && memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
           header.e_type == ET_REL;
}

/* ---- Linking on trial ---------------------------------------------------------------------- */

/* kitcc lies beside xfgen, and in ../../bin seen from kitsune-inspect. */
static bool find_kitcc(char *path, size_t size)
{
    static const char *const places[] = {"kitcc", "../../bin/kitcc", "../bin/kitcc"};
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *folder;
    size_t i;

    if (length < 0)
        return false;
    self[length] = '\0';
    folder = dirname(self);
    for (i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(path, size, "%s/%s", folder, places[i]);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static char *link_on_trial(const char *path, const char *target)
{
    char kitcc[PATH_MAX + 32], *message = NULL;
    const char *arguments[] = {kitcc, "-shared", "-nostdlib", "-Wl,--build-id",
                               "-Wl,--unresolved-symbols=ignore-all", "-o", target, path, NULL};
    pid_t child;
    int status = 0, error;

    if (!find_kitcc(kitcc, sizeof kitcc))
        return strdup("kitcc, which is needed to read it, is not beside this program");
    error = posix_spawn(&child, kitcc, NULL, NULL, (char *const *)arguments, environ);
    while (!error && waitpid(child, &status, 0) < 0)
        error = errno == EINTR ? 0 : errno;
    if (error && asprintf(&message, "cannot run %s: %s", kitcc, strerror(error)) < 0)
        message = NULL;
    else if (!error && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        message = strdup("the objects in it cannot be linked, for the reasons above; make it again "
                         "with ktcc and kttjoin");
    return message;
}

/* ---- Loading ------------------------------------------------------------------------------- */

/* The model under the name that the file stands for. */
static struct program *rename_program(struct program *program, const char *path, char **message)
{
    unsigned char *bytes;
    size_t size;

    program->has_no_addresses = true;
    program->build_id = "";
    bytes = types_file_write(program, &size);
    model_free(program);
    program = types_file_read(bytes, size, path, NULL, message);
    free(bytes);
    return program;
}

static struct program *load_in(const char *folder, const char *path, char **message)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    struct program *program = NULL;
    char *target, *reason;

    if (asprintf(&target, "%s/%.*s.so", folder, (int)(strlen(name) - strlen(".ktt")), name) < 0)
        return NULL;
    reason = link_on_trial(path, target);
    if (!reason)
        program = model_load(target, &reason);
    if (program)
        program = rename_program(program, path, &reason);
    if (reason && asprintf(message, "%s: %s", path, strncmp(reason, folder, strlen(folder)) == 0
                                                        ? reason + strlen(target) + 2
                                                        : reason) < 0)
        *message = NULL;
    free(reason);
    unlink(target);
    free(target);
    return program;
}

struct program *objects_load(const char *path, char **message)
{
    const char *temporary = getenv("TMPDIR");
    struct program *program = NULL;
    char *folder;

    if (asprintf(&folder, "%s/kitsune-types.XXXXXX", temporary ? temporary : "/tmp") < 0)
        return NULL;
    if (mkdtemp(folder)) {
        program = load_in(folder, path, message);
        rmdir(folder);
    } else if (asprintf(message, "%s: cannot make the folder %s: %s", path, folder,
                        strerror(errno)) < 0) {
        *message = NULL;
    }
    free(folder);
    return program;
}
