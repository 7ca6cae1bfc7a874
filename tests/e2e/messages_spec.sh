#!/bin/bash
# What xfgen says about an .xf file: wrong names, rules without effect, one message for a mistake,
# and files that are odd.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

pair "a pair to write rules for" <<'END'
@common
#include <wchar.h>
struct point { int x, y; };
enum state { IDLE, BUSY };
typedef struct point place_t;
union cell { int number; char text[4]; };
@v1
struct conn { int hits; struct point where; union cell cell; struct conn *next; };
struct conn *conns;
struct conn server;
place_t place;
enum state state;
int counter, number;
int only_old = 1;
static int hidden __attribute__((used));
__attribute__((noinline)) static int twice(int x) { return 2 * x; }
__attribute__((noinline)) E_NOTELOCALS int serve(int request)
{
    static int times;
    return twice(request) + ++times + only_old;
}
__attribute__((used)) static int (*keep)(int) = serve;
@v2
struct conn { long hits; long extra; struct point where; union cell cell; struct conn *next; };
struct conn *conns;
struct conn server;
place_t place;
enum state state;
int counter, number, fresh;
static int hidden __attribute__((used));
__attribute__((noinline)) static int twice(int x) { return 2 * x; }
__attribute__((noinline)) E_NOTELOCALS int serve(int request)
{
    static int times;
    return twice(request) + ++times;
}
__attribute__((used)) static int (*keep)(int) = serve;
END

# ---- Names ---------------------------------------------------------------------------------------

# name_is NAME SPEC PLACE MEANT: one error, there, with that proposal.
name_is() {
    xfgen_says "$1" "^rules\.xf:$3: error: " "^    help: did you mean '$4'\?$" <<<"$2"
    errors_are "$1" 1
}

name_is "a struct" 'struct con.hits -> struct conn.hits' 1:8 'struct conn'
name_is "a struct's member" 'struct conn.hit -> struct conn.hits' 1:13 hits
name_is "a member of a member" 'struct conn.wher.x -> struct conn.extra' 1:13 where
name_is "a struct without its word" 'conn.hits -> struct conn.hits' 1:1 'struct conn'
name_is "a struct by another word" 'union conn -> struct conn' 1:7 'struct conn'
name_is "a typedef" 'typedef plac_t -> typedef place_t' 1:9 'typedef place_t'
name_is "an enum" 'enum stat -> enum state: { $out = 0; }' 1:6 'enum state'
name_is "a union" 'union cel -> union cell: { }' 1:7 'union cell'
name_is "a variable" 'conter -> counter' 1:1 counter
name_is "on the right side" 'counter -> conter' 1:12 counter
name_is "two letters exchanged" 'coutner -> counter' 1:1 counter
name_is "another case" 'Counter -> counter' 1:1 counter
name_is "a static without its file" 'hidden -> app.c/hidden' 1:1 'app.c/hidden'
name_is "a static in a misspelt file" 'ap.c/hidden -> app.c/hidden' 1:1 'app.c/hidden'
name_is "a static, misspelt, without its file" 'hiden -> app.c/hidden' 1:1 'app.c/hidden'
name_is "a local in a misspelt function" 'srve#request -> serve#request' 1:1 'serve#request'
name_is "a local, misspelt" 'serve#requst -> serve#request' 1:1 'serve#request'
name_is "a static local by its name alone" 'times -> app.c/serve#times' 1:1 'app.c/serve#times'
name_is "a function" 'app.c/twise -> app.c/twice' 1:1 'app.c/twice'
name_is "a member of a variable" 'server.hitz -> server.hits' 1:8 hits
name_is "a type in \$oldtype" 'counter -> counter: { $oldtype(struct con) *c; $out = $in; }' 1:32 \
    'struct conn'
name_is "a typedef in \$newtype" 'counter -> counter: { $newtype(plase_t) c; $out = $in; }' 1:32 \
    place_t
