#!/bin/bash
# kitsune check: what the new version sends, or writes to streams, on its way to its update point.
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

# ---- Processes -----------------------------------------------------------------------------------

found "a daemon" warning "'main' calls daemon here, on the way to the update point: that gives the update up" \
    < <(arrival_program '' 'if (rounds == 5 && daemon(0, 0) < 0) exit(1); // HERE')
found "another program" warning "'main' calls execl here, on the way to the update point: that gives" \
    < <(arrival_program '' 'if (rounds == 5) execl("/bin/true", "true", (char *)0); // HERE')
found "a child" note "'main' calls fork here, on the way to the update point: the process that it starts" \
    < <(arrival_program '' 'if (fork() == 0) execl("/bin/true", "true", (char *)0); // HERE')

# ---- Streams -------------------------------------------------------------------------------------

# stream_program STATEMENT: in main; other streams than those two are somebody's.
stream_program() {
    cat <<END
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
FILE *E_OPAQUE peer;
int rounds;
static __attribute__((noinline)) void say(const char *text)
{
    fprintf(stderr, "%s %d\\n", text, rounds);
    fputs(text, stdout);
    printf("%d\\n", rounds);
    fwrite(text, 1, 2, stdout);
}
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        peer = popen("cat", "w");
    say("begins");
#ifndef MENDED
    $1 // HERE
#endif
    for (;;) {
        kitsune_update("loop");
        fprintf(peer, "%d\\n", rounds++);
    }
}
// ALONE
END
}
for statement in 'fprintf(peer, "%d", rounds);' 'if (fputs("x", peer) < 0) exit(1);' \
    'if (fwrite("xy", 1, 2, peer) != 2) exit(1);' 'fputc(rounds, peer);'; do
    found "a stream: $statement" note \
        "'main' calls [_a-z]+ here, on the way to the update point: where that stream is a pipe" \
        < <(stream_program "$statement")
done

end_of_test
