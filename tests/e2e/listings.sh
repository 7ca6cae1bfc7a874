#!/bin/bash
# The listings of docs/porting.md, docs/threads.md and docs/ready.md compile: what they leave out
# ("...", the end of a function, the program around them) is put there.
. "$(dirname "$0")/../lib/harness.sh"

# The program around the listings.
cat >around.h <<'END'
#include <kitsune.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
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
void register_callbacks(void), *start_routine(void *argument);
bool queue_is_empty(void);
int open_listener(const char *port);
END
cat >variables.h <<'END'
struct configuration *configuration;
static int statistics;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_not_empty = PTHREAD_COND_INITIALIZER;
static pthread_t worker_thread;
void *worker(void *argument);
END

# A line of these forms does not stand in a function.
cat >file-scope <<'END'
^static .*\(.*\)$
^int main.*$
^int [A-Z]+_XFORM.*$
^void .*\(.*\)$
^(static )?struct .*\{$
END

# as_file BLOCK: a file of it; statements that stand alone go into a function.
as_file() {
    echo '#include "around.h"'
    grep '^#include' "$1"
    if grep -Eq -f file-scope "$1"; then
        grep -v '^#include' "$1"
    else
        echo '#include "variables.h"'
        echo 'void listing(void); void listing(void) {'
        cat "$1"
    fi
    echo
}

# closed FILE: it, without "..." and with the braces that are still open.
closed() {
    grep -v '^ *\.\.\.$' "$1" | awk '{ print; open += gsub(/{/, "{") - gsub(/}/, "}") }
                                     END { while (open-- > 0) print "}" }'
}

for document in porting threads ready; do
    awk -v name="$document" '/^```c$/ { count++; inside = 1; next } /^```/ { inside = 0 }
        inside { print > (name "-" count ".part") }' "$root/docs/$document.md"
done
check "there are listings" test "$(find . -name '*.part' | wc -l)" -ge 12
for part in *.part; do
    as_file "$part" >open.c
    closed open.c >"${part%.part}.c"
    check "${part%.part} compiles" kitcc -Wall -Wextra -Werror -Wno-unused -Wno-unused-parameter \
        -Wno-return-type -c "${part%.part}.c" -o listing.o || cat "${part%.part}.c"
done

end_of_test
