#!/bin/bash
# Annotations in every kind of C that gcc compiles: old and new standards, GNU's extensions, what only
# gcc understands.  kitcc never fails a build that gcc does not; what it cannot read it tells.
. "$(dirname "$0")/../lib/harness.sh"

records() {
    objcopy -O binary --only-section=.kitsune --set-section-flags .kitsune=alloc "$1" section
    tr '\0\t' '\n ' <section | sed 's/ [^ ]*:[0-9]*$//; s/ *$//' | grep -v '^point ' | sort
}

# compiles NAME SAID RECORDS [OPTION...] < SOURCE: gcc compiles it, kitcc does too, what kitcc says
# matches, and the records are these.
compiles() {
    local name=$1 said=$2 expected=$3 output
    shift 3
    cat >case.c
    rm -f case.o
    check "$name: gcc compiles it" gcc "$@" -I"$build/include" -c case.c -o gcc.o
    output=$(kitcc "$@" -c case.c -o case.o 2>&1)
    check_equal "$name: kitcc compiles it" 0 $?
    check_match "$name: what it says" "$said" "$output"
    check_equal "$name: the records" "$expected" "$(records case.o)"
}

# runs NAME EXPECTED [OPTION...] < SOURCE: what the locals are at each call of show().
cat >show.c <<'END'
/* Stands in for the runtime: prints what is noted. */
#include <kitsune.h>
#include <stdio.h>
int kitsune_pending;
static struct kitsune_frame *top;
void kitsune_enter_function(struct kitsune_frame *frame) { frame->caller = top; top = frame; }
void kitsune_leave_function(struct kitsune_frame *frame) { top = frame->caller; }
void kitsune_link_local(struct kitsune_frame *frame, struct kitsune_local *local)
{
    local->next = frame->locals;
    frame->locals = local;
}
void kitsune_forget_local(struct kitsune_local *local)
{
    for (struct kitsune_local **at = &top->locals; *at; at = &(*at)->next)
        if (*at == local) {
            *at = local->next;
            return;
        }
}
void show(void);
void show(void)
{
    for (struct kitsune_local *local = top->locals; local; local = local->next)
        printf("%s=%d ", local->name, *(int *)local->address);
    printf(";");
}
END
check "the stand-in compiles" kitcc -c show.c -o show.o
runs() {
    local name=$1 expected=$2 options
    shift 2
    cat >case.c
    for options in -O0 "-O2 -flto"; do
        # shellcheck disable=SC2086
        check "$name $options: it compiles" kitcc $options "$@" case.c show.o -o case
        check_equal "$name $options: what is known" "$expected" "$(./case | tr -d ' ')"
    done
}

# ---- Standards -----------------------------------------------------------------------------------