name_is "a symbol in \$oldsym" 'INIT fresh: { $out = $oldsym(conter); }' 1:30 counter
name_is "a function in \$newsym" 'INIT fresh: { $out = $newsym(serv)(1); }' 1:30 serve
name_is "a type in \$xform" \
    'conns -> conns: { XF_INVOKE($xform(struct conn, struct con), $in, $out); }' 1:49 'struct conn'
name_is "a symbol in FAIL's arguments" 'INIT fresh: { FAIL("%d", $oldsym(conter)); }' 1:34 counter
name_is "a symbol in CHECK" 'CHECK { $newsym(conter) > 0 }' 1:17 counter
name_is "a symbol in the prologue" '{ static int f(void) { return $newsym(conter); } }' 1:39 counter
name_is "a \$word" 'counter -> counter: { $out = $inn; }' 1:30 '\$in'
name_is "a \$word with parentheses" 'INIT fresh: { $out = $olsym(counter); }' 1:22 '\$oldsym'
name_is "a keyword" 'init fresh: { $out = 1; }' 1:1 INIT
name_is "a keyword in another case" 'Check { counter > 0 }' 1:1 CHECK
name_is "a misspelt word for structs" 'strcut conn.hits -> struct conn.hits' 1:1 struct

xfgen_says "a member of what a pointer leads to" "1:7: error: a pointer has no member 'hits'" \
    "named by its type: 'struct conn.hits'" <<<'conns.hits -> server.hits'
errors_are "a member of what a pointer leads to" 1
xfgen_says "a member of a number" "1:13: error: 'int' has no member 'x'" <<<'server.hits.x -> counter'
xfgen_says "a member of a function" "'serve' is a function" <<<'serve.x -> serve'
xfgen_says "what only the new version has" "v1\.so has no variable 'fresh'" \
    'write: INIT fresh: \{ \$out = \.\.\.; \}' <<<'fresh -> counter'
xfgen_says "what only the old version has" "v2\.so has no variable 'only_old'" \
    'only the old version has it' <<<'counter -> only_old'
xfgen_says "nothing like it" "v1\.so has no variable 'xyzzy'" 'file\.c/name' <<<'xyzzy -> counter'
xfgen_says "a type that nothing uses" "v2\.so has no type 'struct_of_nobody'" \
    'not in its debug information' \
    <<<'counter -> counter: { $newtype(struct_of_nobody) *p; $out = $in; }'

xfgen_says "wrong names are told beside wrong syntax" "1:9: error: expected '->'" \
    "2:1: error: v1\.so has no variable 'conter'" <<'END'
counter counter
conter -> counter
END
errors_are "wrong names are told beside wrong syntax" 2

xfgen_says "a block of two rules" "1:[0-9]+: error: .*conter" \
    <<<'counter -> counter, number -> number: { $out = $oldsym(conter); }'
errors_are "a block of two rules is looked at once" 1

# ---- One mistake, one message --------------------------------------------------------------------

# syntax_is NAME SPEC PLACE PATTERN...
syntax_is() {
    local name=$1 spec=$2 place=$3
    shift 3
    xfgen_says "$name" "^rules\.xf:$place: error: " "$@" <<<"$spec"
    errors_are "$name" 1
}

syntax_is "quotes" '"counter" -> counter' 1:1 'without quotes'
syntax_is "an index" 'counter[0] -> counter' 1:8 'without an index'
syntax_is "a star" 'struct conn *conns -> conns' 1:13 'converted by its type'
syntax_is "a type before a name" 'int counter -> counter' 1:5 'named without their types'
syntax_is "code without braces" 'counter -> counter: $out = $in;' 1:21 'inside \{ \.\.\. \} only'
syntax_is "an assignment" 'INIT fresh = 3' 1:12 'INIT path: \{ \$out = \.\.\.; \}'
syntax_is "a directive" '#include <time.h>
number -> number' 1:1 'braces at the top of the file'
syntax_is "an indented directive" 'number -> number
  #  define X 1' 2:3 'braces at the top of the file'
