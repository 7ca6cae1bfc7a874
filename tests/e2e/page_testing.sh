#!/bin/bash
# docs/testing.md: its commands are there.  What takes minutes is asked what it would do, and of random
# programs one is enough.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

cd "$root" || exit 1
page_words='s/^make /make -n /; s/--cases 20/--cases 1/'
page docs/testing.md
check_equal "random programs go well" 2 \
    "$(cat "$work"/.pages/testing.md/said-* | grep -c '^1 passed, 0 failed')"

end_of_test
