/* settings.h -- what the command line says. */
#ifndef CACHE_SETTINGS_H
#define CACHE_SETTINGS_H

#include <stddef.h>

struct settings {
    int port;               /* 0: any that is free */
    int worker_count;       /* threads that serve connections */
    int connection_limit;
    size_t memory_limit;    /* bytes of items */
    size_t item_size_limit; /* bytes of one item, with its key and header */
    int verbosity;
    const char *port_file;
};

extern struct settings settings;

/* Fills them in, or prints what is wrong and ends the process. */
void settings_parse(int argc, char **argv);
/* Says that connections are accepted at this port. */
void settings_announce(int port);

#endif
