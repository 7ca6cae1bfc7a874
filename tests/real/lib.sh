# lib.sh -- what the tests with other people's programs share; a test sources it first.
#
# The sources come from Debian, by `apt-get source` with a configuration of our own: the machine's
# is only asked which mirror it uses.  They are kept in build/real/src, so that a second run needs
# no network; everything else happens in the test's own directory.
#
#   fetch PACKAGE                  its sources are in $sources/PACKAGE-*/
#   unpack PACKAGE DIRECTORY       a fresh copy of them
#   in_tree NAME DIRECTORY COMMAND...    a check: the command succeeds there; output to NAME.log
#   own_tests NAME DIRECTORY PATTERN COMMAND...   prints the lines of its output that match
#   load NAME COMMAND...           in the background, until unload; must then have succeeded
#   unload
#   update_under_load PID APP COUNT    updates the program to itself, so many times
#   free_port                      prints a port that nobody listens on

. "$(dirname "${BASH_SOURCE[0]}")/../lib/harness.sh"

real=$build/real
sources=$real/src
tests=$root/tests/real
mkdir -p "$sources" "$real/apt/lists/partial" "$real/apt/cache/archives/partial"
unset CC CFLAGS CPPFLAGS LDFLAGS
jobs=-j$(nproc)

# ---- Sources -------------------------------------------------------------------------------------

# The mirror that this machine has Debian's packages from.
mirror() {
    apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)' \
        'Created-By: Packages' | awk '$1 == "Debian" && $2 == "main" && !/-(security|updates)/ {
            print $3, $4; exit }'
}

private_apt_get() {
    apt-get -q -o Dir::Etc::sourcelist="$real/apt/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$real/apt/lists" -o Dir::Cache="$real/apt/cache" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3 "$@"
}

fetch_now() {
    local repository release
    read -r repository release < <(mirror)
    [ -n "${release-}" ] || { echo "apt-get knows no mirror of Debian's"; return 1; }
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "$repository $release main" >"$real/apt/sources.list"
    [ "$(ls "$real/apt/lists" | wc -l)" -gt 2 ] || private_apt_get update || return 1
    (cd "$sources" && private_apt_get source "$1")
}

fetch() {
    local package=$1
    ls -d "$sources/$package"-*/ >fetch.log 2>&1 || fetch_now "$package" >fetch.log 2>&1
    if ! ls -d "$sources/$package"-*/ >/dev/null 2>&1; then
        fail "the sources of $package can be fetched" "$(tail -5 fetch.log)" \
            "(tests/real needs the network the first time)"
        end_of_test
    fi
}

unpack() {
    rm -rf "$2"
    cp -a "$sources/$1"-*/ "$2"
}

# ---- Building and testing ------------------------------------------------------------------------

in_tree() {
    local name=$1 directory=$2 log
    shift 2
    log=$work/$(tr -c 'a-zA-Z0-9\n' - <<<"$name").log
    if (cd "$directory" && "$@") >"$log" 2>&1; then
        pass "$name"
    else
        fail "$name" "$*" "$(tail -15 "$log")"
        return 1
    fi
}

own_tests() {
    local directory=$1 pattern=$2
    shift 2
    (cd "$directory" && "$@" 2>&1) | sed 's/\x1b\[[0-9;]*m//g' | grep -Ea -e "$pattern"
}

# ---- Load ----------------------------------------------------------------------------------------

free_port() {
    local port
    for ((port = 20000 + RANDOM % 20000; ; port++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

load() {
    load_name=$1
    shift
    start load.log "$@"
    load_pid=$started
}

unload() {
    local status
    kill -TERM "$load_pid" 2>/dev/null
    wait "$load_pid"
    status=$?
    check_equal "$load_name: every answer was right" 0 "$status" ||
        fail "$load_name" "$(tail -5 load.log)"
    check_match "$load_name: $(tail -1 load.log)" '^[1-9][0-9]* right' "$(tail -1 load.log)"
}

update_under_load() {
    local pid=$1 app=$2 count=$3 i before
    before=$(cat "/proc/$pid/comm")
    for ((i = 1; i <= count; i++)); do
        expect_output "update $i under load" "generation $((i + 1))" \
            kitsune update "$pid" "$app" --xf ./self.xf.so || return 1
        sleep 0.2
    done
    check_equal "the program is still the same process" "$before" "$(cat "/proc/$pid/comm")"
}

# The transformer of a version to itself, by the rules in a file if there is one.
self_transformer() {
    check "xfgen understands $1" xfgen "$1" "$1" "${@:2}" -o self.c &&
        check "its transformer compiles" kitcc -O2 -shared self.c -o self.xf.so
}
