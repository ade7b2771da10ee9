# SPDX-License-Identifier: MIT
"""Traces of an example, read with OpenTelemetry's protocol buffers."""
import json
import os
import subprocess

from common import NotOffered, expect, expect_equal

TITLE = None  # no server
QUICK = True
HERE = os.path.dirname(os.path.abspath(__file__))


def check_trace(part, python):
    program = os.path.join(part.build, "examples", "trace")
    if not os.path.exists(program):
        raise NotOffered("the examples or the toolkit were not built")
    url = part.start_mock().url
    path = os.path.join(part.place, "trace.jsonl")
    if os.path.exists(path):
        os.remove(path)  # of an earlier run
    for model in ("demo/parrot-1", "demo/none"):
        subprocess.run([program, path], timeout=60, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL,
                       env=dict(os.environ, CHUTES_BASE_URL=url,
                                CHUTES_API_KEY="key", CHUTES_MODEL=model))
    with open(path, encoding="utf-8") as file:
        done = subprocess.run([python, "-B",
                               os.path.join(HERE, "otlp", "check.py")],
                              stdin=file, capture_output=True, timeout=60,
                              encoding="utf-8")
    spans = [json.loads(line) for line in done.stdout.splitlines()]
    expect_equal(["POST", "chat demo/parrot-1", "answer a question",
                  "POST", "chat demo/none", "answer a question"],
                 [span["name"] for span in spans], done.stderr[-1000:])
    expect_equal([False, False, False, True, True, True],
                 [span["error"] for span in spans], "errors")
    for attempt, chat, outer in (spans[:3], spans[3:]):
        expect_equal([chat["id"], outer["id"]],
                     [attempt["parent"], chat["parent"]], "parents")
        expect_equal([3, 3, 1],
                     [attempt["kind"], chat["kind"], outer["kind"]], "kinds")
        expect(0 < attempt["took"] <= chat["took"], "the time of a span")
        expect_equal("int_value", chat["attributes"]["server.port"], "port")
        expect_equal("int_value",
                     attempt["attributes"]["http.response.status_code"],
                     "status")
        expect_equal(["example", "libchutes"], [chat["service"], chat["scope"]],
                     "names")
    return f"{len(spans)} spans"


def run(part):
    python = part.install.venv("otlp")
    part.version = "1.45.2"
    part.check("chat", "a trace as OTLP/JSON", check_trace, part, python)
