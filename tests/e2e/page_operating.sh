#!/bin/bash
# docs/rollback.md and docs/security.md: the commands of who runs a program.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

export KITSUNE_SYSTEM_CONFIG=$work/etc/kitsune.conf
page_first='runs kitsune run ./server-1.so'

mkdir rollback security
cd rollback || exit 1
page_server
page_words="s|/srv/app|$work/rollback|g; s|probation 60|probation 1|; s|curl -sf http://localhost/health|true|"
page "$root/docs/rollback.md"

cd ../security || exit 1
page_server
check "the transformer" xfgen server-1.so server-2.so 1-2.xf --install
page_words="s|/srv/app|$work/security|g; s|/etc/|$work/etc/|g"
page "$root/docs/security.md"

end_of_test
