# SPDX-License-Identifier: MIT
"""llama-cpp-python's server, which is slow to install: it is compiled."""
import json
import os
import threading
import time

import part_llama
from common import await_true, expect, expect_equal, free_port

TITLE = "llama-cpp-python"
QUICK = False

# For processors with AVX2, as the wheels of others are, not for this one only.
BUILD = {"CMAKE_ARGS": "-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF -DGGML_OPENMP=OFF",
         "CMAKE_BUILD_PARALLEL_LEVEL": os.environ.get("CHUTES_JOBS", "2")}
LONG = ["-p", "max_tokens=1500", "-p", "temperature=0", "Tell me a long story."]
WEATHER = json.dumps([part_llama.tool("get_weather", city="string",
                                      days="integer")])


class Server(part_llama.Llama):
    def __init__(self, part):
        super().__init__(part)
        self.compiled = part.install.venv()
        part.install.compile(self.compiled, BUILD)

    def start(self, log, model, **settings):
        port = free_port()
        options = {"model": model, "host": "127.0.0.1", "port": port,
                   "n_threads": 1, "n_threads_batch": 1, "n_ctx": 2048,
                   **settings}
        server = self.part.start(
            [self.compiled, "-m", "llama_cpp.server",
             *(word for name, value in options.items()
               for word in (f"--{name}", str(value)))], log)
        server.await_port(port)
        server.url = f"http://127.0.0.1:{port}/v1"
        return server


def check_interrupted(llama, server):
    """The server ends a stream, with [DONE], when the next request comes."""
    answers = []
    first = threading.Thread(target=lambda: answers.append(
        llama.part.run_chutes("chat", "--json", "-m", "m", *LONG,
                              url=server.url)))
    first.start()
    time.sleep(3)  # so that some text has arrived

    def is_interrupted():
        llama.choice(server, "hello", "-p", "max_tokens=1", "--no-stream")
        return answers
    await_true(is_interrupted, "the stream was not interrupted")
    first.join()
    answer = json.loads(answers[0].stdout)
    expect_equal(7, answers[0].returncode, "exit code")
    expect_equal("CHUTES_ERR_TRUNCATED", answer["error"]["status"], "status")
    expect_equal(False, answer["complete"], "complete")
    text = answer["choices"][0]["content"] or ""
    return f"{len(text)} characters had arrived"


def check_parallel(llama, server):
    counts = llama.calls(server, "Name a colour.", count=16, parallel=8,
                         max_tokens=8)
    expect_equal({"CHUTES_OK": 16}, counts["statuses"],
                 f"statuses ({counts['first_error']})")
    expect_equal(16, counts["attempts"], "attempts")


def check_named_tool(llama, server, *arguments):
    named = {"type": "function", "function": {"name": "get_weather"}}
    choice = llama.choice(server, "The weather in Rome for 2 days, please.",
                          "-p", f"tools={WEATHER}", "-p", "max_tokens=60", "-p",
                          f"tool_choice={json.dumps(named)}", *arguments)
    call, = choice["tool_calls"]
    expect_equal("get_weather", call["name"], "name")
    expect(call["id"], "an id")
    given = json.loads(call["arguments"])
    expect_equal({"city", "days"}, set(given), "arguments")


def check_schema(llama, server, *arguments):
    """It takes a schema in another form than OpenAI's."""
    wanted = json.dumps({"type": "json_object", "schema": part_llama.SCHEMA})
    text = llama.choice(server, "Invent a person.", "-p",
                        f"response_format={wanted}", "-p", "max_tokens=80",
                        *arguments)["content"]
    expect_equal({"name", "age", "colour"}, set(json.loads(text)), text)


def check_refused(llama, server):
    """What it can't do is HTTP 500, which is retried once."""
    answer = llama.answer(server, "chat", "-p", "json_schema={}", "hello",
                          code=1)
    expect_equal(("CHUTES_ERR_SERVER", 500, 2),
                 (answer["error"]["status"], answer["error"]["http_status"],
                  answer["attempts"]), "error")
    return answer["error"]["message"][:80]


def check_ways(llama, server, feature, what, function):
    for way, arguments in ("whole", ["--no-stream"]), ("streamed", []):
        llama.part.check(feature, f"{what}, {way}", function, llama, server,
                         *arguments)


def run(part):
    llama = Server(part)
    part.version = part.install.version_of(llama.compiled, "llama-cpp-python")
    server = llama.start("server", llama.smol)
    for feature in "chat", "stream":
        part.check(feature, "the text, streamed and whole",
                   part_llama.check_real_text, llama, server)
    part.check("truncation", "a stream interrupted by the next request",
               check_interrupted, llama, server)
    check_ways(llama, server, "JSON schema", "an object that fits the schema",
               check_schema)
    part.check("errors", "a format that it doesn't know", check_refused, llama,
               server)
    server.stop()
    server = llama.start("many", llama.smol, interrupt_requests=False)
    part.check("parallel", "8 streams at once", check_parallel, llama, server)
    server.stop()
    server = llama.start("tools", llama.smol,
                         chat_format="chatml-function-calling")
    check_ways(llama, server, "tools", "a named tool", check_named_tool)
    server.stop()
