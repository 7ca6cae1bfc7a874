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
static void *list(void *unused)
{
    pthread_mutex_lock(&list_lock);
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
        usleep(20000);
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
page_words=
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
