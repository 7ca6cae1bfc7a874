/* program.c -- starting a program: the first version's main on a stack of its own.
 *
 * The driver's context stays behind on the process's own stack.  It gets control only when an
 * update leaves the running version, and when one is undone (see update.h).
 */
#include "program/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "program/driver.h"
#include "program/exit_handlers.h"
#include "common/log.h"
#include "control/report.h"
#include "common/reserve.h"
#include "control/service.h"
#include "control/settings.h"
#include "files/signature.h"
#include "threads/thread.h"
#include "update/update.h"

struct program program;

/* What shells say when a command cannot be run, or is not there. */
enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static void run_first_version(void)
{
    context_entered(&program.driver);
    exit(program.running->main(program.argument_count, program.arguments, environ));
}

/* A mistake in the configuration is told when it is read for good; it stops updates, not starts. */
static bool check_signature(struct image *image, char **message)
{
    struct configuration configuration;
    char *ignored;
    if (configuration_read(&configuration, image->path, &ignored) != CONFIGURATION_READ) {
        free(ignored);
        return true;
    }
    bool is_right = signature_check(image, SIGNED_VERSION, &configuration, message);
    configuration_free(&configuration);
    return is_right;
}

static struct version *load_first_version(const char *typed_path)
{
    /* Absolute in all that is shown, because programs change their working directory. */
    char *message, *absolute = realpath(typed_path, NULL);
    struct image *image = image_read(absolute ? absolute : typed_path, &message);
    free(absolute);
    if (image && (!image_check_version(image, &message) || !check_signature(image, &message))) {
        image_free(image);
        image = NULL;
    }
    struct version *version = image ? version_load(image, &message) : NULL;
    if (!version) {
        fprintf(stderr, "kitsune: %s\n", message);
        free(message);
    }
    return version;
}

static void take_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    program_invocation_name = (char *)path;
    program_invocation_short_name = (char *)name;
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

/* Rights that come with this executable, and not with the user who starts it, would be given to any
 * program that he names, as with a setuid shell.  (A security module alone can make it
 * "secure" too, without giving it anything: then the environment is not believed, and that is
 * all.) */
static bool has_rights_of_its_own(void)
{
    uid_t real_user, user, saved_user;
    gid_t real_group, group, saved_group;
    if (!getauxval(AT_SECURE) || getresuid(&real_user, &user, &saved_user) != 0 ||
        getresgid(&real_group, &group, &saved_group) != 0)
        return false;
    return user != real_user || group != real_group ||
           getxattr("/proc/self/exe", "security.capability", NULL, 0) > 0;
}

KITSUNE_PUBLIC int kitsune_drive(int argument_count, char **arguments)
{
    static struct context first;
    log_start();
    if (argument_count < 1) {
        fprintf(stderr, "kitsune: name the program: driver PROGRAM.so [argument...]\n");
        return EXIT_CANNOT_RUN;
    }
    if (has_rights_of_its_own()) {
        fprintf(stderr, "kitsune: this driver is setuid, setgid, or has file capabilities, which "
                        "it would give to any program: take them away (chmod ug-s, setcap -r), and "
                        "give rights to the program's service instead (User=, AmbientCapabilities= "
                        "of systemd; setpriv)\n");
        return EXIT_CANNOT_RUN;
    }
    take_name(arguments[0]);
    struct version *version = load_first_version(arguments[0]);
    if (!version)
        return access(arguments[0], F_OK) == 0 ? EXIT_CANNOT_RUN : EXIT_NOT_FOUND;
    struct stack *stack = stack_take(0);
    if (!stack) {
        fprintf(stderr, "kitsune: no address space for a stack: lower `ulimit -s`\n");
        return EXIT_CANNOT_RUN;
    }
    program = (struct program){.is_driven = true, .pid = getpid(), .generation = 1,
                               .since = clock_time(CLOCK_REALTIME),
                               .argument_count = argument_count, .arguments = arguments,
                               .running = version, .running_context = &first,
                               .main_tid = gettid()};
    reserve_start(update_without_memory);
    registry_begin();
    exit_handlers_start();
    settings_start();
    service_start();
    context_prepare(&first, stack, run_first_version);
    update_run_contexts();
}
