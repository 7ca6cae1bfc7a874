#!/bin/bash
# Updates given up after the new version has begun: the old version carries on at its update point
# with everything as it was, and a good update succeeds afterwards.
. "$(dirname "$0")/../lib/harness.sh"

# given_up NAME WHAT PATTERN: the new version begins, takes over all data, and does WHAT instead of
# reaching the update point.  The old version checks its data and updates itself once more, to a
# version that arrives.
given_up() {
    local name=$1 output
    rm -rf v1 v2 v3 v2.so.d v3.so.d
    mkdir v1 v2 v3
    sed "s|WHAT|$2|" program.c >v1/app.c
    cp v1/app.c v2/
    cp v1/app.c v3/
    printf '%s\n' 'INIT struct node.extra: { $out = 3; }' "${4-}" >bad.xf
    echo 'INIT struct node.extra: { $out = 3; }' >good.xf
    check "$name: builds" eval 'build_version v1 -DVERSION=1 -DBAD=0 &&
        build_version v2 -DVERSION=2 -DBAD=1 && build_version v3 -DVERSION=3 -DBAD=0 &&
        install_transformer v1 v2 bad.xf && install_transformer v1 v3 good.xf'
    output=$(timeout 60 kitsune run ./v1.so 2>&1)
    count_expectations "$name" "$output"
    check_match "$name: the reason is told" "$3" "$output"
    check_match "$name: arrives in the version after" '^scene ends$' "$output"
}

cat >program.c <<'END'
#include "scene.h"
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#if VERSION == 1
struct node { int value; struct node *next; };
#else
struct node { struct node *next; long value, extra; };
#endif
/* Stays where it is; what it points to moves. */
struct holder { struct node *node; const char *text; void (*function)(void); };

static struct node *list;
static struct holder *holder;
static int number = 1;
static char text[] = "before";
static int cleanups;

static void function(void)
{
    number++;
}

static void clean_up(void)
{
    cleanups++;
    printf("v%d cleans up\n", VERSION);
}

static void on_signal(int signal_number)
{
    (void)signal_number;
    number += 10;
}

static int is_right(void)
{
    int count = 0;
    for (struct node *node = list; node; node = node->next)
        count += node->value == 99 - count;
    return count == 100 && holder->node == list->next && holder->function == function &&
           strcmp(holder->text, "a literal") == 0 && strcmp(text, "after") == 0;
}

static void prepare(void)
{
    atexit(clean_up);
    signal(SIGUSR1, on_signal);
    for (int i = 0; i < 100; i++) {
        struct node *node = calloc(1, sizeof *node);
        node->value = i;
        node->next = list;
        list = node;
    }
    holder = malloc(sizeof *holder);
    *holder = (struct holder){list->next, "a literal", function};
    strcpy(text, "after");
    number = 5;
}

int main(void)
{
    int state = 7;
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        prepare();
#if BAD
    EXPECT(kitsune_is_updating() && is_right() && number == 5);
    number = 1000;
    WHAT;
#endif
    kitsune_update("here");
#if VERSION == 1
    struct node *first = list;
    EXPECT(is_right());
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    EXPECT(!kitsune_is_updating());
    EXPECT(state == 7 && number == 5);
    EXPECT(list == first && cleanups == 0);
    EXPECT(is_right());
    holder->function();
    raise(SIGUSR1);
    EXPECT(number == 16); /* the old version's handler, and its function */
    kitsune_set_next_version("./v3.so");
    kitsune_signal_update();
    kitsune_update("here");
    EXPECT(!"the good update happens");
    return 1;
#else
    EXPECT(VERSION == 3 && state == 7);
    EXPECT(is_right() && list->extra == 3);
    holder->function();
    raise(SIGUSR1);
    EXPECT(number == 27);
    printf("scene ends\n");
    return 0;
#endif
}
END


given_up "main returns" 'return 0' 'v2\.so aborted.*main'
given_up "exit" 'exit(0)' 'v2\.so aborted.*exit'
given_up "_exit" '_exit(0)' 'v2\.so aborted.*exit'
given_up "quick_exit" 'quick_exit(0)' 'v2\.so aborted.*quick_exit'
given_up "abort" 'abort()' 'v2\.so aborted.*SIGABRT'
given_up "pthread_exit in main" 'pthread_exit(NULL)' 'v2\.so aborted.*pthread_exit'
given_up "FAIL in a rule" '' 'v2\.so (aborted|refused).*no good' \
    'app.c/number -> app.c/number: { $out = $in; FAIL "no good"; }'
given_up "CHECK does not hold" '' 'v2\.so (aborted|refused).*check' \
    'CHECK { $newsym(app.c/number) == 77 }'

end_of_test
