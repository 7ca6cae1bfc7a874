#!/bin/bash
# Every message that xfgen's sources report has its place in docs/messages.md, and nothing else has.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

# A text that is filled in as a whole says nothing.
perl "$root/tests/lib/message_texts.pl" "$root"/xfgen/*.c "$root"/xfgen/scanner.l \
    "$root"/xfgen/grammar.y | grep -vx '\.\.\.' | sort >texts
check "the texts are found" test "$(wc -l <texts)" -gt 100
# In the document: indented by four, outside of fenced examples.
awk '/^```/ { inside = !inside } !inside && /^    / { print substr($0, 5) }' \
    "$root/docs/messages.md" | sort >entries
check_equal "each is there once" "" "$(uniq -d entries)"
check_equal "no message is missing in docs/messages.md" "" "$(comm -23 texts entries)"
check_equal "docs/messages.md has no message that is gone" "" "$(comm -13 texts entries)"

# And the one that it begins with is what comes.
page_server
printf '\nstruct conn.hit -> struct conn.count\n' >server.xf
xfgen server-1.so server-2.so server.xf -o 1-2.c >said 2>&1
take_unknown() { :; } # the messages above
take_said() {
    check "the example is real" perl "$root/tests/lib/in_order.pl" "$1" said || cat said
}
page "$root/docs/messages.md"

end_of_test
