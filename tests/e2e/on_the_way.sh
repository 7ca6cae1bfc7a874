#!/bin/bash
# What would end the process, or put another program in its place, gives an update up when the new
# version does it on the way to its update point, by its own code, by a library's, or by a rule's;
# and in a child, after the update, or with what the program handles itself, it is nobody's business.
. "$(dirname "$0")/../lib/harness.sh"

cat >library.c <<'END'
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
void library_exits(void) { exit(7); }
void library_exits_at_once(void) { _exit(8); }
void library_exits_by_the_kernel(void) { syscall(SYS_exit_group, 9); }
void library_runs(const char *path) { execl(path, path, "-c", "echo replaced", (char *)NULL); }
END
check "the library builds" gcc -shared -fPIC -Wl,-soname,libends.so -o libends.so library.c

mkdir v1
cat >v1/app.c <<'END'
#define VERSION 1
#include "scene.h"
int main(void)
{
    for (int round = 0; round < 2; round++) {
        kitsune_set_next_version("./v2.so");
        kitsune_signal_update();
        kitsune_update("here");
        EXPECT(!kitsune_is_updating());
    }
    return 0;
}
END
check "the old version builds" build_version v1

# What v2 does on its way, and what is said of it: each gives the update up, twice, and v1 goes on.
before='before it came to its update point'
library_before='before the new version came to its update point'
cat >ways <<END
execve(shell, arguments, environ)|the new version called execve\\("/bin/sh"\\) $before
execv(shell, arguments)|the new version called execv\\("/bin/sh"\\) $before
execvp("sh", arguments)|the new version called execvp\\("sh"\\) $before
execvpe("sh", arguments, environ)|the new version called execvpe\\("sh"\\) $before
execl(shell, "sh", "-c", "echo replaced", NULL)|the new version called execl\\("/bin/sh"\\) $before
execlp("sh", "sh", "-c", "echo replaced", NULL)|the new version called execlp\\("sh"\\) $before
execle(shell, "sh", "-c", "echo replaced", NULL, environ)|called execle\\("/bin/sh"\\) $before
fexecve(open(shell, O_RDONLY), arguments, environ)|called fexecve\\("a descriptor"\\) $before
daemon(1, 1)|called daemon\\(\\), which ends the process that calls it, $before
raise(SIGTERM)|called raise\\(SIGTERM\\), which ends the process, $before
kill(getpid(), SIGKILL)|called kill\\(SIGKILL\\), which ends the process, $before
pthread_kill(pthread_self(), SIGINT)|called pthread_kill\\(SIGINT\\), which ends the process, $before
syscall(SYS_exit_group, 4)|called syscall: exit_group\\(4\\) $before
syscall(SYS_execve, shell, arguments, environ)|called syscall: execve\\("/bin/sh"\\) $before
close(ends[0]), write(ends[1], "x", 1)|crashed on its way to the update point: SIGPIPE .* in app.c/on_the_way
library_exits()|aborted: libends.so called exit\\(7\\) $library_before
library_exits_at_once()|aborted: libends.so called _exit\\(8\\) $library_before
library_exits_by_the_kernel()|aborted: libends.so called syscall: exit_group\\(9\\) $library_before
library_runs(shell)|aborted: libends.so called execl\\("/bin/sh"\\) $library_before
END
mkdir v2
{
    cat <<'END'
#define VERSION 2
#include "scene.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
void library_exits(void), library_exits_at_once(void), library_exits_by_the_kernel(void);
void library_runs(const char *path);
extern char **environ;
char shell[] = "/bin/sh", *arguments[] = {"sh", "-c", "echo replaced", NULL};
static __attribute__((noinline)) int on_the_way(int way)
{
    int ends[2];
    if (pipe(ends) != 0)
        return 1;
    switch (way) {
END
    awk -F'|' '{ print "    case " NR ": " $1 "; break;" }' ways
    cat <<'END'
    }
    return shell[1];
}
int main(void)
{
    kitsune_do_automigrate();
    printf("on its way: %d\n", on_the_way(atoi(getenv("WAY"))));
    kitsune_update("here");
    return 1;
}
END
} >v2/app.c
check "the new version builds" eval 'build_version v2 -D_GNU_SOURCE -Wno-unused -Wl,--no-as-needed -L. -lends \
    -Wl,-rpath,"\$ORIGIN" && install_transformer v1 v2'

way=0
while IFS='|' read -r statement reason; do
    way=$((way + 1))
    output=$(WAY=$way timeout 60 kitsune run ./v1.so 2>&1 </dev/null)
    check_equal "$statement: the old version goes on to its end" 0 $?
    count_expectations "$statement" "$output"
    check_match "$statement: the reason is told" "$reason" "$output"
    check_match "$statement: and where it was" 'frame [01]: .*on_the_way' "$output"
    check_fails "$statement: and nothing else has run" \
        grep -Eq 'replaced|on its way:' <<<"$output"
done <ways

# ---- What is nobody's business -------------------------------------------------------------------

