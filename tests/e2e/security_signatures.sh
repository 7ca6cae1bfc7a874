#!/bin/bash
# Signatures: making keys, signing, checking, and programs that load nothing that is not signed.
. "$(dirname "$0")/../lib/harness.sh"

build_releases "$root/tests/lib/steady.c" 1 2
check "the transformer is installed" install_transformer v1 v2
check "and one for the way back is made" build_transformer v2 v1
transformer=v2.so.d/$(build_id v1.so).so

# ---- Keys and signatures -------------------------------------------------------------------------

check "a pair of keys is made" kitsune keygen release
check_equal "the secret one is for its owner alone" 600 "$(stat -c %a release.key)"
check_match "the public one is a line" '^kitsune-ed25519 [0-9a-f]{64} release$' "$(cat release.pub)"
before=$(cat release.key)
expect_error "keys are never overwritten" 1 'release\.key.*exists' kitsune keygen release
check_equal "really not" "$before" "$(cat release.key)"
mv release.key away
expect_error "nor is half of a pair" 1 'release\.pub.*exists' kitsune keygen release
check "and no other half is left" test ! -e release.key
mv away release.key
kitsune keygen other >/dev/null

chmod 640 release.key
expect_error "a secret key that others can read is refused" 1 'others can read the secret key' \
    kitsune sign --key release.key v2.so
chmod 600 release.key
check "nothing is signed with it" test ! -e v2.so.sig
head -c 100 release.key >half.key
chmod 600 half.key
expect_error "so is half a key" 1 'not a whole one' kitsune sign --key half.key v2.so
expect_error "and a public one" 1 'not a secret key' \
    bash -c 'cp release.pub p.key; chmod 600 p.key; kitsune sign --key p.key v2.so'
expect_error "signing takes a key" 2 'name the key' kitsune sign v2.so
echo text >text.so
expect_error "text is not signed" 1 'text\.so' kitsune sign --key release.key text.so

expect_output "version and transformer are signed" 'v2\.so\.sig: signed as a version' \
    kitsune sign --key release.key v1.so v2.so "$transformer"
expect_output "which can be checked" "so: a transformer, signed with $(cut -d' ' -f2 release.pub)" \
    kitsune verify --key release.pub v2.so "$transformer"
expect_error "with the right key only" 1 'is not trusted' kitsune verify --key other.pub v2.so
check "one of several is enough" kitsune verify --key other.pub --key release.pub v2.so
expect_error "what is not signed is told" 1 'v1-v2\.xf\.so is not signed' \
    kitsune verify --key release.pub v1-v2.xf.so
expect_error "a secret key among the trusted ones is told" 1 'the secret one' \
    kitsune verify --key release.key v2.so
cp v2.so stripped.so
cp v2.so.sig stripped.so.sig
strip -g stripped.so
expect_error "so is what has been stripped after it was signed" 1 'changed since \(stripped' \
    kitsune verify --key release.pub stripped.so
check "which can be signed again" kitsune sign --key release.key stripped.so
check "and is fine then" kitsune verify --key release.pub stripped.so

# ---- A program that wants signatures -------------------------------------------------------------

cat >required.conf <<END
require-signature = yes
trusted-keys = $PWD/release.pub
END
: >empty.conf
export KITSUNE_SYSTEM_CONFIG=$PWD/required.conf

mv v1.so.sig away
expect_error "an unsigned first version does not run" 126 \
    'v1\.so is not signed.*require-signature: .*required\.conf:1' kitsune run ./v1.so
mv away v1.so.sig
start log kitsune run ./v1.so
program=$started
check "a signed one does" wait_line 10 log '^v1 runs$'

# refused NAME PATTERN: by the tool, by the program when the tool has other settings, and by the
# program when it reads the files itself.
refused() {
    expect_error "$1: the tool refuses" 1 "refused: .*$2" kitsune update $program ./v2.so
    expect_error "$1: so does the program" 1 "refused: .*$2" \
        env KITSUNE_SYSTEM_CONFIG="$PWD/empty.conf" kitsune update $program ./v2.so
    local before
    before=$(grep -Ec "refused: .*$2" log)
    check "$1: doupd" doupd $program ./v2.so
    check "$1: is refused, too" wait_for 10 has_more_lines log "refused: .*$2" "$before"
}

has_more_lines() {
    [ "$(grep -Ec "$2" "$1")" -gt "$3" ]
}

cp v2.so.sig good.sig
rm v2.so.sig
refused "a version without a signature" 'the version .*v2\.so is not signed'
head -c 150 good.sig >v2.so.sig
expect_error "half a signature" 1 'v2\.so\.sig is not a signature of Kitsune.s, or not a whole one' \
    kitsune update $program ./v2.so
