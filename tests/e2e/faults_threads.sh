#!/bin/bash
# Allocations and calls for memory fail in an update of a program with several threads.  Of the
# allocations every fifth: with -DSTRIDE=1 each.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build -DTHREADS=2 -pthread
faults_run "each call for memory" 1 first
faults_build -DTHREADS=2 -DSTRIDE=5 -pthread
faults_run "allocations" 0 first
faults_run "allocations and all behind them" 0 all

end_of_test
