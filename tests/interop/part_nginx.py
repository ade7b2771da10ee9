# SPDX-License-Identifier: MIT
"""nginx as a reverse proxy in front of `chutes mock`."""
import os
import re
import time

from common import await_true, expect, expect_equal, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
TITLE = "nginx"
QUICK = True

MODEL = "demo/parrot-1"
TEXT = "All that the parrot model says is ☃ and 𝄞."


class Nginx:
    def __init__(self, part):
        self.part = part
        root, part.version = part.install.deb("nginx")
        self.certificate, key = part.make_certificate()
        values = {
            "place": part.place, "certificate": self.certificate, "key": key,
            "mock": part.start_mock().url,
            "cut": part.start_mock("--cut-after", "5", log="cut").url,
            "stall": part.start_mock("--stall-after", "5", log="stall").url,
            "slow": part.start_mock("--first-byte-ms", "5000", log="slow").url,
            **{name: str(free_port()) for name in
               ("plain", "tls", "idle", "tls_idle", "twice", "tls_twice",
                "dead")}}
        for source, name in (("nginx.conf", "nginx.conf"),
                             ("nginx_locations.conf", "locations.conf")):
            self.configure(source, name, values)
        self.log = os.path.join(part.place, "access.log")
        if os.path.exists(self.log):
            os.remove(self.log)
        server = part.start([os.path.join(root, "usr/sbin/nginx"), "-c",
                             os.path.join(part.place, "nginx.conf")])
        for name in "plain", "tls":
            server.await_port(int(values[name]))
        self.ports = values
        self.logged = 0  # lines of the log from before what is counted

    def configure(self, source, name, values):
        with open(os.path.join(HERE, source), encoding="utf-8") as file:
            text = re.sub(r"@(\w+)@", lambda match: values[match.group(1)],
                          file.read())
        with open(os.path.join(self.part.place, name), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def url(self, server="plain", folder=""):
        """A base URL. requests() counts what is sent from now on."""
        self.logged = len(self.lines())
        scheme = "https" if server.startswith("tls") else "http"
        return f"{scheme}://127.0.0.1:{self.ports[server]}{folder}/v1"

    def lines(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read().splitlines()

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

    def calls(self, server, count, **options):
        counts = self.part.driver(
            "calls", f"url={self.url(server)}", f"model={MODEL}",
            f"prompt={TEXT}", f"count={count}", f"ca_file={self.certificate}",
            *(f"{name}={value}" for name, value in options.items()))
        expect_equal(0, counts["different"], "different texts")
        return counts


def check_chat(nginx, folder, *arguments):
    answer = nginx.chat(nginx.url(folder=folder), *arguments)
    expect_equal("done", answer["end"], "end")
    expect_equal(1, answer["attempts"], "attempts")
    expect_equal(TEXT, answer["choices"][0]["content"], "text")
    line, = nginx.requests(1)
    expect(line.endswith(" -"), f"a content encoding: {line}")


def check_embeddings(nginx, folder):
    """The request and the answer are larger than nginx's buffers."""
    texts = [f"{number} {'bottles ' * 10}" for number in range(3000)]
    url = nginx.url(folder=folder)
    data = nginx.part.answer("embed", "-m", "demo/hash-embed-1", "--batch",
                             "1000", text="\n".join(texts), url=url)["data"]
    expect_equal(list(range(3000)), [row["index"] for row in data], "indexes")
    alone, = nginx.part.answer("embed", "-m", "demo/hash-embed-1", texts[2345],
                               url=url)["data"]
    expect_equal(alone["embedding"], data[2345]["embedding"], "a vector")
    nginx.requests(4)


def check_models(nginx):
    ids = {model["id"] for model in
           nginx.part.answer("models", url=nginx.url())}
    expect(MODEL in ids, ids)
    nginx.requests(1)


def check_error(nginx, folder, code, status, http_status, *arguments,
                attempts=1):
    answer = nginx.chat(nginx.url(folder=folder), *arguments, code=code)
    error = answer["error"]
    expect_equal((status, http_status), (error["status"], error["http_status"]),
                 "error")
    expect_equal(attempts, answer["attempts"], "attempts")
    expect("<" not in error["message"], error["message"])
    for line in nginx.requests(attempts):
        expect(f" {http_status} " in line, line)
    return error["message"]


def check_cut(nginx, folder):
    """What arrived is there, and it isn't called complete."""
    answer = nginx.chat(nginx.url(folder=folder), code=7)
    expect_equal("CHUTES_ERR_TRUNCATED", answer["error"]["status"], "status")
    expect_equal(False, answer["complete"], "complete")
    text = answer["choices"][0]["content"]
    expect(text and TEXT.startswith(text), f"the text is {text!r}")
    nginx.requests(1)


def check_limited(nginx):
    counts = nginx.part.driver(
        "calls", f"url={nginx.url(folder='/limited')}", f"model={MODEL}",
        f"prompt={TEXT}", "count=6", "parallel=2", limit=60)
    expect_equal(6, sum(counts["statuses"].values()), "calls")
    lines = nginx.requests(counts["attempts"])
    ok = sum(" 200 " in line for line in lines)
    expect_equal(ok, counts["statuses"].get("CHUTES_OK", 0), "answers")
    expect(ok >= 2, lines)
    return f"{len(lines) - ok} times 429"


def check_cancel(nginx):
    counts = nginx.part.driver(
        "calls", f"url={nginx.url(folder='/stall')}", f"model={MODEL}",
        f"prompt={TEXT}", "count=5", "cancel_after=3")
    expect_equal({"CHUTES_ERR_CANCELLED": 5}, counts["statuses"], "statuses")
    for line in nginx.requests(5):
        expect(" 499 " in line or " 200 " in line, line)


def check_calls(nginx, server, count, protocol="HTTP/1.1", **options):
    counts = nginx.calls(server, count, **options)
    expect_equal({"CHUTES_OK": count}, counts["statuses"],
                 f"statuses ({counts['first_error']})")
    expect_equal(count, counts["attempts"], "attempts")
    for line in nginx.requests(count):
        expect(f" 200 {protocol} " in line, line)
    return counts["reused"]


def check_many(*arguments, **options):
    return f"{check_calls(*arguments, **options)} on a connection used before"


def check_gaps(nginx, server, gaps, **options):
    """Calls about as far apart as nginx keeps an idle connection: 1 s."""
    reused = [check_calls(nginx, server, 4, gap_us=gap * 1000, **options)
              for gap in gaps]
    return f"{reused} of 3 on a connection used before"


def check_answers(nginx, part):
    for name, folder in (("unbuffered", ""), ("buffered", "/buffered"),
                         ("with gzip on", "/gzip"),
                         ("under a longer path", "/a/longer/path")):
        part.check("chat", f"a whole answer, {name}", check_chat, nginx, folder,
                   "--no-stream")
        part.check("stream", f"a stream, {name}", check_chat, nginx, folder)
    for name, folder in ("unbuffered", ""), ("buffered", "/buffered"):
        part.check("embeddings", f"3,000 vectors, {name}", check_embeddings,
                   nginx, folder)
    part.check("models", "the list of models", check_models, nginx)
    for name, folder in (("unbuffered", "/cut"), ("buffered", "/cut/buffered"),
                         ("by nginx's timeout", "/stall")):
        part.check("truncation", f"a stream cut {name}", check_cut, nginx,
                   folder)


def check_errors(nginx, part):
    for arguments in [], ["--no-stream"]:
        way = "whole" if arguments else "streamed"
        part.check("errors", f"502, {way}", check_error, nginx, "/dead", 1,
                   "CHUTES_ERR_SERVER", 502, *arguments)
        part.check("errors", f"504, {way}", check_error, nginx, "/slow", 1,
                   "CHUTES_ERR_SERVER", 504, *arguments)
        part.check("errors", f"413, {way}", check_error, nginx, "/small", 1,
                   "CHUTES_ERR_BAD_REQUEST", 413, *arguments)
        part.check("errors", f"307, {way}", check_error, nginx, "/moved", 1,
                   "CHUTES_ERR_REDIRECT", 307, *arguments)
    part.check("retries", "503 three times", check_error, nginx, "/busy", 1,
               "CHUTES_ERR_CAPACITY", 503, attempts=3)
    part.check("retries", "429 by limit_req", check_limited, nginx)


def check_connections(nginx, part):
    part.check("cancel", "cancelled streams", check_cancel, nginx)
    part.check("parallel", "64 streams, 8 at once", check_many, nginx, "plain",
               64, parallel=8)
    gaps = (1100,) if not part.full else (950, 990, 1000, 1010, 1050, 1100)
    for server, feature in ("", "keep-alive"), ("tls_", "TLS"):
        over = " over TLS" if server else ""
        for stream in 1, 0:
            what = "streams" if stream else "whole answers"
            part.check(feature, f"200 {what} back to back{over}", check_many,
                       nginx, server.strip("_") or "plain", 200, stream=stream,
                       http_version=1)
            part.check(feature, f"{what} at keepalive_timeout{over}",
                       check_gaps, nginx, f"{server}idle", gaps, stream=stream,
                       http_version=1)
            part.check(feature, f"100 {what}, keepalive_requests 2{over}",
                       check_many, nginx, f"{server}twice", 100,
                       stream=stream, http_version=1)
    part.check("HTTP/2", "20 streams one by one", check_many, nginx, "tls", 20,
               protocol="HTTP/2.0", http_version=2)
    part.check("HTTP/2", "streams at keepalive_timeout", check_gaps, nginx,
               "tls_idle", gaps, protocol="HTTP/2.0", http_version=2)
    part.check("HTTP/2", "200 streams, 16 at once", check_many, nginx, "tls",
               200, protocol="HTTP/2.0", http_version=2, parallel=16)


def run(part):
    nginx = Nginx(part)
    check_answers(nginx, part)
    check_errors(nginx, part)
    check_connections(nginx, part)
