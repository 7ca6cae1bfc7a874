#!/bin/bash
# kitsune diff: what changed between two versions, as text, as JSON, and as a skeleton of rules.
. "$(dirname "$0")/../lib/harness.sh"

# versions NAME < DESCRIPTION: builds both versions of a scene; nothing is run.
versions() {
    scene_split
    printf 'static void begin(void) { }\nstatic void verify(void) { }\n' >both.h
    sed -i 's/^#include "scene.h"$/&\n#include "both.h"/' v1/app.c v2/app.c
    check "$1: builds" eval 'build_version v1 -I. && build_version v2 -I.'
}

# shows NAME STATUS ARGUMENTS PATTERN...: what kitsune diff prints, its runs of blanks made one,
# has a line that matches each pattern.
shows() {
    local name=$1 expected=$2 arguments=$3 output status pattern
    shift 3
    output=$(kitsune diff v1.so v2.so $arguments 2>&1)
    status=$?
    check_equal "$name: status" "$expected" $status
    output=$(sed -E 's/ +/ /g' <<<"$output")
    for pattern in "$@"; do
        check_match "$name: $pattern" "$pattern" "$output"
    done
}

# json NAME EXPRESSION...: Python expressions about d, the parsed output, that must hold.
json() {
    local name=$1 expression
    shift
    kitsune diff v1.so v2.so ${json_arguments-} --json >out.json 2>/dev/null
    for expression in "$@"; do
        check "$name: $expression" python3 - out.json "$expression" <<'END'
import json, sys
d = json.load(open(sys.argv[1]))
def type_(name): return next(t for t in d["types"] if (t["new"] or t["old"])["name"] == name)
def variable(key): return next(v for v in d["variables"] if (v["new"] or v["old"])["key"] == key)
def member(of, name):
    return next(m for m in type_(of)["members"] if (m["new"] or m["old"])["name"] == name)
def question(row): return d["questions"][row["decision"]["question"]]
sys.exit(0 if eval(sys.argv[2]) else 1)
END
    done
}

# ---- Nothing changed -----------------------------------------------------------------------------

versions "nothing changed" <<'END'
@common
struct node { int value; struct node *next; };
struct node *list;
int counter;
END
shows "nothing changed" 0 "" '^v1\.so -> v2\.so \(build [0-9a-f]{8} -> [0-9a-f]{8}\)$' \
    '^ types +[0-9]+: all as before$' '^ variables +2: all as before$' \
    '^ Nothing needs a decision\.$' 'never walked, since nothing reachable from them changed' \
    '^ list$'
check_fails "nothing changed: no types are listed" \
    eval 'kitsune diff v1.so v2.so | grep -q "^TYPES\|^VARIABLES"'
shows "nothing changed, all" 0 --all '^ struct node 16 bytes, stays$' \
    '^ 8 8 struct node \*next kept, nothing behind it changes$' '^ counter copied$'
check_equal "the same build twice" 0 "$(kitsune diff v1.so v1.so >out.txt; echo $?)"
check_match "the same build twice: is said" 'Both are the same build' "$(cat out.txt)"

# ---- Types ---------------------------------------------------------------------------------------

