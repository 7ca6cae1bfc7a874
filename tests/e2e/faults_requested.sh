#!/bin/bash
# Calls fail in turn in updates that `kitsune update` asks for: also on the way of the request, and on that of
# the report.  Of the allocations every twentieth, of the others every second;
# with FAULTS=all each.
# TIME_LIMIT=900
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build -DREQUESTED -DSTRIDE=$(some_or_all 20)
faults_request "each allocation" 0 first
faults_request "each allocation and all behind it" 0 all

faults_build -DREQUESTED -DSTRIDE=$(some_or_all 2)
faults_request "each call for memory" 1 first
faults_request "each call for memory and all behind it" 1 all
faults_request "each call for files" 2 first
faults_request "each call for files and all behind it" 2 all

end_of_test
