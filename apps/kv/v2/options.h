/* options.h -- the command line. */
#ifndef KV_OPTIONS_H
#define KV_OPTIONS_H

#include <kitsune.h>

struct options {
    int port;
    const char *E_SZ bind;
    const char *E_SZ load;      /* NULL: start empty */
    const char *E_SZ save;      /* NULL: nowhere */
    const char *E_SZ port_file; /* NULL: none */
};

extern struct options options;

/* Exits when there is something wrong with them. */
void options_parse(int argc, char **argv);
/* Says where the server listens, on stdout and in the port file. */
void options_announce(int port);

#endif
