"""The run in order: servers up, tables, rounds around the targets, idle connections, report, all down."""

import contextlib
import json
import os
import pathlib
import platform
import shutil
import signal
import sys
import tempfile
import time

from . import cluster, idle, load, options, processes, report, targets

ROUND_OVERHEAD_SECONDS = 1.6  # warming up, and starting sysbench
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main():
    wanted = options.parse()
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        return _run(wanted)
    except processes.Failure as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; all processes of the run were ended", file=sys.stderr)
        return 130


def _interrupt(*_):
    """The first signal ends the run in order; later ones must not disturb that."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(wanted):
    _require_programs(wanted)
    processes.raise_file_limit()
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anabranch-bench-")))
        servers = stack.enter_context(cluster.Cluster(directory, wanted))
        load.prepare(servers.login, servers.primary_port, wanted)
        servers.wait_replicas()
        points = _throughput(wanted, servers, directory) if wanted.workloads else []
        idles = _idle(wanted, servers, directory) if wanted.idle else {}
    return _finish(wanted, points, idles)


def _require_programs(wanted):
    needed = ["sysbench", "mariadb"] + (["haproxy"] if "haproxy" in wanted.targets else [])
    missing = [name for name in needed if not shutil.which(name)]
    if missing:
        raise processes.Failure(f"not installed: {', '.join(missing)}"
                                " (Debian: apt-get install sysbench haproxy mariadb-server mariadb-client)")
    if "anabranch" in wanted.targets and wanted.anabranch_binary is None:
        wanted.anabranch_binary = targets.build_anabranch()


def _throughput(wanted, servers, directory):
    grid = [(workload, mode, threads) for workload in wanted.workloads
            for mode in wanted.modes for threads in wanted.threads]
    seconds = len(grid) * wanted.rounds * len(wanted.targets) * (wanted.seconds + ROUND_OVERHEAD_SECONDS)
    print(f"{len(grid)} points, {wanted.rounds} rounds, {len(wanted.targets)} targets:"
          f" about {seconds / 60:.0f} min", flush=True)
    points = []
    with contextlib.ExitStack() as stack:
        started = [targets.start(stack, name, wanted, servers, directory) for name in wanted.targets]
        _hold(wanted, started)
        for workload, mode, threads in grid:
            rounds = _rounds(wanted, servers, started, workload, mode, threads)
            point = {"workload": workload, "mode": mode, "threads": threads,
                     "targets": {name: report.median(each) for name, each in rounds.items()}}
            report.add_ratios(point)
            report.print_point(point)
            points.append(point)
    return points


def _rounds(wanted, servers, started, workload, mode, threads):
    """Each round begins with another target, so that none always follows the same neighbour; and none
    shares the machine with replicas that still apply what the round before it wrote."""
    rounds = {target.name: [] for target in started}
    for number in range(wanted.rounds):
        shift = number % len(started)
        for target in started[shift:] + started[:shift]:
            if target.child:
                target.child.require_alive()
            rounds[target.name].append(load.measure(servers.login, target, wanted, workload, mode, threads))
            servers.wait_replicas()
    return rounds


def _hold(wanted, started):
    if wanted.profile_hold:
        named = ", ".join(f"{target.name} {target.pid}" for target in started if target.pid)
        print(f"process ids: {named}; going on in {wanted.profile_hold} s", flush=True)
        time.sleep(wanted.profile_hold)


def _idle(wanted, servers, directory):
    """Each measurement starts its proxy afresh: memory kept from earlier load would hide the growth."""
    found = {}
    for name in wanted.targets:
        if name == "direct":
            continue
        found[name] = {"connections": wanted.idle}
        for key, database in (("no_database", None), ("with_database", servers.login.database)):
            with contextlib.ExitStack() as stack:
                target = targets.start(stack, name, wanted, servers, directory)
                found[name][key] = idle.measure(servers.login, target, wanted.idle, database)
    report.print_idle(found)
    return found


def _finish(wanted, points, idles):
    found = report.bars(points, idles)
    report.print_bars(found)
    machine = {"system": platform.platform(), "cores": os.cpu_count(), "time": time.strftime("%FT%TZ", time.gmtime())}
    settings = {key: str(value) if isinstance(value, pathlib.Path) else value
                for key, value in vars(wanted).items() if key != "json"}
    wanted.json.parent.mkdir(parents=True, exist_ok=True)
    wanted.json.write_text(json.dumps(
        {"machine": machine, "options": settings, "points": points, "idle": idles, "bars": found}, indent=1) + "\n")
    print(f"\nall numbers: {wanted.json}")
    failed = any(result["failures"] for point in points for result in point["targets"].values())
    return 1 if failed else 0
