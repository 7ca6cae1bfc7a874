#!/bin/bash
# Each allocation of an update fails in turn, whoever makes it: the runtime, the transformer, the
# dynamic loader, libc.  Then the update is given up, and nothing is lost, nothing is left behind.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build
faults_run "each allocation" 0 first
faults_run "each allocation and all behind it" 0 all

end_of_test
