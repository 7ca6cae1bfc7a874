#!/bin/bash
# docs/porting.md, docs/threads.md and docs/ready.md: what they let compile compiles, what they let type is
# typed, and what they show comes.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

# The program around the listings.
cat >around.c <<'END'
#include <errno.h>
#include <kitsune.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
enum { EVLOOP_ONCE = 1 };
struct event_base;
int event_base_loop(struct event_base *base, int flags);
struct event *next_event(void);
struct job { bool done; };
struct worker { bool ends; struct event_base *base; };
struct item { int number; };
struct old_table { int size; };
struct session;
struct command { const char *name; void (*function)(void); };
struct configuration *read_configuration();
void handle(struct event *event), do_get(void), do_set(void), open_sockets(void), main_loop(void);
void wait_for_work_and_do_it(struct job *job), watch_everything(struct worker *worker);
void register_callbacks(void), *start_routine(void *argument), serve(int connection);
bool queue_is_empty(void);
int open_listener(const char *port);
END
cat >variables.c <<'END'
struct configuration *configuration;
static int statistics, listener;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_not_empty = PTHREAD_COND_INITIALIZER;
static pthread_t worker_thread;
void *worker(void *argument);
END

page_around=$work/around.c
page_variables=$work/variables.c

# ---- Porting -------------------------------------------------------------------------------------

# A program with a makefile; and one of which something is to be decided.
mkdir porting porting/undecided
cd porting || exit 1
page_server
rm 1-2.xf # is to be made
cp v1/server.c .
echo 'server: server.o' >Makefile
for release in 1 2; do
    sed -e 's|^struct conn {|#line 10\n&|; s|^    struct conn \*next;|    void *data;\n&|' \
        v$release/server.c >undecided/server.c
    check "what is undecided: release $release" \
        sh -c "cd undecided && kitcc -shared server.c -o server-$release.so"
done
page_first='goes_back() { # what has been updated before
    xfgen server-1.so server-2.so 1-2.xf --reverse --install && kitsune rollback "$server"
}'
page_words='s|^kitsune diff server-1.so server-2.so$|(cd undecided; &)|
    s|^kitsune diff.* -o 1-2.xf|&; sed -i s,^//,, 1-2.xf|
    s|^kitsune update .server|runs kitsune run ./server-1.so; &|
    s|^kitsune update --rehearse|goes_back; &|
    s|probation 60|probation 1|; s|curl -sf http://localhost/health|true|'
page "$root/docs/porting.md"
check "porting: the program is the next release at the end" \
    grep -q 'the probation is passed' "$work"/.pages/porting.md/said-*

