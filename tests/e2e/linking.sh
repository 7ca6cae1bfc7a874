#!/bin/bash
# What kitcc links: executables and, from the same command, versions; shared libraries and plug-ins
# of the program's own; and that each is what the real compiler would have made of it.
. "$(dirname "$0")/../lib/harness.sh"

needed() { # FILE: the libraries it needs
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}
defines() { # FILE SYMBOL: in its dynamic symbol table
    nm -D --defined-only "$1" | awk '{ print $NF }' | grep -qx "$2"
}
in_one_line() {
    tr '\n' ',' <<<"$1"
}

# ---- An executable and its version ---------------------------------------------------------------

mkdir server
cat >server/work.c <<'END'
int serve(int count);
int serve(int count)
{
    return count + 1;
}
END
cat >server/main.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
int served;
int serve(int count);
int main(int argc, char **argv) E_NOTELOCALS;
int main(int argc, char **argv)
{
    int state = 10;
    kitsune_do_automigrate();
    MIGRATE_LOCAL(state);
    for (;;) {
        kitsune_update("loop");
        served = serve(served);
        state++;
        printf("%s %d %d\n", argc > 1 ? argv[1] : "-", served, state);
        fflush(stdout);
        if (getenv("NEXT") && served == 2) {
            kitsune_set_next_version(getenv("NEXT"));
            kitsune_signal_update();
        }
        if (served == 4)
            return 3;
    }
}
END
cat >server/Makefile <<'END'
server: main.o work.o
	$(CC) $(LDFLAGS) $^ -o $@ -Wl,-Map=server.map
END
make -s -C server CC="kitcc -kitsune-app" CFLAGS=-O2 LDFLAGS="-pie -s" >server.log 2>&1
check_equal "a whole build with -kitsune-app says nothing" "" "$(cat server.log)"
output=$(./server/server x; echo "status $?")
check_equal "the executable is an ordinary program" \
    "x 1 11,x 2 12,x 3 13,x 4 14,status 3," "$(in_one_line "$output")"
check_match "stripped, as was asked" 'no symbols' "$(nm server/server 2>&1)"
check_match "the map is the executable's" "Scrt1.o" "$(cat server/server.map)"
check "the version has its symbols" grep -q ' served$' <(nm server/server.so)
check "and its debug information" grep -q 'debug_info' <(readelf -SW server/server.so)
output=$(kitsune run ./server/server.so y; echo "status $?")
check_equal "the version does the same under kitsune run" \
    "y 1 11,y 2 12,y 3 13,y 4 14,status 3," "$(in_one_line "$output")"
cp server/server.so next.so
mkdir next.so.d
check "a transformer from it to itself" xfgen server/server.so next.so -o self.c
kitcc -shared self.c -o "next.so.d/$(build_id server/server.so).so"
output=$(NEXT=./next.so kitsune run ./server/server.so z; echo "status $?")
check_equal "and it is updated" \
    "z 1 11,z 2 12,z 3 13,z 4 14,status 3," "$(in_one_line "$output")"

kitcc -kitsune-app=chosen.so -O2 server/main.c server/work.c -o direct -MMD -MF direct.d
check "compiled and linked in one command" test -x direct
check_match "the version's name may be given" 'y 4 14' "$(kitsune run ./chosen.so y)"
check_match "dependencies are those of the executable" '^direct: server/work.c' "$(cat direct.d)"
check_fails "no other version is written" test -e direct.so

cat >absolute.s <<'END'
        .text
        .globl  main
main:   movl    $message, %edi
        subq    $8, %rsp
        call    puts@PLT
        xorl    %eax, %eax
        addq    $8, %rsp
        ret
        .data
message: .asciz "absolute"
        .section .note.GNU-stack,"",@progbits
END
kitcc -kitsune-app -no-pie absolute.s -o absolute 2>absolute.log
check_equal "what cannot be a version does not fail the build" 0 $?
check_match "but is told" 'warning: the version absolute.so cannot be linked' "$(cat absolute.log)"
check_fails "and leaves nothing" test -e absolute.so
check_equal "the executable is there" absolute "$(./absolute)"
expect_error "asked for by name it is an error" 1 'error: the version x.so cannot be linked' \
    kitcc -kitsune-app=x.so -no-pie absolute.s -o absolute
expect_error "so is a static one" 1 'linked statically' \
    kitcc -kitsune-app=x.so -static server/main.c server/work.c -o static
check "compiling with it is compiling" kitcc -kitsune-app -c server/work.c -o work.o

# ---- Libraries of the program's own --------------------------------------------------------------

cat >shape.c <<'END'
#include <stdio.h>
int shape_count = 5;
int shape_hook(void);
int shape_hook(void) { return 1; }
int shape_total(void);
int shape_total(void) { return shape_count + shape_hook(); }
END
cat >uses.c <<'END'
#include <stdio.h>
extern int shape_count;
int shape_total(void);
int shape_hook(void);
int shape_hook(void) { return 100; }
int main(void) { shape_count = 7; printf("%d\n", shape_total()); return 0; }
END
for compiler in gcc kitcc; do
    mkdir -p lib-$compiler
    $compiler -O0 -fPIC -c shape.c -o lib-$compiler/shape.o
    $compiler -shared -Wl,-soname,libshape.so.1 lib-$compiler/shape.o -o lib-$compiler/libshape.so
    ln -s libshape.so lib-$compiler/libshape.so.1
done
check_equal "a library needs what gcc's needs" "$(needed lib-gcc/libshape.so)" \
    "$(needed lib-kitcc/libshape.so)"
