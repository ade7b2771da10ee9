#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Line coverage of src, as a table per folder, and its thresholds.

Usage: coverage.py BUILD_DIR     (built with --coverage, tests run)
"""
import json
import os
import subprocess
import sys

# Percent of lines. OVERALL is the threshold of the whole library.
OVERALL = 90.0
FOLDERS = {"sse": 97.0, "json": 97.0, "codec": 97.0}
# The tests run these, but they aren't part of the library.
NOT_IN_LIBRARY = {"mock", "cli"}


def measure(root, build):
    report = subprocess.run(
        ["gcovr", "--root", root, "--object-directory", build,
         "--filter", os.path.join(root, "src/"), "--json", "-",
         "--exclude-unreachable-branches",
         # The same functions at other lines: gcovr 5.2 can't merge them.
         "--exclude-directories", ".*_portable\\.dir",
         "--gcov-ignore-parse-errors", build],
        # One worker: with several, gcovr 5.2 hangs if one of them fails.
        check=True, text=True, stdout=subprocess.PIPE, timeout=600).stdout
    files = {}
    for file in json.loads(report)["files"]:
        lines = [line for line in file["lines"] if not line["gcovr/noncode"]]
        covered = sum(1 for line in lines if line["count"] > 0)
        files[file["file"]] = (covered, len(lines))
    return files


def percent(covered, lines):
    return 100.0 * covered / lines if lines else 100.0


def main():
    root = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
    files = measure(root, os.path.realpath(sys.argv[1]))
    folders = {}
    for path, (covered, lines) in sorted(files.items()):
        folder = path.split("/")[1]
        sums = folders.setdefault(folder, [0, 0])
        sums[0] += covered
        sums[1] += lines
    library = [sums for folder, sums in folders.items()
               if folder not in NOT_IN_LIBRARY]
    total = (sum(s[0] for s in library), sum(s[1] for s in library))

    good = total[1] > 0
    print("\nfolder        lines  covered  percent  wanted")
    rows = sorted(folders.items()) + [("the library", total)]
    for folder, (covered, lines) in rows:
        wanted = FOLDERS.get(folder,
                             OVERALL if folder == "the library" else None)
        actual = percent(covered, lines)
        missed = wanted is not None and actual < wanted
        good = good and not missed
        print(f"{folder:12} {lines:6} {covered:8} {actual:8.1f}  "
              f"{wanted or '':>6}{'  MISSED' if missed else ''}")
    print("\nleast covered files:")
    worst = sorted(files.items(), key=lambda item: percent(*item[1]))
    for path, counts in worst[:10]:
        print(f"  {percent(*counts):5.1f}  {path}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
