#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The chutes command against two servers on this host: a scripted one below and
`chutes mock`.

Usage: test_cli.py [BUILD_DIR] [TEST...]      else CHUTES_BUILD_DIR, else build/
"""
import base64
import fcntl
import json
import os
import pty
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get(
    "CHUTES_BUILD_DIR", os.path.join(HERE, "../../build")))
if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
    BUILD = os.path.abspath(sys.argv.pop(1))
LIMIT = 60  # seconds; nothing here takes more than one unless it hangs


def chutes():
    return os.path.join(BUILD, "chutes")


def is_plain():
    """Was the command built without sanitizers?"""
    with open(chutes(), "rb") as program:
        return re.search(rb"__[at]san_init", program.read()) is None


def peak_memory(pid):
    """The most memory in KiB that a process that still runs has held. The
    ru_maxrss of wait4() counts what this program held before the fork, too."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1])


def waiting_bytes(pipe):
    """How many bytes can be read from a pipe."""
    count = bytearray(4)
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


# ---- a server that does what the name of the model says -------------------

def chunk(**delta):
    reason = delta.pop("finish_reason", None)
    index = delta.pop("index", 0)
    return {"id": "chat-1", "object": "chat.completion.chunk",
            "model": "served", "created": 1,
            "choices": [{"index": index, "delta": delta,
                         "finish_reason": reason}]}


def call(**function):
    entry = {"index": 0, "function": function}
    if "name" in function:
        entry.update(id="call-1", type="function")
    return chunk(tool_calls=[entry])


STOP = chunk(finish_reason="stop")
# Characters that no terminal may receive: ESC, CSI as one character, DEL, CR and
# each kind of bidirectional control.
HOSTILE = "a\x1b[31m\x9b31m\x7f\rb\u061c\u200e\u200f\u202a\u202e\u2066\u2069c"
LOGPROBS = chunk(content="!")
LOGPROBS["choices"][0]["logprobs"] = {"content": [
    {"token": "!", "logprob": -0.5, "bytes": [33], "top_logprobs": [
        {"token": "!", "logprob": -0.5, "bytes": [33]},
        {"token": "?", "logprob": -1.25, "bytes": None}]}]}
USAGE = {"id": "chat-1", "object": "chat.completion.chunk", "choices": [],
         "usage": {"prompt_tokens": 5, "completion_tokens": 2,
                   "total_tokens": 7}}
HELLO = [chunk(role="assistant", content=""), chunk(content="Hello "),
         chunk(content="world")]
STREAMS = {
    "plain": HELLO + [STOP, USAGE, "[DONE]"],
    "newline": HELLO + [chunk(content="\n"), STOP, "[DONE]"],
    "no-done": HELLO + [STOP],
    "cut": HELLO,
    "error": HELLO + [{"error": {"message": "engine died", "code": 500}}],
    "filter": HELLO + [chunk(finish_reason="content_filter"), "[DONE]"],
    "FILTER": HELLO + [chunk(finish_reason="CONTENT_FILTER"), "[DONE]"],
    "empty-refusal": [chunk(role="assistant", refusal=""),
                      chunk(content="Hello", refusal=""), STOP, "[DONE]"],
    "length": HELLO + [chunk(finish_reason="length"), "[DONE]"],
    "refusal": [chunk(role="assistant", refusal="I can't"),
                chunk(refusal=" do that."), STOP, "[DONE]"],
    "reasoning": [chunk(role="assistant", reasoning_content="Let me "),
                  chunk(reasoning_content="think"), chunk(content="42"),
                  STOP, "[DONE]"],
    "escape": [chunk(role="assistant", content="\x1b[31mred\x07"), STOP,
               "[DONE]"],
    "tool": [call(name="get_weather", arguments='{"city"'),
             call(arguments=':"Paris"}'),
             chunk(finish_reason="tool_calls"), "[DONE]"],
    "person": [chunk(role="assistant", content='{"name":"Ada",'),
               chunk(content='"age":36}'), STOP, "[DONE]"],
    "two": [chunk(role="assistant", content="first"),
            chunk(role="assistant", content="second", index=1), STOP,
            chunk(finish_reason="stop", index=1), "[DONE]"],
    "hostile": [chunk(role="assistant", reasoning_content=HOSTILE),
                chunk(content=HOSTILE), call(name=HOSTILE, arguments=HOSTILE),
                chunk(finish_reason="content_filter"), "[DONE]"],
    "hostile-refusal": [chunk(role="assistant", refusal=HOSTILE), STOP,
                        "[DONE]"],
    "hostile-error": HELLO + [{"error": {"message": HOSTILE, "code": 500}}],
    "logprobs": [chunk(role="assistant", content="Hi"), LOGPROBS, STOP,
                 "[DONE]"],
    "a/one": HELLO + [STOP, USAGE, "[DONE]"],  # it has a price
    "gated": HELLO,
    "stall": HELLO,
    "endless": HELLO,
}
GIF = "R0lGODlhAQABAAAAACwAAAAAAQABAAACADs="

ERRORS = {
    "401": (401, {"error": {"message": "bad key", "code": "invalid_api_key",
                            "type": "auth", "param": None}}),
    "402": (402, {"detail": {"message": "balance is 0"}}),
    "404": (404, {"detail": "model not found"}),
    "429": (429, {"detail": "too many requests"}),
    "500": (500, {"detail": "it broke"}),
    "503": (503, {"detail": "No instances available"}),
    "hostile-400": (400, {"error": {"message": HOSTILE, "code": HOSTILE,
                                    "param": HOSTILE, "type": HOSTILE}}),
    "soon": (503, {"detail": "No instances available"}),
}
MODELS = {"object": "list", "data": [
    {"id": "a/one", "context_length": 131072, "max_model_len": 131072,
     "pricing": {"prompt": 0.25, "completion": 1.0},
     "supported_features": ["tools", "json_mode"],
     "input_modalities": ["text", "image"], "unknown": [1, 2]},
    {"id": "a/two"},
    {"name": "a/three", "pricing": {"prompt": "0.0000000001",
                                    "completion": "0", "request": "0.01"}},
    {"slug": "a/four"}]}
HOSTILE_MODELS = {"object": "list", "data": [
    {"id": HOSTILE, "input_modalities": [HOSTILE],
     "supported_features": [HOSTILE]}]}


def agent_events(request):
    """Calls the first tool with the prompt as the arguments, as often as the
    name of the model says, then says what the last result was."""
    messages = request["messages"]
    results = [message["content"] for message in messages
               if message["role"] == "tool"]
    if len(results) < int(request["model"].removeprefix("agent")):
        entry = call(name=request["tools"][0]["function"]["name"],
                     arguments=messages[0]["content"])
        entry["choices"][0]["delta"]["tool_calls"][0]["id"] = (
            "call-%d" % len(results))
        if not request.get("stream"):
            return entry
        return [chunk(role="assistant", content="Let me see."), entry,
                chunk(finish_reason="tool_calls"), USAGE, "[DONE]"]
    return [chunk(role="assistant", content="It says: " + results[-1]), STOP,
            USAGE, "[DONE]"]


class Server:
    """One thread per connection; `requests` holds all requests in order."""

    def __init__(self):
        self.requests = []
        self.lock = threading.Lock()
        self.at_once = 0  # embeddings requests being answered
        self.most_at_once = 1000  # more of them are answered 429
        self.embedded = threading.Event()  # vectors were sent
        self.gate = threading.Event()      # the model "gated" may continue
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d/v1" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,),
                             daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            try:
                while self.serve_one(connection, stream):
                    pass
            except (OSError, ValueError):
                pass  # the client left, or speaks TLS

    def serve_one(self, connection, stream):
        line = stream.readline().decode()
        if not line:
            return False
        headers = {}
        for header in iter(stream.readline, b"\r\n"):
            name, _, value = header.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        if headers.get("content-type", "").startswith(("text/", "multipart/")):
            request = body
        else:
            request = json.loads(body) if body else {}
        self.requests.append((line.split()[1], headers, request))
        if "/invoke/odd/model_aliases/" in line:
            return self.send_json(connection, 200, {"aliases": []})
        if "/invoke/model_aliases/" in line:
            return self.send_alias(connection, line)
        if "/invoke/chutes/vllm" in line:
            return self.send_json(connection, 403, {
                "detail": "Easy deployment is currently disabled!"})
        if "/invoke/chutes/?accept_fee=true" in line:
            return self.send_json(connection, 200, {"chute_id": "a-chute",
                                                    "slug": "s"})
        if "/invoke/chutes/" in line and line.startswith("GET") and \
                "/warmup/" not in line:
            return self.send_chute(connection, line.split()[1])
        if "/invoke/chutes/warmup/" in line:
            return self.send_states(connection, line)
        if "/invoke/account/" in line:
            return self.send_part(connection, line.split()[1])
        if "/invoke/pages" in line:
            return self.send_page(connection, line.split()[1].split("/")[-2:])
        if "/invoke/start" in line or "/invoke/operation" in line:
            return self.send_operation(connection, line.split()[1])
        if "/raw/" in line:
            return self.send_raw(connection, line)
        if line.split()[1].endswith("/audio/transcriptions"):
            return self.send_json(connection, 200, {"text": "Beep."})
        if "/invoke/" in line:
            return self.send_anything(connection, line)
        if line.split()[1].endswith("/hostile/models"):
            return self.send_json(connection, 200, HOSTILE_MODELS)
        if line.split()[1].endswith("/no/models"):
            return self.send_json(connection, *ERRORS["500"])
        if line.split()[1].endswith("/models"):
            return self.send_json(connection, 200, MODELS)
        if line.split()[1].endswith("/images/generations"):
            return self.send_json(connection, 200,
                                  {"data": [{"b64_json": GIF}] * 2})
        if line.split()[1].endswith("/embeddings"):
            return self.send_embeddings(connection, request)
        return self.send_chat(connection, request)

    def send_alias(self, connection, line):
        if line.startswith("DELETE") and "/my-1" in line:
            connection.sendall(b"HTTP/1.1 204 X\r\n\r\n")
            return True
        if line.startswith("DELETE"):
            return self.send_json(connection, 404, {"detail": "no alias"})
        if line.startswith("POST"):
            return self.send_json(connection, 201, {"alias": "my-1"})
        return self.send_json(connection, 200, [
            {"alias": "fast", "chute_ids": ["c-1", "c-2"]}, {"alias": "none"}])

    def send_states(self, connection, line):
        if "/none" in line:
            return self.send_json(connection, 402, {"detail": "no balance"})
        states = "".join("data: %s\n\n" % json.dumps(state) for state in (
            {"status": "cold", "log": "waiting for instances ..."},
            {"status": "cold", "log": "waiting for instances ..."},
            {"status": "hot", "log": "chute is hot, 1 instances available"}))
        connection.sendall((
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Content-Length: %d\r\n\r\n%s" % (len(states), states)).encode())
        return True

    def send_part(self, connection, path):
        parts = {
            "none/users/me": (401, {"detail": "Invalid token."}),
            "ada/users/me": (200, {"user_id": "u", "username": "ada",
                                   "balance": -1.5}),
            "ada/users/me/subscription_usage": (200, {
                "subscription": True, "monthly_price": 10,
                "four_hour": {"usage": 0.5, "cap": 4.25, "reset_at": 14400},
                "monthly": {"usage": 7}}),
            "ada/users/me/usage?page=1&limit=1&per_chute=true"
            "&start_date=2026-03-01": (200, {
                "total": 2, "page": 1, "limit": 1, "items": [
                    {"bucket": "2026-03-01T12:00:00", "chute_id": "c-1",
                     "amount": 0.0125, "count": 7, "input_tokens": 1200}]}),
            "ada/users/me/quotas": (200, [{"chute_id": "*", "quota": 200}]),
        }
        return self.send_json(connection, *parts.get(
            path.split("/account/")[1], (403, {"detail": "not for you"})))

    def send_chute(self, connection, path):
        chute = "2ff25e81-4586-5ec8-b892-3a6f342693d7"
        rest = path.split("/invoke/chutes/")[1]
        if rest == "code/" + chute:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain"
                               b"\r\nContent-Length: 9\r\n\r\nx = \"a\0\"\n")
            return True
        answers = {
            "me/own": {"chute_id": chute, "name": "me/own"},
            "?include_public=true&template=vllm&name=a%20b&page=1&limit=2": {
                "total": 9, "items": [
                    {"chute_id": chute, "name": "org/a b", "hot": True,
                     "standard_template": "vllm", "invocation_count": 1200,
                     "current_estimated_price": {"per_million_tokens": {
                         "input": {"usd": 0.08}, "output": {"usd": 0.24}}}},
                    {"chute_id": chute, "name": "me/own", "hot": False,
                     "current_estimated_price": {"usd": {"hour": 1.8}}}]},
            "": {"total": 0, "items": []},
        }
        if rest not in answers:
            return self.send_json(connection, 404, {"detail": "no chute"})
        return self.send_json(connection, 200, answers[rest])

    def send_page(self, connection, names):
        slug, page = names
        if page == "llms.txt" and slug == "kokoro":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain"
                               b"\r\nContent-Length: 8\r\n\r\n# kokoro")
            return True
        if page == "llms.txt" or slug == "none":
            return self.send_json(connection, 404, {"detail": "no chute"})
        schema = {"properties": {"text": {"type": "string"}},
                  "required": ["text"]}
        return self.send_json(connection, 200, {
            "info": {"title": slug}, "x-chutes":
            {"pricing": {"usdPerHour": 1.8}}, "paths": {"/speak": {"post": {
                "requestBody": {"content": {
                    "application/json": {"schema": schema}}}}}}})

    def send_operation(self, connection, target):
        path, _, query = target.partition("?")
        url = self.url + "/invoke/operation?" + query
        if path.endswith("/start"):
            self.polls = 0
            return self.send_json(connection, 202, {"status_url": url})
        self.polls += 1
        if self.polls == 1 or query == "stuck":
            return self.send_json(connection, 200, {"status": "pending"})
        if query == "failed":
            return self.send_json(connection, 200, {
                "status": "failed", "error": {"message": "no GPU"}})
        second = "page" if query == "half" else "wav"
        artifacts = [] if query == "bare" else [
            {"url": self.url + "/invoke/wav"},
            {"url": self.url + "/invoke/" + second}, {}]
        return self.send_json(connection, 200, {
            "status": "succeeded", "result": {"artifacts": artifacts}})

    @staticmethod
    def send_raw(connection, line):
        """What Python's json can't write: the value comes from the URL, which
        is /raw/nan or /raw/dirty."""
        value = b"NaN" if "/raw/nan/" in line else b'"\xff"'
        body = (b'{"data": [{"id": "m", "x": %s}]}' if "/models" in line else
                b'{"total": 1, "items": [{"bucket": "b", "amount": %s}]}'
                if "/usage" in line else
                b'{"chute_id": "c-1",\r\n "x": %s}') % value
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json"
                           b"\r\nContent-Length: %d\r\n\r\n%s"
                           % (len(body), body))
        return True

    @staticmethod
    def send_anything(connection, line):
        answers = {
            "wav": (b"audio/wav", b"RIFF\0\xff", 6),
            "cut": (b"audio/wav", b"RIFF", 6),
            "page": (b"text/html", b"<title>Down</title>", 19),
            "nan": (b"application/json", b'{"a": NaN}', 10),
            "dirty": (b"application/json", b'{"a": "\xff"}', None),
            "method": (b"application/json", b'{"method": "%s"}'
                       % line.split()[0].encode(), None),
        }
        kind, body, length = answers[line.split()[1].split("/")[-1]]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
                           b"X-Request-Id: r1\r\nContent-Length: %d\r\n\r\n"
                           b"%s" % (kind, length or len(body), body))
        return length in (None, len(body))

    @staticmethod
    def send_json(connection, status, body):
        data = json.dumps(body, ensure_ascii=False).encode()
        connection.sendall(b"HTTP/1.1 %d X\r\nContent-Type: application/json"
                           b"\r\nX-Chutes-InvocationID: req-1\r\n"
                           b"%sContent-Length: %d\r\n\r\n%s"
                           % (status, b"retry-after-ms: 10\r\n"
                              if status in (429, 500, 503) else b"",
                              len(data), data))
        return True

    def send_embeddings(self, connection, request):
        given = request.get("input", request.get("messages"))
        if request["model"] in ERRORS:
            return self.send_json(connection, *ERRORS[request["model"]])
        if "fail" in given:
            self.embedded.wait(LIMIT)
            time.sleep(0.1)  # until the client has read it
            return self.send_json(connection, *ERRORS["500"])
        if "bad" in given:
            return self.send_json(connection, 400, {"detail": "a bad text"})
        with self.lock:
            self.at_once += 1
            is_crowd = self.at_once > self.most_at_once
        if self.most_at_once < 1000:
            time.sleep(0.02)
        with self.lock:
            self.at_once -= 1
        if is_crowd:
            return self.send_json(connection, *ERRORS["429"])
        numbers = [0.1, -2.5e-7] + [0.12345] * 255 * ("wide" in
                                                      given)
        # A list of ids alone is one text.
        is_one = isinstance(given[0], int)
        texts = [given] if is_one else given
        data = [{"index": i, "object": "embedding",
                 "embedding": [len(text)] + numbers}
                for i, text in enumerate(texts)]
        self.send_json(connection, 200, {
            "object": "list", "model": "served", "data": data,
            "usage": {"prompt_tokens": 3, "total_tokens": 3}})
        self.embedded.set()
        return True

    def send_chat(self, connection, request):
        model = request["model"]
        if model in ERRORS:
            return self.send_json(connection, *ERRORS[model])
        if model == "hang":
            connection.recv(1)
            return False
        events = STREAMS.get(model)
        if model.startswith("agent"):
            events = agent_events(request)
        if model == "echo":
            text = json.dumps(request["messages"])
            events = [chunk(role="assistant", content=text), STOP, "[DONE]"]
        if not request.get("stream"):
            text = HOSTILE if model == "hostile" else "Hello whole"
            message = {"role": "assistant", "content": text}
            if isinstance(events, dict):
                message = events["choices"][0]["delta"]
            return self.send_json(connection, 200, {
                "id": "chat-2", "object": "chat.completion",
                "model": "served", "created": 1,
                "choices": [{"index": 0, "finish_reason": "stop",
                             "message": message}]})
        return self.send_stream(connection, model, events)

    def send_stream(self, connection, model, events):
        def send(text):
            data = ("data: %s\n\n" % text).encode()
            connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))

        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-"
                           b"stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for event in events:
            send(event if isinstance(event, str) else json.dumps(event))
        while model == "endless":
            send(json.dumps(chunk(content="more and more ")))
        if model == "gated":
            self.gate.wait(LIMIT)
            send(json.dumps(STOP))
        if model == "stall":
            connection.recv(1)  # until the client is gone
        if model in ("cut", "stall"):
            return False
        connection.sendall(b"0\r\n\r\n")
        return True


SERVER = Server()


# ---- running programs -----------------------------------------------------

def environment(**changes):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("CHUTES_")
            and not name.lower().endswith("_proxy")
            and name not in ("NO_COLOR", "TERM")}
    kept["CHUTES_BASE_URL"] = SERVER.url
    kept["TERM"] = "xterm"
    kept.update(changes)
    return {name: value for name, value in kept.items() if value is not None}


def limit_files(size):
    """No file may become larger, as by `ulimit -f`."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


class Run:
    def __init__(self, *arguments, stdin="", env=None,
                 stdout=subprocess.PIPE, file_limit=None):
        run = subprocess.run(
            [chutes(), *arguments],
            input=stdin.encode(errors="surrogateescape"),
            stdout=stdout, stderr=subprocess.PIPE,
            env=environment(**(env or {})), timeout=LIMIT, check=False,
            preexec_fn=file_limit and (lambda: limit_files(file_limit)))
        self.code = run.returncode
        self.out = (run.stdout or b"").decode()
        self.err = run.stderr.decode(errors="replace")

    def __repr__(self):
        return "exit %d\nstdout: %r\nstderr: %s" % (self.code, self.out,
                                                    self.err)


def open_terminal(*arguments, env=None):
    """Starts the command on a terminal of its own. Returns the process and our
    end of the terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "-c", chutes(), *arguments], stdin=slave, stdout=slave,
        stderr=slave, env=environment(NO_COLOR="1", **(env or {})))
    os.close(slave)
    return process, master


def write_all(terminal, text):
    while text:
        text = text[os.write(terminal, text):]


