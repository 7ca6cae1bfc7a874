#!/bin/bash
# The pictures: kitsune diff --html, kitsune types --dot, kitsune log --trace.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

mkdir v1 v2
cat >v1/app.c <<'END2'
#include <kitsune.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
enum colour { RED, GREEN, BLUE };
struct name { char text[5]; struct name *next; };
struct same { int value; struct same *next; };
struct link { struct link *next; struct record *owner; };
struct record {
    char kind; int count; unsigned low : 3, high : 7;
    struct { short x; long y; } point;
    enum colour colour; int gone; struct name *names; struct record **others E_PTRARRAY(self.count);
    void *handle E_OPAQUE; struct link link;
};
struct holder { int total; struct record *record; };
struct record *records E_PTR;
struct same *same;
static struct holder *holder;
int counter;
static void *worker(void *argument)
{
    for (;;) {
        kitsune_update("worker");
        usleep(5000);
    }
    return argument;
}
int main(void)
{
    pthread_t thread;
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        records = calloc(1, sizeof *records);
        holder = calloc(1, sizeof *holder);
        holder->record = records;
        pthread_create(&thread, NULL, worker, NULL);
    }
    for (;;) {
        kitsune_update("loop");
        counter += records->count + (same != NULL) + holder->total;
        usleep(5000);
    }
}
END2
sed -e 's/char kind; int count;/int count; char kind;/' -e 's/short x; long y;/long y; short x;/' \
    -e 's/int gone;/long fresh;/' v1/app.c >v2/app.c
cat >'rules <&"1>.xf' <<'END2'
// <script>alert("&amp;")</script>
struct record.gone -> struct record.fresh: { $out = $in & 1 ? 7 : $in < 3; }
END2
rules='rules <&"1>.xf'
check "the versions build" eval 'build_version v1 -pthread && build_version v2 -pthread'

# ---- The page ------------------------------------------------------------------------------------

# page FILE JSON: is it well-formed, by itself, and are all types there, their bytes accounted for?
cat >page.py <<'END2'
import json, re, sys
from html.parser import HTMLParser
void = {"meta", "input", "br"}
class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.tags, self.text = [], [], [], [], []
        self.types, self.columns = [], {}
    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        assert len(a) == len(attributes), (tag, attributes)
        assert not any(name.startswith("on") for name in a), (tag, a)
        self.tags.append(tag)
        if "id" in a:
            self.ids.append(a["id"])
        for name in ("href", "src"):
            if name in a:
                self.links.append(a[name])
        words = (a.get("class") or "").split()
        if "type" in words and tag == "details":
            self.types.append(a["data-name"])
        if "column" in words:
            self.column = (self.types[-1], words[-1])
            self.columns[self.column] = []
        if tag == "span" and words in (["at"], ["size"]):
            self.field = words[0]
        if tag not in void:
            self.open.append(tag)
    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)
    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())
    def handle_data(self, data):
        self.text.append(data)
page = Page()
source = open(sys.argv[1], encoding="utf-8").read()
page.feed(source)
page.close()
assert not page.open, page.open
assert source.startswith("<!DOCTYPE html>")
assert len(page.ids) == len(set(page.ids))
assert all(link[0] == "#" and link[1:] in page.ids for link in page.links), page.links
assert page.tags.count("script") == 1 and page.tags.count("style") == 1
outside = re.sub(r"(?s)<(script|style)>.*?</\1>", "", source)
assert not re.search(r"(?i)https?:|url\(|@import", source), "fetches something"
diff = json.load(open(sys.argv[2]))
names = sorted(" ".join(t[side]["name"] for side in ("old", "new") if t[side]) for t in diff["types"])
assert sorted(page.types) == names, (page.types, names)
text = "".join(page.text)
for question in diff["questions"]:
    for piece in [question["text"]] + [h["text"] for h in question["helps"] if h["kind"] == "text"]:
        assert piece in text, piece
for kind in ("variables", "functions"):
    for thing in diff[kind]:
        for side in ("old", "new"):
            if thing[side]:
                assert thing[side]["key"] in text, thing[side]["key"]
# Boxes without a member's name, and the members, cover the type from its first byte to its last.
for change in diff["types"]:
    if not (change["changes"] and change["old"] and change["new"] and change["members"]):
        continue
    number = [t for t in diff["types"]].index(change)
    part = outside[outside.index(f'id="type-{number}"'):]
    part = part[:part.index("</details>")]
    for side, word in (("old", "old"), ("new", "new")):
        column = re.search(rf'(?s)<div class="column {word}">(.*?)\n</div>\n(?=<svg|</div>)', part).group(1)
        reached, size = 0, change[side]["size"] * 8
        for at, length in re.findall(r'<span class=at>([0-9.]+)</span><span class=size>([0-9]+b?)<', column):
            byte, _, bit = at.partition(".")
            begin = int(byte) * 8 + int(bit or 0)
            assert begin <= reached, (change[side]["name"], at, reached)
            reached = max(reached, begin + (int(length[:-1]) if length[-1] == "b" else int(length) * 8))
        assert reached == size, (change[side]["name"], reached, size)
