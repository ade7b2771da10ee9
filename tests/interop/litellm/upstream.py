# SPDX-License-Identifier: MIT
"""The server behind the proxy: it records what the proxy sends and does what
the last message says."""
import http.server
import json
import time

from common import InThread

KEY = "key-of-the-upstream"
WORDS = ["Grüße ", "aus ", "der ", "Ferne ", "𝄞."]
CALLS = [{"id": "call_a", "name": "get_weather",
          "arguments": '{"city":"Zürich"}'},
         {"id": "call_b", "name": "get_time", "arguments": "{}"}]


def chunk(delta, finish=None, index=0):
    return {"id": "chatcmpl-up", "object": "chat.completion.chunk",
            "created": 1, "model": "upstream", "choices": [
                {"index": index, "delta": delta, "finish_reason": finish}]}


def call_deltas():
    """Each call in three pieces."""
    for index, call in enumerate(CALLS):
        half = len(call["arguments"]) // 2
        yield {"tool_calls": [{
            "index": index, "id": call["id"], "type": "function",
            "function": {"name": call["name"], "arguments": ""}}]}
        for piece in (call["arguments"][:half], call["arguments"][half:]):
            yield {"tool_calls": [{"index": index,
                                   "function": {"arguments": piece}}]}


def chunks(play, n):
    """The chunks of the answer to a message."""
    indexes = range(n)
    yield from (chunk({"role": "assistant", "content": ""}, None, index)
                for index in indexes)
    if play == "tools":
        yield from map(chunk, call_deltas())
        yield chunk({}, "tool_calls")
        return
    if play == "reasoning":
        yield from (chunk({"reasoning_content": word})
                    for word in ("Let me ", "think."))
    for word in WORDS:
        yield from (chunk({"content": word}, None, index)
                    for index in indexes)
    yield from (chunk({}, "length" if play == "length" else "stop", index)
                for index in indexes)


def whole(play, n):
    """The answer without streaming."""
    message = {"role": "assistant", "content": "".join(WORDS)}
    if play == "reasoning":
        message["reasoning_content"] = "Let me think."
    if play == "tools":
        message = {"role": "assistant", "content": None, "tool_calls": [
            {"id": call["id"], "type": "function",
             "function": {key: call[key] for key in ("name", "arguments")}}
            for call in CALLS]}
    finish = {"tools": "tool_calls", "length": "length"}.get(play, "stop")
    return {"id": "chatcmpl-up", "object": "chat.completion", "created": 1,
            "model": "upstream",
            "usage": {"prompt_tokens": 3, "completion_tokens": 5,
                      "total_tokens": 8},
            "choices": [{"index": index, "finish_reason": finish,
                         "message": message} for index in range(n)]}


# What comes instead of an answer: status, type, body, further headers.
ERRORS = {
    "400": (400, "application/json",
            '{"detail":"Invalid request: too many tokens"}', {}),
    "401": (401, "application/json",
            '{"detail":"Authentication required."}', {}),
    "402": (402, "application/json",
            '{"detail":{"message":"Quota exceeded and balance is 0.",'
            '"quota_reset_timestamp":1800000000}}', {}),
    "404": (404, "application/json", '{"detail":"model not found"}', {}),
    "429": (429, "application/json",
            '{"detail":"Infrastructure is at maximum capacity"}',
            {"Retry-After": "7"}),
    "500": (500, "application/json", '{"detail":"broken"}', {}),
    "502": (502, "text/html", "<html><h1>502 Bad Gateway</h1></html>", {}),
    "503": (503, "application/json",
            '{"detail":"No instances available (yet)"}', {}),
    "504": (504, "text/html", "<html><h1>504 Gateway Time-out</h1></html>",
            {}),
    "not-json": (200, "application/json", '{"choices": [{"mess', {}),
    "page": (200, "text/html", "<html>Welcome</html>", {}),
}
# What follows the first chunks of a stream: a line, then the end or the cut.
ENDS = {
    "error-event": 'data: {"error":{"message":"engine died","code":500}}\n\n',
    "bare-error": '{"error": "Unhandled exception during response stream"}',
    "garbage": "data: {not json\n\n",
    "no-finish": "data: [DONE]\n\n",
    "end": "",
    "cut": None,
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(
            int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        message = body.get("messages", [{}])[-1]
        play = message.get("content")
        if message.get("role") == "user" and body.get("tools"):
            play = "tools"
        if not isinstance(play, str):
            play = ""
        if play == "drop":
            self.close_connection = True
        elif play in ERRORS:
            self.answer(*ERRORS[play])
        elif body.get("stream"):
            self.stream(play, body.get("n") or 1)
        else:
            self.answer(200, "application/json",
                        json.dumps(whole(play, body.get("n") or 1)), {})

    def answer(self, status, content_type, text, headers):
        data = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def stream(self, play, n):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        events = list(chunks(play, n))
        for event in events[:3] if play in ENDS else events:
            self.send_chunk(f"data: {json.dumps(event)}\n\n")
        if play in ENDS:
            time.sleep(0.2)  # so that the proxy has passed on the chunks
        last = ENDS.get(play, "data: [DONE]\n\n")
        if last is None:
            self.close_connection = True
            return
        self.send_chunk(last)
        self.wfile.write(b"0\r\n\r\n")

    def send_chunk(self, text):
        data = text.encode()
        if data:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))


class Upstream(InThread, http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.url = "http://127.0.0.1:{}/v1".format(self.server_address[1])

    def handle_error(self, *_):
        pass  # the proxy has closed a connection
