# SPDX-License-Identifier: MIT
"""The LiteLLM proxy: the commands of examples/litellm, with `chutes mock` in place
of Chutes, then the proxy's own errors and every fault of a server behind it, and
last, two llama.cpp servers behind it."""
import json
import os
import re
import secrets
import shlex
import shutil

from common import NotOffered, expect, expect_equal, free_port
from litellm import engines, upstream

TITLE = "LiteLLM proxy"
QUICK = False
HERE = os.path.dirname(os.path.abspath(__file__))
GUIDE = os.path.join(HERE, "..", "..", "examples", "litellm")
GOOD = "sk-good"  # a key of litellm/keys.py, as are those below
CHUTES_KEY, LOCAL_KEY = "key-of-the-mock", "none"
TEXT = "".join(upstream.WORDS)
TOOLS = "tools=" + json.dumps([{"type": "function", "function": {
    "name": call["name"], "parameters": {"type": "object", "properties": {}}}}
    for call in upstream.CALLS])
# What the server behind the proxy does: the status, the HTTP status that the
# proxy makes of it, and the exit code of the command.
FAULTS = {
    "400": ("CHUTES_ERR_BAD_REQUEST", 400, 1),
    "401": ("CHUTES_ERR_AUTH", 401, 3),
    "402": ("CHUTES_ERR_QUOTA", 402, 4),
    "404": ("CHUTES_ERR_NOT_FOUND", 404, 1),
    "429": ("CHUTES_ERR_CAPACITY", 429, 4),
    "500": ("CHUTES_ERR_SERVER", 500, 1),
    "502": ("CHUTES_ERR_SERVER", 502, 1),
    "503": ("CHUTES_ERR_CAPACITY", 503, 1),
    "504": ("CHUTES_ERR_SERVER", 504, 1),
    "drop": ("CHUTES_ERR_SERVER", 500, 1),
}


class Launcher:
    """Starts proxies that accept the same master key."""

    def __init__(self, part):
        python = part.install.venv()
        part.version = part.install.version_of(python, "litellm")
        self.part = part
        self.command = os.path.join(os.path.dirname(python), "litellm")
        self.master_key = "sk-" + secrets.token_hex(24)

    def start(self, config, log, **env):
        """Returns the base URL of the proxy."""
        port = free_port()
        server = self.part.start(
            [self.command, "--config", config, "--host", "127.0.0.1",
             "--port", str(port)], log=log, cwd=os.path.dirname(config),
            env=dict(env, LITELLM_LOCAL_MODEL_COST_MAP="True",
                     NO_COLOR="1", LITELLM_MASTER_KEY=self.master_key))
        server.await_text("Uvicorn running on", 180)
        return f"http://127.0.0.1:{port}/v1/"


# ---- the guide ---------------------------------------------------------------


