#!/bin/bash
# expat: a library built by CMake, with a test program in C, one in C++, and a tool.
. "$(dirname "$0")/lib.sh"

# ctest's list, without times.
results() {
    own_tests "with-$1" '^ *[0-9]+/[0-9]+ Test|tests passed' ctest | sed -E 's/ +[0-9.]+ sec//'
}
checks() { # what the C test program itself counts
    own_tests "with-$1/tests" 'Checks: ' ./runtests | sed 's/.*Checks/Checks/'
}

fetch expat
for compiler in gcc kitcc; do
    unpack expat tree-$compiler
    mv tree-$compiler/expat with-$compiler
    # A security patch of Debian's expects a value, which only its own build gives.
    sed -i 's/^#cmakedefine XML_DTD$/& 1/' with-$compiler/expat_config.h.cmake
    in_tree "CMake finds $compiler" with-$compiler cmake . -DCMAKE_C_COMPILER=$compiler \
        -DEXPAT_BUILD_DOCS=OFF -DCMAKE_BUILD_TYPE=Release
    in_tree "$compiler builds it" with-$compiler make "$jobs"
done
expected=$(results gcc)
check_equal "the same of its tests pass" "$expected" "$(results kitcc)"
check_match "all of them" '^100% tests passed' "$expected"
expected=$(checks gcc)
check_equal "the same checks in them" "$expected" "$(checks kitcc)"
check_match "there are hundreds: $expected" 'Checks: [0-9]{3}' "$expected"

symbols() {
    nm -D --defined-only with-$1/libexpat.so.1 | awk '{ print $NF }' | sort
}
check_equal "the shared library has the same symbols" "$(symbols gcc)" "$(symbols kitcc)"
echo '<a><b c="d"/>text</a>' >some.xml
for compiler in gcc kitcc; do
    mkdir out-$compiler
    check "$compiler's tool runs" with-$compiler/xmlwf/xmlwf -d out-$compiler some.xml
done
check "and does the same" cmp out-gcc/some.xml out-kitcc/some.xml

end_of_test