def run_on_terminal(*arguments, env=None):
    """Both output streams are one terminal; its text."""
    master, slave = pty.openpty()
    with subprocess.Popen([chutes(), *arguments], stdin=subprocess.DEVNULL,
                          stdout=slave, stderr=slave,
                          env=environment(**(env or {}))) as process:
        os.close(slave)
        text = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                piece = b""
            if not piece:
                break
            text += piece
        os.close(master)
        process.wait(LIMIT)
    return text.decode().replace("\r\n", "\n")


class Mock:
    """`chutes mock` on any free port."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [chutes(), "mock", "--port", "0", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment())
        self.url = self.process.stdout.readline().decode().strip()

    def __enter__(self):
        return {"CHUTES_BASE_URL": self.url}

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.err = self.process.communicate(timeout=LIMIT)[1].decode()
        self.code = self.process.returncode


class Case(unittest.TestCase):
    def check(self, run, code, out=None, err=None):
        self.assertEqual(run.code, code, run)
        if out is not None:
            self.assertEqual(run.out, out, run)
        if err is not None:
            self.assertIn(err, run.err, run)
        return run

    def report(self, run, code):
        self.check(run, code)
        self.assertEqual(run.out.count("\n"), 1, run)
        return json.loads(run.out)


# ---- tests ----------------------------------------------------------------

class Invoke(Case):
    def sent(self, *arguments, stdin=""):
        self.check(Run("invoke", "/invoke/method", *arguments, stdin=stdin), 0,
                   err="")
        return SERVER.requests[-1][1:]

    def test_the_answer_goes_to_stdout(self):
        run = self.check(Run("invoke", "/invoke/method"), 0, err="")
        self.assertEqual(run.out, '{"method": "GET"}')
        self.assertEqual(SERVER.requests[-1][0], "/v1/invoke/method")
        run = self.check(Run("invoke", SERVER.url + "/invoke/method", "-X",
                             "DELETE"), 0, err="")
        self.assertEqual(run.out, '{"method": "DELETE"}')

    def test_what_is_not_found_is_no_model(self):
        with Mock() as env:
            for arguments in (("invoke", "/none"),
                              ("describe", "none", "--base-url",
                               env["CHUTES_BASE_URL"])):
                run = self.check(Run(*arguments, env=env), 1, err="404")
                self.assertNotIn("models", run.err)
            self.check(Run("chat", "-m", "none", "x", env=env), 1,
                       err="models' lists")

    def test_data_is_json_or_has_a_type(self):
        _, request = self.sent("-d", '{"a": 1}')
        self.assertEqual(request, {"a": 1})
        _, request = self.sent("-d", "@-", "--wrap-args", stdin='{"a": 2}')
        self.assertEqual(request, {"args": {"a": 2}})
        headers, request = self.sent("-d", "@" + __file__, "--content-type",
                                     "text/x-python", "--accept", "*/*")
        with open(__file__, "rb") as file:
            self.assertEqual(request, file.read())
        self.assertEqual(headers["content-type"], "text/x-python")
        self.assertEqual(headers["accept"], "*/*")
        _, request = self.sent("-d", "@-", "--content-type", "text/csv",
                               stdin="\ufeffa;b")
        self.assertEqual(request, "\ufeffa;b".encode())

    def test_a_chute_is_described(self):
        url = SERVER.url + "/invoke/pages"
        run = self.check(Run("describe", "kokoro", "--base-url", url), 0,
                         err="")
        self.assertEqual(run.out, "# kokoro\n")
        report = self.report(Run("describe", "kokoro", "--base-url", url,
                                 "--json"), 0)
        self.assertEqual(report["usd_per_hour"], 1.8)
        self.assertEqual(report["text"], "# kokoro")
        self.assertEqual(report["endpoints"][0]["fields"][0], {
            "name": "text", "type": "string", "required": True,
            "default": None, "description": None})
        run = self.check(Run("describe", "bare", "--base-url", url), 0)
        self.assertIn("POST /speak\n  text (string, required)", run.out)
        self.assertIn("$1.80 per hour", run.out)
        self.check(Run("describe", "none", "--base-url", url), 1, out="")
        self.check(Run("describe", "a.b", "--base-url", url), 2, out="")

    def test_an_account_is_printed(self):
        url = SERVER.url + "/invoke/account/"
        run = self.check(Run("account", "--base-url", url + "ada"), 0)
        self.assertEqual(run.out, """\
user         ada (u)
balance      -$1.50
subscription $10.00 a month
  4 hours    $0.50 of $4.25, until 1970-01-01 04:00 UTC
  month      $7.00 of ?
quota        200 *
""")
        self.assertIn("discounts: not for you (HTTP 403)", run.err)
        report = self.report(Run("account", "--base-url", url + "ada",
                                 "--json"), 0)
        self.assertEqual(report["user"]["answer"]["username"], "ada")
        self.assertEqual(report["discounts"]["http_status"], 403)
        self.assertIsNone(report["discounts"]["answer"])
        run = self.check(Run("account", "--base-url", url + "none"), 3, out="")
        self.assertIn("Invalid token.", run.err)
        self.check(Run("account", "x", "--base-url", url), 2, out="")

    def test_a_page_of_the_usage_is_printed(self):
        url = SERVER.url + "/invoke/account/"
        args = ["usage", "--base-url", url + "ada", "--page", "2", "--limit",
                "1", "--per-chute", "--since", "2026-03-01"]
        run = self.check(Run(*args), 0)
        self.assertEqual(run.out, """\
TIME                 REQUESTS     TOKENS IN    TOKENS OUT           $
2026-03-01T12:00:00         7          1200             -      0.0125  c-1
""")
        self.assertIn("1 of 2 rows", run.err)
        report = self.report(Run(*args, "--json"), 0)
        self.assertEqual(report["items"][0]["count"], 7)
        self.check(Run("usage", "--base-url", url + "none"), 3, out="")
        run = self.check(Run("usage", "a&b", "--base-url", url), 2, out="")
        self.assertIn("CHUTE_ID must be a UUID", run.err)
        self.check(Run("usage", "a", "b", "--base-url", url), 2, out="")
        self.check(Run("usage", "--page", "0", "--base-url", url), 2, out="")

    def test_chutes_are_listed(self):
        url = SERVER.url + "/invoke/"
        args = ["list", "--base-url", url, "--name", "a b", "--template",
                "vllm", "--page", "2", "--limit", "2"]
        run = self.check(Run(*args), 0)
        self.assertEqual(run.out, """\
