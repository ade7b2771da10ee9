#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks of the built libraries.

Usage: check_library.py exports LIBCHUTES.SO FOLDER [HEADER...]
                      exports exactly what the headers in FOLDER declare, except
                      HEADERs and those that they include
       check_library.py archive LIBCHUTES.A         only chutes_ symbols
       check_library.py linked PROGRAM PATTERN...
                      of public functions and endpoints, only those that match
       check_library.py size LIBCHUTES.SO BYTES OBJECT...
                                     smaller, once stripped, without the OBJECTs
       check_library.py objects BYTES OBJECT...     together smaller
       check_library.py needed LIBCHUTES.SO NAME... links NAMEs and libc alone
"""
import os
import re
import subprocess
import sys
import tempfile


def run(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


# A function that isn't inline, in a header without its comments. One without
# CHUTES_API counts too: programs can't call it, because it isn't exported.
DECLARED = re.compile(r"^(?!static|typedef)[A-Za-z][^;{}#]*?\b(chutes_\w+)\s*\("
                      r"[^;{}]*;", re.M)


def declared(path):
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    return set(DECLARED.findall(text))


def exports(library, folder, *left_out):
    absent = set(left_out)
    for name in left_out:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            absent |= set(re.findall(r"#include <chutes/(.*)>", file.read()))
    listed = set()
    for name in set(os.listdir(folder)) - absent:
        if name.endswith(".h"):
            listed |= declared(os.path.join(folder, name))
    lines = run("nm", "-D", "--defined-only", library).splitlines()
    found = {line.split()[-1].split("@")[0] for line in lines}
    for name in sorted(found - listed):
        print(f"{name} is exported, but no header declares it")
    for name in sorted(listed - found):
        print(f"{name} is declared, but not exported")
    return bool(found) and found == listed


def archive(library):
    good = True
    count = 0
    for line in run("nm", "--defined-only", "--extern-only",
                    library).splitlines():
        fields = line.split()
        if len(fields) == 3:
            count += 1
            if not fields[2].startswith("chutes_"):
                print(f"{fields[2]} does not begin with chutes_")
                good = False
    return good and count > 0


def linked(program, *patterns):
    """An endpoint that was linked needlessly shows by its functions and its table."""
    found = set()
    for line in run("nm", "--defined-only", program).splitlines():
        kind, name = line.split()[-2:]
        # Optimisation at link time appends ".lto_priv.0" and the like.
        name = name.split(".")[0]
        if re.fullmatch("chutes_[a-z].*", name) or (
                kind in "DdRr" and re.fullmatch("chutes__.*_endpoint", name)):
            found.add(name)
    strangers = {name for name in found
                 if not re.fullmatch("|".join(patterns), name)}
    for name in sorted(strangers):
        print(f"{name} came along")
    return bool(found) and not strangers


def weigh(objects):
    """Code and data, which are what objects add to a stripped library."""
    lines = run("size", *objects).splitlines()[1:] if objects else []
    return sum(int(line.split()[3]) for line in lines)


def size(library, limit, *left_out):
    with tempfile.TemporaryDirectory() as place:
        stripped = os.path.join(place, "stripped.so")
        run("strip", "-o", stripped, library)
        actual = os.path.getsize(stripped) - weigh(left_out)
    print(f"{actual} bytes stripped, allowed are fewer than {limit}")
    return actual < int(limit)


def objects(limit, *paths):
    actual = weigh(paths)
    print(f"{actual} bytes, allowed are fewer than {limit}")
    return 0 < actual < int(limit)


def needed(library, *names):
    allowed = set(names) | {"libc", "libm", "libpthread", "libasan",
                            "libubsan", "libtsan", "libgcc_s", "ld-linux"}
    found = [line.split("[")[1].split("]")[0]
             for line in run("readelf", "-d", library).splitlines()
             if "(NEEDED)" in line]
    strangers = [name for name in found
                 if name.split(".so")[0].split("-x86")[0] not in allowed]
    for name in strangers:
        print(f"needs {name}")
    return bool(found) and not strangers


CHECKS = {"exports": exports, "archive": archive, "linked": linked,
          "size": size, "objects": objects, "needed": needed}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in CHECKS:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if CHECKS[sys.argv[1]](*sys.argv[2:]) else 1)
