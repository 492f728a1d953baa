"""From rounds to medians, ratios and bars; as a table for people and as JSON for everything else."""

import statistics

POINT_SELECT = "oltp_point_select"
CPU_BAR = 1.1
QPS_BAR = 0.95
IDLE_BAR_BYTES = 8 * 1024
MEASURES = ("qps", "p95_ms", "cpu_us_per_query", "cycles_per_query",
            "user_instructions_per_query", "cpu_share", "peak_kib", "errors_per_second")
RATIOS = (("qps", "qps_to_haproxy"), ("cpu_us_per_query", "cpu_to_haproxy"), ("cycles_per_query", "cycles_to_haproxy"))
HEADER = (f"{'target':<10} {'qps':>9} {'p95 ms':>8} {'CPU us/q':>9} {'kcyc/q':>7} {'kins/q':>7} {'CPU':>6} {'peak MiB':>9}"
          f" {'qps/haproxy':>19} {'CPU/haproxy':>19} {'cycles/haproxy':>19}")


def median(rounds):
    """The medians of the rounds that succeeded; failures are kept as text."""
    good = [each for each in rounds if "failure" not in each]
    result = {"rounds": rounds, "failures": [each["failure"] for each in rounds if "failure" in each]}
    for measure in MEASURES:
        values = [each[measure] for each in good if measure in each]
        if values:
            result[measure] = statistics.median(values)
    return result


def add_ratios(point):
    """Medians of the rounds' own ratios: what else the machine does changes from round to round, and hits
    neighbours alike. Their quartiles tell how far the median can be trusted."""
    base = point["targets"].get("haproxy", {}).get("rounds", [])
    for result in point["targets"].values():
        for measure, name in RATIOS:
            pairs = zip(result["rounds"], base)
            ratios = [ours[measure] / theirs[measure] for ours, theirs in pairs
                      if ours.get(measure) and theirs.get(measure)]
            if ratios:
                result[name] = statistics.median(ratios)
                result[f"{name}_quartiles"] = _quartiles(ratios)


def _quartiles(values):
    if len(values) < 2:
        return [values[0], values[0]]
    first, _, last = statistics.quantiles(values, n=4, method="inclusive")
    return [first, last]


def print_point(point):
    print(f"\n{point['workload']}, {point['mode']}, {point['threads']} threads")
    print(HEADER)
    for name, result in point["targets"].items():
        peak = result["peak_kib"] / 1024 if "peak_kib" in result else None
        print(f"{name:<10} {_number(result.get('qps'), 9, 0)} {_number(result.get('p95_ms'), 8, 2)}"
              f" {_number(result.get('cpu_us_per_query'), 9, 2)} {_thousands(result, 'cycles_per_query')}"
              f" {_thousands(result, 'user_instructions_per_query')} {_number(result.get('cpu_share'), 6, 2)}"
              f" {_number(peak, 9, 1)} {_ratio(result, 'qps_to_haproxy')} {_ratio(result, 'cpu_to_haproxy')}"
              f" {_ratio(result, 'cycles_to_haproxy')}")
        for failure in result["failures"]:
            print(f"           FAILED: {failure}")
        if result.get("errors_per_second"):
            print(f"           {result['errors_per_second']:.1f} ignored errors per second")
    print(end="", flush=True)


def _number(value, width, digits):
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _thousands(result, name):
    return _number(result[name] / 1000 if name in result else None, 7, 1)


def _ratio(result, name):
    """A ratio and, in brackets, between which bounds half of the rounds' were."""
    if name not in result:
        return f"{'-':>19}"
    first, last = result[f"{name}_quartiles"]
    return f"{result[name]:.3f} ({first:.2f}-{last:.2f})".rjust(19)


def print_idle(idle):
    for name, result in idle.items():
        print(f"\nidle connections, {name}: {result['connections']}")
        for key in ("no_database", "with_database"):
            each = result[key]
            print(f"  {key:<14} {each['bytes_per_connection']:>9.0f} bytes each,"
                  f" {each['sign_ins_per_second']:.0f} sign-ins per second")


def bars(points, idle):
    """The issue's bars as far as this run measured them."""
    result = []
    for point in points:
        if (point["workload"], point["mode"]) != (POINT_SELECT, "text"):
            continue
        ours = point["targets"].get("anabranch", {})
        threads = point["threads"]
        if threads in (8, 64) and "cpu_to_haproxy" in ours:
            result.append(_bar(f"CPU per query to haproxy's, {threads} threads",
                               ours["cpu_to_haproxy"], CPU_BAR, ours["cpu_to_haproxy"] <= CPU_BAR))
        if threads == 64 and "qps_to_haproxy" in ours:
            result.append(_bar("queries per second to haproxy's, 64 threads",
                               ours["qps_to_haproxy"], QPS_BAR, ours["qps_to_haproxy"] >= QPS_BAR))
    for key in ("no_database", "with_database"):
        if "anabranch" in idle:
            value = idle["anabranch"][key]["bytes_per_connection"]
            result.append(_bar(f"bytes per idle connection, {key}", value, IDLE_BAR_BYTES,
                               value < IDLE_BAR_BYTES))
    return result


def _bar(what, value, bound, holds):
    return {"what": what, "value": value, "bound": bound, "holds": holds}


def print_bars(found):
    if found:
        print("\nbars")
    for bar in found:
        verdict = "hold" if bar["holds"] else "MISS"
        print(f"  {verdict}  {bar['what']}: {bar['value']:.3f} (bound {bar['bound']})")
