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

jobs=${CHUTES_JOBS:-2}
logs=$PWD/build/logs
passed=0
failed=0
summary=
unset CHUTES_API_KEY CHUTES_BASE_URL CHUTES_EMBEDDINGS_BASE_URL CFLAGS LDFLAGS

note()
{
    summary="$summary
  $1"
}

count_pass()
{
    passed=$((passed + 1))
    note "ok      $1"
}

count_failure()
{
    failed=$((failed + 1))
    note "FAILED  $1"
}

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
    tail -n 60 "$logs/$name-build.log"
    count_failure "$name: build"
    return 1
}

# run_tests NAME DIR CTEST_ARGUMENT...: adds the results to the totals.
run_tests()
{
    name=$1 dir=$2
    shift 2
    started=$(date +%s)
    echo "== test: $name"
    (cd "$dir" && ctest -j "$jobs" --output-on-failure --no-tests=error "$@"
        echo "ctest ended with $?") 2>&1 | tee "$logs/$name-test.log"
    results=$(sed -n \
        's/^[0-9]*% tests passed, \([0-9]*\) tests\{0,1\} failed out of \([0-9]*\)$/\1 \2/p' \
        "$logs/$name-test.log")
    if [ -z "$results" ]; then
        count_failure "$name: no test ran"
        return 1
    fi
    failures=${results% *} total=${results#* }
    passed=$((passed + total - failures))
    failed=$((failed + failures))
    note "$([ "$failures" -eq 0 ] && echo 'ok    ' || echo FAILED)  $name: $((total - failures)) of $total tests passed ($(($(date +%s) - started)) s)"
    [ "$failures" -eq 0 ] &&
        grep -q '^ctest ended with 0$' "$logs/$name-test.log"
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

echo
echo "Summary:$summary"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
