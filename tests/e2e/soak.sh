#!/bin/bash
# The soak test for a short while, with the same steps every time; make soak does more of it.
. "$(dirname "$0")/../lib/harness.sh"

soak() {
    env ${1:+KITSUNE_INTERRUPT=$1} "$root/tests/soak/run" --seed "$2" --steps 25 --time 60 2>&1
}

seed=4
for interrupt in '' waits; do
    output=$(soak "$interrupt" $((seed++)))
    check_equal "random updates, rollbacks, crashes and accidents${interrupt:+, interrupting $interrupt}" \
        0 $? || sed 's/^/      /' <<<"$output"
done

# That it notices what is wrong: a value that an update changes, a program that is not rolled back.
output=$("$root/tests/soak/run" --seed 4 --steps 12 --time 60 --only update --mistake 2>&1)
check_match "a wrong value is noticed" 'WRONG: (client . is told|.* of client|the table of the traffic)' "$output"

end_of_test
