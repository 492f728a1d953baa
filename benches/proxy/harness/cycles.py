"""Processor cycles and instructions of a process, where `perf` may count them.

On a virtual machine that shares its cores, CPU time also holds the time in which the core was given to somebody
else. Cycles do not: they are the steadier measure of the same thing. Instructions tell what the program itself does.
"""

import shutil
import signal
import subprocess
import time

EVENTS = ("cycles:u", "cycles:k", "instructions:u", "instructions:k")
STOP_SECONDS = 10


class Counting:
    """Counts from its making to `stop`."""

    def __init__(self, pid):
        self.child, self.begun = None, time.monotonic()
        if pid and shutil.which("perf"):
            self.child = subprocess.Popen(
                ["perf", "stat", "-x", ",", "-e", ",".join(EVENTS), "-p", str(pid)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def stop(self):
        """The events per second of counting; nothing where they cannot be counted."""
        if self.child is None:
            return {}
        self.child.send_signal(signal.SIGINT)
        seconds = time.monotonic() - self.begun
        try:
            output = self.child.communicate(timeout=STOP_SECONDS)[1]
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            return {}
        finally:
            self.child = None
        return _per_second(output, seconds)


def _per_second(output, seconds):
    counts = {}
    for line in output.splitlines():
        fields = line.split(",")
        if len(fields) > 2 and fields[0].isdigit():
            counts[fields[2]] = int(fields[0])
    if len(counts) != len(EVENTS):
        return {}
    return {name: count / seconds for name, count in counts.items()}
