"""Commits per second and their latency, for each policy and number of clients, in rounds that alternate."""

import statistics

from harness import processes

import sysbench

MEASURES = ("commits_per_s", "p50_ms", "p95_ms", "p99_ms", "cpu_us")


def measure(pairs, wanted):
    results = []
    for clients in wanted.clients:
        variants = [(pair, policy) for pair in pairs for policy in pair.policies if policy in wanted.policies
                    or policy.startswith("semi_sync,")]
        rounds = {(pair.name, policy): [] for pair, policy in variants}
        for _ in range(wanted.rounds):
            for pair, policy in variants:
                rounds[pair.name, policy].append(one_round(pair, policy, clients, wanted))
        medians = {name: _medians(each) for name, each in rounds.items()}
        show(clients, medians)
        results += [{"clients": clients, "server": server, "policy": policy} | each
                    for (server, policy), each in medians.items()]
    return results


def one_round(pair, policy, clients, wanted):
    """Begins with a replica that has all, so that no round pays for the one before."""
    pair.level()
    pair.set_policy(policy)
    unacknowledged, cpu = pair.unacknowledged(), _cpu(pair)
    result = sysbench.run(pair.primary.port, wanted.load, clients, wanted.seconds, f"--time={wanted.seconds}")
    if "failure" in result:
        return result
    pair.level()
    result["cpu_us"] = (_cpu(pair) - cpu) * 1e6 / max(result["commits"], 1)
    missing = pair.unacknowledged() - unacknowledged
    if policy != "async" and missing > 0:
        return {"failure": f"{missing} commits were not acknowledged"}
    return result


def _cpu(pair):
    return processes.cpu_seconds(pair.primary.pid) + processes.cpu_seconds(pair.replica.pid)


def _medians(rounds):
    good = [one for one in rounds if "failure" not in one]
    result = {name: statistics.median(one[name] for one in good) for name in MEASURES if good}
    result["rounds"] = [one.get("commits_per_s") for one in rounds]
    result["failures"] = [one["failure"] for one in rounds if "failure" in one]
    return result


def ratio(medians, policy, peer, measure="commits_per_s"):
    """Ours by MariaDB's; none where either was not measured."""
    ours = medians.get(("anabranch", policy), {}).get(measure)
    theirs = medians.get(("mariadb", peer), {}).get(measure)
    return ours / theirs if ours and theirs else None


def show(clients, medians):
    print(f"\ncommits, {clients} clients{'commits/s':>29} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'CPU µs':>8}"
          f"  to MariaDB: async  semi-sync  synced relay log")
    for (server, policy), each in medians.items():
        numbers = " ".join(f"{each[name]:8.2f}" if name in each else f"{'-':>8}" for name in MEASURES[1:])
        ratios = [ratio(medians, policy, peer) if server == "anabranch" else None
                  for peer in ("async", "semi_sync", "semi_sync, sync_relay_log=1")]
        ratios = "  ".join(f"{one:9.2f}" if one else f"{'':>9}" for one in ratios)
        print(f"  {server:<10} {policy:<29} {each.get('commits_per_s', 0):8.0f} {numbers}        {ratios}", flush=True)
        for failure in each["failures"]:
            print(f"             FAILED: {failure}")
