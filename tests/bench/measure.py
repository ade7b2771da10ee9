# SPDX-License-Identifier: MIT
"""Runs the programs of the bench, and computes the table from their figures."""
import csv
import math
import os
import re
import resource
import statistics
import subprocess

PAIRS = 7


class Bench:
    """The programs, and the servers while they run."""

    def __init__(self, build):
        self.build = build
        self.folder = os.path.join(build, "bench")
        self.programs = os.path.join(build, "tests")
        os.makedirs(self.folder, exist_ok=True)
        self.servers = {}
        self.kinds = self.output(self.program("bench_client"),
                                 "--kinds").split()

    def program(self, name):
        return os.path.join(self.programs, name)

    def output(self, *command, **more):
        return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                              text=True, **more).stdout

    def server(self, tls):
        """Returns the URL and the CA file of a server that is started once."""
        if tls not in self.servers:
            process = subprocess.Popen(
                [self.program("bench_server")] + ["--tls"] * tls,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            port, authority = process.stdout.readline().split()
            scheme = "https" if tls else "http"
            self.servers[tls] = (process, f"{scheme}://127.0.0.1:{port}/v1/",
                                 authority)
        return self.servers[tls][1:]

    def command(self, kind, work, calls=1, tls=False):
        return [self.program("bench_client"), kind, *self.server(tls), work,
                str(calls)]

    def seen(self, kind, work):
        """Returns how much a client read; for libcurl alone, bytes of the body."""
        return int(self.output(*self.command(kind, work)).split()[3])

    def cpu_us(self, kind, work, calls=1, tls=False):
        """Returns the CPU time of one call."""
        return float(self.output(*self.command(kind, work, calls, tls))
                     .split()[0])

    def heap(self, kind, work):
        """Returns the most bytes that a call adds, and its allocations."""
        preload = {**os.environ,
                   "LD_PRELOAD": self.program("bench_heap.so")}
        out = subprocess.run(self.command(kind, work), check=True, env=preload,
                             stdout=subprocess.PIPE, text=True).stdout
        return [int(word) for word in out.split()[1:3]]

    def instructions(self, kind, work):
        """Returns the instructions of one call, from the difference between 60
        calls and 10."""
        totals = []
        for calls in (10, 60):
            out = os.path.join(self.folder, "callgrind.out")
            subprocess.run(
                ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                 *self.command(kind, work, calls)], check=True,
                capture_output=True)
            with open(out, encoding="utf-8") as file:
                totals.append(int(re.search(r"^totals: (\d+)", file.read(),
                                            re.M).group(1)))
        return (totals[1] - totals[0]) / 50

    def spawn_cpu_us(self, *command):
        """Returns the CPU time of a whole process, including its start."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.output(*command)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return 1e6 * (after.ru_utime + after.ru_stime
                      - before.ru_utime - before.ru_stime)

    def write(self, name, lines):
        """Writes the data of a picture, unless there are none."""
        if lines:
            with open(os.path.join(self.folder, name), "w",
                      encoding="utf-8") as file:
                for line in lines:
                    file.write(" ".join(
                        f"{word:.4g}" if isinstance(word, float) else str(word)
                        for word in line) + "\n")

    def close(self):
        for process, *_ in self.servers.values():
            process.stdin.close()
            process.wait()


def quartiles(values):
    ordered = sorted(values)
    if len(ordered) < 3:
        return ordered[0], statistics.median(ordered), ordered[-1]
    return tuple(statistics.quantiles(ordered, n=4, method="inclusive"))


def interleaved(one, other, combine):
    """Runs both in turns; returns the quartiles of what `combine` returns for
    each pair."""
    return quartiles([combine(one(), other()) for _ in range(PAIRS)])


def exponent(sizes, times):
    """Returns the slope of a line through the logarithms: 1 is linear."""
    xs, ys = [[math.log(value) for value in values]
              for values in (sizes, times)]
    mean_x, mean_y = statistics.mean(xs), statistics.mean(ys)
    return (sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys))
            / sum((x - mean_x) ** 2 for x in xs))


class Table:
    def __init__(self, wanted):
        self.wanted = wanted
        self.lines = []
        self.missed = 0

    def wants(self, name):
        return self.wanted is None or self.wanted in name

    def add(self, name, figures, bar, unit=""):
        """`bar` is (sense, limit), such as ("<=", 2.0), or None."""
        low, middle, high = figures
        verdict = ""
        if bar is not None:
            is_met = middle <= bar[1] if bar[0] == "<=" else middle >= bar[1]
            verdict = "ok" if is_met else "MISSED"
            self.missed += not is_met
        limit = f"{bar[0]} {bar[1]:g}" if bar is not None else ""
        print(f"{name:58} {middle:10.2f} {low:10.2f} {high:10.2f} "
              f"{limit:>10} {verdict:6} {unit}", flush=True)
        self.lines.append([name, f"{middle:.4g}", f"{low:.4g}", f"{high:.4g}",
                           limit, verdict, unit])

    def write(self, path):
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "median", "lower quartile",
                             "upper quartile", "bar", "verdict", "unit"])
            writer.writerows(self.lines)
