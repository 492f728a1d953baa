"""The share of reads that replicas serve, and how long reads take, by level and by how late the replicas are.

Clients write to a row of their own with every tenth statement and read it otherwise. While they do, the delay is
measured from the servers themselves: from a commit's OK to the end of a wait for its GTID on a replica.
"""

import statistics
import threading

from harness import clients, processes

import delay as visible
import trios

LEVELS = ("eventual", "bounded", "monotonic", "session", "global")
DELAYS = (0, 1, 10, 100, 1000)
SETTLE_SECONDS = 0.5
# What a level promises of the row that only the client itself writes.
NEVER_STALE = ("session", "global")
NEVER_BACKWARDS = ("monotonic", "session", "global")
NUMBERS = ("share", "waited", "qps", "read_p50_ms", "read_p95_ms", "read_p99_ms", "write_p50_ms", "visible_p50_ms",
           "visible_p95_ms")


def measure(trio, proxy, load, wanted):
    """One row for each level and delay: the medians of its rounds."""
    print(f"\n{trio.name}: {wanted.clients} clients, one write in {wanted.write_every} statements\n{'level':<10} {'delay ms':>8}"
          f" {'visible ms':>14} {'replicas':>8} {'waited':>7} {'queries/s':>9} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7}"
          "  why the primary", flush=True)
    results = []
    for milliseconds in wanted.delays:
        trio.relay.delay(milliseconds)
        for level in wanted.levels:
            rounds = [one_round(trio, proxy, load, level, wanted) for _ in range(wanted.rounds)]
            result = {"server": trio.name, "level": level, "delay_ms": milliseconds, "rounds": rounds}
            result |= {name: statistics.median(each[name] for each in rounds) for name in NUMBERS}
            show(result)
            results.append(result)
    trio.relay.delay(0)
    return results


def one_round(trio, proxy, load, level, wanted):
    trio.level()
    settings = [f"SET @anabranch_consistency = '{level}'"]
    if level == "bounded":
        settings.append(f"SET @anabranch_max_lag = '{wanted.bound_ms}ms'")
    before = clients.reads(proxy)
    load.open("share", proxy.port, trios.LOGIN, wanted.clients, *settings)
    settling = load.run("share", SETTLE_SECONDS, wanted.write_every, wanted.think_us)
    clients.reads_since(proxy, before, settling["reads"])
    before = clients.reads(proxy)
    with Probe(trio, wanted.seconds) as probe:
        found = load.run("share", wanted.seconds, wanted.write_every, wanted.think_us)
    load.close("share")
    grown = clients.reads_since(proxy, before, found["reads"])
    require_kept(level, found)
    return found | routes(grown) | probe.visible()


def require_kept(level, found):
    stale = found["stale"] if level in NEVER_STALE else 0
    backwards = found["backwards"] if level in NEVER_BACKWARDS else 0
    if stale or backwards:
        raise processes.Failure(f"{level}: {stale} reads without the session's last write, {backwards} of an older state")


def routes(grown):
    """Shares of the reads by where and why."""
    total = sum(grown.values())
    by = lambda wanted: sum(count for key, count in grown.items() if wanted(*key)) / total  # noqa: E731
    return {"share": by(lambda where, _: where == "replica"), "waited": by(lambda _, reason: reason == "waited"),
            "reasons": {f"{where} {reason}": count / total for (where, reason), count in sorted(grown.items())}}


class Probe:
    """Measures the delay from commit to visible on the first replica while the load runs."""

    def __init__(self, trio, seconds):
        self.samples, self.broken = [], None
        self.thread = threading.Thread(target=self._run, args=(trio, seconds))

    def _run(self, trio, seconds):
        try:
            self.samples = visible.probe(trio, seconds)
        except Exception as error:  # any: it is raised again by whoever waits for the thread
            self.broken = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()

    def visible(self):
        """Milliseconds from a commit's OK until it shows."""
        if self.broken:
            raise self.broken
        took = sorted(from_ok for from_ok, _ in self.samples)
        return {f"visible_p{part}_ms": took[len(took) * part // 100] for part in (50, 95)}


def show(result):
    reasons = result["rounds"][-1]["reasons"]
    primary = ", ".join(f"{key.split()[1]} {100 * part:.0f} %" for key, part in reasons.items()
                        if key.startswith("primary") and part >= 0.01)
    visible = f"{result['visible_p50_ms']:.2f}, {result['visible_p95_ms']:.2f}"
    print(f"{result['level']:<10} {result['delay_ms']:8} {visible:>14} {100 * result['share']:6.1f} %"
          f" {100 * result['waited']:5.1f} % {result['qps']:9.0f} {result['read_p50_ms']:7.2f} {result['read_p95_ms']:7.2f}"
          f" {result['read_p99_ms']:7.2f}  {primary}", flush=True)