syntax_is "a function" 'static int helper(void)
number -> number' 1:8 'C stands in braces'
syntax_is "INIT without a colon" 'INIT fresh { $out = 1; }' 1:12 'write `INIT path: '
syntax_is "no left side" '-> counter' 1:1 'write `old -> new`'
syntax_is "no right side" 'counter ->
number -> number' 2:8 'the line above is not complete'
syntax_is "no right side, then INIT" 'counter ->
INIT fresh: { $out = 1; }' 1:11 'found the end of the line'
syntax_is "no name" 'struct
number -> number' 2:1 "did you mean 'number'"
syntax_is "comments nest in no C" '/* a /* b */ c */
number -> number' 1:16 'comments do not nest'
syntax_is "a digraph" 'counter -> counter: <% %>' 1:21 "begins with '\{'"
syntax_is "a '}' too many" 'counter -> counter: { $out = $in; } }' 1:37 'closes nothing'
syntax_is "a '}' too few" 'counter -> counter: {
    if ($in) {
        $out = $in;
}
number -> number
' 1:21 'line 5 looks like the next rule'
syntax_is "a string over the end of its line" 'counter -> counter: { puts("a); }
' 1:28 'not closed on its line'
syntax_is "a comment over the end of the file" 'counter -> counter: { /* a
}' 1:23 'never closed'
syntax_is "an empty CHECK" 'CHECK { /* nothing */ }' 1:7 'checks nothing'
syntax_is "a FAIL without a reason" 'counter -> counter: { FAIL; }' 1:23 'FAIL "reason"'
syntax_is "a dash for an arrow" 'counter – counter' 1:9 "expected '->'"

# ---- Rules without effect ------------------------------------------------------------------------

xfgen_warns "a second rule for the same" "2:1: warning: .*another one makes 'fresh'" \
    '1:1: note: this is the one in force' <<'END'
INIT fresh: { $out = 1; }
INIT fresh: { $out = 2; }
END
warnings_are "a second rule for the same" 2 # and only_old is dropped
xfgen_warns "a rename beside code for the same" "2:1: warning: .*makes 'struct conn\.hits'" <<'END'
struct conn.hits -> struct conn.hits: { $out = $in; }
struct conn.hits -> struct conn.hits
END
xfgen_warns "a member of a struct with code of its own" \
    "2:1: warning: .*code for the whole of 'struct conn'" '1:1: note: that code is here' <<'END'
struct conn -> struct conn: { $out.hits = $in.hits; }
struct conn.hits -> struct conn.hits: { $out = $in; }
END
xfgen_warns "INIT of what is not new" "1:1: warning: 'counter' is not new: INIT drops" \
    'counter -> counter: \{ \.\.\. \}' <<<'INIT counter: { $out = 1; }'
check_fails "INIT of what is not new: it is not gone" grep -q "'counter' is gone" <<<"$xfgen_output"
xfgen_warns "INIT of a member that is not new" "warning: 'struct conn\.hits' is not new" \
    <<<'INIT struct conn.hits: { $out = 1; }'
check_fails "INIT of a member that is not new: it is not gone" grep -q 'hits. is gone' <<<"$xfgen_output"
without_only_old='{ static int sink(int x) { return x; } }
INIT fresh: { $out = sink($oldsym(only_old)); }'
for spec in 'INIT struct conn.hits: { $out = $base.hits; }' \
    'INIT counter: { $out = $oldsym(counter); }' \
    'counter -> fresh
INIT counter: { $out = 0; }' \
    'INIT struct point: { $out.x = 1; }
INIT struct conn.extra: { $out = 1; }'; do
    xfgen_warns "no such warning: ${spec%%$'\n'*}" . <<<"$spec"
    check_fails "no such warning: ${spec%%$'\n'*}: silence" grep -q 'is not new' <<<"$xfgen_output"
done
xfgen_is_silent "an unused prologue" <<<"$without_only_old"

# ---- Odd files -----------------------------------------------------------------------------------

