#!/bin/bash
# lighttpd: a large web server with autotools and libtool.  Its modules are plug-ins that use the
# program's symbols; its own tests are 224, in Perl.
. "$(dirname "$0")/lib.sh"

configure=(./configure --without-pcre --without-pcre2 --without-bzip2 --with-zlib)

fetch lighttpd
for compiler in gcc kitcc; do
    unpack lighttpd with-$compiler
    in_tree "configure finds $compiler" with-$compiler "${configure[@]}" CC=$compiler
    in_tree "$compiler builds it" with-$compiler make "$jobs"
done
check "configure comes to the same results" cmp with-gcc/config.h with-kitcc/config.h
results() {
    own_tests "with-$1" '^(Files=|Result|PASS|FAIL)' make check | sed 's/, *[0-9]* wallclock.*//'
}
expected=$(results gcc)
check_equal "the same of its tests pass" "$expected" "$(results kitcc)"
check_match "hundreds: $(head -1 <<<"$expected")" 'Tests=[0-9]{3}' "$expected"
check_match "all of them" 'Result: PASS' "$expected"

end_of_test
