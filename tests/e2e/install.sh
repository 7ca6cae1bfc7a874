#!/bin/bash
# make install: the same tree elsewhere, and it works there.  And the scripts that set up.
. "$(dirname "$0")/../lib/harness.sh"

check "make install" make -C "$root" --no-print-directory install DESTDIR="$work/stage" PREFIX=/usr
for file in bin/kitcc bin/xfgen bin/kitsune bin/doupd bin/ktcc bin/kttjoin lib/libkitsune.so include/kitsune.h \
            lib/pkgconfig/kitsune.pc share/kitsune/kitsune.mk \
            lib/cmake/Kitsune/KitsuneConfig.cmake include/ktthreads.h include/kitsunemisc.h include/kitsune/transform.h; do
    check "$file is installed" test -e "stage/usr/$file"
done
for page in "$root"/man/*.[1-8]; do
    [ -e "$page" ] || continue
    check "$(basename "$page") is installed" \
        test -e "stage/usr/share/man/man${page##*.}/$(basename "$page")"
done

# The staged tree is moved to where it is to live; nothing in it may remember another place.
mv stage/usr installed
PATH=$work/installed/bin:$PATH
check_equal "the installed kitcc is the one in use" "$work/installed/bin/kitcc" "$(command -v kitcc)"
check_fails "nothing installed names the source tree" \
    grep -rl --binary-files=text -e "-L$root" -e "rpath.*$root" installed/include installed/bin/kitcc

scene "an update with the installed tree" <<'END'
@v1
struct pair { int a; };
struct pair *pair;
static void begin(void)
{
    pair = malloc(sizeof *pair);
    pair->a = 5;
}
@v2
struct pair { long b, a; };
struct pair *pair;
static void verify(void)
{
    char line[4096];
    int ours = 0, others = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "libkitsune")) {
            ours += strstr(line, "/installed/lib/") != NULL;
            others += strstr(line, "/installed/lib/") == NULL;
        }
    fclose(maps);
    EXPECT(ours > 0 && others == 0);
    EXPECT(pair->a == 5 && pair->b == 0);
}
END

# ---- Other people's builds -----------------------------------------------------------------------

export PKG_CONFIG_PATH=$work/installed/lib/pkgconfig
mkdir project releases
cat >project/main.c <<'END'
#include <kitsune.h>
#include <math.h>
#include <stdio.h>
struct state {
#if RELEASE == 2
    int added;
#endif
    double number;
};
static struct state state;
double grown(double number);
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        state.number = grown(6.25);
        kitsune_set_next_version("./next.so");
        kitsune_signal_update();
    }
    kitsune_update("middle");
    printf("release %d: %g\n", RELEASE, sqrt(state.number));
    return 0;
}
END
cat >project/grow.c <<'END'
double grown(double number);
double grown(double number) { return 4 * number; }
END
cat >project/1-2.xf <<'END'
INIT struct state.added: { $out = 1; }
END

# What a plain program needs, without kitcc.
cd project || exit 1
check "pkg-config: a plain program compiles" \
    sh -c "gcc -DRELEASE=1 main.c grow.c \$(pkg-config --cflags --libs kitsune) -lm \
        -Wl,-rpath,$work/installed/lib -o plain"
check_equal "and runs" "release 1: 5" "$(./plain)"
check_equal "pkg-config knows kitcc" "$work/installed/bin/kitcc" \
    "$(realpath "$(pkg-config --variable=kitcc kitsune)")"
check_equal "and which Kitsune it is" "$(kitsune --version)" "kitsune $(pkg-config --modversion kitsune)"
check_equal "all symbols of the library are versioned" 0 \
    "$(nm -D --defined-only ../installed/lib/libkitsune.so | awk '$2 != "A"' |
        grep -vc '@@KITSUNE_')"
check_match "by the name of the interface" 'kitsune_do_automigrate@@KITSUNE_1\.0$' \
    "$(nm -D ../installed/lib/libkitsune.so)"
check_match "and a soname" 'SONAME.*\[libkitsune\.so\.1\]' "$(readelf -d ../installed/lib/libkitsune.so)"

update_to() { # NEW TRANSFORMER: what both releases print, run from ../releases
    cp "$1" next.so
    mkdir -p next.so.d
    cp "$2" "next.so.d/$(build_id ../releases/server-1.so).so"
    timeout 60 kitsune run ../releases/server-1.so 2>&1 | grep ^release
}

cat >Makefile <<'END'
include $(shell pkg-config --variable=makefile kitsune)
$(eval $(call kitsune_app,server-$(RELEASE).so,main.o grow.o,-lm))
$(eval $(call kitsune_transformer,1-2.xf.so,../releases/server-1.so,server-2.so,1-2.xf))
END
check "a makefile builds a release" make RELEASE=1 CFLAGS="-O2 -DRELEASE=1" server-1.so
check "which is a version" cp server-1.so ../releases/
check_match "by the installed kitcc" "RUNPATH.*$work/installed/lib" "$(readelf -d server-1.so)"
rm -f ./*.o
check "and the next, with its transformer" make RELEASE=2 CFLAGS="-O2 -DRELEASE=2" server-2.so 1-2.xf.so
check_equal "they make an update" "release 2: 5" "$(update_to server-2.so 1-2.xf.so)"
check_match "make knows when nothing is to be done" 'up to date' \
    "$(make RELEASE=2 CFLAGS="-O2 -DRELEASE=2" 1-2.xf.so 2>&1)"
touch 1-2.xf
check_match "and that the rules have changed" 'xfgen' \
    "$(make -n RELEASE=2 CFLAGS="-O2 -DRELEASE=2" 1-2.xf.so 2>&1)"

if command -v cmake >/dev/null; then
    cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(server C)
find_package(Kitsune REQUIRED)
kitsune_add_app(server-2 main.c grow.c)
target_compile_definitions(server-2 PRIVATE RELEASE=2)
target_link_libraries(server-2 PRIVATE m)
kitsune_add_transformer(1-2 OLD ../releases/server-1.so NEW server-2 RULES 1-2.xf)
END
    check "CMake finds Kitsune" cmake -S . -B tree -DCMAKE_C_COMPILER=kitcc \
        -DCMAKE_BUILD_TYPE=Release
    check "and builds a version and its transformer" cmake --build tree
    check_equal "they make an update too" "release 2: 5" "$(update_to tree/server-2.so tree/1-2.xf.so)"
    expect_error "another compiler is refused" 1 '-DCMAKE_C_COMPILER=.*kitcc' \
        cmake -S . -B other -DCMAKE_C_COMPILER=gcc
fi
cd ..

# ---- Setting up ----------------------------------------------------------------------------------

check_equal "with everything there, nothing is installed and nothing said" "" \
    "$("$root/scripts/install-packages" --build --check --demo 2>&1)"
check "check-packages agrees" "$root/scripts/check-packages" --build --check
expect_error "install-packages: usage" 2 'usage' "$root/scripts/install-packages" --everything

# A machine on which bison, and everything for the tests, is missing: dpkg-query and apt-get are
# played by scripts that say what they were asked.
mkdir fake
cp -r "$root/scripts" fake/scripts
{
    echo '#!/bin/sh'
    awk '$1 == "build" && $2 != "bison" { sub(/\|.*/, "", $2); print "echo installed " $2 }' \
        "$root/scripts/packages"
    echo 'echo config-files bison'
} >fake/dpkg-query
cat >fake/apt-get <<END
#!/bin/sh
echo "\$DEBIAN_FRONTEND: \$*" >>$work/fake/asked
END
cp fake/apt-get fake/sudo
sed -i 's/.*asked$/exec "$@"/' fake/sudo
chmod +x fake/dpkg-query fake/apt-get fake/sudo
expect_error "what is missing is named, with the command to get it" 1 \
    'Missing packages: bison' env PATH="$work/fake:$PATH" fake/scripts/check-packages --build
expect_error "the command" 1 'install-packages --build$' \
    env PATH="$work/fake:$PATH" fake/scripts/check-packages --build
check_fails "check-packages installs nothing" test -e fake/asked
expect_output "install-packages says what it installs" '^Installing packages: .*bison' \
    env PATH="$work/fake:$PATH" fake/scripts/install-packages --build
check_match "and asks for that, with no questions and nothing more" \
    '^noninteractive: .*--no-install-recommends install bison$' "$(cat fake/asked)"
expect_output "redis-tools for the demo" 'redis-tools' \
    env PATH="$work/fake:$PATH" fake/scripts/install-packages --demo
check_fails "never a server" grep -q 'redis-server' fake/asked

end_of_test
