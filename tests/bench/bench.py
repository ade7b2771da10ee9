#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the library against programs made of libcurl and a JSON library, and
prints one table:

    bench.py BUILD [--check] [--peers] [--only TEXT]

Each client is a process of its own (bench_client.c), which warms up first;
the server is another process. Figures are the middle of seven interleaved
pairs, with the quartiles. --check exits with 1 if a bar is missed, --only runs
the rows whose name contains TEXT, --peers installs other people's clients and
measures them as well. BUILD/bench receives table.csv, the data and pictures.
"""
import os
import sys

import peers
import rows
from measure import Bench, Table


def main():
    arguments = sys.argv[1:]
    only = None
    if "--only" in arguments:
        at = arguments.index("--only")
        only = arguments[at + 1]
        del arguments[at:at + 2]
    bench = Bench(os.path.abspath(arguments[0]))
    table = Table(only)
    print(f"{'':58} {'median':>10} {'quartiles':>21} {'bar':>10}")
    try:
        for measure in rows.ALL:
            measure(bench, table)
        if "--peers" in arguments:
            peers.measure(bench, table)
    finally:
        bench.close()
    table.write(os.path.join(bench.folder, "table.csv"))
    rows.draw(bench)
    print(f"{table.missed} bars missed; {bench.folder} has the data and the "
          "pictures")
    return 1 if table.missed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main())
