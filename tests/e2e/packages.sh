#!/bin/bash
# make dist and make deb: the packages are built as anybody would build them, lintian finds nothing in
# them, and what is unpacked from them can build a program and update it.  All of Kitsune is compiled
# for that.
# TIME_LIMIT=1200
. "$(dirname "$0")/../lib/harness.sh"

version=$(cat "$root/VERSION")
check_equal "the tool knows the version" "kitsune $version" "$(kitsune version)"
check_equal "the Debian package is that version" "$version" \
    "$(dpkg-parsechangelog -l "$root/debian/changelog" -S Version)"
check_match "the list of changes describes it" "^## $version" "$(cat "$root/CHANGELOG.md")"

# ---- The source ----------------------------------------------------------------------------------

check "make dist" "$root/scripts/make-dist" "$work/source.tar.gz"
check "once more" "$root/scripts/make-dist" "$work/again.tar.gz"
check "the same source is the same file" cmp source.tar.gz again.tar.gz
tar -xzf source.tar.gz
check "it has what a build needs" test -x "kitsune-$version/scripts/install-packages" -a \
    -e "kitsune-$version/Makefile" -a -e "kitsune-$version/debian/rules"
check_fails "and nothing built" test -e "kitsune-$version/build"
check "it can be packed again, without git" "kitsune-$version/scripts/make-dist" \
    "$work/repacked.tar.gz"
check_equal "with the same files" "$(tar -tzf source.tar.gz | grep -v '/$' | sort)" \
    "$(tar -tzf repacked.tar.gz | grep -v '/$' | sort)"

check_equal "the package is built from what scripts/packages names" \
    "$(awk '$1 == "build" { sub(/\|.*/, "", $2); print $2 }' "$root/scripts/packages" |
        grep -vx -e gcc -e libc6-dev -e make | sort)" \
    "$(sed -n '/^Build-Depends/,/^[^ B]/p' "$root/debian/control" | sed 's/^Build-Depends://' |
        sed -n 's/^ *\([a-z0-9.+-]*\).*/\1/p' | grep -v -e debhelper -e '^$' | sort)"

# ---- The packages --------------------------------------------------------------------------------

check "make deb, and lintian is content" "$root/scripts/make-deb" "$work/packages" || {
    end_of_test
    exit
}
for package in libkitsune1 kitsune kitsune-dev; do
    check "$package is there" dpkg-deb -x packages/"${package}_${version}"_*.deb unpacked
done
check_fails "a machine that only runs programs needs nothing that reads debug information" \
    grep -Eq 'libdw|libelf|libclang|gcc' \
    <(dpkg-deb -f packages/kitsune_"$version"_*.deb Depends)
check_match "kitcc's libclang has its headers" 'libclang-common-[0-9]+-dev' \
    "$(dpkg-deb -f packages/kitsune-dev_"$version"_*.deb Depends)"
check_equal "no file is in two packages" "" "$(
    for package in packages/libkitsune1_* packages/kitsune_"${version}"_*.deb packages/kitsune-dev_*; do
        dpkg-deb -c "$package" | awk '$1 !~ /^d/ { print $6 }'
    done | sort | uniq -d)"

usr=$work/unpacked/usr
library_folder=$usr/lib/$(gcc -print-multiarch)
for program in "$usr"/bin/* "$library_folder"/libkitsune.so.1 "$usr"/lib/kitsune/kit*; do
    check_fails "$(basename "$program") has no RUNPATH" \
        grep -Eq 'RUNPATH|RPATH' <(readelf -d "$program")
done
for program in "$usr"/bin/*; do
    check "$(basename "$program") has a man page" \
        test -e "$usr/share/man/man1/$(basename "$program").1.gz" -o \
        -L "$usr/share/man/man1/$(basename "$program").1.gz"
done
check_equal "everything that is installed is in a package" \
    "$(cd "$build" && find bin lib include share -type f -o -type l | sed 's,.*/,,' | sort -u)" \
    "$(cd "$usr" && find bin lib include share \( -type f -o -type l \) -not -path 'share/doc/*' \
        -not -path 'share/gdb/*' \
        -not -path 'share/lintian/*' | sed 's,.*/,,; s/\.gz$//' | sort -u)"

# Where they would be installed, the loader looks by itself.
export LD_LIBRARY_PATH=$library_folder PATH=$usr/bin:$PATH
check_equal "the unpacked kitcc is the one in use" "$usr/bin/kitcc" "$(command -v kitcc)"
check_equal "pkg-config finds them" "$version" \
    "$(PKG_CONFIG_PATH=$usr/share/pkgconfig pkg-config --modversion kitsune)"
scene "an update with what the packages hold" <<'END'
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
    EXPECT(pair->a == 5 && pair->b == 0);
}
END
check_match "which ran with the packages' library" "$library_folder" "$(readelf -d v1.so)"
check "kitsune check finds its other half" kitsune check v1.so v2.so

end_of_test
