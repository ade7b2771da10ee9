# SPDX-License-Identifier: MIT
"""What the parts of the forward proxies share: an upstream that records what
it receives, the proxy's log to compare it with, and checks."""
import urllib.parse

from common import await_true, expect, expect_equal
from gateway import MODEL, TEXT
from relay import Relay

KEY = "cpk_0123456789.abcdefghijklmnop.qrstuvwxyzABCDEFGH"


class ForwardProxy:
    """A proxy with a log of its requests, whose lines begin with method, target
    and status and have all headers."""

    def __init__(self, part):
        self.part, self.logged = part, 0
        self.certificate, self.key = part.make_certificate()  # the upstream's
        self.ca_file = self.certificate
        self.port, self.user, self.log = None, "", ""

    def url(self):
        """lines() and connects() have what it logs from now on."""
        self.logged = len(self.all_lines())
        user = ":".join(urllib.parse.quote(part)
                        for part in self.user.split(":", 1))
        return f"http://{user}{user and '@'}127.0.0.1:{self.port}"

    def relay(self, port):
        """An upstream that speaks TLS, in front of a mock."""
        return Relay(port, self.certificate, self.key)

    def all_lines(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read().splitlines()

    def lines(self, method, count):
        """The new lines with this method, which must be as many."""
        def found():
            return [line for line in self.all_lines()[self.logged:]
                    if line.startswith(f"{method} ")]
        await_true(lambda: len(found()) >= count,
                   f"not {count} {method} in the log", 10)
        expect_equal(count, len(found()), f"{method} in the log")
        return found()

    def expect_connects(self, port, count, status=200):
        """None of them has the key."""
        for line in self.lines("CONNECT", count):
            expect(line.startswith(f"CONNECT 127.0.0.1:{port} {status} "), line)
            expect("cpk_" not in line and "Bearer" not in line, line)

    def answer(self, command, *arguments, **more):
        return self.part.answer(command, "--proxy", self.url(), "--ca-file",
                                self.ca_file, *arguments, key=KEY, **more)


def expect_key(relay):
    """The upstream gets the key, but not the password for the proxy."""
    expect(f"Bearer {KEY}".encode() in relay.received, "no key")
    expect(b"proxy-auth" not in relay.received.lower(), "the password leaked")


def check_chat(proxy, mock, *arguments):
    with proxy.relay(mock.port) as relay:
        answer = proxy.answer("chat", "-m", MODEL, *arguments, TEXT,
                              url=relay.url)
        expect_equal(TEXT, answer["choices"][0]["content"], "text")
        expect_equal(1, answer["attempts"], "attempts")
        proxy.expect_connects(relay.port, 1)
        expect_equal(1, relay.received.count(b"POST "), "requests")
        expect_key(relay)


def check_plain(proxy, mock, *arguments):
    """http, which the proxy can read."""
    with Relay(mock.port) as relay:
        answer = proxy.answer("chat", "-m", MODEL, *arguments, TEXT,
                              url=relay.url)
        expect_equal(TEXT, answer["choices"][0]["content"], "text")
        line, = proxy.lines("POST", 1)
        expect(line.startswith(f"POST {relay.url}/chat/completions 200 "), line)
        expect_key(relay)


def check_models(proxy, mock):
    with proxy.relay(mock.port) as relay:
        ids = {model["id"] for model in proxy.answer("models", url=relay.url)}
        expect(MODEL in ids, ids)
        proxy.expect_connects(relay.port, 1)


def check_embeddings(proxy, mock):
    texts = [f"{number} {'bottles ' * 10}" for number in range(3000)]
    with proxy.relay(mock.port) as relay:
        data = proxy.answer("embed", "-m", "demo/hash-embed-1", "--batch",
                            "1000", text="\n".join(texts), url=relay.url)
        expect_equal(list(range(3000)),
                     [row["index"] for row in data["data"]], "indexes")


def check_cut(proxy, mock):
    """What arrived is there, and it isn't called complete."""
    with proxy.relay(mock.port) as relay:
        answer = proxy.answer("chat", "-m", MODEL, TEXT, url=relay.url, code=7)
        expect_equal("CHUTES_ERR_TRUNCATED", answer["error"]["status"],
                     "status")
        text = answer["choices"][0]["content"]
        expect(text and TEXT.startswith(text), f"the text is {text!r}")
        proxy.expect_connects(relay.port, 1)


def check_untrusted(proxy, mock):
    """Without ca_file, nothing is sent."""
    with proxy.relay(mock.port) as relay:
        answer = proxy.part.answer(
            "chat", "-m", MODEL, "--proxy", proxy.url(), TEXT, url=relay.url,
            key=KEY, code=5)
        expect_equal("CHUTES_ERR_TLS", answer["error"]["status"], "status")
        expect(b"POST" not in relay.received, "a request was sent")


def check_calls(proxy, mock, count, **options):
    with proxy.relay(mock.port) as relay:
        counts = proxy.part.driver(
            "calls", f"url={relay.url}", f"model={MODEL}", f"prompt={TEXT}",
            f"ca_file={proxy.ca_file}", f"proxy={proxy.url()}",
            f"api_key={KEY}", f"count={count}",
            *(f"{name}={value}" for name, value in options.items()))
        expect_equal({"CHUTES_OK": count}, counts["statuses"],
                     counts["first_error"])
        expect_equal(count, counts["attempts"], "attempts")
        expect_equal(0, counts["different"], "different texts")
        expect_equal(count, relay.received.count(b"POST "), "requests")
        proxy.expect_connects(relay.port, count - counts["reused"])
        return f"{counts['reused']} on a connection used before"


def check_answers(proxy, mock):
    check = proxy.part.check
    for arguments, what in (([], "a stream"),
                            (["--no-stream"], "a whole answer")):
        feature = "chat" if arguments else "stream"
        check(feature, what, check_chat, proxy, mock, *arguments)
        check(feature, f"{what} over http", check_plain, proxy, mock,
              *arguments)
    check("models", "the list of models", check_models, proxy, mock)
    check("embeddings", "3,000 vectors", check_embeddings, proxy, mock)
    check("TLS", "no ca_file", check_untrusted, proxy, mock)
    check("parallel", "64 streams, 8 at once", check_calls, proxy, mock, 64,
          parallel=8)
    for stream, what in ((1, "streams"), (0, "whole answers")):
        check("keep-alive", f"200 {what} back to back", check_calls, proxy,
              mock, 200, stream=stream)
