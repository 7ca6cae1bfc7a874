/* server.c -- the server that pages of docs/ speak of, in two releases: their commands are tried
 * with it.  It has three connections, and does nothing but wait.
 */
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct conn {
    long count;
    struct conn *next;
};

static struct {
    struct conn *connections;
} server;
static int rounds;

static void wait_for_work(void)
{
    usleep(10000);
    rounds++;
}

int main(void)
{
    kitsune_do_automigrate();
    for (int i = 0; !kitsune_is_updating() && i < 3; i++) {
        struct conn *conn = malloc(sizeof *conn);
        *conn = (struct conn){10 + i, server.connections};
        server.connections = conn;
    }
    for (;;) {
        kitsune_update("serving");
        wait_for_work();
    }
}
