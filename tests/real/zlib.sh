#!/bin/bash
# zlib: a library with a configure script of its own, static and shared, and its test programs.
. "$(dirname "$0")/lib.sh"

fetch zlib
for compiler in gcc kitcc; do
    unpack zlib with-$compiler
    in_tree "configure finds $compiler" with-$compiler env CC=$compiler ./configure
    in_tree "$compiler builds it" with-$compiler make "$jobs"
done
check_equal "configure comes to the same results" \
    "$(grep -E '^(Checking|Looking)' ./*configure-finds-gcc.log)" \
    "$(grep -E '^(Checking|Looking)' ./*configure-finds-kitcc.log | sed 's/kitcc/gcc/')"
expected=$(own_tests with-gcc 'test (OK|FAILED)' make test)
check_equal "the same of its tests pass" "$expected" \
    "$(own_tests with-kitcc 'test (OK|FAILED)' make test)"
check_equal "all of them" 0 "$(grep -c FAILED <<<"$expected")"
check_match "there are some" OK "$expected"

symbols() { # of the shared library, with their versions
    nm -D --with-symbol-versions "with-$1/libz.so.1" | awk '{ print $(NF - 1), $NF }' | sort
}
check_equal "the shared library has the same symbols" "$(symbols gcc)" "$(symbols kitcc)"
needed() {
    readelf -d "with-$1/libz.so.1" | grep -E 'NEEDED|SONAME'
}
check_equal "and needs the same" "$(needed gcc)" "$(needed kitcc)"

# A program linked with the static library may become a version: the library is updated with it.
cat >squeeze.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
static z_stream stream;
static unsigned char output[4096];
int main(void)
{
    static const char text[] = "to be or not to be, that is the question";
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        stream.next_out = output;
        stream.avail_out = sizeof output;
        deflateInit(&stream, 9);
        stream.next_in = (unsigned char *)text;
        stream.avail_in = 20;
        deflate(&stream, Z_SYNC_FLUSH);
        kitsune_set_next_version("./squeeze.so");
        kitsune_signal_update();
    }
    kitsune_update("between");
    stream.next_in = (unsigned char *)text + 20;
    stream.avail_in = sizeof text - 20;
    deflate(&stream, Z_FINISH);
    char back[4096] = "";
    uLongf length = sizeof back;
    int result = uncompress((unsigned char *)back, &length, output, stream.total_out);
    printf("%d %s\n", result, back);
    return 0;
}
END
# zlib says what its void * leads to nowhere; the rules do.
cat >squeeze.xf <<'END'
typedef z_stream.opaque -> typedef z_stream.opaque: { $out = $in; }
END
link=(-O2 -Iwith-kitcc squeeze.c with-kitcc/libz.a)
check "a program links with the library" kitcc -kitsune-app "${link[@]}" -o squeeze
check "xfgen sees its variables" xfgen squeeze.so squeeze.so squeeze.xf -o squeeze-self.c
mkdir squeeze.so.d
check "the transformer compiles" \
    kitcc -O2 -shared squeeze-self.c -o "squeeze.so.d/$(build_id squeeze.so).so"
check_match "a stream is continued by the next version's zlib" \
    '^0 to be or not to be, that is the question$' "$(timeout 20 kitsune run ./squeeze.so 2>&1)"

end_of_test
