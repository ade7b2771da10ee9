# SPDX-License-Identifier: MIT
"""mock-llm, an OpenAI-compatible server that plays what
npm/mock_llm/config.yaml says."""
import json

from common import expect, expect_equal, free_port

TITLE = "mock-llm"
QUICK = True
KEY = "test-key-0123456789"


def start(part):
    """It would listen on all interfaces, without HOST, and on a fixed port."""
    folder, port = part.install.npm(), free_port()
    server = part.start(
        [part.install.node(), "node_modules/@dwmkerr/mock-llm/dist/main.js",
         "--config", "config.yaml"], cwd=folder,
        env={"HOST": "127.0.0.1", "PORT": str(port)})
    server.await_text(f"server running on 127.0.0.1:{port}")
    server.url = f"http://127.0.0.1:{port}/v1/"
    return server


def chat(part, server, prompt, *arguments, **more):
    return part.answer("chat", "-m", "m", "--retries", "0", *arguments, prompt,
                       url=server.url, key=KEY, **more)


def check_text(part, server, arguments):
    answer = chat(part, server, "☃ and 𝄞", *arguments)
    choice, = answer["choices"]
    expect_equal(("done", True, "You said: ☃ and 𝄞", "stop"),
                 (answer["end"], answer["complete"], choice["content"],
                  choice["finish_reason"]))


def check_request(part, server, arguments):
    answer = chat(part, server, "repeat the request", "-p", "temperature=0.5",
                  *arguments)
    stream = "null" if arguments else "true"
    expect_equal(f"Bearer {KEY} 0.5 {stream}", answer["choices"][0]["content"])


def check_tools(part, server):
    choice, = chat(part, server, "what is the weather",
                   "--no-stream")["choices"]
    call, = choice["tool_calls"]
    expect_equal(("tool_calls", "call_1", "get_weather", '{"city":"Zürich"}'),
                 (choice["finish_reason"], call["id"], call["name"],
                  call["arguments"]))


def check_error(part, server, case):
    prompt, arguments, code, status, http_status, words = case
    answer = chat(part, server, prompt, *arguments, code=code)
    error = answer["error"]
    expect_equal((status, http_status), (error["status"],
                                         error["http_status"]))
    expect(words in error["message"], error["message"])
    expect(not answer["complete"], "complete")


def check_models(part, server):
    done = part.run_chutes("models", "--json", url=server.url)
    expect_equal(["mock-1"], [model["id"] for model in
                              json.loads(done.stdout)])


def check_posts(part, server):
    def posts():
        return server.text().count("\nPOST /v1/chat/completions")
    before = posts()
    answer = part.answer("chat", "-m", "m", "--no-stream", "--retries", "2",
                         "error 429", url=server.url, key=KEY, code=4)
    expect_equal((3, 3), (answer["attempts"], posts() - before))


WHOLE = ["--no-stream"]
# It streams errors with status 200, and can't stream tool calls: those fail in
# its code.
ERRORS = (
    ("error 401", WHOLE, 3, "CHUTES_ERR_AUTH", 401, "Incorrect API key"),
    ("error 401", [], 1, "CHUTES_ERR_STREAM", 200, "Incorrect API key"),
    ("error 429", WHOLE, 4, "CHUTES_ERR_RATE_LIMITED", 429, "Rate limit"),
    ("error 429", [], 1, "CHUTES_ERR_STREAM", 200, "Rate limit"),
    ("no choices", WHOLE, 1, "CHUTES_ERR_PROTOCOL", 200, "no chat completion"),
    ("no choices", [], 1, "CHUTES_ERR_SERVER", 500, "Cannot read properties"),
    ("not JSON", WHOLE, 1, "CHUTES_ERR_SERVER", 500, "end of JSON input"),
    ("what is the weather", [], 1, "CHUTES_ERR_SERVER", 500,
     "Cannot read properties"),
)


def run(part):
    server = start(part)
    part.version = part.install.npm_version("@dwmkerr/mock-llm")
    for feature, name, arguments in (("stream", "streamed", []),
                                     ("chat", "whole", WHOLE)):
        part.check(feature, f"text, {name}", check_text, part, server,
                   arguments)
        part.check(feature, f"the request as the server saw it, {name}",
                   check_request, part, server, arguments)
    part.check("tools", "tool calls, whole", check_tools, part, server)
    for case in ERRORS:
        part.check("errors", f"{case[0]}, {'whole' if case[1] else 'streamed'}",
                   check_error, part, server, case)
    part.check("models", "models", check_models, part, server)
    part.check("retries", "attempts are POSTs in the log", check_posts, part,
               server)
    part.not_offered("embeddings", "the server has none")
