# SPDX-License-Identifier: MIT
"""The rows of the bench's table, with their bars, and its pictures."""
import os
import re
import shutil
import subprocess

from measure import exponent, interleaved, quartiles

HERE = os.path.dirname(os.path.abspath(__file__))
STREAM_EVENTS = 20000
LOCKSTEP_EVENTS = 2000

# The shape, the bar at 50 events per write against bare libcurl, and whether the
# library must also be faster than libcurl with yyjson.
STREAMS = [
    ("vllm", 2.0, False), ("llamacpp", 2.0, False), ("sglang", 2.5, False),
    ("reasoning", 2.5, False), ("tools", 2.5, False), ("usage", 2.5, False),
    ("choices", 2.5, False), ("id", 2.5, False), ("created", 2.5, False),
    ("openai", 3.5, True), ("mixed", 3.5, True), ("order", 3.5, True),
    ("alternating", 3.5, True), ("escapes", 3.5, True),
    ("logprobs", 5.0, False)]

# The name, the work, and how often a client makes the call.
ANSWERS = [("1 MB of prose", "answer/prose/1000000", 10),
           ("1 MB of code", "answer/code/1000000", 10),
           ("20 MB of prose", "answer/prose/20000000", 1)]

# The name, the work, the megabytes of its texts, how much longer its body is, how
# often, and the bar in ms per MB.
REQUESTS = [("1 MB prompt", "request/prompt/1000000", 1, 1, 10, 0.25),
            ("1 MB prompt, escapes", "request/escapes/1000000", 1, 1.1, 10, 0.7),
            ("20 MB image", "request/image/20000000", 20, 1, 1, 0.25),
            ("1,000 messages", "request/messages/1000", 0.64, 1, 10, 0.7)]

VECTORS = "vectors/{}/2048/1024"
MATRIX = 2048 * 1024 * 4


def ratio(one, other):
    return one / other


def streams(bench, table):
    """CPU at 50 events per write, per shape."""
    data = []
    for shape, bar, is_ahead in STREAMS:
        name = f"stream, 50 per write: {shape}"
        if not table.wants(name):
            continue
        work = f"stream/{shape}/50/{STREAM_EVENTS}"
        times = {}

        def timed(kind):
            times.setdefault(kind, []).append(bench.cpu_us(kind, work))
            return times[kind][-1]

        table.add(f"{name} / libcurl", interleaved(
            lambda: timed("chutes"), lambda: timed("bare"), ratio), ("<=", bar))
        other = "yyjson" if "yyjson" in bench.kinds else "cjson"
        table.add(f"{name} / libcurl + {other}", interleaved(
            lambda: timed("chutes"), lambda: timed(other), ratio),
            ("<=", 1) if is_ahead and other == "yyjson" else None)
        data.append([shape] + [
            quartiles(times[kind])[1] / STREAM_EVENTS if kind in times else "-"
            for kind in ("bare", "chutes", "yyjson", "cjson")])
    bench.write("shapes.dat", data)


def iterator(bench, table):
    name = "iterator / callback, 50 per write"
    if table.wants(name):
        work = f"stream/vllm/50/{STREAM_EVENTS}"
        table.add(name, interleaved(lambda: bench.cpu_us("iterator", work),
                                    lambda: bench.cpu_us("chutes", work), ratio),
                  ("<=", 1.4))


def lockstep(bench, table):
    """One event per write, the next when the client sleeps again."""
    for tls in (False, True):
        for shape, *_ in STREAMS:
            name = f"stream, 1 per write{', TLS' * tls}: {shape} / libcurl"
            work = f"stream/{shape}/1/{LOCKSTEP_EVENTS}"
            if table.wants(name):
                table.add(name, interleaved(
                    lambda: bench.cpu_us("chutes", work, 1, tls),
                    lambda: bench.cpu_us("bare", work, 1, tls), ratio),
                    ("<=", 1.05))