END2

kitsune diff --json v1.so v2.so >diff.json 2>/dev/null
check_equal "the page: what is dropped is no decision" 0 \
    "$(kitsune diff --html=page.html v1.so v2.so >/dev/null; echo $?)"
check "the page is well-formed and complete" python3 page.py page.html diff.json
check_match "the page shows padding" 'box padding' "$(cat page.html)"
check_match "the page shows bits" '<span class=size>7b</span>' "$(cat page.html)"
check_match "the page shows what is dropped" 'path class="dropped"' "$(cat page.html)"
check_fails "what becomes of a member is told where there is a place for it" \
    grep -E '<div class="box [a-z]+" .*class=how|<div class="box [a-z]+ told" .*</code></div>' page.html
check "without a file it goes to standard output" eval \
    'kitsune diff --html v1.so v2.so | cmp - page.html'

kitsune diff --json --xf "$rules" v1.so v2.so >diff.json 2>/dev/null
check "a page is replaced" kitsune diff --html=page.html --xf "$rules" v1.so v2.so
check "with rules it is well-formed and complete" python3 page.py page.html diff.json
check_match "the page shows what a rule makes" 'path class="rule"' "$(cat page.html)"
check "the rule is linked" grep -q '<a class=rule href="#line-2">rules &lt;&amp;&quot;1&gt;.xf:2</a>' page.html
check "rules are escaped" grep -q '&lt;script&gt;alert(&quot;&amp;amp;&quot;)&lt;/script&gt;' page.html
check_fails "and nothing of them is markup" grep -q '<script>alert' page.html
echo precious >other
expect_error "another file is left alone" 1 'other exists; --force overwrites it' \
    kitsune diff --html=other v1.so v2.so
check_equal "as it was" precious "$(cat other)"
check "unless forced" kitsune diff --force --html=other v1.so v2.so
expect_error "one form at a time" 2 'exclude each other' kitsune diff --html --json v1.so v2.so

# A decision to be made is on the page, with its rule.
mkdir v3
sed -e 's/int total/short total/' v2/app.c >v3/app.c
check "a version that needs a decision builds" build_version v3 -pthread
expect_error "its status says so" 1 'decision' kitsune diff --html=needed.html v1.so v3.so
kitsune diff --json v1.so v3.so >diff.json 2>/dev/null
check "its page is well-formed and complete" python3 page.py needed.html diff.json
check_match "the rule to paste" 'class=paste' "$(cat needed.html)"
check_match "the member leads there" '<b class=needed>needs <a href="#question-0">decision 1' \
    "$(cat needed.html)"

# ---- The graph -----------------------------------------------------------------------------------

# coloured NAME COLOUR: a node of this name has this fill.
coloured() {
    grep -F "<b>$1</b>" update.dot | grep -qF "bgcolor=\"$2\""
}
check "the graph is drawn" eval 'kitsune types --dot v1.so >shape.dot && dot -Tsvg shape.dot >shape.svg 2>dot.err'
check_equal "without a complaint" "" "$(cat dot.err)"
for name in 'struct record' 'struct name' 'struct same' 'struct holder' records same app.c/holder; do
    check "the graph has $name" grep -qF "<b>$name</b>" shape.dot
done
check_fails "and no scalars" grep -q '<b>counter</b>' shape.dot
check_match "an array of pointers" '>\*?others\[\]\[?\]? ↺<' "$(cat shape.dot)"
check_match "what is opaque is dashed" 'style=dashed' "$(cat shape.dot)"
check_match "a pointer in a struct by value" '>link\.next<' "$(cat shape.dot)"
check "the graph of an update" eval \
    'kitsune types --dot=update.dot --xf "$rules" v1.so v2.so && dot -Tsvg update.dot >update.svg 2>dot.err'
check_equal "is drawn without a complaint" "" "$(cat dot.err)"
check "what changes is transformed" coloured 'struct record' '#ffdfb0'
check "what leads there is walked" coloured 'struct holder' '#d8ecff'
check "what does not is pruned" coloured 'struct same' '#f4f4f4'
check "as is what a transformed type leads to" coloured 'struct name' '#f4f4f4'
expect_error "a second version goes with --dot" 2 'goes with --dot' kitsune types v1.so v2.so
expect_error "rules go with two versions" 2 'two versions' kitsune types --dot --xf "$rules" v1.so

# ---- The trace -----------------------------------------------------------------------------------