scene "children end, and become other programs, as they like" <<'END'
@common
#define OWN_MAIN
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
static int status_of(pid_t child)
{
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : WIFSIGNALED(status) ? -WTERMSIG(status) : -99;
}
static void try_all(void)
{
    char *arguments[] = {"sh", "-c", "exit 5", NULL};
    pid_t child = fork();
    if (child == 0)
        execv("/bin/sh", arguments);
    EXPECT(status_of(child) == 5);
    child = vfork();
    if (child == 0) {
        execlp("sh", "sh", "-c", "exit 6", (char *)NULL);
        _exit(1);
    }
    EXPECT(status_of(child) == 6);
    child = vfork();
    if (child == 0)
        _exit(7);
    EXPECT(status_of(child) == 7);
    child = fork();
    if (child == 0)
        raise(SIGTERM);
    EXPECT(status_of(child) == -SIGTERM);
    child = fork();
    if (child == 0)
        exit(0);
    EXPECT(status_of(child) == 0);
    EXPECT(posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ) == 0);
    EXPECT(status_of(child) == 5);
    EXPECT(WEXITSTATUS(system("exit 8")) == 8);
    FILE *pipe = popen("exit 9", "r");
    EXPECT(pipe && WEXITSTATUS(pclose(pipe)) == 9);
    EXPECT(raise(SIGCHLD) == 0 && raise(SIGUSR1) == 0 && kill(getpid(), 0) == 0);
}
void on_usr1(int number)
{
    (void)number;
}
@v1
int main(void)
{
    signal(SIGUSR1, on_usr1);
    try_all();
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
int main(void)
{
    kitsune_do_automigrate();
    try_all();
    kitsune_update("here");
    try_all();
    printf("scene ends\n");
    fflush(stdout);
    execlp("true", "true", (char *)NULL);
    return 1;
}
END

scene "a handler for what would end it" <<'END'
@common
#define OWN_MAIN
#include <signal.h>
static volatile sig_atomic_t terms;
void on_term(int number)
{
    terms += number == SIGTERM;
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
    struct sigaction action;
    kitsune_do_automigrate();
    signal(SIGTERM, on_term);
    signal(SIGPIPE, SIG_IGN);
    EXPECT(raise(SIGTERM) == 0 && raise(SIGPIPE) == 0);
    EXPECT(terms == 1);
    kitsune_update("here");
    sigaction(SIGPIPE, NULL, &action);
    EXPECT(action.sa_handler == SIG_IGN);
    sigaction(SIGXFSZ, NULL, &action);
    EXPECT(action.sa_handler == SIG_DFL);
    printf("scene ends\n");
    return 0;
}
END

refused_scene "a rule that ends the program" 'a rule or a check called execlp\("true"\)' <<'END'
@common
int number = 1;
@v1
static void begin(void)
{
}
static void unharmed(void)
{
    EXPECT(number == 1);
}
@v2
static void verify(void)
{
}
@xf
{
#include <unistd.h>
}
number -> number: { $out = $in; execlp("true", "true", (char *)NULL); }
END

refused_scene "a last call of main" 'the new version called execl\("/bin/true"\) before' <<'END'
@common
#define OWN_MAIN
#include <unistd.h>
@v1
int main(void)
{
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    printf("the old version goes on\n");
    return 0;
}
@v2
int main(void)
{
    kitsune_do_automigrate();
    return execl("/bin/true", "true", (char *)NULL);
}
END

refused_scene "a constructor" 'a constructor of the new version called execl\("/bin/true"\)' <<'END'
@common
#include <unistd.h>
@v1
static void begin(void)
{
}
static void unharmed(void)
{
    EXPECT(!kitsune_is_updating());
}
@v2
static __attribute__((constructor)) void construct(void)
{
    execl("/bin/true", "true", (char *)NULL);
}
static void verify(void)
{
}
END

# ---- Threads, and the children of an update ------------------------------------------------------

cat >threads.txt <<'END'
@common
#define OWN_MAIN
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
volatile int turns;
void on_term(int number)
{
    (void)number;
}
void *work(void *argument)
{
#if VERSION == 2
    if (kitsune_is_updating())
        execl("/bin/true", "true", (char *)NULL);
#endif
    for (;; turns++) {
        kitsune_update("working");
        usleep(1000);
    }
    return argument;
}
@v1
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    for (int round = 0; round < 2; round++) {
        kitsune_set_next_version("./v2.so");
        kitsune_signal_update();
        for (int i = 0; i < 200; i++) {
            kitsune_update("main");
            usleep(1000);
        }
    }
    int before = turns;
    for (int i = 0; i < 5000 && turns == before; i++)
        usleep(1000);
    EXPECT(turns > before);
    printf("the old version goes on\n");
    return 0;
}
@v2
int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("main");
        usleep(1000);
    }
}
END
refused_scene "a thread on its way" 'the new version called execl\("/bin/true"\) before' <threads.txt

scene "a child of the update does not hold back signals" <<'END'
@common
#define OWN_MAIN
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
void on_term(int number)
{
    (void)number;
}
@v1
int main(void)
{
    sigset_t chosen;
    sigemptyset(&chosen);
    sigaddset(&chosen, SIGUSR1);
    sigprocmask(SIG_BLOCK, &chosen, NULL);
    signal(SIGTERM, on_term);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
int main(void)
{
    int status = -1;
    kitsune_do_automigrate();
    pid_t child = fork();
    if (child == 0) {
        sigset_t mask;
        sigprocmask(SIG_BLOCK, NULL, &mask);
        _exit(sigismember(&mask, SIGTERM) + 2 * sigismember(&mask, SIGUSR1));
    }
    waitpid(child, &status, 0);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    kitsune_update("here");
    printf("scene ends\n");
    return 0;
}
END

end_of_test
