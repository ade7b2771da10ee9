# SPDX-License-Identifier: MIT
"""Squid as a forward proxy with a password, mostly for CONNECT."""
import os
import pwd
import shutil
import subprocess

import forward
from common import expect, expect_equal, free_port
from gateway import MODEL, TEXT, configure

TITLE = "Squid (CONNECT)"
QUICK = False

USER = "ali:op:en sesame"


class Squid(forward.ForwardProxy):
    def __init__(self, part):
        root, part.version = part.install.deb(
            "squid", "squid-common", "squid-langpack", "libecap3",
            "libnetfilter-conntrack3", "libnfnetlink0", "libltdl7")
        super().__init__(part)
        self.user, self.port, self.forbidden = USER, free_port(), free_port()
        logs = os.path.join(part.place, "logs")
        shutil.rmtree(logs, ignore_errors=True)
        os.mkdir(logs)
        if os.geteuid() == 0:  # Squid then becomes this user
            user = pwd.getpwnam("proxy")
            os.chown(logs, user.pw_uid, user.pw_gid)
        self.log = os.path.join(logs, "access.log")
        name, password = USER.split(":", 1)
        hashed = subprocess.run(["openssl", "passwd", "-apr1", "-stdin"],
                                input=password, capture_output=True, text=True,
                                check=True).stdout
        with open(os.path.join(part.place, "passwords"), "w",
                  encoding="utf-8") as file:
            file.write(f"{name}:{hashed}")
        values = {"proxy": str(self.port), "forbidden": str(self.forbidden),
                  "root": root, "place": part.place, "logs": logs}
        server = part.start(
            [os.path.join(root, "usr/sbin/squid"), "-N", "-f",
             configure(part, "squid.conf", "squid.conf", values)],
            env=part.install.deb_environment())
        server.await_port(self.port)


def check_refusal(squid, port, user, http_status, words, status, code,
                  attempts):
    """Squid refuses to connect, and doesn't learn the key."""
    squid.user = user
    answer = squid.answer("chat", "-m", MODEL, TEXT, code=code,
                          url=f"https://127.0.0.1:{port}/v1")
    squid.user = USER
    message = answer["error"]["message"]
    expect_equal(status, answer["error"]["status"], message)
    expect_equal(attempts, answer["attempts"], "attempts")
    for word in f"127.0.0.1 port {squid.port}", words, f"(HTTP {http_status})":
        expect(word in message, message)
    for secret in "cpk_", "sesame", "Bearer", "<":
        expect(secret not in message, message)
    squid.expect_connects(port, attempts, http_status)
    return message


def run(part):
    squid = Squid(part)
    mock = part.start_mock()
    forward.check_answers(squid, mock)
    for how, option in ("the upstream", "--cut"), ("Squid's timeout", "--stall"):
        part.check("truncation", f"a stream cut by {how}", forward.check_cut,
                   squid, part.start_mock(f"{option}-after", "5",
                                          log=option.strip("-")))
    dead = free_port()
    config, connect = ("CHUTES_ERR_CONFIG", 3, 1), ("CHUTES_ERR_CONNECT", 5)
    part.check("errors", "407, a wrong password", check_refusal, squid, dead,
               "ali:wrong", 407, "rejected the user name", *config)
    part.check("errors", "407, no password", check_refusal, squid, dead, "",
               407, "requires a user name", *config)
    part.check("errors", "403, a forbidden port", check_refusal, squid,
               squid.forbidden, USER, 403, "refused to connect", *connect, 1)
    part.check("retries", "503, nobody listens", check_refusal, squid, dead,
               USER, 503, "refused to connect", *connect, 3)
    for gap in 500, 5500:  # Squid closes idle tunnels after 2 to 4 s
        part.check("keep-alive", f"streams {gap} ms apart", forward.check_calls,
                   squid, mock, 3, gap_us=gap * 1000)