kitsune sign --key other.key v2.so >/dev/null
refused "another key" "signed with the key $(cut -d' ' -f2 other.pub), which is not trusted \\(trusted-keys: .*required.conf:2\\)"
sed 's/^\(kitsune-signature 1 version\) [0-9a-f]*/\1 '"$(cut -d' ' -f2 release.pub)/" v2.so.sig >forged
cp forged v2.so.sig
refused "a key that did not sign" 'is not what was signed with the key'
cp good.sig v2.so.sig
cp v2.so whole.so
printf '\1' | dd of=v2.so bs=1 seek=$(($(stat -c %s v2.so) / 2)) conv=notrunc status=none
refused "a version that was changed" 'v2\.so is not what was signed'
cp whole.so v2.so
sed 's/ version / transformer /' good.sig >v2.so.sig
refused "a signature for something else" 'v2\.so is not what was signed'
cp good.sig v2.so.sig

mv "$transformer.sig" away
refused "a transformer without a signature" 'the transformer .* is not signed'
mv away "$transformer.sig"
check_equal "nothing of this ran" 1 "$(grep -c 'runs$' log)"

# The file is overwritten while the request waits: what was checked is what runs.
kill -STOP $program
kitsune update $program ./v2.so >update.log 2>&1 &
update=$!
has_sealed() {
    ls -l /proc/$update/fd 2>/dev/null | grep -q 'socket:'
}
check "a request waits" wait_for 10 has_sealed
dd if=/dev/zero of=v2.so bs=4096 count=8 conv=notrunc status=none
kill -CONT $program
wait $update
check_equal "the update happens" 0 $?
check "with what was sealed" wait_line 10 log '^v2 runs$'
cp whole.so v2.so

expect_error "a rollback takes a signed transformer only" 1 'v2-v1\.xf\.so is not signed' \
    kitsune rollback $program --xf v2-v1.xf.so
kitsune sign --key release.key v2-v1.xf.so >/dev/null
check "and goes back by one" kitsune rollback $program --xf v2-v1.xf.so

# ---- Another key, without a restart --------------------------------------------------------------

echo "trusted-keys = $(cut -d' ' -f2 other.pub)" >>required.conf
refused "a key that is trusted no more" 'which is not trusted'
kitsune sign --key other.key v2.so "$transformer" >/dev/null
check "the new key is, from now on" kitsune update $program ./v2.so
cat >required.conf <<END
require-signature = yes
END
expect_error "to want signatures and trust no key is a mistake" 2 'no trusted-keys' \
    kitsune rollback $program --xf v2-v1.xf.so
stop $program

# ---- Signatures that are wanted from now on ------------------------------------------------------

echo "trusted-keys = $PWD/release.pub" >>required.conf
cp required.conf later.conf
: >required.conf
rm -f v1.so.sig
start log2 kitsune run ./v1.so
program=$started
check "an unsigned program runs" wait_line 10 log2 '^v1 runs$'
cp later.conf required.conf
kitsune sign --key release.key v2.so "$transformer" v2-v1.xf.so >/dev/null
check "is updated by what is signed, when that is wanted" \
    kitsune update $program ./v2.so --reverse v2-v1.xf.so
check "and can go back to where it came from" kitsune rollback $program
stop $program

# ---- Libraries -----------------------------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
    mkdir v3
    echo 'int brought(void) { return 3; }' >brought.c
    gcc -shared -fPIC -Wl,-soname,libbrought.so brought.c -o libbrought.so
    sed 's/usleep(1000)/usleep(1000 + (unsigned)brought())/; 1i int brought(void);' v1/app.c >v3/app.c
    check "v3, which brings a library along, builds" eval \
        'kitcc -O2 -DVERSION=3 -I"$root/tests/lib" -c v3/app.c -o v3/app.o &&
         kitcc -shared v3/app.o -L. -lbrought "-Wl,-rpath,\$ORIGIN" -o v3.so'
    kitsune sign --key release.key v3.so >/dev/null
    chown 1 libbrought.so
    expect_error "a library that is not root's does not come along" 126 \
        'needs libbrought\.so: .*belongs to user 1 .*libraries have none' kitsune run ./v3.so
    chown 0 libbrought.so
    start log3 kitsune run ./v3.so
    check "one of root's does" wait_line 10 log3 '^v3 runs$'
else
    echo "skipped: whose libraries may come along (needs root)"
fi

end_of_test
