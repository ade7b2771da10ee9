#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fuzzes the whole client over loopback.

Usage: fuzz_client.py DRIVER [SECONDS [SEED]]

A server here answers the driver's calls with answers of known engines, damaged
at random: bytes, lines, events, frames, headers, the end of the connection.
Whatever comes, no call may end in CHUTES_ERR_INTERNAL, no error may hold the
key, each call may make one request, and no call may succeed where the reference
below, which shares nothing with the library, says that the answer isn't whole.
Where reference and library agree on success, their texts must be equal.
"""

import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import time

KEY = "canary-7f3a9d51e2c84b06"
STREAMS = ("stream", "iterator", "loop")


# ---- answers of known engines ------------------------------------------------

def words(rng):
    alphabet = ["Hello", " world", "é", "\U0001f600", "\n", '"', "\\", " x" * 9,
                "{", "data: [DONE]", "\u2028", " caf\u00e9", "</s>", "0"]
    return [rng.choice(alphabet) for _ in range(rng.randint(0, 6))]


def usage(rng):
    return rng.choice([None, {"prompt_tokens": 3, "completion_tokens": 4,
                              "total_tokens": 7}])


def sglang_chunk(rng, number, choice, delta, finish):
    full = {"role": None, "content": None, "reasoning_content": None,
            "tool_calls": None}
    full.update(delta)
    return {"id": "%032x" % choice, "object": "chat.completion.chunk",
            "created": 1700000000 + number, "model": "m",
            "choices": [{"index": choice, "delta": full, "logprobs": None,
                         "finish_reason": finish, "matched_stop": None}],
            "usage": None}


def vllm_chunk(rng, number, choice, delta, finish):
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk",
             "created": 1700000000, "model": "m",
             "choices": [{"index": choice, "delta": delta, "logprobs": None,
                          "finish_reason": finish}]}
    if finish:
        chunk["choices"][0]["stop_reason"] = None
    return chunk


def deltas(rng):
    """What one choice says, and how it finishes."""
    kind = rng.choice(["text", "text", "reasoning", "tools"])
    out = [{"role": "assistant", "content": ""}]
    if kind == "reasoning":
        out += [{"reasoning_content": word} for word in words(rng)]
    if kind == "tools":
        call = {"index": 0, "id": "call_1", "type": "function",
                "function": {"name": "f", "arguments": ""}}
        out.append({"tool_calls": [call]})
        out += [{"tool_calls": [{"index": 0,
                                 "function": {"arguments": piece}}]}
                for piece in ('{"a"', ":1", "}")]
        return out, "tool_calls"
    out += [{"content": word} for word in words(rng)]
    return out, rng.choice(["stop", "stop", "length"])


def chat_stream(rng, choices):
    """The events of a stream, as JSON texts."""
    make = rng.choice([sglang_chunk, vllm_chunk])
    plans = [deltas(rng) for _ in range(choices)]
    events, number = [], 0
    todo = [(i, list(plan)) for i, (plan, _) in enumerate(plans)]
    while todo:
        slot = 0 if rng.random() < 0.7 else rng.randrange(len(todo))
        choice, left = todo[slot]
        number += 1
        if left:
            events.append(make(rng, number, choice, left.pop(0), None))
        else:
            events.append(make(rng, number, choice, {}, plans[choice][1]))
            todo.pop(slot)
    if rng.random() < 0.5:
        events.append({"id": "chatcmpl-1", "object": "chat.completion.chunk",
                       "created": 1, "model": "m", "choices": [],
                       "usage": usage(rng)})
    return [json.dumps(event, ensure_ascii=rng.random() < 0.5,
                       separators=rng.choice([(",", ":"), (", ", ": ")]))
            for event in events] + ["[DONE]"]


def chat_whole(rng, choices):
    made = []
    for index in range(choices):
        message = {"role": "assistant", "content": "".join(words(rng))}
        if rng.random() < 0.2:
            message["tool_calls"] = [{
                "id": "call_1", "type": "function",
                "function": {"name": "f", "arguments": '{"a":1}'}}]
        made.append({"index": index, "message": message, "logprobs": None,
                     "finish_reason": "stop"})
    return json.dumps({"id": "chatcmpl-1", "object": "chat.completion",
                       "created": 1, "model": "m", "choices": made,
                       "usage": usage(rng)})


def embeddings(rng):
    return json.dumps({"object": "list", "model": "m", "data": [
        {"object": "embedding", "index": i,
         "embedding": [rng.choice([0.5, -1, 2e-3]) for _ in range(3)]}
        for i in range(2)], "usage": {"prompt_tokens": 2, "total_tokens": 2}})


def models(rng):
    return json.dumps({"object": "list", "data": [
        {"id": "a", "object": "model", "created": 1, "owned_by": "x"}]})


def error_body(rng):
    return rng.choice([
        '{"error":{"message":"no: %s","type":"t","param":null,"code":400}}'
        % KEY,
        '{"detail":"key %s is bad"}' % KEY, '{"detail":{"message":"m"}}',
        '{"object":"error","message":"Bearer %s","code":500}' % KEY,
        "<html><body>%s</body></html>" % KEY, "", "Authorization: " + KEY,
        '[{"error":{"code":503,"message":"%s"}}]' % (KEY * 9)])


# ---- damage ------------------------------------------------------------------

BITS = [b"data: [DONE]\n\n", b"data:", b"\n", b"\r", b"\r\n", b"\n\n", b"\0",
        b"null", b'"', b"{", b"}", b"[", b"]", b",", b"\xff", b"\xf0\x9f",
        b'"finish_reason":"stop"', b'"finish_reason":null', b'{"error":1}',
        b'data: {"error":{"message":"x"}}\n\n', b"event: error\n", b": ping\n\n",
        b"event: ping\n\n", b"\xef\xbb\xbf", b"\\ud83d", b"1e999", b"-",
        KEY.encode(), b"id: 1\n", b"retry: 5\n", b"0\r\n\r\n", b" ", b"\t",
        b'"content":"x"', b'"choices":[]', b'"index":1', b"\\u0000"]


def damage(rng, data):
    """One random change to bytes."""
    if not data:
        return rng.choice(BITS)
    at = rng.randrange(len(data) + 1)
    kind = rng.randrange(7)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + rng.choice(BITS) + data[at:]
    if kind == 2:
        return data[:at] + data[at + rng.randint(1, 8):]
    if kind == 3:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]
    lines = data.split(b"\n")
    i = rng.randrange(len(lines))
    if kind == 4:
        lines[i:i] = lines[i:i + rng.randint(1, 3)]
    elif kind == 5:
        del lines[i:i + rng.randint(1, 3)]
    else:
        j = rng.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


def frame(rng, body, coding):
    if coding == "length":
        return body
    if coding == "close":
        return body
    out, at = b"", 0
    while at < len(body):
        size = rng.randint(1, max(1, len(body)))
        piece = body[at:at + size]
        out += b"%x\r\n%s\r\n" % (len(piece), piece)
        at += size
    return out + b"0\r\n\r\n"


STATUSES = ["200 OK"] * 30 + [
    "201 Created", "204 No Content", "400 Bad Request", "401 Unauthorized",
    "404 Not Found", "429 Too Many Requests", "500 Oops", "503 Busy", "100 Go",
    "302 Found", "999 What", "1200 Odd", "407 Proxy"]


def head(rng, body, media, coding):
    lines = ["HTTP/1.1 " + rng.choice(STATUSES), "Content-Type: " + media]
    if coding == "length":
        lines.append("Content-Length: %d" % len(body))
    elif coding == "chunked":
        lines.append("Transfer-Encoding: chunked")
    if rng.random() < 0.1:
        lines.append(rng.choice([
            "Content-Encoding: gzip", "Content-Encoding: utf-8",
            "X-Request-Id: " + KEY, "Retry-After: 1", "Connection: close",
            "Location: /" + KEY, "X: " + "y" * 5000, " leading: blank",
            "Bad\rName: x", "NoColon", "Content-Length: 3",
            "WWW-Authenticate: Bearer " + KEY]))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Case:
    """One answer, and how it is sent."""

    def __init__(self, rng):
        self.kind = rng.choice(["stream", "stream", "iterator", "loop",
                                "whole", "whole", "embed", "models"])
        self.choices = rng.choice([1, 1, 2, 3])
        media, body = self.answer(rng)
        for _ in range(rng.choice([0, 0, 1, 1, 2, 4])):
            body = damage(rng, body)
        self.body = body
        self.coding = rng.choice(["chunked", "chunked", "length", "close"])
        self.head = head(rng, body, media, self.coding)
        self.wire = self.head + frame(rng, body, self.coding)
        self.is_framed = True
        if rng.random() < 0.15:
            self.wire = damage(rng, self.wire)
            self.is_framed = False
        self.split = rng.choice([0, 0, 0, 1, 7, 100])
        if self.split and len(self.wire) / self.split > 400:
            self.split = len(self.wire) // 400 + 1
        self.ending = rng.choice(["fin"] * 20 + ["rst"] * 8 + ["keep"])

    def answer(self, rng):
        if rng.random() < 0.1:
            return rng.choice(["application/json", "text/html"]), \
                error_body(rng).encode()
        if self.kind in STREAMS:
            end = rng.choice(["\n", "\n", "\r\n", "\r"])
            events = chat_stream(rng, self.choices)
            if rng.random() < 0.2:
                events = events[:rng.randrange(len(events))]
            text = "".join("data: %s%s%s" % (event, end, end)
                           for event in events)
            return rng.choice(["text/event-stream"] * 8 + [
                "text/event-stream; charset=utf-8", "application/json",
                "text/plain"]), text.encode()
        made = {"whole": lambda: chat_whole(rng, self.choices),
                "embed": lambda: embeddings(rng),
                "models": lambda: models(rng)}[self.kind]()
        return "application/json", made.encode()


# ---- the reference -----------------------------------------------------------

def sse_events(data):
    """Returns the events, as the HTML standard splits them. An event at the end
    that lacks its blank line counts if it is whole JSON or [DONE], with its last
    line or without it; otherwise, it is dropped."""
    text = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
    buffer, kind = [], b""
    out = []
    for line in re.split(b"\r\n|\n|\r", text):
        if line == b"":
            if buffer:
                out.append((kind, buffer))
            buffer, kind = [], b""
            continue
        name, _, value = line.partition(b":")
        value = value[1:] if value[:1] == b" " else value
        if name == b"data":
            buffer.append(value)
        elif name == b"event":
            kind = value
    for lines in (buffer, buffer[:-1]):
        rest = b"\n".join(lines)
        if rest.strip(b" \t\r\n") == b"[DONE]" or parse(rest) is not None or \
                all(parse(line) is not None for line in lines if line):
            out.append((kind, lines))
            break
    return out


def parse(data):
    """A JSON document, or None."""
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def is_error(document):
    return isinstance(document, dict) and bool(document.get("error"))


FALSE_FINISH = (None, "", "null", "abort", "error")


class Reference:
    """Decides whether an answer may be reported as whole, and with which text."""

    def __init__(self, case):
        self.asked = case.choices
        self.finished = {}
        self.text = {}
        self.done = False
        self.broken = False
        self.plain = True
        self.was_allowed = False
        for kind, lines in sse_events(case.body):
            if not self.take_event(kind, lines):
                break
            self.was_allowed = self.was_allowed or self.allows()

    def take_event(self, kind, lines):
        joined = b"\n".join(lines)
        if joined.strip(b" \t\r\n") == b"[DONE]":
            self.done = True
            return False
        if joined.strip(b" \t")[:1] == b":":
            return True  # a comment that a proxy wrapped up as data
        document = parse(joined)
        if document is None and len(lines) > 1:
            self.plain = False
            return all(self.take_event(kind, [line]) for line in lines)
        if document is None:
            self.broken = self.broken or joined.strip() != b""
            return not self.broken
        self.take_chunk(document, kind)
        return not self.broken

    def take_chunk(self, document, kind):
        if is_error(document) or kind == b"error":
            self.broken = True
        if not isinstance(document, dict) or \
                not isinstance(document.get("choices"), list):
            return
        if len(set(re.findall(r'"([a-z_]+)":', json.dumps(document)))) < 5:
            self.plain = False
        for choice in document["choices"]:
            if isinstance(choice, dict):
                self.take_choice(choice, len(document["choices"]))

    def take_choice(self, choice, count):
        index = choice.get("index")
        if not isinstance(index, int) or isinstance(index, bool):
            index, self.plain = 0, False
        if self.asked == 1 and count == 1:
            index = 0
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            delta, self.plain = {}, False
        content = delta.get("content")
        if content is not None and not isinstance(content, str):
            self.plain = False
        if isinstance(content, str):
            self.text[index] = self.text.get(index, "") + content
        if content or delta.get("reasoning_content") or delta.get("tool_calls"):
            self.finished[index] = False
        self.finished.setdefault(index, False)
        finish = choice.get("finish_reason")
        if finish in FALSE_FINISH:
            return
        if not isinstance(finish, str):
            self.plain = False
        self.finished[index] = isinstance(finish, str)

    def allows(self):
        if self.broken:
            return False
        if self.done:
            return any(self.finished.values())
        return len(self.finished) >= self.asked and all(self.finished.values())


def whole_is_allowed(body):
    document = parse(body)
    if not isinstance(document, dict) or is_error(document):
        return False
    choices = document.get("choices")
    return isinstance(choices, list) and len(choices) > 0 and not any(
        isinstance(choice, dict) and
        choice.get("finish_reason") in ("abort", "error")
        for choice in choices)


def check_stream(case, result):
    """Returns what is wrong with the success of a stream; None: nothing."""
    reference = Reference(case)
    bare = case.body.strip().split(b"data: [DONE]")[0]
    if whole_is_allowed(bare):
        return None
    # A reset takes away what the client has not read yet.
    if not reference.allows() and \
            not (case.ending == "rst" and reference.was_allowed):
        return "the reference denies this success"
    if case.ending == "rst":
        return None
    ids = set(re.findall(rb'"id": ?"([^"]*)"', case.body))
    hygiene = "".join(reference.text.values())
    if not reference.plain or len(ids) > case.choices + 1 or \
            b"\\ud" in case.body or b"\\u0000" in case.body or \
            "\ufffd" in hygiene or "\0" in hygiene or \
            case.body.count(b'"role"') > 3 * case.body.count(b"data:"):
        return None
    for choice in result["answer"]["choices"]:
        want = reference.text.get(choice["index"], "")
        got = choice.get("content") or ""
        if got != want and not is_restarted(case):
            return "content %r and not %r" % (got, want)
    return None


def is_restarted(case):
    """Did a choice begin again? Damage can cause that."""
    return case.body.count(b'"assistant"') > case.choices


def check(case, result):
    if result["status"] == "CHUTES_ERR_INTERNAL":
        return "an internal error: " + result["message"]
    if result["has_key"]:
        return "the key is in the error: " + result["message"]
    if result["status"] != "CHUTES_OK" or not case.is_framed:
        return None
    if case.kind in STREAMS:
        return check_stream(case, result)
    if case.kind == "whole" and not whole_is_allowed(case.body):
        if Reference(case).allows():
            return None
        return "the reference denies this success"
    if case.kind in ("embed", "models") and parse(case.body) is None:
        return "the reference denies this success"
    return None


# ---- the server --------------------------------------------------------------

class Server:
    """Answers each request with the current case."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.case = None
        self.requests = 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            try:
                self.serve(connection)
            except OSError:
                pass
            finally:
                connection.close()

    def serve(self, connection):
        connection.settimeout(5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return
            data += piece
        top, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", top)
        while length and len(body) < int(length.group(1)):
            body += connection.recv(65536)
        self.requests += 1
        self.send(connection, self.case)

    def send(self, connection, case):
        step = case.split or len(case.wire) or 1
        for at in range(0, len(case.wire), step):
            connection.sendall(case.wire[at:at + step])
        if case.ending == "rst":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  struct.pack("ii", 1, 0))
        elif case.ending == "keep":
            connection.settimeout(0.2)
            connection.recv(1)