said_of() {
    xfgen v1.so v2.so "$@" -o out.c 2>&1
}
printf 'counter -> counter: {\r\n\t$out = $inn;\r\n}\r\nnumber -> numbr\r\n' >rules.xf
output=$(said_of rules.xf)
check_match "carriage returns: a \$word" '^rules\.xf:2:9: error: ' "$output"
check_match "carriage returns: a name" '^rules\.xf:4:11: error: ' "$output"
check_fails "carriage returns are not shown" grep -q "$(printf '\r')\|?" <<<"${output//mean*}"
printf '\xef\xbb\xbfconter -> counter' >rules.xf
check_match "a mark of UTF-8 and no end of line" '^rules\.xf:1:1: error: ' "$(said_of rules.xf)"
check_equal "the mark is not shown" "conter -> counter" "$(said_of rules.xf | sed -n 2p)"
printf '\xef\xbb\xbf// fine\nnumber -> number' >rules.xf
check "a mark of UTF-8 before a good file" xfgen v1.so v2.so rules.xf -o out.c
printf 'number -> \0number\n' >rules.xf
check_match "a NUL byte" '^rules\.xf:1:11: error: a NUL byte' "$(said_of rules.xf)"
: >rules.xf
check "an empty file" xfgen v1.so v2.so rules.xf -o out.c
printf '\n\n   // only a comment' >rules.xf
check "nothing but a comment" xfgen v1.so v2.so rules.xf -o out.c
mkdir folder.xf
expect_error "a folder" 1 "cannot read 'folder\.xf': Is a directory" xfgen v1.so v2.so folder.xf -o out.c
expect_error "a program" 1 'OLD\.so NEW\.so SPEC\.xf' xfgen v1.so v2.so v2.so -o out.c
if [ "$(id -u)" != 0 ]; then
    cp rules.xf locked.xf
    chmod 0 locked.xf
    expect_error "a file that may not be read" 1 'Permission denied' \
        xfgen v1.so v2.so locked.xf -o out.c
fi
output=$(echo 'conter -> counter' | said_of -)
check_match "standard input" '^<stdin>:1:1: error: ' "$output"
check "standard input that is right" eval 'echo "number -> number" | xfgen v1.so v2.so - -o out.c'
expect_error "a file called '-' is ./-" 1 "cannot read './-'" xfgen v1.so v2.so ./- -o out.c

{
    printf 'number -> number: { $out = $in'
    printf ' + 0%.0s' {1..20000}
    printf ' + $inn; }\n'
} >rules.xf
output=$(said_of rules.xf)
check_match "a very long line" "error: unknown word '.inn'" "$output"
check "a very long line is shown in part" [ "$(wc -L <<<"$output")" -lt 200 ]
{
    printf 'number -> number: { $out = $in; '
    printf '{%.0s' {1..20000}
    printf '}%.0s' {1..19999}
    printf '\n}\n'
} >rules.xf
check_match "one of 20,000 braces is missing" '^rules\.xf:1:19: error: this .\{. is never closed' \
    "$(said_of rules.xf)"
for ((i = 0; i < 10000; i++)); do
    echo "INIT nothing_$i: {"
    echo "    \$out = $i;"
    echo "}"
done >rules.xf
output=$(timeout 60 xfgen v1.so v2.so rules.xf -o out.c 2>&1)
check_match "10,000 wrong rules" '^xfgen: 9980 more errors;' "$output"
check_match "10,000 wrong rules: all are counted" '^xfgen: 10000 errors;' "$output"
{
    echo '{ #include <stddef.h>'
    echo '}'
    for ((i = 0; i < 10000; i++)); do
        echo "INIT fresh: { \$out = $i; }"
    done
} | sed 's/{ #include/{\n#include/' >rules.xf
output=$(timeout 60 xfgen v1.so v2.so rules.xf -o out.c 2>&1)
check_equal "10,000 rules for one thing" 9999 "$(grep -c 'another one makes' <<<"$output")"

end_of_test
