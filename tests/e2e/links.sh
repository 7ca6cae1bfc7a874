#!/bin/bash
# Every relative link in every document leads to a file, and to a heading in it; and something leads
# to every document there is.
. "$(dirname "$0")/../lib/harness.sh"

cat >page.md <<'DOCUMENT'
# A page, with `code` in its name
[good](#a-page-with-code-in-its-name) [good](other.md) [bad](nothing.md) [bad](#nowhere)
`[no link](nothing)` [outside](https://example.org/nothing)
DOCUMENT
echo >other.md
check_equal "what is wrong is found" \
    "page.md: nothing.md: there is no such file
page.md: #nowhere: there is no such heading
4 links" "$(perl "$root/tests/lib/links.pl" page.md)"

cd "$root" || exit 1
mapfile -t documents < <(find . -name '*.md' -not -path './build/*' -not -path './.git/*' |
    sed 's|^\./||' | sort)
check "there are documents" test "${#documents[@]}" -gt 15
output=$(perl tests/lib/links.pl "${documents[@]}")
check_equal "every link leads somewhere" "" "$(grep -v '^[0-9]* links$' <<<"$output")"
check "there are many" test "$(sed -n 's/^\([0-9]*\) links$/\1/p' <<<"$output")" -gt 50

for document in docs/*.md; do
    name=${document#docs/}
    check "README.md or another document leads to $document" \
        bash -c 'grep -qF "](docs/$1" README.md || grep -lF "]($1" docs/*.md | grep -qv "docs/$1"' \
        - "$name"
done

end_of_test
