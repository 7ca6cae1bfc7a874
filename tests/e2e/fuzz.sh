#!/bin/bash
# What reads files is given damaged ones: the fuzz targets of tests/fuzz with all their seeds, and
# then a number of mutations, the same ones each time.  For longer: make fuzz FUZZ_TIME=600
. "$(dirname "$0")/../lib/harness.sh"

echo 'int LLVMFuzzerTestOneInput(const unsigned char *bytes, unsigned long size);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, unsigned long size) {
    return bytes && size > 1000000; }' >probe.c
if ! clang -fsanitize=fuzzer,address,undefined probe.c -o probe 2>probe.err; then
    fail "clang and its libFuzzer are installed" "apt-get install clang libclang-rt-14-dev" \
         "$(head -n 3 probe.err)"
    end_of_test
fi
if ! make -s -j2 -C "$root" fuzz-build >build.log 2>&1; then
    fail "the fuzz targets build" "$(tail -n 20 build.log)"
    end_of_test
fi

# fuzz TARGET RUNS LONGEST-INPUT
fuzz() {
    local target=$1 runs=$2 longest=$3 folders=() folder

    for folder in "$root/tests/fuzz/seeds/$target" "$build/fuzz/seeds/$target"; do
        if [ -d "$folder" ]; then
            folders+=("$folder")
        fi
    done
    check_fails "$target has seeds" test -z "$(ls "${folders[@]}")"
    # What it finds worth keeping goes to the first folder.
    mkdir "found-$target"
    check "$target withstands its seeds and $runs inputs" \
        "$build/fuzz/fuzz_$target" -seed=1 -runs="$runs" -max_len="$longest" -timeout=20 \
        -rss_limit_mb=1024 -verbosity=0 -print_final_stats=0 -artifact_prefix="$work/$target-" \
        "found-$target" "${folders[@]}"
}

fuzz types_file 6000 16384
fuzz model 2000 32768
fuzz records 1500 4096
fuzz spec 6000 4096
fuzz requests 20000 20000

end_of_test
