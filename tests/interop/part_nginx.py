# SPDX-License-Identifier: MIT
"""nginx as a reverse proxy in front of `chutes mock`."""
import os

import gateway
from common import expect

TITLE = "nginx"
QUICK = True


class Nginx(gateway.Gateway):
    CANCELLED = (200, 499)

    def __init__(self, part):
        root, part.version = part.install.deb("nginx")
        super().__init__(part)
        self.configure("nginx_locations.conf", "locations.conf")
        server = part.start([os.path.join(root, "usr/sbin/nginx"), "-c",
                             self.configure("nginx.conf", "nginx.conf")])
        self.await_ports(server, "plain", "tls")

    def requests(self, count):
        lines = super().requests(count)
        for line in lines:
            expect(line.endswith(" -"), f"a content encoding: {line}")
        return lines


def run(part):
    nginx = Nginx(part)
    gateway.check_answers(
        nginx,
        [("unbuffered", ""), ("buffered", "/buffered"),
         ("with gzip on", "/gzip"),
         ("under a longer path", "/a/longer/path")],
        [("unbuffered", "/cut"), ("buffered", "/cut/buffered"),
         ("by nginx's timeout", "/stall")])
    gateway.check_errors(nginx, [
        ("/dead", "CHUTES_ERR_SERVER", 502),
        ("/drop", "CHUTES_ERR_SERVER", 502),
        ("/slow", "CHUTES_ERR_SERVER", 504),
        ("/small", "CHUTES_ERR_BAD_REQUEST", 413),
        ("/moved", "CHUTES_ERR_REDIRECT", 307)])
    part.check("retries", "503 three times", gateway.check_error, nginx,
               "/busy", 1, "CHUTES_ERR_CAPACITY", 503, attempts=3)
    part.check("retries", "429 by limit_req", gateway.check_limited, nginx)
    gateway.check_parallel(nginx)
    gateway.check_keep_alive(nginx)
    gateway.check_few_per_connection(nginx)
    gateway.check_http2(nginx)
