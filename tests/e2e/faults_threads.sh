#!/bin/bash
# Allocations and calls for memory fail in an update of a program with several threads.  Of the
# allocations every fifth; with FAULTS=all each.
# TIME_LIMIT=900
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build -DTHREADS=2 -pthread
faults_run "each call for memory" 1 first
faults_build -DTHREADS=2 -DSTRIDE=$(some_or_all 5) -pthread
faults_run "allocations" 0 first
faults_run "allocations and all behind them" 0 all

end_of_test