check_fails "and is no version" defines lib-kitcc/libshape.so kitsune_entry
for library in gcc kitcc; do
    for program in gcc kitcc; do
        $program -O0 uses.c -rdynamic -Llib-$library -lshape -Wl,-rpath,"$work/lib-$library" -o uses
        check_equal "a program of $program's may override what the library of $library's has" 107 \
            "$(./uses)"
    done
done
expect_error "a library is no version" 126 'no kitsune_entry|no main' \
    kitsune run ./lib-kitcc/libshape.so
check "a transformer is one without main" kitcc -shared self.c -o self.so
check "with the entry object" defines self.so kitsune_entry
kitcc -O2 -flto -c server/main.c -o lto.o && kitcc -c server/work.c -o work.o
check "main is found in what is compiled when it is linked" \
    kitcc -O2 -flto -shared lto.o work.o -o lto.so
check "so that it is a version" defines lto.so kitsune_entry
ar rc program.a work.o server/main.o
check "and in an archive" \
    kitcc -shared -Wl,--whole-archive program.a -Wl,--no-whole-archive -o all.so
check "which is one too" defines all.so kitsune_entry

# ---- Versions that bring libraries ---------------------------------------------------------------

cat >tell.c <<'END'
int told;
int tell(void);
int tell(void) { return ++told + STEP; }
END
cat >talk.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
int tell(void);
static int rounds;
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        printf("first %d\n", tell());
        kitsune_set_next_version(getenv("NEXT"));
        kitsune_signal_update();
    }
    kitsune_update("here");
    printf("release %d: round %d, told %d\n", RELEASE, ++rounds, tell());
    return 0;
}
END
build_talker() { # FOLDER RELEASE STEP
    mkdir -p "$1/lib"
    kitcc -O2 -DSTEP="$3" -fPIC -shared tell.c -Wl,-soname,libtell.so.1 -o "$1/lib/libtell.so.1"
    ln -sf libtell.so.1 "$1/lib/libtell.so"
    kitcc -kitsune-app -O2 -DRELEASE="$2" talk.c -L"$1/lib" -ltell "-Wl,-rpath,\$ORIGIN/lib" -o "$1/talk"
}
transform() { # OLD NEW
    xfgen "$1/talk.so" "$2/talk.so" -o transform.c && mkdir -p "$2/talk.so.d" &&
        kitcc -shared transform.c -o "$2/talk.so.d/$(build_id "$1/talk.so").so"
}
build_talker one 1 100
build_talker two 2 100
build_talker three 3 200
transform one two && transform one three
check_equal "an executable finds its library beside it" "first 101,release 1: round 1, told 102," \
    "$(in_one_line "$(one/talk)")"
check_equal "a version finds it there, and the next one leaves it as it is" \
    "first 101,release 2: round 1, told 102," \
    "$(in_one_line "$(NEXT=$work/two/talk.so kitsune run one/talk.so 2>/dev/null)")"
output=$(NEXT=$work/three/talk.so kitsune run one/talk.so 2>&1)
check_match "a next version with another build of it is refused" \
    'three/lib/libtell.so.1 and comes with another build.*link it into the version statically' "$output"
check_match "and the old one runs on" '^release 1: round 1, told 102$' "$output"
rm three/lib/libtell.so*
check_equal "LD_LIBRARY_PATH is obeyed" "first 101,release 3: round 1, told 102," \
    "$(in_one_line "$(NEXT=$work/three/talk.so LD_LIBRARY_PATH=$work/two/lib \
        kitsune run one/talk.so 2>/dev/null)")"
rm -r one/lib
check_match "a missing library is named" 'libtell.so.1' "$(kitsune run one/talk.so 2>&1)"

# The library linked statically is updated with the program: its variables are the version's.
for release in 1 2; do
    kitcc -O2 -DSTEP=${release}00 -c tell.c -o tell.o && ar rcs libtell.a tell.o
    mkdir -p static$release
    kitcc -kitsune-app -O2 -DRELEASE=$release talk.c -L. -ltell -o static$release/talk
    rm libtell.a
done
transform static1 static2
check_equal "statically linked it is updated with the program" \
    "first 101,release 2: round 1, told 202," \
    "$(in_one_line "$(NEXT=$work/static2/talk.so kitsune run static1/talk.so 2>/dev/null)")"

# ---- Programs with plug-ins ----------------------------------------------------------------------

cat >host.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
int host_version = 3;
int main(void)
{
    void *plugin = dlopen("./plugin.so", RTLD_NOW);
    if (!plugin) {
        printf("%s\n", dlerror());
        return 1;
    }
    return ((int (*)(void))dlsym(plugin, "plugin_start"))();
}
END
cat >help.c <<'END'
int host_help(int number);
int host_help(int number) { return 2 * number; }
END
cat >plugin.c <<'END'
extern int host_version;
int host_help(int number);
int plugin_start(void);
int plugin_start(void) { return host_help(host_version); }
END
kitcc -c host.c -o host.o && kitcc -c help.c -o help.o && ar rcs libhelp.a help.o
kitcc -shared -fPIC plugin.c -o plugin.so
check_fails "a plug-in is no version" defines plugin.so kitsune_entry
for link in "-rdynamic host.o help.o" "-Wl,-export-dynamic host.o help.o" \
    "-Wl,-z,now,-E host.c help.c" "-Xlinker --export-dynamic host.c help.o" \
    "host.o -rdynamic -L. -Wl,--whole-archive -lhelp -Wl,--no-whole-archive" \
    "-rdynamic host.o libhelp.a -Wl,-u,host_help"; do
    # shellcheck disable=SC2086
    kitcc $link -o host
    ./host
    check_equal "plug-ins find the program's symbols: $link" 6 $?
done
kitcc host.o help.o -o host
check_fails "which others do not show" defines host host_version

end_of_test
