"""What the level `session` costs the proxy beside `eventual` when replicas keep up, alternating in one run.

CPU time per statement by the process's own clock, and user instructions per statement where `perf` counts them:
those do not depend on who else uses the cores.
"""

import statistics

from harness import cycles, processes

import trios

LEVELS = ("eventual", "session")
SETTLE_SECONDS = 0.5
NUMBERS = ("cpu_us_per_query", "user_instructions_per_query", "cycles_per_query")


def measure(trio, proxy, load, wanted):
    """The medians of each level, and of the rounds' own ratios."""
    trio.relay.delay(0)
    trio.level()
    for level in LEVELS:
        load.open(level, proxy.port, trios.LOGIN, wanted.clients, f"SET @anabranch_consistency = '{level}'")
        load.run(level, SETTLE_SECONDS, wanted.write_every, wanted.think_us)
    rounds = []
    for number in range(wanted.cpu_rounds):
        order = LEVELS if number % 2 == 0 else LEVELS[::-1]
        one = {level: one_round(proxy, load, level, wanted) for level in order}
        rounds.append(one)
    for level in LEVELS:
        load.close(level)
    result = {"server": trio.name, "rounds": rounds, "ratios": ratios(rounds)}
    show(result, wanted)
    return [result]


def one_round(proxy, load, level, wanted):
    load.run(level, SETTLE_SECONDS, wanted.write_every, wanted.think_us)
    before, counting = processes.cpu_seconds(proxy.pid), cycles.Counting(proxy.pid)
    found = load.run(level, wanted.seconds, wanted.write_every, wanted.think_us)
    counts = counting.stop()
    statements = found["reads"] + found["writes"]
    one = {"qps": found["qps"],
           "cpu_us_per_query": (processes.cpu_seconds(proxy.pid) - before) * 1e6 / statements}
    if counts:
        one["user_instructions_per_query"] = counts["instructions:u"] / found["qps"]
        one["cycles_per_query"] = (counts["cycles:u"] + counts["cycles:k"]) / found["qps"]
    return one


def ratios(rounds):
    """Of `session` to `eventual`: median and quartiles of the rounds' own."""
    result = {}
    for name in NUMBERS:
        each = [one["session"][name] / one["eventual"][name] for one in rounds if name in one["eventual"]]
        if each:
            spread = statistics.quantiles(each, n=4, method="inclusive") if len(each) > 1 else [each[0]] * 3
            result[name] = {"median": spread[1], "quartiles": [spread[0], spread[2]]}
    return result


def show(result, wanted):
    print(f"\n{result['server']}: session to eventual, replicas keep up, one write in {wanted.write_every} statements")
    for name, ratio in result["ratios"].items():
        of = {level: statistics.median(one[level][name] for one in result["rounds"]) for level in LEVELS}
        first, last = ratio["quartiles"]
        print(f"  {name:<28} {of['session']:10.1f} to {of['eventual']:10.1f}: {ratio['median']:.3f}"
              f" ({first:.2f}-{last:.2f})", flush=True)
