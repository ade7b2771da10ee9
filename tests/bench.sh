#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures the library against other clients in the same run, and prints one table
# with bars and verdicts: sh tests/bench.sh [--peers] [--only TEXT] [--check]
#
# Builds an optimised library in build. Data and pictures go to build/bench. See
# tests/bench/bench.py. A machine that does something else at the same time spoils
# the figures.
set -eu
cd "$(dirname "$0")/.."
. tests/tools/install_missing.sh
install_missing bench
mkdir -p build/bench
cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DCHUTES_BUILD_TESTS=ON \
    >build/bench/build.log
cmake --build build -j "${CHUTES_JOBS:-2}" >>build/bench/build.log
exec python3 -B tests/bench/bench.py build "$@"
