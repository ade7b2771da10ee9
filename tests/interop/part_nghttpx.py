# SPDX-License-Identifier: MIT
"""nghttpx, nghttp2's proxy, in front of `chutes mock`."""
import os

import gateway

TITLE = "nghttpx"
QUICK = False

# The limits of each pair of ports. A process has only one set of them.
LIMITS = {"plain": [], "idle": ["--frontend-keep-alive-timeout=1s",
                                "--frontend-http2-read-timeout=1s"],
          "twice": ["--frontend-max-requests=2"]}


class Nghttpx(gateway.Gateway):
    HTTP2 = "HTTP/2"
    LOSSY = ("idle", "tls_idle")

    def __init__(self, part):
        root, part.version = part.install.deb(
            "nghttp2-proxy", "libjemalloc2", "libev4", "libc-ares2")
        super().__init__(part)
        conf = self.configure("nghttpx.conf", "nghttpx.conf")
        for plain, limits in LIMITS.items():
            tls = "tls" if plain == "plain" else f"tls_{plain}"
            server = part.start(
                [os.path.join(root, "usr/sbin/nghttpx"), f"--conf={conf}",
                 f"--frontend=127.0.0.1,{self.values[plain]};no-tls",
                 f"--frontend=127.0.0.1,{self.values[tls]}", *limits],
                log=plain, env=part.install.deb_environment())
            self.await_ports(server, plain, tls)


def run(part):
    nghttpx = Nghttpx(part)
    gateway.check_answers(
        nghttpx,
        [("at /v1", ""), ("under a longer path", "/a/longer/path")],
        [("by the upstream", "/cut"), ("by nghttpx's timeout", "/stall")])
    gateway.check_errors(nghttpx, [
        ("/dead", "CHUTES_ERR_SERVER", 502),
        ("/drop", "CHUTES_ERR_SERVER", 502),
        ("/slow", "CHUTES_ERR_SERVER", 504),
        ("/moved", "CHUTES_ERR_REDIRECT", 308)])
    gateway.check_parallel(nghttpx)
    gateway.check_keep_alive(nghttpx)
    gateway.check_few_per_connection(nghttpx)
    gateway.check_http2(nghttpx)
