"""How the cost of a point read, a commit and a checkpoint grows with the rows of one table.

One client, so that nothing waits for anything else; each size is a server of its own with a new folder. RESET BINARY
LOGS AND GTIDS is where a statement makes checkpoints: one before it empties the log and one after.
"""

import contextlib
import pathlib
import subprocess
import tempfile
import time

from harness import load, processes

SIZES = (10_000, 100_000, 1_000_000, 3_000_000)
THREADS = 1


class Shape:
    """What sysbench is asked for: one table of so many rows."""

    tables = 1

    def __init__(self, rows, seconds):
        self.table_size, self.seconds = rows, seconds


def _prepare(login, port, shape):
    command = load.command(login, port, shape, "oltp_read_write", "prepare")
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ended.returncode != 0:
        raise processes.Failure(f"sysbench prepare failed\n{ended.stdout[-400:]}")


def _query(target, text):
    return subprocess.run(
        ["mariadb", "--no-defaults", "-N", "-h127.0.0.1", f"-P{target.port}", "-uroot", "-e", text],
        check=True, stdout=subprocess.PIPE, text=True).stdout


def _checkpoint(target):
    """Seconds of wall and of CPU that one checkpoint of everything takes."""
    cpu, began = processes.cpu_seconds(target.pid), time.monotonic()
    _query(target, "RESET BINARY LOGS AND GTIDS")
    return (time.monotonic() - began) / 2, (processes.cpu_seconds(target.pid) - cpu) / 2


def _size(start, wanted, login, rows):
    shape = Shape(rows, wanted.seconds)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="growth-")))
        target = start(stack, wanted, folder)
        _query(target, "CREATE DATABASE sbtest")
        _prepare(login, target.port, shape)
        read = load.measure(login, target, shape, "oltp_point_select", "prepared", THREADS)
        commit = load.measure(login, target, shape, "oltp_update_non_index", "prepared", THREADS)
        seconds, cpu = _checkpoint(target)
        return {
            "rows": rows, "resident_kib": processes.resident_kib(target.pid), "read": read,
            "commit": commit, "checkpoint_seconds": seconds, "checkpoint_cpu_seconds": cpu,
        }


def measure(start, wanted, login):
    """Prints a line for each size; `start` starts the server in a folder."""
    results = []
    print(f"{'rows':>10} {'resident MiB':>13} {'read CPU us':>12} {'read p95 ms':>12} {'commit CPU us':>14}"
          f" {'commit p95 ms':>14} {'checkpoint s':>13} {'its CPU s':>10}")
    for rows in wanted.sizes:
        one = _size(start, wanted, login, rows)
        results.append(one)
        read, commit = one["read"], one["commit"]
        for name, part in (("read", read), ("commit", commit)):
            if "failure" in part:
                print(f"{rows:>10} {name} FAILED: {part['failure']}")
        cells = [part.get(measure, float("nan")) for part in (read, commit)
                 for measure in ("cpu_us_per_query", "p95_ms")]
        print(f"{rows:>10} {one['resident_kib'] / 1024:>13.0f} {cells[0]:>12.1f} {cells[1]:>12.2f}"
              f" {cells[2]:>14.1f} {cells[3]:>14.2f} {one['checkpoint_seconds']:>13.2f}"
              f" {one['checkpoint_cpu_seconds']:>10.2f}", flush=True)
    return results