versions "types" <<'END'
@v1
enum colour { RED, GREEN, BLUE, BLACK };
typedef int stamp_t;
struct inner { char flags; };
struct record {
    int widened; enum colour colour; stamp_t stamp;
    char *text; unsigned low : 3; unsigned high : 5;
    struct { int x, y; } point;
    short before; struct inner inner; void (*call)(int); struct record *next; int dropped;
    int grows[2];
};
struct unheld { int a; };
struct same { int a; };
struct leaves { int a; };
struct record *records;
struct same *same;
struct inner inners[3];
int use(struct unheld *u, struct leaves *l) { return u->a + l->a; }
int levels[2] = {1, 2};
@v2
enum colour { GREEN, RED, BLUE, WHITE = 7 };
typedef long stamp_t;
struct inner { char flags; int more; };
struct record {
    long widened; enum colour colour; stamp_t stamp;
    char *E_SZ text; unsigned low : 3; unsigned high : 7;
    struct { int x, y, z; } point;
    short after; struct inner inner; void (*call)(int); struct record *next;
    int grows[4]; char *brand_new;
};
struct unheld { int a, b; };
struct same { int a; };
struct arrives { int a; };
struct record *records;
struct same *same;
struct inner inners[3];
int use(struct unheld *u, struct arrives *l) { return u->a + l->a; }
int levels[3] = {1, 2, 3};
@xf
struct record.before -> struct record.after
INIT struct record.brand_new: { $out = 0; }
END
shows "types" 0 "--xf rules.xf" \
    '^ types +[0-9]+: 5 changed, 1 added, 1 gone$' \
    '^~ enum colour 4 bytes, by enumerator name$' \
    '^ ~ GREEN = 1 -> 0$' '^ ~ RED = 0 -> 1$' '^ \+ WHITE = 7$' \
    '^ - BLACK = 3 where it is met, the update is refused$' '^ 1 value as before$' \
    '^~ typedef stamp_t 4 -> 8 bytes$' '^ int -> long$' \
    '^~ struct record [0-9]+ -> [0-9]+ bytes, rebuilt$' '^ reached by \*records$' \
    '^ ~ 0 4>8 int widened -> long widened widened$' \
    '^ ~ 4>8 4 enum colour colour by enumerator name$' \
    '^ ~ 8>16 4>8 stamp_t stamp widened$' \
    '^ ~ 16>24 8 char \*text -> char \*text E_SZ text kept$' \
    '^ ~ 24\.3>32\.3 5b>7b unsigned int high : 5$' '^ -> unsigned int high : 7 converted$' \
    '^ \+ >44 4 int z zero$' \
    '^ ~ [0-9]+>48 2 short before -> short after copied, rules\.xf:1$' \
    '^ - 56> 4 int dropped dropped$' \
    '^ ~ 60>80 8>16 int grows\[2\] -> int grows\[4\] copied, the rest zero$' \
    '^ ~ levels copied, the rest as initialised$' \
    '^ \+ >96 8 char \*brand_new rules\.xf:2$' \
    '^~ struct unheld 4 -> 8 bytes$' '^ nothing that is migrated holds one$' \
    '^\+ added struct arrives$' '^- gone struct leaves$' '^ 1 as before$' \
    '^ records$' '^ converts struct record$' '^ inners$' '^ converts itself$' \
    "gone, their values are dropped; where that is meant, write:" '^ DROP struct record\.dropped$'
check_fails "types: what is the same is not listed" \
    eval 'kitsune diff v1.so v2.so --xf rules.xf | grep -q "struct same"'
shows "types, all" 0 "--xf rules.xf --all" '^ ~ inners elements: member by member$' \
    '^ struct same 4 bytes, stays$' \
    '^ ~ 40>60 [0-9] short before|^ ~ .* to the function of that name$'
json_arguments="--xf rules.xf" json "types as JSON" \
    'd["spec"] == "rules.xf"' \
    'd["summary"]["types"]["changed"] == 5 and d["summary"]["decisions_needed"] == 0' \
    'member("struct record", "widened")["old"]["bit_size"] == 32' \
    'member("struct record", "widened")["new"]["bit_size"] == 64' \
    'member("struct record", "widened")["changes"] == ["type", "size"]' \
    'member("struct record", "widened")["decision"]["how"] == "widened"' \
    'member("struct record", "high")["old"]["bit_offset"] == 24 * 8 + 3' \
    'member("struct record", "high")["new"]["is_bit_field"]' \
    'member("struct record", "point.z")["depth"] == 1' \
    'member("struct record", "text")["changes"] == ["place", "meaning"]' \
    'member("struct record", "after")["changes"][0] == "name"' \
    'member("struct record", "after")["decision"]["rule"] == {"file": "rules.xf", "line": 1}' \
    'member("struct record", "dropped")["decision"]["kind"] == "dropped"' \
    '"is gone" in question(member("struct record", "dropped"))["text"]' \
    'member("struct record", "grows")["decision"]["kind"] == "automatic"' \
    'type_("struct record")["rebuilt"] and type_("struct record")["reached_by"] == "*records"' \
    'type_("struct unheld")["decision"]["kind"] == "none"' \
    'type_("struct arrives")["old"] is None and type_("struct arrives")["changes"] == ["added"]' \
    '[e for e in type_("enum colour")["enumerators"] if e["name"] == "BLACK"][0]["new"] is None' \
    'type_("typedef stamp_t")["new"]["is"] == "long"' \
    'variable("records")["walk"] == "followed"' \
    'variable("records")["walked"] == [{"type": "struct record", "rebuilt": True}]' \
    'variable("same")["walk"] == "never"'

