#!/bin/bash
# kitsune rollback: back to the version before the last update, and forth again, with all the data
# that came meanwhile.
. "$(dirname "$0")/../lib/harness.sh"

# A program that keeps a list and takes commands from a FIFO, which stays open throughout.
cat >program.c <<'END'
#include "scene.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#if VERSION != 2 /* 3 is as 1 */
struct node { int value; struct node *next; };
#else
struct node { struct node *next; char *note; long value; };
#endif

static struct node *list;
static int commands;
static const char *name = "v" KITSUNE_TEXT(VERSION);

static void add(long value)
{
    struct node *node = calloc(1, sizeof *node);
    node->value = (__typeof__(node->value))value;
    node->next = list;
    list = node;
#if VERSION == 2
    node->note = strdup("noted");
#endif
}

static void obey(char *line)
{
    long sum = 0, count = 0;
    if (strncmp(line, "add ", 4) == 0)
        add(atol(line + 4));
    for (struct node *node = list; node; node = node->next, count++)
        sum += node->value;
    printf("version %d (%s): %ld nodes, sum %ld\n", VERSION, name, count, sum);
    fflush(stdout);
}

int main(void)
{
    char line[200];
    kitsune_do_automigrate();
    name = "v" KITSUNE_TEXT(VERSION);
    if (!kitsune_is_updating()) {
        commands = open("commands", O_RDWR);
        printf("ready\n");
        fflush(stdout);
    }
    for (;;) {
        kitsune_update("loop");
        ssize_t length = read(commands, line, sizeof line - 1);
        if (length <= 0)
            continue;
        line[length] = '\0';
        obey(line);
    }
}
END

# say TEXT: what the program answers.
say() {
    local before
    before=$(wc -l <log)
    echo "$1" >&7
    wait_for 10 eval "[ \$(wc -l <log) -gt $before ]" && tail -n 1 log
}

begin() {
    start log "$@" kitsune run ./v1.so
    pid=$started
    wait_line 10 log '^ready' || fail "the program starts" "$(cat log)"
}

mkdir v1 v2 v3
cp program.c v1/app.c
cp program.c v2/app.c
cp program.c v3/app.c
mkfifo commands
exec 7<>commands
check "the versions build" eval 'build_version v1 -DVERSION=1 && build_version v2 -DVERSION=2 &&
    build_version v3 -DVERSION=3'
cat >back.xf <<'END'
struct node.value -> struct node.value: { $out = $in; if ($out != $in) FAIL "too large"; }
DROP struct node.note: { free($in); }
END
check "the transformers build" eval \
    'build_transformer v1 v2 && build_transformer v2 v1 back.xf'
old=$(build_id v1.so) new=$(build_id v2.so)

begin env
expect_error "nothing to return to" 1 "refused: there is no version to return to" \
    kitsune rollback $pid
check_equal "adds in v1" "version 1 (v1): 1 nodes, sum 5" "$(say 'add 5')"

check "updates, without a way back" kitsune update $pid ./v2.so --xf ./v1-v2.xf.so
check_equal "adds in v2" "version 2 (v2): 2 nodes, sum 12" "$(say 'add 7')"
expect_output "status shows what is missing" "rollback: to .*/v1.so \(build ${old:0:12}\): needs a tra" \
    kitsune status $pid
expect_error "refused without a transformer, which it says how to make" 1 \
    "no transformer leads back from .*/v2.so \($new\) to .*/v1.so \($old\): .*xfgen .*/v1.so .*/v2.so --reverse" \
    kitsune rollback $pid
expect_error "refused with the wrong transformer" 1 "is for another pair of versions" \
    kitsune rollback $pid --xf ./v1-v2.xf.so
check_equal "v2 goes on" "version 2 (v2): 2 nodes, sum 12" "$(say sum)"

advice=$(kitsune rollback $pid 2>&1 | sed -n 's/.*`\(xfgen [^`]*\)`.*/\1/p')
check "the advice can be followed" eval "$advice"
check "to the end" kitsune rollback $pid --xf back.xf.so
check_equal "v1 has it all" "version 1 (v1): 2 nodes, sum 12" "$(say sum)"
check "and forth" kitsune rollback $pid
stop $pid
begin env
say 'add 5' >/dev/null
kitsune update $pid ./v2.so --xf ./v1-v2.xf.so >/dev/null
say 'add 7' >/dev/null

# What is on disk does not matter: the program has its own copy.
cp v1.so kept.so
echo "not a program" >v1.so
expect_output "goes back with the transformer named" "rolled back $pid to .*/v1.so \(generation 3\)" \
    kitsune rollback $pid --xf ./v2-v1.xf.so
check_equal "v1 has all data" "version 1 (v1): 2 nodes, sum 12" "$(say sum)"
check_equal "and takes more" "version 1 (v1): 3 nodes, sum 15" "$(say 'add 3')"
expect_output "status says it was a rollback" "last rollback: committed" kitsune status $pid
expect_output "and that the newer version is ready" "rollback: to .*/v2.so .*: ready" \
    kitsune status $pid
