/* library.c -- see library.h; built by the plain compiler. */
#include "library.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

static void *run(void *argument)
{
    for (;;) {
        free(malloc(100));
        poll(NULL, 0, 5);
    }
    return argument;
}

void library_start(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, NULL) != 0 || pthread_detach(thread) != 0)
        abort();
}
