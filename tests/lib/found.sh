# found.sh -- how the tests of kitsune check test a finding; sourced behind harness.sh.
#
# found NAME SEVERITY PATTERN [LINKER-FLAG...] < SOURCE
#
# The source is compiled as the old version (VERSION 1) and as the new one (2), first as it is, then
# with MENDED defined.  PATTERN: what the message says behind its place; the place is the line with
# the word HERE in a comment, or the file of a version when PATTERN begins with "v1.so: " or
# "v2.so: ".  Where the source has "ALONE", old and new are one.

# compile VERSION [LINKER-FLAG...]
compile() {
    local version=$1
    shift
    kitcc $optimisation -I. -DVERSION="${version#v}" -c app.c -o app.o $mended &&
        kitcc -shared "$@" app.o -o "$version.so" -L. -llibrary -Wl,-rpath,"$PWD"
}

# compile_and_check [LINKER-FLAG...]
compile_and_check() {
    if grep -q ALONE app.c; then
        compile v1 "$@" && kitsune check $strict v1.so
    else
        compile v1 "$@" && compile v2 "$@" && kitsune check $strict v1.so v2.so
    fi
}

found() {
    local name=$1 severity=$2 pattern=$3 output status place expected=0
    local mended strict optimisation
    shift 3
    cat >app.c
    place="app\\.c:$(grep -n 'HERE' app.c | head -1 | cut -d: -f1): $severity: "
    case $pattern in
        v[12].so:*)
            place="${pattern%%: *}: $severity: "
            pattern=${pattern#*: }
            ;;
    esac
    [ "$severity" = error ] && expected=1
    for KITSUNE_CC in gcc clang; do
        export KITSUNE_CC
        for optimisation in -O0 -O2; do
            mended='' strict=''
            output=$(compile_and_check "$@" 2>&1)
            status=$?
            check_equal "$name ($KITSUNE_CC $optimisation): exit status" $expected $status
            check_match "$name ($KITSUNE_CC $optimisation)" "^$place$pattern" "$output"
        done
        mended=-DMENDED strict=--strict
        output=$(compile_and_check 2>&1)
        check_equal "$name ($KITSUNE_CC $optimisation): mended" \
            "ready: nothing found that stands against it" "$output"
    done
    unset KITSUNE_CC
}
