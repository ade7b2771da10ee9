# SPDX-License-Identifier: MIT
"""What the parts of the reverse proxies share: mocks to stand in front of, an
access log to compare attempts with, and checks."""
import os
import re
import time

from common import await_true, expect, expect_equal, free_port

CONFIGURATIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              "proxies")
MODEL = "demo/parrot-1"
TEXT = "All that the parrot model says is ☃ and 𝄞."
# What is behind the proxy: `chutes mock`, which ignores the start of a path.
MOCKS = {"mock": [], "cut": ["--cut-after", "5", "--delay-ms", "20"],
         "stall": ["--stall-after", "5"], "slow": ["--first-byte-ms", "5000"],
         "drop": ["--drop-every", "1"]}
# Where the proxy listens: with its usual limits, closing connections that are
# idle for 1 s, and after two requests. Nothing listens on "dead".
PORTS = ("plain", "tls", "idle", "tls_idle", "twice", "tls_twice", "dead")


def configure(part, source, name, values):
    """Copies a file of the folder proxies, with each @NAME@ replaced by its
    value; returns the path of the copy."""
    with open(os.path.join(CONFIGURATIONS, source), encoding="utf-8") as file:
        text = re.sub(r"@(\w+)@", lambda match: values[match.group(1)],
                      file.read())
    path = os.path.join(part.place, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Gateway:
    """A reverse proxy. Its access log has a line for each request, with its
    method, path, status and protocol."""
    HTTP2 = "HTTP/2.0"  # as the access log spells it
    CANCELLED = (200,)  # what it may log for a stream that the client ended
    # Where it closes an idle connection without reading the request that has
    # just arrived: no client can tell that from a request that was served. On a
    # busy machine, calls are further apart than they should be.
    LOSSY = ()

    def __init__(self, part):
        self.part = part
        self.certificate, self.key = part.make_certificate()
        self.values = {"place": part.place, "certificate": self.certificate,
                       "key": self.key, **{port: str(free_port())
                                           for port in PORTS}}
        for name, options in MOCKS.items():
            mock = part.start_mock(*options, log=name)
            self.values[name] = f"127.0.0.1:{mock.port}"
            self.values[f"{name}_port"] = str(mock.port)
        self.log = os.path.join(part.place, "access.log")
        if os.path.exists(self.log):
            os.remove(self.log)
        self.logged = 0  # lines of the log from before what is counted

    def configure(self, source, name):
        return configure(self.part, source, name, self.values)

    def await_ports(self, server, *names):
        for name in names:
            server.await_port(int(self.values[name]))
        self.logged = len(self.lines())

    def url(self, server="plain", folder=""):
        """A base URL. requests() counts what is sent from now on."""
        self.logged = len(self.lines())
        scheme = "https" if server.startswith("tls") else "http"
        return f"{scheme}://127.0.0.1:{self.values[server]}{folder}/v1"

    def lines(self):
        try:
            with open(self.log, encoding="utf-8") as log:
                return log.read().splitlines()
        except FileNotFoundError:
            return []

    def requests(self, count):
        """The new lines of the access log, which must be as many."""
        await_true(lambda: len(self.lines()) >= self.logged + count,
                   f"not {count} requests in the log", 10)
        time.sleep(0.05)  # for one too many
        found = self.lines()[self.logged:]
        expect_equal(count, len(found), "requests in the log")
        return found

    def chat(self, url, *arguments, **more):
        return self.part.answer("chat", "-m", MODEL, *arguments, TEXT, url=url,
                                **more)

    def calls(self, url, **options):
        """What interop/calls.c prints. The options are those of its file."""
        return self.part.driver(
            "calls", f"url={url}", f"model={MODEL}", f"prompt={TEXT}",
            f"ca_file={self.certificate}",
            *(f"{name}={value}" for name, value in options.items()))


# ---- single calls ----

def check_chat(gateway, folder, *arguments):
    answer = gateway.chat(gateway.url(folder=folder), *arguments)
    expect_equal("done", answer["end"], "end")
    expect_equal(1, answer["attempts"], "attempts")
    expect_equal(TEXT, answer["choices"][0]["content"], "text")
    gateway.requests(1)


def check_embeddings(gateway, folder):
    """The request and the answer are larger than the buffers of proxies."""
    texts = [f"{number} {'bottles ' * 10}" for number in range(3000)]
    url = gateway.url(folder=folder)
    data = gateway.part.answer("embed", "-m", "demo/hash-embed-1", "--batch",
                               "1000", text="\n".join(texts), url=url)["data"]
    expect_equal(list(range(3000)), [row["index"] for row in data], "indexes")
    alone, = gateway.part.answer("embed", "-m", "demo/hash-embed-1",
                                 texts[2345], url=url)["data"]
    expect_equal(alone["embedding"], data[2345]["embedding"], "a vector")
    gateway.requests(4)


def check_models(gateway):
    ids = {model["id"] for model in
           gateway.part.answer("models", url=gateway.url())}
    expect(MODEL in ids, ids)
    gateway.requests(1)


def check_error(gateway, folder, code, status, http_status, *arguments,
                attempts=1):
    answer = gateway.chat(gateway.url(folder=folder), *arguments, code=code)
    error = answer["error"]
    expect_equal((status, http_status), (error["status"], error["http_status"]),
                 "error")
    expect_equal(attempts, answer["attempts"], "attempts")
    expect("<" not in error["message"], error["message"])
    for line in gateway.requests(attempts):
        expect(f" {http_status} " in line, line)
    return error["message"]


def check_cut(gateway, folder):
    """What arrived is there, and it isn't called complete."""
    answer = gateway.chat(gateway.url(folder=folder), code=7)
    expect_equal("CHUTES_ERR_TRUNCATED", answer["error"]["status"], "status")
    expect_equal(False, answer["complete"], "complete")
    text = answer["choices"][0]["content"]
    expect(text and TEXT.startswith(text), f"the text is {text!r}")
    gateway.requests(1)


def check_limited(gateway):
    counts = gateway.calls(gateway.url(folder="/limited"), count=6, parallel=2)
    expect_equal(6, sum(counts["statuses"].values()), "calls")
    lines = gateway.requests(counts["attempts"])
    ok = sum(" 200 " in line for line in lines)
    expect_equal(ok, counts["statuses"].get("CHUTES_OK", 0), "answers")
    expect(ok >= 2, lines)
    return f"{len(lines) - ok} times 429"


def check_cancel(gateway):
    counts = gateway.calls(gateway.url(folder="/stall"), count=5,
                           cancel_after=3)
    expect_equal({"CHUTES_ERR_CANCELLED": 5}, counts["statuses"], "statuses")
    for line in gateway.requests(5):
        expect(any(f" {status} " in line for status in gateway.CANCELLED), line)


# ---- many calls ----

def count_calls(gateway, server, count, protocol, may_lose, **options):
    """Makes calls; returns how many reused a connection and how many were
    lost."""
    counts = gateway.calls(gateway.url(server), count=count, **options)
    lost = counts["statuses"].get("CHUTES_ERR_CONNECTION_LOST", 0)
    expect(lost == 0 or may_lose, f"{lost} lost: {counts['first_error']}")
    expect_equal(count - lost, counts["statuses"].get("CHUTES_OK", 0),
                 f"answers ({counts['first_error']})")
    expect_equal(0, counts["different"], "different texts")
    # Over HTTP/2 a server that closes the connection says which requests it left
    # alone. They are sent again, and it logs only the second.
    expect(counts["attempts"] == count or
           (protocol == gateway.HTTP2 and counts["attempts"] > count),
           f"{counts['attempts']} attempts")
    for line in gateway.requests(count - lost):
        expect(f" 200 {protocol}" in line, line)
    return counts["reused"], lost


def check_many(gateway, server, count, protocol="HTTP/1.1", **options):
    reused, _ = count_calls(gateway, server, count, protocol, False, **options)
    return f"{reused} on a connection used before"


def check_gaps(gateway, server, protocol="HTTP/1.1", **options):
    """Calls about as far apart as the proxy keeps an idle connection: 1 s."""
    gaps = (950, 990, 1000, 1010, 1050, 1100) if gateway.part.full else (1100,)
    reused, lost = zip(*(
        count_calls(gateway, server, 4, protocol,
                    server in gateway.LOSSY and gap < 1100,
                    gap_us=gap * 1000, **options) for gap in gaps))
    return (f"{reused} of 3 on a connection used before" +
            (f", {sum(lost)} lost" if sum(lost) else ""))


# ---- groups of checks ----

def check_answers(gateway, ways, cuts):
    """Both are lists of names and folders: ways of forwarding an answer, and
    ways in which a stream is cut."""
    check = gateway.part.check
    for name, folder in ways:
        check("chat", f"a whole answer, {name}", check_chat, gateway, folder,
              "--no-stream")
        check("stream", f"a stream, {name}", check_chat, gateway, folder)
        check("embeddings", f"3,000 vectors, {name}", check_embeddings,
              gateway, folder)
    check("models", "the list of models", check_models, gateway)
    for name, folder in cuts:
        check("truncation", f"a stream cut {name}", check_cut, gateway, folder)


def check_errors(gateway, rows):
    """Rows: folder, status and HTTP status of errors that aren't retried."""
    for folder, status, http_status in rows:
        for way, arguments in (("streamed", []), ("whole", ["--no-stream"])):
            gateway.part.check("errors", f"{http_status} in {folder}, {way}",
                               check_error, gateway, folder, 1, status,
                               http_status, *arguments)


def on_each_port():
    """Feature, prefix of the server, words and options for HTTP/1.1."""
    for server, feature in ("", "keep-alive"), ("tls_", "TLS"):
        over = " over TLS" if server else ""
        for stream, what in (1, "streams"), (0, "whole answers"):
            yield feature, server, what, over, {"stream": stream,
                                                "http_version": 1}


def check_keep_alive(gateway):
    check = gateway.part.check
    for feature, server, what, over, options in on_each_port():
        check(feature, f"200 {what} back to back{over}", check_many, gateway,
              server.strip("_") or "plain", 200, **options)
        check(feature, f"{what} 1 s apart, idle limit 1 s{over}", check_gaps,
              gateway, f"{server}idle", **options)


def check_few_per_connection(gateway):
    for feature, server, what, over, options in on_each_port():
        gateway.part.check(
            feature, f"100 {what}, few per connection{over}", check_many,
            gateway, f"{server}twice", 100, **options)


def check_parallel(gateway):
    gateway.part.check("cancel", "cancelled streams", check_cancel, gateway)
    gateway.part.check("parallel", "64 streams, 8 at once", check_many, gateway,
                       "plain", 64, parallel=8)


def check_http2(gateway):
    options = {"protocol": gateway.HTTP2, "http_version": 2}
    check = gateway.part.check
    check("HTTP/2", "20 streams one by one", check_many, gateway, "tls", 20,
          **options)
    check("HTTP/2", "streams 1 s apart, idle limit 1 s", check_gaps, gateway,
          "tls_idle", **options)
    check("HTTP/2", "200 streams, 16 at once", check_many, gateway, "tls", 200,
          parallel=16, **options)
