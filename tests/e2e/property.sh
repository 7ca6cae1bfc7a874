#!/bin/bash
# The property test on cases of which all must pass, and its oracle on transformers that were made
# wrong: it has to notice.  More of it, and longer: make property (docs/testing.md).
. "$(dirname "$0")/../lib/harness.sh"

# About a second of work each.
cases=${PROPERTY_CASES:-23}

property() {
    "$root/tests/property/run" "$@"
}

# A line of output for each case; what fails says how to run just it.
for ((seed = 126; seed < 126 + cases; seed++)); do
    output=$(property --seed "$seed" --cases 1 --graphs 100 2>&1)
    check_equal "random types, seed $seed" 0 $? || sed 's/^/      /' <<<"$output"
done

# ---- Can it fail? --------------------------------------------------------------------------------

# noticed NAME WHAT SED: a transformer that sed made wrong; WHAT is said about it.
noticed() {
    local output
    output=$(property --case 62 --graphs 60 --mutate "$3" 2>&1)
    check_equal "$1 is noticed" 1 $?
    check_match "$1: what is said" "$2" "$(grep -a '' <<<"$output")"
}

wrong='new version.s state is not what it should be'
noticed "a member that is not copied" "$wrong" \
    '0,/^    out->m[0-9a-h]+ = in->/{/^    out->m[0-9a-h]+ = in->/d}'
noticed "a pointer that is lost" "$wrong" \
    '0,/= kitsune_xf_pointer\(&pair_[a-z0-9_]+, in->/s/= kitsune_xf_pointer\([^;]*, in->[^;]*;/= NULL;/'
noticed "a pointer that leads to the old object" "$wrong|FAIL: ended" \
    '0,/= kitsune_xf_pointer\(&pair_[a-z0-9_]+, in->/s/= kitsune_xf_pointer\(&[a-z0-9_]+, (in->[^,]*),[^;]*;/= (void *)\1;/'
noticed "memory that is lost" "memory is lost" \
    's/^    out->(m[0-9a-h]+) = in->(m[0-9a-h]+);/&\n    property_take(16);/'
noticed "an old object that is written to" "has changed by an update that was given up" \
    's/^    out->(m[0-9a-h]+) = in->(m[0-9a-h]+);/&\n    in->\2 = 0;/'

end_of_test
