# documents.sh -- does what a document says; sourced behind harness.sh.
#
# page DOCUMENT takes all listings of a page (tests/lib/listings.pl says how they are marked):
# commands are run in the order of the page, in one shell in the current directory; what the page says
# they print has to come (tests/lib/in_order.pl); files that it shows are written, and C is compiled.
# What is particular about a page its test says by
#
#   page_first=COMMANDS    run by that shell before all others
#   page_words=SED-SCRIPT  applied to commands and to what they print: ports, process ids, folders
#   page_sources=FOLDER    the files shown are lines of files in there, instead of being written
#   page_around=FILE       C ahead of each listing in C; page_variables=FILE: also ahead of those that are
#                          statements, and are put into a function
#   take_WHAT FILE         a function that takes listings of this kind, or in this language, itself
#
# A listing that nobody takes fails.  tests/e2e/documents.sh sees to it that some test has each page.

# page DOCUMENT
page() {
    local document=$1 name number line what argument commands=
    name=$(basename "$document")
    pages=$work/.pages/$name
    mkdir -p "$pages"
    perl "$root/tests/lib/listings.pl" "$document" "$pages" >"$pages/list" || return 1
    echo "${page_words-}" >"$pages/words"
    page_script >"$pages/script"
    if ! declare -F take_run >/dev/null && grep -Eq ' (run|session|elsewhere)$' "$pages/list"; then
        commands=yes
    fi
    while read -r number line what argument; do
        if declare -F "take_$what" >/dev/null; then
            "take_$what" "$pages/$number"
            continue
        fi
        case $what in
            run | said | session | elsewhere) ;;
            not) check_match "$name:$line: has a reason not to be run" '^run: .{10}' "$argument" ;;
            file)
                if [ -n "${page_sources-}" ]; then
                    check "$name:$line: is as in $argument" \
                        perl "$root/tests/lib/in_order.pl" "$pages/$number" "$page_sources/$argument"
                elif [ -z "$commands" ]; then
                    mkdir -p "$(dirname "$argument")" && cp "$pages/$number" "$argument"
                fi # otherwise when the commands come to it
                ;;
            compile) check "$name:$line: compiles" compiles "$pages/$number" ||
                cat "$pages/$number.c" ;;
            unknown) fail "$name:$line: no test takes this listing" "$argument" ;;
            *) fail "$name:$line: no test takes this listing" "$what" ;;
        esac
    done <"$pages/list"
    [ -z "$commands" ] || page_run
}

# ---- Commands ------------------------------------------------------------------------------------

# The shell in which a page's commands run.  Process 4711, or PID, of a page is $server.
page_shell() {
    cat <<'END'
server= elsewhere=() to_gdb= told=0 last_in_gdb=
ends() {
    [ -z "$server" ] || kill "$server" || true
    [ -z "$to_gdb" ] || kill "$debugger" || true
}
trap ends EXIT
at() { # NUMBER LINE: what is printed now goes to said-NUMBER
    echo "$2" >"$pages/reached"
    echo "$1" >>"$pages/numbers"
    echo "$server" >"$pages/server-$1"
    exec >"$pages/said-$1" 2>&1
}
# runs PROGRAM...: in the background, as $server, in place of the one before; it has come to its update
# point.
runs() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    "$@" &
    server=$!
    is_there "$server"
}
is_there() {
    for i in {1..2000}; do
        kitsune status --json "$1" 2>/dev/null | grep -q running && return
        sleep 0.02
    done
}
# gdb runs beside the shell, as if in a terminal of its own; in_gdb tells it something, when it has
# done what it was told before.
gdb() {
    gdb_ends
    mkfifo "$pages/gdb"
    command gdb -q -nx -iex 'set pagination off' -iex 'set width 0' -iex 'set confirm off' \
        "$@" <"$pages/gdb" >>"$pages/said-gdb" 2>&1 &
    debugger=$!
    exec {to_gdb}>"$pages/gdb"
    rm "$pages/gdb"
}
in_gdb() {
    told=$((told + 1)) last_in_gdb=$1
    printf 'echo told %d.\\n\n%s\n' $told "$1" >&"$to_gdb"
    for i in {1..3000}; do
        ! grep -q "told $told\\." "$pages/said-gdb" || return 0
        sleep 0.02
    done
    echo "gdb does not come to: $1"
    return 1
}
gdb_ends() {
    [ -n "$to_gdb" ] || return 0
    [[ $last_in_gdb != continue* ]] || kill -INT "$debugger"
    in_gdb quit || true
    exec {to_gdb}>&-
    wait "$debugger" || true
    to_gdb=
}
gcore() { # one debugger at a time
    gdb_ends
    command gcore "$@"
}
END
}