versions "a struct converted as a whole, and types under new names" <<'END'
@v1
struct money { int cents; };
struct conn { int id; };
typedef struct { int a; } pair_t;
struct money balance;
struct conn *connections;
pair_t pair;
struct quiet { char *name; union { long number; char bytes[8]; }; } quiet;
@v2
struct money { int units, part; };
struct connection { long id; };
typedef struct { int a, b; } pair_t;
struct money balance;
struct connection *connections;
pair_t pair;
struct quiet { char *name; union { long number; char bytes[8]; }; } quiet;
@xf
struct money -> struct money: { $out.units = $in.cents / 100; $out.part = $in.cents % 100; }
struct conn -> struct connection
END
shows "whole structs" 0 "--xf rules.xf" \
    '^~ struct money 4 -> 8 bytes, rules\.xf:1$' '^~ struct conn -> struct connection 4 -> 8 bytes' \
    '^ ~ 0 4>8 int id -> long id widened$' '^~ typedef pair_t 4 -> 8 bytes' '^ \+ >4 4 int b zero$'

# ---- Variables, locals, functions ----------------------------------------------------------------

versions "variables" <<'END'
@v1
struct { int inner; } whole; int kept; int retyped; int renamed_before; int port; int gone_for_good;
static int moved __attribute__((used));
const int becomes_constant_not = 4;
_Thread_local int per_thread;
int turns_thread_local;
char *annotated;
int removed(int a) { return a / 3; }
int changed(int a) { return a / 5; }
int serve(int arguments) E_NOTELOCALS;
int serve(int arguments)
{
    volatile int local_kept = arguments, local_gone = 2, local_changed = 3;
    return local_kept + local_gone + local_changed;
}
@v2
int kept; long retyped; int renamed_after; struct config { int port; } config;
int brand_new = 7; long from_member;
int becomes_constant_not = 4;
_Thread_local int per_thread;
_Thread_local int turns_thread_local;
char *E_SZ annotated;
int added(int a) { return a / 3; }
int changed(long a) { return (int)a / 5; }
int serve(int arguments) E_NOTELOCALS;
int serve(int arguments)
{
    volatile int local_kept = arguments, local_new = 2;
    volatile long local_changed = 3;
    return local_kept + local_new + (int)local_changed;
}
@xf
renamed_before -> renamed_after
port -> config.port
whole.inner -> from_member
END
mv v2/app.c v2/other.c
check "variables: a file of another name" build_version v2 -I.
sed -i '/static int begin\|int brand_new/s/^/static int moved __attribute__((used)); /' v2/other.c
check "variables: with the static in it" build_version v2 -I.
echo 'app.c/moved -> other.c/moved' >>rules.xf
shows "variables" 0 "--xf rules.xf" \
    '^ ~ retyped widened$' '^ int retyped -> long retyped$' \
    '^ ~ renamed_before -> renamed_after copied, rules\.xf:1$' '^ ~ port -> config\.port rules\.xf:2$' \
    '^ ~ app\.c/moved -> other\.c/moved copied, rules\.xf:4$' \
    '^ \+ from_member from whole\.inner, widened, rules\.xf:3$' '^ - gone_for_good dropped$' \
    '^ \+ brand_new its initial value$' '^ \+ config by rules for its members$' \
    '^ constant -> in writable memory$' '^ in writable memory -> thread-local$' \
    '^ char \*annotated -> char \*annotated E_SZ$' \
    '^NOTED LOCALS$' '^ ~ serve#local_changed widened$' '^ \+ serve#local_new its initial value$' \
    '^ - serve#local_gone dropped$' \
    '^FUNCTIONS WHOSE TYPE CHANGED$' '^ int changed\(int\) -> int changed\(long\)$'