NAME     HOT    REQUESTS  TEMPLATE   PRICE
org/a b  yes        1200  vllm       $0.08 per M in  $0.24 per M out
me/own   no            -  -          $1.8 per hour
""")
        self.assertIn("2 of 9 chutes", run.err)
        report = self.report(Run(*args, "--json"), 0)
        self.assertEqual(report["items"][0]["name"], "org/a b")
        report = self.report(Run("list", "--mine", "--json", "--base-url", url),
                             0)
        self.assertEqual(report["items"], [])
        for wrong, complaint in (
                (("x",), "no arguments"), (("--page", "102"), "--page must"),
                (("--limit", "5001"), "--limit must be from 1 to 5000"),
                (("--name", ""), "--name must have"),
                (("--template", "a\n"), "--template has a control")):
            run = self.check(Run("list", *wrong, "--base-url", url), 2, out="")
            self.assertIn(complaint, run.err)

    def test_the_code_of_a_chute_is_printed(self):
        url = SERVER.url + "/invoke/"
        self.check(Run("code", "me/own", "--base-url", url), 0,
                   "x = \"a\0\"\n")
        report = self.report(Run("code", "me/own", "--json", "--base-url", url),
                             0)
        self.assertEqual(report, {
            "chute_id": "2ff25e81-4586-5ec8-b892-3a6f342693d7",
            "name": "me/own", "code": "x = \"a\0\"\n"})
        run = self.check(Run("code", "me/none", "--base-url", url), 1, out="")
        self.assertIn("no chute", run.err)
        for wrong in ((), ("a", "b"), ("a/../b",)):
            self.check(Run("code", *wrong, "--base-url", url), 2, out="")

    def test_warmup_says_when_a_chute_is_hot(self):
        url = SERVER.url + "/invoke/"
        run = self.check(Run("warmup", "a/b-1", "--base-url", url), 0, out="")
        self.assertIn("waiting for instances", run.err)
        self.assertIn("1 instances available", run.err)
        report = self.report(Run("warmup", "a/b-1", "--base-url", url,
                                 "--json"), 0)
        self.assertEqual(report["status"], "CHUTES_OK")
        self.check(Run("warmup", "none", "--base-url", url), 4, out="")
        self.check(Run("warmup", "a b", "--base-url", url), 2, out="")
        self.check(Run("warmup", "--base-url", url), 2, out="")

    def test_a_dry_run_prints_what_would_be_deployed(self):
        url = SERVER.url + "/invoke/deploy/"
        args = ["deploy", "--base-url", url, "-m", "org/model", "-p",
                "template=vllm", "-p", "gpu_count=2", "-p", "include=h100,h200",
                "-p", "public=false", "-p", "scaling_threshold=0.5", "-p",
                "logo_id=l"]
        run = self.check(Run(*args, "--dry-run"), 0)
        self.assertEqual(json.loads(run.out), {
            "model": "org/model", "scaling_threshold": 0.5, "public": False,
            "node_selector": {"gpu_count": 2, "include": ["h100", "h200"]},
            "logo_id": "l"})
        self.assertIn("not sent: POST %schutes/vllm\n" % url, run.err)
        run = self.check(Run(*args, "--base-url", url[:-1], "--dry-run"), 0)
        self.assertIn("not sent: POST %schutes/vllm\n" % url, run.err)
        for wrong, why in (("gpu_count=9", "gpu_count must be from 1 to 8"),
                           ("gpu_count=x", "must be a whole number"),
                           ("public=yes", "must be true or false"),
                           ("scaling_threshold=x", "must be a number"),
                           ("scaling_threshold=nan", "must be from 0 to 1"),
                           ("include=", "include must be names of GPUs"),
                           ("exclude=,", "exclude must be names of GPUs"),
                           ("cords=[]", "must not be given with a template"),
                           ("template=x", "-p template must be vllm")):
            run = self.check(Run(*args, "--dry-run", "-p", wrong), 2, out="")
            self.assertIn(why, run.err)
        self.check(Run("deploy", "-p", "image=me/i:1", "-p", "name=me/x"), 2,
                   "", ": FILE must be given\n")
        self.check(Run("deploy", "a", "b"), 2, out="")
        self.check(Run("deploy", "/no/such/file"), 2, out="")
        self.check(Run("deploy", "-", "-p", "image=me/i:1", "-p", "name=c-1",
                       "--dry-run", stdin="a = 1\0\n"), 2, "",
                   "contains a NUL byte")

    def test_a_chute_is_deployed_and_waited_for(self):
        url = SERVER.url + "/invoke/"
        args = ["deploy", "-", "--base-url", url, "-p", "image=me/i:1", "-p",
                "name=me/chute", "--accept-fee"]
        run = self.check(Run(*args, "--wait", stdin="chute = 1\n"), 0,
                         out="a-chute\n")
        self.assertIn("1 instances available", run.err)
        self.assertEqual(SERVER.requests[-2][2]["code"], "chute = 1\n")
        report = self.report(Run(*args, "--json", stdin="chute = 1\n"), 0)
        self.assertEqual(report["slug"], "s")
        run = self.check(Run("deploy", "--base-url", url, "-m", "org/model",
                             "-p", "template=vllm"), 1, out="")
        self.assertIn("templates off", run.err)

    def test_a_failed_wait_for_a_chute_is_told_within_the_limit(self):
        script = ('answer 200 application/json {"chute_id":"a-chute"}\n'
                  'request\nsse-head\nsse {"status":"cold"}\nstall\n')
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(script)
            file.flush()
            with Mock("--script", file.name) as env:
                begin = time.monotonic()
                run = Run("deploy", "-", "-p", "image=me/i:1", "-p",
                          "name=me/chute", "--wait", "--json", "--timeout",
                          "1.5", "--base-url", env["CHUTES_BASE_URL"],
                          stdin="chute = 1\n")
        self.assertLess(time.monotonic() - begin, 2.9)
        self.check(run, 6)
        lines = [json.loads(line) for line in run.out.splitlines()]
        self.assertEqual(lines[0]["chute_id"], "a-chute")
        self.assertEqual(lines[1]["status"], "CHUTES_ERR_TIMEOUT")

    def test_aliases_are_listed_set_and_deleted(self):
        url = SERVER.url + "/invoke"
        run = self.check(Run("aliases", "--base-url", url), 0)
        self.assertEqual(run.out, "fast  c-1  c-2\nnone\n")
        self.assertEqual(len(self.report(
            Run("aliases", "--base-url", url, "--json"), 0)), 2)
        ids = ["0000aBcD-0000-4000-8000-00000000000%d" % i for i in range(2)]
        self.check(Run("aliases", "my-1", *ids, "--base-url", url), 0, out="")
        self.assertEqual(SERVER.requests[-1][2],
                         {"alias": "my-1", "chute_ids": ids})
        self.check(Run("aliases", "--delete", "my-1", "--base-url", url), 0,
                   out="")
        self.assertTrue(SERVER.requests[-1][0].endswith("/model_aliases/my-1"))
        self.assertIsNone(self.report(
            Run("aliases", "--delete", "my-1", "--base-url", url, "--json"), 0))
        self.check(Run("aliases", "--delete", "no", "--base-url", url), 1,
                   out="")
        odd = ["aliases", "--base-url", url + "/odd"]
        self.check(Run(*odd), 1, "", "isn't a JSON array")
        got = self.report(Run(*odd, "--json"), 1)
        self.assertEqual(got["status"], "CHUTES_ERR_PROTOCOL")
        self.assertEqual(got["error"]["outcome"], "answered")
        for wrong in (["my-1"], ["--delete"], ["--delete", "a", "b"],
                      ["--delete", "../x"], ["a?b", ids[0]], ["", ids[0]]):
            self.check(Run("aliases", *wrong, "--base-url", url), 2, out="")
        before = len(SERVER.requests)
        for wrong in ("", "my-chute", ids[1] + "0", ids[1][:-1],
                      ids[1].replace("a", "g"), ids[1].replace("-", "_")):
            self.check(Run("aliases", "my-1", ids[0], wrong, "--base-url", url),
                       2, "", "'%s' isn't the ID of a chute" % wrong)
        self.assertEqual(len(SERVER.requests), before)

    def test_an_operation_is_waited_for(self):
        run = self.check(Run("invoke", "/invoke/start?bare", "-d", "{}",
                             "--wait"), 0)
        self.assertIn("the operation is pending", run.err)
        self.assertIn("the operation is succeeded", run.err)
        self.assertEqual(json.loads(run.out)["status"], "succeeded")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.wav")
            run = self.check(Run("invoke", "/invoke/start", "-d", "{}",
                                 "--wait", "-o", path), 0, out="")
            with open(path, "rb") as file:
                self.assertEqual(file.read(), b"RIFF\0\xff")
            with open(os.path.join(folder, "a-2.wav"), "rb") as file:
                self.assertEqual(file.read(), b"RIFF\0\xff")
            self.assertEqual(len(os.listdir(folder)), 2)
            # JSON is no sound, but it isn't lost.
            run = self.check(Run("invoke", "/invoke/start?bare", "-d", "{}",
                                 "--wait", "-o", path), 1)
            self.assertEqual(json.loads(run.out)["status"], "succeeded")
            self.assertIn("JSON came instead of a file", run.err)
            self.check(Run("invoke", "/invoke/start?bare", "-d", "{}",
                           "--wait", "-o", os.path.join(folder, "a.JSON")), 0,
                       out="")
            before = len(SERVER.requests)
            self.check(Run("invoke", "/invoke/start", "-d", "{}", "--wait",
                           "-o", os.path.join(folder, "no", "a.wav")), 2, "",
                       "can't write")
            self.assertEqual(len(SERVER.requests), before)
        run = self.check(Run("invoke", "/invoke/start?failed", "-d", "{}",
                             "--wait"), 1, out="")
        self.assertIn("the operation failed: no GPU", run.err)

    def test_an_artifact_that_fails_is_not_said_to_be_written(self):
        with tempfile.TemporaryDirectory() as folder:
            run = self.check(Run("invoke", "/invoke/start?half", "-d", "{}",
                                 "--wait", "-o",
                                 os.path.join(folder, "a.wav")), 1, out="")
            self.assertEqual(os.listdir(folder), ["a.wav"])
        self.assertNotIn("a-2.wav", run.err)

    def test_the_time_limit_is_for_all_calls_together(self):
        run = self.check(Run("invoke", "/invoke/start?stuck", "-d", "{}",
                             "--wait", "--timeout", "1.5"), 6, out="")
        self.assertIn("the operation is pending", run.err)
        script = ('sleep 3000\nanswer 200 application/json {"chute_id":'
                  '"2ff25e81-4586-5ec8-b892-3a6f342693d7"}\n'
                  'request\nstall\n')
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(script)
            file.flush()
            with Mock("--script", file.name) as env:
                begin = time.monotonic()
                self.check(Run("code", "me/own", "--timeout", "4",
                               "--base-url", env["CHUTES_BASE_URL"]), 6,
                           out="")
        self.assertLess(time.monotonic() - begin, 6)

    def test_an_answer_at_once_is_not_lost_by_waiting(self):
        wav = ["invoke", "/invoke/wav", "-d", "{}", "--wait"]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.wav")
            self.check(Run(*wav, "-o", path), 0, out="")
            with open(path, "rb") as file:
                self.assertEqual(file.read(), b"RIFF\0\xff")
        report = self.report(Run(*wav, "--json"), 0)
        self.assertEqual(base64.b64decode(report["data_url"].split(",")[1]),
                         b"RIFF\0\xff")

    def test_a_form_is_written_as_by_curl(self):
        arguments = ["-F", "a=b;c", "-F", "j={};type=application/json", "-F",
                     "file=@" + __file__ + ";type=text/x-python;filename=x.py",
                     "-F", "text=<" + __file__, "-F", "in=@-;filename=i"]
        headers, body = self.sent(*arguments, stdin="\ufeffpiped")
        kind, boundary = headers["content-type"].split("; boundary=")
        self.assertEqual(kind, "multipart/form-data")
        with open(__file__, "rb") as file:
            code = file.read()
        disposition = b"Content-Disposition: form-data; name="
        parts = [disposition + head + b"\r\n\r\n" + content
                 for head, content in (
                     (b'"a"', b"b;c"),
                     (b'"j"\r\nContent-Type: application/json', b"{}"),
                     (b'"file"; filename="x.py"\r\n'
                      b"Content-Type: text/x-python", code),
                     (b'"text"', code),
                     (b'"in"; filename="i"\r\n'
                      b"Content-Type: application/octet-stream",
                      "\ufeffpiped".encode()))]
        line = b"--" + boundary.encode()
        self.assertEqual(body, b"".join(
            line + b"\r\n" + part + b"\r\n" for part in parts)
            + line + b"--\r\n")
        run = Run("invoke", "/a", "-F", "a=@/nonexistent")
        self.assertIn("--form[0].path does not exist", run.err)

    def test_headers_are_added_and_removed(self):
        headers, _ = self.sent("-H", "Idempotency-Key: k 1", "--header", "X-A;",
                               "-H", "User-Agent:")
        self.assertEqual((headers["idempotency-key"], headers["x-a"]),
                         ("k 1", ""))
        self.assertNotIn("user-agent", headers)
        run = Run("invoke", "/a", "-H", "Host: x")
        self.assertIn("--header[0].name", run.err)

    def test_a_file_is_whole_or_not_there(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.wav")
            run = self.check(Run("invoke", "/invoke/wav", "-d", "{}", "-o",
                                 path), 0, out="")
            self.assertIn("6 bytes, audio/wav", run.err)
            with open(path, "rb") as file:
                self.assertEqual(file.read(), b"RIFF\0\xff")
            os.remove(path)
            self.check(Run("invoke", "/invoke/cut", "-o", path), 7, out="")
            self.check(Run("invoke", "/invoke/page", "-o", path), 1, out="")
            self.check(Run("invoke", "/invoke/wav", "--accept", "image/*", "-o",
                           path), 1, out="")
            self.assertEqual(os.listdir(folder), [])
            run = self.check(Run("invoke", "/invoke/wav", "-o",
                                 path + "/b"), 1, out="")
            self.assertIn("--output can't be written", run.err)

    def test_what_arrived_of_a_cut_answer_is_printed(self):
        self.check(Run("invoke", "/invoke/cut"), 7, out="RIFF")

    def test_json_prints_one_object(self):
        report = self.report(Run("invoke", "/invoke/method", "--json"), 0)
        self.assertEqual(report["json"], {"method": "GET"})
        self.assertEqual((report["http_status"], report["content_type"],
                          report["length"], report["request_id"],
                          report["file"], report["data_url"],
                          report["status"], report["attempts"]),
                         (200, "application/json", 17, "r1", None, None,
                          "CHUTES_OK", 1))
        report = self.report(Run("invoke", "/invoke/wav", "--json"), 0)
        self.assertIsNone(report["json"])
        self.assertEqual(report["data_url"], "data:application/octet-stream;"
                         "base64,UklGRgD/")
        report = self.report(Run("invoke", "/invoke/cut", "--json"), 7)
        self.assertEqual(report["error"]["status"], "CHUTES_ERR_TRUNCATED")

    def test_json_with_nan_is_a_string_in_json(self):
        report = self.report(Run("invoke", "/invoke/nan", "--json"), 0)
        self.assertEqual((report["json"], report["data_url"]),
                         ('{"a": NaN}', None))

    def test_json_is_valid_utf8_in_json(self):
        report = self.report(Run("invoke", "/invoke/dirty", "--json"), 0)
        self.assertEqual(report["json"], {"a": "\ufffd"})


class Engines(Case):
    """What engines serve besides chat and embeddings."""

    def ask(self, *arguments, stdin=""):
        with Mock() as variables:
            return Run(*arguments, stdin=stdin, env=variables)

    def test_a_text_is_continued(self):
        run = self.ask("complete", "-m", "demo/parrot-1", "One", "two three")
        self.check(run, 0, out="One two three\n", err="")
        run = self.ask("complete", "-m", "demo/parrot-1", "--no-stream",
                       "-p", "max_tokens=1", "-p", "echo=true", stdin="a b\n")
        self.check(run, 0, out="a ba\n")
        self.assertIn("length limit", run.err)
        report = self.report(self.ask("complete", "--json", "-p", "n=2", "a"),
                             0)
        self.assertEqual([choice["index"] for choice in report["choices"]],
                         [0, 1])
        self.assertEqual(report["usage"]["prompt_tokens"], 1)
        for arguments, complaint in ((("-p", "x", "a"), "key=value"),
                                     (("-p", "stop=[", "a"), "byte"),
                                     (("-p", "stream=1", "a"), "--no-stream"),
                                     (("-p", "n=x", "a"), "a whole number"),
                                     (("--max-tokens", "1", "a"),
                                      "-p max_tokens=VALUE")):
            run = self.check(Run("complete", "--no-key", *arguments), 2)
            self.assertIn(complaint, run.err)

    def test_numbers_of_a_completion_are_checked_before_it_is_sent(self):
        for key, value, complaint in (
                ("n", 0, "-p n must be 1 to 128"),
                ("best_of", 0, "-p best_of must be n or more"),
                ("logprobs", -1, "-p logprobs must be 0 or more"),
                ("max_tokens", 0, "-p max_tokens must be 1 or more"),
                ("top_p", 0, "-p top_p must be above 0"),
                ("top_k", 0, "-p top_k must be 1 or more"),
                ("temperature", -1, "-p temperature must be 0 or more")):
            self.check(Run("complete", "--no-key", "-p", "%s=%d" % (key, value),
                           "a"), 2, "", complaint)
        self.check(self.ask("complete", "-m", "demo/parrot-1", "-p", "n=0", "-p",
                            "skip_validation=1", "a"), 1, err="HTTP 400")

    def test_texts_are_ranked(self):
        run = self.ask("rerank", "ship", "a cat", "the ship")
        self.check(run, 0, err="")
        lines = run.out.splitlines()
        self.assertRegex(lines[0], r"^0\.\d+\t1\tthe ship$")
        self.assertEqual(lines[1], "0\t0\ta cat")
        run = self.ask("rerank", "ship", "--top", "1", stdin="a\n\nship\r\n")
        self.check(run, 0, out="1\t1\tship\n")

    def test_texts_are_classified(self):
        run = self.ask("classify", "why?", "so.")
        self.check(run, 0, out="question\t0.9\twhy?\nstatement\t0.9\tso.\n")

    def test_texts_become_tokens(self):
        self.check(self.ask("tokenize", "a", "b"), 0, out="97 32 98\n",
                   err="chutes: 3 tokens\n")
        self.check(self.ask("tokenize", "-q", stdin="a\n"), 0, out="97 10\n",
                   err="")

    def test_json_prints_one_object(self):
        report = self.report(self.ask("rerank", "--json", "q", "a"), 0)
        self.assertEqual(report["results"],
                         [{"index": 0, "score": 0, "document": "a"}])
        self.assertEqual(report["usage"]["total_tokens"], 2)
        report = self.report(self.ask("classify", "--json", "a?"), 0)
        self.assertEqual(report["results"],
                         [{"label": "question", "class": 1,
                           "probabilities": [0.1, 0.9]}])
        report = self.report(self.ask("tokenize", "--json", "a"), 0)
        self.assertEqual(report["tokens"], [97])
        self.assertEqual(report["texts"], ["<0x61>"])
        self.assertEqual(report["status"], "CHUTES_OK")
        report = self.report(self.ask("tokenize", "--json", "-m", "x", "a"), 1)
        self.assertEqual(report["error"]["http_status"], 404)

    def test_mistakes_are_named(self):
        for arguments, complaint in (
                (("rerank",), "QUERY"),
                (("rerank", "q", "a", "--top", "0"), "--top"),
                (("rerank", "q", "a", "--chute", "a.b"), "--chute"),
                (("classify", "a", "--path", "../a"), "--path")):
            run = self.check(Run(*arguments, "--no-key"), 2)
            self.assertIn(complaint, run.err)
        self.assertIn("no texts", self.check(Run("classify", stdin="\n"), 2).err)


class Media(Case):
    """What makes files."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = place.name

    def ask(self, *arguments, stdin=""):
        with Mock() as variables:
            return Run(*arguments, stdin=stdin, env=variables)

    def path(self, name, content=None):
        path = os.path.join(self.place, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_a_picture_goes_to_a_file(self):
        path = self.path("ship.png")
        for more in ((), ("--path", "/generate", "-p", "seed=7")):
            run = self.ask("image", "a", "ship", "-o", path, *more)
            self.check(run, 0, out="",
                       err="chutes: %s: 99 bytes, image/png\n" % path)
            self.assertEqual(self.read("ship.png")[:4], b"\x89PNG")
            os.remove(path)
        picture = self.path("in.png", b"\x89PNG")
        self.check(self.ask("image", "-q", "-i", picture, "-o", path, "--path",
                            "/generate", stdin="a ship"), 0, out="", err="")

    def test_a_file_beyond_the_limit_of_the_system_is_an_error(self):
        with Mock() as env:
            for arguments in (("image", "a"),
                              ("speak", "a", "-m", "m", "-p", "voice=v"),
                              ("invoke", "/speak", "-d", '{"text":"a"}')):
                path = self.path("file")
                self.check(Run(*arguments, "-o", path, env=env, file_limit=50),
                           1, "", "can't be written: the file is too large")
                self.assertEqual(os.listdir(self.place), [])
            for command, *arguments in (("image", "a"),
                                        ("speak", "a", "-m", "m", "-p",
                                         "voice=v")):
                report = self.report(
                    Run(command, "--json", *arguments, "-o", path, env=env,
                        file_limit=50), 1)
                self.assertIsNone(report["file"])
                self.assertTrue(report["data_url"].startswith("data:"))
                self.assertEqual(report["error"]["outcome"], "answered")
                self.assertEqual(report["error"]["attempts"], 1)

    def test_a_text_is_spoken_to_a_file(self):
        path = self.path("ship.wav")
        for more in ((), ("--path", "/speak", "-p", "voice=af_heart")):
            run = self.ask("speak", "a", "ship", "-o", path, *more)
            self.check(run, 0, out="",
                       err="chutes: %s: 844 bytes, audio/wav\n" % path)
            self.assertEqual(self.read("ship.wav")[:4], b"RIFF")
        report = self.report(self.ask("speak", "--json", "a ship"), 0)
        self.assertEqual(report["media_type"], "audio/wav")
        self.assertTrue(report["data_url"].startswith("data:audio/wav;base64,"))
        report = self.report(self.ask("speak", "--json", "-p", "input=7", "-p",
                                      "text=", "--path", "/speak", "a"), 0)
        self.assertEqual(report["length"], 844)

    def test_sound_is_written_down(self):
        sound = self.path("a.wav", b"RIFF\0\0\0\0WAVE")
        run = self.ask("transcribe", sound)
        self.check(run, 0, out="Beep.\n", err="")
        run = self.ask("transcribe", "--format", "srt", "-p", "language=en",
                       sound)
        self.check(run, 0, out="Beep.\n", err="")
        self.check(self.ask("transcribe", "-", stdin="x"), 0, out="Beep.\n")
        report = self.report(self.ask("transcribe", "--json", "--path",
                                      "/transcribe", sound), 0)
        self.assertEqual(report["segments"],
                         [{"start": 0, "end": 0.1, "text": "Beep."}])
        report = self.report(self.ask("transcribe", "--json", sound), 0)
        self.assertEqual([report[key] for key in (
            "text", "language", "duration", "segments", "words")],
            ["Beep.", "en", 0.1, [], []])

    def test_a_transcript_goes_to_a_file(self):
        sound = self.path("a.wav", b"RIFF\0\0\0\0WAVE")
        path = self.path("a.txt")
        self.check(self.ask("transcribe", "-o", path, sound), 0, out="",
                   err="chutes: %s: 5 bytes, text/plain\n" % path)
        self.assertEqual(self.read("a.txt"), b"Beep.")
        os.remove(path)
        report = self.report(self.ask("transcribe", "--json", "-o", path,
                                      sound), 0)
        self.assertEqual((report["text"], report["file"]), ("Beep.", path))
        self.assertEqual(self.read("a.txt"), b"Beep.")
        report = self.report(self.ask("transcribe", "--json", sound), 0)
        self.assertIsNone(report["file"])

    def test_a_failed_transcript_leaves_the_file_as_it_is(self):
        sound = self.path("a.wav", b"RIFF\0\0\0\0WAVE")
        path = self.path("a.txt", b"before")
        script = 'answer 200 application/json {"text":"Be\n'
        with Mock("--script", self.path("s.txt", script.encode())) as env:
            run = Run("transcribe", "-o", path, sound, env=env)
            self.check(run, 7, out="")
        self.assertEqual(self.read("a.txt"), b"before")
        for arguments, message in ((("--stream", "-o", path), "--stream can't"),
                                   (("-o", "/nowhere/a.txt"), "can't write")):
            self.check(Run("transcribe", *arguments, sound, "--no-key"), 2, "",
                       message)

    def test_a_transcript_is_printed_as_it_comes(self):
        sound = self.path("a.wav", b"RIFF\0\0\0\0WAVE")
        self.check(self.ask("transcribe", "--stream", sound), 0, out="Beep.\n",
                   err="")
        delta = 'sse {"type":"transcript.text.delta","delta":"%s"}\n'
        end = 'sse {"type":"transcript.text.done","text":"One two"}\n'
        whole = "sse-head\n" + delta % "One" + delta % " two" + end
        cut = "sse-head\n" + delta % "One" + "fin\n"
        for script, out, code in ((whole + "chunk-end\n", "One two\n", 0),
                                  (cut, "One\n", 7)):
            path = self.path("script.txt", script.encode())
            with Mock("--script", path) as env:
                run = Run("transcribe", "--stream", sound, env=env)
                self.check(run, code, out=out)
                self.assertEqual("the transcript is incomplete" in run.err,
                                 code != 0)
                report = self.report(Run("transcribe", "--stream", "--json",
                                         sound, env=env), code)
                self.assertEqual((report["text"], report["complete"]),
                                 (out.strip(), code == 0))
        self.check(Run("transcribe", "--stream", "--format", "srt", sound,
                       "--no-key"), 2, "", "--stream can't")

    def test_a_transcript_that_was_corrected_at_the_end_is_told(self):
        sound = self.path("a.wav", b"RIFF\0\0\0\0WAVE")
        script = ('sse-head\n'
                  'sse {"type":"transcript.text.delta","delta":"One to"}\n'
                  'sse {"type":"transcript.text.done","text":"One two"}\n'
                  'chunk-end\n')
        with Mock("--script", self.path("s.txt", script.encode())) as env:
            self.check(Run("transcribe", "--stream", sound, env=env), 1,
                       "One to\nOne two\n", "has corrected the text")
            report = self.report(Run("transcribe", "--stream", "--json", sound,
                                     env=env), 0)
            self.assertEqual(report["text"], "One two")

    def test_a_terminal_gets_no_file(self):
        for command in ("image", "speak", "video"):
            text = run_on_terminal(command, "--no-key", "a ship")
            self.assertIn("name one with -o FILE", text)

    def test_a_video_goes_to_a_file(self):
        path = self.path("ship.mp4")
        image = self.path("in.png", b"\x89PNG")
        for more in ((), ("-i", image), ("--path", "/text2video")):
            run = self.ask("video", "a", "ship", "-o", path, *more)
            self.check(run, 0, out="",
                       err="chutes: %s: 32 bytes, video/mp4\n" % path)
            self.assertEqual(self.read("ship.mp4")[4:8], b"ftyp")
        report = self.report(self.ask("video", "--json", "a ship"), 0)
        self.assertEqual((report["media_type"], report["length"]),
                         ("video/mp4", 32))
        self.assertTrue(report["data_url"].startswith("data:video/mp4;base64,"))
        report = self.report(self.ask("video", "--json", "--path", "/none",
                                      "a ship"), 1)
        self.assertEqual(report["error"]["http_status"], 404)
        self.check(Run("video", "a", "-i", image, "-i", image, "-o", path,
                       "--no-key"), 2, "", "one --input")

    def test_images_are_changed(self):
        image, path = self.path("in.png", b"\x89PNG"), self.path("out.gif")
        gif = "R0lGODlhAQABAAAAACwAAAAAAQABAAACADs="
        script = ('expect POST /v1/images/edits\n'
                  'expect-body-contains name=\n'
                  'answer 200 application/json {"data":[{"b64_json":"%s"}]}\n'
                  % gif)
        script = self.path("script.txt", script.encode())
        for more in ((), ("--path", "images/edits")):
            with Mock("--script", script) as env:
                self.check(Run("image", "a", "-i", image, "-o", path, *more,
                               env=env), 0, "", "image/gif")

    def test_a_long_wait_is_noted(self):
        path = self.path("file")
        with Mock("--first-byte-ms", "5500") as env:
            runs = [(noun, subprocess.Popen(
                [chutes(), *arguments, "-o", path, "a"], stderr=subprocess.PIPE,
                env=environment(**env)))
                for noun, *arguments in (
                    ("video", "video", "--path", "/text2video"),
                    ("image", "image"),
                    ("audio", "speak", "--model", "m", "-p", "voice=v"),
                    (None, "video", "--path", "/text2video", "-q"))]
            for noun, run in runs:
                err = run.communicate(timeout=LIMIT)[1].decode()
                self.assertEqual(run.returncode, 0, err)
                if noun:
                    self.assertIn("no %s after 5 s, still waiting" % noun, err)
                else:
                    self.assertEqual(err, "")

    def test_sound_is_sent_as_it_is(self):
        content = b"\xef\xbb\xbfRAWAUDIO"
        path = self.path("a.raw", content)
        self.check(Run("transcribe", path, "-m", "m"), 0, "Beep.\n")
        self.assertIn(b"\r\n\r\n%s\r\n" % content, SERVER.requests[-1][2])

    def test_a_terminal_sees_how_long_it_takes(self):
        path, wav = self.path("file"), self.path("a.wav", b"RIFF")
        with Mock("--first-byte-ms", "1500") as env:
            for noun, *arguments in (
                    ("image", "image", "a", "-o", path),
                    ("audio", "speak", "a", "-o", path, "-m", "m", "-p",
                     "voice=v"),
                    ("transcript", "transcribe", wav, "-m", "m"),
                    ("answer", "invoke", "/speak", "-d", '{"text":"a"}', "-o",
                     path)):
                text = run_on_terminal(*arguments, env=env)
                line = "chutes: no %s after 1 s, still waiting" % noun
                # It is erased by blanks before anything else is printed.
                self.assertIn("\r%s\r%s\r" % (line, " " * len(line)), text)
                self.assertEqual(text.count("\r"), 3, text)
            self.assertEqual(run_on_terminal(*arguments, "-q", env=env), "")
            run = Run("invoke", "/speak", "-d", '{"text":"a"}', "-o", path,
                      env=env)
            self.assertNotIn("waiting", run.err)

    def test_a_terminal_sees_no_progress_in_an_answer(self):
        script = self.path("script.txt", b"""expect GET /v1/a
status 200
header Content-Type: text/plain
header Content-Length: 2000006
end-headers
sleep 1200
send one
sleep 1200
body 2000000 x
send two
""")
        with Mock("--script", script) as env:
            line = "chutes: still receiving the answer after %d s, " \
                   "0.0 of 2.0 MB"
            text = run_on_terminal("invoke", "/a", env=env)
            self.assertTrue(text.startswith("\r" + line % 1), text[:200])
            answer = text.rsplit("\r", 1)[1]
            self.assertEqual(answer.strip(), "one" + "x" * 2000000 + "two")
            text = run_on_terminal("invoke", "/a", "-o", self.path("a"),
                                   env=env)
            self.assertIn("\r" + line % 1, text)
            self.assertIn("\r" + line % 2, text)
            self.assertIn("\rchutes: %s: 2000006 bytes" % self.path("a"), text)

    def test_progress_counts_bytes_and_fits_into_the_terminal(self):
        script = self.path("script.txt", b"""expect GET /v1/a
status 200
header Content-Type: audio/wav
header Content-Length: 3000000
end-headers
body 1500000 x
sleep 1500
body 1500000 x
""")
        line = "chutes: still receiving the answer after 1 s, 1.5 of 3.0 MB"
        with Mock("--script", script) as env:
            text = run_on_terminal("invoke", "/a", "-o", self.path("a"),
                                   env=env)
            self.assertIn("\r" + line + "\r", text)
        with Mock("--script", script) as env:
            process, master = open_terminal("invoke", "/a", "-o",
                                            self.path("a"), env=env)
            termios.tcsetwinsize(master, (24, 30))
            text = b""
            try:
                while piece := os.read(master, 65536):
                    text += piece
            except OSError:
                pass  # the command has closed its end
            os.close(master)
            process.wait(LIMIT)
            self.assertIn(("\r" + line[:29] + "\r").encode(), text)

    def test_a_terminal_sees_the_bytes_of_a_file_that_is_made(self):
        script = self.path("script.txt", b"""status 200
header Content-Type: application/octet-stream
header Content-Length: 3000000
end-headers
body 1500000 x
sleep 1500
body 1500000 x
""")
        for noun, command in (("image", "image"), ("audio", "speak"),
                              ("video", "video")):
            arguments = (command, "a", "-o", self.path("file"))
            line = "chutes: still receiving the %s after 1 s, 1.5 of 3.0 MB" \
                   % noun
            with Mock("--script", script) as env:
                text = run_on_terminal(*arguments, env=env)
                self.assertIn("\r%s\r%s\r" % (line, " " * len(line)), text)
            with Mock("--script", script) as env:
                text = run_on_terminal(*arguments, "-q", env=env)
                self.assertNotIn("receiving", text)
            with Mock("--script", script) as env:
                self.assertNotIn("receiving", Run(*arguments, env=env).err)

    def test_progress_counts_the_bytes_of_an_upload(self):
        size = 30 << 20
        path = self.path("a.wav", b"")
        os.truncate(path, size)
        for arguments in (
                ("invoke", "/a", "--content-type", "audio/wav", "-d", "@" + path),
                ("transcribe", path)):
            text = self.watch_upload(size, *arguments)
            self.assertRegex(text, r"\rchutes: still sending after 1 s, "
                                   r"\d+\.\d of 31\.5 MB\r")
            self.assertTrue(text.rstrip().endswith('{"text":"ok"}'
                                                   if arguments[0] == "invoke"
                                                   else "ok"), text)

    def watch_upload(self, size, *arguments):
        """What a terminal shows while a server is slow to read a body."""
        def answer(listener):
            connection, _ = listener.accept()
            with connection:
                time.sleep(1.5)
                head = connection.recv(1 << 20)
                left = size - len(head.split(b"\r\n\r\n", 1)[1])
                while left > 0:
                    left -= len(connection.recv(1 << 20))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: "
                                   b"application/json\r\nContent-Length: 13"
                                   b'\r\n\r\n{"text":"ok"}')

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=answer, args=(listener,))
            thread.start()
            text = run_on_terminal(
                *arguments, "--base-url",
                "http://127.0.0.1:%d" % listener.getsockname()[1])
            thread.join()
        return text

    NO_IMAGES = {"TMUX": None, "STY": None, "TERM_PROGRAM": None,
                 "LC_TERMINAL": None, "KITTY_WINDOW_ID": None, "TERM": "xterm"}

    def show_image(self, reply, env, image="a.png"):
        """Runs `image --show` on a terminal that answers its question with
        `reply`. Returns what the terminal received and the exit code."""
        process, master = open_terminal("image", "-q", "a", "--show", "-o",
                                        self.path(image), env=env)
        text = b""
        try:
            while piece := os.read(master, 65536):
                text += piece
                if text.endswith(b"\x1b[c"):
                    self.assertFalse(termios.tcgetattr(master)[3] &
                                     (termios.ECHO | termios.ICANON))
                    write_all(master, reply)
        except OSError:
            pass  # the command has closed its end
        code = process.wait(LIMIT)
        modes = termios.tcgetattr(master)[3]
        os.close(master)
        self.assertTrue(modes & termios.ECHO and modes & termios.ICANON)
        return text.decode(), code

    def add_img2sixel(self, text):
        """Returns an environment in which img2sixel is this shell script."""
        program = self.path("img2sixel", b"#!/bin/sh\n" + text)
        os.chmod(program, 0o755)
        return {"PATH": os.path.dirname(program) + ":/usr/bin:/bin"}

    def test_an_image_is_shown_as_sixels_if_the_terminal_says_so(self):
        seen = self.path("seen")
        path = self.add_img2sixel(
            b'test "$1" = --version || { echo "$@" >>%s; cat >>%s;'
            b" printf '\\033Pq#0~\\033\\\\'; }\n" % ((seen.encode(),) * 2))
        with Mock() as env:
            env = {**env, **self.NO_IMAGES, **path}
            for reply in (b"\x1b[?62;4;22c", b"type\x1b[?1;4c",
                          b"\x1b[?6;22;4c", b"x" * 20000 + b"\x1b[?1;4c",
                          b"\x1b[?4;4u\x1b[4;4c\x1b\x1b[?62;4c"):
                text, code = self.show_image(reply, env)
                self.assertEqual(code, 0, text)
                self.assertEqual(text, "\x1b[c\x1bPq#0~\x1b\\\r\n")
                self.assertEqual(self.read("seen"),
                                 b"--static\n" + self.read("a.png"))
                os.remove(seen)
            for reply in (b"\x1b[?62;22c", b"\x1b[?4;6c", b"\x1b[?1;44c", b"",
                          b"\x1b[?62;4", b"x" * 20000, b"\x1b[?62;4u\x1b[?62c",
                          b"\x1b[?1;4294967300c"):
                text, code = self.show_image(reply, env)
                self.assertEqual(code, 2, text)
                self.assertIn("--show needs a terminal with", text)
                self.assertFalse(os.path.exists(seen))
            text = run_on_terminal("image", "-q", "a", "--show", "-o",
                                   self.path("a.png"),
                                   env={**env, "CHUTES_SHOW": "sixel"})
            self.assertEqual(text, "\x1bPq#0~\x1b\\\n")
            text = run_on_terminal("image", "a", "--show", "-o",
                                   self.path("a.png"),
                                   env={**env, "CHUTES_SHOW": "regis"})
            self.assertIn("CHUTES_SHOW must be", text)

    def type_around(self, before, meanwhile, env):
        """Types before the command runs and after the terminal's question.
        Returns what the terminal received, with the line that the next program
        of the shell read."""
        master, slave = pty.openpty()
        write_all(master, before)
        script = '"$@"; echo "code $?"; read -r line; echo "line $line."'
        process = subprocess.Popen(
            ["setsid", "-c", "sh", "-c", script, "sh", chutes(), "image", "-q",
             "a", "--show", "-o", self.path("a.png")],
            stdin=slave, stdout=slave, stderr=slave, env=environment(**env))
        os.close(slave)
        text = b""
        try:
            while piece := os.read(master, 65536):
                text += piece
                if text.endswith(b"\x1b[c"):
                    write_all(master, meanwhile)
                elif re.search(rb"code \d\r\n\Z", text):
                    write_all(master, b"\n")
        except OSError:
            pass  # the shell has closed its end
        process.wait(LIMIT)
        os.close(master)
        return text.decode()

    def test_what_is_typed_for_the_next_program_is_not_lost(self):
        path = self.add_img2sixel(b"cat >/dev/null\n"
                                  b"printf '\033Pq#0~\033\\'\n")
        with Mock() as env:
            env = {**env, **self.NO_IMAGES, **path}
            for typed in b"x", b"x" * 300, b"x" * 4000:
                text = self.type_around(typed, b"", env)
                self.assertNotIn("\x1b", text)
                self.assertIn("while typed input is waiting", text)
                self.assertIn("code 2\r\n", text)
                self.assertIn("line %s." % typed.decode(), text)
            text = self.type_around(b"", b"\x1b[?62;4cnext", env)
            self.assertIn("\x1bPq#0~\x1b\\\r\ncode 0\r\n", text)
            self.assertIn("line next.", text)

    def test_a_signal_while_the_terminal_is_asked_leaves_it_as_it_was(self):
        with Mock() as env:
            text, code = self.show_image(b"\x03", {**env, **self.NO_IMAGES})
        self.assertEqual(code, -signal.SIGINT, text)

    def test_only_sixels_of_img2sixel_reach_the_terminal(self):
        with Mock() as env:
            env = {**env, **self.NO_IMAGES, "CHUTES_SHOW": "sixel"}
            for output in (b"", b"hello", b"\\033Pq", b"\\033Pq#0~\\033\\\\x",
                           b"\\033Pq\\033[2J\\033\\\\", b"\\033Pq\\233\\033\\\\"):
                path = self.add_img2sixel(
                    b"cat >/dev/null\nprintf '%s'\n" % output)
                text = run_on_terminal("image", "a", "--show", "-o",
                                       self.path("a.png"), env={**env, **path})
                self.assertIn("img2sixel can't convert image/png", text)
                self.assertNotIn("\x1b", text)
            path = self.add_img2sixel(b'test "$1" = --version\n')
            text = run_on_terminal("image", "a", "--show", "-o",
                                   self.path("a.png"), env={**env, **path})
            self.assertIn("img2sixel can't convert image/png", text)
            path = {"PATH": self.path("nowhere")}
            text = run_on_terminal("image", "a", "--show", "-o",
                                   self.path("b.png"), env={**env, **path})
            self.assertIn("install the package libsixel-bin", text)
            self.assertFalse(os.path.exists(self.path("b.png")))

    def test_an_image_is_shown_only_where_that_is_possible(self):
        png, gif = self.path("a.png"), self.path("a.gif")
        none = self.NO_IMAGES
        kitty = dict(none, TERM="xterm-kitty")
        iterm = dict(none, TERM_PROGRAM="iTerm.app")
        with Mock() as env:
            text = run_on_terminal("image", "-q", "a", "--show", "-o", png,
                                   env={**env, **kitty})
            head, body = text.rstrip("\n").split(";", 1)
            self.assertEqual(head, "\x1b_Ga=T,f=100,q=2,m=0")
            self.assertEqual(base64.b64decode(body[:-2]), self.read("a.png"))
            self.assertEqual(body[-2:], "\x1b\\")
            text = run_on_terminal("image", "-q", "a", "-p", "n=2", "--show",
                                   "-o", gif, env=iterm)
            body = text.rstrip("\n").split(":", 1)[1]
            self.assertEqual(base64.b64decode(body[:-1]), self.read("a.gif"))
            self.assertEqual(body[-1], "\a")
            text = run_on_terminal("image", "a", "-p", "n=2", "--show", "-o",
                                   gif, env=kitty)
            self.assertIn("accepts PNG, not image/gif", text)
            self.assertNotIn("\x1b_G", text)
            for terminal in (none, dict(kitty, TMUX="/tmp/tmux")):
                text = run_on_terminal("image", "a", "--show", "-o", png,
                                       env={**env, **terminal})
                self.assertIn("--show needs a terminal with", text)
            for more, complaint in ((("--json",), "--json"), ((), "terminal")):
                run = Run("image", "a", "--show", "-o", png, *more,
                          env={**env, **kitty})
                self.assertEqual(run.code, 2)
                self.assertIn(complaint, run.err)
                self.assertNotIn("\x1b", run.out)

    def test_json_prints_one_object_for_a_picture(self):
        report = self.report(self.ask("image", "--json", "a ship"), 0)
        self.assertTrue(report["data_url"].startswith("data:image/png;base64,"))
        self.assertEqual([report[key] for key in (
            "media_type", "length", "file", "width", "height", "status")],
            ["image/png", 99, None, 8, 8, "CHUTES_OK"])
        path = self.path("ship.png")
        report = self.report(self.ask("image", "--json", "a", "-o", path), 0)
        self.assertEqual((report["file"], report["data_url"]), (path, None))
        report = self.report(self.ask("image", "--json", "a", "-o",
                                      self.place), 2)
        self.assertIn("isn't a regular file", report["error"]["message"])

    def test_mistakes_are_named(self):
        for arguments, complaint in (
                (("image", "a", "--chute", "a.b"), "--chute"),
                (("image", "a", "-p", "seed"), "-p seed"),
                (("image", "a", "-p", "a={"), "-p a"),
                (("image", "a", "-i", self.place), "can't read"),
                (("image", "a", "-i", self.path("none")), "can't read"),
                (("image", "a", "-i", self.path("in", b"x"), "--path",
                  "images/generations"), "--input can't be sent"),
                (("image", "a", "-i", self.path("empty", b""), "--path", "/g"),
                 "--input[0]"),
                (("speak", "a", "--chute", "a.b"), "--chute"),
                (("speak", "a", "-p", "voice"), "-p voice"),
                (("transcribe",), "one FILE"),
                (("transcribe", "a", "b"), "one FILE"),
                (("transcribe", self.path("none")), "can't read"),
                (("transcribe", self.path("no", b"")), "FILE"),
                (("transcribe", "a", "--format", "pdf"), "--format"),
                (("image", "a", "--chute", "image"), "--model"),
                (("image", "a", "-m", "m", "--chute", "image", "-p", "steps=9"),
                 "-p has a key that image.chutes.ai refuses"),
                (("transcribe", self.path("wav", b"RIFF"), "-p",
                  "response_format=srt"),
                 '--format must be set instead of "response_format" in -p')):
            run = self.check(Run(*arguments, "--no-key"), 2)
            self.assertIn(complaint, run.err)

    def test_a_text_with_a_nul_byte_is_refused(self):
        for command in ("image", "speak", "tokenize"):
            self.check(Run(command, "--no-key", stdin="one\0two"), 2, "",
                       "NUL byte")

    def test_all_pictures_are_kept(self):
        path = self.path("a.gif")
        run = self.check(Run("image", "a", "-p", "n=2", "-o", path), 0, "",
                         "a-2.gif: ")
        self.assertEqual(self.read("a.gif")[:4], b"GIF8")
        self.assertEqual(self.read("a-2.gif"), self.read("a.gif"))
        self.check(Run("image", "a"), 0, None, "only the first of 2 images")
        for more, names in (([], [None]), (["-o", path], [self.path("a-2.gif")])):
            report = self.report(Run("image", "a", "--json", *more), 0)
            self.assertEqual([other["file"] for other in report["others"]],
                             names)
            self.assertEqual(report["others"][0]["data_url"] is None,
                             more != [])

    def test_a_file_that_cannot_be_written_costs_nothing(self):
        before = len(SERVER.requests)
        for command in ("image", "speak", "video"):
            for path in (self.path("no/a"), self.path("a.gif/b"), "/dev/null",
                         self.path("n" * 256), os.path.dirname(self.path("a")),
                         ""):
                self.check(Run(command, "a", "-o", path), 2, "", "can't write")
        self.assertEqual(len(SERVER.requests), before)


