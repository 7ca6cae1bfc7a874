#!/bin/bash
# Each allocation of an update fails in turn, whoever makes it: the runtime, the transformer, the
# dynamic loader, libc.  Then the update is given up, and nothing is lost, nothing is left behind.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build
faults_run "each allocation" 0 first

end_of_test
