#!/bin/bash
# Calls fail in turn in updates of a program with several threads that `kitsune update` asks for: the
# gatherer takes the request.  Of the allocations every thirtieth; with FAULTS=all each.
# TIME_LIMIT=1800
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build -DREQUESTED -DTHREADS=2 -DSTRIDE=$(some_or_all 30) -pthread
faults_request "each allocation" 0 first
faults_request "each allocation and all behind it" 0 all

faults_build -DREQUESTED -DTHREADS=2 -DSTRIDE=$(some_or_all 3) -pthread
faults_request "each call for memory" 1 first
faults_request "each call for files" 2 first

end_of_test
