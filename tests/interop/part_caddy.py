# SPDX-License-Identifier: MIT
"""Caddy as a reverse proxy in front of `chutes mock`. Over HTTP/1.1, this
version sometimes drops the end of an answer to a POST and sends what is left as
if it were whole (caddyserver/caddy#5431), so most calls are made over HTTP/2."""
import json
import os

import gateway
from common import expect_equal

TITLE = "Caddy (HTTP/2)"
QUICK = False


class Caddy(gateway.Gateway):
    LOSSY = ("tls_idle",)

    def __init__(self, part):
        root, part.version = part.install.deb("caddy")
        super().__init__(part)
        server = part.start(
            [os.path.join(root, "usr/bin/caddy"), "run", "--adapter",
             "caddyfile", "--config", self.configure("Caddyfile", "Caddyfile")],
            env={"HOME": part.place})
        self.await_ports(server, "plain", "tls", "tls_idle")

    def lines(self):
        """Caddy logs JSON."""
        entries = map(json.loads, super().lines())
        return [f"{entry['request']['method']} {entry['request']['uri']} "
                f"{entry['status']} {entry['request']['proto']}"
                for entry in entries]


def check_http1(caddy, **options):
    """What Caddy cuts is never taken for a whole answer, and never repeated."""
    counts = caddy.calls(caddy.url(), count=200, **options)
    expect_equal(0, counts["different"], "different texts")
    expect_equal(200, counts["attempts"], "attempts")
    statuses = counts["statuses"]
    cut = statuses.get("CHUTES_ERR_TRUNCATED", 0)
    empty = statuses.get("CHUTES_ERR_PROTOCOL", 0)  # nothing arrived but 200
    expect_equal(200, statuses.get("CHUTES_OK", 0) + cut + empty,
                 f"{statuses}, {counts['first_error']}")
    caddy.requests(200)
    return f"Caddy cut {cut} and emptied {empty}"


def run(part):
    caddy = Caddy(part)
    for feature, stream in ("chat", 0), ("stream", 1):
        part.check(feature, "100 over HTTP/2", gateway.check_many, caddy, "tls",
                   100, protocol="HTTP/2.0", http_version=2, stream=stream)
    gateway.check_http2(caddy)
    part.check("models", "the list of models", gateway.check_models, caddy)
    part.check("truncation", "200 streams over HTTP/1.1", check_http1, caddy)
    part.check("truncation", "200 whole answers over HTTP/1.1", check_http1,
               caddy, stream=0)
    gateway.check_errors(caddy, [
        ("/dead", "CHUTES_ERR_SERVER", 502),
        ("/drop", "CHUTES_ERR_SERVER", 502),
        ("/slow", "CHUTES_ERR_SERVER", 504),
        ("/small", "CHUTES_ERR_SERVER", 502),  # later versions send 413
        ("/moved", "CHUTES_ERR_REDIRECT", 307)])
    part.check("retries", "503 three times", gateway.check_error, caddy,
               "/busy", 1, "CHUTES_ERR_CAPACITY", 503, attempts=3)
