#!/bin/bash
# kitsune update --probation: after a crash of the new version, or when the health command fails, the
# program is back in the old one, with its data and its connections.
. "$(dirname "$0")/../lib/harness.sh"

ulimit -c 0
cat >program.c <<'END'
#include "scene.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#if VERSION == 1
struct node { int value; struct node *next; };
#else
struct node { struct node *next; char *note; long value; };
#endif

static struct node *list;
static int commands;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void add(int value)
{
    struct node *node = calloc(1, sizeof *node);
    node->value = value;
    node->next = list;
    list = node;
}

static void answer(void)
{
    long sum = 0, count = 0;
    for (struct node *node = list; node; node = node->next, count++)
        sum += node->value;
    printf("version %d: %ld nodes, sum %ld\n", VERSION, count, sum);
    fflush(stdout);
}

#if VERSION == 2
static int *volatile nowhere;
static volatile int zero;

static int overflow(int depth)
{
    volatile char space[4000] = {(char)depth};
    return space[0] + overflow(depth + 1) + space[1];
}

static int compare(const void *left, const void *right)
{
    (void)left;
    (void)right;
    return *nowhere;
}

static void on_signal(int number)
{
    *nowhere = number;
}

static void crash(const char *how)
{
    if (strcmp(how, "segv") == 0)
        *nowhere = 1;
    else if (strcmp(how, "abort") == 0)
        abort();
    else if (strcmp(how, "assert") == 0)
        assert(!"all is well");
    else if (strcmp(how, "fpe") == 0)
        zero = commands / zero;
    else if (strcmp(how, "trap") == 0)
        __builtin_trap();
    else if (strcmp(how, "overflow") == 0)
        zero = overflow(1);
    else if (strcmp(how, "call") == 0)
        ((void (*)(void))(uintptr_t)nowhere)();
    else if (strcmp(how, "strlen") == 0)
        zero = (int)strlen((char *)nowhere);
    else if (strcmp(how, "qsort") == 0)
        qsort(&commands, 2, 1, compare);
    else if (strcmp(how, "free") == 0) {
        char *volatile block = malloc(100);
        free(block);
        free(block);
    } else if (strcmp(how, "printf") == 0)
        printf("%s\n", (char *)1);
    else if (strcmp(how, "lock") == 0) {
        pthread_mutex_lock(&mutex);
        *nowhere = 1;
    } else if (strcmp(how, "handler") == 0) {
        signal(SIGUSR1, on_signal);
        raise(SIGUSR1);
    } else if (strcmp(how, "child") == 0) {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            *nowhere = 1;
        waitpid(child, &status, 0);
        printf("the child ended by signal %d\n", WTERMSIG(status));
    }
}
#endif

static void obey(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "add ", 4) == 0)
        add(atoi(line + 4));
    else if (strcmp(line, "large") == 0)
        list->value = (__typeof__(list->value))5000000000;
#if VERSION == 2
    else if (strncmp(line, "crash ", 6) == 0)
        crash(line + 6);
#endif
    answer();
}

int main(void)
{
    char line[200];
    kitsune_do_automigrate();
#ifdef BAD
    if (kitsune_is_updating())
        return 1;
#endif
    if (!kitsune_is_updating()) {
        commands = open("commands", O_RDWR);
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        printf("ready\n");
        fflush(stdout);
    }
    kitsune_update("first");
    for (;;) {
        kitsune_update("loop");
        ssize_t length = read(commands, line, sizeof line - 1);
        if (length <= 0)
            continue;
        line[length] = '\0';
        obey(line);
    }
}
END

# say TEXT [PATTERN]: what the program answers, or what matches in the log after it.
say() {
    local before
    before=$(grep -c ^version log)
    echo "$1" >&7
    wait_for 10 eval "[ \$(grep -c ^version log) -gt $before ]" && grep ^version log | tail -n 1
}

begin() {
    start log "$@" kitsune run ./v1.so
    pid=$started
    wait_line 10 log '^ready' || fail "the program starts" "$(cat log)"
    say 'add 5' >/dev/null
}

mkdir v1 v2 v3
cp program.c v1/app.c
cp program.c v2/app.c
cp program.c v3/app.c
mkfifo commands
exec 7<>commands
check "builds, with both ways installed" eval 'build_version v1 -DVERSION=1 -O0 &&
    build_version v2 -DVERSION=2 -O0 && build_version v3 -DVERSION=2 -DBAD -O0 &&
    xfgen v1.so v2.so --reverse --install && xfgen v2.so v3.so --install'

# ---- Crashes that lead back ----------------------------------------------------------------------

