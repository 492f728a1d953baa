"""Clients that check every answer, a proxy's own counts, and a relay that makes replicas late: `benches/load`."""

import http.client
import json
import re
import subprocess
import time

from . import processes, targets

LINE = re.compile(r'^anabranch_statements_total\{class="read",reason="([^"]+)",target="([^"]+)"\} (\d+)', re.MULTILINE)
COUNTED_SECONDS = 10


def build():
    return targets.build("--bench", "load")


class _Program(processes.Child):
    """A child that answers each line on its stdin with a line of JSON."""

    def ask(self, *words):
        try:
            self.process.stdin.write(("\t".join(map(str, words)) + "\n").encode())
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            raise processes.Failure(f"{self.name} ended: {self.log.read_text(errors='replace')[-2000:]}")
        return json.loads(answer)


class Clients(_Program):
    """Groups of clients, each with a name, and each client with a row of `items` that nobody else writes to."""

    def __init__(self, program, directory):
        super().__init__("load", [program], directory / "load.log", stdout=subprocess.PIPE, stdin=subprocess.PIPE)
        self.rows = 0

    def open(self, name, port, login, count, *statements):
        """Gives the seconds that it took."""
        first, self.rows = self.rows + 1, self.rows + count
        seconds = self.ask("open", name, port, login.user, login.password, login.database, first, count)["seconds"]
        for statement in statements:
            self.ask("say", name, statement)
        return seconds

    def run(self, name, seconds, write_every=10, think_us=0):
        """What they found; a failed client or an answer that is not its own fails the run."""
        found = self.ask("run", name, seconds, write_every, think_us)
        if found["failed"] or found["wrong"]:
            raise processes.Failure(f"{name}: {found['failed']} clients failed ({found['first_failure']}),"
                                    f" {found['wrong']} wrong answers")
        return found

    def close(self, name):
        self.ask("close", name)


class Relay(_Program):
    """Between a primary and its replicas: what the primary sends arrives `delay` later."""

    def __init__(self, program, directory, port, primary):
        super().__init__("relay", [program, "relay", port, primary], directory / "relay.log",
                         stdout=subprocess.PIPE, stdin=subprocess.PIPE)
        self.port = port
        self.wait_port(port)

    def delay(self, milliseconds):
        self.ask(round(milliseconds * 1000))


def reads(target):
    """The reads that a proxy has counted, by target and reason."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port + 1, timeout=5)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    return {(where, reason): int(count) for reason, where, count in LINE.findall(text)}


def reads_since(target, before, count):
    """The same since `before`, once all `count` are in it: workers hand their counts over each second."""
    until = time.monotonic() + COUNTED_SECONDS
    while True:
        now = reads(target)
        grown = {key: value - before.get(key, 0) for key, value in now.items() if value > before.get(key, 0)}
        if sum(grown.values()) == count:
            return grown
        if sum(grown.values()) > count or time.monotonic() > until:
            raise processes.Failure(f"{count} reads were sent, and the proxy counts {grown}")
        time.sleep(0.1)
