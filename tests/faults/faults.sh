# faults.sh -- building and running tests/faults/program.c.  Sourced after harness.sh.

# some_or_all STRIDE: of so many calls one is made to fail; with FAULTS=all each.
some_or_all() {
    [ "${FAULTS:-some}" = all ] && echo 1 || echo "$1"
}

# faults_build [FLAG...]
faults_build() {
    local version
    for version in 1 2; do
        mkdir -p v$version
        { echo "#define VERSION $version"; cat "$root/tests/faults/program.c"; } >v$version/app.c
        check "version $version builds" \
            build_version v$version -I"$root/tests/faults" -D_GNU_SOURCE "$@"
    done
    cat >there.xf <<'END'
INIT struct node.extra: { $out[0] = 1; $out[1] = 2; }
CHECK { $newsym(app.c/number) == 5 }
END
    echo 'DROP struct node.extra' >back.xf
    check "the way there builds" install_transformer v1 v2 there.xf
    check "and back" install_transformer v2 v1 back.xf
}

# faults_run_silently NAME KIND first|all: sets $failures.
faults_run_silently() {
    local name=$1 output
    shift
    # What malloc keeps for a thread would count as given out.
    output=$(GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1 \
        timeout $([ "${FAULTS:-some}" = all ] && echo 1500 || echo 250) "$build/tests/inject" kitsune run ./v1.so "$@" 2>log)
    count_expectations "$name" "$output"
    check_match "$name: the last update comes through" '^scene ends$' "$output" ||
        tail -n 3 log
    failures=$(sed -n 's/^\([0-9]*\) failed, .*/\1/p' <<<"$output")
    check "$name: some fail" [ "${failures:-0}" -gt 0 ]
}

# The same, and each failure is told with its step, its cause, and what runs on.
faults_run() {
    local name=$1
    faults_run_silently "$@"
    check_equal "$name: each step is told" "$failures" \
        "$(grep -Ec './v2.so (aborted|refused|cancelled): step .' log)"
    check_equal "$name: each cause is told, before it" "$failures" \
        "$(grep -E -B 1 './v2.so (aborted|refused|cancelled): step .' log |
            grep -Ev ': step .|^--' | grep -Ec './v2.so (aborted|refused|cancelled): .{20}')"
    check_equal "$name: what runs on is told" "$failures" \
        "$(grep -Ec './v2.so (aborted|refused|cancelled): ./v1.so .* runs on' log)"
}

# ---- By `kitsune update` -------------------------------------------------------------------------

# faults_request NAME KIND first|all: the same with a program built with -DREQUESTED, whose updates the tool
# asks for, and is told how they went.  Sets $failures.
faults_request() {
    local name=$1 requester
    faults_request_begin
    faults_request_serve &
    requester=$!
    started_programs+=("$requester")
    faults_run_silently "$@"
    kill "$requester" 2>/dev/null
    wait "$requester" 2>/dev/null
    exec {questions}>&- {answers}>&-
    # When neither the answer nor the status can be written, it cannot know that the update was done.
    local unknown
    unknown=$(grep -c 'did not tell what it did with the request' told)
    check "$name: the tool fails as often ($failures, and $unknown times it cannot know)" \
        tool_has_failed "$failures" "$([ "$3" = all ] && echo "$unknown")"
    check_equal "$name: and says why each time" "$(grep -c '^status [^0] ./v2.so$' told)" \
        "$(grep -Ec '^kitsune update: (aborted|refused|cancelled|failed): .{20}' told)"
}

# tool_has_failed TIMES MORE
tool_has_failed() {
    local times
    times=$(grep -c '^status [^0] ./v2.so$' told)
    [ "$times" -ge "$1" ] && [ "$times" -le $(($1 + ${2:-0})) ]
}

faults_request_begin() {
    rm -f questions answers
    mkfifo questions answers
    : >told
    exec {questions}<>questions {answers}<>answers
}

# For tests/faults/requester.h.
faults_request_serve() {
    local pid next
    while read -r pid next; do
        timeout 60 kitsune update "$pid" "$next" --quiesce-timeout 5 \
            --timeout 20 >>told 2>&1
        echo "status $? $next" >>told
        printf x >&"$answers"
    done <&"$questions"
}