# leads_back NAME HOW PATTERN: what is told of the crash.
leads_back() {
    begin env
    check "$1: updates" kitsune update $pid ./v2.so --probation 60 --detach
    say 'add 7' >/dev/null
    echo "crash $2" >&7
    wait_line 10 log "rolled back to .*v1.so" || fail "$1: goes back" "$(cat log)"
    check_match "$1: the log says why" "v2.so crashed on probation: $3" "$(cat log)"
    check_equal "$1: v1 has all data" "version 1: 2 nodes, sum 12" "$(say sum)"
    check_equal "$1: and goes on" "version 1: 3 nodes, sum 13" "$(say 'add 1')"
    stop $pid
}

leads_back "SIGSEGV" segv "SIGSEGV .*, accessing 0x0, in .*crash\+0x"
leads_back "abort" abort "SIGABRT .* in .*crash\+0x"
leads_back "assert" assert "SIGABRT"
leads_back "SIGFPE" fpe "SIGFPE .* in .*crash"
leads_back "SIGILL" trap "SIGILL .* in .*crash"
leads_back "a stack that runs over" overflow "SIGSEGV .* in .*overflow"
leads_back "a call to nowhere" call "SIGSEGV"
leads_back "in a harmless function of libc" strlen "SIGSEGV .*crash"
leads_back "called back by libc" qsort "SIGSEGV .*compare"

# ---- Again and again -----------------------------------------------------------------------------

begin env
for ((i = 1; i <= 20; i++)); do
    kitsune update $pid ./v2.so --probation 60 --detach >/dev/null || break
    echo "crash segv" >&7
    wait_for 10 eval "[ \$(grep -c 'rolled back to' log) -eq $i ]" || break
    [ $i -ne 5 ] || settled=$(find /proc/$pid/fd -mindepth 1 | wc -l) mapped=$(wc -l </proc/$pid/maps)
done
check_equal "twenty crashes" 21 $i
check_equal "all data" "version 1: 1 nodes, sum 5" "$(say sum)"
check_equal "no descriptor more" "$settled" "$(find /proc/$pid/fd -mindepth 1 | wc -l)"
check "no mapping more" test "$(wc -l </proc/$pid/maps)" -le $((mapped + 4))
stop $pid

# ---- Crashes that take their course --------------------------------------------------------------

# takes_its_course NAME HOW PATTERN
takes_its_course() {
    begin env
    check "$1: updates" kitsune update $pid ./v2.so --probation 60 --detach
    echo "crash $2" >&7
    wait_for 10 has_ended $pid && pass "$1: the program ends" || fail "$1: the program ends" "$(cat log)"
    check_match "$1: the log says why" "crashed on probation: .*$3" "$(cat log)"
    wait $pid 2>/dev/null
    check_equal "$1: by its signal" "$4" "$?"
}

takes_its_course "in malloc" free "does not go back to .*v1.so: it happened in .*libc" $((128 + 6))
takes_its_course "in printf" printf "does not go back to .*v1.so: it happened in .*libc" $((128 + 11))
takes_its_course "in a signal handler" handler "does not go back .*: it happened in a signal handler" \
    $((128 + 11))
takes_its_course "with a lock held" lock "does not go back .*: the thread holds a lock" $((128 + 11))

begin env
check "updates" kitsune update $pid ./v2.so --probation 60 --detach
say large >/dev/null
echo "crash segv" >&7
wait_for 10 has_ended $pid && pass "state that does not fit: the program ends" || fail "ends" "$(cat log)"
check_match "the log says why" "rollback to .*v1.so aborted: .*5000000000, which does not fit 'int'" "$(cat log)"
check_match "and what becomes of it" "no way back to .*v1.so: the crash takes its course" "$(cat log)"

begin env
check "updates" kitsune update $pid ./v2.so --probation 60 --detach
check_match "a forked child that crashes" "version 2" "$(say 'crash child')"
check_match "is none of the program's crashes" "the child ended by signal 11" "$(cat log)"
expect_output "the probation goes on" "probation: [0-9]+ s left" kitsune status $pid
stop $pid

begin env
check "without probation" kitsune update $pid ./v2.so
echo "crash segv" >&7
wait_for 10 has_ended $pid && pass "a crash is the end" || fail "a crash is the end" "$(cat log)"

# ---- Time ----------------------------------------------------------------------------------------

begin env
expect_output "waits for the end of the probation" "the probation is passed" \
    kitsune update $pid ./v2.so --probation 0.5
check_match "the program runs the new version" "version 2" "$(say sum)"
check_fails "its probation is over" eval 'kitsune status $pid | grep probation:'
echo "crash segv" >&7
wait_for 10 has_ended $pid && pass "a crash is the end again" || fail "a crash is the end" "$(cat log)"

begin env
check "updates" kitsune update $pid ./v2.so --probation 500 --detach
expect_output "status shows the probation" "probation: (500|49[0-9]) s left; a crash leads back to .*v1.so" \
    kitsune status $pid
