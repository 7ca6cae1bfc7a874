#!/bin/bash
# longjmp on the way to the update point: within the new version's own frames it is nobody's business; to
# where the old version had called setjmp it gives the update up, whoever calls it, and the old version
# goes on, with its frames as they were.
. "$(dirname "$0")/../lib/harness.sh"

# A library with an error handler of that kind.
cat >library.c <<'END'
#include <setjmp.h>
void library_fails(jmp_buf *where) { longjmp(*where, 1); }
END
check "a library builds" gcc -shared -fPIC -O2 library.c -o libfails.so

cat >program.c <<'END'
#include <kitsune.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

jmp_buf back;
sigjmp_buf signal_back;
int version = VERSION, jumps;
void library_fails(jmp_buf *where);

#define WITHIN jumps = 0

/* Its own setjmp, at any depth. */
__attribute__((noinline)) void jump_within(jmp_buf *where, int depth)
{
    volatile char room[200];
    room[0] = (char)depth;
    if (depth > 0)
        jump_within(where, depth - 1);
    else
        longjmp(*where, 3);
    room[1] = room[0];
}

__attribute__((noinline)) void on_the_way(void)
{
    jmp_buf here;
    int value = setjmp(here);
    if (value == 0)
        jump_within(&here, 10);
    jumps = value;
    JUMP;
}

static void *run(void *argument)
{
    jmp_buf *mine = argument;
    if (!kitsune_is_updating())
        setjmp(*mine);
#ifdef IN_THREAD
    else
        longjmp(*mine, 1);
#endif
    for (;;) {
        kitsune_update("thread");
        poll(NULL, 0, 10);
    }
    return NULL;
}

jmp_buf of_thread;

/* What it had before its update point is there behind it. */
__attribute__((noinline)) static void serve(void)
{
    volatile int kept[500];
    for (int i = 0; i < 500; i++)
        kept[i] = i;
    kitsune_update("main");
    for (int i = 0; i < 500; i++)
        if (kept[i] != i)
            printf("lost\n");
    poll(NULL, 0, 10);
}

int main(int count, char **arguments)
{
    (void)arguments;
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    kitsune_do_automigrate();
    if (!kitsune_is_updating() && count > 1)
        pthread_create(&thread, NULL, run, &of_thread);
#if VERSION == 2 && !defined IN_THREAD
    if (kitsune_is_updating())
        on_the_way();
#endif
    if (setjmp(back) || sigsetjmp(signal_back, 1))
        printf("version %d came back\n", VERSION);
    for (;;) {
        serve();
        printf("version %d goes on\n", VERSION);
    }
}
END

mkdir v1 v2
# releases NAME JUMP [FLAG...]: two of them; the second does this on its way.
releases() {
    local name=$1 jump=$2 version
    shift 2
    for version in 1 2; do
        cp program.c v$version/app.c
        check "$name: version $version" build_version v$version -DVERSION=$version -DJUMP="$jump" "$@" \
            -Wl,--no-as-needed -L"$work" -lfails -Wl,-rpath,"$work"
    done
}

# refused NAME PATTERN [ARGUMENT]
refused() {
    start log kitsune run ./v1.so "${@:3}"
    check "$1: the old version runs" wait_line 10 log 'goes on'
    expect_error "$1: the update is given up" 1 "aborted: .*$2" timeout 60 kitsune update "$started" ./v2.so
    : >log
    check "$1: the old version goes on" wait_line 10 log '^version 1 goes on'
    check_fails "$1: from its update point, with what it had" grep -E 'came back|lost' log
    stop "$started"
}
to_old='to where the old version had called setjmp, before it came to its update point'

for options in -O0 "-O2 -D_FORTIFY_SOURCE=2"; do
    releases "longjmp $options" 'longjmp(back, 1)' $options
    check "the transformer" install_transformer v1 v2
    refused "longjmp $options" "the new version called longjmp\(\), $to_old"
    refused "longjmp $options, threads" "the new version called longjmp\(\), $to_old" threads
done
releases siglongjmp 'siglongjmp(signal_back, 1)'
check "the transformer" install_transformer v1 v2
refused siglongjmp "the new version called siglongjmp\(\), $to_old"
releases _longjmp '_longjmp(back, 1)'
check "the transformer" install_transformer v1 v2
refused _longjmp "the new version called _longjmp\(\), $to_old"
releases "a library" 'library_fails(&back)'
check "the transformer" install_transformer v1 v2
refused "a library" 'libfails.so called longjmp\(\), to where the old version had called setjmp'
releases "a thread" WITHIN -DIN_THREAD
check "the transformer" install_transformer v1 v2
refused "a thread" "the new version called longjmp\(\), $to_old" threads

releases "a rule" WITHIN
cat >rules.xf <<'END'
{
#include <setjmp.h>
}
version -> version: { longjmp((void *)&$oldsym(back), 1); $out = $in; }
END
check "a rule: the transformer" install_transformer v1 v2 rules.xf
refused "a rule" 'a rule or a check called longjmp\(\), to where the old version had called setjmp'

# Nothing of that is in the way of jumps that make sense.
releases "its own" '(void)0'
check "its own: the transformer" install_transformer v1 v2
start log kitsune run ./v1.so threads
wait_line 10 log 'goes on'
expect_output "its own: the update happens" '^updated' timeout 60 kitsune update "$started" ./v2.so
check "its own: and the new version goes on" wait_line 10 log '^version 2 goes on'
check_fails "its own: from its update point" grep -E 'came back|lost' log
stop "$started"

end_of_test
