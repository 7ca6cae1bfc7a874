#!/bin/bash
# Updates under valgrind, and of programs built with the address and undefined-behaviour
# sanitizers: no error, and nothing lost.
. "$(dirname "$0")/../lib/harness.sh"

# A program with something of everything, which updates itself four times between two versions,
# then frees all it has.
mkdir v1 v2
cat >program.c <<'END'
#include "scene.h"

enum { UPDATES = 4, LENGTH = 500 };

#if VERSION == 1
struct node { int value; struct node *next, *previous; };
struct entry { char *key; struct node *node; };
#else
struct node { struct node *previous, *next; long extra; int value; };
struct entry { struct node *node; long hash; char *key; };
#endif
struct table {
    int count;
    struct entry *entries E_PTRARRAY(self.count);
    int (*compare)(const char *, const char *);
};

static struct node *list, *last;
static struct table *table;
static int updates;
static const char *title = "a literal";
static struct node *remembered[3];

static int compare(const char *a, const char *b)
{
    return strcmp(a, b);
}

static void prepare(void)
{
    char key[16];
    table = calloc(1, sizeof *table);
    table->count = LENGTH;
    table->entries = calloc(LENGTH, sizeof *table->entries);
    table->compare = compare;
    for (int i = 0; i < LENGTH; i++) {
        struct node *node = calloc(1, sizeof *node);
        node->value = i;
        node->previous = last;
        if (last)
            last->next = node;
        else
            list = node;
        last = node;
        snprintf(key, sizeof key, "key %d", i);
        table->entries[i].key = strdup(key);
        table->entries[i].node = node;
    }
    for (int i = 0; i < 3; i++)
        remembered[i] = table->entries[100 * i].node;
}

static int wrong_entries(void)
{
    char key[16];
    int wrong = 0;
    struct node *node = list;
    for (int i = 0; i < LENGTH; i++, node = node->next) {
        snprintf(key, sizeof key, "key %d", i);
        wrong += node->value != i || table->entries[i].node != node ||
                 table->compare(key, table->entries[i].key) != 0 ||
                 (node->next ? node->next->previous != node : node != last);
    }
    return wrong;
}

static void free_all(void)
{
    for (int i = 0; i < LENGTH; i++) {
        free(table->entries[i].key);
        free(table->entries[i].node);
    }
    free(table->entries);
    free(table);
}

int main(void)
{
    kitsune_do_automigrate();
    if (kitsune_is_updating())
        updates++;
    else
        prepare();
    kitsune_update("again");
    EXPECT(wrong_entries() == 0);
    EXPECT(remembered[2] == table->entries[200].node);
    EXPECT(strcmp(title, "a literal") == 0);
    if (updates < UPDATES) {
        kitsune_set_next_version(VERSION == 1 ? "./v2.so" : "./v1.so");
        kitsune_signal_update();
        kitsune_update("again");
        EXPECT(!"the update happens");
        return 1;
    }
    free_all();
    table = NULL;
    list = last = NULL;
    memset(remembered, 0, sizeof remembered);
    printf("scene ends\n");
    return 0;
}
END
cp program.c v1/app.c
cp program.c v2/app.c

# build_pair FLAG...: both versions and both transformers.
build_pair() {
    build_version v1 -DVERSION=1 "$@" && build_version v2 -DVERSION=2 "$@" &&
        install_transformer v1 v2 && install_transformer v2 v1
}

# run_clean NAME COMMAND...: arrives, and with status 0, which the watchers change on any error.
run_clean() {
    local name=$1 output status
    shift
    output=$(timeout 280 "$@" 2>&1)
    status=$?
    count_expectations "$name" "$output"
    check_match "$name: arrives at the end" '^scene ends$' "$output"
    check_equal "$name: no errors" 0 $status || tail -n 60 <<<"$output"
}

# That the watchers watch: a version that reads what it has freed, and one that loses a block.
mkdir -p mistake
cat >mistake/app.c <<'END'
#include "scene.h"
int main(int argc, char **argv)
{
    char *volatile text = malloc(8);
    (void)argv;
    if (argc > 1) {
        text = NULL; /* lost */
        return 0;
    }
    strcpy(text, "gone");
    free(text);
    return text[0] == 'g';
}
END
check "a version with a mistake builds" build_version mistake -DVERSION=1 -w
valgrind=(valgrind --quiet --trace-children=yes --error-exitcode=99 --leak-check=full
          --errors-for-leak-kinds=definite)
expect_error "valgrind finds it" 99 'Invalid read' "${valgrind[@]}" kitsune run ./mistake.so
expect_error "valgrind finds a loss" 99 'definitely lost' \
    "${valgrind[@]}" kitsune run ./mistake.so lose

check "an ordinary pair builds" build_pair
run_clean "as it is" kitsune run ./v1.so
run_clean "valgrind" "${valgrind[@]}" kitsune run ./v1.so

# The sanitizers' libraries have to be in the process before everything else.
with_sanitizers=(env LD_PRELOAD="$(readlink -f "$(gcc -print-file-name=libasan.so)")"
                 ASAN_OPTIONS=detect_leaks=0:exitcode=98)
sanitizer_flags=(-O1 -fsanitize=address,undefined -fno-sanitize-recover=all)
check "a version with a mistake builds with the sanitizers" \
    build_version mistake -DVERSION=1 -w "${sanitizer_flags[@]}"
expect_error "the address sanitizer finds it" 98 'heap-use-after-free' \
    "${with_sanitizers[@]}" kitsune run ./mistake.so
check "a pair with the sanitizers builds" \
    build_pair "${sanitizer_flags[@]}"
run_clean "sanitizers" "${with_sanitizers[@]}" kitsune run ./v1.so

# And the same program built by the other compiler, under valgrind too.
export KITSUNE_CC=clang
check "a pair built by clang builds" build_pair
run_clean "clang and valgrind" "${valgrind[@]}" kitsune run ./v1.so

end_of_test
