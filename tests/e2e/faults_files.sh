#!/bin/bash
# Each system call of an update about files fails in turn.  Then the update is given up, or does
# without, and nothing is lost, nothing is left behind.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build
faults_run "each call for files" 2 first
# Then the log cannot be written either.
faults_run_silently "each call for files and all behind it" 2 all

end_of_test
