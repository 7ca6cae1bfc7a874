#!/bin/bash
# kitsune check: what the new version sends on its way to its update point.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

# arrival_program COMMENT STATEMENT
arrival_program() {
    cat <<END
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int client = -1, rounds;
static __attribute__((noinline)) void greet(int to)
{
    if (send(to, "hello", 5, 0) < 0)$1
        rounds++;
}
static __attribute__((noinline)) void serve(void)
{
    while (rounds < 100000) {
        kitsune_update("loop");
        greet(client);
        rounds += 2;
    }
}
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        greet(client);
    if (write(2, "x", 1) < 0) // standard error
        exit(1);
#ifndef MENDED
    $2
#endif
    for (;;) {
        kitsune_update("outer");
        serve();
        greet(client);
    }
}
// ALONE
END
}
found "a function sends before the update point" warning "'greet' calls send here, on the way to the update point" \
    < <(arrival_program ' // HERE' 'greet(7);')
found "main writes before the update point" warning "'main' calls dprintf here, on the way to the update point" \
    < <(arrival_program '' 'if (kitsune_is_updating_from("outer")) dprintf(client, "x"); // HERE')
found "behind a last call" warning "'main' calls write here, on the way to the update point" \
    < <(arrival_program '' 'if (rounds == 5) setsid(); if (write(client, "x", 1) < 0) rounds--; // HERE')

end_of_test