check "the transformer" eval 'build_transformer v1 v2 "$rules" && build_transformer v2 v1'
start log kitsune run ./v1.so
program=$started
wait_for 5 kitsune status "$program" >/dev/null 2>&1
check "an update" kitsune update "$program" ./v2.so --xf ./v1-v2.xf.so
check_fails "one that is refused" kitsune update "$program" ./v1/app.c
kitsune log --json "$program" >log.json
check "the trace is written" kitsune log --trace trace.json "$program"
check "the trace is sound" python3 - <<'END2'
import json
trace, records = json.load(open("trace.json")), json.load(open("log.json"))
events = trace["traceEvents"]
slices, open_slices, last = [], {}, {}
for event in events:
    assert event["ph"] in ("B", "E", "M", "i", "C") and isinstance(event["name"], str) and event["name"]
    assert type(event["pid"]) is int and type(event["tid"]) is int
    if event["ph"] == "M":
        assert event["name"] in ("process_name", "thread_name", "thread_sort_index")
        assert event["args"].get("name") or event["args"]["sort_index"] == -1
        continue
    if event["ph"] == "C":
        assert set(event["args"]) == {"visited", "transformed"}
        continue
    # On one track events are in order of time, and slices within each other.
    track = event["tid"]
    assert event["ts"] >= last.get(track, 0), event
    last[track] = event["ts"]
    if event["ph"] == "B":
        assert event["cat"] in ("update", "pause", "step", "thread")
        open_slices.setdefault(track, []).append(event)
        slices.append(event)
    if event["ph"] == "E":
        begun = open_slices[track].pop()
        assert begun["name"] == event["name"]
        begun["dur"] = event["ts"] - begun["ts"]
    if event["ph"] == "i":
        assert event["s"] == "t"
assert not any(open_slices.values()), open_slices
updates = [event for event in slices if event["cat"] == "update"]
assert len(updates) == len(records) == 2, len(updates)
for record, update in zip(records, updates):
    assert update["pid"] == update["tid"] == record["pid"]
    assert update["args"]["outcome"] == record["outcome"]
    assert record["outcome"] in [event["name"] for event in events if event["ph"] == "i"]
    spans = record.get("spans", [])
    mine = [e for e in slices if e["cat"] == "step" and
            update["ts"] - 0.002 <= e["ts"] <= update["ts"] + update["dur"] + 0.002]
    assert [e["name"].split(":")[0] for e in mine] == [span["step"] for span in spans]
    told = sum(span["end_ns"] - span["begin_ns"] for span in spans) / 1e3
    assert abs(sum(e["dur"] for e in mine) - told) < 0.01 * (1 + len(spans)), (told, mine)
    assert sum(e["dur"] for e in mine) <= update["dur"] + 0.01
done = records[0]
migration = max((e for e in slices if e["name"] == "migration"), key=lambda e: e["dur"])
assert migration["args"]["objects_transformed"] == done["objects_transformed"] > 0
assert max(e["args"]["transformed"] for e in events if e["ph"] == "C") == done["objects_transformed"]
failed = updates[1]
assert failed["name"].endswith(": refused") and failed["cname"] == "bad", failed
blamed = [e for e in slices if e["name"] == records[1]["step"] + ": failed"]
assert len(blamed) == 1 and blamed[0]["args"]["reason"] == records[1]["reason"], blamed
thread = [e for e in slices if e["cat"] == "thread"]
assert {e["tid"] for e in thread} == {t["tid"] for t in done["thread_times"]} and thread
names = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
assert {names[e["tid"]] for e in thread} == {"worker"}, names
words = [e["name"] for e in sorted(thread, key=lambda e: e["ts"])]
assert words[-3:] == ["parked", "re-entered", "arrived"], words
assert abs(max(e["ts"] + e["dur"] for e in thread) - (updates[0]["ts"] + updates[0]["dur"])) < 0.01
END2
check "to standard output, and the last one alone" eval \
    'kitsune log -n 1 --trace - "$program" | python3 -c "import json, sys
events = json.load(sys.stdin)[\"traceEvents\"]
sys.exit(len([e for e in events if e.get(\"cat\") == \"update\"]) != 1)"'
expect_error "it cannot be written" 1 'cannot write ./no/trace.json' \
    kitsune log --trace ./no/trace.json "$program"
expect_error "nothing is followed" 2 'excludes' kitsune log --follow --trace t.json "$program"
stop "$program"

# ---- What docs/pictures.md says ------------------------------------------------------------------

cp -r "$root/examples/tour" tour
cd tour || exit 1
for release in 1 2; do
    check "the tour's release $release builds" eval \
        'kitcc -O2 -c v$release/visitors.c -o v$release/visitors.o &&
         kitcc -shared v$release/visitors.o -o visitors-$release.so'
done
start ../log kitsune run ./visitors-1.so 0
server=$started
wait_for 5 kitsune status "$server" >/dev/null 2>&1
page_first="server=$server"
page "$root/docs/pictures.md"
check "and write what they say" test -s change.html -a -s updates.json -a -s types.svg -a -s update.svg
stop "$server"

end_of_test