# What the N-th listing prints goes to said-N.
page_script() {
    local number line what argument
    echo "pages='$pages'"
    page_shell
    echo "${page_first-}"
    while read -r number line what argument; do
        ! declare -F "take_$what" >/dev/null || continue
        case $what in
            run) echo "at $number $line" && cat "$pages/$number" ;;
            session) echo "at $number $line" && session_commands "$pages/$number" ;;
            elsewhere)
                echo "(trap - EXIT; at $number $line"
                session_commands "$pages/$number"
                echo ') & elsewhere+=($!)'
                ;;
            file) [ -n "${page_sources-}" ] ||
                echo "mkdir -p '$(dirname "$argument")'; sed -E -f '$pages/words' '$pages/$number' >'$argument'" ;;
        esac
    done <"$pages/list"
    echo 'gdb_ends; for other in "${elsewhere[@]}"; do wait "$other" || true; done'
    echo 'echo end >"$pages/reached"'
}

# Commands of a session stand behind a prompt, that of a user, of root, or of gdb.  One that shows what it prints may be one that fails.
session_commands() {
    local may_fail=
    [ -z "$(session_output "$1")" ] || may_fail=yes
    [ -z "$may_fail" ] || echo 'set +e'
    awk '/^[$#] / { print substr($0, 3); more = /\\$/; next }
         /^\(gdb\) / { gsub(/\047/, "\047\\\047\047"); print "in_gdb \047" substr($0, 7) "\047"; next }
         more { print; more = /\\$/ }' "$1"
    [ -z "$may_fail" ] || echo 'set -e'
}
session_output() {
    awk '/^[$#] / { more = /\\$/; next } /^\(gdb\) / { next } more { more = /\\$/; next } NF' "$1"
}

page_run() {
    local number line what argument first= last= status
    sed -Ei -e 's/\b(4711|PID)\b/$server/g' -f "$pages/words" "$pages/script"
    : >"$pages/server-"
    timeout "${page_time-200}" bash -eu "$pages/script" </dev/null >"$pages/said-" 2>&1
    status=$?
    if [ $status -ne 0 ] || [ "$(cat "$pages/reached")" != end ]; then
        fail "$name: every command succeeds" "status $status, from line $(cat "$pages/reached") on" \
            "$(tail -n 15 "$pages/said-" "$pages/said-$(tail -n 1 "$pages/numbers")")"
    else
        pass "$name: every command succeeds"
    fi
    while read -r number line what argument; do
        ! declare -F "take_$what" >/dev/null || continue
        case $what in
            run | session | elsewhere) last=$number first=$number ;;&
            said) cp "$pages/$number" "$pages/shown" ;;
            session | elsewhere)
                session_output "$pages/$number" >"$pages/shown"
                [ -s "$pages/shown" ] || continue
                ! grep -q '^(gdb) ' "$pages/$number" || last=gdb
                ;;
            *) continue ;;
        esac
        sed -Ei -e "s/\\b4711\\b/$(cat "$pages/server-$first")/g" -f "$pages/words" "$pages/shown"
        check "$name:$line: is what comes" \
            perl "$root/tests/lib/in_order.pl" "$pages/shown" "$pages/said-$last" ||
            tail -n 40 "$pages/said-$last"
    done <"$pages/list"
}

# ---- C -------------------------------------------------------------------------------------------

# A line of these forms does not stand in a function.
file_scope='^(static .*\(.*\)( E_[A-Z]+)?;?|int main.*|int [A-Z]+_XFORM.*|void .*\(.*\)|(static )?struct .*\{)$|^struct [^=]*;$'

# compiles LISTING: in the program around it; what it leaves out ("...", the end of a function)
# is put there.
compiles() {
    {
        [ -z "${page_around-}" ] || cat "$page_around"
        if grep -Eq "$file_scope" "$1"; then
            cat "$1"
        else
            grep '^#include' "$1"
            [ -z "${page_variables-}" ] || cat "$page_variables"
            echo 'void listing(void); void listing(void) {'
            grep -v '^#include' "$1"
        fi
    } | grep -v '^ *\.\.\.$' |
        awk '{ print; open += gsub(/{/, "{") - gsub(/}/, "}") }
             END { while (open-- > 0) print "}" }' >"$1.c"
    local compiler
    for compiler in gcc clang; do
        KITSUNE_CC=$compiler kitcc -Wall -Wextra -Werror -Wno-unused -Wno-unused-parameter \
            -Wno-return-type -c "$1.c" -o "$1.o" || return 1
    done
    ! grep -q '\<E_' "$1" || readelf -p .kitsune "$1.o" | grep -qF "$1.c:"
}

# ---- For what pages do ---------------------------------------------------------------------------

free_port() {
    local port
    for port in $(shuf -i 20000-32000 -n 50); do
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

# The two releases of tests/lib/page_server, as server-1.so and server-2.so in the current directory,
# with their rules, and main.c and net.c for pages about building.
page_server() {
    local release
    cp -r "$root/tests/lib/page_server/"* .
    for release in 1 2; do
        (cd v$release && kitcc -g -Wall -Wextra -Werror -shared server.c -o ../server-$release.so) || return 1
    done
}
