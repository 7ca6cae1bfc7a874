#!/bin/bash
# xfgen --reverse: a program goes from v1 to v2, works there, and comes back with what it has by then.
. "$(dirname "$0")/../lib/harness.sh"

# v1: begin(); v2: change(); v1 again: verify().
cat >main.c <<'END'
int main(void)
{
    kitsune_do_automigrate();
    int is_fresh = !kitsune_is_updating();
    (void)is_fresh;
    kitsune_update("scene"); /* the update that led here ends */
#if VERSION == 1
    if (!is_fresh) {
        verify();
        printf("scene ends\n");
        return 0;
    }
    begin();
#else
    change();
#endif
    kitsune_set_next_version(VERSION == 1 ? "./v2.so" : "./v1.so");
    kitsune_signal_update();
    kitsune_update("scene");
#if VERSION == 2
    unharmed();
#endif
    printf("version %d goes on\n", VERSION);
    return 0;
}
END

# Sections as in a scene, and @back: the rules for the way back.
build_both() {
    scene_split
    sed -i '1i #define OWN_MAIN' v1/app.c v2/app.c
    cat main.c >>v1/app.c
    cat main.c >>v2/app.c
    rm -rf v1.so.d
    back=--reverse
    if grep -q '^@back' scene.txt; then
        scene_section @back >back.xf
        back=--reverse=back.xf
    fi
    build_version v1 -Wno-unused-function && build_version v2 -Wno-unused-function
}

