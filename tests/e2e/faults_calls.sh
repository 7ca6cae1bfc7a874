#!/bin/bash
# Each system call of an update fails in turn: those that get memory and protect it, and those about
# files.  Then the update is given up, or does without, and nothing is lost, nothing is left behind.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/faults.sh"

faults_build
faults_run "each call for memory" 1 first
faults_run "each call for memory and all behind it" 1 all
faults_run "each call for files" 2 first
# Then the log cannot be written either.
faults_run_silently "each call for files and all behind it" 2 all

end_of_test
