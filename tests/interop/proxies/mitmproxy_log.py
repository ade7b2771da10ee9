# SPDX-License-Identifier: MIT
"""An add-on of mitmproxy: prints its port and, for each request, the method,
the target, the status and the headers, on one line."""
from mitmproxy import ctx


def running():
    server, = ctx.master.addons.get("proxyserver").servers
    print(f"LISTENS {server.listen_addrs[0][1]}")


def http_connect(flow):
    print(f"CONNECT {flow.request.host}:{flow.request.port} 200 "
          f"{flow.request.headers.fields!r}")


def response(flow):
    print(f"{flow.request.method} {flow.request.url} "
          f"{flow.response.status_code} {flow.request.headers.fields!r}")
