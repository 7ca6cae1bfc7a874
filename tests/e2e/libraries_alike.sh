#!/bin/bash
# A new version that is linked with another library of the same functions: it is told before and in the
# update, and the old library stays, for the state leads to it.
. "$(dirname "$0")/../lib/harness.sh"

cat >library.c <<'END'
#include <stdio.h>
#include <stdlib.h>
/* What a library makes leads back into it. */
struct loop { const struct operations *operations; int turns; };
struct operations { const char *(*name)(void); };
static const char *name(void) { return NAME; }
static const struct operations operations = {name};
static int loops_made;
struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof *loop);
    loop->operations = &operations;
    loops_made++;
    return loop;
}
const char *loop_turn(struct loop *loop)
{
    static char text[200];
    loop->turns++;
    snprintf(text, sizeof text, "turn %d of a loop of %s, by %s, which has made %d", loop->turns,
             loop->operations->name(), NAME, loops_made);
    return text;
}
END
check "the libraries build" eval '
    gcc -shared -fPIC -DNAME="\"core\"" -Wl,-soname,libloop_core.so.1 -o libloop_core.so library.c &&
    gcc -shared -fPIC -DNAME="\"full\"" -Wl,-soname,libloop.so.1 -o libloop.so library.c &&
    cp libloop_core.so libloop_core.so.1 && cp libloop.so libloop.so.1'
mkdir v1 v2 v3
cat >v1/app.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <unistd.h>
struct loop;
struct loop *loop_new(void);
const char *loop_turn(struct loop *loop);
struct loop *E_OPAQUE loop;
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        loop = loop_new();
    for (int i = 0; i < 100000; i++) {
        kitsune_update("loop");
        if (i % 20 == 0) {
            printf("version %d: %s\n", VERSION, loop_turn(loop));
            fflush(stdout);
        }
        usleep(1000);
    }
    return 0;
}
END
cp v1/app.c v2/
cp v1/app.c v3/
build() { # VERSION LIBRARY
    kitcc -O2 -DVERSION=${1#v} -c $1/app.c -o $1.o && kitcc -shared $1.o -L. "-l$2" \
        -Wl,-rpath,"\$ORIGIN" -o $1.so
}
check "builds" eval 'build v1 loop_core && build v2 loop && build v3 loop_core &&
    install_transformer v1 v2 && install_transformer v2 v3 && install_transformer v1 v3'

said="v2.so: warning: it has 'loop_new' and 1 other from libloop.so.1, the old version from libloop_core.so.1"
check_match "kitsune check warns" "$said" "$(kitsune check v1.so v2.so)"
check_fails "where nothing changes it does not" eval 'kitsune check v1.so v3.so | grep libloop'

start log kitsune run ./v1.so
program=$started
check "starts" wait_line 10 log 'version 1: turn .* of a loop of core, by core, which has made 1'
expect_output "is updated" 'generation 2' timeout 60 kitsune update $program ./v2.so
check "what the old library has made works in the new one's hands" \
    wait_line 10 log 'version 2: turn .* of a loop of core, by full, which has made 0'
check_match "the log says what to look out for" \
    'v2.so has (loop_new|loop_turn) and 1 more from libloop.so.1, which v1.so has from libloop_core.so.1' \
    "$(cat log)"
expect_output "and back to the first library" 'generation 3' timeout 60 kitsune update $program ./v3.so
check "which has kept its state" \
    wait_line 10 log 'version 3: turn .* of a loop of core, by core, which has made 1'
check_equal "each library is there once" "libloop.so.1 libloop_core.so.1" \
    "$(grep -o 'libloop[^/ ]*\.so\.1$' /proc/$program/maps | sort -u | xargs)"
stop $program

# ---- A library in place of libc ------------------------------------------------------------------

cat >place.c <<'END'
int daemon(int no_chdir, int no_close)
{
    return 40 + no_chdir + no_close;
}
END
mkdir v4 v5
cat >v4/app.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    (void)arguments;
    kitsune_do_automigrate();
    if (count > 1)
        printf("%d\n", daemon(1, 1));
    for (int i = 0; i < 2; i++)
        kitsune_update("loop");
    return 0;
}
END
check "such a library and a program that is linked with it" eval '
    gcc -shared -fPIC -Wl,-soname,libplace.so.1 -o libplace.so place.c &&
    cp libplace.so libplace.so.1 && build v4 place'
check_match "kitsune check says that libc's function is called" \
    "v4.so: warning: it is linked with libplace.so.1 for 'daemon', and will call libc's" \
    "$(kitsune check v4.so)"
check_fails "of libraries that libc knows nothing of it says nothing" \
    eval 'kitsune check v1.so v2.so | grep "linked with"'
expect_output "what it advises helps" '^42$' env LD_PRELOAD="$PWD/libplace.so.1" \
    kitsune run ./v4.so daemon

cat >large.c <<'END'
__thread char large[1 << 20] __attribute__((tls_model("initial-exec")));
char *place(void)
{
    return large;
}
END
cat >v5/app.c <<'END'
#include <kitsune.h>
#include <stdio.h>
char *place(void);
int main(void)
{
    kitsune_do_automigrate();
    printf("%d\n", place()[1]);
    kitsune_update("loop");
    return 0;
}
END
check "a library with more thread-local variables than there is room for" eval '
    gcc -shared -fPIC -Wl,-soname,liblarge.so.1 -o liblarge.so large.c &&
    cp liblarge.so liblarge.so.1 && build v5 large'
expect_error "is not loaded, and says when it would be" 126 \
    'cannot load .*liblarge.so.1, which .*v5.so needs: .*static TLS.*: there is room .* LD_PRELOAD' \
    kitsune run ./v5.so
expect_output "what it advises helps, too" '^0$' env LD_PRELOAD="$PWD/liblarge.so.1" \
    kitsune run ./v5.so

end_of_test