shows "functions" 0 "--xf rules.xf --functions" '^ \+ added$' '^ - removed$' '^FUNCTIONS$'
json_arguments="--xf rules.xf" json "variables as JSON" \
    'variable("retyped")["changes"] == ["type", "size"]' \
    'variable("renamed_after")["old"]["key"] == "renamed_before"' \
    'variable("port")["origin"] == "config.port"' \
    'variable("port")["decision"]["rule"]["line"] == 2' \
    'variable("gone_for_good")["new"] is None' \
    'variable("other.c/moved")["changes"] == ["place"]' \
    'variable("serve#local_new")["local"]' \
    '"storage" in variable("turns_thread_local")["changes"]' \
    'd["summary"]["noted_locals"]["gone"] == 1' \
    'any(f["new"] and f["new"]["key"] == "changed" and "type" in f["changes"] for f in d["functions"])' \
    'any(f["old"] is None and f["new"]["key"] == "added" for f in d["functions"])'

versions "a global in another file" <<'END'
@v1
int moves = 1; int stays = 2;
@v2
int stays = 2;
END
echo 'int other = 3;' >v1/other.c
echo 'int other = 3; int moves = 1;' >v2/other.c
check "a global in another file: builds" eval 'build_version v1 -I. && build_version v2 -I.'
shows "a global in another file" 0 "" '^ variables +[0-9]: 1 changed$' '^ ~ moves copied$' \
    '^ app\.c -> other\.c$'

# An enum value that is gone is no decision; the rule that maps it is proposed.
versions "an enum value that is gone" <<'END'
@v1
enum state { IDLE, BUSY, DEAD }; enum state state;
@v2
enum state { IDLE, BUSY }; enum state state;
END
shows "an enum value that is gone" 0 "" "enum state: 'DEAD' is gone" '^ to map it to another, write:$' \
    '^ - DEAD = 2 where it is met, the update is refused$'
kitsune diff v1.so v2.so --skeleton | sed 's|^// ||' >mapped.xf
check "an enum value that is gone: the rule is accepted" xfgen v1.so v2.so mapped.xf -o out.c
check "an enum value that is gone: and compiles" kitcc -Wall -Werror -O2 -shared out.c -o out.so

# ---- Decisions, and the skeleton that asks for them ----------------------------------------------

# round_trip NAME DECISIONS < DESCRIPTION: the skeleton is accepted as it is written; with the first
# proposal of each question taken, nothing is undecided, and the transformer compiles.
round_trip() {
    local name=$1 decisions=$2 output
    versions "$name"
    rm -f skeleton.xf decided.xf out.c
    shows "$name" 1 "" "^ ${decisions} things? needs? a decision"
    output=$(kitsune diff v1.so v2.so -o skeleton.xf 2>&1)
    check_equal "$name: the skeleton's status" 1 $?
    check_match "$name: says what it wrote" "^skeleton\.xf: $decisions decision" "$output"
    check_fails "$name: no rule of the skeleton is wrong" \
        eval 'xfgen v1.so v2.so skeleton.xf -o out.c 2>&1 | grep "^skeleton\.xf:.*error"'
    take_first <skeleton.xf >decided.xf
    check "$name: the proposals decide everything" xfgen v1.so v2.so decided.xf -o out.c ||
        cat decided.xf
    check "$name: and compile" kitcc -Wall -Werror -O2 -shared out.c -o out.so
    # What is left are rules whose code has to be written.
    expect_error "$name: only code is left to write" \
        "$(grep -v '^//' decided.xf | grep -q 'not decided yet'; echo $((1 - $?)))" \
        'Nothing needs a decision|is not written yet' kitsune diff v1.so v2.so --xf decided.xf
    sed -i 's/FAIL "not decided yet"; *//' decided.xf
    check "$name: with the code written, all is decided" kitsune diff v1.so v2.so --xf decided.xf
}

# Takes the // off the first rule of each question (they are parted by empty lines).
take_first() {
    awk 'BEGIN { RS = ""; ORS = "\n\n" }
         /^\/\* New\./ { next }
         { taken = 0; open = 0; n = split($0, lines, "\n"); text = ""
           for (i = 1; i <= n; i++) {
               line = lines[i]
               if (line ~ /^\/\/ / && (open || !taken)) {
                   line = substr(line, 4); taken = 1
                   open = line ~ /\{$/ ? 1 : line ~ /^\}/ ? 0 : open
               } else if (line !~ /^\/\/ / && line ~ /->/ && line !~ /^[ \/]/) taken = 1
               text = text line "\n"
           }
           print text }'
}

