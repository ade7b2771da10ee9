#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds libchutes and streams an answer: sh examples/quickstart.sh [PROMPT]
#
# This script installs what a build needs with apt-get (Debian 12 or Ubuntu
# 24.04), builds the library and the chutes command in build/, and streams a
# chat from Chutes if CHUTES_API_KEY is set. Without a key it runs the demo,
# which needs no network.
set -eu
cd "$(dirname "$0")/.."
. tests/tools/install_missing.sh

install_missing build
log=build/quickstart.log
mkdir -p build
echo "== building (log: $log)"
if ! { cmake -S . -B build -DCMAKE_BUILD_TYPE=Release \
    -DCHUTES_BUILD_TESTS=OFF -DCHUTES_BUILD_EXAMPLES=OFF &&
    cmake --build build -j 2; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    exit 1
fi

if [ -n "${CHUTES_API_KEY:-}" ]; then
    echo "== build/chutes chat"
    exec build/chutes chat "${@:-Write a short poem about AI}"
fi
echo "== build/chutes demo"
exec build/chutes demo
