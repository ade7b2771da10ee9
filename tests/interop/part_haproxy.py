# SPDX-License-Identifier: MIT
"""HAProxy as a reverse proxy in front of `chutes mock`."""
import os

import gateway

TITLE = "HAProxy"
QUICK = False


class HAProxy(gateway.Gateway):
    CANCELLED = (200, -1)  # -1: the client left before the answer
    LOSSY = ("tls_idle",)

    def __init__(self, part):
        root, part.version = part.install.deb(
            "haproxy", "liblua5.3-0", "libopentracing-c-wrapper0",
            "libopentracing1")
        super().__init__(part)
        with open(os.path.join(part.place, "both.pem"), "wb") as both:
            for path in self.certificate, self.key:
                with open(path, "rb") as file:
                    both.write(file.read())
        server = part.start(
            [os.path.join(root, "usr/sbin/haproxy"), "-f",
             self.configure("haproxy.cfg", "haproxy.cfg")],
            env=part.install.deb_environment())
        self.log = server.log
        self.await_ports(server, "plain", "tls")


def run(part):
    haproxy = HAProxy(part)
    gateway.check_answers(
        haproxy,
        [("unbuffered", ""), ("the request buffered", "/buffered"),
         ("with gzip on", "/gzip"),
         ("under a longer path", "/a/longer/path")],
        [("by the upstream", "/cut"), ("by HAProxy's timeout", "/stall")])
    gateway.check_errors(haproxy, [
        ("/drop", "CHUTES_ERR_SERVER", 502),
        ("/slow", "CHUTES_ERR_SERVER", 504),
        ("/small", "CHUTES_ERR_BAD_REQUEST", 413),
        ("/moved", "CHUTES_ERR_REDIRECT", 307)])
    for name, folder in (("503 three times", "/busy"),
                         ("no upstream, three times", "/dead")):
        part.check("retries", name, gateway.check_error, haproxy, folder, 1,
                   "CHUTES_ERR_CAPACITY", 503, attempts=3)
    part.check("retries", "429 by a rate limit", gateway.check_limited, haproxy)
    gateway.check_parallel(haproxy)
    gateway.check_keep_alive(haproxy)
    gateway.check_few_per_connection(haproxy)
    gateway.check_http2(haproxy)
