# SPDX-License-Identifier: MIT
"""openai-python as a client of `chutes mock`: what the mock server says is what
OpenAI's own client understands, and each of its faults has an effect there."""
import os

from clients import sdk

TITLE = "`chutes mock` with openai-python"
QUICK = True
HERE = os.path.dirname(os.path.abspath(__file__))


def run(part):
    python = part.install.venv("clients")
    part.version = part.install.version_of(python, "openai")
    program = os.path.join(HERE, "clients", "mock_client.py")
    sdk.check_all(part, sdk.Sdk(part, [python, "-B", program]), 1)
