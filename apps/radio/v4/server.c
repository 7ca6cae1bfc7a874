/* server.c -- main(): starts the threads, and waits for the signal that ends them.
 *
 * Threads: this one; one that accepts connections; one that keeps the statistics and sleeps most
 * of the time; one that writes what was played; and one for each client.  Each has its update point
 * in its loop.
 */
#include <kitsune.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "acceptor.h"
#include "client.h"
#include "history.h"
#include "log.h"
#include "settings.h"
#include "statistics.h"
#include "version.h"

static sigset_t ending_signals;

/* The first start, as opposed to taking over from an older release. */
static void start(int argc, char **argv)
{
    settings_read(argc, argv);
    log_open(settings.access_log);
    sigemptyset(&ending_signals);
    sigaddset(&ending_signals, SIGTERM);
    sigaddset(&ending_signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending_signals, NULL);
    statistics_start();
    acceptor_start();
}

static void stop(void)
{
    acceptor_stop();
    clients_end();
    history_stop();
    log_message("radio %s ends", RADIO_VERSION);
    log_close();
    settings_release();
}

int main(int argc, char **argv)
{
    int number = 0;

    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        start(argc, argv);
    history_start(); /* older releases had none */
    do {
        kitsune_update("main");
    } while (sigwait(&ending_signals, &number) != 0);
    stop();
    return 0;
}
