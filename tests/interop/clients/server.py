# SPDX-License-Identifier: MIT
"""Serves each fixture of a stream at /NUMBER/v1/chat/completions."""
import re
import socketserver

from common import InThread


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        request = self.rfile.readline().decode("latin-1")
        length = 0
        for line in iter(self.rfile.readline, b"\r\n"):
            if not line:
                return
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        self.rfile.read(length)
        number = int(re.match(r"POST /(\d+)/v1/chat/completions ", request)[1])
        self.answer(self.server.cases[number])

    def answer(self, case):
        head = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
        content_type = case.settings.get("content_type", "text/event-stream")
        if content_type:
            head += f"Content-Type: {content_type}\r\n"
        self.wfile.write(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        if case.wire:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(case.wire), case.wire))
        if case.settings.get("transport") != "truncated":
            self.wfile.write(b"0\r\n\r\n")


class Server(InThread, socketserver.ThreadingTCPServer):
    def __init__(self, cases):
        super().__init__(("127.0.0.1", 0), Handler)
        self.cases = cases
        self.url = "http://127.0.0.1:{}/".format(self.server_address[1])
