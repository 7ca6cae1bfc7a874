/* inspect.c -- `kitsune diff`, `check` and `types`: done by lib/kitsune/kitsune-inspect, which
 * knows debug information; this process becomes it. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "common/message.h"

char *inspector_path(void)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return NULL;
    self[length] = '\0';
    return message_format("%s/../lib/kitsune/kitsune-inspect", dirname(self));
}

int inspect_command(int argument_count, char **arguments)
{
    char *inspector = inspector_path();
    if (!inspector) {
        fprintf(stderr, "%s: cannot read /proc/self/exe: %s: mount /proc\n", arguments[0],
                strerror(errno));
        return STATUS_REFUSED;
    }
    char **handed_over = calloc((size_t)argument_count + 2, sizeof *handed_over);
    if (!handed_over) {
        fprintf(stderr, "%s: out of memory\n", arguments[0]);
        return STATUS_REFUSED;
    }
    handed_over[0] = inspector;
    handed_over[1] = strchr(arguments[0], ' ') + 1; /* "kitsune diff" */
    for (int i = 1; i < argument_count; i++)
        handed_over[i + 1] = arguments[i];
    execv(inspector, handed_over);
    fprintf(stderr, "%s: cannot run %s: %s: install Kitsune's development part\n", arguments[0],
            inspector, strerror(errno));
    free(handed_over);
    free(inspector);
    return STATUS_REFUSED;
}
