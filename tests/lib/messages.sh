# messages.sh -- for the tests of what xfgen says; sourced after harness.sh.
#
#   pair NAME < DESCRIPTION                   builds both versions of a scene; nothing is run
#   xfgen_says NAME PATTERN... < SPEC         fails, says all that, and leaves no output
#   xfgen_warns NAME PATTERN... < SPEC        succeeds, and says all that
#   xfgen_is_silent NAME < SPEC               succeeds, and says nothing
#   errors_are NAME COUNT, warnings_are NAME COUNT      of the last xfgen: one mistake, one message

# The functions of both versions that scene_main.h wants.
pair() {
    scene_split
    {
        echo 'static void begin(void) { }'
        echo 'static void verify(void) { }'
    } >both.h
    sed -i 's/^#include "scene.h"$/&\n#include "both.h"/' v1/app.c v2/app.c
    check "$1: builds" eval 'build_version v1 -I. && build_version v2 -I.'
}

xfgen_says() {
    local name=$1
    shift
    cat >rules.xf
    rm -f out.c
    xfgen_output=$(xfgen v1.so v2.so rules.xf -o out.c 2>&1)
    check_equal "$name: exit status" 1 $?
    says_all "$name" "$@"
    check_fails "$name: leaves no output" test -e out.c
}

xfgen_warns() {
    local name=$1
    shift
    cat >rules.xf
    xfgen_output=$(xfgen v1.so v2.so rules.xf -o out.c 2>&1)
    check_equal "$name: exit status" 0 $?
    says_all "$name" "$@"
}

xfgen_is_silent() {
    cat >rules.xf
    xfgen_output=$(xfgen v1.so v2.so rules.xf -o out.c 2>&1)
    check_equal "$1: exit status" 0 $?
    check_equal "$1: nothing is said" "" "$xfgen_output"
}

says_all() {
    local name=$1 pattern
    shift
    for pattern in "$@"; do
        check_match "$name: $pattern" "$pattern" "$xfgen_output"
    done
}

# errors_are NAME COUNT: of the last xfgen; one mistake is one message.
errors_are() {
    check_equal "$1: errors" "$2" "$(grep -c ': error: ' <<<"$xfgen_output")"
}

warnings_are() {
    check_equal "$1: warnings" "$2" "$(grep -c ': warning: ' <<<"$xfgen_output")"
}
