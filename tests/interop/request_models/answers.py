# SPDX-License-Identifier: MIT
"""Random answers that generate.py made, as the library reports them."""
import concurrent.futures
import json
import os
import subprocess

from clients import server
from common import expect, expect_equal

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = 4000  # of each engine, half of them streams
SEED = 20261129


class Answer:
    """A case of clients/server.py."""

    def __init__(self, line):
        made = json.loads(line)
        self.want = made["want"]
        self.wire = made["body"].encode()
        self.settings = {}
        if not self.want["streams"]:
            self.settings["content_type"] = "application/json"


def generate(python, engine, folder):
    done = subprocess.run(
        [python, "-B", os.path.join(HERE, "generate.py"), engine, folder,
         str(COUNT), str(SEED)], encoding="utf-8", timeout=240,
        capture_output=True)
    expect_equal(0, done.returncode, done.stderr[-2000:] + "\nexit code")
    return [Answer(line) for line in done.stdout.splitlines()]


def text_of(value):
    """What the library makes of a text: it replaces U+0000."""
    return value.replace("\0", "\ufffd") if value else None


def wanted(choice):
    """A choice as the library must report it."""
    reason = choice["stop_reason"]
    return dict(choice, content=text_of(choice["content"]),
                reasoning=text_of(choice["reasoning"]),
                stop_reason=None if reason is None else str(reason))


def received(choice, want):
    """The same of a choice that the command printed."""
    calls = [{key: call[key] for key in ("id", "name", "arguments")}
             for call in choice["tool_calls"]]
    for call, wanted_call in zip(calls, want["tool_calls"]):
        if isinstance(wanted_call["arguments"], dict):
            call["arguments"] = json.loads(call["arguments"])
    return dict({key: choice[key] or None for key in want}, tool_calls=calls,
                index=choice["index"])


def difference(part, answer, url):
    """What is lost or wrong, or None."""
    want = answer.want
    done = part.run_chutes(
        "chat", "--json", "-m", "m", "--retries", "0", "-p",
        f"n={len(want['choices'])}",
        *([] if want["streams"] else ["--no-stream"]), "hello", url=url)
    got = json.loads(done.stdout)
    # Engines abort a request that has failed, which is an error.
    aborted = "abort" in [choice["finish_reason"]
                          for choice in want["choices"]]
    pairs = [("status", "CHUTES_ERR_STREAM" if aborted else "CHUTES_OK",
              got["status"]),
             ("complete", not aborted, got["complete"]),
             ("end", "done", got["end"]),
             ("id", want["id"], got["id"]),
             ("model", want["model"], got["model"]),
             ("usage", want["usage"], got["usage"]),
             ("choices", len(want["choices"]), len(got["choices"]))]
    pairs += [("choice", wanted(choice), received(of_library, choice))
              for choice, of_library in zip(want["choices"], got["choices"])]
    wrong = [f"{name}: {second!r} instead of {first!r}"
             for name, first, second in pairs if first != second]
    return "\n".join(wrong) or None


def check(part, python, engine, folder):
    answers = generate(python, engine, folder)
    with server.Server(answers) as peer, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = list(pool.map(
            lambda item: difference(part, item[1],
                                    f"{peer.url}{item[0]}/v1/"),
            enumerate(answers)))
    texts = [f"answer {number}: {text}\n{answers[number].wire.decode()[:2000]}"
             for number, text in enumerate(wrong) if text]
    expect(not texts, f"{len(texts)} wrong\n" + "\n".join(texts[:3]))
    return f"{len(answers)} answers"
