#!/bin/bash
# Several users on one machine: who may update whose programs, and what they plant for each other.
. "$(dirname "$0")/../lib/harness.sh"

if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
    echo "skipped: several users (needs root, and setpriv of util-linux)"
    check "nothing else can be tested here" true
    end_of_test
fi

# Numbers that nobody has; anna runs programs, and mallory is up to something.
anna=54321 mallory=54322
anna() {
    "${as_anna[@]}" "$@"
}
mallory() {
    "${as_mallory[@]}" "$@"
}
as_anna=(setpriv --reuid=$anna --regid=$anna --clear-groups env -u XDG_RUNTIME_DIR
         HOME=/nonexistent KITSUNE_RUNTIME_DIR="$work/control-$anna")
as_mallory=(setpriv --reuid=$mallory --regid=$mallory --clear-groups env -u XDG_RUNTIME_DIR
            HOME=/nonexistent KITSUNE_RUNTIME_DIR="$work/control-$mallory")
chmod 711 "$work"
for user in $anna $mallory; do
    mkdir -m 700 control-$user
    mkdir -m 755 home-$user
    chown $user:$user control-$user home-$user
done

build_releases "$root/tests/lib/steady.c" 1 2
check "the transformer is installed" install_transformer v1 v2
check "and the one back" install_transformer v2 v1
for user in $anna $mallory; do
    cp -r v1.so v2.so v1.so.d v2.so.d home-$user
    chown -R $user:$user home-$user
done

has_more_lines() {
    [ "$(grep -Ec "$2" "$1")" -gt "$3" ]
}

# ---- Whose program, and whose files --------------------------------------------------------------

start log "${as_anna[@]}" kitsune run "$work/home-$anna/v1.so"
hers=$started
check "anna's program runs" wait_line 10 log '^v1 runs$'
expect_error "mallory cannot update it" 3 'another user' \
    mallory kitsune update $hers "$work/home-$mallory/v2.so"
expect_error "not even where she says" 3 'another user' \
    mallory env KITSUNE_RUNTIME_DIR="$work/control-$anna" \
    kitsune update $hers "$work/home-$mallory/v2.so"
expect_error "nor by doupd" 3 'another user' mallory doupd $hers "$work/home-$mallory/v2.so"
check "anna can" anna kitsune update $hers "$work/home-$anna/v2.so"
check "root can, with anna's files" kitsune update $hers "$work/home-$anna/v1.so"
check "and with root's own" kitsune update $hers "$work/v2.so"
expect_error "but not with mallory's" 1 \
    "/home-$mallory/?[^ ]* belongs to user $mallory, neither to root nor to user $anna" \
    kitsune update $hers "$work/home-$mallory/v1.so"
expect_error "nor can anna" 1 "belongs to user $mallory" \
    anna kitsune update $hers "$work/home-$mallory/v1.so"
check "root's doupd reaches it, too" doupd $hers "$work/v1.so"
check "and it is updated" wait_for 10 has_more_lines log '^v1 runs$' 1
before=$(grep -c "belongs to user $mallory" log)
expect_error "anna's doupd does not hand it over" 1 "belongs to user $mallory" \
    anna doupd $hers "$work/home-$mallory/v2.so"
anna sh -c "echo '$work/home-$mallory/v2.so' >'$work/control-$anna/$hers.next'"
kill -USR2 $hers
check "and the program refuses it" wait_for 10 has_more_lines log "belongs to user $mallory" "$before"
check "unless she wants it so" anna kitsune update --allow-others-files $hers \
    "$work/home-$mallory/v2.so"

mkdir -m 1777 shared
cp v1.so shared/
chown $mallory shared/v1.so
expect_error "in a sticky directory, what others put there is theirs" 1 \
    "shared/v1\.so is not safe to load: it belongs to user $mallory" \
    anna kitsune update $hers "$work/shared/v1.so"
rm shared/v1.so
mallory ln -s "$work/home-$anna/v1.so" shared/v1.so
expect_error "a link of hers leads nowhere" 1 "shared/v1\.so .*belongs to user $mallory" \
    anna kitsune update $hers "$work/shared/v1.so"

start log2 kitsune run ./v1.so
roots=$started
check "root's program runs" wait_line 10 log2 '^v1 runs$'
expect_error "root's does not load anna's files" 1 \
    "belongs to user $anna, not to root: chown it" \
    kitsune update $roots "$work/home-$anna/v2.so"
