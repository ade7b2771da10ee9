# SPDX-License-Identifier: MIT
"""mitmproxy, which opens TLS connections with a certificate authority of its
own, as companies' proxies do."""
import os

import forward
from common import expect, expect_equal, free_port
from gateway import CONFIGURATIONS, MODEL, TEXT

TITLE = "mitmproxy"
QUICK = False


class Mitmproxy(forward.ForwardProxy):
    def __init__(self, part, log, *options):
        super().__init__(part)
        python = part.install.venv()
        part.version = part.install.version_of(python, "mitmproxy")
        conf = os.path.join(part.place, "conf")
        server = part.start(
            [os.path.join(os.path.dirname(python), "mitmdump"), "--quiet",
             "--listen-host", "127.0.0.1", "--listen-port", "0",
             "-s", os.path.join(CONFIGURATIONS, "mitmproxy_log.py"),
             "--set", f"confdir={conf}",
             "--set", "connection_strategy=lazy",
             "--set", f"ssl_verify_upstream_trusted_ca={self.certificate}",
             *options], log=log, env={"PYTHONUNBUFFERED": "1"})
        self.port = int(server.await_text(r"^LISTENS (\d+)$").group(1))
        self.log = server.log
        self.ca_file = os.path.join(conf, "mitmproxy-ca-cert.pem")


def check_dead(proxy):
    """mitmproxy makes an HTML page, also through its own TLS."""
    answer = proxy.answer("chat", "-m", MODEL, TEXT, code=1,
                          url=f"https://127.0.0.1:{free_port()}/v1")
    error = answer["error"]
    expect_equal(("CHUTES_ERR_SERVER", 502),
                 (error["status"], error["http_status"]), "error")
    expect_equal(1, answer["attempts"], "attempts")
    expect("<" not in error["message"] and "cpk_" not in error["message"],
           error["message"])
    return error["message"]


def run(part):
    proxy = Mitmproxy(part, "buffers")
    mock = part.start_mock()
    forward.check_answers(proxy, mock)
    part.check("errors", "502, nobody listens", check_dead, proxy)
    part.check("HTTP/2", "200 streams, 16 at once", forward.check_calls, proxy,
               mock, 200, parallel=16, http_version=2)
    streaming = Mitmproxy(part, "streams", "--set", "stream_large_bodies=1")
    part.check("stream", "a stream, not buffered", forward.check_chat,
               streaming, mock)
    part.check("truncation", "a stream cut by the upstream", forward.check_cut,
               streaming, part.start_mock("--cut-after", "5", "--delay-ms",
                                          "20", log="cut"))
