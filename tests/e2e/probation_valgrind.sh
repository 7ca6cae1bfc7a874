#!/bin/bash
# Crashes on probation under valgrind: no error but the crashes themselves, and nothing lost.
. "$(dirname "$0")/../lib/harness.sh"

if ! command -v valgrind >/dev/null; then
    fail "valgrind is installed" "apt-get install valgrind"
    end_of_test
fi
cat >program.c <<'END'
#include "scene.h"
#include <fcntl.h>
#include <unistd.h>

#if VERSION == 1
struct node { int value; struct node *next; };
#else
struct node { struct node *next; long value; char more[8]; };
#endif

static struct node *list;
static int commands;
static int *volatile nowhere;

static void add(void)
{
    struct node *node = calloc(1, sizeof *node);
    node->value = 1;
    node->next = list;
    list = node;
}

static void end(void)
{
    for (struct node *node = list, *next; node; node = next) {
        next = node->next;
        free(node);
    }
    list = NULL;
    exit(0);
}

static void crash(void)
{
#if VERSION == 2
    *nowhere = 1;
#else
    (void)nowhere;
#endif
}

int main(void)
{
    char line[64];
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        commands = open("commands", O_RDWR);
        puts("ready");
        fflush(stdout);
    }
    for (;;) {
        kitsune_update("loop");
        ssize_t length = read(commands, line, sizeof line - 1);
        if (length <= 0)
            continue;
        if (line[0] == 'c')
            crash();
        if (line[0] == 'e')
            end();
        add();
        printf("version %d\n", VERSION);
        fflush(stdout);
    }
}
END
mkdir v1 v2
cp program.c v1/app.c
cp program.c v2/app.c
mkfifo commands
exec 7<>commands
check "builds" eval 'build_version v1 -DVERSION=1 && build_version v2 -DVERSION=2 &&
    xfgen v1.so v2.so --reverse --install'

# The driver itself, which `kitsune run` becomes: valgrind does not follow an exec.
start log valgrind --leak-check=full --log-file="$work/valgrind.log" "$build/bin/driver" ./v1.so
pid=$started
wait_line 60 log '^ready'
for ((i = 1; i <= 3; i++)); do
    echo a >&7
    wait_for 60 eval "[ \$(grep -c '^version 1' log) -eq $i ]"
    check "updates" kitsune update $pid ./v2.so --probation 600 --detach
    echo a >&7
    wait_for 60 eval "[ \$(grep -c '^version 2' log) -eq $i ]"
    echo c >&7
    wait_for 60 eval "[ \$(grep -c 'rolled back to' log) -eq $i ]" && pass "goes back, $i" ||
        fail "goes back, $i" "$(cat log)"
done
echo e >&7
wait_for 60 has_ended $pid || fail "ends" "$(cat log)"
check_match "valgrind saw the three crashes, and no other error" 'ERROR SUMMARY: 3 errors' \
    "$(cat valgrind.log)"
check_equal "nothing is lost" 0 "$(grep -c 'definitely lost in loss record' valgrind.log)" ||
    cat valgrind.log

end_of_test
