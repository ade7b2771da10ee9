# SPDX-License-Identifier: MIT
"""LangChain's ChatOpenAI and OpenAIEmbeddings as clients of `chutes mock`."""
import os

from clients import sdk

TITLE = "`chutes mock` with langchain-openai"
QUICK = False
HERE = os.path.dirname(os.path.abspath(__file__))


def run(part):
    python = part.install.venv()
    part.version = part.install.version_of(python, "langchain-openai")
    program = os.path.join(HERE, "clients", "langchain_client.py")
    sdk.check_all(part, sdk.Sdk(part, [python, "-B", program]), 1)