expect_output "a rollback after a rollback returns to the newer version" \
    "rolled back $pid to .*/v2.so \(generation 4\)" kitsune rollback $pid
check_equal "v2 has all data" "version 2 (v2): 3 nodes, sum 15" "$(say sum)"
expect_output "and the way back is known now" '"rollback": 1' kitsune rollback --json $pid
check_equal "v1 once more" "version 1 (v1): 3 nodes, sum 15" "$(say sum)"
stop $pid
cp kept.so v1.so

# ---- Known at the update: named, or installed ----------------------------------------------------

begin env
check_equal "adds in v1" "version 1 (v1): 1 nodes, sum 5" "$(say 'add 5')"
expect_error "a wrong way back is refused" 1 "the transformer for the way back.*leads from $old to $new" \
    kitsune update $pid ./v2.so --xf ./v1-v2.xf.so --reverse ./v1-v2.xf.so
check "updates, with the way back" \
    kitsune update $pid ./v2.so --xf ./v1-v2.xf.so --reverse ./v2-v1.xf.so
expect_output "status shows that all is there" "rollback: to .*: ready" kitsune status $pid
# A value that v1 cannot hold: the rollback is undone, and v2 goes on.
check_equal "a large value" "version 2 (v2): 2 nodes, sum 5000000005" "$(say 'add 5000000000')"
expect_error "which v1 cannot hold: undone" 1 "aborted: .*back.xf:1: too large" kitsune rollback $pid
check_equal "v2 goes on" "version 2 (v2): 3 nodes, sum 5000000006" "$(say 'add 1')"
expect_output "and could still go back" "rollback: to .*: ready" kitsune status $pid
stop $pid

mkdir -p v1.so.d
cp v2-v1.xf.so "v1.so.d/$new.so"
begin env
check "updates, the way back is installed" kitsune update $pid ./v2.so --xf ./v1-v2.xf.so
expect_output "it was found" '"rollback": "ready"' kitsune status --json $pid
check "and is used" kitsune rollback $pid
check_match "in v1" "version 1" "$(say sum)"
stop $pid

begin env
rm -r v1.so.d
check "updates without" kitsune update $pid ./v2.so --xf ./v1-v2.xf.so
mkdir -p v1.so.d
cp v2-v1.xf.so "v1.so.d/$new.so"
check "one installed afterwards is found by kitsune rollback" kitsune rollback $pid
stop $pid

begin env
echo "broken" >"v1.so.d/$new.so"
expect_output "a broken one beside the version is no obstacle" "no way back will be kept" \
    kitsune update $pid ./v2.so --xf ./v1-v2.xf.so
expect_output "but is none" "needs a transformer" kitsune status $pid
stop $pid
rm -r v1.so.d

# ---- Not kept ------------------------------------------------------------------------------------

begin env
check "updates, nothing to be kept" kitsune update $pid ./v2.so --xf ./v1-v2.xf.so --keep-previous no
expect_error "refused, with what to do instead" 1 "was not kept; .*kitsune update $pid .*/v1.so" \
    kitsune rollback $pid --xf ./v2-v1.xf.so
expect_output "status knows" "it was not kept" kitsune status $pid
stop $pid
begin env KITSUNE_KEEP_PREVIOUS=no
check "updates a program that keeps nothing" kitsune update $pid ./v2.so --xf ./v1-v2.xf.so \
    --reverse ./v2-v1.xf.so
expect_error "refused" 1 "was not kept" kitsune rollback $pid
stop $pid

# ---- Without generated transformers --------------------------------------------------------------

begin env
say 'add 5' >/dev/null
check "updates with plain copies" kitsune update $pid ./v3.so --manual
check_equal "v3 has the data" "version 3 (v3): 2 nodes, sum 12" "$(say 'add 7')"
expect_error "there is no way back" 1 "no transformer leads back" kitsune rollback $pid
# The version that was left has stayed loaded, with its old state; what is entered is another copy.
check "goes back with plain copies" kitsune rollback $pid --manual
check_equal "v1 has it all" "version 1 (v1): 3 nodes, sum 15" "$(say 'add 3')"
check "and forth" kitsune rollback $pid --manual
check_equal "v3 too" "version 3 (v3): 4 nodes, sum 16" "$(say 'add 1')"
stop $pid

# ---- Hundreds of times ---------------------------------------------------------------------------

descriptors() {
    find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l
}
mappings() {
    wc -l <"/proc/$pid/maps"
}

begin env
check "updates" kitsune update $pid ./v2.so --xf ./v1-v2.xf.so --reverse ./v2-v1.xf.so
say 'add 5' >/dev/null
for ((i = 0; i < 200; i++)); do
    [ $i -ne 20 ] || { settled=$(descriptors) settled_mappings=$(mappings); }
    kitsune rollback $pid >/dev/null || break
done
check_equal "two hundred rollbacks" 200 $i
check_equal "no descriptor more" "$settled" "$(descriptors)"
check "no mapping more" test "$(mappings)" -le $((settled_mappings + 4))
check_equal "all data is there" "version 2 (v2): 1 nodes, sum 5" "$(say sum)"
stop $pid

end_of_test
