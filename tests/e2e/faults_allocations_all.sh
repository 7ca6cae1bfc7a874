#!/bin/bash
# The first allocation of an update fails and all behind it; then the second and all behind it; and so
# on: also what is needed to give the update up has to do without memory.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build
faults_run "each allocation and all behind it" 0 all

end_of_test
