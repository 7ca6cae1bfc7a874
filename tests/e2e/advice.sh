#!/bin/bash
# The rules that xfgen proposes when something is undecided can be pasted as they are: xfgen accepts
# them, they decide the matter, and the transformer compiles without a warning.
. "$(dirname "$0")/../lib/harness.sh"

# proposed NAME COUNT < DESCRIPTION: builds both versions of a scene and runs xfgen without rules,
# which has to fail; COUNT rules are proposed.  Each line of proposals.txt is one of them.
proposed() {
    local name=$1 count=$2 output
    scene_split
    printf 'static void begin(void) { }\nstatic void verify(void) { }\n' >both.h
    sed -i 's/^#include "scene.h"$/&\n#include "both.h"/' v1/app.c v2/app.c
    check "$name: builds" eval 'build_version v1 -I. && build_version v2 -I.'
    output=$(xfgen v1.so v2.so $scene_rules -o out.c 2>&1)
    check_equal "$name: is undecided" 1 $?
    sed -n 's/^    help: \(.*, \)\?write: //p' <<<"$output" >proposals.txt
    check_equal "$name: rules proposed" "$count" "$(wc -l <proposals.txt)" || echo "$output"
}

# accepted NAME LINE...: these proposals together, in a spec of their own, decide everything.
accepted() {
    local name=$1 line
    shift
    : >pasted.xf
    for line in "$@"; do
        sed -n "${line}p" proposals.txt >>pasted.xf
    done
    rm -f out.c
    check "$name: xfgen accepts $*" xfgen v1.so v2.so pasted.xf -o out.c || cat pasted.xf
    check "$name: $* compile" kitcc -Wall -Wextra -Werror -Wno-sign-compare -O2 -shared out.c -o out.so
}

proposed "numbers that may not fit" 13 <<'END'
@v1
struct sizes {
    long to_int; int to_unsigned; unsigned long to_long; unsigned to_short;
    double to_number; long to_real; double to_float; int to_truth;
    signed char to_byte; unsigned narrow : 9; int signed_narrow : 9; __int128 huge;
};
struct sizes *sizes;
long alone;
@v2
struct sizes {
    int to_int; unsigned to_unsigned; long to_long; unsigned short to_short;
    int to_number; float to_real; float to_float; _Bool to_truth;
    unsigned char to_byte; unsigned narrow : 4; int signed_narrow : 4; long huge;
};
struct sizes *sizes;
short alone;
END
accepted "numbers that may not fit" 1 2 3 4 5 6 7 8 9 10 11 12 13
check_match "a member is named by its struct" \
    '^struct sizes\.to_int -> struct sizes\.to_int: \{' "$(cat proposals.txt)"
check_match "a variable is named by its key" '^alone -> alone: \{' "$(cat proposals.txt)"

proposed "a member of an unnamed struct with a typedef" 1 <<'END'
@v1
typedef struct { long size; } record_t;
record_t *records;
@v2
typedef struct { int size; } record_t;
record_t *records;
END
accepted "a member of an unnamed struct with a typedef" 1

proposed "types under new names" 2 <<'END'
@v1
struct old_entry { int key; };
typedef struct { int value; struct old_entry *entry; } old_value;
union old_cell { int number; };
struct table { struct old_entry *entries[4]; old_value values[2]; union old_cell cell; } table;
@v2
struct new_entry { long key; };
typedef struct { long value; struct new_entry *entry; } new_value;
union new_cell { int number; };
struct table { struct new_entry *entries[4]; new_value values[2]; union new_cell cell; } table;
END
accepted "types under new names" 1 2

proposed "arrays that shrink" 7 <<'END'
@v1
struct record { char name[32]; int values[8]; char *words[4]; int grid[4][4];
                long elements[4]; } *records;
struct odd { union { int nameless; }; } *odd;
@v2
struct record { char name[16]; int values[4]; char *words[2]; int grid[4][2];
                int elements[4]; } *records;
struct odd { union { long nameless; }; } *odd;
END
accepted "arrays that shrink: cut off" 1 3 4 5 6 7
accepted "arrays that shrink: keep the first" 2 3 4 5 6 7

proposed "kinds that have nothing in common" 5 <<'END'
@v1
int number;
struct box { int content; void (*call)(int); char *opaque E_OPAQUE; } *box;
union cell { char *text; long number; } cell;
@v2
struct { int a, b; } number;
struct box { char *content; int *call; char opaque[32] E_OPAQUE; } *box;
union cell { long number; char *text; int added; } cell;
END
accepted "kinds that have nothing in common" 1 2 3 4 5

proposed "pointers of which too little is known" 4 <<'END'
@v1
struct item { int value; };
struct holder { void *data; struct item **one; int count; struct item *many; } *holder;
@v2
struct item { long value; };
struct holder { void *data; struct item **one; int count;
                struct item *E_PTRARRAY(self.count) many; } *holder;
END
accepted "pointers of which too little is known" 1 2 4
accepted "a pointer to many pointers" 1 3 4

proposed "pointers to what rules cannot name" 3 <<'END'
@v1
typedef void *handle_t;
struct item { int value; };
struct node { handle_t *handle; long *size; };
struct node *nodes;
struct row { int count; struct item *items[]; } *rows;
@v2
typedef void *handle_t;
struct item { long value; };
struct node { handle_t *handle; short *size; };
struct node *nodes;
struct row { int count; struct item *items[]; } *rows;
END
accepted "pointers to what rules cannot name" 1 2 3

proposed "a static that may have moved" 2 <<'END'
@v1
static int moved __attribute__((used)) = 1;
@v2
static int begin_of(void) { static int moved = 1; return moved++; }
int use(void) { return begin_of(); }
END
accepted "a static that moved" 1
accepted "a static that has nothing to do with the other" 2

proposed "a rename of what does not fit" 2 <<'END'
@v1
struct s { long before; } *s;
long variable;
@v2
struct s { short after; } *s;
short renamed;
@xf
struct s.before -> struct s.after
variable -> renamed
END
accepted "a rename of what does not fit: code in its place" 1 2
expect_error "a rename of what does not fit: which rule is in the way" 1 'in place of the rule in line 2' \
    xfgen v1.so v2.so rules.xf -o out.c

end_of_test