class CommandLine(Case):
    def test_help_goes_to_stdout_for_every_command(self):
        self.check(Run("--help"), 0, err="")
        self.check(Run("help"), 0, err="")
        names = re.findall(r"(?m)^  ([a-z]+) ", Run("--help").out)
        self.assertGreater(len(names), 18)
        for name in names:
            by_option = self.check(Run(name, "--help"), 0)
            by_command = self.check(Run("help", name), 0)
            self.assertEqual(by_option.out, by_command.out)
            self.assertIn("Usage: chutes " + name, by_option.out)
            for line in by_option.out.split("\n"):
                self.assertLessEqual(len(line), 80, line)
        for code in ("0", "1", "2", "3", "4", "5", "6", "7", "8", "130", "141",
                     "143"):
            self.assertRegex(Run("chat", "--help").out,
                             r"(?m)^ +%s  \w" % code)

    # Mistakes that only the library finds. It names its fields.
    MISTAKES = """
        chat -p n=0 x | chat --model= x | chat -p prompt_logprobs=1 x
        chat --fallback= x | chat -p chat_template_kwargs=[] x
        complete -p n=0 x | complete --model= x | complete -p best_of=2 x
        embed --model= x | embed --as-chat --image a --image b
        models --auth none --client-key /none | models --proxy x://y
        invoke my.slug /x | invoke slug /a/../b | invoke /a/../b
        invoke ftp://x/y | invoke http://[::1 | invoke http://example.com/x
        invoke 2ff25e81-4586-5ec8-b892-3a6f342693d7 | invoke s /x -X FOO
        invoke s /x -X GET -d {} | invoke s /x -F a=x -d {} | invoke s /x -d {
        invoke s /x -H Accept:x | invoke s /x -F a=@/none
        invoke s /x --wrap-args | invoke s /x --content-type a
        invoke s /x -d @/none --content-type a | invoke s /x -o /none/x
        rerank = x | rerank x = | rerank x y --chute a.b | rerank x y --path ..
        classify = | classify x --chute a.b | classify x --path ..
        tokenize x --chute a.b | tokenize x --path .. | tokenize x --model=
        image x -o OUT --chute a.b | image x -o OUT --path .. | image x -o OUT --model=
        image x -o OUT -i EMPTY | image x -o OUT -i EMPTY --path /generate
        image x -o OUT -i EMPTY --path images/generations
        video x -o OUT --chute a.b | video x -o OUT --path ..
        video x -o OUT -i EMPTY | speak x -o OUT --chute a.b
        speak x -o OUT --path .. | speak x -o OUT --model=
        transcribe EMPTY | transcribe EMPTY --chute s | transcribe OUT --chute a.b
        transcribe OUT --path .. | transcribe OUT --chute s --format srt
        transcribe OUT --chute s --stream | transcribe OUT -p stream=1
        describe my.slug | describe = | account --client-key /none
        usage x | usage --since x | usage --until x | warmup a?b | warmup =
        list --limit 5001 | list --name = | list --template = | code a?b
        aliases --client-key /none | deploy | deploy -p template=x -m a/b
        deploy -p template=vllm | deploy -p template=vllm -m a/b -p name=x
        deploy -p template=vllm -m a/b -p ref_str=x | deploy -p image=a
        deploy -p template=vllm -m a/b -p cords=[] | deploy EMPTY -p image=a/b:1
        deploy -p template=vllm -m a/b -p gpu_count=99
        deploy -p template=vllm -m a/b -p engine_args=x
    """

    def test_a_mistake_is_named_as_the_user_typed_it(self):
        helps = {}
        before = len(SERVER.requests)
        with tempfile.TemporaryDirectory() as place:
            paths = {"OUT": os.path.join(place, "out"),
                     "EMPTY": os.path.join(place, "empty")}
            for path, content in ((paths["OUT"], "x"), (paths["EMPTY"], "")):
                with open(path, "w", encoding="ascii") as file:
                    file.write(content)
            for line in re.split(r"\n|\|", self.MISTAKES.strip()):
                words = [paths.get(word, "" if word == "=" else word)
                         for word in line.split()]
                run = Run(*words, env={"CHUTES_API_KEY": "cpk_x"})
                with self.subTest(line):
                    self.assertIn(run.code, (1, 2, 3), run)
                    self.check_words(words, run, helps)
        self.assertEqual(len(SERVER.requests), before)
        calls = re.findall(r"(?m)^  ([a-z]+) ", Run("--help").out)
        self.assertEqual(set(calls) - set(helps),
                         {"demo", "mock", "version", "help"})

    def check_words(self, words, run, helps):
        """Each option that is named is one of the command, and no name of a
        field is shown but those that -p takes."""
        if words[0] not in helps:
            text = Run(words[0], "--help").out
            helps[words[0]] = set(re.findall(r"--[a-z0-9][a-z0-9-]*", text))
        named = re.findall(r"--[a-z0-9][a-z0-9-]*", run.err)
        self.assertEqual(set(named) - helps[words[0]], set(), (words, run))
        fields = re.findall(r"(?<!-p )\b[a-z]+_[a-z_]+\b", run.err)
        self.assertEqual(fields, [], (words, run))

    def test_version_names_the_libraries(self):
        for arguments in (("version",), ("--version",), ("chat", "--version")):
            run = self.check(Run(*arguments), 0)
            self.assertRegex(run.out, r"^chutes \d+\.\d+\.\d+\nlibchutes/")

    def test_mistakes_are_usage_errors(self):
        for arguments in ((), ("nonsense",), ("chat", "--nonsense", "x"),
                          ("chat",), ("chat", "-m"), ("chat", "-"),
                          ("chat", "--timeout", "soon", "x"),
                          ("chat", "-p", "temperature=hot", "x"),
                          ("chat", "-p", "temperature", "x"),
                          ("chat", "-p", "temperature=-3", "x"),
                          ("chat", "-p", "k={nonsense}", "x"),
                          ("chat", "--image", "/nonexistent", "x"),
                          ("chat", "--image", os.path.join(HERE), "x"),
                          ("chat", "--image", __file__, "x"),
                          ("embed",), ("embed", "--dimensions", "0", "x"),
                          ("embed", "--batch", "0", "x"),
                          ("embed", "--fallback", "m", "x"),
                          ("chat", "--batch", "1", "x"),
                          ("chat", "--retries", "10", "x"),
                          ("chat", "--retries", "-1", "x"),
                          ("chat", "--retry-policy", "brave", "x"),
                          ("models", "extra"), ("help", "nonsense"),
                          ("demo", "extra"), ("mock", "--port", "65536"),
                          ("version", "extra"), ("invoke",),
                          ("invoke", "a.b", "c"), ("invoke", "a", "b", "c"),
                          ("invoke", "/a", "b"), ("invoke", "/../a"),
                          ("invoke", "/a", "-d", "{"),
                          ("invoke", "/a", "-d", "@/nonexistent"),
                          ("invoke", "/a", "-X", "HEAD"),
                          ("invoke", "/a", "-X", "GET", "-d", "{}"),
                          ("invoke", "/a", "--wrap-args"),
                          ("invoke", "/a", "-H", "X-A"),
                          ("invoke", "/a", "-F", "a"),
                          ("invoke", "/a", "-F", "=a"),
                          ("invoke", "/a", "-F", "a=@-", "-F", "b=@-"),
                          ("invoke", "/a", "-F", "a=b", "-d", "{}"),
                          ("invoke", "/a", "-H", "X-A;b"),
                          ("invoke", "/a", "-H", "Host: x"),
                          ("invoke", "2ff25e81-4586-5ec8-b892-3a6f342693d7"),
                          ("chat", "-o", "file", "x")):
            before = len(SERVER.requests)
            run = self.check(Run(*arguments), 2, out="")
            self.assertTrue(run.err, arguments)
            self.assertEqual(len(SERVER.requests), before, arguments)
        self.assertIn("temperature", Run("chat", "-p", "temperature=hot",
                                         "x").err)

    def test_what_was_meant_is_suggested(self):
        for arguments, text in (
                (("chta", "x"), "did you mean 'chat'?"),
                (("embedd",), "did you mean 'embed'?"),
                (("chat", "--sytem", "x"), "did you mean --system?"),
                (("chat", "--temperature", "1", "x"),
                 "did you mean -p temperature=VALUE?"),
                (("models", "--jsn"), "did you mean --json?")):
            self.check(Run(*arguments), 2, None, text)
        run = self.check(Run("chat", "-m", "plain", "-p", "max_token=5", "x"),
                         0, "Hello world\n", "did you mean max_tokens?")
        self.assertEqual(SERVER.requests[-1][2]["max_token"], 5)

    def test_messages_name_options(self):
        for arguments, text in (
                (("-p", "max_tokens=0"), "-p max_tokens must be"),
                (("-p", 'k={"a":}'), "-p k: "),
                (("-p", "seed=-2147483648"), "-p seed can't be"),
                (("--base-url", "http://192.0.2.1/"), "--insecure-http"),
                (("-m", "hang", "--timeout", "0.05"), "(--timeout)")):
            run = Run("chat", *arguments, "x", env={"CHUTES_API_KEY": "k"})
            self.assertIn(text, run.err, run)
            self.assertIsNone(re.search(
                r"total_timeout_ms|allow_insecure_http|extra_json|base_url",
                run.err), run)

    def test_a_mistake_is_the_json_object_wherever_json_stands(self):
        for arguments in (
                ("chat", "--json", "--nonsense", "x"),
                ("chat", "--nonsense", "x", "--json"),
                ("chat", "--timeout", "soon", "--json", "x"),
                ("chat", "--json=1", "x"), ("version", "--json=1"),
                ("chat", "-p", "k={", "x", "--json"),
                ("chat", "--json", "-p", b"temperature=\xff\x9b", "x"),
                ("chat", "--json"), ("chat", "--json", "-n", "-"),
                ("chat", "--json", "--image", "/nonexistent", "x"),
                ("chat", "-m", "--json", "--raw"),
                ("embed", "--json"), ("embed", "x", "--batch", "0", "--json"),
                ("models", "extra", "--json"), ("models", "--json", "-Z"),
                ("version", "--json"), ("demo", "extra", "--json"),
                ("mock", "--port", "x", "--json"), ("help", "no", "--json"),
                ("--json", "chat", "x"), ("nonsense", "--json")):
            run = Run(*arguments)
            report = self.report(run, 2)
            self.assertEqual(report["status"], "CHUTES_ERR_INVALID_ARGUMENT")
            self.assertTrue(report["error"]["message"], run)
            self.assertTrue(run.err.startswith("chutes: "), run)
            if arguments[0] == "chat":
                self.assertEqual(list(report), Json.KEYS, arguments)
        # Neither words after "--" nor values are options.
        for arguments in (("chat", "--nonsense", "--", "--json"),
                          ("chat", "--nonsense", "-m", "--json")):
            self.check(Run(*arguments), 2, "")

    def test_bytes_that_are_not_text_are_refused_before_anything_is_sent(self):
        before = len(SERVER.requests)
        for data in (b"a\0b", b"a\xffb"):
            run = subprocess.run([chutes(), "chat"], input=data,
                                 capture_output=True, env=environment(),
                                 timeout=LIMIT, check=False)
            self.assertEqual(run.returncode, 2, run)
        self.assertEqual(len(SERVER.requests), before)