def answers(bench, table):
    for name, work, calls in ANSWERS:
        for kind, bar in (("cjson", (">=", 3)), ("yyjson", (">=", 1)),
                          ("simdjson", None)):
            row = f"answer, {name}: libcurl + {kind} / ours"
            if kind in bench.kinds and table.wants(row):
                table.add(row, interleaved(
                    lambda: bench.cpu_us(kind, work, calls),
                    lambda: bench.cpu_us("chutes", work, calls), ratio), bar)
        row = f"answer, {name}: peak heap / body"
        if table.wants(row):
            size = int(work.split("/")[2])
            table.add(row, [bench.heap("chutes", work)[0] / size] * 3,
                      ("<=", 2.2))


def requests(bench, table):
    for name, work, megabytes, growth, calls, bar in REQUESTS:
        row = f"request, {name}: beyond libcurl"
        if table.wants(row):
            table.add(row, interleaved(
                lambda: bench.cpu_us("chutes", work, calls),
                lambda: bench.cpu_us("bare", work, calls),
                lambda ours, bare: (ours - bare) / 1000 / megabytes),
                ("<=", bar), "ms/MB")
        row = f"request, {name}: tree of cJSON / ours, both beyond libcurl"
        if table.wants(row):
            def beyond(kind):
                return max(1, bench.cpu_us(kind, work, calls)
                           - bench.cpu_us("bare", work, calls))

            table.add(row, interleaved(lambda: beyond("tree"),
                                       lambda: beyond("chutes"), ratio),
                      (">=", 5))
        row = f"request, {name}: peak heap / body"
        if table.wants(row):
            body = megabytes * growth * 1e6
            table.add(row, [bench.heap("chutes", work)[0] / body] * 3,
                      ("<=", 1.2))
    row = "request, 1,000 messages: allocations beyond libcurl"
    if table.wants(row):
        table.add(row, [bench.heap("chutes", REQUESTS[3][1])[1]
                        - bench.heap("bare", REQUESTS[3][1])[1]] * 3, ("<=", 20))


def small_call(bench, table):
    work = "answer/prose/1"
    row = "small call: allocations beyond libcurl"
    if table.wants(row):
        table.add(row, [bench.heap("chutes", work)[1]
                        - bench.heap("bare", work)[1]] * 3, ("<=", 12))
    row = "small call: instructions beyond libcurl"
    if table.wants(row) and shutil.which("valgrind"):
        table.add(row, [bench.instructions("chutes", work)
                        - bench.instructions("bare", work)] * 3, ("<=", 25000))
    row = "small call: polls from the start to the request"
    if table.wants(row):
        polls = int(bench.output(bench.program("guard"), "--polls"))
        table.add(row, [polls] * 3, ("<=", 1))


def embeddings(bench, table):
    for form, name in (("digits17", "floats"), ("digits9", "short floats")):
        work = VECTORS.format(form)
        for kind, bar in (("cjson", (">=", 6)),
                          ("yyjson", (">=", 1.2) if form == "digits9" else None),
                          ("simdjson", None)):
            row = f"embeddings, {name}: libcurl + {kind} / ours"
            if kind in bench.kinds and table.wants(row):
                table.add(row, interleaved(lambda: bench.cpu_us(kind, work),
                                           lambda: bench.cpu_us("chutes", work),
                                           ratio), bar)
    row = "embeddings, base64: OpenSSL / ours beyond libcurl"
    work = VECTORS.format("base64")
    if table.wants(row):
        def beyond():
            return bench.cpu_us("chutes", work, 3) - bench.cpu_us("bare", work, 3)

        table.add(row, interleaved(lambda: bench.cpu_us("evp", work, 3), beyond,
                                   ratio), (">=", 0.6))
    for form in ("digits17", "digits9", "base64"):
        row = f"embeddings, {form}: peak heap / (matrix + body)"
        work = VECTORS.format(form)
        if table.wants(row):
            body = bench.seen("bare", work)
            table.add(row, [bench.heap("chutes", work)[0] / (MATRIX + body)] * 3,
                      ("<=", 1.1))


