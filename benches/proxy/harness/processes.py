"""Child processes that never outlive the run, and what /proc says about them (Linux only).

CPU is utime + stime of the whole process, threads that ended included, in ticks of usually 10 ms; over a
round of seconds that is exact enough. Peak memory is VmHWM, which a write to clear_refs sets back.
"""

import ctypes
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10.0
READY_SECONDS = 60.0

_libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """The run cannot go on; the text tells the user why."""


def raise_file_limit():
    """Thousands of connections need descriptors: as many as the hard limit allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """One process in its own session: the terminal's Ctrl-C reaches only the harness, which stops it."""

    def __init__(self, name, command, log=None, stdout=None, stdin=subprocess.DEVNULL):
        self.name = name
        self.log = log
        output = open(log, "wb") if log else subprocess.DEVNULL
        try:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=stdin,
                stdout=stdout or output,
                stderr=subprocess.STDOUT if stdout is None else output,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        finally:
            if log:
                output.close()
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """SIGTERM, then SIGKILL: always this process id, never a name."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def require_alive(self):
        if self.process.poll() is not None:
            tail = ""
            if self.log:
                tail = pathlib.Path(self.log).read_text(errors="replace")[-2000:]
            raise Failure(f"{self.name} ended with {self.process.returncode}\n{tail}")

    def wait_port(self, port):
        """Until the process accepts connections on the loopback port."""
        until = time.monotonic() + READY_SECONDS
        while True:
            self.require_alive()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > until:
                    raise Failure(f"{self.name} does not listen on port {port}") from None
                time.sleep(0.05)


def cpu_seconds(pid):
    """utime + stime of all threads, those that ended included. Fields 14 and 15 of proc_pid_stat(5)."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def _status_kib(pid, field):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise Failure(f"/proc/{pid}/status has no {field}")


def resident_kib(pid):
    return _status_kib(pid, "VmRSS")


def peak_kib(pid):
    return _status_kib(pid, "VmHWM")


def reset_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