class Prompts(Case):
    def sent(self, *arguments, stdin=""):
        run = self.check(Run("chat", "-m", "echo", *arguments, stdin=stdin), 0)
        return json.loads(run.out)

    def test_arguments_are_joined_by_spaces(self):
        self.assertEqual(self.sent("say", "it  now"),
                         [{"role": "user", "content": "say it  now"}])

    def test_stdin_alone_is_the_prompt_without_its_last_line_ends(self):
        self.assertEqual(self.sent(stdin="one\ntwo\n\n")[0]["content"],
                         "one\ntwo")
        self.assertEqual(self.sent("-", stdin="one")[0]["content"], "one")

    def test_stdin_follows_the_arguments_after_a_blank_line(self):
        for arguments in (("sum", "up:"), ("sum", "up:", "-"),
                          ("-", "sum", "up:")):
            self.assertEqual(
                self.sent(*arguments, stdin="text\n")[0]["content"],
                "sum up:\n\ntext")

    def test_no_stdin_leaves_it_to_a_loop(self):
        self.assertEqual(self.sent("-n", "hi", stdin="text\n")[0]["content"],
                         "hi")
        run = subprocess.run(
            ["sh", "-c", 'while read -r line; do "$1" chat -n -m echo "$line" '
             '|| exit; done', "sh", chutes()], input=b"one\ntwo\nthree\n",
            capture_output=True, env=environment(), timeout=LIMIT,
            check=False)
        self.assertEqual([json.loads(line)[0]["content"] for line
                          in run.stdout.splitlines()], ["one", "two", "three"])
        self.check(Run("chat", "-n", "-m", "echo", "-", stdin="x"), 2, "",
                   "--no-stdin")
        self.assertIn("while read", Run("chat", "--help").out)

    def test_a_byte_order_mark_is_dropped(self):
        self.assertEqual(self.sent(stdin="\ufeffone\n")[0]["content"], "one")
        self.assertEqual(self.sent(stdin="one\ufeff\n")[0]["content"],
                         "one\ufeff")
        self.check(Run("embed", stdin="\ufeffab\n"), 0)
        self.assertEqual(SERVER.requests[-1][2]["input"], ["ab"])
        self.check(Run("chat", stdin="\ufeff"), 2, "")

    def test_the_case_of_a_scheme_is_ignored(self):
        parts = self.sent("--image", "HTTPS://example.com/x.png", "--image",
                          "Data:image/png;base64,AA==", "what?")
        self.assertEqual([part["image_url"]["url"] for part
                          in parts[0]["content"][1:]],
                         ["HTTPS://example.com/x.png",
                          "Data:image/png;base64,AA=="])

    def test_a_system_message_comes_first(self):
        self.assertEqual(self.sent("-s", "be brief", "hi"),
                         [{"role": "system", "content": "be brief"},
                          {"role": "user", "content": "hi"}])

    def test_images_are_sent_as_urls_or_as_their_bytes(self):
        png = b"\x89PNG\r\n\x1a\nabc"
        with tempfile.NamedTemporaryFile() as file:
            file.write(png)
            file.flush()
            parts = self.sent("--image", file.name, "--image",
                              "https://example.com/x.png", "what?")
        self.assertEqual(
            [part["type"] for part in parts[0]["content"]],
            ["text", "image_url", "image_url"])
        self.assertEqual(parts[0]["content"][1]["image_url"]["url"],
                         "data:image/png;base64,iVBORw0KGgphYmM=")
        self.assertEqual(parts[0]["content"][2]["image_url"]["url"],
                         "https://example.com/x.png")

    def test_parameters_and_the_key_reach_the_server(self):
        self.check(Run("chat", "-m", "plain", "-p", "temperature=0.5", "-p",
                       "max_tokens=7", "-p", "stop=END", "-p", "odd=thing",
                       "-p", 'more={"a":1}', "hi",
                       env={"CHUTES_API_KEY": "cpk_test"}), 0)
        path, headers, request = SERVER.requests[-1]
        self.assertEqual(path, "/v1/chat/completions")
        self.assertEqual(headers["authorization"], "Bearer cpk_test")
        self.assertIn("chutes-cli", headers["user-agent"])
        self.assertEqual(
            {name: request[name] for name in request
             if name not in ("model", "messages", "stream")},
            {"temperature": 0.5, "max_tokens": 7, "stop": ["END"],
             "odd": "thing", "more": {"a": 1}})
        self.check(Run("chat", "-m", "plain", "--auth", "x-api-key", "hi",
                       env={"CHUTES_API_KEY": "cpk_test"}), 0)
        self.assertEqual(SERVER.requests[-1][1]["x-api-key"], "cpk_test")

    def test_no_key_is_sent_with_no_key(self):
        for arguments in (("--no-key",), ("--auth", "none")):
            self.check(Run("chat", "-m", "plain", *arguments, "x",
                           env={"CHUTES_API_KEY": "cpk_test"}), 0)
            headers = SERVER.requests[-1][1]
            self.assertNotIn("authorization", headers)
            self.assertNotIn("x-api-key", headers)
        # No key is required either: the call fails at the proxy.
        run = Run("models", "--no-key", "--base-url", "https://192.0.2.1/v1",
                  "--proxy", "http://127.0.0.1:1")
        self.check(run, 5, "")
        self.check(Run("models", "--base-url", "https://192.0.2.1/v1"), 3, "",
                   "--no-key")

    def test_a_unix_socket_is_used(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen()

                def serve():
                    SERVER.serve(listener.accept()[0])

                thread = threading.Thread(target=serve, daemon=True)
                thread.start()
                self.check(Run("chat", "-m", "plain", "--unix-socket", path,
                               "--base-url", "http://localhost/v1", "x"), 0,
                           "Hello world\n")
                thread.join(LIMIT)

    def test_files_that_are_missing_are_named(self):
        for option in ("--ca-file", "--client-cert", "--client-key"):
            before = len(SERVER.requests)
            run = self.check(Run("models", "--client-cert", __file__, option,
                                 "/nonexistent.pem"), 3, "")
            self.assertRegex(run.err, "%s|/nonexistent.pem" % option)
            self.assertEqual(len(SERVER.requests), before)

    def test_a_base_url_has_a_scheme_in_any_case(self):
        self.check(Run("models", "--base-url",
                       SERVER.url.replace("http:", "HTTP:")), 0)
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"):
            self.assertIn(name, Run("models", "--help").out)

    def test_the_model_comes_from_option_then_environment_then_us(self):
        self.check(Run("chat", "-m", "plain", "x",
                       env={"CHUTES_MODEL": "500"}), 0)
        self.check(Run("chat", "x", env={"CHUTES_MODEL": "plain"}), 0)
        asked = len(SERVER.requests)
        for command in ("chat", "embed"):
            run = self.check(Run(command, "-m", "", "x"), 2)
            self.assertIn("--model must not be empty", run.err)
        self.assertEqual(len(SERVER.requests), asked)
        help_text = Run("chat", "--help").out
        self.assertIn("deepseek-ai/DeepSeek-V3.2", help_text)


class Answers(Case):
    def test_the_answer_alone_is_on_stdout_and_ends_its_line(self):
        self.check(Run("chat", "-m", "plain", "x"), 0, "Hello world\n")
        self.check(Run("chat", "-m", "newline", "x"), 0, "Hello world\n")
        self.check(Run("chat", "-m", "x", "--no-stream", "x"), 0,
                   "Hello whole\n")
        self.assertNotIn("stream", SERVER.requests[-1][2])

    def test_reasoning_and_calls_and_notes_are_on_stderr(self):
        run = self.check(Run("chat", "-m", "reasoning", "x"), 0, "42\n")
        self.assertEqual(run.err, "Let me think\n")
        run = self.check(Run("chat", "-m", "reasoning", "--no-reasoning",
                             "x"), 0, "42\n")
        self.assertEqual(run.err, "")
        run = self.check(Run("chat", "-m", "reasoning", "-q", "x"), 0, "42\n")
        self.assertEqual(run.err, "")
        run = self.check(Run("chat", "-m", "tool", "x"), 0, "")
        self.assertEqual(run.err, 'chutes: tool call: get_weather('
                                  '{"city":"Paris"})\n')
        self.check(Run("chat", "-m", "length", "x"), 0, "Hello world\n",
                   "length limit")
        run = self.check(Run("chat", "-m", "plain", "--usage", "x"), 0,
                         "Hello world\n", "5 tokens in, 2 tokens out")
        self.check(Run("chat", "-m", "plain", "-v", "x"), 0, "Hello world\n",
                   "chutes: ")

    def test_an_answer_is_checked_against_a_schema(self):
        chat = ("chat", "-m", "person", "--schema")
        person = '{"name":"Ada","age":36}\n'
        self.check(Run(*chat, "name, age int", "x"), 0, person)
        form = SERVER.requests[-1][2]["response_format"]
        self.assertEqual(form, {"type": "json_schema", "json_schema": {
            "name": "answer", "strict": True, "schema": {
                "type": "object", "properties": {
                    "name": {"type": "string"}, "age": {"type": "integer"}},
                "required": ["name", "age"],
                "additionalProperties": False}}})
        self.check(Run(*chat, "name", "x"), 8, person,
                   "the answer does not fit the schema: $: expected no member "
                   '"age"')
        self.check(Run(*chat, "name,age[] int", "x"), 8, person,
                   '$.age: expected type "array", found 36')
        got = self.report(Run(*chat, "name,age", "--json", "x"), 8)
        self.assertEqual(got["status"], "CHUTES_ERR_MISMATCH")
        self.assertEqual(got["error"]["outcome"], "answered")
        self.assertEqual(got["error"]["http_status"], 200)
        self.assertEqual(got["error"]["attempts"], 1)
        self.check(Run("chat", "-m", "plain", "--schema", "name", "x"), 8,
                   "Hello world\n", "byte 0")
        self.check(Run("chat", "-m", "refusal", "--schema", "name", "x"), 8,
                   "", "the model refused")
        self.check(Run("chat", "-m", "empty-refusal", "--schema", "name", "x"),
                   8, "Hello\n", "byte 0")

    def refuse_schema(self, path, schema, why):
        """A schema is refused before anything is sent."""
        with open(path, "w", encoding="utf-8") as file:
            json.dump(schema, file)
        count = len(SERVER.requests)
        self.check(Run("chat", "-m", "person", "--schema", path, "x"), 2, "",
                   why)
        self.assertEqual(len(SERVER.requests), count)

    def test_a_schema_comes_from_a_file(self):
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, "person.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"type": "object", "properties": {
                    "age": {"type": "integer", "maximum": 35},
                    "name": {"$ref": "#/$defs/name"}},
                           "$defs": {"name": {"pattern": "^A.*$"}}}, file)
            self.check(Run("chat", "-m", "person", "--schema", path, "x"), 8,
                       None, "$.age: expected maximum 35, found 36")
            form = SERVER.requests[-1][2]["response_format"]
            self.assertNotIn("strict", form["json_schema"])
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"properties": {"name": {
                    "anyOf": [{"const": "Grace"}, {"pattern": "^B.*$"}]}}},
                          file)
            self.check(Run("chat", "-m", "person", "--schema", path, "x"), 8,
                       None, "$.name: expected any of [")
            self.refuse_schema(path, {"properties": {"age": {"contains": 1}}},
                               "#/properties/age/contains: answers can't be "
                               "checked against this keyword")
            self.refuse_schema(path, {"pattern": "(a|b)"},
                               "#/pattern: the pattern must begin with ^")
            self.refuse_schema(path, {"title": "x" * (1 << 20)},
                               "a schema has at most 1048576 bytes")
            with open(path, "w", encoding="utf-8") as file:
                file.write("[1]")
            self.check(Run("chat", "--schema", path, "x"), 2, "",
                       "a schema is a JSON object")
            with open(path, "w", encoding="utf-8") as file:
                file.write("{")
            self.check(Run("chat", "--schema", path, "x"), 2, "", "byte 1")
            self.check(Run("chat", "--schema", path + "x", "x"), 2, "",
                       "No such file")
        self.check(Run("chat", "--schema", "a,a", "x"), 2, "",
                   "a name appears twice")
        self.check(Run("chat", "--schema", "a string,b date", "x"), 2, "",
                   "a type is text, int, number or bool")
        self.check(Run("chat", "--schema", "a", "-p", "json_schema={}", "x"),
                   2, "", "can't be combined")

    def count(self, code, *arguments):
        """Runs a command; returns how many requests it made, and the run."""
        before = len(SERVER.requests)
        run = self.check(Run(*arguments), code)
        return len(SERVER.requests) - before, run

    def test_failures_are_retried_as_often_as_asked(self):
        for count, arguments in (
                (3, ()), (1, ("--retries", "0")), (2, ("--retries", "1")),
                (5, ("--retries", "4")), (1, ("--retry-policy", "none")),
                (3, ("--retry-policy", "openai")),
                (1, ("--retries", "0", "--retry-policy", "openai"))):
            got, run = self.count(1, "chat", "-m", "503", *arguments, "x")
            self.assertEqual(got, count, arguments)
            self.assertEqual(run.err.count("next in"), count - 1, run)
        self.assertEqual(self.count(4, "embed", "-m", "429", "--retries", "1",
                                    "x")[0], 2)

    def test_a_retry_is_reported_in_one_line_unless_quiet(self):
        for command in ("chat", "embed"):
            run = self.check(Run(command, "-m", "503", "--retries", "1", "x"),
                             1, "")
            self.assertIn("chutes: attempt 1 failed (HTTP 503), next in 0.0 s"
                          "\n", run.err)
            self.assertNotIn("attempt 2", run.err)
            run = self.check(Run(command, "-q", "-m", "503", "--retries", "1",
                                 "x"), 1, "", "No instances")
            self.assertNotIn("attempt", run.err)

    def test_the_next_model_is_used_if_one_is_full(self):
        got, run = self.count(0, "chat", "-m", "503", "--fallback", "soon",
                              "--fallback", "plain", "x")
        self.assertEqual(got, 3)
        self.assertEqual(run.out, "Hello world\n")
        self.assertEqual([request["model"] for _, _, request
                          in SERVER.requests[-3:]],
                         ["503", "soon", "plain"])
        self.assertEqual(self.count(4, "chat", "-m", "402", "--fallback",
                                    "plain", "x")[0], 1)

    def test_other_choices_follow_the_first_one(self):
        run = self.check(Run("chat", "-m", "two", "-p", "n=2", "x"), 0,
                         "first\nsecond\n")
        self.assertIn("choice 1", run.err)

    def test_a_pipe_gets_the_bytes_of_the_server(self):
        self.check(Run("chat", "-m", "escape", "x"), 0, "\x1b[31mred\x07\n")

    def test_a_terminal_gets_no_control_bytes_of_the_server(self):
        self.assertEqual(run_on_terminal("chat", "-m", "escape", "x"),
                         "^[[31mred^G\n")

    def test_reasoning_is_dim_on_a_terminal_with_colour_only(self):
        dim = run_on_terminal("chat", "-m", "reasoning", "x")
        self.assertEqual(dim, "\x1b[2mLet me \x1b[0m\x1b[2mthink\x1b[0m\n\n"
                              "42\n")
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": None}):
            self.assertEqual(
                run_on_terminal("chat", "-m", "reasoning", "x", env=env),
                "Let me think\n\n42\n", env)

    def test_pieces_arrive_while_the_server_still_holds_the_connection(self):
        with subprocess.Popen([chutes(), "chat", "-m", "stall", "x"],
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              env=environment()) as process:
            text = b""
            while text != b"Hello world":
                text += os.read(process.stdout.fileno(), 100)
            self.assertIsNone(process.poll())
            process.kill()


