# SPDX-License-Identifier: MIT
"""openai-python as a client of `chutes mock`: what the mock server says is what
OpenAI's own client understands, and each of its faults has an effect there. The
programs in same_tasks do what the examples of the same names do."""
import os
import subprocess

from clients import sdk
from common import expect, expect_equal

TITLE = "`chutes mock` with openai-python"
QUICK = True
HERE = os.path.dirname(os.path.abspath(__file__))
# Feature, program, arguments. The second run of a program finds its file.
PROGRAMS = (
    ("chat", "conversation", ["talk.json", "Hello!"]),
    ("chat", "conversation", ["talk.json", "Hello again!"]),
    ("tools", "agent", ["A table in Rome."]),
    ("embeddings", "rag", []),
    ("JSON schema", "structured", ["Who was Ada?"]),
    ("chat", "batch", ["A", "B"]),
)


def check_program(part, python, name, arguments):
    mock = part.start_mock("--quiet")
    program = os.path.join(HERE, "same_tasks", name + ".py")
    done = subprocess.run(
        [python, "-B", program, *arguments], cwd=part.place, text=True,
        env={**os.environ, "OPENAI_BASE_URL": mock.url, "OPENAI_API_KEY": "k"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60)
    mock.stop()
    expect_equal(0, done.returncode, done.stderr)
    expect(done.stdout.strip(), "nothing was printed")


def run(part):
    python = part.install.venv("clients")
    part.version = part.install.version_of(python, "openai")
    program = os.path.join(HERE, "clients", "mock_client.py")
    sdk.check_all(part, sdk.Sdk(part, [python, "-B", program]), 1)
    talk = os.path.join(part.place, "talk.json")
    if os.path.exists(talk):
        os.remove(talk)
    for feature, name, arguments in PROGRAMS:
        part.check(feature, " ".join([name, *arguments]), check_program, part,
                   python, name, arguments)
