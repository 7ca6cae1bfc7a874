#!/bin/bash
# What libc and the kernel remember of a program -- signal handlers, the signal mask, exit and fork
# handlers, streams, the environment -- survives an update, and what would end the program in the
# middle of one undoes it.
. "$(dirname "$0")/../lib/harness.sh"

# Handlers are not static where only the old version names them: the compiler would drop a static
# function that nothing in the new version refers to.

# ---- Signals -------------------------------------------------------------------------------------

scene "signal handlers" <<'END'
@common
#include <signal.h>
static volatile sig_atomic_t caught;
static volatile sig_atomic_t by_version;
void on_hangup(int number)
{
    caught += number == SIGHUP;
    by_version = VERSION;
}
void on_information(int number, siginfo_t *information, void *context)
{
    (void)context;
    caught += number == SIGALRM && information != NULL;
    by_version = VERSION;
}
@v1
static void begin(void)
{
    struct sigaction action = {.sa_sigaction = on_information, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGALRM, &action, NULL);
    signal(SIGHUP, on_hangup);
    signal(SIGPIPE, SIG_IGN);
    raise(SIGHUP);
    EXPECT(caught == 1 && by_version == 1);
}
@v2
static void verify(void)
{
    struct sigaction action;
    raise(SIGHUP);
    EXPECT(caught == 2 && by_version == 2);
    by_version = 0;
    raise(SIGALRM);
    EXPECT(caught == 3 && by_version == 2);
    sigaction(SIGALRM, NULL, &action);
    EXPECT(action.sa_flags & SA_RESTART);
    EXPECT(sigismember(&action.sa_mask, SIGTERM) == 1);
    sigaction(SIGPIPE, NULL, &action);
    EXPECT(action.sa_handler == SIG_IGN);
}
END

scene "a signal on the way is delivered to the new version, once" <<'END'
@common
#define OWN_MAIN
#include <signal.h>
static volatile sig_atomic_t caught, by_version;
void on_usr1(int number)
{
    caught += number == SIGUSR1;
    by_version = VERSION;
}
@v1
int main(void)
{
    signal(SIGUSR1, on_usr1);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
int main(void)
{
    raise(SIGUSR1);
    EXPECT(caught == 0);
    kitsune_do_automigrate();
    kitsune_update("here");
    EXPECT(caught == 1);
    EXPECT(by_version == 2);
    printf("scene ends\n");
    return 0;
}
END

scene "the signal mask, and its changes on the way" <<'END'
@common
#define OWN_MAIN
#include <pthread.h>
#include <signal.h>
static int is_blocked(int number)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, number);
}
static void change(int how, int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(how, &set, NULL);
}
void handler(int number)
{
    (void)number;
}
@v1
int main(void)
{
    signal(SIGUSR1, handler);
    change(SIG_BLOCK, SIGCHLD);
    change(SIG_BLOCK, SIGWINCH);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
int main(void)
{
    EXPECT(!is_blocked(SIGUSR1));
    EXPECT(is_blocked(SIGCHLD) && is_blocked(SIGWINCH));
    change(SIG_UNBLOCK, SIGWINCH);
    change(SIG_BLOCK, SIGTERM);
    EXPECT(!is_blocked(SIGWINCH) && is_blocked(SIGTERM));
    kitsune_update("here");
    EXPECT(is_blocked(SIGCHLD));
    EXPECT(!is_blocked(SIGWINCH));
    EXPECT(is_blocked(SIGTERM));
    EXPECT(!is_blocked(SIGUSR1));
    printf("scene ends\n");
    return 0;
}
END

# An update that is undone: v1 asks for v2, goes on, and says what it finds.  $1 name, $2 reason.
undone() {
    local name=$1 reason=$2 output status
    scene_split
    if ! output=$({ build_version v1 && build_version v2 && install_transformer v1 v2; } 2>&1); then
        fail "$name: builds" "$output"
        return 1
    fi
    output=$(timeout 60 kitsune run ./v1.so 2>&1)
    status=$?
    count_expectations "$name" "$output"
    check_equal "$name: the old version goes on to its end" 0 $status
    check_match "$name: the reason is told" "$reason" "$output"
}

undone "a handler that the new version lacks" 'signal 1 \(SIGHUP\), on_hangup' <<'END'
@common
#define OWN_MAIN
#include <signal.h>
@v1
static int caught;
void on_hangup(int number)
{
    caught += number;
}
int main(void)
{
    signal(SIGHUP, on_hangup);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    raise(SIGHUP);
    EXPECT(caught == SIGHUP);
    return 0;
}
@v2
int main(void)
{
    kitsune_do_automigrate();
    kitsune_update("here");
    return 1;
}
END

undone "what the new version set up is put back" "main returned 3" <<'END'
@common
#define OWN_MAIN
#include <signal.h>
static void other(int number)
{
    (void)number;
    printf("FAIL: the new version's handler is called\n");
}
@v1
static int caught, exits;
void on_hangup(int number)
{
    caught += number;
}
static void at_end(void)
{
    exits++;
    EXPECT(exits == 1);
}
int main(void)
{
    sigset_t mask;
    signal(SIGHUP, on_hangup);
    signal(SIGALRM, other);
    signal(SIGALRM, SIG_IGN);
    atexit(at_end);
    for (int i = 0; i < 3; i++) {
        kitsune_set_next_version("./v2.so");
        kitsune_signal_update();
        kitsune_update("here");
        EXPECT(!kitsune_is_updating());
    }
    raise(SIGHUP);
    raise(SIGALRM);
    EXPECT(caught == SIGHUP);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    EXPECT(!sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGHUP));
    return 0;
}
@v2
void on_hangup(int number)
{
    other(number);
}
static void at_end(void)
{
    other(0);
}
int main(void)
{
    sigset_t mask;
    sigfillset(&mask);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signal(SIGHUP, on_hangup);
    signal(SIGALRM, other);
    atexit(at_end);
    kitsune_do_automigrate();
    return 3;
}
END

