#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds with clang's ThreadSanitizer and runs every C test.
# Usage: run_tsan.sh SOURCE_DIR BUILD_DIR
set -eu
cmake -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang \
    -DCMAKE_C_FLAGS='-O1 -fsanitize=thread -fno-omit-frame-pointer'
cmake --build "$2" -j 2
cd "$2"
TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
    ctest --output-on-failure -L 'unit|integration|fuzz'
