#!/bin/bash
# Runs every command of README.md, in the order written, in a clean copy of the sources.
. "$(dirname "$0")/../lib/harness.sh"

export HOME=$work/home
mkdir "$HOME"

# The sources, and what has been built of them so that the tour's `make` finds it up to date.
mkdir kitsune
(cd "$root" && tar --exclude=./.git --exclude=./build/real -cf - .) | tar -xf - -C kitsune
PATH=${PATH#"$build/bin:"}

awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$root/README.md" >commands
check "the README has commands" test "$(wc -l <commands)" -gt 15

# `make demo` runs with fewer keys.  `make check` is what is running now: here it is given one small
# test instead of all.
check "make demo and make check stand first" \
    test "$(head -n 2 commands | tr '\n' ' ')" = "make demo make check "
export DEMO_KEYS=3000
cat >small-test.sh <<'END'
#!/bin/bash
echo "1 passed, 0 failed"
END
chmod +x small-test.sh

free_port() {
    local port
    for port in $(shuf -i 20000-32000 -n 50); do
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}
port=$(free_port)

# A person sees the server start before going on.
sed -e "s|^make check\$|make check ONLY=$work/small-test.sh|" \
    -e "s/7070/$port/g" -e 's/ &$/ \& sleep 1/' commands >script
echo 'echo "the end of the README"' >>script
output=$(cd kitsune && timeout 250 bash -eu ../script 2>&1 </dev/null)
status=$?

check_equal "every command succeeds" 0 $status || echo "$output"
check_match "to the end" '^the end of the README$' "$output"
check_match "make demo loses no connection" '^Connections kept: ([0-9]+) of \1$' "$output"
check_match "make demo sees no wrong reply" '^Wrong replies: +0$' "$output"
check_match "make check ends with the total" '^1 passed, 0 failed$' "$output"
printf '%s\n' "$output" >said
sed -n 's/^    //p' "$root/README.md" | sed -n '/^WORTH A LOOK/,/struct visitor \*next/p' >shown
check "the README shows what kitsune diff says" test -s shown
while IFS= read -r line; do
    [ -z "$line" ] || check "kitsune diff says '$line'" grep -qxF -e "$line" said
done <shown
check_match "the first release answers" '^Ann: visit 2$' "$output"
check_match "the second release answers" '^Ann: visit 3, [0-9]+ s after the last$' "$output"
check_match "kitsune status shows it" 'visitors-2\.so' "$output"
check_match "the bad update is refused" '^refused, as it should be$' "$output"
check_match "and the server answers on" '^Ann: visit 4, ' "$output"
check_match "the first release is back, with the count" '^Ann: visit 5$' "$output"

# What the README shows of the tour's files is what the files say.
shown_in() {
    local line
    while IFS= read -r line; do
        grep -qxF -e "$line" "$1" || { echo "not in $1: $line"; return 1; }
    done
}
awk '/^```c$/ { block++; inside = 1; next } /^```$/ { inside = 0 }
     inside && NF { print > ("block-" block) }' "$root/README.md"
check "main is as shown" shown_in "$root/examples/tour/v1/visitors.c" <block-1
check "the rules are as shown" shown_in "$root/examples/tour/1-2.xf" <block-3

end_of_test