# ---- the run -----------------------------------------------------------------

class Fuzzer:
    def __init__(self, driver, seed):
        self.seed = seed
        self.server = Server()
        self.driver = subprocess.Popen(
            [driver, "http://127.0.0.1:%d/v1" % self.server.port, KEY],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.counts = {}

    def run_case(self, number):
        case = Case(random.Random(self.seed * 1000003 + number))
        self.server.case = case
        before = self.server.requests
        self.driver.stdin.write("%s %d\n" % (case.kind, case.choices))
        self.driver.stdin.flush()
        line = self.driver.stdout.readline()
        if not line:
            return case, None, "the driver ended with %s" % self.driver.wait()
        result = json.loads(line)
        status = result["status"]
        self.counts[status] = self.counts.get(status, 0) + 1
        wrong = check(case, result)
        if not wrong and self.server.requests - before > 1:
            wrong = "%d requests" % (self.server.requests - before)
        return case, result, wrong

    def run(self, seconds, first):
        deadline = time.monotonic() + seconds
        number, failed = first, 0
        while time.monotonic() < deadline and failed < 10:
            case, result, wrong = self.run_case(number)
            if wrong:
                failed += 1
                print("FAILED case %d of seed %d (%s, n = %d, %s, %s): %s"
                      % (number, self.seed, case.kind, case.choices,
                         case.coding, case.ending, wrong))
                print("  sent %r" % case.wire[:2000])
                print("  got %s" % json.dumps(result)[:1000])
                if result is None:
                    break
            number += 1
        self.driver.stdin.close()
        self.driver.wait(10)
        for status, count in sorted(self.counts.items()):
            print("%7d %s" % (count, status))
        print("%d passed, %d failed" % (number - first - failed, failed))
        return failed == 0


def main():
    driver = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else \
        int(os.environ.get("CHUTES_TEST_SEED", "20261128"))
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    return 0 if Fuzzer(driver, seed).run(seconds, first) else 1


if __name__ == "__main__":
    sys.exit(main())
