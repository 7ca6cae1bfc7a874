#!/bin/bash
# What make says: a line for each thing made, the commands with V=1, what to do next at the end; and
# what it does not do: run anything with -n, or hide that something failed.
. "$(dirname "$0")/../lib/harness.sh"

our_make() {
    make --no-print-directory -C "$root" "$@"
}
object=$work/other/obj/runtime/common/fields.o

expect_output "an object is a line" '^  CC +runtime/common/fields\.c$' our_make BUILD="$work/other" "$object"
check "and is made" test -e "$object"
rm "$object"
output=$(our_make V=1 BUILD="$work/other" "$object" 2>&1)
check_match "V=1 shows the command" "-Wall .*-c runtime/common/fields\.c -o $object" "$output"
check_fails "and nothing besides" grep -E '^  CC|printf' <<<"$output"
rm "$object"
check_equal "-s says nothing" "" "$(our_make -s BUILD="$work/other" "$object" 2>&1)"
rm "$object"
check_match "-n shows commands" '-c runtime/common/fields\.c' \
    "$(our_make -n BUILD="$work/other" "$object" 2>&1)"
check_fails "and runs none" test -e "$object"

output=$(our_make BUILD="$work/other" CFLAGS=-fno-such-option "$object" 2>&1)
check_equal "what does not compile fails" 2 $?
check_match "and is told" 'CC +runtime/common/fields\.c' "$output"
output=$(our_make -j4 BUILD="$work/other" CFLAGS=-fno-such-option build 2>&1)
check_equal "a parallel build, too" 2 $?
check_match "with the compiler's words" 'unrecognized command-line option' "$output"

cat >marks.sh <<END
#!/bin/bash
touch "$work/has-run"
echo "1 passed, 0 failed"
END
chmod +x marks.sh
check "make -n check succeeds" our_make -n check ONLY="$work/marks.sh"
check_fails "and tests nothing" test -e has-run

output=$(our_make 2>&1)
check_equal "make succeeds" 0 $?
check_match "make ends with what to do next" '^Next: make demo .*make check .*make install.*make help' \
    "$(tail -n 1 <<<"$output")"
output=$(our_make install DESTDIR="$work/stage" PREFIX=/usr 2>&1)
check_match "make install says where" "^Installed in $work/stage/usr" "$output"
check_fails "and no more" grep -q '^Next:' <<<"$output"
output=$(our_make help)
for target in demo check install deb dist apps bench fuzz clean help; do
    check_match "make help explains $target" "^  make $target  +[a-zA-Z]" "$output"
done

end_of_test
