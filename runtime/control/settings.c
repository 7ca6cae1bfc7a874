/* settings.c -- the configuration of the running program. */
#include "control/settings.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "common/log.h"
#include "common/message.h"
#include "program/program.h"

static struct {
    struct configuration configuration;
    bool is_read;
    char *message;    /* what is wrong with it; NULL: nothing */
    struct stat root; /* that the files were read under */
} current;

const struct configuration *settings(void)
{
    return &current.configuration;
}

static bool has_other_root(void)
{
    struct stat root;
    return current.is_read && stat("/", &root) == 0 &&
           (root.st_dev != current.root.st_dev || root.st_ino != current.root.st_ino);
}

static void take(struct configuration *configuration)
{
    configuration_free(&current.configuration);
    current.configuration = *configuration;
    stat("/", &current.root);
    current.is_read = true;
}

static void read_again(void)
{
    struct configuration configuration;
    char *message;
    enum configuration_result result =
        configuration_read(&configuration, version_path(program.running), &message);
    if (result == CONFIGURATION_UNREADABLE && current.is_read) {
        log_debug("%s: what it said before holds", message);
        free(message);
        return;
    }
    if (result == CONFIGURATION_READ && configuration.is_home_closed && current.is_read &&
        !current.configuration.is_home_closed) {
        log_debug("the home folder is closed to us by now: what the settings said before holds");
        configuration_free(&configuration);
        return;
    }
    free(current.message);
    current.message = message;
    if (result == CONFIGURATION_READ)
        take(&configuration);
}

bool settings_refresh(char **message)
{
    if (!has_other_root())
        read_again();
    *message = current.message ? message_format("no update before its settings are put right: %s",
                                                current.message)
                               : NULL;
    return !*message;
}

void settings_start(void)
{
    read_again();
    if (current.message)
        log_error("%s\nkitsune: no update before that is put right", current.message);
}
