#!/bin/bash
# What the pages of apps/ let one try, and what they show of the sources.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

# What is built is there; a player plays for a moment, from a source that ends by itself.
ln -s "$build" build
cat >first <<'END'
make() { :; }
ffplay() {
    for i in {1..100}; do
        [ ! -s tone.mp3 ] || return 0
        curl -sf --max-time 1 "$1" -o tone.mp3 || sleep 0.1
    done
}
ffmpeg() { command ffmpeg -loglevel error "${@/sine=440/sine=440:d=20}"; }
END
page_first=$(cat first)
for app in kv cache radio; do
    port=$(free_port)
    page_sources=$root/apps/$app
    page_words="s|\b(6399\|11299\|8000)\b|$port|g; s|^sleep 1\$|is_there \$server|
        s|^(ffplay .*) &|\1|; s|\[passwords|[server]\\\\nport = $port\\\\n&|"
    page "$root/apps/$app/README.md"
    said=$(cat .pages/README.md/said-*)
    check_match "$app: is updated" '^updated .*generation 2' "$said"
    [ $app = radio ] || check_match "$app: has kept what it was told" '^hello$' "$said"
    rm -r .pages/README.md
done
check "the tone has come" test -s tone.mp3

end_of_test
