"""One round of sysbench, measured only while it runs steadily.

The first second holds connecting, signing in and preparing, which no proxy does per query. So sysbench
reports each second, and the window runs from its first report to its last: queries are the sum of the
reports in between, CPU the difference of the two moments.
"""

import re
import subprocess
import threading
import time

from . import cycles, processes

REPORT = re.compile(r"^\[ (\d+)s \].* qps: ([0-9.]+) .*err/s: ([0-9.]+) reconn/s: ([0-9.]+)")
P95 = re.compile(r"95th percentile:\s+([0-9.]+)")
GRACE_SECONDS = 60
PS_MODE = {"text": "disable", "prepared": "auto"}


class Login:
    """Whom sysbench signs in as, and which database holds its tables."""

    def __init__(self, user, password, database):
        self.user, self.password, self.database = user, password, database


def command(login, port, options, workload, *extra):
    result = [
        "sysbench", workload, "--db-driver=mysql", "--mysql-host=127.0.0.1",
        f"--mysql-port={port}", f"--mysql-user={login.user}",
        f"--mysql-password={login.password}", f"--mysql-db={login.database}",
        f"--tables={options.tables}", f"--table-size={options.table_size}",
    ]
    if workload == "oltp_read_only":
        result.append("--skip-trx=on")  # wrapped in a transaction no read could be split off
    return result + list(extra)


def prepare(login, port, options):
    with processes.Child("sysbench prepare", command(login, port, options, "oltp_read_write", "prepare"),
                         stdout=subprocess.PIPE) as child:
        output = child.process.communicate(timeout=600)[0]
        if child.process.returncode != 0:
            raise processes.Failure(f"sysbench prepare failed\n{output.decode(errors='replace')}")


def measure(login, target, options, workload, mode, threads):
    """One round against one target: a dictionary of numbers, or with the key `failure`."""
    seconds = options.seconds + 1
    arguments = command(
        login, target.port, options, workload, f"--threads={threads}", f"--time={seconds}",
        f"--db-ps-mode={PS_MODE[mode]}", "--report-interval=1", "--percentile=95", "run",
    )
    if target.pid:
        processes.reset_peak(target.pid)
    with processes.Child("sysbench", arguments, stdout=subprocess.PIPE) as child:
        samples, rest, counts = _follow(child, target, seconds)
    result = _result(samples, rest, target, child.process.returncode)
    if counts and result.get("qps"):
        result["cycles_per_query"] = (counts["cycles:u"] + counts["cycles:k"]) / result["qps"]
        result["user_instructions_per_query"] = counts["instructions:u"] / result["qps"]
    return result


def _follow(child, target, seconds):
    """Reads sysbench's reports as they come; a watchdog ends a load that hangs."""
    samples, rest, counting, counts = [], [], None, {}
    watchdog = threading.Timer(seconds + GRACE_SECONDS, child.process.kill)
    watchdog.start()
    try:
        for raw in child.process.stdout:
            line = raw.decode(errors="replace")
            report = REPORT.match(line)
            if report:
                cpu = processes.cpu_seconds(target.pid) if target.pid else 0.0
                samples.append((time.monotonic(), cpu, float(report[2]), float(report[3])))
                if len(samples) == 1:
                    counting = cycles.Counting(target.pid)
                elif int(report[1]) >= seconds:
                    counts = counting.stop()
            else:
                rest.append(line)
        child.process.wait()
    finally:
        watchdog.cancel()
        if counting:
            counts = counts or counting.stop()
    return samples, "".join(rest), counts


def _result(samples, rest, target, code):
    p95 = P95.search(rest)
    if code != 0 or not p95:
        return {"failure": f"sysbench ended with {code}: {_first_error(rest)}"}
    if len(samples) < 2:
        return {"failure": "sysbench reported fewer than two seconds"}
    queries = sum(sample[2] for sample in samples[1:])
    window = samples[-1][0] - samples[0][0]
    cpu = samples[-1][1] - samples[0][1]
    result = {
        "qps": queries / (len(samples) - 1),
        "p95_ms": float(p95[1]),
        "errors_per_second": sum(sample[3] for sample in samples) / len(samples),
        "window_seconds": window,
    }
    if target.pid and queries:
        result["cpu_us_per_query"] = cpu * 1e6 / queries
        result["cpu_share"] = cpu / window
        result["peak_kib"] = processes.peak_kib(target.pid)
    return result


def _first_error(text):
    for line in text.splitlines():
        if "FATAL" in line or "error" in line.lower():
            return line.strip()
    return text.strip()[-200:]
