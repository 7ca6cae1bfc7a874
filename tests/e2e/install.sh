#!/bin/bash
# make install: the same tree elsewhere, and it works there.  And the scripts that set up.
. "$(dirname "$0")/../lib/harness.sh"

check "make install" make -C "$root" --no-print-directory install DESTDIR="$work/stage" PREFIX=/usr
for file in bin/kitcc bin/xfgen bin/kitsune bin/doupd lib/libkitsune.so include/kitsune.h \
            include/ktthreads.h include/kitsunemisc.h include/kitsune/transform.h; do
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
