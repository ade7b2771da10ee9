#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the instructions of the calls in guard.c, which no noise changes, and
compares them with guard_counts.txt:

    guard.py PROGRAM COUNTS [--update | --slow] [NAME]

A count that is more than 3 % from the recorded one fails, also if it is lower:
an improvement that isn't recorded could be lost again without notice. After an
intended change record the new counts, and commit them together with the change
and the reason:

    python3 tests/bench/guard.py build/tests/guard tests/bench/guard_counts.txt --update

With NAME only this call is made. --slow makes the callback of streams waste
time, and succeeds if the guard notices.

Counts depend on the compiler, its flags and the libraries, so the first line of
the file names those of the recording. With others, or without valgrind, the
exit code is 77: skipped.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOLERANCE = 0.03
SKIPPED = 77
# How often guard.c makes each call. The smallest count is used, because some of the
# calls may have to request memory from the system.
CALLS, WARM_UPS = 6, 2
# With these settings, glibc chooses the same functions on every processor, and maps
# memory from a fixed size on. Otherwise, whether growing a block copies it would
# depend on what lies behind it.
TUNABLES = ("glibc.malloc.mmap_threshold=131072:glibc.cpu.hwcaps=-AVX_Fast_Unaligned_Load,-AVX2,-AVX,-ERMS,-FSRM,"
            "-SSSE3,-SSE4_1,-SSE4_2,-BMI1,-BMI2,-LZCNT,-MOVBE,-POPCNT,-RTM")


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def read_counts(path):
    """Returns the environment and the counts of the file."""
    environment = None
    counts = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("# with "):
                environment = line[len("# with "):].strip()
            elif not line.startswith("#") and line.strip():
                name, count = line.split()
                counts[name] = float(count)
    return environment, counts


def write_counts(path, environment, counts):
    with open(path, "w", encoding="utf-8") as file:
        file.write("# Instructions of whole calls, including libcurl's; of "
                   "streams, per event.\n# Written by guard.py --update; a "
                   "commit that changes a count says why.\n")
        file.write(f"# with {environment}\n")
        for name, count in counts.items():
            file.write(f"{name:24} {count:12.1f}\n")


def environment_of(program):
    version = subprocess.run(["valgrind", "--version"], check=True,
                             capture_output=True, text=True).stdout.strip()
    ours = subprocess.run([program, "--environment"], check=True,
                          capture_output=True, text=True).stdout.strip()
    return f"{ours}, {version}"


def total(path):
    """The instructions in one output of callgrind."""
    with open(path, encoding="utf-8") as file:
        return int(re.search(r"^(?:totals|summary): (\d+)$", file.read(),
                             re.MULTILINE).group(1))


def count(program, arguments):
    """Runs the calls; returns the instructions of each, divided by its units."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--collect-atstart=no",
             "--toggle-collect=measured_call", "--dump-after=measured_call",
             f"--callgrind-out-file={out}", program, *arguments],
            env={**os.environ, "GLIBC_TUNABLES": TUNABLES},
            capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f"{program} failed:\n{run.stderr}")
        counts = {}
        for number, line in enumerate(run.stdout.splitlines()):
            name, units = line.split()
            first = CALLS * number + 1
            counts[name] = min(
                total(f"{out}.{first + call}")
                for call in range(WARM_UPS, CALLS)) / int(units)
        return counts


def compare(recorded, counted):
    """Prints each count that isn't as recorded; returns how many there are."""
    wrong = 0
    for name, now in counted.items():
        before = recorded.get(name)
        if before is None:
            print(f"{name:24} {now:12.1f}   not recorded")
            wrong += 1
        elif abs(now / before - 1) > TOLERANCE:
            print(f"{name:24} {now:12.1f}   recorded {before:.1f}: "
                  f"{100 * (now / before - 1):+.1f} %")
            wrong += 1
    return wrong


def main():
    program, path, *rest = sys.argv[1:]
    options = [word for word in rest if word.startswith("--")]
    names = [word for word in rest if not word.startswith("--")]
    if shutil.which("valgrind") is None:
        skip("valgrind is not installed")
    environment = environment_of(program)
    recorded_with, recorded = read_counts(path)
    if "--update" not in options and environment != recorded_with:
        skip(f"this is {environment},\nbut the counts are of {recorded_with}")
    if "--slow" in options:
        names.append("--slow")
    counted = count(program, names)
    if "--update" in options:
        write_counts(path, environment,
                     {**recorded, **counted} if names else counted)
        return 0
    missing = set(recorded) - set(counted) if not names else set()
    for name in sorted(missing):
        print(f"{name:24} was not counted")
    wrong = compare(recorded, counted) + len(missing)
    if "--slow" in options:
        print("noticed" if wrong else "a slow-down was NOT noticed")
        return 0 if wrong else 1
    total = len(counted) + len(missing)
    print(f"{total - wrong} of {total} calls take as many instructions as "
          "recorded")
    if wrong:
        print("If that is intended, see the top of tests/bench/guard.py.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
