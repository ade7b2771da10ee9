#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and runs every default test: sh tests/run.sh
#
# On Debian 12 and Ubuntu 24.04, installs missing packages with apt-get first.
# Then runs all tests in an optimised build, the C tests with AddressSanitizer and
# UndefinedBehaviorSanitizer, and the C tests again to measure line coverage.
# Logs are in build/logs. Exits with 0 only if everything passed.
set -u
cd "$(dirname "$0")/.." || exit 2
. tests/tools/install_missing.sh
. tests/tools/results.sh

jobs=${CHUTES_JOBS:-2}
tests_at_once=$((2 * jobs)) # many tests mostly wait
logs=$PWD/build/logs
unset CHUTES_API_KEY CHUTES_BASE_URL CHUTES_EMBEDDINGS_BASE_URL CFLAGS LDFLAGS

# build NAME DIR CMAKE_ARGUMENT...
build()
{
    name=$1 dir=$2
    shift 2
    started=$(date +%s)
    echo "== build: $name"
    # Set both explicitly: the cache of an earlier build may have turned them off.
    if cmake -S . -B "$dir" -DCHUTES_BUILD_TESTS=ON -DCHUTES_BUILD_EXAMPLES=ON \
        "$@" >"$logs/$name-build.log" 2>&1 &&
        cmake --build "$dir" -j "$jobs" >>"$logs/$name-build.log" 2>&1
    then
        count_pass "$name: build ($(($(date +%s) - started)) s)"
        return 0
    fi
    count_failure "$name: build" "$logs/$name-build.log"
    return 1
}

# run_tests NAME DIR CTEST_ARGUMENT...
run_tests()
{
    name=$1 dir=$2 log=$logs/$1-test.log
    shift 2
    started=$(date +%s)
    echo "== test: $name"
    (cd "$dir" && ctest -j "$tests_at_once" --output-on-failure \
        --no-tests=error "$@") 2>&1 |
        tee "$log" | grep --line-buffered ' Test *#'
    count_tests "$name" "$log" "$started"
}

install_missing test || exit 1
mkdir -p "$logs"

# Only CI fails on warnings: newer compilers have more of them. The instrumented
# builds below never do, because instrumentation causes false ones.
werror=OFF
[ "${CI:-}" = true ] && werror=ON

if build release build -DCMAKE_BUILD_TYPE=Release -DCHUTES_WERROR=$werror; then
    run_tests release build -LE nightly
fi

# Try fewer random scripts from here on: instrumented code is slow, and the release
# build has tried them all.
export CHUTES_TEST_SCRIPTS="${CHUTES_TEST_SCRIPTS:-20000}"

if build asan build/asan -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS='-O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
then
    ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 \
        run_tests asan build/asan -L 'unit|integration|fuzz'
fi

# Take samples: none of these shows more when lines are counted.
export CHUTES_TEST_ANSWERS="${CHUTES_TEST_ANSWERS:-10000}"
export CHUTES_AMPLIFICATION_KB="${CHUTES_AMPLIFICATION_KB:-64}"

if build coverage build/coverage -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS='-O0 --coverage -fprofile-update=atomic'
then
    # Counts of earlier runs would be added to those of this run.
    find build/coverage -name '*.gcda' -exec rm -f {} +
    run_tests coverage build/coverage -L 'unit|integration|fuzz'
    if python3 tests/tools/coverage.py build/coverage; then
        count_pass "coverage: the thresholds are met"
    else
        count_failure "coverage: a threshold is missed"
    fi
fi

print_results
