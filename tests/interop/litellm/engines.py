# SPDX-License-Identifier: MIT
"""The proxy in front of llama.cpp servers: some checks of their own part."""
import os

import part_llama
from common import await_true, expect_equal


class Behind(part_llama.Llama):
    """Adds the key of the proxy, which stands in place of a server."""

    def __init__(self, part, key):
        super().__init__(part)
        self.url, self.key = None, key

    def answer(self, server, command, *arguments, **more):
        return super().answer(server, command, *arguments, key=self.key, **more)


def check_both(proxy, servers):
    def both_worked():
        choice = proxy.choice(proxy, "hello")
        expect_equal(part_llama.HELLO, choice["content"], "text")
        return all(map(part_llama.tasks, servers))
    await_true(both_worked, "only one server was asked")


def check_all(part, launcher):
    proxy = Behind(part, launcher.master_key)
    servers = [proxy.start(name, proxy.scripted, n_parallel=1,
                           n_ctx=part_llama.SLOT)
               for name in ("first", "second")]
    proxy.url = launcher.start(
        os.path.join(part.place, "llama.yaml"), "llama",
        FIRST_URL=servers[0].url, SECOND_URL=servers[1].url,
        SMOL_URL=proxy.start_smol("smol").url,
        EMBEDDINGS_URL=proxy.start_embeddings("embeddings").url)
    for way, arguments in ("whole", ["--no-stream"]), ("streamed", []):
        for feature, what, function in (
                ("chat" if arguments else "stream", "text",
                 part_llama.check_text),
                ("chat" if arguments else "stream", "stop",
                 part_llama.check_stop),
                ("chat" if arguments else "stream", "length",
                 part_llama.check_length),
                ("reasoning", "reasoning", part_llama.check_reasoning),
                ("tools", "tool calls", part_llama.check_tools),
                ("tools", "a tool's result", part_llama.check_tool_result)):
            part.check(feature, f"{what} of llama.cpp, {way}", function, proxy,
                       proxy, *arguments)
    part.check("parallel", "two llama.cpp servers", check_both, proxy, servers)
    proxy.model = "smol"
    part_llama.check_constrained(proxy, proxy)
    proxy.model = "embeddings"
    part.check("embeddings", "vectors of llama.cpp, floats and base64",
               part_llama.check_embeddings, proxy, proxy)
