# SPDX-License-Identifier: MIT
"""aimock, an OpenAI-compatible server that plays what npm/aimock/server.mjs
says."""
import json
import os
import urllib.request

from common import expect, expect_equal

TITLE = "aimock"
QUICK = True
KEY = "test-key-0123456789"
HELLO = "Hello from a server that others wrote, with a ☃ and a 𝄞 in it."
BROKEN = "This answer is long enough to be cut in the middle of it."


def chat(part, server, prompt, *arguments, **more):
    return part.answer("chat", "-m", "m", *arguments, prompt, url=server.url,
                       **more)


def expect_error(answer, status, **members):
    for key, value in dict(status=status, **members).items():
        expect_equal(value, answer["error"][key], key)


# ---- the checks ------------------------------------------------------------


def check_hello(part, server, arguments):
    answer = chat(part, server, "say hello", *arguments)
    choice, = answer["choices"]
    expect_equal(
        ["done", True, 1, [], HELLO, "stop", []],
        [answer["end"], answer["complete"], answer["attempts"],
         answer["warnings"], choice["content"], choice["finish_reason"],
         choice["tool_calls"]])


def check_text(part, server):
    done = part.run_chutes("chat", "-m", "m", "say hello", url=server.url)
    expect_equal((0, HELLO + "\n"), (done.returncode, done.stdout), done.stderr)


def check_reasoning(part, server):
    choice, = chat(part, server, "think first")["choices"]
    expect_equal(("Forty-two.", "6 × 7"),
                 (choice["content"], choice["reasoning"]))


def check_tools(part, server, arguments):
    choice, = chat(part, server, "what is the weather", *arguments)["choices"]
    expect_equal("tool_calls", choice["finish_reason"], "finish_reason")
    calls = choice["tool_calls"]
    expect_equal(["get_weather", "get_time"], [call["name"] for call in calls])
    expect_equal({"city": "Zürich", "days": 3},
                 json.loads(calls[0]["arguments"]))
    expect_equal("{}", calls[1]["arguments"])
    expect_equal(2, len({call["id"] for call in calls}), "ids")


def check_key(part, locked):
    answer = chat(part, locked, "say hello", key="wrong-key-9876543210", code=3)
    expect_error(answer, "CHUTES_ERR_AUTH", http_status=401)
    expect("wrong-key" not in json.dumps(answer), "the key is in the answer")
    answer = chat(part, locked, "say hello", key=KEY)
    expect_equal(None, answer["error"], "error")


def check_rate_limit(part, server, arguments):
    answer = chat(part, server, "too often", *arguments, code=4)
    expect_error(answer, "CHUTES_ERR_RATE_LIMITED", http_status=429,
                 type="rate_limit_error")
    expect("Slow down." in answer["error"]["message"], "the server's words")


def check_not_found(part, server):
    answer = chat(part, server, "nobody wrote an answer to this", code=1)
    expect_error(answer, "CHUTES_ERR_NOT_FOUND", code="no_fixture_match")


def check_malformed(part, server, arguments):
    answer = chat(part, server, "garble it", *arguments, code=1)
    expect_error(answer, "CHUTES_ERR_PROTOCOL")
    expect(not answer["complete"], "complete")


def check_disconnect(part, server, arguments):
    answer = chat(part, server, "hang up", *arguments, code=5)
    expect_error(answer, "CHUTES_ERR_CONNECTION_LOST")
    expect_equal(1, answer["attempts"], "attempts")


def check_cut(part, server):
    answer = chat(part, server, "break off", code=7)
    expect_equal(("truncated", False), (answer["end"], answer["complete"]))
    expect_error(answer, "CHUTES_ERR_TRUNCATED")
    text = answer["choices"][0]["content"]
    expect(text and BROKEN.startswith(text) and text != BROKEN, text)


def check_models(part, server):
    done = part.run_chutes("models", "--json", url=server.url)
    expect_equal(0, done.returncode, done.stderr)
    expect("gpt-4o" in done.stdout, done.stdout)


def check_embeddings(part, server):
    done = part.run_chutes("embed", "-m", "e", "--json", "a word",
                           url=server.url)
    expect_equal(0, done.returncode, done.stderr)
    expect("embedding" in done.stdout, done.stdout)


# ---- the journal -------------------------------------------------------------


def journal(server):
    """What the server recorded since the last time."""
    base = server.url.removesuffix("v1/") + "__aimock/"
    with urllib.request.urlopen(base + "journal", timeout=10) as response:
        entries = json.load(response)
    reset = urllib.request.Request(base + "reset/journal", method="POST")
    urllib.request.urlopen(reset, timeout=10).close()
    return entries


def check_request(part, server):
    journal(server)
    chat(part, server, "say hello", "-p", "temperature=0.25", "-p", "seed=7",
         "-s", "Be brief.", key=KEY)
    entry, = journal(server)
    expect_equal(("POST", "/v1/chat/completions"),
                 (entry["method"], entry["path"]))
    for name, value in (("model", "m"), ("temperature", 0.25), ("seed", 7),
                        ("stream", True),
                        ("messages", [{"role": "system",
                                       "content": "Be brief."},
                                      {"role": "user",
                                       "content": "say hello"}])):
        expect_equal(value, entry["body"][name], name)
    expect_equal("application/json", entry["headers"]["content-type"])


def check_retries(part, server):
    journal(server)
    answer = chat(part, server, "too often", "--retries", "2", code=4)
    expect_equal(3, answer["attempts"], "attempts")
    expect_equal([429] * 3, [entry["response"]["status"]
                             for entry in journal(server)], "POSTs")


def start(part, keys=""):
    folder = part.install.npm()
    server = part.start([part.install.node(), "server.mjs"], cwd=folder,
                        log="locked" if keys else "open",
                        env={"AIMOCK_API_KEYS": keys})
    server.url = server.await_text(r"^http://127\.0\.0\.1:\d+$").group() + \
        "/v1/"
    return server


def run(part):
    server, locked = start(part), start(part, KEY)
    part.version = part.install.npm_version("@copilotkit/aimock")
    for name, arguments in (("streamed", []), ("whole", ["--no-stream"])):
        for feature, what, check in (
                ("stream" if not arguments else "chat", "hello", check_hello),
                ("tools", "tool calls", check_tools),
                ("errors", "429 is a rate limit", check_rate_limit),
                ("errors", "malformed JSON is no answer", check_malformed),
                ("errors", "a disconnect is a lost connection",
                 check_disconnect)):
            part.check(feature, f"{what}, {name}", check, part, server,
                       arguments)
    part.check("chat", "text alone goes to standard output", check_text, part,
               server)
    part.check("reasoning", "reasoning apart from the answer", check_reasoning,
               part, server)
    part.check("errors", "401, and the right key", check_key, part, locked)
    part.check("errors", "404 with the server's code", check_not_found, part,
               server)
    part.check("truncation", "a disconnect in the middle keeps what arrived",
               check_cut, part, server)
    part.check("models", "models", check_models, part, server)
    part.check("embeddings", "embeddings", check_embeddings, part, server)
    part.check("chat", "the request in the journal", check_request, part,
               server)
    part.check("retries", "attempts are POSTs in the journal", check_retries,
               part, server)
