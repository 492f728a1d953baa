"""sysbench as a source of commits: one row updated by its key, each statement its own transaction."""

import re
import subprocess

from harness import load, processes

WORKLOAD = "oltp_update_non_index"
LOGIN = load.Login("root", "", "sbtest")
DONE = re.compile(r"transactions:\s+(\d+)\s+\(([0-9.]+) per sec")
BUCKET = re.compile(r"^\s*([0-9.]+) \|\**\s+(\d+)$", re.MULTILINE)
SECONDS = re.compile(r"total time:\s+([0-9.]+)s")
GRACE_SECONDS = 60


class Tables:
    """How many tables of how many rows."""

    def __init__(self, tables, table_size):
        self.tables, self.table_size = tables, table_size


def start(port, tables, threads, *extra):
    """Begins a load; `finish` waits for its end."""
    arguments = load.command(LOGIN, port, tables, WORKLOAD, f"--threads={threads}", "--db-ps-mode=auto",
                             "--rand-type=uniform", "--histogram=on", *extra, "run")
    return processes.Child("sysbench", arguments, stdout=subprocess.PIPE)


def run(port, tables, threads, limit, *extra):
    """A load from its beginning to its end, which comes within `limit` seconds or is a failure."""
    with start(port, tables, threads, *extra) as child:
        return finish(child, limit)


def finish(child, limit):
    """Commits, commits per second and milliseconds of latency; or `failure`."""
    try:
        output = child.process.communicate(timeout=limit + GRACE_SECONDS)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        child.stop()
        return {"failure": f"sysbench did not end within {limit + GRACE_SECONDS} s"}
    done, seconds = DONE.search(output), SECONDS.search(output)
    if child.process.returncode != 0 or not done:
        return {"failure": f"sysbench: {load._first_error(output)}"}
    buckets = [(float(value), int(count)) for value, count in BUCKET.findall(output)]
    result = {"commits": int(done[1]), "commits_per_s": float(done[2]), "seconds": float(seconds[1])}
    return result | {f"p{part}_ms": percentile(buckets, part) for part in (50, 95, 99)}


def percentile(buckets, part):
    """From (value, count) in the order of values."""
    wanted, seen = sum(count for _, count in buckets) * part / 100, 0
    for value, count in buckets:
        seen += count
        if seen >= wanted:
            return value
    return 0.0
