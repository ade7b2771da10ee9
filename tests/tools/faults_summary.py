# SPDX-License-Identifier: MIT
"""Sums up what the programs of the label `faults` counted.

    faults_summary.py DIRECTORY PROGRAM...

Each program leaves DIRECTORY/NAME.counts, without the `test_` of its name: a
line that says "began" or "ended", then for each file and letter of a fault

    FILE LETTER ROWS RUNS PASSED MODES

MODES are six digits: blocking, loop and iterator, each in clear and with TLS.
The table is printed and kept in DIRECTORY/summary.txt. The exit code is 1 when
a program didn't end, or a run failed.
"""

import os
import sys

MODES = ("blocking", "blocking+TLS", "loop", "loop+TLS", "iterator",
         "iterator+TLS")
GROUPS = {
    "A": "name, connect, proxy", "B": "TLS", "C": "status line and headers",
    "D": "framing and body", "E": "upload", "F": "status semantics",
    "G": "JSON body", "H": "SSE", "I": "HTTP/2", "J": "process and threads",
    "-": "beyond the list"}


class Sum:
    def __init__(self):
        self.rows = self.runs = self.passed = 0
        self.modes = set()

    def add(self, rows, runs, passed, modes):
        self.rows += rows
        self.runs += runs
        self.passed += passed
        self.modes.update(modes)


def read_counts(path):
    """The lines of a program; None if it didn't end or never ran."""
    try:
        with open(path, encoding="utf-8") as file:
            state, *lines = file.read().splitlines()
    except (OSError, ValueError):
        return None
    return [line.split() for line in lines] if state == "ended" else None


def format_row(name, counts):
    return (f"{name:<28} {counts.rows:>5} {len(counts.modes):>5} "
            f"{counts.runs:>6} {counts.passed:>6} "
            f"{counts.runs - counts.passed:>6}")


def format_part(title, sums):
    yield f"{title:<28} {'rows':>5} modes   runs passed failed"
    yield "-" * 61
    for name in sorted(sums, key=lambda name: (name.startswith("-"), name)):
        yield format_row(name, sums[name])


def main(arguments):
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    directory = arguments[1]
    files, groups, total, missing = {}, {}, Sum(), []
    for program in arguments[2:]:
        name = program.removeprefix("test_")
        counts = read_counts(os.path.join(directory, name + ".counts"))
        if counts is None:
            missing.append(program)
            continue
        for file, letter, *numbers, digits in counts:
            modes = {mode for mode, digit in zip(MODES, digits)
                     if digit == "1"}
            group = f"{letter}  {GROUPS.get(letter, '')}"
            numbers = [int(number) for number in numbers]
            for sums, key in ((files, file), (groups, group)):
                sums.setdefault(key, Sum()).add(*numbers, modes)
            total.add(*numbers, modes)
    lines = [*format_part("file", files), "", *format_part("group", groups),
             "", format_row("all", total),
             "modes: " + ", ".join(mode for mode in MODES
                                   if mode in total.modes)]
    lines += [f"{program} did not come to its end" for program in missing]
    text = "\n".join(lines) + "\n"
    print(text, end="")
    with open(os.path.join(directory, "summary.txt"), "w",
              encoding="utf-8") as file:
        file.write(text)
    return 1 if missing or total.runs != total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
