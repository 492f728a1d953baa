"""From commit on the primary to visible on the replica, under an open load of 25, 50 and 90 % of what is possible.

A probe updates a row of its own on the primary, takes the GTID from the OK, and asks the replica to wait for it
(`WAIT_FOR_EXECUTED_GTID_SET`, `MASTER_GTID_WAIT`). The delay is from the OK's arrival to the end of that wait: too
long by at most the way there and back of one question (`floor`), never too short for what became visible after the
question came. A row that is polled would add the time between two looks, and its polling to the load. What is
counted from the moment the commit was sent is given too (`from_send`).

Probes begin by the clock, from several connections, so that a slow one does not keep the next from being made.
"""

import threading
import time

from harness import processes

import client
import sysbench

PROBES = 4
PERIOD_S = 0.05
SETTLE_S = 1.0
WAIT_S = 10
FLOOR_SAMPLES = 200


def measure(pairs, wanted):
    """Each pair's own full load, then each share of it, alternating."""
    results, full = [], {}
    for pair in pairs:
        pair.primary.sql("CREATE DATABASE IF NOT EXISTS probe",
                         "CREATE TABLE IF NOT EXISTS probe.p (id INT PRIMARY KEY, n BIGINT)",
                         *(f"REPLACE INTO probe.p VALUES ({number}, 0)" for number in range(PROBES)))
        pair.set_policy(wanted.delay_policy)
        full[pair.name] = full_load(pair, wanted)
        print(f"\ndelay, {wanted.delay_policy}: {pair.name} sustains {full[pair.name]:.0f} commits/s"
              f" with {wanted.delay_clients} clients; a question's floor is {floor(pair):.2f} ms (p50)", flush=True)
    samples = {}
    for _ in range(wanted.rounds):
        for share in wanted.shares:
            for pair in pairs:
                rate = full[pair.name] * share / 100
                samples.setdefault((share, pair.name), []).extend(one_round(pair, rate, wanted))
    for (share, name), each in samples.items():
        results.append({"share": share, "server": name, "commits_per_s": full[name] * share / 100} | summary(each))
    show(results)
    return results


def full_load(pair, wanted):
    """Commits of a closed loop per second until the replica has the last of them: what the pair sustains."""
    pair.level()
    result = sysbench.run(pair.primary.port, wanted.load, wanted.delay_clients, wanted.seconds,
                          f"--time={wanted.seconds}")
    if "failure" in result:
        raise processes.Failure(result["failure"])
    return result["commits"] / (result["seconds"] + pair.catch_up())


def floor(pair):
    """Milliseconds of a wait for what is there."""
    connection, position, took = client.connect(pair.replica.port), pair.position(), []
    pair.catch_up()
    for _ in range(FLOOR_SAMPLES):
        began = time.perf_counter()
        pair.wait(connection, position, WAIT_S)
        took.append((time.perf_counter() - began) * 1e3)
    connection.close()
    return sorted(took)[len(took) // 2]


def one_round(pair, rate, wanted):
    pair.level()
    seconds = wanted.delay_seconds
    with sysbench.start(pair.primary.port, wanted.load, wanted.delay_clients, f"--rate={max(1, round(rate))}",
                        f"--time={seconds + 2 * SETTLE_S:.0f}") as child:
        time.sleep(SETTLE_S)
        samples = probe(pair, seconds)
        result = sysbench.finish(child, seconds)
    if "failure" in result:
        raise processes.Failure(result["failure"])
    return samples


def probe(pair, seconds):
    """(milliseconds from the OK, from sending), of all probes."""
    samples, broken, begin = [], [], time.perf_counter() + 0.05

    def run(number):
        try:
            primary, replica = client.connect(pair.primary.port), client.connect(pair.replica.port)
            pair.track(primary)
            due = begin + PERIOD_S * number / PROBES
            while due < begin + seconds:
                time.sleep(max(0.0, due - time.perf_counter()))
                samples.append(one_probe(pair, primary, replica, number))
                due += PERIOD_S
            primary.close()
            replica.close()
        except Exception as error:  # any: it is raised again by whoever waits for the threads
            broken.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PROBES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return samples


def one_probe(pair, primary, replica, number):
    sent = time.perf_counter()
    gtid = client.committed(primary, f"UPDATE probe.p SET n = n + 1 WHERE id = {number}", pair.gtid)
    answered = time.perf_counter()
    if not pair.wait(replica, gtid, WAIT_S):
        return WAIT_S * 1e3, WAIT_S * 1e3
    seen = time.perf_counter()
    return (seen - answered) * 1e3, (seen - sent) * 1e3


def summary(samples):
    result = {"probes": len(samples)}
    for name, values in zip(("from_ok", "from_send"), map(sorted, zip(*samples))):
        for part in (50, 95, 99):
            result[f"{name}_p{part}_ms"] = values[min(len(values) - 1, len(values) * part // 100)]
    return result


def show(results):
    print(f"\ncommit to visible {'commits/s':>23} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}   from send: p50      p99   probes")
    for one in results:
        print(f"  {one['share']:3d} %  {one['server']:<10} {one['commits_per_s']:20.0f} {one['from_ok_p50_ms']:8.2f}"
              f" {one['from_ok_p95_ms']:8.2f} {one['from_ok_p99_ms']:8.2f}   {one['from_send_p50_ms']:14.2f}"
              f" {one['from_send_p99_ms']:8.2f} {one['probes']:8d}", flush=True)
