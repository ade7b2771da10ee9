#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs parts of the suite and makes the table; see README.md in this folder.

Usage: run.py BUILD_DIR CACHE_DIR [PART...]
"""
import datetime
import fcntl
import glob
import importlib
import json
import os
import signal
import sys
import time
import traceback

from common import FEATURES, Part

HERE = os.path.dirname(os.path.abspath(__file__))


def part_names():
    return sorted(os.path.basename(path)[len("part_"):-len(".py")]
                  for path in glob.glob(os.path.join(HERE, "part_*.py")))


def cell(checks):
    """The worst result of a feature; "not offered" only if nothing is ok."""
    results = {result for _, result in checks}
    for result in ("FAILED", "ok", "not offered"):
        if result in results:
            return result
    return ""


def run_part(name, build, cache, full):
    """Runs a part and stores its results; returns (passed, failed)."""
    module = importlib.import_module(f"part_{name}")
    part = Part(name, build, cache, full)
    print(f"== {name}", flush=True)
    started = time.monotonic()
    broken = []
    # Two builds may be tested at the same time, but share this folder.
    with open(os.path.join(part.place, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            module.run(part)
        except Exception as error:
            traceback.print_exc()
            print(f"FAILED      {name}: {error}", flush=True)
            broken.append(str(error))
        finally:
            part.stop_all()
    checks = [result for checks in part.results.values()
              for _, result in checks]
    row = {"name": name, "title": module.TITLE, "version": part.version,
           "date": datetime.date.today().isoformat(),
           "full": full, "broken": broken,
           "features": {feature: cell(checks)
                        for feature, checks in part.results.items()}}
    if not broken:
        store(row, os.path.join(cache, "results"))
    print(f"== {name}: {time.monotonic() - started:.0f} s", flush=True)
    return checks.count("ok"), checks.count("FAILED") + len(broken)


def store(row, folder):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, row["name"] + ".json")
    try:
        with open(path, encoding="utf-8") as file:
            old = json.load(file)
    except OSError:
        old = {"version": None}
    if not row["full"] and old["version"] == row["version"]:
        # A quick run doesn't erase what only a full run checks.
        row["features"] = {**old["features"], **row["features"]}
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(row, file, indent=1)
    os.replace(path + ".new", path)


def stored_rows(cache):
    rows = []
    for name in part_names():
        try:
            with open(os.path.join(cache, "results", name + ".json"),
                      encoding="utf-8") as file:
                rows.append(json.load(file))
        except OSError:
            pass
    return rows


def make_table(rows):
    """Markdown, for README.md: all results that are stored, also those of
    earlier runs. A part without a title isn't in it."""
    rows = [row for row in rows if row["title"]]
    columns = {"works": "ok", "lacks": "not offered", "FAILED": "FAILED"}
    if not any("FAILED" in row["features"].values() for row in rows):
        del columns["FAILED"]
    lines = [["software", *columns]]
    for row in rows:
        lines.append([f"{row['title']} {row['version']}", *(
            ", ".join(feature for feature in FEATURES
                      if row["features"].get(feature) == result) or "–"
            for result in columns.values())])
    lines = [f"| {' | '.join(line)} |\n" for line in lines]
    lines.insert(1, "|---" * (len(columns) + 1) + "|\n")
    dates = sorted({row["date"] for row in rows})
    return ("".join(lines) +
            f"\nMade by `sh tests/interop.sh` on {' and '.join(dates)}.\n")


def print_table(rows):
    used = [feature for feature in FEATURES
            if any(feature in row["features"] for row in rows)]
    width = max(map(len, used), default=0)
    columns = [max(len(row["name"]), len("not offered")) for row in rows]
    print(f"\n{'':{width}}", *(f"{row['name']:{columns[i]}}"
                               for i, row in enumerate(rows)))
    for feature in used:
        print(f"{feature:{width}}", *(
            f"{row['features'].get(feature, ''):{columns[i]}}"
            for i, row in enumerate(rows)))
    print()


def chosen(words):
    """The names of the parts to run, and whether all checks are to run."""
    full = "quick" not in words
    names = [word for word in words if word not in ("quick", "all")]
    known = part_names()
    for name in names:
        if name not in known:
            sys.exit(f"{name}: no such part; there are {', '.join(known)}")
    if names:
        return names, full
    if full:
        return known, full
    return [name for name in known
            if importlib.import_module(f"part_{name}").QUICK], full


def main():
    build, cache = map(os.path.abspath, sys.argv[1:3])
    # So that servers are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    names, full = chosen(sys.argv[3:])
    passed, failed = 0, 0
    for name in names:
        counts = run_part(name, build, cache, full)
        passed, failed = passed + counts[0], failed + counts[1]
    rows = stored_rows(cache)
    if any(row["title"] for row in rows):
        print_table(rows)
        path = os.path.join(cache, "works-with.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(make_table(rows))
        print(f"written to {path}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