there_and_back() {
    local name=$1 output status
    if ! output=$({ build_both && xfgen v1.so v2.so $scene_rules $back --install &&
                    clang -fsyntax-only -Wall -Wextra -Werror -I"$build/include" v1.so.d/*.c &&
                    kitcc -shared -Wall -Wextra -Werror v1.so.d/*.c -o warnings.so; } 2>&1); then
        fail "$name: builds" "$output" "in $(cat scene.txt)"
        return 1
    fi
    check_equal "$name: without a word" "" "$output"
    output=$(timeout 60 kitsune run ./v1.so 2>&1)
    status=$?
    count_expectations "$name" "$output"
    if [ $status -eq 0 ] && matches "${2-^scene ends$}" "$output"; then
        pass "$name: ends as it should"
    else
        fail "$name: ends as it should" "status $status" "$output"
    fi
}

# does_not_fit NAME PATTERN: the way back is given up when the value is met, and v2 goes on: unharmed().
does_not_fit() {
    there_and_back "$1" "update to ./v1.so aborted: .*$2"
}

# not_reversible NAME PATTERN RULE: xfgen refuses, and proposes RULE; with that it does its work.
not_reversible() {
    local name=$1 output
    build_both >/dev/null 2>&1 || fail "$name: builds"
    output=$(xfgen v1.so v2.so $scene_rules $back -o back.c 2>&1)
    check_equal "$name: refused" 1 $?
    check_match "$name: says why" "$2" "$output"
    grep -Fq -e "$3" <<<"$output" && pass "$name: proposes the rule" ||
        fail "$name: proposes the rule" "$3" "$output"
    check_match "$name: says where to write it" 'xfgen: the way back is not clear: .*--reverse=BACK.xf' \
        "$output"
    # Rules that only the user can write refuse until he has.
    sed -n 's/^    help: .*write: //p' <<<"$output" >pasted.xf
    check "$name: pasted, it is enough" xfgen v1.so v2.so $scene_rules --reverse=pasted.xf -o back.c
}

there_and_back "members added, moved, made wider" <<'END'
@common
#include <limits.h>
@v1
struct entry { int id; short small; float part; char name[8]; unsigned flags : 3; struct entry *next; };
static struct entry *entries;
static int total = 3;
static unsigned char bytes[3] = {1, 2, 3};
static void begin(void)
{
    for (int i = 0; i < 50; i++) {
        struct entry *entry = calloc(1, sizeof *entry);
        *entry = (struct entry){i, (short)-i, (float)i / 2, "", i % 8u, entries};
        snprintf(entry->name, sizeof entry->name, "n%d", i);
        entries = entry;
    }
    total = 50;
}
static void verify(void)
{
    int i = 51, right = 0;
    for (struct entry *entry = entries; entry; entry = entry->next, right++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", --i & 63);
        if (entry->id != (i == 50 ? INT_MIN : i) || entry->small != (short)-i ||
            entry->part != (float)i / 2 || strcmp(entry->name, name) != 0 || entry->flags != i % 8u)
            break;
    }
    EXPECT(right == 51);
    EXPECT(total == 51);
    EXPECT(bytes[0] == 255 && bytes[1] == 2 && bytes[2] == 3);
}
@v2
struct entry { char *note; struct entry *next; long id; int small; double part; char name[16];
               unsigned long flags : 40; };
static struct entry *entries;
static long total;
static int bytes[6];
static void change(void)
{
    struct entry *entry = calloc(1, sizeof *entry);
    EXPECT(total == 50 && bytes[2] == 3);
    *entry = (struct entry){strdup("added"), entries, INT_MIN, -50, 25, "n50", 2};
    entries = entry;
    bytes[0] = 255;
    total++;
}
static void unharmed(void)
{
}
END

does_not_fit "a number that has grown" "items->count is 5000000000, which does not fit 'int'" <<'END'
@v1
struct item { int count; };
static struct item *items;
static void begin(void)
{
    items = calloc(1, sizeof *items);
}
static void verify(void)
{
    EXPECT(!"reached");
}
@v2
struct item { long count; };
static struct item *items;
static void change(void)
{
    items->count = 5000000000;
}
static void unharmed(void)
{
    EXPECT(items->count == 5000000000);
}
END

does_not_fit "a sign that there is no room for" "app.c/size is -1, which does not fit 'unsigned" <<'END'
@v1
static unsigned long size;
static void begin(void)
{
    size = 7;
}
static void verify(void)
{
    EXPECT(!"reached");
}
@v2
static long size;
static void change(void)
{
    EXPECT(size == 7);
    size = -1;
}
static void unharmed(void)
{
    EXPECT(size == -1);
}
@xf
app.c/size -> app.c/size: { $out = (long)$in; }
@back
app.c/size -> app.c/size: { if ($in < 0) FAIL("app.c/size is %ld, which does not fit 'unsigned'", $in); $out = $in; }
END

does_not_fit "a fraction" "part is 0.5, which does not fit 'int'" <<'END'
@v1
static int part;
static void begin(void)
{
    part = 3;
}
static void verify(void)
{
    EXPECT(!"reached");
}
@v2
static double part;
static void change(void)
{
    part = 0.5;
}
static void unharmed(void)
{
    EXPECT(part == 0.5);
}
END

does_not_fit "an array whose tail is in use" "table holds something behind its first 2 elements" <<'END'
@v1
static int table[2];
static void begin(void)
{
    table[1] = 4;
}
static void verify(void)
{
    EXPECT(!"reached");
}
@v2
static int table[4];
static void change(void)
{
    EXPECT(table[1] == 4 && table[2] == 0);
    table[3] = 1;
}
static void unharmed(void)
{
    EXPECT(table[3] == 1);
}
END

does_not_fit "an array that says how much of it is in use" "holds something behind its first 2" <<'END'
@v1
struct box { int count; int values[2] E_ARRAY(self.count); };
static struct box *box;
static void begin(void)
{
    box = calloc(1, sizeof *box);
    box->count = 2;
}
static void verify(void)
{
    EXPECT(!"reached");
}
@v2
struct box { int count; long values[4] E_ARRAY(self.count); };
static struct box *box;
static void change(void)
{
    box->values[2] = 1;
    box->count = 3;
}
static void unharmed(void)
{
    EXPECT(box->count == 3 && box->values[2] == 1);
}
END

there_and_back "what it does not use may hold anything" <<'END'
@v1
struct box { int count; int values[2] E_ARRAY(self.count); };
static struct box *box;
static void begin(void)
{
    box = calloc(1, sizeof *box);
    box->count = 1;
    box->values[0] = 5;
}
static void verify(void)
{
    EXPECT(box->count == 2 && box->values[0] == 5 && box->values[1] == 6);
}
@v2
struct box { int count; long values[4] E_ARRAY(self.count); };
static struct box *box;
static void change(void)
{
    box->values[1] = 6;
    box->values[3] = 1;
    box->count = 2;
}
static void unharmed(void)
{
}
END

does_not_fit "a value that its enum did not have" "state is STUCK \(2\) of enum state, which has no namesake in the version to return to" <<'END'
@v1
enum state { IDLE, BUSY };
static enum state state;
static void begin(void)
{
    state = BUSY;
}
static void verify(void)
{
    EXPECT(!"reached");
}
@v2
enum state { IDLE, BUSY, STUCK };
static enum state state;
static void change(void)
{
    EXPECT(state == BUSY);
    state = STUCK;
}
static void unharmed(void)
{
    EXPECT(state == STUCK);
}
END

there_and_back "renames of all kinds" <<'END'
@v1
struct user { int id; char *name; };
struct size { int width, height; };
struct window { struct size size; };
static struct user *users[2];
static struct window window;
static int port, hits = 1;
static int (*handler)(int);
static int twice(int number)
{
    return 2 * number;
}
static void begin(void)
{
    for (int i = 0; i < 2; i++) {
        users[i] = calloc(1, sizeof *users[i]);
        *users[i] = (struct user){i + 1, strdup(i ? "Bo" : "Ann")};
    }
    window.size = (struct size){80, 25};
    port = 7070;
    hits = 2;
    handler = twice;
}
static void verify(void)
{
    EXPECT(users[0]->id == 1 && strcmp(users[0]->name, "Ann") == 0);
    EXPECT(users[1]->id == 22 && strcmp(users[1]->name, "Bo") == 0);
    EXPECT(window.size.width == 100 && window.size.height == 25);
    EXPECT(port == 8080 && hits == 3);
    EXPECT(handler == twice && handler(4) == 8);
}
@v2
struct person { char *nick; long key; };
struct extent { int w, height; };
struct window { struct extent size; };
struct server { int port; int (*work)(int); };
static struct person *users[2];
static struct window window;
static struct server server;
static long hit_count;
static int doubled(int number)
{
    return number + number;
}
static void change(void)
{
    EXPECT(strcmp(users[1]->nick, "Bo") == 0 && users[1]->key == 2 && window.size.w == 80);
    EXPECT(server.port == 7070 && hit_count == 2 && server.work == doubled);
    users[1]->key = 22;
    window.size.w = 100;
    server.port = 8080;
    hit_count++;
}
static void unharmed(void)
{
}
@xf
struct user -> struct person
struct user.id -> struct person.key
struct user.name -> struct person.nick
struct size -> struct extent
struct size.width -> struct extent.w
app.c/port -> app.c/server.port
app.c/handler -> app.c/server.work
app.c/hits -> app.c/hit_count
app.c/twice -> app.c/doubled
END

there_and_back "members gone into a struct of their own" <<'END'
@v1
struct conn { int fd; int host, port; };
static struct conn *conn;
static void begin(void)
{
    conn = malloc(sizeof *conn);
    *conn = (struct conn){3, 10, 20};
}
static void verify(void)
{
    EXPECT(conn->fd == 3 && conn->host == 11 && conn->port == 20);
}
@v2
struct peer { int host, port; };
struct conn { int fd; struct peer peer; };
static struct conn *conn;
static void change(void)
{
    EXPECT(conn->fd == 3 && conn->peer.host == 10 && conn->peer.port == 20);
    conn->peer.host++;
}
static void unharmed(void)
{
}
@xf
struct conn -> struct conn.peer
END

there_and_back "code, and code for the way back" <<'END'
@v1
struct period { int minutes; };
static struct period *period;
static int started;
static void begin(void)
{
    period = calloc(1, sizeof *period);
    period->minutes = 3;
    started = 7;
}
static void verify(void)
{
    EXPECT(period->minutes == 4);
    EXPECT(started == 1);
}
@v2
struct period { long seconds; char *note; };
static struct period *period;
static void change(void)
{
    EXPECT(period->seconds == 180);
    period->seconds += 60;
    period->note = malloc(3);
}
static void unharmed(void)
{
}
@xf
struct period.minutes -> struct period.seconds: { $out = 60 * $in; }
DROP app.c/started
@back
struct period.seconds -> struct period.minutes: { $out = (int)($in / 60); }
DROP struct period.note: { free($in); }
INIT app.c/started: { $out = 1; }
CHECK { $newsym(app.c/period) != 0 }
END

# ---- What is not reversible ----------------------------------------------------------------------

changes='@v1
static void begin(void)
{
}
static void verify(void)
{
}
@v2
static void change(void)
{
}
static void unharmed(void)
{
}'

# The first lines of each version's section come before the functions.
versions() {
    sed "s|^@v1|&\n$1|; s|^@v2|&\n$2|" <<<"$changes"
    printf '%s\n' "${@:3}"
}

not_reversible "a member that the update dropped" \
    "v1/app.c:[0-9]+:[0-9]+: error: 'struct s.gone' was dropped by the update" \
    "if it may begin with zero, write: INIT struct s.gone: {}" \
    < <(versions 'struct s { int stays, gone; }; struct s *s;' 'struct s { int stays; }; struct s *s;')

not_reversible "a variable that the update dropped" "error: 'gone' was dropped by the update" \
    "if it may begin with its initial value, write: INIT gone: {}" \
    < <(versions 'int gone;' '' '@xf' 'DROP gone')

not_reversible "code" \
    "rules.xf:1:1: error: the code of this rule does not run backwards: how 'minutes' comes about" \
    'write: seconds -> minutes: { FAIL "not decided yet"; /* $out = ... $in ...; */ }' \
    < <(versions 'int minutes;' 'int seconds;' '@xf' 'minutes -> seconds: { $out = 60 * $in; }')

not_reversible "INIT for what is not new" \
    "rules.xf:1:1: error: this INIT replaces a value of the old version: what 'limit' is" \
    "if the new version's value serves the old one, write: limit -> limit" \
    < <(versions 'int limit;' 'int limit;' '@xf' 'limit -> limit2' 'INIT limit: { $out = 5; }' |
        sed '/limit -> limit2/d')

not_reversible "several at once" "'one' was dropped by the update" "INIT two: {}" \
    < <(versions 'int one, two;' '' '@xf' 'DROP one' 'DROP two')

versions 'int same;' 'int same;' | build_both >/dev/null
expect_error "what cannot be linked in" 2 "cannot be linked in" \
    xfgen v1.so v2.so --link-in --reverse -o x.c
cat >wrong.xf <<'END'
INIT nothing: {}
END
expect_error "a mistake in the rules for the way back" 1 "wrong.xf:1:6: error: .*no variable 'nothing'" \
    xfgen v1.so v2.so --reverse=wrong.xf -o x.c
check "the way back alone" xfgen v1.so v2.so --reverse -o back.c
check "is for that pair" eval 'kitcc -shared back.c -o back.so &&
    readelf -p .note.kitsune.transformer back.so | grep -q "$(build_id v2.so)"'
check_fails "and nothing is installed" test -e v1.so.d
check "with --install both ways are" eval 'xfgen v1.so v2.so --reverse --install &&
    test -e "v2.so.d/$(build_id v1.so).so" && test -e "v1.so.d/$(build_id v2.so).so"'

end_of_test
