#!/bin/bash
# Runs every command of README.md, in the order written, in a clean copy of the sources, and compares
# what they print.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

export HOME=$work/home
mkdir "$HOME"

# The sources, and what has been built of them so that the tour's `make` finds it up to date.
mkdir kitsune
(cd "$root" && tar --exclude=./.git --exclude=./build/real -cf - .) | tar -xf - -C kitsune
PATH=${PATH#"$build/bin:"}
cd kitsune || exit 1

# `make demo` runs with fewer keys.  `make check` is what is running now: here it is given one small
# test instead of all.
export DEMO_KEYS=3000
cat >"$work/small-test.sh" <<'END'
#!/bin/bash
echo "1 passed, 0 failed"
END
chmod +x "$work/small-test.sh"
port=$(free_port)
page_sources=$root/examples/tour
page_words="s|^make check\$|make check ONLY=$work/small-test.sh|
    s|1/7070|1/$port|; s/(visitors-1.so) 7070/\1 $port/; s|^sleep 1\$|is_there \$server|
    s|/home/you/kitsune-tour|$HOME/kitsune-tour|g"
page_time=250
page README.md

check_equal "what it is, two commands, and what one sees stand in the first 20 lines" \
    "make demo make check" "$(head -n 20 README.md | sed -n '/^```sh/,/^```/p' | grep make | xargs)"
said=$(cat "$work"/.pages/README.md/said-*)
check_match "make check ends with the total" '^1 passed, 0 failed$' "$said"
check_match "the bad update is refused" '^refused, as it should be$' "$said"
check_match "and the server answers on" '^Ann: visit 4, ' "$said"

end_of_test