check "a rollback ends it" kitsune rollback $pid
check_fails "status knows" eval 'kitsune status $pid | grep probation:'
check "updates once more" kitsune update $pid ./v2.so --probation 500 --detach
kill -ABRT $pid
wait_for 10 has_ended $pid && pass "SIGABRT from outside is none of its crashes" || fail "SIGABRT" "$(cat log)"

# ---- Other updates meanwhile ---------------------------------------------------------------------

begin env
check "updates" kitsune update $pid ./v2.so --probation 60 --detach
expect_error "an update that is given up" 1 "main returned 1 before" kitsune update $pid ./v3.so
expect_output "the probation goes on" "probation: [0-9]+ s left" kitsune status $pid
echo "crash segv" >&7
wait_line 10 log "rolled back to .*v1.so" && pass "a crash still leads back" ||
    fail "a crash still leads back" "$(cat log)"
check_match "in v1" "version 1" "$(say sum)"
stop $pid

begin env KITSUNE_PROBATION=60
doupd $pid "$PWD/v2.so"
wait_line 10 log "updated to .*v2.so" || fail "doupd" "$(cat log)"
expect_output "the program's own settings put it on probation" "probation: [0-9]+ s left" \
    kitsune status $pid
echo "crash overflow" >&7
wait_line 10 log "rolled back to .*v1.so" && pass "and it goes back" || fail "it goes back" "$(cat log)"
stop $pid

# ---- The tool waits ------------------------------------------------------------------------------

begin env
kitsune update $pid ./v2.so --probation 30 >told 2>&1 &
tool=$!
wait_line 10 told "on probation for 30 s"
echo "crash segv" >&7
wait $tool
check_equal "the tool says 1 after a crash" 1 $?
check_match "and why" "crashed on probation, the program is back at .*v1.so: SIGSEGV" "$(cat told)"
check_match "in v1" "version 1" "$(say sum)"
expect_output "status remembers" "last rollback: committed .*because: SIGSEGV" kitsune status $pid

kitsune update $pid ./v2.so --probation 30 --json >told 2>&1 &
tool=$!
wait_line 10 log "generation 4"
echo "crash free" >&7
wait $tool
check_equal "the tool says 3 when the program has ended" 3 $?
check_match "as JSON" '"probation": "died"' "$(cat told)"

begin env
expect_error "the health command fails" 1 "health command ended with status 3: not well: going back to" \
    kitsune update $pid ./v2.so --probation 30 --health 'test ! -e unwell || { echo not well; exit 3; }; touch unwell' \
    --health-interval 0.1
check_match "the program is back" "version 1" "$(say sum)"
check_match "the log knows" "rolled back to .*v1.so .*: the health command ended with status 3" "$(cat log)"
expect_error "the health command crashes" 1 "ended by SIGKILL" \
    kitsune update $pid ./v2.so --probation 30 --health 'kill -KILL $$'
expect_error "the health command does not come to an end" 1 \
    "health command has not come to an end in 0.2 s: going back to" \
    kitsune update $pid ./v2.so --probation 30 --health 'echo $$ >unending; exec sleep 1000' \
    --health-timeout 0.2
check "and is ended" has_ended "$(cat unending)"
check_match "the program is back" "version 1" "$(say sum)"
expect_output "all is well" '"probation": "passed"' \
    kitsune update $pid ./v2.so --probation 0.5 --health 'kill -0 $KITSUNE_PID' --json
stop $pid

# ---- Refusals ------------------------------------------------------------------------------------

begin env KITSUNE_CRASH=core
expect_error "with KITSUNE_CRASH=core" 1 "KITSUNE_CRASH=core .*there can be no probation" \
    kitsune update $pid ./v2.so --probation 5
stop $pid
rm -r v1.so.d
begin env
expect_error "without a way back" 1 \
    "refused: probation needs a transformer that leads back from .*v2.so .* to .*v1.so .*xfgen .*--reverse --install" \
    kitsune update $pid ./v2.so --probation 5
check_match "the program was left alone" "version 1" "$(say sum)"
expect_error "when nothing is kept" 1 "probation needs the version before" \
    kitsune update $pid ./v2.so --probation 5 --keep-previous no
expect_error "health without probation" 1 "needs --probation" kitsune update $pid ./v2.so --health true
expect_error "health without waiting" 2 "no --detach" \
    kitsune update $pid ./v2.so --probation 5 --health true --detach
expect_error "by the settings" 1 "probation needs a transformer" \
    env KITSUNE_PROBATION=5 kitsune update $pid ./v2.so
expect_output "which an option overrides" "updated" \
    env KITSUNE_PROBATION=5 kitsune update $pid ./v2.so --probation 0
stop $pid

end_of_test
