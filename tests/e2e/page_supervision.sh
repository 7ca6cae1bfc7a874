#!/bin/bash
# docs/supervision.md: what is typed for a service, by the unit that `make install` installs, and for a
# container.  Where the tests run there is no systemd, and no docker: tests/lib/systemctl does with the
# unit what systemd would, and a PID namespace is the container.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

mkdir -p srv/visitors unit state
sed "s|@BIN@|$build/bin|; s|/srv/|$work/srv/|g; s|/etc/|$work/etc/|g; s|=/run/|=$work/run/|" \
    "$root/share/kitsune@.service" >unit/kitsune@.service
cp -r "$root/examples/tour/"* .
for release in 1 2; do
    check "release $release" kitcc -shared v$release/visitors.c -o visitors-$release.so
done
check "the transformer" xfgen visitors-1.so visitors-2.so 1-2.xf --install
mkdir etc etc/kitsune
echo ARGUMENTS=0 >etc/kitsune/visitors.conf

# Four lines for a unit of one's own.
take_ini() {
    command -v systemd-analyze >/dev/null || return
    {
        printf '[Service]\nExecStart=%s run /srv/visitors/current.so\n' "$build/bin/kitsune"
        sed "s|/usr/bin|$build/bin|" "$1"
    } >own.service
    check_equal "systemd finds nothing wrong with the lines" "" \
        "$(systemd-analyze verify --man=no ./own.service 2>&1 | grep -F own.service)"
}

page_first="export STATE_FOLDER=$work/state UNIT_FOLDER=$work/unit"'
systemctl() {
    "$root/tests/lib/systemctl" "$@"
    server=$(cat "$STATE_FOLDER/pid")
}
docker() {
    case $1 in
        cp) cp -r "$2" "${3#server:}" ;;
        exec) shift 2; nsenter --target "$inside" --pid --mount "$@" ;;
    esac
}'
export root
page_words="s|/srv/|$work/srv/|g"
# A line for one who is not root.
if unshare --fork --pid --mount-proc true 2>/dev/null; then
    start container.log unshare --fork --pid --mount-proc --kill-child \
        kitsune run ./visitors-1.so 0
    wait_line 10 container.log listening
    page_first+=$'\n'"inside=$(pgrep -P "$started")"
else
    echo "no right to make a PID namespace: not tested"
    page_words+='; /^docker /d'
fi
page "$root/docs/supervision.md"
check_match "the service has been told where its port is" 'listening on port' "$(cat state/journal)"
[ ! -e container.log ] ||
    check "process 1 of the container is updated" grep -q 'updated to .*visitors-2.so' container.log

end_of_test
