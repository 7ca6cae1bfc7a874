/* settings.h -- the command line and the configuration file. */
#ifndef RADIO_SETTINGS_H
#define RADIO_SETTINGS_H

#include <kitsune.h>
#include <stddef.h>

/* What becomes of a listener that is further behind than the queue is long. */
enum slow_policy { SLOW_DROP, SLOW_SKIP };

struct settings {
    char *E_SZ bind;
    int port;
    char *E_SZ port_file; /* NULL: none */
    char *E_SZ access_log;
    char *E_SZ history_log; /* NULL: what was played is not written */
    char *E_SZ source_password;
    char *E_SZ admin_user;
    char *E_SZ admin_password; /* NULL: no administration */
    int maximum_listeners, maximum_sources;
    int burst_size, queue_size;    /* bytes */
    int send_buffer;               /* bytes of a listener's socket; 0: the kernel's choice */
    int metadata_interval;         /* bytes between two pieces of ICY metadata */
    int header_timeout;            /* seconds in which a request has to come */
    int source_timeout;            /* seconds without data that end a source */
    int statistics_interval;       /* seconds */
    enum slow_policy slow_policy;
};

extern struct settings settings;

/* Reads both; ends the program when there is something wrong with them. */
void settings_read(int argc, char **argv);
/* Says where the server listens, on standard output and in the port file. */
void settings_announce(int port);
/* Where the history is written when nothing is said of it: FILE.songs. */
char *settings_history_beside(const char *access_log);
void settings_release(void);

#endif
