# SPDX-License-Identifier: MIT
"""nginx as a reverse proxy in front of `chutes mock`."""
import os

from common import expect_equal, free_port

TITLE = "nginx"
QUICK = True

CONFIGURATION = """\
daemon off;
master_process off;
error_log stderr info;
pid {place}/nginx.pid;
events {{ }}
http {{
    access_log {place}/access.log;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    scgi_temp_path {place}/scgi;
    uwsgi_temp_path {place}/uwsgi;
    proxy_http_version 1.1;
    server {{
        listen 127.0.0.1:{plain};
        location /v1/ {{ proxy_pass {mock}; proxy_buffering off; }}
        location /buffered/v1/ {{ proxy_pass {mock}; }}
    }}
}}
"""


def check_chat(part, url, *arguments):
    answer = part.answer("chat", *arguments, "hello", url=url)
    expect_equal(1, answer["attempts"], "attempts")
    expect_equal(True, answer["complete"], "complete")


def run(part):
    root, part.version = part.install.deb("nginx")
    mock = part.start_mock("--any-model")
    port = free_port()
    path = os.path.join(part.place, "nginx.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(place=part.place, plain=port,
                                        mock=mock.url))
    nginx = part.start([os.path.join(root, "usr/sbin/nginx"), "-c", path])
    nginx.await_port(port)
    url = f"http://127.0.0.1:{port}"
    part.check("chat", "a whole answer", check_chat, part, f"{url}/v1",
               "--no-stream")
    for name, folder in ("unbuffered", ""), ("buffered", "/buffered"):
        part.check("stream", f"a stream, {name}", check_chat, part,
                   f"{url}{folder}/v1")
