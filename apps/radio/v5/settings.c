/* settings.c -- the command line and the configuration file.
 *
 * The file is an INI file.  Every setting is a row of one table: its section, its name, its kind,
 * where it is kept, and the least value that makes sense.
 */
#include "settings.h"

#include <argp.h>
#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fallback.h"
#include "memory.h"
#include "version.h"

struct settings settings = {
    .port = 8000,
    .maximum_listeners = 1000,
    .maximum_sources = 20,
    .burst_size = 64 * 1024,
    .queue_size = 512 * 1024,
    .metadata_interval = 16000,
    .header_timeout = 15,
    .source_timeout = 10,
    .statistics_interval = 5,
};

enum setting_kind { TEXT, NUMBER, POLICY };

static const struct setting {
    const char *section, *name;
    enum setting_kind kind;
    size_t place; /* in struct settings */
    int minimum;
} known[] = {
    {"server", "bind", TEXT, offsetof(struct settings, bind), 0},
    {"server", "port", NUMBER, offsetof(struct settings, port), 0},
    {"server", "port-file", TEXT, offsetof(struct settings, port_file), 0},
    {"passwords", "source", TEXT, offsetof(struct settings, source_password), 0},
    {"passwords", "admin-user", TEXT, offsetof(struct settings, admin_user), 0},
    {"passwords", "admin", TEXT, offsetof(struct settings, admin_password), 0},
    {"limits", "listeners", NUMBER, offsetof(struct settings, maximum_listeners), 1},
    {"limits", "sources", NUMBER, offsetof(struct settings, maximum_sources), 1},
    {"limits", "burst-size", NUMBER, offsetof(struct settings, burst_size), 0},
    {"limits", "queue-size", NUMBER, offsetof(struct settings, queue_size), 4096},
    {"limits", "send-buffer", NUMBER, offsetof(struct settings, send_buffer), 0},
    {"limits", "metadata-interval", NUMBER, offsetof(struct settings, metadata_interval), 256},
    {"limits", "header-timeout", NUMBER, offsetof(struct settings, header_timeout), 1},
    {"limits", "source-timeout", NUMBER, offsetof(struct settings, source_timeout), 1},
    {"limits", "slow-listeners", POLICY, offsetof(struct settings, slow_policy), 0},
    {"log", "access", TEXT, offsetof(struct settings, access_log), 0},
    {"log", "history", TEXT, offsetof(struct settings, history_log), 0},
    {"log", "statistics-interval", NUMBER, offsetof(struct settings, statistics_interval), 1},
};

static bool set_number(int *place, const char *value, int minimum)
{
    char *end;
    long number = strtol(value, &end, 10);

    if (*value == '\0' || *end != '\0' || number < minimum || number > 1 << 30)
        return false;
    *place = (int)number;
    return true;
}

static void set_text(char **place, const char *value)
{
    free(*place);
    *place = duplicate(value);
}

static bool set_policy(enum slow_policy *place, const char *value)
{
    if (strcmp(value, "drop") != 0 && strcmp(value, "skip") != 0)
        return false;
    *place = strcmp(value, "drop") == 0 ? SLOW_DROP : SLOW_SKIP;
    return true;
}

static bool set(const struct setting *setting, const char *value)
{
    void *place = (char *)&settings + setting->place;

    switch (setting->kind) {
    case TEXT: set_text(place, value); return true;
    case NUMBER: return set_number(place, value, setting->minimum);
    case POLICY: return set_policy(place, value);
    }
    return false;
}

/* [mount /path] */
static int take_mount_line(const char *path, const char *name, const char *value)
{
    if (strcmp(name, "fallback") == 0) {
        fallback_set(path, value);
    } else if (strcmp(name, "fallback-override") == 0 &&
               (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)) {
        fallback_set_temporary(path, strcmp(value, "yes") == 0);
    } else {
        fprintf(stderr, "radio: [mount %s] %s = %s: there is no such setting of a mount\n", path,
                name, value);
        return 0;
    }
    return 1;
}

/* Called by inih for each line; 0 is an error. */
static int take_line(void *unused, const char *section, const char *name, const char *value)
{
    (void)unused;
    if (strncmp(section, "mount ", 6) == 0)
        return take_mount_line(section + 6, name, value);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].section, section) != 0 || strcmp(known[i].name, name) != 0)
            continue;
        if (set(&known[i], value))
            return 1;
        fprintf(stderr, "radio: [%s] %s = %s: not a value it can have\n", section, name, value);
        return 0;
    }
    fprintf(stderr, "radio: [%s] %s: there is no such setting\n", section, name);
    return 0;
}

static void read_file(const char *path)
{
    int line = ini_parse(path, take_line, NULL);

    if (line < 0) {
        fprintf(stderr, "radio: cannot read %s: %s\n", path, strerror(errno));
        exit(2);
    }
    if (line > 0) {
        fprintf(stderr, "radio: %s:%d: see above\n", path, line);
        exit(2);
    }
}

enum { PORT = 'p', CONFIGURATION = 'c', PORT_FILE = 1, VERSION };

static error_t take_option(int key, char *value, struct argp_state *state)
{
    switch (key) {
    case CONFIGURATION:
        read_file(value);
        return 0;
    case PORT:
        if (!set_number(&settings.port, value, 0))
            argp_error(state, "--port %s: not a port", value);
        return 0;
    case PORT_FILE:
        set_text(&settings.port_file, value);
        return 0;
    case VERSION:
        printf("radio %s\n", RADIO_VERSION);
        exit(0);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

char *settings_history_beside(const char *access_log)
{
    size_t size = strlen(access_log) + sizeof ".songs";
    char *path = allocate(size);

    snprintf(path, size, "%s.songs", access_log);
    return path;
}

void settings_read(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"config", CONFIGURATION, "FILE", 0, "read settings from FILE", 0},
        {"port", PORT, "PORT", 0, "listen at this port; 0: any free one", 0},
        {"port-file", PORT_FILE, "FILE", 0, "write the port there when it listens", 0},
        {"version", VERSION, NULL, 0, "print the version", 0},
        {0}};
    static const struct argp parser = {
        options, take_option, NULL, "A server for streams: sources send them, listeners get them.",
        NULL, NULL, NULL};

    argp_parse(&parser, argc, argv, 0, NULL, NULL);
    if (!settings.bind)
        settings.bind = duplicate("127.0.0.1");
    if (!settings.admin_user)
        settings.admin_user = duplicate("admin");
    if (!settings.history_log && settings.access_log)
        settings.history_log = settings_history_beside(settings.access_log);
    if (!settings.source_password) {
        fprintf(stderr, "radio: no password for sources; set [passwords] source in the file "
                        "given by --config\n");
        exit(2);
    }
}

void settings_announce(int port)
{
    printf("radio %s listening at %s:%d\n", RADIO_VERSION, settings.bind, port);
    fflush(stdout);
    if (!settings.port_file)
        return;
    FILE *file = fopen(settings.port_file, "we");
    if (!file || fprintf(file, "%d\n", port) < 0 || fclose(file) != 0) {
        fprintf(stderr, "radio: cannot write the port to %s: %s\n", settings.port_file,
                strerror(errno));
        exit(1);
    }
}

void settings_release(void)
{
    fallbacks_release();
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char **place = (char **)((char *)&settings + known[i].place);
        if (known[i].kind == TEXT) {
            free(*place);
            *place = NULL;
        }
    }
}