round_trip "numbers that may not fit" 3 <<'END'
@v1
struct sizes { long to_int; int to_unsigned; unsigned narrow : 9; } *sizes;
@v2
struct sizes { int to_int; unsigned to_unsigned; unsigned narrow : 4; } *sizes;
END
check_match "a rule that keeps every value stands as it is" '^struct sizes\.to_int -> ' \
    "$(cat skeleton.xf)"
json "a decision as JSON" \
    'd["summary"]["decisions_needed"] == 3' \
    'question(member("struct sizes", "to_int"))["severity"] == "error"' \
    'question(member("struct sizes", "to_int"))["old"] == "long to_int"' \
    'question(member("struct sizes", "to_int"))["helps"][0]["kind"] == "rule"' \
    'member("struct sizes", "to_int")["decision"]["kind"] == "needed"'
shows "a decision in the text" 1 "" '^ 1\. .sizes->to_int. changes from' '^ - long to_int$' \
    '^ \+ int to_int$' '^ write:$' '^ struct sizes\.to_int -> struct sizes\.to_int: \{' \
    'int to_int needs decision 1$'

round_trip "types under new names" 1 <<'END'
@v1
struct old_entry { int key; };
struct table { struct old_entry *entries[4]; } table;
@v2
struct new_entry { long key; };
struct table { struct new_entry *entries[4]; } table;
END
check_match "a guess stands behind //" '^// struct old_entry -> struct new_entry$' "$(cat skeleton.xf)"

round_trip "arrays that shrink" 2 <<'END'
@v1
struct record { char name[32]; char *words[4]; } *records;
@v2
struct record { char name[16]; char *words[2]; } *records;
END

round_trip "kinds that have nothing in common" 4 <<'END'
@v1
int number;
struct box { int content; void (*call)(int); char *opaque E_OPAQUE; } *box;
@v2
struct { int a, b; } number;
struct box { char *content; int *call; char opaque[32] E_OPAQUE; } *box;
END

round_trip "values of enums under new names" 2 <<'END'
@v1
enum state { IDLE, BUSY, DEAD }; enum level { LOW, HIGH };
struct task { enum state state; enum level level; } *tasks;
@v2
enum state { BUSY, IDLE, GONE }; enum level { LOW, TOP };
struct task { enum state state; enum level level; } *tasks;
END

round_trip "unions" 2 <<'END'
@v1
union cell { char *text; long number; } cell;
struct odd { int kind; union { char *text; long number; }; } *odd;
@v2
union cell { long number; char *text; int added; } cell;
struct odd { int kind; union { char *text; long number; int third; }; } *odd;
END

round_trip "pointers of which too little is known" 3 <<'END'
@v1
struct item { int value; };
struct holder { void *data; struct item **one; int count; struct item *many; } *holder;
@v2
struct item { long value; };
struct holder { void *data; struct item **one; int count;
                struct item *E_PTRARRAY(self.count) many; } *holder;
END

round_trip "a static that may have moved" 1 <<'END'
@v1
static int moved __attribute__((used)) = 1;
@v2
static int begin_of(void) { static int moved = 1; return moved++; }
int use(void) { return begin_of(); }
END

# What is dropped is no decision, yet the skeleton has a guess what became of it.
versions "successors" <<'END'
@v1
struct visitor { int visits; char *nick; } *visitors;
int connections_total; struct visitor *clients; int port; int nothing_like_it;
@v2
struct visitor { long count; char *nick_name; double unrelated; } *visitors;
int limit = 7; int connection_total; struct server { struct visitor *clients; int port; } server;
struct { int a; } other;
END
check "successors: nothing is undecided" kitsune diff v1.so v2.so
kitsune diff v1.so v2.so --skeleton >skeleton.xf
for rule in 'struct visitor\.nick -> struct visitor\.nick_name' 'connections_total -> connection_total' \
            'struct visitor\.visits -> struct visitor\.count' \
            'clients -> server\.clients' 'port -> server\.port'; do
    check_match "successors: $rule" "^// $rule +/\* was: " "$(cat skeleton.xf)"
