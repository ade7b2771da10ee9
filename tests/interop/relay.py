# SPDX-License-Identifier: MIT
"""A server that passes what it receives to another one and remembers it. It
shows what a forward proxy sends on."""
import select
import socket
import socketserver
import ssl

from common import InThread


class Relay(InThread, socketserver.ThreadingTCPServer):
    """With a certificate and its key, it speaks TLS."""

    def __init__(self, port, certificate=None, key=None):
        super().__init__(("127.0.0.1", 0), Connection)
        self.upstream, self.received, self.connections = port, b"", 0
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate, key)
        scheme = "https" if certificate else "http"
        self.port = self.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}/v1"


class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.connections += 1
        try:
            if self.server.context:
                self.request = self.server.context.wrap_socket(
                    self.request, server_side=True)
            with socket.create_connection(
                    ("127.0.0.1", self.server.upstream)) as upstream:
                self.relay(upstream)
        except OSError:
            pass  # the peer has left
        self.request.close()

    def relay(self, upstream):
        client = self.request
        while True:
            pending = self.server.context and client.pending()
            ready, _, _ = select.select([client, upstream], [], [],
                                        0 if pending else None)
            if pending or client in ready:
                data = client.recv(65536)
                self.server.received += data
                if not data:
                    return
                upstream.sendall(data)
            if upstream in ready:
                data = upstream.recv(65536)
                if not data:
                    return
                client.sendall(data)
