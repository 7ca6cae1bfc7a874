#!/bin/bash
# How xfgen's messages are printed: the program's own lines, order, limits, colours, exit codes.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

# run ARGUMENT...: sets $xfgen_output and $status.
run() {
    xfgen_output=$(xfgen "$@" 2>&1)
    status=$?
}

# ---- Lines of the program's own source -----------------------------------------------------------

mkdir -p old/source new/source
cat >old/source/app.c <<'END'
#include <kitsune.h>
#include <unistd.h>
struct record { long size;	void *data; };
struct record *records;
static int table[4];
int gone = 1;
int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("main");
        records->size += table[0] + gone;
        pause();
    }
}
END
sed 's/long size;/short size;/; s/table\[4\]/table[2]/; s/gone/other/' old/source/app.c >new/source/app.c

# The compiler is given a path relative to its own folder; xfgen runs elsewhere.
build_in() {
    (cd "$1" && kitcc -O2 -c source/app.c -o app.o && kitcc -shared app.o -o app.so)
}
check "two versions" eval 'build_in old && build_in new'
run old/app.so new/app.so -o out.c
check_equal "undecided: exit status" 1 $status
says_all "a member" '^source/app\.c:3:23: error: .records->size. changes' \
    '^struct record \{ short size;	void \*data; \};$' '^                      \^~~~$'
says_all "a member behind a tab: the caret line repeats it" '^source/app\.c:3:35: error: ' \
    '^ {27}	 {6}\^~~~$'
says_all "a static" '^source/app\.c:5:12: error: .app\.c/table.|^source/app\.c:5:12: error: .*table' \
    '^static int table\[2\];$'
says_all "a variable of the old version" '^source/app\.c:6:5: warning: .gone.' '^int gone = 1;$'

sed 's/short size/int size; short more/' new/source/app.c >edited
cp new/source/app.c kept
sleep 1.1 # file times of some systems are of whole seconds
cp edited new/source/app.c
run old/app.so new/app.so -o out.c
check_equal "a file changed since: exit status" 1 $status
says_all "a file changed since: the place stays" '^source/app\.c:3: error: .records->size. changes'
check_fails "a file changed since: no line of it is shown" grep -q '^struct record' <<<"$xfgen_output"
says_all "the other version's file is still shown" '^int gone = 1;$'

# Older than the version, but not what it was made of: the name is not where it should be.
cp kept new/source/app.c
sed -i '1i // another line' new/source/app.c
touch -d '2001-01-01' new/source/app.c
run old/app.so new/app.so -o out.c
says_all "another file of that name: the place stays" '^source/app\.c:5: error: .*table' \
    '^source/app\.c:3: error: .records->size.'
check_fails "another file of that name: no caret" grep -q '^int main\|^struct record' <<<"$xfgen_output"
rm new/source/app.c
run old/app.so new/app.so -o out.c
check_equal "no file: exit status" 1 $status
says_all "no file: the place stays" '^source/app\.c:3: error: .records->size.'
mkdir new/source/app.c
run old/app.so new/app.so -o out.c
says_all "a folder in its place" '^source/app\.c:3: error: .records->size.'
rmdir new/source/app.c
cp kept new/source/app.c
touch -d '2001-01-01' new/source/app.c

# ---- Order and number ----------------------------------------------------------------------------

cat >rules.xf <<'END'
struct record.sise -> struct record.size
INIT no_such_thing: { $out = 1; }
struct recrd.size -> struct record.size
END
run old/app.so new/app.so rules.xf -o out.c
check_equal "in the order of the lines" "rules.xf:1 rules.xf:2 rules.xf:3" \
    "$(grep -o '^rules.xf:[0-9]*' <<<"$xfgen_output" | xargs)"
run old/app.so new/app.so -o out.c
places=$(grep -o '^source/app.c:[0-9]*' <<<"$xfgen_output" | cut -d: -f2)
check_equal "the program's too" "$(sort -n <<<"$places")" "$places"

for ((i = 0; i < 30; i++)); do
    echo "INIT nothing_$i: { \$out = 1; }"
done >many.xf
run old/app.so new/app.so many.xf -o out.c
check_equal "twenty are shown" 20 "$(grep -c ': error: ' <<<"$xfgen_output")"
says_all "and the rest is counted" '^xfgen: 10 more errors; --max-errors=0 shows all$' \
    '^xfgen: 30 errors; no transformer written$'