done
check_match "successors: none" '^// DROP nothing_like_it +/\* was: int nothing_like_it \*/$' \
    "$(cat skeleton.xf)"
check_match "successors: what is new" '^// INIT struct visitor\.unrelated: \{ \$out = 0; \}$' \
    "$(cat skeleton.xf)"
check_match "successors: a new variable is as initialised" \
    '^// INIT limit: \{ /\* as initialised; or: \$out = \.\.\.; \*/ \}$' "$(cat skeleton.xf)"
check_fails "successors: what is proposed is not new" grep -q 'INIT server\|INIT connection_total' skeleton.xf
sed 's|^// ||' skeleton.xf >all.xf
check "successors: everything taken" xfgen v1.so v2.so all.xf -o out.c
check "successors: compiles" kitcc -Wall -Werror -O2 -shared out.c -o out.so
shows "successors, decided" 0 "--xf all.xf" '^ ~ clients -> server\.clients all\.xf:[0-9]+$' \
    '^ ~ 0 4>8 int visits -> long count widened, all\.xf:[0-9]+$' \
    '^ - nothing_like_it dropped, all\.xf:[0-9]+$'

# ---- Files ---------------------------------------------------------------------------------------

echo "precious" >there.xf
expect_error "a file that is there" 1 'there\.xf exists; --force' kitsune diff v1.so v2.so -o there.xf
check_equal "is left alone" precious "$(cat there.xf)"
check "with --force" kitsune diff v1.so v2.so -o there.xf --force
check_match "it is replaced" 'Written by `kitsune diff' "$(cat there.xf)"
check "--skeleton=FILE" kitsune diff v1.so v2.so --skeleton=new.xf
check "is the same" cmp there.xf new.xf
expect_error "a folder that is not there" 1 'nowhere/x\.xf.*No such file' \
    kitsune diff v1.so v2.so -o nowhere/x.xf
check_equal "no temporary file is left" "" "$(find . -name '*.tmp*')"
expect_error "standard output that is full" 1 'cannot write' \
    sh -c 'kitsune diff v1.so v2.so >/dev/full'
expect_error "a version that is not there" 1 'nowhere\.so' kitsune diff nowhere.so v2.so
expect_error "a version that is none" 1 'there\.xf' kitsune diff v1.so there.xf
strip -g v2.so -o bare.so
expect_error "a version without debug information" 1 'bare\.so.*(debug|DWARF)' kitsune diff v1.so bare.so
expect_error "rules that are not there" 1 'nowhere\.xf' kitsune diff v1.so v2.so --xf nowhere.xf
expect_error "usage: one version" 2 'two versions' kitsune diff v1.so
expect_error "usage: three" 2 'too many' kitsune diff v1.so v2.so v1.so
expect_error "usage: two outputs" 2 'exclude' kitsune diff v1.so v2.so --json --skeleton
expect_error "usage: an unknown option" 2 'unrecognized|[Uu]sage' kitsune diff v1.so v2.so --nothing
expect_output "help" 'Exit status: 0' kitsune diff --help

# ---- Rules with mistakes in them -----------------------------------------------------------------

cat >partly.xf <<'END'
clients -> server.clients
port => server.port
struct visitor.visit -> struct visitor.count
DROP nothing_like, nothing_like_it: { FAIL "no"; }
{ static $oldtype(struct nobody) *helper; }
struct visitor.nick -> struct visitor.nick_name,
struct visitor.nik -> struct visitor.unrelated: { memset(&$out, 0, sizeof $out); }
CHECK { $newsym(sever).port }
END
shows "wrong rules" 1 "--xf partly.xf" \
    "^partly\.xf:2:6: error: expected '->'" '^port => server\.port$' '^ \^~$' \
    "^partly\.xf:3:16: error: .*visit" "did you mean 'visits'" \
    "^partly\.xf:4:6: error: .*nothing_like" "'nobody'|struct nobody" "'nik'" "'sever'" \
    '^ partly\.xf has 6 errors; rules with errors are left out\.$' \
    '^ - nothing_like_it dropped, partly\.xf:4$' 'char \*nick_name partly\.xf:6$' \
    '^ Nothing else needs a decision' '^ ~ clients -> server\.clients partly\.xf:1$'