for way in 'exit(3)' '_exit(3)' '_Exit(3)' 'quick_exit(3)' 'errx(3, "no")'; do
    undone "a new version that calls $way" "the new version called .*[eE]xit\\(3\\)" <<END
@common
#define OWN_MAIN
#include <err.h>
#include <unistd.h>
@v1
int rounds;
static void at_end(void)
{
    EXPECT(rounds == 2);
}
int main(void)
{
    atexit(at_end);
    for (rounds = 0; rounds < 2; rounds++) {
        kitsune_set_next_version("./v2.so");
        kitsune_signal_update();
        kitsune_update("here");
        EXPECT(!kitsune_is_updating());
    }
    return 0;
}
@v2
int rounds;
static void at_end(void)
{
    EXPECT(0);
}
int main(void)
{
    kitsune_do_automigrate();
    atexit(at_end);
    $way;
}
END
done

# ---- The end of the process ----------------------------------------------------------------------

# ends NAME STATUS PATTERN: like a scene, for programs whose end is what matters.
ends() {
    local name=$1 expected=$2 pattern=$3 output status
    scene_split
    if ! output=$({ build_version v1 && build_version v2 && install_transformer v1 v2; } 2>&1); then
        fail "$name: builds" "$output"
        return 1
    fi
    output=$(timeout 60 kitsune run ./v1.so 2>/dev/null)
    status=$?
    check_equal "$name: status" "$expected" $status
    check_equal "$name: what is said" "$pattern" "$(tr '\n' ' ' <<<"$output")"
}

ends "exit handlers" 5 "late from 2, given 2: 9, shared from 2, end " <<'END'
@common
#define OWN_MAIN
static int value;
void shared(void)
{
    printf("shared from %d,\n", VERSION);
}
void given(int status, void *argument)
{
    printf("given %d: %d,\n", VERSION, status == 5 ? *(int *)argument : -1);
}
@v1
static void gone(void)
{
    printf("gone\n");
}
int main(void)
{
    atexit(shared);
    atexit(gone);
    on_exit(given, &value);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
static void late(void)
{
    printf("late from %d,\n", VERSION);
}
static void __attribute__((destructor)) end(void)
{
    printf("end\n");
}
int main(void)
{
    kitsune_do_automigrate();
    atexit(late);
    kitsune_update("here");
    value = 9;
    return 5;
}
END

ends "destructors run at the end only, constructors in each version" 0 "begin 1 begin 2 main end 2 " <<'END'
@common
#define OWN_MAIN
static void __attribute__((constructor)) begin(void)
{
    printf("begin %d\n", VERSION);
}
static void __attribute__((destructor)) end(void)
{
    printf("end %d\n", VERSION);
}
@v1
int main(void)
{
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
int main(void)
{
    kitsune_update("here");
    printf("main\n");
    return 0;
}
END

# ---- Forks ---------------------------------------------------------------------------------------

scene "fork handlers" <<'END'
@common
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
static int prepared, in_parent, in_child, by_version;
void prepare(void)
{
    prepared++;
    by_version = VERSION;
}
void parent(void)
{
    in_parent++;
}
void child(void)
{
    in_child++;
}
static int fork_once(void)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(in_child);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
@v1
static void begin(void)
{
    pthread_atfork(prepare, parent, child);
    EXPECT(fork_once() == 1);
    EXPECT(prepared == 1 && in_parent == 1 && by_version == 1);
}
@v2
static void verify(void)
{
    EXPECT(fork_once() == 1);
    EXPECT(prepared == 2 && in_parent == 2 && by_version == 2);
}
END

# A daemon forks and closes all descriptors it does not know; the child is the program then.  And
# SIGUSR2 is its own.
mkdir -p d1 d2
cat >d1/app.c <<'END'
#include "scene.h"
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
static volatile sig_atomic_t rotated;
static void taken_for_ourselves(int number) { rotated = number; }
int main(int argc, char **argv)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        signal(SIGUSR2, taken_for_ourselves);
        if (argc > 1 && fork() != 0)
            return 0;
        for (int number = 3; number < 1024; number++)
            close(number);
        FILE *file = fopen("daemon.pid", "w");
        fprintf(file, "%d\n", (int)getpid());
        fclose(file);
        (void)argv;
    }
    printf("v%d is the daemon%s\n", VERSION, rotated ? " and was disturbed" : "");
    fflush(stdout);
    for (int i = 0; i < 30000; i++) {
        kitsune_update("loop");
        usleep(1000);
    }
    return 0;
}
END
cp d1/app.c d2/
check "the daemon builds" build_version d1 -DVERSION=1
check "its next version builds" build_version d2 -DVERSION=2
check "the transformer builds" install_transformer d1 d2
for way in "" fork; do
    rm -f daemon.pid
    start log kitsune run ./d1.so $way
    check "a daemon${way:+ that forks} starts" wait_for 10 test -s daemon.pid
    daemon=$(cat daemon.pid)
    started_programs+=("$daemon")
    expect_output "it takes its next version" 'generation 2' kitsune update "$daemon" ./d2.so
    check "and runs it" wait_line 10 log '^v2 is the daemon$'
    kill "$daemon"
    check "and ends" wait_for 10 has_ended "$daemon"
