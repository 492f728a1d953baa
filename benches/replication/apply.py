"""Apply throughput: transactions pile up while the replica is stopped; timed is from its start until it has all."""

import statistics
import time

from harness import processes

import sysbench

ROWS = 1000
PARALLEL_THREADS = (0, 4)
PILE_CLIENTS = 8
LIMIT_S = 300


def measure(pairs, wanted):
    results = []
    for kind, count in (("single", wanted.apply_single), ("thousand", wanted.apply_thousand)):
        variants = [(pair, variant) for pair in pairs
                    for variant in (PARALLEL_THREADS if pair.name == "mariadb" else (None,))]
        rounds = {(pair.name, variant): [] for pair, variant in variants}
        for _ in range(wanted.rounds):
            for pair, variant in variants:
                rounds[pair.name, variant].append(one_round(pair, variant, kind, count, wanted))
        rates = {name: statistics.median(each) for name, each in rounds.items()}
        show(kind, count, rates)
        results += [{"kind": kind, "transactions": count, "server": server, "parallel_threads": variant,
                     "transactions_per_s": rate} for (server, variant), rate in rates.items()]
    return results


def one_round(pair, variant, kind, count, wanted):
    """Transactions per second."""
    pair.set_policy("async")
    pair.level()
    pair.stop_replica()
    {"single": pile_single, "thousand": pile_thousand}[kind](pair, count, wanted)
    began = time.monotonic()
    pair.start_replica(*([] if variant is None else [variant]))
    pair.catch_up(LIMIT_S)
    rate = count / (time.monotonic() - began)
    pair.stop_replica()
    pair.start_replica()
    return rate


def pile_single(pair, count, wanted):
    result = sysbench.run(pair.primary.port, wanted.load, PILE_CLIENTS, LIMIT_S, f"--events={count}", "--time=0")
    if "failure" in result:
        raise processes.Failure(result["failure"])


def pile_thousand(pair, count, wanted):
    size = wanted.load.table_size
    for number in range(count):
        table, first = number % wanted.load.tables + 1, number * ROWS % max(size - ROWS, 1) + 1
        pair.primary.sql(f"UPDATE sbtest.sbtest{table} SET c = CONCAT('{number}-', id)"
                         f" WHERE id BETWEEN {first} AND {first + ROWS - 1}")


def show(kind, count, rates):
    rows = {"single": "one row", "thousand": f"{ROWS} rows"}[kind]
    print(f"\napply, {count} transactions of {rows} each")
    ours = rates.get(("anabranch", None))
    for (server, variant), rate in rates.items():
        name = server if variant is None else f"{server}, slave_parallel_threads={variant}"
        ratio = "" if variant is None or not ours else f"   ratio {ours / rate:.2f}"
        print(f"  {name:<36} {rate:9.0f} transactions/s{ratio}", flush=True)