run --max-errors=0 old/app.so new/app.so many.xf -o out.c
check_equal "all on request" 30 "$(grep -c ': error: ' <<<"$xfgen_output")"
run --max-errors=29 old/app.so new/app.so many.xf -o out.c
says_all "one more" '^xfgen: 1 more error; '
expect_error "a limit that is no number" 2 'max-errors=some: a number' \
    xfgen --max-errors=some old/app.so new/app.so -o out.c
expect_error "a limit below nothing" 2 'max-errors=-1: a number' \
    xfgen --max-errors=-1 old/app.so new/app.so -o out.c

# ---- Warnings ------------------------------------------------------------------------------------

cat >rules.xf <<'END'
struct record.size -> struct record.size: { $out = (short)$in; }
struct record.data -> struct record.data: { $out = NULL; }
table -> app.c/table: { $out[0] = $in[0]; }
END
sed -i 's/^table/app.c\/table/' rules.xf
run old/app.so new/app.so rules.xf -o out.c
check_equal "a warning alone: exit status" 0 $status
warnings_are "a warning alone" 1
rm -f out.c
run --strict old/app.so new/app.so rules.xf -o out.c
check_equal "with --strict: exit status" 1 $status
says_all "with --strict" '1 warning, which --strict counts as errors; no transformer written'
check_fails "with --strict nothing is written" test -e out.c
run -q old/app.so new/app.so rules.xf -o out.c
check_equal "with -q: exit status" 0 $status
check_equal "with -q: silence" "" "$xfgen_output"
check "with -q: the transformer is written" test -s out.c
run -q --strict old/app.so new/app.so rules.xf -o out.c
check_equal "-q and --strict: exit status" 1 $status
says_all "-q and --strict: why" 'warning, which --strict counts'
echo 'gone -> other' >>rules.xf
run --strict old/app.so new/app.so rules.xf -o out.c
check_equal "nothing to warn of: exit status" 0 $status

# ---- Colours -------------------------------------------------------------------------------------

escape=$(printf '\033')
for when in auto never; do
    run --color=$when old/app.so new/app.so -o out.c
    check_fails "--color=$when: none in a file" grep -q "$escape" <<<"$xfgen_output"
done
for option in --color --color=always; do
    run $option old/app.so new/app.so -o out.c
    check "$option: colours" grep -q "$escape\[1;31merror: $escape\[0m" <<<"$xfgen_output"
done
on_terminal() {
    TERM=xterm script -qec "xfgen $* old/app.so new/app.so -o out.c" /dev/null </dev/null
}
check "on a terminal: colours" eval 'on_terminal | grep -q "$escape\[1;31m"'
check_fails "on a terminal, NO_COLOR" eval 'NO_COLOR=1 on_terminal | grep -q "$escape\["'
check_fails "on a terminal, --color=never" eval 'on_terminal --color=never | grep -q "$escape\["'
expect_error "another word" 2 'one of auto, always, never' \
    xfgen --color=blue old/app.so new/app.so -o out.c

# ---- Exit codes ----------------------------------------------------------------------------------

expect_error "an unknown option" 2 'nrecognized option|invalid option' xfgen --loud
expect_error "too many arguments" 2 "too many arguments: 'd'" xfgen a b c d -o e
expect_error "--install with --link-in" 2 'exclude' xfgen old/app.so new/app.so -i -l
cp rules.xf precious.xf
expect_error "writing over the spec" 2 'precious\.xf would write over' \
    xfgen old/app.so new/app.so precious.xf -o ./precious.xf
check "writing over the spec: it is still there" cmp rules.xf precious.xf
expect_error "writing over a version" 2 'would write over' xfgen old/app.so new/app.so -o new/app.so
expect_output "help" 'max-errors' xfgen --help
expect_error "a version that is not there" 1 '^nowhere\.so: error: ' xfgen nowhere.so new/app.so -o out.c
expect_error "both are told of" 1 '2 errors' xfgen nowhere.so neither.so -o out.c
expect_error "a folder to write to that is not there" 1 'cannot write nowhere/out\.c: No such file' \
    xfgen old/app.so new/app.so rules.xf -o nowhere/out.c
expect_error "--dump of nothing" 1 '^nowhere\.so: error: ' xfgen --dump nowhere.so

end_of_test
