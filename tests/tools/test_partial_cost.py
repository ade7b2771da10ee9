#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reading JSON byte by byte costs instructions in proportion to its length: twice
the bytes, at most 2.1 times the instructions.

Usage: test_partial_cost.py PARTIAL_COST; exits with 77 without valgrind
"""
import re
import shutil
import subprocess
import sys

if shutil.which("valgrind") is None:
    sys.exit(77)

# What the JSON begins with, what is repeated, and what it ends with.
ROWS = [
    ("a long string", '"', "text of ", '"'),
    ("escapes", '"', "\\u00e9\\n", '"'),
    ("characters of several bytes", '"', "\u20ac\u00e9", '"'),
    ("a long name", '{"', "text of ", '":1}'),
    ("a long number", "1", "00000000", ""),
    ("many members", '{"z":0', ',"a":"b"', "}"),
    ("many elements", "[0", ",1,\"a\",{}", "]"),
    ("many deep ones", "[0", "," + 60 * "[" + 60 * "]", "]"),
    ("deep members", "[0", "," + 30 * '{"a":' + "1" + 30 * "}", "]"),
]
BYTES = 16000


def instructions(program, repeats, row):
    """How many instructions the program takes, by callgrind's last line."""
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
         program, str(repeats), *row[1:]],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return int(re.search(rb"Collected : (\d+)", run.stdout).group(1))


def main():
    for row in ROWS:
        repeats = BYTES // len(row[2].encode())
        base = instructions(sys.argv[1], 0, row)
        once = instructions(sys.argv[1], repeats, row) - base
        twice = instructions(sys.argv[1], 2 * repeats, row) - base
        print(f"{row[0]}: {once / BYTES:.0f} a byte, then "
              f"{twice / once:.3f} times as many")
        assert twice <= 2.1 * once, row[0]


main()