def guide_config(part, mock, local):
    """The guide's configuration with test servers in place of the others."""
    with open(os.path.join(GUIDE, "config.yaml"), encoding="utf-8") as file:
        text = file.read()
    for address, url in (("https://llm.chutes.ai/v1", mock.url),
                         ("https://embed.chutes.ai/v1", mock.url),
                         ("http://127.0.0.1:8080/v1", local.url)):
        expect_equal(1, text.count(address), address)
        text = text.replace(address, url)
    path = os.path.join(part.place, "guide.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def guide_commands():
    """The commands of the guide's last block, and what it exports."""
    with open(os.path.join(GUIDE, "README.md"), encoding="utf-8") as file:
        blocks = re.findall(r"```sh\n(.*?)```", file.read(), re.S)
    lines = blocks[-1].splitlines()
    expect(lines[0].startswith("export CHUTES_BASE_URL=http://127.0.0.1:4000"),
           lines[0])
    return [line for line in lines[1:] if line]


def run_at_guide(part, url, key, command):
    """Runs a command of the guide; returns what it prints."""
    program, *arguments = shlex.split(command)
    expect_equal("chutes", program)
    done = part.run_chutes(*arguments, url=url, key=key)
    expect_equal(0, done.returncode, f"{command}: {done.stderr}")
    expect(done.stdout.strip(), f"{command} prints nothing")
    return done.stdout


def check_command(part, url, key, command):
    text = run_at_guide(part, url, key, command)
    if command.startswith("chutes models"):
        expect(all(name in text for name in ("deepseek", "embeddings",
                                             "local")), text)
    elif "--json" in command:
        expect(json.loads(text)["complete"], text)


def check_embeddings(part, url, key):
    text = run_at_guide(part, url, key, "chutes embed -m embeddings 'a word' "
                        "'another word' 'a word'")
    rows = [json.loads(line)["embedding"] for line in text.splitlines()]
    expect_equal(3, len(rows), "vectors")
    expect(rows[0] == rows[2] != rows[1], "the order of the vectors")


def check_wrong_key(part, url):
    answer = part.answer("chat", "-m", "local", "hello", url=url,
                         key="sk-wrong", code=1)
    expect_equal((400, "no_db_connection"), (answer["error"]["http_status"],
                                             answer["error"]["type"]))
    return "without a database it is 400 no_db_connection"


def feature_of(command):
    word = command.split()[1]
    if word == "chat":
        return "chat" if "--no-stream" in command else "stream"
    return {"embed": "embeddings"}.get(word, word)


def check_guide(part, launcher):
    mock = part.start_mock("--any-model", "--require-key", CHUTES_KEY)
    local = part.start_mock("--any-model", "--require-key", LOCAL_KEY,
                            log="local")
    url = launcher.start(guide_config(part, mock, local), "guide",
                         CHUTES_API_KEY=CHUTES_KEY)
    for command in guide_commands():
        part.check(feature_of(command), command, check_command, part, url,
                   launcher.master_key, command)
    part.check("embeddings", "three vectors in order", check_embeddings, part,
               url, launcher.master_key)
    part.check("errors", "a wrong key", check_wrong_key, part, url)


# ---- answers -----------------------------------------------------------------


class Proxy:
    """The second proxy, and the server behind it."""

    def __init__(self, part, url, server):
        self.part, self.url, self.server = part, url, server

    def chat(self, play, *arguments, key=GOOD, model="play", code=0):
        self.server.requests.clear()
        return self.part.answer("chat", "-m", model, "--retries", "0",
                                *arguments, play, url=self.url, key=key,
                                code=code)

    def sent(self):
        """Headers and body of the only request that the proxy passed on."""
        (path, headers, body), = self.server.requests
        expect_equal("/v1/chat/completions", path)
        return {name.lower(): value for name, value in headers.items()}, body


def check_text(proxy, way):
    choice, = proxy.chat("hello", *way)["choices"]
    expect_equal((TEXT, "stop"), (choice["content"], choice["finish_reason"]))


def check_length(proxy, way):
    choice, = proxy.chat("length", *way)["choices"]
    expect_equal("length", choice["finish_reason"])


def check_reasoning(proxy, way):
    choice, = proxy.chat("reasoning", *way)["choices"]
    expect_equal((TEXT, "Let me think."),
                 (choice["content"], choice["reasoning"]))


def check_tools(proxy, way):
    choice, = proxy.chat("tools", "-p", TOOLS, *way)["choices"]
    expect_equal("tool_calls", choice["finish_reason"])
    expect_equal(upstream.CALLS,
                 [{key: call[key] for key in ("id", "name", "arguments")}
                  for call in choice["tool_calls"]])
    names = [tool["function"]["name"] for tool in proxy.sent()[1]["tools"]]
    expect_equal([call["name"] for call in upstream.CALLS], names, "sent")


def check_refused_tools(proxy):
    answer = proxy.chat("tools", "-p", TOOLS, model="no-tools", code=1)
    expect_error(answer, "CHUTES_ERR_BAD_REQUEST", 400)
    expect("['tools']" in answer["error"]["message"], "the parameter's name")
    expect_equal([], proxy.server.requests, "requests behind the proxy")


def check_two_choices(proxy, way):
    answer = proxy.chat("hello", "-p", "n=2", *way)
    expect_equal([TEXT, TEXT],
                 [choice["content"] for choice in answer["choices"]])
    if not way:
        # LiteLLM drops the second finish_reason.
        expect_equal(["no_finish_reason"], answer["warnings"])


def check_forwarded(proxy):
    proxy.chat("hello", "-s", "Be brief.", "-p", "temperature=0.25", "-p",
               "seed=7", "-p", "top_k=5", "-p", "min_p=0.1", "-p",
               'stop=["x"]', "-p", "max_tokens=9", "-p",
               'chat_template_kwargs={"enable_thinking":false}')
    headers, body = proxy.sent()
    expect_equal("Bearer " + upstream.KEY, headers["authorization"])
    expect(GOOD not in json.dumps(headers) and "x-api-key" not in headers,
           "the key of the proxy was passed on")
    expect_equal(
        {"model": "play", "stream": True, "temperature": 0.25, "seed": 7,
         "stream_options": {"include_usage": True}, "top_k": 5, "min_p": 0.1,
         "stop": ["x"], "max_tokens": 9,
         "chat_template_kwargs": {"enable_thinking": False},
         "messages": [{"role": "system", "content": "Be brief."},
                      {"role": "user", "content": "hello"}]}, body)


def check_x_api_key(proxy):
    answer = proxy.chat("hello", "--auth", "x-api-key")
    expect_equal(TEXT, answer["choices"][0]["content"])
    headers, _ = proxy.sent()
    expect_equal("Bearer " + upstream.KEY, headers["authorization"])
    expect(GOOD not in json.dumps(headers), "the key was passed on")


# ---- errors ------------------------------------------------------------------


def expect_error(answer, status, http_status):
    error = answer["error"] or {}
    expect_equal((status, http_status),
                 (error.get("status"), error.get("http_status")),
                 json.dumps(answer))


def check_unknown_key(proxy):
    expect_error(proxy.chat("hello", key="sk-unknown", code=3),
                 "CHUTES_ERR_AUTH", 401)


def check_budget(proxy):
    answer = proxy.chat("hello", "--retries", "5", key="sk-spent", code=4)
    error = answer["error"]
    expect_equal(("CHUTES_ERR_QUOTA", "budget_exceeded", 1),
                 (error["status"], error["type"], answer["attempts"]))
    return f"HTTP {error['http_status']}"


def check_key_limit(proxy):
    proxy.chat("hello", key="sk-slow")
    answer = proxy.chat("hello", key="sk-slow", code=4)
    expect_error(answer, "CHUTES_ERR_RATE_LIMITED", 429)
    wait = answer["error"]["retry_after_ms"]
    expect(0 < wait <= 60000, f"retry_after_ms {wait}")


def check_unknown_model(proxy):
    expect_error(proxy.chat("hello", model="nobody", code=1),
                 "CHUTES_ERR_BAD_REQUEST", 400)


def check_fault(proxy, play, way):
    status, http_status, code = FAULTS[play]
    answer = proxy.chat(play, *way, code=code)
    expect_error(answer, status, http_status)
    expect_equal(1, len(proxy.server.requests), "requests behind the proxy")
    if play == "429":
        expect_equal(7000, answer["error"]["retry_after_ms"],
                     "retry_after_ms, from llm_provider-retry-after")


def check_bad_answer(proxy, play):
    expect_error(proxy.chat(play, "--no-stream", code=1),
                 "CHUTES_ERR_SERVER", 500)


def check_broken_stream(proxy, play):
    answer = proxy.chat(play, code=1)
    expect_error(answer, "CHUTES_ERR_STREAM", 200)
    expect(not answer["complete"], "complete")
    text = answer["choices"][0]["content"]
    expect(text and TEXT.startswith(text), text)


def check_hidden_end(proxy, play):
    """LiteLLM ends these streams with a finish_reason that the server never
    sent, so that no client can know."""
    answer = proxy.chat(play)
    expect_equal("stop", answer["choices"][0]["finish_reason"])
    raise NotOffered("LiteLLM makes a finish_reason up")


def check_chutes_embeddings(proxy):
    done = proxy.part.run_chutes("embed", "-m", "chutes-embeddings", "x",
                                 url=proxy.url, key=GOOD)
    expect_equal(1, done.returncode, done.stderr)
    expect("Unmapped LLM provider" in done.stderr, done.stderr)


def check_all(proxy):
    check = proxy.part.check
    for name, way in (("streamed", []), ("whole", ["--no-stream"])):
        for feature, what, function in (
                ("chat" if way else "stream", "text", check_text),
                ("chat" if way else "stream", "length", check_length),
                ("chat" if way else "stream", "n = 2", check_two_choices),
                ("reasoning", "reasoning", check_reasoning),
                ("tools", "tool calls", check_tools)):
            check(feature, f"{what}, {name}", function, proxy, way)
        for play in FAULTS:
            check("errors", f"{play} behind the proxy, {name}", check_fault,
                  proxy, play, way)
    check("tools", "without allowed_openai_params", check_refused_tools, proxy)
    check("chat", "what is passed on", check_forwarded, proxy)
    check("chat", "X-API-Key", check_x_api_key, proxy)
    check("errors", "an unknown key", check_unknown_key, proxy)
    check("errors", "an exceeded budget is a quota", check_budget, proxy)
    check("errors", "the rate limit of a key", check_key_limit, proxy)
    check("errors", "an unknown model", check_unknown_model, proxy)
    check("errors", "chutes/ has no embeddings", check_chutes_embeddings, proxy)
    for play in ("not-json", "page"):
        check("errors", f"{play} behind the proxy", check_bad_answer, proxy,
              play)
    for play in ("cut", "error-event", "garbage"):
        check("truncation", f"{play} behind the proxy", check_broken_stream,
              proxy, play)
    for play in ("bare-error", "no-finish", "end", "page"):
        check("truncation", f"{play} behind the proxy, streamed",
              check_hidden_end, proxy, play)


def run(part):
    launcher = Launcher(part)
    check_guide(part, launcher)
    for name in ("config.yaml", "keys.py", "llama.yaml"):
        shutil.copy(os.path.join(HERE, "litellm", name), part.place)
    with upstream.Upstream() as server:
        url = launcher.start(os.path.join(part.place, "config.yaml"), "proxy",
                             UPSTREAM_URL=server.url,
                             UPSTREAM_KEY=upstream.KEY)
        check_all(Proxy(part, url, server))
        part.stop_all()
    engines.check_all(part, launcher)
