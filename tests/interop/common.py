# SPDX-License-Identifier: MIT
"""What every part of the suite uses: it runs checks and records their results,
starts and stops servers, and runs the chutes command and the C drivers."""
import atexit
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback

from install import Installer

# The columns of the table. A check belongs to one of them.
FEATURES = ["chat", "stream", "tools", "reasoning", "JSON schema", "logprobs",
            "embeddings", "models", "errors", "retries", "truncation", "cancel",
            "parallel", "keep-alive", "TLS", "HTTP/2"]
LIMIT = 120  # seconds for a command, unless a check sets another limit
PR_SET_PDEATHSIG = 1


class NotOffered(Exception):
    """Raised by a check if the software doesn't have the feature."""


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def expect_equal(expected, got, what=""):
    if expected != got:
        raise AssertionError(f"{what}: expected {expected!r}, got {got!r}")


def await_true(condition, what, seconds=60):
    """Waits until the condition holds; returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s: {what}")
        time.sleep(0.02)


def free_port():
    """A port that the kernel picked, for servers that can't pick one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def end_with_parent():
    """In a child: die with the suite, even if that is killed."""
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """A process of its own session, whose output goes to a log file."""

    def __init__(self, command, log, env=None, cwd=None):
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, cwd=cwd, preexec_fn=end_with_parent,
                env=dict(os.environ, **(env or {})))
        self.port, self.url = None, None

    def text(self):
        """Its output so far."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def await_port(self, port, seconds=60):
        self.await_condition(lambda: listens(port), f"port {port}", seconds)
        self.port = port

    def await_text(self, pattern, seconds=60):
        """Waits for a regular expression in its output; returns the match."""
        return self.await_condition(
            lambda: re.search(pattern, self.text(), re.M), pattern, seconds)

    def await_condition(self, condition, what, seconds):
        def ready():
            expect(self.process.poll() is None,
                   f"the server ended:\n{self.text()[-2000:]}")
            return condition()
        return await_true(ready, f"no {what}\n{self.text()[-2000:]}", seconds)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass
        try:
            # Its own children, and itself if it ignored the signal.
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class InThread:
    """Mixed into a server of socketserver, runs it in a thread while in `with`."""
    daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Part:
    """One software: what to install, start and check, and what came of it."""

    def __init__(self, name, build, cache, full):
        self.name, self.build, self.full = name, build, full
        self.place = os.path.join(cache, name)
        self.logs = os.path.join(cache, "logs")
        os.makedirs(self.place, exist_ok=True)
        os.makedirs(self.logs, exist_ok=True)
        self.install = Installer(name, cache, self.place)
        self.version = ""
        self.results = {}  # feature: [(what, "ok", "not offered" or "FAILED")]
        self.servers = []
        atexit.register(self.stop_all)

    # ---- results ----

    def record(self, feature, what, result, text=""):
        expect(feature in FEATURES, f"{feature!r} is not one of FEATURES")
        self.results.setdefault(feature, []).append((what, result))
        print(f"{result:11} {self.name}: {what}{text and ': '}{text}",
              flush=True)

    def check(self, feature, what, function, *arguments, **more):
        """Runs a check. It fails if the function raises anything but
        NotOffered; what it returns, if anything, is printed."""
        started = time.monotonic()
        try:
            note = function(*arguments, **more)
        except NotOffered as error:
            self.record(feature, what, "not offered", str(error))
        except Exception as error:  # the other checks run nevertheless
            traceback.print_exc()
            self.record(feature, what, "FAILED", str(error))
        else:
            spent = f"{time.monotonic() - started:.1f} s"
            self.record(feature, what, "ok",
                        f"{note}, {spent}" if note else spent)

    def not_offered(self, feature, why):
        self.record(feature, feature, "not offered", why)

    # ---- servers ----

    def start(self, command, log="server", env=None, cwd=None):
        """Starts a server. Its await_port() or await_text() must follow."""
        server = Server(command, os.path.join(
            self.logs, f"{self.name}-{log}.log"), env, cwd or self.place)
        self.servers.append(server)
        return server

    def start_mock(self, *options, log="mock"):
        """Starts `chutes mock`, whose url is then known."""
        server = self.start([self.chutes_path(), "mock", *options], log)
        server.url = server.await_text(r"^(http://\S+)$").group(1)
        server.port = int(re.search(r":(\d+)/", server.url).group(1))
        return server

    def stop_all(self):
        while self.servers:
            self.servers.pop().stop()

    def make_certificate(self):
        """A certificate for localhost and 127.0.0.1; returns it and its key."""
        certificate = os.path.join(self.place, "certificate.pem")
        key = os.path.join(self.place, "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
             "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-out", certificate, "-keyout", key],
            check=True, stderr=subprocess.DEVNULL)
        return certificate, key

    # ---- the library ----

    def chutes_path(self):
        return os.path.join(self.build, "chutes")

    def run_chutes(self, *arguments, url=None, key=None, text="", env=None,
                   limit=LIMIT):
        """Runs the command; url is the base URL, text its standard input."""
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("CHUTES_")}
        environment.update(env or {})
        if url:
            environment["CHUTES_BASE_URL"] = url
        if key:
            environment["CHUTES_API_KEY"] = key
        return subprocess.run([self.chutes_path(), *arguments], input=text,
                              env=environment, encoding="utf-8",
                              timeout=limit, capture_output=True)

    def answer(self, *arguments, code=0, **more):
        """The object that `chutes COMMAND --json …` prints, with this exit
        code."""
        done = self.run_chutes(arguments[0], "--json", *arguments[1:], **more)
        expect_equal(code, done.returncode,
                     f"{arguments}: {done.stderr}{done.stdout[:1000]}\nexit code")
        return json.loads(done.stdout)

    def driver(self, name, *arguments, limit=LIMIT, env=None):
        """Runs tests/interop/NAME.c; returns the JSON that it prints."""
        done = subprocess.run(
            [os.path.join(self.build, "tests", f"interop_{name}"), *arguments],
            encoding="utf-8", timeout=limit, capture_output=True,
            stdin=subprocess.DEVNULL, env=dict(os.environ, **(env or {})))
        expect_equal(0, done.returncode,
                     f"interop_{name} {arguments}: {done.stderr}\nexit code")
        return json.loads(done.stdout)