compiles "C of before 1989" '^$' 'function case.c/f  0 NOTELOCALS
local case.c/f#name  0 SZ
variable case.c/kept  0 SZ' -std=gnu89 <<'END'
#include <kitsune.h>
static char *E_SZ kept;
int f() E_NOTELOCALS;
int f(count, name)
    int count;
    char *E_SZ name;
{
    int sum = count;
    { int sum = 2; count += sum; }
    return sum + count + (name == kept);
}
END
compiles "C23" '^$' 'function case.c/f  0 NOTELOCALS
type struct s name 0 SZ
variable case.c/kept  0 SZ' -std=c2x <<'END'
#include <kitsune.h>
[[maybe_unused]] static int unused;
struct s { char *E_SZ name; [[deprecated]] int old; };
static char *E_SZ kept = (void *)0;
int f(struct s *, int) E_NOTELOCALS;
int f(struct s *a, int) { int sum = 0b101 + 1'000; _Static_assert(sizeof sum == 4); return a ? sum : !kept; }
END
compiles "C23's labels in front of declarations" 'the locals of .f. are not noted' \
    'variable case.c/kept  0 SZ' -std=c2x <<'END'
#include <kitsune.h>
static char *E_SZ kept = (void *)0;
int f(int) E_NOTELOCALS;
int f(int n) { again: int sum = n; if (sum < 0) goto again; return sum + !kept; }
END

# ---- Places --------------------------------------------------------------------------------------

compiles "typedefs of typedefs" '^$' 'type typedef buffer bytes 0 SZ
type typedef names  1 SZ
type typedef string  0 SZ
variable case.c/all  0 PTRARRAY 4' <<'END'
#include <kitsune.h>
typedef char *E_SZ string;
typedef string word, *words;
typedef char *E_SZ *names;
typedef struct { string bytes E_SZ; } buffer, *buffer_at;
static words E_PTRARRAY(4) all;
static names list;
int f(word w, buffer_at b);
int f(word w, buffer_at b) { return !w + !all + !list + !b->bytes; }
END
compiles "members without a struct of their own" '^$' 'type struct outer deep 0 SZ
type struct outer first.text 0 SZ
type struct outer one 0 TAGGED self.kind
type struct outer other 0 PTRARRAY self.kind' <<'END'
#include <kitsune.h>
struct outer {
    int kind;
    struct { struct { union { struct { char *E_SZ deep; }; int flat; } ; }; };
    struct { char *E_SZ text; } first;
    struct { int *E_PTRARRAY(self.kind) other; };
    union { int a; long b; } one E_TAGGED(self.kind);
};
int f(struct outer *o);
int f(struct outer *o) { return !o->deep; }
END
compiles "parameters of every kind" '^$' 'local case.c/f#call  0 OPAQUE
local case.c/f#row  1 SZ
local case.c/f#text  0 SZ' <<'END'
#include <kitsune.h>
int f(const char *E_SZ const restrict text, char *E_SZ row[static 2], int (*E_OPAQUE call)(char *E_SZ inner), ...);
int f(const char *E_SZ const restrict text, char *E_SZ row[static 2], int (*E_OPAQUE call)(char *E_SZ inner), ...)
{
    return !text + !row + !call;
}
END

# ---- GNU C ---------------------------------------------------------------------------------------

compiles "statement expressions, typeof, case ranges, zero arrays" '^$' 'function case.c/f  0 NOTELOCALS
local case.c/f#word  0 SZ
type struct inside text 0 SZ
type struct zero tail 1 SZ' <<'END'
#include <kitsune.h>
#define MOST(a, b) ({ __typeof__(a) a_ = (a), b_ = (b); a_ > b_ ? a_ : b_; })
struct zero { int n; char *E_SZ tail[0]; };
int f(int n, struct zero *z) E_NOTELOCALS;
int f(int n, struct zero *z)
{
    int sum = ({ int k = n * 2; struct inside { char *E_SZ text; } v = {0}; k + !v.text; });
    char *E_SZ word = z ? z->tail[0] : 0;
    switch (n) { case 0 ... 4: sum++; }
    return MOST(sum, 3) ?: !word;
}
END
compiles "assembly that jumps, registers, attributes" '^$' 'function case.c/f  0 NOTELOCALS
variable kept  0 SZ' <<'END'
#include <kitsune.h>
char *E_SZ kept __attribute__((aligned(64), section(".data.kept")));
int f(int n) E_NOTELOCALS;
__attribute__((noinline, cold)) int f(int n)
{
    int sum = n;
    asm goto("" : : : : out);
    asm volatile("" : "+rm"(sum) : : "cc", "memory");
    sum++;
out:
    return sum;
}
END
compiles "nested functions, no annotation near" '^$' 'function case.c/h  0 NOTELOCALS
type struct after name 0 SZ
type struct before name 0 SZ' <<'END'
#include <kitsune.h>
struct before { char *E_SZ name; };
int f(int n) { int g(int m) { return m + n; } return g(1); }
struct after { char *E_SZ name; };
int h(int n) E_NOTELOCALS;
int h(int n) { int sum = n; return sum; }
END
compiles "nested functions among annotations" \
    "case.c:5:[0-9]+: warning: kitcc: the locals of 'f' are not noted.*ENTER_FUNC" \
    'variable after  0 SZ
variable before  0 SZ' <<'END'
#include <kitsune.h>
char *E_SZ before;
int f(int n) E_NOTELOCALS;

int f(int n) { int sum = n; int g(int m) { return m + sum; } return g(1); }
char *E_SZ after;
END
compiles "an annotation on a nested function's parameter" \
    'case.c:2:[0-9]+: warning: kitcc: annotations near here may be lost' 'variable after  0 SZ' <<'END'
#include <kitsune.h>
int f(int n) { int g(char *E_SZ m) { return !m + n; } return g(0); }
char *E_SZ after;
END
compiles "arrays of variable length in structs" '^$' 'variable after  0 SZ
variable before  0 SZ' <<'END'
#include <kitsune.h>
char *E_SZ before;
int f(int n) { struct { int numbers[n]; int last; } v; v.numbers[0] = v.last = 1; return v.last; }
char *E_SZ after;
END
compiles "gcc's own builtins" '^$' 'variable after  0 SZ' -O2 <<'END'
#include <kitsune.h>
void *f(int n, ...) { void *all = __builtin_apply_args(); return n ? all : 0; }
static inline __attribute__((always_inline, gnu_inline)) int g(int n, ...) { return n + __builtin_va_arg_pack_len(); }
int h(void) { return g(1, 2, 3); }
char *E_SZ after;
END
compiles "extensions of Plan 9" '^$' 'type struct wide own 0 SZ
type typedef Base name 0 SZ' -fplan9-extensions <<'END'
#include <kitsune.h>
typedef struct { int a; char *E_SZ name; } Base;
struct wide { Base; int b; char *E_SZ own; };
int use(Base *);
int f(struct wide *x) { return x->Base.a + use(x); }
END
compiles "extensions of Microsoft" '^$' 'type struct base name 0 SZ
type struct wide own 0 SZ' -fms-extensions <<'END'
#include <kitsune.h>
struct base { int a; char *E_SZ name; };
struct wide { struct base; int b; char *E_SZ own; };
int f(struct wide *x);
int f(struct wide *x) { return x->a; }
END
compiles "a brace that a macro opens" "case.c:4:5: warning: .*write the brace out" '' <<'END'
#include <kitsune.h>
#define BEGIN {
int f(void) E_NOTELOCALS;
int f(void) BEGIN int sum = 1; return sum; }
END