def other_programs(bench, table):
    """What bench_embed and bench_many print, in the same table."""
    for prefix, program, *options in (
            ("many vectors: ", "bench_embed"),
            ("many streams: ", "bench_many")):
        if not table.wants(prefix):
            continue
        out = bench.output(bench.program(program), *options)
        with open(os.path.join(bench.folder, f"{program}.txt"), "w",
                  encoding="utf-8") as file:
            file.write(out)
        for name, value, limit in re.findall(
                r"^(\S.*?\S)  +(?:[\d.]+ +[\d.]+ +)?(-?[\d.]+) +(-|[\d.]+)$",
                out, re.M):
            table.add(prefix + name, [float(value)] * 3,
                      None if limit == "-" else ("<=", float(limit)))


def curve(bench, table):
    """CPU per event at 1, 10, … streams at once."""
    row = "growth with streams at once: exponent of their CPU time"
    if table.wants(row):
        out = bench.output(bench.program("bench_many"), "--curve")
        points = [[float(word) for word in line.split()]
                  for line in out.splitlines()]
        table.add(row, [exponent([streams for streams, *_ in points],
                                 [streams * ours for streams, _, ours in points])
                        ] * 3, ("<=", 1.05))
        bench.write("streams.dat", points)


def sizes(bench, table):
    row = "stripped library"
    if table.wants(row):
        library = os.path.join(bench.folder, "libchutes.so")
        subprocess.run(["strip", "-o", library,
                        os.path.join(bench.build, "libchutes.so")], check=True)
        table.add(row, [os.path.getsize(library) / 1024] * 3, ("<=", 256), "KiB")
    row = "chutes version / a C program with the same libraries"
    if table.wants(row):
        table.add(row, interleaved(
            lambda: min(bench.spawn_cpu_us(
                os.path.join(bench.build, "chutes"), "version")
                for _ in range(10)),
            lambda: min(bench.spawn_cpu_us(bench.program("bench_version"))
                        for _ in range(10)), ratio), ("<=", 1.1))


def growth(bench, table):
    """How times grow with the size, as an exponent: 1 is linear."""
    for name, works in {
            "events": [(n, f"stream/vllm/50/{n}")
                       for n in (20000, 60000, 200000, 600000)],
            "tool deltas": [(n, f"stream/tools/50/{n}")
                            for n in (20000, 60000, 200000)],
            "event size": [(n, f"event/{n}")
                           for n in (10**5, 10**6, 4 * 10**6, 16 * 10**6)],
            "answer size": [(n, f"answer/prose/{n}")
                            for n in (10**5, 10**6, 4 * 10**6, 2 * 10**7)],
            "vectors": [(n, f"vectors/digits17/{n}/1024")
                        for n in (64, 256, 1024, 2048)]}.items():
        row = f"growth with {name}: exponent"
        if not table.wants(row):
            continue
        times = []
        for _, work in works:
            times.append(quartiles([bench.cpu_us("chutes", work, 2)
                                    for _ in range(5)])[1])
        counts = [count for count, _ in works]
        table.add(row, [exponent(counts, times)] * 3, ("<=", 1.05))
        bench.write(f"growth-{name.replace(' ', '-')}.dat",
                    [[count, time / 1000] + others(bench, work)
                     for (count, work), time in zip(works, times)])


def others(bench, work):
    """The milliseconds of libcurl with cJSON, yyjson and simdjson."""
    if work.startswith(("stream", "event")):
        return ["-"] * 3
    return [bench.cpu_us(kind, work, 2) / 1000 if kind in bench.kinds else "-"
            for kind in ("cjson", "yyjson", "simdjson")]


ALL = [streams, iterator, lockstep, answers, requests, small_call, embeddings,
       other_programs, curve, sizes, growth]


def draw(bench):
    """Makes pictures of the data that there is."""
    if shutil.which("gnuplot") is None:
        print("no gnuplot, so no pictures")
        return
    for script in sorted(os.listdir(os.path.join(HERE, "pictures"))):
        with open(os.path.join(HERE, "pictures", script),
                  encoding="utf-8") as file:
            data = re.search(r'"([\w-]+\.dat)"', file.read()).group(1)
        if not os.path.exists(os.path.join(bench.folder, data)):
            continue
        done = subprocess.run(
            ["gnuplot", os.path.join(HERE, "pictures", script)],
            cwd=bench.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"{script}: no picture: {done.stderr.strip()[-200:]}")
