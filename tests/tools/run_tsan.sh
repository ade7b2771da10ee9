#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds with ThreadSanitizer and runs every C test. Prefers clang, whose sanitizer
# is better; gcc's needs no extra package. Usage: run_tsan.sh SOURCE_DIR BUILD_DIR
set -eu
compiler=gcc
if echo 'int main(void) { return 0; }' |
    clang -fsanitize=thread -x c - -o /dev/null 2>/dev/null; then
    compiler=clang
fi
cmake -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=$compiler \
    -DCMAKE_C_FLAGS='-O1 -fsanitize=thread -fno-omit-frame-pointer'
cmake --build "$2" -j 2
cd "$2"
TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
    ctest --output-on-failure -L 'unit|integration|fuzz'
# The same test with all its operations, which takes a while.
TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
    ctest --output-on-failure -R '^nightly_threads$'