check_equal "wrong rules: JSON stays whole" 6 "$(kitsune diff v1.so v2.so --xf partly.xf --json 2>/dev/null |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["summary"]["spec_errors"])')"
printf 'INIT server: { $out.port = $oldsym(prt); }\n' >code.xf
shows "a wrong name in a rule's code" 1 "--xf code.xf" "^code\.xf:1:[0-9]+: error: .*'prt'" \
    '^ code\.xf has 1 error'
printf '// nothing\nINIT struct visitor.unrelated: { FAIL "not decided yet"; }\n' >stub.xf
shows "a rule that is not written yet" 1 "--xf stub.xf" 'is not written yet' '^ stub\.xf:2$'

# ---- On paper and on a terminal ------------------------------------------------------------------

# terminal [VARIABLE=VALUE]: the output on a terminal.
terminal() {
    env TERM=xterm "$@" python3 -c 'import pty; pty.spawn(["kitsune", "diff", "v1.so", "v2.so"])'
}
escape=$(printf '\033')
check_match "colours on a terminal" "$escape\[" "$(terminal)"
check_fails "no colours with NO_COLOR" matches "$escape" "$(terminal NO_COLOR=1)"
check_fails "no colours elsewhere" matches "$escape" "$(kitsune diff v1.so v2.so)"

# Declarations that are longer than a line.
versions "long declarations" <<'END'
@v1
struct element_of_a_list { struct element_of_a_list *following_element, *preceding_element; };
struct table {
    int count;
    struct element_of_a_list *E_PTRARRAY(self.count) *E_PTRARRAY(self.count) elements_of_all_lists;
    char large[2000000];
} *table;
int function_with_arguments(struct table *one, struct table *another, const char *and_a_text, int n);
int function_with_arguments(struct table *one, struct table *another, const char *and_a_text, int n)
{ return n + (one == another) + !and_a_text; }
@v2
struct element_of_a_list { struct element_of_a_list *following_element, *preceding_element; };
struct table {
    long count;
    struct element_of_a_list *E_PTRARRAY(self.count) *E_PTRARRAY(self.count) elements_of_all_lists;
    char large[3000000];
} *table;
int function_with_arguments(struct table *one, struct table *another, const char *and_a_text, long n);
int function_with_arguments(struct table *one, struct table *another, const char *and_a_text, long n)
{ return (int)n + (one == another) + !and_a_text; }
END
shows "long declarations" 0 "" '^ ~ 16 2000000>3000000 char large\[2000000\]$' \
    '^ -> char large\[3000000\] copied, the rest zero$' '^ -> int function_with_arguments\('
check_fails "long declarations: no line is longer than 100" eval \
    'kitsune diff v1.so v2.so --all | grep -E "^.{101}"'

# A program of forty types, each in the next, half of which change.
{
    echo '@v1'
    for i in $(seq 40); do echo "struct type_number_$i { int member; struct type_number_$((i - 1)) *below; char tail[$i]; };"; done
    echo 'struct type_number_40 *top;'
    echo '@v2'
    for i in $(seq 40); do echo "struct type_number_$i { $([ $((i % 2)) = 0 ] && echo long || echo int) member; struct type_number_$((i - 1)) *below; char tail[$i]; };"; done
    echo 'struct type_number_40 *top;'
} >forty.txt
versions "forty types" <forty.txt
shows "forty types" 0 "" '^ types +[0-9]+: 20 changed$' '^~ struct type_number_40 56 -> 56|^~ struct type_number_40 ' \
    '^ [0-9]+ as before$'
check_fails "forty types: no line is longer than 100" eval 'kitsune diff v1.so v2.so | grep -E "^.{101}"'
for release in 1 2 3 4; do
    [ -e "$build/apps/kv-$release.so" ] || continue
    check_fails "kv $release to $((release + 1)): no line is longer than 100" eval \
        'kitsune diff "$build/apps/kv-$release.so" "$build/apps/kv-$((release + 1)).so" --all --functions |
         grep -E "^.{101}"'
    check "kv $release to $((release + 1)): its rules decide everything" kitsune diff \
        "$build/apps/kv-$release.so" "$build/apps/kv-$((release + 1)).so" \
        --xf "$root/apps/kv/v$release-v$((release + 1)).xf"
done

end_of_test
