#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests the library against servers and clients that others wrote:
# sh tests/interop.sh [PART...]
#
# PART is the name of a file tests/interop/part_NAME.py, quick (those that take
# seconds, and only their quick checks) or all (the default). Each part installs
# pinned versions into build/interop with pip, npm or apt-get, starts servers on
# 127.0.0.1 and stops them. Prints a table of software and features, which is also
# written to build/interop/works-with.md, and ends with "N passed, N failed".
#
# CHUTES_BUILD_DIR names the build to test; without it, the script makes one in
# build/interop/build.
set -u
cd "$(dirname "$0")/.." || exit 2
cache=$PWD/build/interop
unset CHUTES_API_KEY CHUTES_BASE_URL CHUTES_EMBEDDINGS_BASE_URL CFLAGS LDFLAGS
mkdir -p "$cache/logs" || exit 2

if [ -z "${CHUTES_BUILD_DIR:-}" ]; then
    . tests/tools/install_missing.sh
    install_missing test || exit 1
    CHUTES_BUILD_DIR=$cache/build
    echo "== build"
    if ! cmake -S . -B "$CHUTES_BUILD_DIR" -DCMAKE_BUILD_TYPE=Release \
        -DCHUTES_BUILD_TESTS=ON >"$cache/logs/build.log" 2>&1 ||
        ! cmake --build "$CHUTES_BUILD_DIR" -j "${CHUTES_JOBS:-2}" \
            --target chutes_cli interop_drivers >>"$cache/logs/build.log" 2>&1
    then
        tail -n 40 "$cache/logs/build.log"
        echo "0 passed, 1 failed"
        exit 1
    fi
fi
exec python3 -B tests/interop/run.py "$CHUTES_BUILD_DIR" "$cache" "$@"