class Terminal(Case):
    FORBIDDEN = "[%s]" % re.escape(
        "".join(map(chr, [*range(0x20), *range(0x7f, 0xa0), 0x61c, 0x200e,
                          0x200f, *range(0x202a, 0x202f),
                          *range(0x2066, 0x206a)]))
        .replace("\n", "").replace("\t", ""))

    def check_terminal(self, *arguments, env=None):
        text = run_on_terminal(*arguments, env={"NO_COLOR": "1",
                                                **(env or {})})
        self.assertIsNone(re.search(self.FORBIDDEN, text),
                          (arguments, ascii(text)))
        self.assertTrue(text, arguments)
        return text

    def test_no_command_prints_what_it_would_obey(self):
        for arguments in (
                ("chat", "-m", "hostile", "x"),
                ("chat", "-m", "hostile", "--no-stream", "x"),
                ("chat", "-m", "hostile-refusal", "x"),
                ("chat", "-m", "hostile-error", "x"),
                ("chat", "-m", "hostile-400", "x"),
                ("embed", "-m", "hostile-400", "x"),
                ("chat", "--image", b"/\xff\x9b\x1b[31m", "x"),
                ("chat", b"--\x9b31m\x1b"), ("chat", b"-\x9b", "x"),
                ("chat", "-p", b"temperature=\x9b\xe2\x80\xae", "x"),
                ("chat", "-p", HOSTILE + "={", "x"),
                ("chat", "--timeout", HOSTILE, "x"),
                ("chat", "-m", "plain", "--base-url", HOSTILE, "x"),
                ("mock", "--script", HOSTILE), (b"\x9b31m\x1b[2J",),
                ("help", HOSTILE), ("version", HOSTILE)):
            self.check_terminal(*arguments)
        hostile = {"CHUTES_BASE_URL": SERVER.url + "/hostile"}
        self.check_terminal("models", env=hostile)

    def test_json_on_it_keeps_its_value(self):
        hostile = {"CHUTES_BASE_URL": SERVER.url + "/hostile"}
        text = self.check_terminal("models", "--json", env=hostile)
        self.assertEqual(json.loads(text), HOSTILE_MODELS["data"])
        text = self.check_terminal("chat", "-m", "hostile", "--json", "x")
        choice = json.loads(text.splitlines()[0])["choices"][0]
        self.assertEqual(choice["content"], HOSTILE)
        text = self.check_terminal("chat", "-m", "hostile", "--raw", "x")
        report = json.loads(text)
        for choice in (report["choices"][0],
                       report["raw"]["choices"][0]["message"]):
            self.assertEqual(choice.get("content",
                                        choice.get("message")), HOSTILE)

    def test_files_and_pipes_get_the_bytes_unchanged(self):
        self.assertIn(HOSTILE.encode(), subprocess.run(
            [chutes(), "chat", "-q", "-m", "hostile", "x"],
            stdin=subprocess.DEVNULL, capture_output=True, env=environment(),
            timeout=LIMIT, check=False).stdout)

    def test_log_lines_stay_out_of_an_answer(self):
        text = self.check_terminal("chat", "-vv", "-m", "reasoning", "x")
        self.assertIn("\nLet me think\n\n42\nchutes: ", text)
        for line in text.split("\nLet me")[0].splitlines():
            self.assertTrue(line.startswith("chutes: "), text)
        for line in text.split("42\n")[1].splitlines():
            self.assertTrue(line.startswith("chutes: "), text)

    def test_log_lines_stay_out_of_an_object(self):
        texts = [str(number) for number in range(200)]
        text = self.check_terminal("embed", "-vv", "--json", "--batch", "20",
                                   *texts)
        line = [line for line in text.splitlines()
                if line.startswith("{")][0]
        self.assertEqual(len(json.loads(line)["data"]), 200)

    def test_the_log_of_the_mock_is_safe(self):
        master, slave = pty.openpty()
        with subprocess.Popen([chutes(), "mock"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=slave,
                              env=environment(NO_COLOR="1")) as process:
            os.close(slave)
            url = process.stdout.readline().decode()
            with socket.create_connection(
                    ("127.0.0.1", int(url.split(":")[2].split("/")[0]))) as c:
                c.sendall(b"GET /v1/\x1b[31m\xc2\x9b\xe2\x80\xae\x9b HTTP/1.1"
                          b"\r\nHost: localhost\r\n\r\n")
                text = b""
                while b"chutes: 1: " not in text or text[-1:] != b"\n":
                    text += os.read(master, 4096)
            process.send_signal(signal.SIGTERM)
        os.close(master)
        text = text.decode().replace("\r\n", "\n")
        self.assertIsNone(re.search(self.FORBIDDEN, text), ascii(text))


class ExitCodes(Case):
    def test_each_failure_has_its_own(self):
        for model, code, text in (
                ("401", 3, "bad key"), ("402", 4, "balance"),
                ("404", 1, "chutes models"), ("429", 4, "too many"),
                ("500", 1, "it broke"), ("503", 1, "No instances"),
                ("error", 1, "engine died"), ("cut", 7, "incomplete"),
                ("filter", 8, "content filter"),
                ("FILTER", 8, "content filter"),
                ("refusal", 8, "I can't do that.")):
            run = self.check(Run("chat", "-m", model, "x"), code, err=text)
            for line in run.err.splitlines():
                self.assertTrue(line.startswith("chutes: "), run)
        self.check(Run("chat", "-m", "no-done", "x"), 0, "Hello world\n")
        run = self.check(Run("chat", "-m", "empty-refusal", "x"), 0, "Hello\n")
        self.assertEqual(run.err, "")

    def test_partial_text_is_printed(self):
        for model in ("error", "cut", "filter"):
            self.assertEqual(Run("chat", "-m", model, "x").out,
                             "Hello world\n")

    def test_no_key(self):
        run = self.check(Run("chat", "x", env={
            "CHUTES_BASE_URL": "https://192.0.2.1/v1"}), 3, "",
            ": no API key\nchutes: set CHUTES_API_KEY")
        self.assertIn("chutes demo", run.err)
        self.assertNotIn("chutes.ai", run.err)
        run = self.check(Run("embed", "x", env={
            "CHUTES_EMBEDDINGS_BASE_URL": "https://192.0.2.1/v1"}), 3, "",
            "CHUTES_API_KEY")
        self.assertNotIn("chutes.ai", run.err)

    def test_no_key_for_chutes(self):
        for url in "https://llm.chutes.ai/v1", "https://llm.chutes.ai./v1":
            run = self.check(Run("chat", "x", env={"CHUTES_BASE_URL": url}), 3,
                             "", "CHUTES_API_KEY")
            self.assertIn("https://chutes.ai", run.err)

    def test_a_key_with_a_line_end_is_refused_and_not_repeated(self):
        run = self.check(Run("chat", "x", env={
            "CHUTES_API_KEY": "cpk_secret\nX: y"}), 3, "")
        self.assertNotIn("cpk_secret", run.err)

    def test_no_connection(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        url = "http://127.0.0.1:%d/v1" % port
        self.check(Run("chat", "--base-url", url, "x"), 5, "")
        self.check(Run("embed", "--base-url", url, "x"), 5, "")
        self.check(Run("models", "--base-url", url), 5, "")

    def test_no_tls(self):
        url = SERVER.url.replace("http:", "https:")
        self.check(Run("models", "--base-url", url,
                       env={"CHUTES_API_KEY": "k"}), 5, "")

    def test_time_limits(self):
        self.check(Run("chat", "-m", "hang", "--timeout", "0.2", "x"), 6, "")
        self.check(Run("chat", "-m", "stall", "--timeout", "0.2", "x"), 6,
                   "Hello world\n")

    @unittest.skipUnless(is_plain(), "sanitizers need address space")
    def test_without_memory_it_says_so(self):
        with tempfile.TemporaryFile() as prompt:
            prompt.truncate(64 << 20)
            run = subprocess.run(
                ["sh", "-c", 'ulimit -v 120000 && exec "$1" chat', "sh",
                 chutes()], stdin=prompt, capture_output=True,
                env=environment(), timeout=LIMIT, check=False)
        self.assertEqual((run.returncode, run.stdout, run.stderr),
                         (1, b"", b"chutes: out of memory\n"))

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            for arguments in (("chat", "-m", "plain", "x"),
                              ("chat", "-m", "plain", "--json", "x"),
                              ("embed", "x"), ("models",), ("version",),
                              ("mock",)):
                run = Run(*arguments, stdout=full)
                self.check(run, 1, err="No space left")

    def test_a_file_beyond_the_limit_of_the_system(self):
        for arguments in (("chat", "-m", "plain", "x"), ("help",), ("mock",)):
            with tempfile.TemporaryFile() as file:
                self.check(Run(*arguments, stdout=file, file_limit=5), 1,
                           err="File too large")

    def test_a_reader_that_leaves_ends_it_quietly(self):
        for arguments in (("chat", "-m", "endless", "x"), ("demo",)):
            with subprocess.Popen([chutes(), *arguments],
                                  stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE,
                                  env=environment()) as process:
                os.read(process.stdout.fileno(), 1)
                process.stdout.close()
                self.assertEqual(process.stderr.read(), b"")
                self.assertEqual(process.wait(LIMIT), 141)

    def test_closed_descriptors_do_no_harm(self):
        for closing, code, out in (("<&-", 0, "Hello world\n"),
                                   (">&-", 1, ""),
                                   ("2>&-", 0, "Hello world\n"),
                                   ("<&- >&- 2>&-", 1, "")):
            run = subprocess.run(
                ["sh", "-c", '"$1" chat -m plain x ' + closing, "sh",
                 chutes()], stdin=subprocess.DEVNULL, capture_output=True,
                env=environment(), timeout=LIMIT, check=False)
            self.assertEqual((run.returncode, run.stdout.decode()),
                             (code, out), (closing, run))

    def interrupt(self, number, *arguments):
        """Sends a signal after the partial answer, or after the request."""
        before = len(SERVER.requests)
        with subprocess.Popen([chutes(), "chat", *arguments],
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              env=environment()) as process:
            text = b""
            if "--json" in arguments:
                while len(SERVER.requests) == before:
                    select.select([], [], [], 0.01)
            else:
                while not text.endswith(b"world"):
                    text += os.read(process.stdout.fileno(), 100)
            process.send_signal(number)
            out, err = process.communicate(timeout=LIMIT)
            return process.returncode, (text + out).decode(), err.decode()

    def test_a_signal_ends_it_after_printing_what_had_arrived(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            code, out, err = self.interrupt(number, "-m", "stall", "x")
            self.assertEqual((code, out), (-number, "Hello world\n"), err)
            self.assertIn("interrupted", err)

    def test_json_is_printed_after_a_signal_too(self):
        code, out, _ = self.interrupt(signal.SIGINT, "-m", "hang", "--json",
                                      "x")
        self.assertEqual(code, -signal.SIGINT)
        report = json.loads(out)
        self.assertEqual((report["status"], report["end"]),
                         ("CHUTES_ERR_CANCELLED", "error"))

    def test_a_signal_while_waiting_for_stdin_ends_it(self):
        with subprocess.Popen([chutes(), "chat", "x"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment()) as process:
            # This note means that it is waiting.
            self.assertIn(b"waiting", process.stderr.readline())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(LIMIT), -signal.SIGINT)

    def test_a_second_signal_ends_it_although_nobody_reads(self):
        with Mock() as env, subprocess.Popen(
                [chutes(), "embed", "--dimensions", "4096", *"abcdefghij"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env=environment(**env)) as process:
            # Ten vectors don't fit into a pipe: it blocks in a write.
            while waiting_bytes(process.stdout) < 60000:
                select.select([], [], [], 0.01)
            process.send_signal(signal.SIGINT)
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(0.3)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(LIMIT), -signal.SIGINT)

    def test_a_shell_loop_ends_with_the_command(self):
        script = ('while :; do "$1" chat -m stall x </dev/null; echo again; '
                  'done')
        with subprocess.Popen(["sh", "-c", script, "sh", chutes()],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL,
                              start_new_session=True,
                              env=environment()) as shell:
            text = b""
            while not text.endswith(b"world"):
                text += os.read(shell.stdout.fileno(), 100)
            os.killpg(shell.pid, signal.SIGINT)
            rest = shell.communicate(timeout=LIMIT)[0]
            self.assertEqual(shell.returncode, -signal.SIGINT)
            self.assertEqual(text + rest, b"Hello world\n")

    def test_a_signal_that_was_ignored_stays_ignored(self):
        SERVER.gate.clear()
        with subprocess.Popen(
                ["sh", "-c", 'trap "" INT TERM HUP; exec "$1" chat -m gated x',
                 "sh", chutes()], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=environment()) as process:
            text = b""
            while not text.endswith(b"world"):
                text += os.read(process.stdout.fileno(), 100)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP,
                           signal.SIGURG):
                process.send_signal(number)
            SERVER.gate.set()
            out, err = process.communicate(timeout=LIMIT)
            self.assertEqual(process.returncode, 0, err)
            self.assertEqual(text + out, b"Hello world\n")


class Json(Case):
    KEYS = ["status", "error", "end", "complete", "id", "model", "choices",
            "usage", "cost_usd", "warnings", "attempts", "timing"]

    def chat(self, code, *arguments, env=None):
        report = self.report(Run("chat", "--json", *arguments, "x", env=env),
                             code)
        self.assertEqual(list(report), self.KEYS)
        return report

    def test_success(self):
        for report, text, name in (
                (self.chat(0, "-m", "plain"), "Hello world", "chat-1"),
                (self.chat(0, "-m", "x", "--no-stream"), "Hello whole",
                 "chat-2")):
            self.assertEqual(report["status"], "CHUTES_OK")
            self.assertIsNone(report["error"])
            self.assertEqual(report["end"], "done")
            self.assertIs(report["complete"], True)
            self.assertEqual(report["id"], name)
            self.assertEqual(report["model"], "served")
            self.assertEqual(report["attempts"], 1)
            self.assertEqual(report["choices"], [
                {"index": 0, "role": "assistant", "content": text,
                 "reasoning": None, "refusal": None, "tool_calls": [],
                 "finish_reason": "stop", "stop_reason": None,
                 "logprobs": None}])
            self.assertGreater(report["timing"]["total_ms"], 0)
        self.assertEqual(self.chat(0, "-m", "plain")["usage"],
                         {"prompt_tokens": 5, "completion_tokens": 2,
                          "total_tokens": 7, "cached_tokens": None,
                          "reasoning_tokens": None})

    def test_usage_is_requested_if_it_is_shown(self):
        for arguments, options in (
                (("--json",), {"include_usage": True}),
                (("--usage",), {"include_usage": True}),
                (("--json", "-p", "include_usage=false"), None),
                (("--usage", "--no-stream"), None), ((), None)):
            Run("chat", "-m", "plain", *arguments, "x")
            got = SERVER.requests[-1][2].get("stream_options")
            if arguments[-1:] == ("include_usage=false",):
                self.assertNotEqual(got, {"include_usage": True})
            else:
                self.assertEqual(got, options, arguments)

    def test_the_cost_is_shown_with_the_usage(self):
        for arguments, text in (
                (("chat", "-m", "a/one"), "cost $0.0000033\n"),
                (("chat", "-m", "plain"), "cost unknown"),
                (("chat", "-m", "a/one", "-p", "include_usage=false"),
                 "cost $0.0000033\n"),  # this server sends it unasked
                (("chat", "-m", "a/one", "--no-stream"), "cost unknown"),
                (("embed", "-m", "a/one"), "cost $0.00000075\n"),
                (("embed", "-m", "plain"), "cost unknown")):
            before = len(SERVER.requests)
            self.check(Run(*arguments, "--usage", "x"), 0, None, text)
            self.assertEqual(SERVER.requests[before][0], "/v1/models")
        with Mock() as env:
            for command in ("chat", "complete", "embed"):
                self.check(Run(command, "--usage", "x", env=env), 0, None,
                           "cost $0.0000\n")

    def test_the_cost_is_in_the_object(self):
        report = self.chat(0, "-m", "a/one", "--usage")
        self.assertEqual(report["cost_usd"], 3.25e-6)
        report = self.report(Run("embed", "--json", "--usage", "-m", "a/one",
                                 "x", "y"), 0)
        self.assertEqual(report["cost_usd"], 0.75e-6)
        # Without --usage, nobody asks what the model costs.
        before = len(SERVER.requests)
        self.assertIsNone(self.chat(0, "-m", "a/one")["cost_usd"])
        self.assertEqual(len(SERVER.requests), before + 1)

    def test_the_cost_has_a_limit(self):
        limit = ("--max-cost", "0.0000005")
        self.check(Run("chat", "-m", "a/one", *limit, "x"), 0, "Hello world\n")
        before = len(SERVER.requests)
        self.check(Run("chat", "-m", "a/one", "--max-cost", "0", "x"), 4, "",
                   "0 of 0 USD (--max-cost)")
        self.check(Run("chat", "-m", "plain", *limit, "x"), 3, "",
                   '--max-cost needs the prices of "plain"')
        self.assertEqual([request[0] for request in SERVER.requests[before:]],
                         ["/v1/models"] * 2)
        self.check(Run("chat", "--max-cost", "-1", "x"), 2, "", "--max-cost")

    def test_a_list_of_prices_that_fails_does_no_harm(self):
        env = {"CHUTES_BASE_URL": SERVER.url + "/no"}
        run = self.check(Run("chat", "--usage", "-m", "a/one", "x", env=env),
                         0, "Hello world\n", "cost unknown")
        self.assertEqual(run.err.count("chutes: "), 1, run)

    def test_logprobs_are_data(self):
        choice = self.chat(0, "-m", "logprobs", "-p", "logprobs=1")[
            "choices"][0]
        self.assertEqual(choice["logprobs"],
                         LOGPROBS["choices"][0]["logprobs"]["content"])

    def test_the_raw_answer_comes_on_request(self):
        report = self.report(Run("chat", "--raw", "-m", "x", "x"), 0)
        self.assertEqual(list(report), self.KEYS + ["raw"])
        self.assertEqual(report["raw"]["object"], "chat.completion")
        self.assertEqual(report["raw"]["created"], 1)
        report = self.report(Run("chat", "--raw", "-m", "401", "x"), 3)
        self.assertIsNone(report["raw"])

    def test_a_length_limit_is_reported_on_stderr(self):
        for arguments in ((), ("--json",), ("-q",)):
            run = self.check(Run("chat", "-m", "length", *arguments, "x"), 0,
                             err="-p max_tokens=N")
            self.assertEqual(run.err.count("length limit"), 1)

    def test_calls_and_reasoning_and_odd_text(self):
        choice = self.chat(0, "-m", "tool")["choices"][0]
        self.assertEqual(choice["tool_calls"], [
            {"index": 0, "id": "call-1", "type": "function",
             "name": "get_weather", "arguments": '{"city":"Paris"}'}])
        self.assertIsNone(choice["content"])
        choice = self.chat(0, "-m", "reasoning")["choices"][0]
        self.assertEqual(choice["reasoning"], "Let me think")
        choice = self.chat(0, "-m", "escape")["choices"][0]
        self.assertEqual(choice["content"], "\x1b[31mred\x07")
        self.assertEqual(len(self.chat(0, "-m", "two", "-p", "n=2")["choices"]),
                         2)

    def test_ends_of_every_kind(self):
        for model, code, status, end, complete in (
                ("no-done", 0, "CHUTES_OK", "finished_without_done", True),
                ("cut", 7, "CHUTES_ERR_TRUNCATED", "truncated", False),
                ("error", 1, "CHUTES_ERR_STREAM", "error", False),
                ("filter", 8, "CHUTES_OK", "done", True)):
            report = self.chat(code, "-m", model)
            self.assertEqual((report["status"], report["end"],
                              report["complete"]), (status, end, complete))
            self.assertEqual(report["choices"][0]["content"], "Hello world")
        report = self.chat(6, "-m", "stall", "--timeout", "0.2")
        self.assertEqual((report["status"], report["end"]),
                         ("CHUTES_ERR_TIMEOUT", "truncated"))
        self.assertEqual(report["choices"][0]["content"], "Hello world")
        self.assertEqual(
            self.chat(8, "-m", "refusal")["choices"][0]["refusal"],
            "I can't do that.")

    def test_failures_before_any_text(self):
        report = self.chat(3, "-m", "401")
        self.assertEqual(report["error"], {
            "status": "CHUTES_ERR_AUTH", "http_status": 401,
            "message": "bad key", "type": "auth", "code": "invalid_api_key",
            "param": None, "request_id": "req-1", "outcome": "answered",
            "attempts": 1, "retry_after_ms": None})
        self.assertEqual((report["end"], report["choices"], report["id"]),
                         ("error", [], None))
        report = self.chat(3, env={"CHUTES_BASE_URL": "https://192.0.2.1/v1"})
        self.assertEqual(report["status"], "CHUTES_ERR_CONFIG")
        self.assertEqual((report["attempts"], report["error"]["outcome"]),
                         (0, "not_sent"))
        report = self.chat(2, "-p", "temperature=-3")
        self.assertIn("temperature", report["error"]["message"])


class OtherCommands(Case):
    def test_embed_prints_a_line_for_each_text(self):
        lines = ('{"index":0,"embedding":[2,0.1,-2.5e-07]}\n'
                 '{"index":1,"embedding":[5,0.1,-2.5e-07]}\n')
        self.check(Run("embed", "ab", "c d e"), 0, lines)
        self.check(Run("embed", stdin="ab\nc d e\n"), 0, lines)
        self.check(Run("embed", "-", stdin="ab\r\nc d e"), 0, lines)
        self.check(Run("embed", stdin="ab\n\ncd\n"), 2, "", "line 2")

    def test_embed_says_what_the_texts_are_for(self):
        script = (
            'expect POST /v1/embeddings\n'
            'expect-body-contains "\\"input\\":[\\"Instruct: Find ships.\\\\n'
            'Query:a ship\\"]"\n'
            'expect-body-contains "\\"input_type\\":\\"query\\""\n'
            'answer 200 application/json '
            '{"data":[{"index":0,"embedding":[1,2]}]}\n')
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "script.txt")
            with open(path, "w") as file:
                file.write(script)
            with Mock("--script", path) as env:
                self.check(Run("embed", "--instruct", "Find ships.",
                               "--input-type", "query", "a ship", env=env), 0,
                           '{"index":0,"embedding":[1,2]}\n')

    def test_embed_names_the_lines_that_are_not_text(self):
        # A byte order mark isn't part of the first line.
        self.check(Run("embed", stdin="\ufeffab"), 0,
                   '{"index":0,"embedding":[2,0.1,-2.5e-07]}\n')
        with subprocess.Popen([chutes(), "embed"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, env=environment()
                              ) as process:
            process.stdin.write(b"a\n")
            process.stdin.flush()
            while waiting_bytes(process.stdin):
                time.sleep(0.01)
            process.stdin.write(b"\xef\xbb\xbfbc\n")
            out, _ = process.communicate(timeout=LIMIT)
        self.assertEqual([json.loads(line)["embedding"][0]
                          for line in out.splitlines()], [1, 3])
        for text, number, reason in (("\nab\n", 1, "is empty"),
                                     ("ab\n\r\n", 2, "is empty"),
                                     ("ab\nc\0d\n", 2, "NUL"),
                                     ("ab\n\n\ncd", 2, "is empty")):
            run = self.check(Run("embed", stdin=text), 2, "", reason)
            self.assertIn("line %d of standard input" % number, run.err)
            report = self.report(Run("embed", "--json", stdin=text), 2)
            self.assertEqual(report["status"], "CHUTES_ERR_INVALID_ARGUMENT")
            self.assertIn("line %d " % number, report["error"]["message"])
        self.check(Run("embed", "ab", ""), 2, "", "text 2 is empty")
        self.check(Run("embed"), 2, "", "there is no text")
        self.assertEqual(self.report(Run("embed", "--json"), 2)["data"], [])

    def test_embed_keeps_going_if_asked(self):
        lines = ["ab", "", "cd", "bad", "ef", "\udcff", "g"]
        arguments = ("embed", "--keep-going", "--retries", "0")
        for batch in ("1", "3", "100"):
            report = self.report(Run(*arguments, "--json", "--batch", batch,
                                     stdin="\n".join(lines)), 2)
            missing = {"1": {1, 3, 5}, "3": {0, 1, 2, 3, 5},
                       "100": {0, 1, 2, 3, 4, 5, 6}}[batch]
            self.assertEqual([item["index"] for item in report["data"]],
                             [index for index in range(7)
                              if index not in missing])
            failed = {index for gap in report["failed"]
                      for index in range(gap["first"], gap["last"] + 1)}
            self.assertEqual(failed, missing)
        run = self.check(Run(*arguments, "--batch", "1",
                             stdin="\n".join(lines)), 2)
        self.assertEqual(len(run.out.splitlines()), 4)
        for text in ("line 2 of standard input is empty",
                     "line 4 has no vector", "line 6", "UTF-8"):
            self.assertIn(text, run.err)
        # A failure that every request would have ends it nevertheless.
        before = len(SERVER.requests)
        self.check(Run(*arguments, "-m", "401", "--batch", "1",
                       stdin="ab\n" * 50), 3)
        self.assertLess(len(SERVER.requests) - before, 10)

    def test_embed_reads_and_prints_as_it_goes(self):
        with subprocess.Popen([chutes(), "embed", "--batch", "2"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              env=environment()) as process:
            for first in range(0, 6, 2):
                process.stdin.write(b"ab\ncd\n")
                process.stdin.flush()
                for index in (first, first + 1):
                    self.assertEqual(
                        json.loads(process.stdout.readline())["index"], index)
            process.stdin.write(b"less than a batch\n")
            process.stdin.flush()
            self.assertEqual(
                json.loads(process.stdout.readline())["index"], 6)
            process.stdin.close()
            self.assertEqual(process.wait(LIMIT), 0)

    def test_embed_ends_its_object_when_it_is_interrupted(self):
        with subprocess.Popen([chutes(), "embed", "--batch", "1", "--json"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL,
                              env=environment()) as process:
            process.stdin.write(b"ab\n")
            process.stdin.flush()
            started = process.stdout.read(len(b'{"data":[{"index":0'))
            process.send_signal(signal.SIGINT)
            report = json.loads(started + process.stdout.read())
            self.assertEqual(report["status"], "CHUTES_ERR_CANCELLED")
            self.assertEqual(len(report["data"]), 1)
            process.wait(LIMIT)

    def test_embed_takes_little_memory_for_many_lines(self):
        with tempfile.TemporaryFile() as lines:
            lines.write(b"wide\n" * 20000)
            lines.seek(0)
            with subprocess.Popen([chutes(), "embed"], stdin=lines,
                                  stdout=subprocess.PIPE,
                                  env=environment()) as process:
                for count, _ in enumerate(process.stdout, 1):
                    # The pipe can't hold the 100 lines that are missing.
                    if count == 19900:
                        peak = peak_memory(process.pid)
                self.assertEqual(process.wait(LIMIT), 0)
        self.assertEqual(count, 20000)
        if is_plain():
            self.assertLess(peak, 20 << 10)

    def test_embed_refuses_vectors_of_another_dimension(self):
        run = self.check(Run("embed", "--batch", "1", "ab", "wide"), 1,
                         '{"index":0,"embedding":[2,0.1,-2.5e-07]}\n',
                         "dimension 258, those before 3")
        self.assertIn("text 2 has no vector", run.err)

    def test_embed_adapts_to_a_server_that_allows_few_at_once(self):
        for most in (1, 2, 3):
            SERVER.most_at_once = most
            before = len(SERVER.requests)
            try:
                report = self.report(Run("embed", "--json", "--batch", "1",
                                         *(["text"] * 10)), 0)
            finally:
                SERVER.most_at_once = 1000
            self.assertEqual(len(report["data"]), 10)
            self.assertEqual(report["attempts"],
                             len(SERVER.requests) - before)

    def test_embed_counts_the_attempts_of_all_its_requests(self):
        before = len(SERVER.requests)
        report = self.report(Run("embed", "--json", "--batch", "1", "--retries",
                                 "1", "--keep-going", "-m", "429", "a", "b",
                                 "c"), 4)
        self.assertEqual(report["attempts"], len(SERVER.requests) - before)

    def test_embed_sends_what_its_options_ask(self):
        self.check(Run("embed", "-m", "some", "--dimensions", "3", "--base64",
                       "x"), 0)
        path, _, request = SERVER.requests[-1]
        self.assertEqual(path, "/v1/embeddings")
        self.assertEqual(request, {"model": "some", "input": ["x"],
                                   "dimensions": 3,
                                   "encoding_format": "base64"})

    def test_embed_takes_token_ids(self):
        def sent(*arguments, stdin=""):
            self.check(Run("embed", "--token-ids", *arguments, stdin=stdin), 0)
            return SERVER.requests[-1][2]["input"]

        self.assertEqual(sent("1,2,3"), [1, 2, 3])
        self.assertEqual(sent("1 2\t3", " [ 4 ,5, 6 ] ", "0"),
                         [[1, 2, 3], [4, 5, 6], [0]])
        self.assertEqual(sent(stdin="1,2\r\n[9223372036854775807]"),
                         [[1, 2], [9223372036854775807]])
        for text, byte in (("x", 1), ("1,", 3), ("1,,2", 3), ("[1", 3),
                           ("1]", 2), ("1 x", 3), ("-1", 1), ("1.5", 2),
                           ("[]", 2), ("9223372036854775808", 19),
                           ("[[1]]", 2)):
            run = self.check(Run("embed", "--token-ids", "--", "7", text), 2, "",
                             "text 2 must be token ids such as 1,2,3; see "
                             "byte %d\n" % byte)
        run = self.check(Run("embed", "--token-ids", "--keep-going",
                             stdin="x\n1,2\ny\n"), 2, None,
                         "line 3 of standard input must be token ids")
        self.assertEqual(json.loads(run.out)["index"], 1)
        self.check(Run("embed", "--token-ids", "--instruct", "a", "1"), 2, "",
                   "--instruct")

    def test_embed_takes_images(self):
        def sent(*arguments, stdin=""):
            count = len(SERVER.requests)
            self.check(Run("embed", *arguments, stdin=stdin), 0)
            return [request for _, _, request in SERVER.requests[count:]]

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.png")
            with open(path, "wb") as file:
                file.write(b"\x89PNG\r\n\x1a\nrest")
            url = "data:image/png;base64,iVBORw0KGgpyZXN0"
            web = "https://example.com/a.jpg"
            images = ("--image", path, "--image", web)
            self.assertEqual(sent(*images)[0]["input"],
                             [{"image": url}, {"image": web}])
            self.assertEqual(
                sent("--instruct", "Look.", "--image", "-",
                     stdin=path + "\n" + web + "\n")[0]["input"],
                [{"text": "Look.", "image": url},
                 {"text": "Look.", "image": web}])
            requests = sent(*images, "--as-chat", "--instruct", "Look.")
            self.assertEqual(
                sorted(json.dumps(each["messages"]) for each in requests),
                [json.dumps([{"role": "user", "content": [
                    {"type": "text", "text": "Look."},
                    {"type": "image_url", "image_url": {"url": each}}]}])
                    for each in (url, web)])
            self.assertEqual([each["messages"] for each in
                              sent("--as-chat", "a")],
                             [[{"role": "user", "content": "a"}]])
            for arguments, text in (
                    (("x",), "--image can't be combined with texts"),
                    (("--token-ids",), "--token-ids can't be"),
                    (("--image", folder + "/b.png"), "can't open"),
                    (("--image", __file__), "isn't a PNG"),
                    (("--image", "https://"), "image 3 must be")):
                count = len(SERVER.requests)
                self.check(Run("embed", *images, *arguments), 2, "", text)
                self.assertEqual(len(SERVER.requests), count)
            run = Run("embed", *images, "--image", folder, "--keep-going")
            self.check(run, 2, None, "image 3 can't be embedded")
            self.assertEqual(len(run.out.splitlines()), 2)
            run = Run("embed", "--token-ids", "--as-chat", "1")
            self.check(run, 2, "", "--token-ids can't be")

    def test_large_images_are_sent_one_by_one(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number in range(4):
                paths.append(os.path.join(folder, "%d.png" % number))
                with open(paths[-1], "wb") as file:
                    file.write(b"\x89PNG\r\n\x1a\n" + bytes(600000))
            web = "https://example.com/a.jpg"
            before = len(SERVER.requests)
            names = [paths[0], web, *paths[1:3], folder, paths[3]]
            run = self.check(Run("embed", "--image", "-", "--keep-going",
                                 stdin="\n".join(names)), 2, None,
                             "line 5 of standard input can't be embedded")
            self.assertEqual([json.loads(line)["index"] for line in
                              run.out.splitlines()], [0, 1, 2, 3, 5])
        # Each file is 800,000 bytes of base64, and a request has 1 MiB.
        self.assertEqual(sorted(len(request["input"]) for _, _, request
                                in SERVER.requests[before:]), [1, 1, 1, 2])

    def test_embed_prints_one_object(self):
        report = self.report(Run("embed", "--json", "ab"), 0)
        self.assertEqual(report["status"], "CHUTES_OK")
        self.assertEqual(report["dimension"], 3)
        self.assertEqual(report["data"],
                         [{"index": 0, "embedding": [2, 0.1, -2.5e-7]}])
        report = self.report(Run("embed", "--json", "-m", "429", "ab"), 4)
        self.assertEqual(report["error"]["http_status"], 429)
        self.assertEqual(report["data"], [])

    def test_embed_splits_many_texts(self):
        before = len(SERVER.requests)
        texts = [str(number) for number in range(7)]
        run = self.check(Run("embed", "--batch", "3", *texts), 0)
        self.assertEqual(len(run.out.splitlines()), 7)
        self.assertEqual(sorted(request["input"] for _, _, request
                                in SERVER.requests[before:]),
                         [texts[:3], texts[3:6], texts[6:]])

    def test_embed_prints_the_vectors_there_are(self):
        arguments = ("--batch", "1", "--retries", "0", "ab", "fail")
        SERVER.embedded.clear()
        run = self.check(Run("embed", *arguments), 1,
                         '{"index":0,"embedding":[2,0.1,-2.5e-07]}\n',
                         "text 2 has no vector")
        self.assertIn("some vectors are missing", run.err)
        SERVER.embedded.clear()
        report = self.report(Run("embed", "--json", *arguments), 1)
        self.assertEqual(report["data"],
                         [{"index": 0, "embedding": [2, 0.1, -2.5e-7]}])
        self.assertEqual(report["error"]["http_status"], 500)

    def test_models_are_a_table_or_the_entries_as_they_came(self):
        run = self.check(Run("models"), 0)
        self.assertEqual(run.out.splitlines()[0].split(),
                         ["MODEL", "CONTEXT", "$/M", "IN", "$/M", "OUT",
                          "FEATURES"])
        self.assertEqual(run.out.splitlines()[1].split(),
                         ["a/one", "131072", "0.250", "1.000",
                          "image,tools,json_mode"])
        self.assertEqual(run.out.splitlines()[2].split(),
                         ["a/two", "-", "-", "-"])
        self.assertEqual(run.out.splitlines()[3].split(),
                         ["a/three", "-", "<0.001", "0.000", "fees"])
        self.assertIn("entries without an id or a name, left out: 1", run.err)
        run = self.check(Run("models", "--json"), 0)
        self.assertEqual(json.loads(run.out), MODELS["data"][:3])

    def test_what_the_server_sent_is_printed_as_valid_json(self):
        def answer(value, *arguments):
            run = Run(*arguments, "--json", "--base-url",
                      SERVER.url + "/raw/" + value, stdin="code")
            return json.loads(self.check(run, 0).out, parse_constant=self.fail)

        models, usage, deploy = (
            ("models",), ("usage",),
            ("deploy", "-", "-p", "image=me/i:1", "-p", "name=me/chute"))
        self.assertEqual(answer("nan", *models), ['{"id": "m", "x": NaN}'])
        self.assertEqual(answer("dirty", *models), [{"id": "m", "x": "\ufffd"}])
        self.assertEqual(answer("nan", *usage), '{"total": 1, "items": '
                         '[{"bucket": "b", "amount": NaN}]}')
        self.assertEqual(answer("dirty", *usage)["items"],
                         [{"bucket": "b", "amount": "\ufffd"}])
        self.assertEqual(answer("nan", *deploy),
                         '{"chute_id": "c-1",\r\n "x": NaN}')
        self.assertEqual(answer("dirty", *deploy),
                         {"chute_id": "c-1", "x": "\ufffd"})

    def test_models_are_filtered(self):
        def names(*options):
            run = self.check(Run("models", *options), 0)
            return [line.split()[0] for line in run.out.splitlines()[1:]]

        self.assertEqual(names("--name", "ONE"), ["a/one"])
        self.assertEqual(names("--feature", "tools", "--feature", "json_mode",
                               "--takes", "image"), ["a/one"])
        self.assertEqual(names("--feature", "audio"), [])
        self.assertEqual(names("--min-context", "131073"), [])
        self.assertEqual(names("--max-price", "0.2"), ["a/three"])
        self.assertEqual(names("--max-price-out", "1"),
                         ["a/one", "a/three"])
        self.assertEqual(names("--tee"), [])
        run = self.check(Run("models", "--json", "--name", "two"), 0)
        self.assertEqual(json.loads(run.out), MODELS["data"][1:2])
        run = self.check(Run("models", "--max-price", "cheap"), 2)
        self.assertIn("--max-price must be US dollars", run.err)

    def test_models_that_cannot_be_listed_are_one_object(self):
        report = self.report(Run("models", "--json", "--base-url",
                                 "http://127.0.0.1:9/v1"), 5)
        self.assertEqual(report["status"], "CHUTES_ERR_CONNECT")
        self.assertEqual(report["error"]["status"], "CHUTES_ERR_CONNECT")

    def test_demo_shows_three_things_and_says_what_it_is(self):
        run = self.check(Run("demo", env={"CHUTES_BASE_URL": None,
                                          "CHUTES_API_KEY": "cpk_mine"}), 0)
        for text in ("1. ", "2. ", "3. ", "current_time", "not an AI",
                     "export CHUTES_API_KEY="):
            self.assertIn(text, run.out)
        self.assertNotIn("\x1b", run.out)
        self.assertNotIn("cpk_mine", run.out + run.err)
        scores = [float(score) for score in
                  re.findall(r"(?m)^ +(-?\d\.\d\d)  ", run.out)]
        self.assertEqual(len(scores), 8)
        self.assertEqual(scores, sorted(scores, reverse=True))
        self.assertGreater(scores[0], scores[-1] + 0.1)


needs_toolkit = unittest.skipIf(
    "CHUTES_TOOLKIT=OFF" in Run("chat", "--tool", "none", "x").err,
    "there is no toolkit")


@needs_toolkit
class Trace(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "trace.jsonl")

    def spans(self):
        """The attributes of each span, by its name."""
        spans = {}
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                (whole,) = json.loads(line)["resourceSpans"]
                (service,) = whole["resource"]["attributes"]
                self.assertEqual(service["key"], "service.name")
                self.assertEqual(service["value"], {"stringValue": "chutes"})
                (span,) = whole["scopeSpans"][0]["spans"]
                spans[span["name"]] = {one["key"]: one["value"]
                                       for one in span["attributes"]}
        return spans

    def test_calls_are_appended_without_their_content(self):
        self.check(Run("chat", "-m", "plain", "--trace", self.path, "PROMPT",
                       env={"CHUTES_API_KEY": "cpk_secret"}), 0, err="")
        self.check(Run("models", env={"CHUTES_TRACE": self.path}), 0, err="")
        self.assertEqual(set(self.spans()),
                         {"chat plain", "POST", "models", "GET"})
        with open(self.path, encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("PROMPT", text)
        self.assertNotIn("cpk_", text)

    def test_content_is_there_if_asked_for(self):
        self.check(Run("chat", "-m", "plain", "--trace-content", "PROMPT",
                       env={"CHUTES_TRACE": self.path}), 0)
        self.assertEqual(
            json.loads(self.spans()["chat plain"]["gen_ai.input.messages"]
                       ["stringValue"]),
            [{"role": "user",
              "parts": [{"type": "text", "content": "PROMPT"}]}])
        self.check(Run("chat", "--trace-content", "x"), 2, "",
                   "--trace-content needs --trace or CHUTES_TRACE")

    def test_a_span_that_cannot_be_written_does_not_end_the_command(self):
        with open(self.path, "wb") as file:
            file.write(bytes(50))
        # Each call is a span, and its attempt is another.
        for more, words in ((("-q",), "2 spans of the trace were not written"),
                            (("--usage",),  # which asks for the prices, too
                             "4 spans of the trace were not written")):
            self.check(Run("chat", "-m", "plain", "--trace", self.path, *more,
                           "x", file_limit=50), 0, "Hello world\n",
                       "chutes: %s\n" % words)

    def test_a_file_that_cannot_be_written_ends_the_command(self):
        before = len(SERVER.requests)
        self.check(Run("chat", "--trace", "/none/x", "x"), 1, "",
                   "--trace /none/x: ")
        self.check(Run("embed", "x", env={"CHUTES_TRACE": "/none/x"}), 1, "",
                   "CHUTES_TRACE /none/x: ")
        self.assertEqual(len(SERVER.requests), before)
        self.check(Run("version", env={"CHUTES_TRACE": "/none/x"}), 0)
        self.check(Run("chat", "-m", "plain", "x",
                       env={"CHUTES_TRACE": ""}), 0)


@needs_toolkit
class Tools(Case):
    DESCRIPTION = {"name": "weather", "description": "The weather in a city",
                   "inputSchema": {"type": "object"}}

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def tool(self, script, file_name="tool", **description):
        """A shell script as a tool. Unless it is said otherwise, it is
        read-only."""
        description = {**self.DESCRIPTION,
                       "annotations": {"readOnlyHint": True}, **description}
        with open(self.path(file_name), "w") as file:
            file.write("#!/bin/sh\nif [ \"$1\" = --describe ]; then\n"
                       "cat <<'END'\n%s\nEND\nexit\nfi\n%s\n"
                       % (json.dumps(description), script))
        os.chmod(self.path(file_name), 0o755)
        return self.path(file_name)

    def run_tool(self, script, *arguments, rounds=1, prompt="{}",
                 preexec_fn=None, **more):
        """Has the model call a tool, without a terminal. The options may be
        those of chat, or a changed description."""
        run = subprocess.run(
            [chutes(), "chat", "-n", "--tool", self.tool(script, **more),
             "-m", "agent%d" % rounds, *arguments, prompt],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
            env=environment(CHUTES_API_KEY="cpk_secret"), check=False,
            start_new_session=True, preexec_fn=preexec_fn)
        run.code, run.out, run.err = (run.returncode, run.stdout.decode(),
                                      run.stderr.decode())
        run.args = run.args[:-1]  # the prompt may be very long
        return run

    def check_gone(self, name):
        """The process whose number is in the file isn't there any more."""
        with open(self.path(name)) as file:
            number = int(file.read())
        for _ in range(200):  # the system may need a moment for an orphan
            try:
                os.kill(number, 0)
            except ProcessLookupError:
                return
            time.sleep(0.01)
        self.fail("process %d still runs" % number)

    def test_a_tool_gets_the_arguments_and_the_model_its_output(self):
        before = len(SERVER.requests)
        self.check(self.run_tool("cat; printf ', sunny'", rounds=2,
                                 prompt='{"city":"$(id)`id`\'"}'), 0,
                   "Let me see.\nLet me see.\n"
                   "It says: {\"city\":\"$(id)`id`'\"}, sunny\n",
                   "tool call: weather({")
        first, _, last = (request for _, _, request
                          in SERVER.requests[before:])
        self.assertEqual(first["tools"], [{"type": "function", "function": {
            "name": "weather", "description": "The weather in a city",
            "parameters": {"type": "object"}}}])
        self.assertEqual([message["role"] for message in last["messages"]],
                         ["user"] + ["assistant", "tool"] * 2)

    def test_a_tool_gets_neither_the_key_nor_our_descriptors(self):
        run = self.check(self.run_tool("env; echo /proc/self/fd/*"), 0)
        self.assertIn("PATH=", run.out)
        self.assertNotIn("CHUTES_API_KEY", run.out)
        self.assertNotIn("cpk_", run.out)
        # The shell itself has one open for its script.
        numbers = set(re.findall(r"/fd/(\d+)", run.out)) - {"0", "1", "2"}
        self.assertLessEqual(len(numbers), 2, run.out)

    def test_the_writes_of_a_tool_may_end_it(self):
        run = self.check(self.run_tool(
            "ulimit -f 1; head -c 9999 /dev/zero >%s; echo $?"
            % self.path("big")), 0)
        self.assertIn("It says: %d\n" % (128 + signal.SIGXFSZ), run.out)

    def test_nobody_is_asked_without_a_terminal(self):
        script = "touch %s; echo done" % self.path("ran")
        run = self.check(self.run_tool(script, annotations={}), 0,
                         "Let me see.\nIt says: {\"error\":\"denied: nobody can "
                         "be asked to allow it\"}\n", "--yes")
        self.assertFalse(os.path.exists(self.path("ran")), run)
        self.check(self.run_tool(script, "--yes", annotations={}), 0,
                   "Let me see.\nIt says: done\n")
        self.assertTrue(os.path.exists(self.path("ran")))

    def ask(self, answer, prompt="{}"):
        """Answers the question. Returns all that the terminal showed."""
        tool = self.tool("echo done", annotations={"readOnlyHint": False})
        process, master = open_terminal("chat", "-n", "-m", "agent1", "--tool",
                                        tool, prompt)
        text = b""
        with process:
            while select.select([master], [], [], LIMIT)[0]:
                try:
                    text += os.read(master, 65536)
                except OSError:
                    break
                if text.endswith(b"[y/N] "):
                    os.write(master, answer)
            process.wait(LIMIT)
        os.close(master)
        return process.returncode, text.decode().replace("\r\n", "\n")

    def test_the_user_is_asked(self):
        for answer, result in (
                (b"y\n", "It says: done"), (b"Yes\n", "It says: done"),
                (b"n\n", "the user doesn't allow it"),
                (b"\n", "the user doesn't allow it"),
                (b"yes, but later\n", "the user doesn't allow it"),
                (b"\x04", "the user doesn't allow it")):
            code, text = self.ask(answer, '{"city":"Paris"}')
            self.assertEqual(code, 0, text)
            self.assertIn("calls the tool weather with:\n{\"city\":\"Paris\"}"
                          "\nchutes: run weather? [y/N] ", text)
            self.assertIn(result, text)

    def test_arguments_cannot_control_the_terminal(self):
        hostile = '{"a":"%s",\n\n\t"b":1}' % HOSTILE.replace(
            "\x1b", "\\u001b").replace("\r", "\\r")
        _, text = self.ask(b"n\n", hostile)
        self.assertIsNone(re.search(Terminal.FORBIDDEN, text), ascii(text))
        question = text[text.index("with:\n") + 6:text.index("\nchutes: run")]
        self.assertNotIn("\n", question)

    def test_an_interruption_is_no_answer(self):
        code, text = self.ask(b"\x03")
        self.assertEqual(code, -signal.SIGINT, text)
        self.assertNotIn("done", text)

    def test_what_a_tool_does_wrong_is_told_to_the_model(self):
        for script, result in (
                ("echo no city; exit 3",
                 '{"error":"the tool failed with exit code 3: no city\\n"}'),
                ("kill -9 $$",
                 '{"error":"the tool was ended by signal 9: "}'),
                ("kill -INT $$",
                 '{"error":"the tool was ended by signal 2: "}'),
                ("printf 'a\\377b\\000c'", "a\ufffdb\ufffdc"),
                ("exec >&-", "")):
            self.check(self.run_tool(script), 0,
                       "Let me see.\nIt says: %s\n" % result)

    def test_a_failure_is_told_even_if_the_parent_ignores_sigchld(self):
        run = self.run_tool(
            "echo no city; exit 3",
            preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.check(run, 0, 'Let me see.\nIt says: {"error":"the tool failed '
                           'with exit code 3: no city\\n"}\n')

    def test_a_tool_that_hangs_is_ended_with_all_it_started(self):
        script = ("trap '' TERM; sleep 1000 & echo $! >%s; echo $$ >%s; "
                  "%s" % (self.path("child"), self.path("self"), "%s"))
        for rest in ("wait; sleep 1000", "exec >&- <&-; sleep 1000"):
            begin = time.monotonic()
            self.check(self.run_tool(script % rest, "--tool-timeout", "0.2"), 0,
                       'Let me see.\nIt says: {"error":"the tool took too '
                       'long, and was ended"}\n')
            self.assertLess(time.monotonic() - begin, 10)
            self.check_gone("child")
            self.check_gone("self")
        # It ends, but leaves another process behind that has its output open.
        self.check(self.run_tool(script % "echo here"), 0,
                   "Let me see.\nIt says: here\n")
        self.check_gone("child")
        self.check(self.run_tool("sleep 1000", "--timeout", "0.5"), 6,
                   err="--timeout")

    def test_a_tool_may_clean_up_at_its_deadline(self):
        script = "trap 'touch %s; exit' TERM; sleep 1000 & wait"
        self.check(self.run_tool(script % self.path("clean"),
                                 "--tool-timeout", "0.2"), 0)
        self.assertTrue(os.path.exists(self.path("clean")))

    def test_long_output_is_cut(self):
        run = self.check(self.run_tool("yes | head -c 100000000"), 0)
        self.assertLess(len(run.out), 300000)
        self.assertRegex(run.out, r"\[\d{8} more bytes were left out\]\n$")

    def test_cut_output_is_followed_by_what_was_left_out(self):
        begin = "Let me see.\nIt says: "
        for letter, text in (("a", "a"), (r"\377", "\ufffd"),
                             (r"\000", "\ufffd"), (r"\001", "\x01"),
                             (r"\n", "\n")):
            script = ("head -c 1000000 /dev/zero | LC_ALL=C tr '\\0' '%s'; exit "
                      % letter)
            cut = text * 256000 + "\n[744000 more bytes were left out]"
            run = self.check(self.run_tool(script + "0"), 0)
            self.assertTrue(run.out == begin + cut + "\n", run.out[-100:])
            run = self.check(self.run_tool(script + "3"), 0)
            error = json.loads(run.out[len(begin):])["error"]
            self.assertTrue(error == "the tool failed with exit code 3: " + cut,
                            error[-100:])

    def test_a_nul_does_not_end_the_text_of_a_failure(self):
        self.check(self.run_tool("printf 'a\\000b'; exit 3"), 0,
                   'Let me see.\nIt says: {"error":"the tool failed with exit '
                   'code 3: a\ufffdb"}\n')

    def test_a_tool_that_may_destroy_is_asked_for(self):
        self.check(self.run_tool("echo done", annotations={
            "readOnlyHint": True, "destructiveHint": True}), 0,
            "Let me see.\nIt says: {\"error\":\"denied: nobody can be asked to "
            "allow it\"}\n", "--yes")

    def test_a_tool_need_not_read_its_arguments(self):
        prompt = '{"a":"%s"}' % ("b" * 100000)
        self.check(self.run_tool("exec <&-; sleep 0.1; echo done",
                                 prompt=prompt), 0,
                   "Let me see.\nIt says: done\n")
        self.check(self.run_tool("sleep 0.1; wc -c", prompt=prompt), 0,
                   "Let me see.\nIt says: 100008\n")

    def test_a_signal_ends_the_tool_and_the_command(self):
        tool = self.tool("echo $$ >%s; echo ready >&2; sleep 1000 & wait"
                         % self.path("self"))
        for number in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen(
                    [chutes(), "chat", "-n", "-m", "agent1", "--tool", tool,
                     "{}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, env=environment()) as process:
                self.assertIn(b"ready\n", iter(process.stderr.readline, b""))
                process.send_signal(number)
                out, err = process.communicate(timeout=LIMIT)
            self.assertEqual(process.returncode, -number, err)
            self.assertIn(b"interrupted", err)
            self.assertEqual(out, b"Let me see.\n")
            self.check_gone("self")

    def test_answers_may_come_in_one_piece(self):
        run = self.check(self.run_tool("echo ran >&2", "--no-stream"), 0,
                         "Hello whole\n")
        self.assertIn("ran", run.err)

    def test_a_failure_is_noted_in_one_line(self):
        run = self.run_tool("head -c 10000 /dev/zero | tr '\\0' '\\303';"
                            "exit 1")
        lines = run.err.splitlines()
        self.assertEqual(len(lines), 2, run)
        self.assertRegex(lines[1], r"^chutes: tool weather: .*\.\.\.$")
        self.assertLess(len(lines[1]), 400)

    def test_the_example_works(self):
        example = os.path.join(HERE, "../../examples/weather_tool.py")
        for prompt, result in (('{"city":"Paris"}', '{"celsius": 20}'),
                               ('{"city":"Rome"}', "Known cities: Paris")):
            run = self.check(Run("chat", "-m", "agent1", "--tool", example,
                                 prompt), 0)
            self.assertIn(result, run.out)

    def test_a_run_has_one_choice(self):
        self.check(self.run_tool("", "-p", "n=2"), 2, "", "-p n must be 1")

    def test_rounds_are_limited(self):
        run = self.check(self.run_tool("echo 1", "--max-rounds", "2",
                                       rounds=2), 1, err="--max-rounds (2)")
        self.assertEqual(run.out, "Let me see.\nLet me see.\n")

    def test_the_cost_of_all_rounds_has_a_limit(self):
        # Both a list of models and an answer that calls the tool.
        answer = {"data": [{"id": "agent1",
                            "pricing": {"prompt": 1, "completion": 1}}],
                  "choices": [{"index": 0, "finish_reason": "tool_calls",
                               "message": {"tool_calls": [{
                                   "id": "1", "function": {
                                       "name": "weather",
                                       "arguments": "{}"}}]}}],
                  "usage": USAGE["usage"]}
        with open(self.path("script.txt"), "w") as file:
            file.write("answer 200 application/json %s\n"
                       % json.dumps(answer))
        with Mock("--script", self.path("script.txt")) as env:
            run = self.run_tool("echo ran >>%s" % self.path("ran"),
                                "--base-url", env["CHUTES_BASE_URL"],
                                "--no-stream", "--max-cost", "0.000007")
        self.check(run, 4, "", "budget is used up: 7e-06 of 7e-06 USD "
                               "(--max-cost)")
        with open(self.path("ran")) as file:
            self.assertEqual(file.read(), "ran\n")

    def test_the_usage_is_that_of_all_rounds(self):
        run = self.run_tool("echo 1", "--usage", "--json", rounds=2)
        report = self.report(run, 0)
        self.assertEqual((report["usage"]["prompt_tokens"],
                          report["usage"]["completion_tokens"]), (15, 6))
        self.assertIn("15 tokens in, 6 tokens out", run.err)

    def test_the_last_answer_is_checked_against_the_schema(self):
        self.check(self.run_tool("echo 1", "--schema", "name"), 8)

    def interrupt(self, number, pauses):
        """Has a tool ignore --describe and SIGTERM, and signals the command as
        often as there are pauses before it."""
        path = self.path("deaf")
        with open(path, "w") as file:
            file.write("#!/bin/sh\ntrap '' TERM\necho $$ >%s\n"
                       "echo ready >&2\nsleep 1000\n" % self.path("self"))
        os.chmod(path, 0o755)
        with subprocess.Popen(
                [chutes(), "chat", "-n", "--tool", path, "x"],
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                env=environment()) as process:
            self.assertEqual(process.stderr.readline(), b"ready\n")
            for pause in pauses:
                time.sleep(pause)
                process.send_signal(number)
            self.assertEqual(process.wait(LIMIT), -number)
        self.check_gone("self")

    def test_a_signal_ends_a_tool_that_does_not_describe_itself(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.interrupt(number, [0])

    def test_a_second_signal_ends_a_tool_that_ignores_the_first(self):
        begin = time.monotonic()
        self.interrupt(signal.SIGINT, [0, 0.1])
        self.assertLess(time.monotonic() - begin, 5)

    def test_a_tool_must_describe_itself(self):
        before = len(SERVER.requests)
        with open(self.path("silent"), "w") as file:
            file.write("#!/bin/sh\nexit 1\n")
        os.chmod(self.path("silent"), 0o755)
        tool = self.tool("echo 1")
        for arguments, text in (
                ((self.path("none"),), "can't run it: No such file"),
                ((self.folder.name,), "can't run it: Permission denied"),
                ((self.path("silent"),), "--describe' failed"),
                ((self.tool("", "a", name=""),), 'needs a "name"'),
                ((self.tool("", "b", name="a b"),), 'needs a "name"'),
                ((self.tool("", "c", description=1),),
                 'needs a "description"'),
                ((self.tool("", "d", inputSchema=[]),),
                 'needs an "inputSchema"'),
                (("echo",), "is not JSON"),
                ((tool, tool), "has the name weather too")):
            options = [word for path in arguments for word in ("--tool", path)]
            self.check(Run("chat", *options, "x"), 2, "", text)
            report = self.report(Run("chat", "--json", *options, "x"), 2)
            self.assertIn(text, report["error"]["message"])
        self.assertEqual(len(SERVER.requests), before)


class MockServer(Case):
    def test_it_prints_its_url_and_ends_on_a_signal(self):
        mock = Mock()
        with mock as env:
            self.assertRegex(mock.url, r"^http://127\.0\.0\.1:\d+/v1/?$")
            run = self.check(Run("chat", "hello", env=env), 0)
            self.assertGreater(len(run.out), 10)
            self.check(Run("embed", "hello", env=env), 0)
            self.check(Run("models", env=env), 0)
            self.assertIn("demo/", Run("models", env=env).out)
        self.assertEqual(mock.code, -signal.SIGTERM)

    def test_each_command_finds_its_endpoint(self):
        chute = "00000000-0000-4000-8000-000000000001"
        with Mock() as env, tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "ship")
            base = ["--base-url", env["CHUTES_BASE_URL"]]
            for code, *arguments in (
                    (0, "image", "a ship", "-o", path),
                    (0, "image", "blue", "-i", path, "-o", path + ".png"),
                    (0, "complete", "a"), (0, "rerank", "a", "b", "c"),
                    (0, "classify", "a"), (0, "tokenize", "a"),
                    (0, "account", *base), (0, "usage", *base),
                    (0, "list", *base), (0, "code", "demo/chute", *base),
                    (0, "warmup", "demo-chute", *base),
                    (0, "aliases", "my", chute, *base),
                    (0, "chat", "-m", "my", "hello"),
                    (0, "aliases", "--delete", "my", *base),
                    (1, "aliases", "--delete", "my", *base),
                    (1, "chat", "-m", "my", "hello")):
                self.check(Run(*arguments, env=env), code)
            self.check(Run("aliases", *base), 0, "fast  %s\n" % chute)
            run = self.check(Run("describe", "demo-chute", *base), 0, err="")
            self.assertIn("POST /speak", run.out)
            report = self.report(Run("describe", "demo-chute", *base, "--json"),
                                 0)
            self.assertEqual(report["usd_per_hour"], 0.5)
            film = path + ".mp4"
            run = self.check(Run(
                "invoke", "/external/text2video", "-d", '{"prompt":"a ship"}',
                "--wait", "-o", film, "-vv", env=env), 0, out="")
            self.assertIn("the operation is succeeded", run.err)
            self.assertEqual(run.err.count("new connection"), 1)
            with open(film, "rb") as file:
                self.assertEqual(file.read()[4:8], b"ftyp")

    def test_faults_give_their_exit_codes(self):
        for switches, code in (
                (("--split-bytes", "1"), 0), (("--no-done",), 0),
                (("--cut-after", "3"), 7), (("--reset-after", "3"), 7),
                (("--error-after", "3"), 1), (("--garbage-after", "3"), 1),
                (("--429-every", "1"), 4), (("--500-every", "1"), 1),
                (("--503-every", "1"), 1), (("--html-every", "1"), 1),
                (("--drop-every", "1"), 5), (("--require-key", "k"), 3)):
            with Mock(*switches) as env:
                self.check(Run("chat", "hello", env=env), code)

    def test_it_answers_with_what_a_script_says(self):
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "script.txt")
            with open(script, "w") as file:
                file.write('sse-head\nsse {"choices":[{"index":0,"delta":'
                           '{"content":"Hi"},"finish_reason":"stop"}]}\n'
                           'sse [DONE]\nchunk-end\n')
            with Mock("--script", script) as env:
                self.check(Run("chat", "hello", env=env), 0, "Hi\n")
            with open(script, "w") as file:
                file.write("sing\n")
            self.check(Run("mock", "--script", script), 2, "", "line 1")
            with open(script, "w") as file:
                file.write("expect GET /v1/models\nanswer 404 text/plain no\n")
            mock = Mock("--script", script)
            with mock as env:
                Run("chat", "--retries", "0", "hello", env=env)
            self.assertIn("script.txt: line 1: expected `GET /v1/models`, "
                          "got `POST /v1/chat/completions", mock.err)
        self.check(Run("mock", "--script", script), 2, "", "script.txt")

    def test_a_signal_ends_it_in_the_middle_of_an_answer(self):
        mock = Mock("--delay-ms", "60000")
        with mock as env:
            body = b'{"stream":true,"messages":[{"role":"user","content":"x"}]}'
            peer = socket.create_connection(
                ("127.0.0.1", int(mock.url.split(":")[2].split("/")[0])))
            peer.sendall(b"POST /v1/chat/completions HTTP/1.1\r\n"
                         b"Host: localhost\r\nContent-Type: application/json"
                         b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            self.assertIn(b"200 OK", peer.recv(4096))
            started = time.monotonic()
        self.assertEqual(mock.code, -signal.SIGTERM)
        self.assertLess(time.monotonic() - started, 5)
        peer.close()

    def test_silence_meets_the_time_limit(self):
        for switches in (("--stall-after", "3"), ("--first-byte-ms", "60000")):
            with Mock(*switches) as env:
                self.check(Run("chat", "--timeout", "0.3", "hi", env=env), 6)

    def test_a_port_that_is_in_use_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.check(Run("mock", "--port", port), 5, "", port)


if __name__ == "__main__":
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
