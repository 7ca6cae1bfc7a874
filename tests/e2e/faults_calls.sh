#!/bin/bash
# Each system call of an update that gets memory or protects it fails in turn.  Then the update is
# given up, or does without, and nothing is lost, nothing is left behind.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build
faults_run "each call for memory" 1 first
faults_run "each call for memory and all behind it" 1 all

end_of_test
