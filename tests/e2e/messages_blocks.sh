#!/bin/bash
# Mistakes in the C of rules: the compiler's messages are about the .xf file, to the line, and where
# it can be had to the column.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

pair "a pair to write code for" <<'END'
@v1
struct conn { int hits; struct conn *next; };
struct conn *conns;
struct conn server;
typedef int number_t;
int counter;
number_t number;
static int hidden __attribute__((used));
@v2
struct conn { long hits; long extra; struct conn *next; };
struct conn *conns;
struct conn server;
typedef int number_t;
int counter, fresh;
number_t number;
static int hidden __attribute__((used));
END

# place_of MARK COMPILER: gcc counts columns as a terminal shows them, clang in bytes.
place_of() {
    if [ "$2" = gcc ]; then expand rules.xf; else cat rules.xf; fi |
        awk -v mark="$1" '{ at = index($0, mark) } at { print "rules.xf:" NR ":" at; exit }'
}

# compiler_says NAME MARK... < SPEC: every word MARK of the spec is an error of both compilers in
# its line and column, once.
compiler_says() {
    local name=$1 compiler mark place
    shift
    cat >rules.xf
    check "$name: xfgen has nothing against it" xfgen -q v1.so v2.so rules.xf -o out.c
    for compiler in gcc clang; do
        compiler_output=$(KITSUNE_CC=$compiler kitcc -shared out.c -o out.so 2>&1)
        check_fails "$name: $compiler fails" test -e out.so
        for mark in "$@"; do
            check_equal "$name: $compiler: $mark" "$(place_of "$mark" $compiler)" \
                "$(grep -E "error: .*['‘]$mark['’]" <<<"$compiler_output" | cut -d: -f1-3)"
        done
    done
}

compiler_says "a block of one line" missing_one <<'END'
counter -> counter: { $out = $in + missing_one; }
END
compiler_says "a block of several lines" missing_one missing_two missing_three <<'END'
// a comment
counter -> counter:
    {
    int before = missing_one;
    $out = $in + before +
           missing_two;
    if ($out == $in) { before = missing_three; } }
END
compiler_says "behind a tab" missing_one <<'END'
INIT fresh: {
	$out =	missing_one;
}
END
compiler_says "the prologue, also a second one" missing_one missing_two missing_three <<'END'
{ static int one(void) { return missing_one; } }
counter -> counter: { $out = $in; };

{
static int two(void)
{
    return missing_two;
}
}
number -> number: { $out = missing_three; }
END
compiler_says "a block that rules of the same types share" missing_one <<'END'
counter -> counter, number -> number, app.c/hidden -> app.c/hidden: {
    $out = $in + missing_one;
}
END
compiler_says "behind forms that become something else" missing_one missing_two missing_three \
    missing_four missing_five <<'END'
counter -> counter: {
    $oldtype(struct conn) *old = &$oldsym(server); int a = missing_one;
    $newtype(
        struct conn
    ) *new = &$newsym(server); int b = missing_two;
    XF_INVOKE($xform(struct conn, struct conn), old, new); a = missing_three;
    XF_INVOKE($xform(struct conn,
                     struct conn),
              old, new); a = missing_four;
    $out = $newsym(app.c/hidden) + missing_five;
}
END
compiler_says "in FAIL and behind it" missing_one missing_three <<'END'
struct conn.hits -> struct conn.hits: {
    if ($in < 0)
        FAIL("%d of %d", $in,
             $base.hits);
    if ($in == 1) FAIL
        "one"
        ;
    $out = missing_one;
    FAIL(
        "two"
    )
    $out = missing_three;
}
END
compiler_says "checks" missing_one missing_two missing_three <<'END'
CHECK { $newsym(counter) > missing_one }
CHECK {
    $newsym(counter) >
        missing_two
}
CHECK {
    if ($newsym(counter) < 0)
        FAIL "below nothing";
    return missing_three;
}
END
compiler_says "a file with carriage returns" missing_one < <(
    printf 'counter -> counter: {\r\n    $out = $in;\r\n    $out = missing_one;\r\n}\r\n')

# A mistake in types reads as the rule does.
cat >rules.xf <<'END'
conns -> conns: { $out = $in; }
END
check "an assignment between the versions' types" xfgen v1.so v2.so rules.xf -o out.c
for compiler in gcc clang; do
    expect_output "$compiler warns of it in the rule's place" \
        '^rules\.xf:1:24: warning: .*struct new_conn \*.*struct old_conn \*' \
        env KITSUNE_CC=$compiler kitcc -shared out.c -o out.so