expect_error "anna does not reach it" 3 'another user' anna kitsune update $roots "$work/v2.so"

# ---- Planted directories -------------------------------------------------------------------------

# In /tmp, where anybody can be first.
fallback=/tmp/kitsune-$anna
rm -rf "$fallback"
in_no_place=("${as_anna[@]}" env -u KITSUNE_RUNTIME_DIR)
mallory mkdir -m 777 "$fallback"
start log3 "${in_no_place[@]}" kitsune run "$work/home-$anna/v1.so"
check "mallory's directory is not anna's" wait_line 10 log3 "kitsune-$anna belongs to user $mallory, not to you"
stop $started
rmdir "$fallback"
mallory ln -s "$work/control-$anna" "$fallback"
start log4 "${in_no_place[@]}" kitsune run "$work/home-$anna/v1.so"
check "nor is her link, wherever it leads" wait_line 10 log4 "kitsune-$anna is not a directory"
stop $started
rm "$fallback"
start log5 "${in_no_place[@]}" kitsune run "$work/home-$anna/v1.so"
check "without any of that it works" wait_line 10 log5 '^v1 runs$'
check "for anna" "${in_no_place[@]}" kitsune status $started
check_equal "in a directory for her alone" "700 $anna" "$(stat -c '%a %u' "$fallback")"
check_equal "with a socket for her alone" "600 $anna" "$(stat -c '%a %u' "$fallback/$started.socket")"
check_equal "and a status" "600 $anna" "$(stat -c '%a %u' "$fallback/$started.status")"
stop $started
rm -rf "$fallback"

# ---- What mallory's own program has for root -----------------------------------------------------

start log6 "${as_mallory[@]}" kitsune run "$work/home-$mallory/v1.so"
evil=$started
control=$work/control-$mallory
check "mallory's program runs" wait_line 10 log6 '^v1 runs$'
cp -a "$control/$evil.status" saved

rm "$control/$evil.socket"
mallory ln -s "$XDG_RUNTIME_DIR/kitsune/$roots.socket" "$control/$evil.socket"
expect_error "her socket that is root's program's does not lead root there" 1 '' \
    kitsune update --timeout 1 $evil "$work/v2.so"
check "root's program has noticed" wait_line 10 log2 "ignored a request .* meant for another process, $evil"
check_equal "and runs on as it was" 1 "$(grep -c runs log2)"
rm "$control/$evil.socket"

printf 'sequence 9\npid %s\nstarted %s\npath /x/\033]0;owned\007v1.so\nbuild_id aa\ngeneration 1\nstate running\nend 9\n\n' \
    $evil "$(sed -n 's/^started //p' saved)" >"$control/$evil.status"
shown=$(kitsune status $evil)
check_match "what she says of it is shown" "$evil" "$shown"
check_fails "without her control characters" grep -q "$(printf '\033')" <<<"$shown"
sed -i 's|^build_id.*|build_id ../../../../etc/x|' "$control/$evil.status"
expect_error "a build ID that is a path is not one" 3 'makes no sense' \
    kitsune update $evil "$work/v2.so"
rm "$control/$evil.status"
mallory mkfifo "$control/$evil.status"
expect_error "a pipe for a status does not stop root" 3 '' timeout 10 kitsune status $evil
rm "$control/$evil.status"
echo secret >secret
chmod 600 secret
mallory ln -s "$work/secret" "$control/$evil.status"
check_fails "a link for a status is not followed" grep -q secret <<<"$(kitsune status $evil 2>&1)"
rm "$control/$evil.status"
cp -a saved "$control/$evil.status"

mkdir -m 700 roots-own
mv "$control" "$control.away"

ln -s "$work/roots-own" "$control"
chown -h $mallory "$control"
cp saved "roots-own/$evil.status"
expect_error "a link for a directory leads root's doupd nowhere" 3 '' doupd $evil "$work/v2.so"
check_equal "and nothing is written there" "$evil.status" "$(ls roots-own)"
rm "$control"
mv "$control.away" "$control"
check "all put back, root's doupd works" doupd $evil "$work/v2.so"
check "for her program" wait_line 10 log6 '^v2 runs$'

end_of_test
