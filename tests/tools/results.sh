# SPDX-License-Identifier: MIT
# Counts results, for scripts that run several suites: source it, and call
# print_results at the end.
passed=0
failed=0
summary=
failures_log=$(mktemp)
trap 'rm -f "$failures_log"' EXIT

note()
{
    summary="$summary
  $1"
}

# count_pass WHAT
count_pass()
{
    passed=$((passed + 1))
    note "ok      $1"
}

# count_failure WHAT [LOG]: print_results prints the end of the log.
count_failure()
{
    [ $# -lt 2 ] || tail -n 60 "$2" >>"$failures_log"
    failed=$((failed + 1))
    note "FAILED  $1"
}

# Prints the output of the tests that failed, at most 80 lines of each, from the log
# of a ctest with --output-on-failure.
list_failures()
{
    awk '/^ *[0-9]+\/[0-9]+ Test +#/ { shown = !/ Passed +[0-9.]+ sec$/; lines = 0 }
        /^ *Start +[0-9]+: / || /^[0-9]+% tests passed/ { shown = 0 }
        shown && lines++ < 80' "$1"
}

# count_tests NAME LOG STARTED: counts the tests of a ctest that wrote the log and
# was started at this time (date +%s). Fails if one failed, or if none ran.
count_tests()
{
    results=$(sed -n \
        's/^[0-9]*% tests passed, \([0-9]*\) tests\{0,1\} failed out of \([0-9]*\)$/\1 \2/p' "$2")
    if [ -z "$results" ]; then
        count_failure "$1: no test ran" "$2"
        return 1
    fi
    failures=${results% *} total=${results#* } state='ok    '
    passed=$((passed + total - failures))
    failed=$((failed + failures))
    if [ "$failures" -gt 0 ]; then
        state=FAILED
        list_failures "$2" >>"$failures_log"
    fi
    note "$state  $1: $((total - failures)) of $total tests passed ($(($(date +%s) - $3)) s)"
    [ "$failures" -eq 0 ]
}

# Ends with "N passed, N failed". Fails if something failed.
print_results()
{
    echo
    cat "$failures_log"
    echo "Summary:$summary"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