# The table of rules is one update: a rule for everything that this program changes.
mkdir v1 v2 2>/dev/null
rm -f v1/* v2/*
cat >v1/main.c <<'END'
#include <kitsune.h>
#include <stdlib.h>
#include <unistd.h>
struct user { char *mail; } *user;
struct conn { int number; } *conn;
struct t { double celsius; } *t;
struct rect { int width, height; } *rect;
struct money { long cents; } *money;
int old_name = 1, port = 2, hits = 3, misses = 4, count = 5;
static int next_id(void)
{
    static int last = 6;
    return last++;
}
int main(void)
{
    user = malloc(sizeof *user);
    user->mail = "mail";
    conn = malloc(sizeof *conn);
    conn->number = next_id();
    t = malloc(sizeof *t);
    t->celsius = 100;
    rect = malloc(sizeof *rect);
    *rect = (struct rect){2, 3};
    money = malloc(sizeof *money);
    money->cents = 1200;
    for (;;) {
        kitsune_update("loop");
        usleep(10000);
    }
}
END
echo 'static int table = 7; int number_of(void); int number_of(void) { return table++; }' >v1/a.c
cat >v2/main.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <unistd.h>
struct user { char *address; int quota; } *user;
struct connection { int number; } *conn;
struct t { double kelvin; } *t;
struct rect { int width, height, area; } *rect;
struct money { long units; } *money;
int new_name, hits, misses, count, last_id, total;
struct { int port; } config;
int number_of(void);
int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("loop");
        printf("%d %d %d %d %s %d %d %d %.2f %d %ld\n", new_name, number_of(), config.port, last_id,
               user->address, conn->number, user->quota, total, t->kelvin, rect->area, money->units);
        fflush(stdout);
        usleep(10000);
    }
}
END
echo 'static int table; int number_of(void); int number_of(void) { return table; }' >v2/b.c
sed -n 's/^| .* | `\(.*\)` |$/\1/p' "$root/docs/porting.md" | sed 's/ \.\.\. }/ }/' >table.xf
check_equal "porting: the table has rules" 12 "$(wc -l <table.xf)"
check "porting: a program for them" eval 'build_version v1 && build_version v2'
check_equal "porting: xfgen takes all of them" "" "$(xfgen --strict v1.so v2.so table.xf -o table.c 2>&1)"
check "porting: they compile" kitcc -Wall -Wextra -Werror -shared table.c -o table.xf.so
start log kitsune run ./v1.so
wait_for 10 kitsune status "$started" >/dev/null 2>&1
check "porting: they are an update" kitsune update "$started" ./v2.so --xf ./table.xf.so
check "porting: and do what the table says" wait_line 10 log '^1 7 2 7 mail 6 100 7 373.15 6 12$'
stop "$started"

# ---- Threads -------------------------------------------------------------------------------------

# One thread wants a lock that another one keeps, wherever it is.
mkdir "$work/threads"
cd "$work/threads" || exit 1
cat >server.c <<'END'
#include <kitsune.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
int count[VERSION];
static void __attribute__((noinline)) add(void)
{
    while (access("begin", F_OK))
        usleep(1000);
#line 12
    pthread_mutex_lock(&list_lock);
    count[0]++;
}
static volatile int is_held;
static void *list(void *unused)
{
    pthread_mutex_lock(&list_lock);
    is_held = 1;
    for (;;) {
        kitsune_update("lister");
        usleep(1000);
    }
    return unused;
}
static void *append(void *unused)
{
    add();
    return unused;
}
int main(void)
{
    pthread_t threads[2];
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        pthread_create(&threads[0], NULL, list, NULL);
        while (!is_held)
            usleep(1000);
        pthread_create(&threads[1], NULL, append, NULL);
    }
    for (;;) {
        kitsune_update("main");
        usleep(1000);
    }
}
END
for release in 1 2; do
    kitcc -shared -DVERSION=$release server.c -o server-$release.so
done
check "threads: the transformer" xfgen server-1.so server-2.so --install
page_first='runs kitsune run ./server-1.so; touch begin; sleep 0.1'
page_words="s|/srv/app|$work/threads|g"
page "$root/docs/threads.md"

# ---- Is it ready? --------------------------------------------------------------------------------

mkdir "$work/ready"
cd "$work/ready" || exit 1
page_server
cat >events.c <<'END'
#include <event2/event.h>
#include <kitsune.h>
static struct event_base *base;
static void on_accept(evutil_socket_t listener, short what, void *unused)
{
    (void)listener, (void)what, (void)unused;
}
static struct event *listen_on(int listener)
{
#line 88 "server.c"
    return event_new(base, listener, EV_READ, on_accept, NULL);
}
int main(void)
{
    kitsune_do_automigrate();
    base = event_base_new();
    event_add(listen_on(0), NULL);
    for (;;) {
        kitsune_update("loop");
        event_base_loop(base, EVLOOP_ONCE);
    }
}
END
check "ready: a program with events" kitcc -shared events.c -o events.so -levent
page_first=
page_words='s/^kitsune check server-1.so$/&; kitsune check events.so/'
page "$root/docs/ready.md"

end_of_test
