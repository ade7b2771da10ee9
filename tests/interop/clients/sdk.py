# SPDX-License-Identifier: MIT
"""The checks of an OpenAI SDK as a client of `chutes mock`."""
import json
import subprocess

from common import NotOffered, expect_equal

TEXT = "Grüße, 𝄞!"
CALL = ["tool_calls", "get_weather", ["city"]]
# Feature, action, result.
OFFERS = (
    ("chat", "chat", [TEXT, "stop"]),
    ("stream", "stream", [TEXT, "stop", True]),
    ("tools", "tools", CALL),
    ("tools", "stream_tools", CALL),
    ("JSON schema", "schema", [["name", "red"], True, True]),
    ("embeddings", "embeddings", [3, True, True]),
    ("models", "models", True),
)
# Option of the mock, HTTP status, exception for a stream and a whole answer.
REFUSALS = (
    ("--require-key=another-key", 401, "AuthenticationError"),
    ("--429-every=1", 429, "RateLimitError"),
    ("--budget-every=1", 429, "RateLimitError"),
    ("--500-every=1", 500, "InternalServerError"),
    ("--503-every=1", 503, "InternalServerError"),
    ("--html-every=1", 502, "InternalServerError"),
    ("--504-every=1", 504, "InternalServerError"),
    ("--drop-every=1", None, "APIConnectionError"),
)
# Option of the mock, exception in openai-python, exception in openai-node. The
# timeout of openai-node ends with the headers; Node.js itself waits for 300 s.
BROKEN = (
    ("--cut-after=3", "APIConnectionError", "TypeError"),
    ("--reset-after=3", "APIConnectionError", "TypeError"),
    ("--stall-after=3", "APITimeoutError", None),
    ("--error-after=3", "APIError", "APIError"),
    ("--garbage-after=3", "JSONDecodeError", "SyntaxError"),
)
# Option of the mock, result of a stream: none of these is a fault to the SDKs.
HARMLESS = (
    ("--split-bytes=1", [TEXT, "stop", True]),
    ("--no-done", [TEXT, "stop", True]),
    ("--choice-ids", [TEXT, "stop", True]),
    ("--close-after", [TEXT, "stop", True]),
    ("--no-finish", [TEXT, None, True]),
)


class Sdk:
    """Performs one action at a time in a process of the SDK."""

    def __init__(self, part, command, cwd=None):
        self.part = part
        self.process = subprocess.Popen(
            command, cwd=cwd, text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)

    def perform(self, options, action):
        mock = self.part.start_mock("--quiet", *options)
        outcome = self.perform_at(mock, action)
        mock.stop()
        return outcome

    def perform_at(self, mock, action, retries=0):
        task = {"url": mock.url, "key": "test-key", "action": action,
                "retries": retries}
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def check_result(sdk, options, action, result):
    outcome = sdk.perform(options, action)
    if outcome["exception"] == "NotOffered":
        raise NotOffered("no such method")
    expect_equal((result, None), (outcome["result"], outcome["exception"]),
                 outcome.get("message", ""))


def check_refusal(sdk, option, status, exception):
    for action in ("chat", "stream"):
        outcome = sdk.perform([option], action)
        expect_equal((exception, status),
                     (outcome["exception"], outcome["status"]), action)


def check_retry(part, sdk):
    """The second request to the same server is refused, and sent again."""
    mock = part.start_mock("--quiet", "--429-every=2")
    for _ in range(2):
        outcome = sdk.perform_at(mock, "chat", 1)
        expect_equal([TEXT, "stop"], outcome["result"])
    mock.stop()


def check_broken(sdk, option, exception):
    if exception is None:
        raise NotOffered("no timeout for the body of an answer")
    outcome = sdk.perform([option], "stream")
    expect_equal(exception, outcome["exception"], outcome.get("message", ""))
    return exception


def check_all(part, sdk, column):
    """`column` is that of BROKEN for this SDK."""
    for feature, action, result in OFFERS:
        part.check(feature, action, check_result, sdk, [], action, result)
    for option, status, exception in REFUSALS:
        part.check("errors", option, check_refusal, sdk, option, status,
                   exception)
    part.check("retries", "--429-every=2", check_retry, part, sdk)
    for row in BROKEN:
        part.check("truncation", row[0], check_broken, sdk, row[0],
                   row[column])
    for option, result in HARMLESS:
        part.check("stream", option, check_result, sdk, [option], "stream",
                   result)
    sdk.stop()
