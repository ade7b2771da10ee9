# SPDX-License-Identifier: MIT
"""The command-line tool `llm` as a client of `chutes mock`."""
import json
import os
import subprocess

from clients import sdk
from common import expect, expect_equal

TITLE = "`chutes mock` with llm"
QUICK = False
TEXT = sdk.TEXT
MODELS = "".join(f"""
- model_id: {name}
  model_name: demo/{name}-1
  api_base: {{url}}
  api_key_name: none
  supports_tools: true
  supports_schema: true
""" for name in ("parrot", "markov"))
FUNCTION = '''
def get_weather(city: str) -> str:
    """The weather in a city."""
    return "sunny in " + city
'''
# Feature, in words, options.
WAYS = (("stream", "streamed", []), ("chat", "whole", ["--no-stream"]))
# Option of the mock, what llm prints as it fails in mid-stream. It sets no
# timeout, so that --stall-after is not tried.
BROKEN = (
    ("--cut-after=3", "Connection error."),
    ("--reset-after=3", "Connection error."),
    ("--error-after=3", "The demo was told to fail here."),
    ("--garbage-after=3", "Expecting value"),
)


class Llm:
    def __init__(self, part):
        python = part.install.venv()
        part.version = part.install.version_of(python, "llm")
        self.part = part
        self.command = os.path.join(os.path.dirname(python), "llm")
        self.home = os.path.join(part.place, "home")
        os.makedirs(self.home, exist_ok=True)

    def run_at(self, mock, model, *arguments):
        path = os.path.join(self.home, "extra-openai-models.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(MODELS.format(url=mock.url))
        return subprocess.run(
            [self.command, "--no-log", "-m", model, "--key", "test-key",
             *arguments], encoding="utf-8", timeout=60, capture_output=True,
            stdin=subprocess.DEVNULL,
            env=dict(os.environ, LLM_USER_PATH=self.home))

    def run(self, options, model, *arguments):
        mock = self.part.start_mock("--quiet", *options)
        done = self.run_at(mock, model, *arguments)
        mock.stop()
        return done


def expect_text(text, done):
    expect_equal((0, text + "\n"), (done.returncode, done.stdout), done.stderr)


def check_text(llm, way, options=()):
    done = llm.run(options, "parrot", "--usage", *way, TEXT)
    expect_text(TEXT, done)
    expect(done.stderr.startswith("Token usage: "), done.stderr)


def check_tools(llm, way):
    done = llm.run([], "markov", *way, "--functions", FUNCTION,
                   "--tools-debug", "weather")
    expect_equal(0, done.returncode, done.stderr)
    expect("Tool call: get_weather({'city': " in done.stderr, done.stderr)
    expect('The tool answered "sunny in ' in done.stdout, done.stdout)


def check_schema(llm, way):
    done = llm.run([], "markov", *way, "--schema", "name, red int", "hello")
    expect_equal(0, done.returncode, done.stderr)
    value = json.loads(done.stdout)
    expect_equal([["name", "red"], str, int],
                 [sorted(value), type(value["name"]), type(value["red"])])


def check_refusal(llm, option, status):
    wanted = f"Error code: {status}" if status else "Connection error."
    for _, _, way in WAYS:
        done = llm.run([option], "parrot", *way, TEXT)
        expect_equal((1, ""), (done.returncode, done.stdout.strip()),
                     done.stderr)
        expect(wanted in done.stderr, done.stderr)


def check_retry(part, llm):
    """The second request to the same server is refused, and sent again."""
    mock = part.start_mock("--quiet", "--429-every=2")
    for _ in range(2):
        expect_text(TEXT, llm.run_at(mock, "parrot", TEXT))
    mock.stop()


def check_broken(llm, option, wanted):
    done = llm.run([option], "parrot", TEXT)
    expect_equal(1, done.returncode, done.stdout + done.stderr)
    expect(wanted in done.stderr, done.stderr)
    return done.stderr.strip().splitlines()[-1]


def run(part):
    llm = Llm(part)
    for feature, name, way in WAYS:
        part.check(feature, f"text, {name}", check_text, llm, way)
        part.check("tools", f"tool calls, {name}", check_tools, llm, way)
        part.check("JSON schema", f"schema, {name}", check_schema, llm, way)
    for option, status, _ in sdk.REFUSALS:
        part.check("errors", option, check_refusal, llm, option, status)
    part.check("retries", "--429-every=2", check_retry, part, llm)
    for option, text in BROKEN:
        part.check("truncation", option, check_broken, llm, option, text)
    for option in ("--split-bytes=1", "--no-done", "--choice-ids",
                   "--close-after"):
        part.check("stream", option, check_text, llm, [], [option])
    part.not_offered("models", "it doesn't ask the server for its models")
    part.not_offered("embeddings", "only of OpenAI's own server")
