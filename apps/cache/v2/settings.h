/* settings.h -- what the command line says. */
#ifndef CACHE_SETTINGS_H
#define CACHE_SETTINGS_H

#include <stddef.h>

extern int tcp_port;             /* 0: any that is free */
extern int worker_limit;         /* threads that serve connections */
extern int connection_limit;
extern size_t memory_limit;      /* bytes of items */
extern size_t item_size_limit;   /* bytes of one item, with its key and header */
extern int verbosity;

/* Fills them in, or prints what is wrong and ends the process. */
void settings_parse(int argc, char **argv);
/* Says that connections are accepted at this port. */
void settings_announce(int port);

#endif
