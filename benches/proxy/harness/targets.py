"""What is measured: a direct connection, haproxy in TCP mode, anabranch; each a port and maybe a process.

haproxy forwards to the very server that `direct` uses. Its configuration is the least that carries the
connections: no log, no check, no splicing, time-outs longer than any run. Nobody encrypts: sysbench asks for no
TLS, so neither does haproxy pass any on, nor may anabranch use it towards the servers.
"""

import http.client
import json
import pathlib
import subprocess
import time

from . import options as settings
from . import processes

HAPROXY_CONFIG = """\
global
    maxconn {maxconn}
{threads}
defaults
    mode tcp
    maxconn {maxconn}
    timeout connect 10s
    timeout client 1h
    timeout server 1h
frontend front
    bind 127.0.0.1:{port} backlog 4096
    default_backend back
backend back
    server primary 127.0.0.1:{server}
"""

ANABRANCH_CONFIG = """\
[proxy]
listen = ["127.0.0.1:{port}"]
workers = {workers}
max_connections = {maxconn}
{proxy}
[monitor]
user = "{user}"
password = "{password}"

[backend.tls]
mode = "disabled"

[http]
listen = "127.0.0.1:{http}"

[log]
filter = "warn"
"""

ANABRANCH_SERVER = """
[[server]]
name = "{name}"
address = "127.0.0.1:{port}"
"""


class Target:
    """A name, the port where clients connect, and the proxy's process if there is one."""

    def __init__(self, name, port, child=None):
        self.name, self.port, self.child = name, port, child
        self.pid = child.pid if child else None


def start(stack, name, options, cluster, directory):
    """Starts one target; `stack` (an ExitStack) stops it again."""
    builder = {"direct": _direct, "haproxy": _haproxy, "earlier": _earlier, "anabranch": _anabranch}[name]
    return builder(stack, options, cluster, directory)


def _connections(options):
    return max([options.idle, *options.threads]) + 200


def _direct(_stack, _options, cluster, _directory):
    return Target("direct", cluster.primary_port)


def _haproxy(stack, options, cluster, directory):
    port = options.base_port + 10
    config = directory / "haproxy.cfg"
    threads = f"    nbthread {options.haproxy_threads}\n" if options.haproxy_threads else ""
    config.write_text(HAPROXY_CONFIG.format(
        maxconn=_connections(options), threads=threads, port=port, server=cluster.primary_port))
    child = stack.enter_context(processes.Child(
        "haproxy", ["haproxy", "-db", "-f", config], log=directory / "haproxy.log"))
    child.wait_port(port)
    return Target("haproxy", port, child)


def _anabranch(stack, options, cluster, directory):
    return _proxy(stack, options, cluster, directory, "anabranch", options.anabranch_binary, options.base_port + 11)


def _earlier(stack, options, cluster, directory):
    return _proxy(stack, options, cluster, directory, "earlier", options.earlier_binary, options.base_port + 13)


def _proxy(stack, options, cluster, directory, name, binary, port):
    servers = cluster.servers if options.anabranch_servers == "all" else cluster.servers[:1]
    return proxy(stack, binary, directory, name, port, servers,
                 (cluster.monitor_user, cluster.monitor_password), _connections(options), options.anabranch_workers)


def proxy(stack, binary, directory, name, port, servers, monitor, connections, workers=0, extra="", tables=""):
    """Starts anabranch in front of `servers` (names and ports) and waits until it has seen them. `extra` are more
    lines of [proxy], `tables` more tables. Its HTTP port is the one after `port`."""
    text = ANABRANCH_CONFIG.format(port=port, http=port + 1, workers=workers, maxconn=connections, proxy=extra,
                                   user=monitor[0], password=monitor[1])
    text += "".join(ANABRANCH_SERVER.format(name=server, port=at) for server, at in servers) + tables
    config = directory / f"{name}.toml"
    config.write_text(text)
    child = stack.enter_context(processes.Child(
        name, [binary, "proxy", "--config", config], log=directory / f"{name}.log"))
    child.wait_port(port)
    _wait_ready(child, port + 1)
    return Target(name, port, child)


def _wait_ready(child, port):
    """Until /readyz says that the monitor has seen the servers."""
    until = time.monotonic() + processes.READY_SECONDS
    while True:
        child.require_alive()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        if time.monotonic() > until:
            raise processes.Failure("anabranch did not become ready: /readyz never answered 200")
        time.sleep(0.1)


def build_anabranch():
    """The release build of this repository; returns its path."""
    return build("--bin", "anabranch")


def build(*what):
    """A release build of this repository; returns the program's path."""
    print(f"building {what[-1]} (release)…", flush=True)
    done = subprocess.run(["cargo", "build", "--release", "--message-format", "json-render-diagnostics", *what],
                          cwd=settings.REPOSITORY, check=False, stdout=subprocess.PIPE)
    if done.returncode != 0:
        raise processes.Failure("the release build failed")
    messages = map(json.loads, done.stdout.splitlines())
    # A benchmark's build has the proxy's own program among its messages, too.
    built = [one["executable"] for one in messages if one.get("executable") and one["target"]["name"] == what[-1]]
    return pathlib.Path(built[-1])
