#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the fuzz targets with clang's libFuzzer and sanitizers, and runs each for
# SECONDS (60). Usage: run_fuzz.sh SOURCE_DIR BUILD_DIR [SECONDS]
set -eu
source=$1 build=$2 seconds=${3:-60}
cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_COMPILER=clang -DCHUTES_LIBFUZZER=ON -DCHUTES_BUILD_SHARED=OFF \
    -DCMAKE_C_FLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
for target in "$source"/tests/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    cmake --build "$build" -j 2 --target "$name"
    found=$build/corpus/$name
    mkdir -p "$found"
    echo "== $name"
    "$build/tests/$name" -max_total_time="$seconds" -max_len=65536 -timeout=10 \
        -print_final_stats=1 -artifact_prefix="$found-" "$found" \
        "$source/tests/fixtures" "$source/tests/fuzz/corpus/${name#fuzz_}"
done