# ---- Locals of functions that jump ---------------------------------------------------------------

runs "goto out of scopes and back" "n=1;inner=7n=1;inner=7n=2;n=2;n=2;" <<'END'
#include <kitsune.h>
void show(void);
static int f(int n) E_NOTELOCALS;
static int f(int n)
{
    if (n == 1) show();
again:
    {
        int inner = 7;
        show();
        if (n++ == 1) { if (inner) goto again; }
    }
    if (n > 2) goto out;
    { int never = 0; show(); (void)never; }
out:
    n = 2;
    show();
    show();
    return 0;
}
int main(void) { return f(1); }
END
runs "computed goto" "sum=1n=1;sum=3n=1;sum=1n=0;" <<'END'
#include <kitsune.h>
void show(void);
static int f(int n) E_NOTELOCALS;
static int f(int n)
{
    static void *const labels[] = {&&skip, &&add};
    int sum = 1;
    show();
    goto *labels[n];
add:
    sum += 2;
    show();
skip:
    return sum;
}
int main(void) { return f(1) + f(0) - 4; }
END
runs "declarations in for and switch, and what hides what" \
    "i=0sum=0;i=5hidden=0i=0sum=0;i=5hidden=0i=1sum=0;sum=4;chosen=9sum=4;" <<'END'
#include <kitsune.h>
void show(void);
static int f(void) E_NOTELOCALS;
static int f(void)
{
    int sum = 0;
    for (int i = 0; i < 2; i++) {
        if (i == 0) show();
        int hidden = i;
        { int i = 5; (void)i; if (hidden >= 0) { hidden = 0; } }
        { int i = 5; show(); (void)i; }
        (void)hidden;
        if (i == 1) break;
    }
    sum = 4;
    show();
    switch (sum) {
    case 4: { int chosen = 9; show(); (void)chosen; break; }
    default: break;
    }
    return sum;
}
int main(void) { return f() - 4; }
END
runs "returns from everywhere" "deep=3n=1;n=2;n=3;" <<'END'
#include <kitsune.h>
void show(void);
static int f(int n) E_NOTELOCALS;
static int f(int n)
{
    if (n == 1) {
        for (int deep = 3;;) {
            show();
            while (1)
                do
                    return deep;
                while (0);
        }
    }
    show();
    if (n == 2) return 3;
    else return 3;
}
int main(void) { return f(1) + f(2) + f(3) - 9; }
END

end_of_test
