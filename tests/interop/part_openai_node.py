# SPDX-License-Identifier: MIT
"""openai-node as a client of `chutes mock`, as in part_openai_python.py."""
from clients import sdk

TITLE = "`chutes mock` with openai-node"
QUICK = True


def run(part):
    folder = part.install.npm("clients")
    part.version = part.install.npm_version("openai", "clients")
    command = [part.install.node(22, 0), "mock_client.mjs"]
    sdk.check_all(part, sdk.Sdk(part, command, folder), 2)
