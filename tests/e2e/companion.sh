#!/bin/bash
# Stripped versions: what xfgen makes with companion files is what it makes with debug information.
. "$(dirname "$0")/../lib/harness.sh"

# same_transformer NAME OLD NEW [SPEC]: with debug information, then stripped with companions beside
# (named in both ways), then from the companions alone; in folders of one name, which is in the C.
same_transformer() {
    local name=$1 old=$2 new=$3 spec=${4:-} old_base new_base
    old_base=$(basename "$old") new_base=$(basename "$new")
    rm -rf full here
    mkdir full here
    cp "$old" "$new" full/
    cp full/* here/
    check "$name: from debug information" \
        xfgen here/"$old_base" here/"$new_base" $spec -o transformer.c
    cp transformer.c expected.c
    rm here/*
    kitsune types full/"$old_base" -o here/"$old_base.ktt"
    kitsune types full/"$new_base" -o here/"${new_base%.so}.ktt"
    for version in "$old_base" "$new_base"; do
        strip -g -o "here/$version" "full/$version"
        kitsune types "here/$version" >stripped.txt
        sed "s|full/$version|here/$version|" <(kitsune types "full/$version") >whole.txt
        check "$name: $version prints as before" cmp stripped.txt whole.txt
    done
    check "$name: from stripped versions" \
        xfgen here/"$old_base" here/"$new_base" $spec -o transformer.c
    check "$name: is the same" cmp transformer.c expected.c
    rm here/*.so
    check "$name: from companions alone" \
        xfgen here/"$old_base.ktt" here/"${new_base%.so}.ktt" $spec -o transformer.c
    check "$name: is the same once more" cmp transformer.c expected.c
}

for step in 1-2 2-3 3-4 4-5; do
    old=${step%-*} new=${step#*-}
    same_transformer "kv $step" "$build/apps/kv-$old.so" "$build/apps/kv-$new.so" \
        "$root/apps/kv/v$old-v$new.xf"
done

# ---- A whole update of stripped versions --------------------------------------------------------

mkdir v1 v2
cat >v1/app.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct node { int value; struct node *next; };
static struct node *all;

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        for (int i = 0; i < 3; i++) {
            struct node *node = malloc(sizeof *node);
            *node = (struct node){i, all};
            all = node;
        }
    for (;;) {
        int sum = 0;
        for (struct node *node = all; node; node = node->next)
            sum = 10 * sum + node->value;
        printf("v1 %d\n", sum);
        fflush(stdout);
        kitsune_update("loop");
        usleep(10000);
    }
}
END
sed -e 's/int value;/long value; char *name;/' -e 's/v1 %d/v2 %d/' -e 's/10 \* sum/1000 * sum/' \
    -e 's/(struct node){i, all}/(struct node){i, NULL, all}/' \
    -e 's/sum = 1000 \* sum + node->value/sum = 1000 * sum + (int)node->value/' v1/app.c >v2/app.c
build_version v1 && build_version v2
kitsune types v1.so -o v1.so.ktt
kitsune types v2.so -o v2.ktt
strip -g v1.so v2.so
check_fails "the debug information is gone" sh -c 'readelf -SW v1.so | grep -q debug_info'
start log kitsune run ./v1.so
check "the stripped version runs" wait_line 10 log '^v1 210$'
check "a transformer of stripped versions, installed" xfgen v1.so v2.so --install
check "the update" kitsune update "$started" ./v2.so
check "its data is there" wait_line 10 log '^v2 2001000$'
stop "$started"
rm -r v2.so.d
check "one of companions alone, installed" xfgen v1.so.ktt v2.ktt --install
check "lies where it is looked for" test -f "v2.so.d/$(build_id v1.so).so"

# ---- For other programs -------------------------------------------------------------------------

cat >names.py <<'END'
import json, sys
model = json.load(sys.stdin)
types = model["types"]
struct = next(t for t in types if t["kind"] == "struct" and t.get("name") == "node")
print(struct["size"], [(m["name"], m["offset"], types[m["type"]]["c"]) for m in struct["members"]])
variable = next(v for v in model["variables"] if v["key"] == "app.c/all")
print(types[types[variable["type"]]["target"]] is struct, [p["name"] for p in model["update_points"]])
END
if command -v python3 >/dev/null; then
    check_equal "JSON" "24 [('value', 0, 'long'), ('name', 8, 'char *'), ('next', 16, 'struct node *')]
True ['loop']" "$(kitsune types --json v2.ktt | python3 names.py)"
fi
expect_error "JSON does not go into a companion" 2 'writes a companion' kitsune types v2.ktt --json -o x

# ---- What can be wrong --------------------------------------------------------------------------

cp v2.ktt v1.so.ktt
expect_error "another build's companion" 1 \
    'v1.so: error: no debug information, and its companion v1.so.ktt is that of another build' \
    xfgen v1.so v2.so -o x.c
head -c 200 v2.ktt >v1.so.ktt
expect_error "a truncated companion" 1 'v1.so.ktt: truncated' xfgen v1.so v2.so -o x.c
rm v1.so.ktt
expect_error "no companion" 1 'v1.so: no debug information' kitsune types v1.so
expect_error "nowhere to print to" 1 'cannot write' sh -c 'kitsune types v2.ktt >/dev/full'
expect_error "no place to write to" 1 'no/where.ktt: No such file' kitsune types v2.ktt -o no/where.ktt
expect_error "no version" 2 'a version is needed' kitsune types
expect_output "its help" 'Usage: kitsune types .*APP.so' kitsune types --help

end_of_test