done

# ---- What libc holds -----------------------------------------------------------------------------

scene "streams and the environment" <<'END'
@common
#include <unistd.h>
static char buffer[4096];
static char setting[40] = "KITSUNE_TEST_VARIABLE=1";
static FILE *file;
static long position;
@v1
static void begin(void)
{
    static char unnamed[512];
    file = fopen("stream.txt", "w+");
    setvbuf(file, buffer, _IOFBF, sizeof buffer);
    fprintf(file, "before, ");
    position = ftell(file);
    setvbuf(stderr, unnamed, _IOFBF, sizeof unnamed);
    fprintf(stderr, "kept for later\n");
    putenv(setting);
    putenv((char *)"KITSUNE_TEST_LITERAL=2");
}
@v2
static void verify(void)
{
    char line[100];
    EXPECT(ftell(file) == position);
    fprintf(file, "after");
    rewind(file);
    EXPECT(fgets(line, sizeof line, file) && strcmp(line, "before, after") == 0);
    EXPECT(fflush(stderr) == 0);
    EXPECT(strcmp(getenv("KITSUNE_TEST_LITERAL"), "2") == 0);
    EXPECT(strcmp(getenv("KITSUNE_TEST_VARIABLE"), "1") == 0);
    setting[sizeof "KITSUNE_TEST_VARIABLE"] = '7';
    EXPECT(strcmp(getenv("KITSUNE_TEST_VARIABLE"), "7") == 0);
    EXPECT(setenv("KITSUNE_TEST_VARIABLE", "8", 1) == 0);
}
END

scene "the alternate signal stack, and syslog's name" <<'END'
@common
#include <signal.h>
#include <syslog.h>
static char other_stack[65536];
static volatile sig_atomic_t on_other_stack;
void on_usr1(int number)
{
    char here = (char)number;
    on_other_stack = &here >= other_stack && &here < other_stack + sizeof other_stack;
}
@v1
static void begin(void)
{
    stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
    struct sigaction action = {.sa_handler = on_usr1, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    openlog("a literal of v1", LOG_PERROR, LOG_DAEMON);
}
@v2
static void verify(void)
{
    raise(SIGUSR1);
    EXPECT(on_other_stack);
    syslog(LOG_DEBUG, "after the update");
    closelog();
}
END

scene "thread-local variables" <<'END'
@common
static _Thread_local int counter = 1;
static _Thread_local char *name;
@v1
static void begin(void)
{
    counter = 42;
    name = strdup("thread");
}
@v2
static void verify(void)
{
    EXPECT(counter == 42);
    EXPECT(strcmp(name, "thread") == 0);
}
END

# ---- The stack -----------------------------------------------------------------------------------

scene "as much stack as ulimit says, in each version" <<'END'
@common
static int deep(int depth)
{
    volatile char page[4096];
    page[depth % 4096] = 1;
    return depth ? deep(depth - 1) + page[depth % 4096] : 0;
}
@v1
static void begin(void)
{
    EXPECT(deep(1500) == 1500);
}
@v2
static void verify(void)
{
    EXPECT(deep(1500) == 1500);
}
END

end_of_test
