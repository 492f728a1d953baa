"""sysbench's bulk_insert with a fixed number of rows, so that time, CPU and memory are of the same rows."""

import re
import subprocess
import time

from harness import load, processes

TOTAL = re.compile(r"total time:\s+([0-9.]+)s")
DATABASE = "sbbulk"
TIMEOUT_SECONDS = 300


def _sysbench(login, port, mode, threads, *arguments):
    return subprocess.run(
        ["sysbench", "bulk_insert", "--db-driver=mysql", "--mysql-host=127.0.0.1",
         f"--mysql-port={port}", f"--mysql-user={login.user}", f"--mysql-password={login.password}",
         f"--mysql-db={DATABASE}", f"--db-ps-mode={load.PS_MODE[mode]}", f"--threads={threads}", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT_SECONDS)


def measure(login, target, wanted, mode, threads, sql):
    """One round: rows instead of queries. The tables are new each time."""
    sql(target, f"DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE}")
    _sysbench(login, target.port, mode, threads, "prepare")
    processes.reset_peak(target.pid)
    cpu, began = processes.cpu_seconds(target.pid), time.monotonic()
    ran = _sysbench(login, target.port, mode, threads, f"--events={wanted.bulk_rows}", "--time=0", "run")
    cpu, seconds = processes.cpu_seconds(target.pid) - cpu, time.monotonic() - began
    total = TOTAL.search(ran.stdout)
    if ran.returncode != 0 or not total:
        return {"failure": f"sysbench ended with {ran.returncode}: {ran.stdout.strip()[-200:]}"}
    return {
        "qps": wanted.bulk_rows / float(total[1]),
        "cpu_us_per_query": cpu * 1e6 / wanted.bulk_rows,
        "peak_kib": processes.peak_kib(target.pid),
        "window_seconds": seconds,
    }