done

# Behind a block the lines are the generated file's again.
cat >rules.xf <<'END'
{
static int twice(int x) { return 2 * x; }
}
counter -> counter: {
    $out = twice($in);
}
CHECK {
    $newsym(counter) >= 0
}
END
check "a spec that is right" xfgen v1.so v2.so rules.xf -o out.c
awk '/^#line [0-9]+ "out\.c"$/ { print NR + 1, $2; found++ }
     END { print found, "of them" }' out.c >lines
check_match "there are ways back" '^3 of them' "$(tail -1 lines)"
check_equal "all to the right line" "" "$(awk '$2 ~ /^[0-9]/ && $1 != $2' lines)"
sed '$a #error here' out.c >marked.c
check_equal "the compiler sees it so" "out.c:$(wc -l <marked.c)" \
    "$(kitcc -fsyntax-only marked.c 2>&1 | sed -n 's/:[0-9]*: error: #error here//p')"

# A path that C would take for something else.
mkdir 'odd "name\'
cp rules.xf 'odd "name\/r.xf'
sed -i 's/twice(\$in)/missing_one/' 'odd "name\/r.xf'
check "a path with a quote and a backslash" xfgen v1.so v2.so 'odd "name\/r.xf' -o out.c
expect_error "is told by the compiler" 1 'odd "name\\/r\.xf:5:12: error: |odd \\"name' \
    kitcc -shared out.c -o out.so

# Compiled by xfgen itself: the C is kept for whoever looks into it, the transformer is not made.
echo 'counter -> counter: { $out = missing_one; }' >rules.xf
expect_error "--install: the compiler's message" 1 "^rules\.xf:1:30: error: .*missing_one" \
    xfgen v1.so v2.so rules.xf --install
expect_error "--install: and what it means" 1 \
    'xfgen: error: the transformer does not compile; .*v2\.so\.d/[0-9a-f]*\.c$' \
    xfgen v1.so v2.so rules.xf --install
check "--install: the C is there" test -s "v2.so.d/$(build_id v1.so).c"
check_fails "--install: no transformer is" eval 'ls v2.so.d/*.so'
check "--install: its lines are called by its name" \
    grep -q "^#line [0-9]* \"v2\.so\.d/$(build_id v1.so)\.c\"" "v2.so.d/$(build_id v1.so).c"
echo 'counter -> counter: { $out = $in; }' >rules.xf
check "--install and -o" xfgen v1.so v2.so rules.xf --install -o both.c
check "--install and -o: each has its own name" eval \
    'grep -q "both\.c" both.c && ! grep -q "both\.c" v2.so.d/*.c && ls v2.so.d/*.so'

# ---- Macros that do not exist --------------------------------------------------------------------

xfgen_warns "a misspelt macro" "1:19: warning: there is no macro 'XF_INVOK'" \
    "did you mean 'XF_INVOKE'" <<'END'
conns -> conns: { XF_INVOK(XF_PTR($xform(struct conn, struct conn)), &$in, &$out); }
END
warnings_are "a misspelt macro" 1
xfgen_warns "in the second line, within another" "2:15: warning: .*'XF_PTRARAY'" <<'END'
conns -> conns: { /* XF_INVOK( */ puts("XF_INVOK(");
    XF_INVOKE(XF_PTRARAY(1, 8, 8, $xform(struct conn, struct conn)), &$in, &$out); }
END
warnings_are "in the second line, within another" 1
xfgen_is_silent "one's own macro" <<'END'
{
#define XF_INVOKED(x) ((void)(x))
}
counter -> counter: { XF_INVOKED($in); $out = $in; }
END

# ---- Words without a meaning ---------------------------------------------------------------------

xfgen_says "\$in in INIT" '1:22: error: \$in has no meaning here: INIT has no old value' \
    'write: old -> fresh' <<<'INIT fresh: { $out = $in + $in; }'
xfgen_says "\$base where there is none" '1:22: error: \$base .*not a member of a struct' \
    <<<'INIT fresh: { $out = $base.hits; }'
xfgen_says "\$out in CHECK" '1:9: error: \$out .*only the code of a rule' 'newsym\(name\)' \
    <<<'CHECK { $out > 0 }'
xfgen_says "\$in in the prologue" '1:33: error: \$in .*only the code of a rule' \
    <<<'{ static int one(void) { return $in; } }'

end_of_test
