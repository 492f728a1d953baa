"""What the user asked for: the command line, checked, with its defaults."""

import argparse
import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
WORKLOADS = ("oltp_point_select", "oltp_read_only", "oltp_read_write")
MODES = ("text", "prepared")
TARGETS = ("direct", "haproxy", "earlier", "anabranch")

EXAMPLES = """\
examples:
  benches/proxy/run                       everything: about twenty minutes
  benches/proxy/run --quick               text point selects at 8 and 64 threads: about a minute
  benches/proxy/run --workloads oltp_point_select --modes text --threads 8,64 --rounds 7 --idle 0
  benches/proxy/run --quick --rounds 15 --earlier-binary /tmp/before   what a change has brought
  benches/proxy/run --workloads none --idle 5000        only the memory of idle connections
  benches/proxy/run --targets direct,haproxy            without anabranch: checks the harness itself
"""


def listed(allowed):
    """A parser of comma-separated names out of `allowed`; `none` is the empty list."""

    def parse(text):
        names = [] if text == "none" else [name.strip() for name in text.split(",") if name.strip()]
        for name in names:
            if name not in allowed:
                raise argparse.ArgumentTypeError(f"{name!r} is none of: {', '.join(allowed)}")
        return names

    return parse


def numbers(text):
    values = [int(part) for part in text.split(",")]
    if any(value < 1 for value in values):
        raise argparse.ArgumentTypeError("each number must be at least 1")
    return values


def at_least(least):
    def parse(text):
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return value

    return parse


def parser():
    result = argparse.ArgumentParser(
        prog="benches/proxy/run",
        description=__import__("__main__").__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = result.add_argument
    add("--workloads", type=listed(WORKLOADS), default=list(WORKLOADS), metavar="A,B",
        help=f"sysbench workloads, or none (default: {','.join(WORKLOADS)})")
    add("--threads", type=numbers, default=[1, 8, 64, 256], metavar="N,M",
        help="client threads (default: 1,8,64,256)")
    add("--modes", type=listed(MODES), default=list(MODES), metavar="A,B",
        help="protocol: text, prepared (default: both)")
    add("--targets", type=listed(TARGETS), default=list(TARGETS), metavar="A,B",
        help="direct, haproxy, earlier, anabranch (default: all, `earlier` if it is given)")
    add("--rounds", type=at_least(1), default=3, metavar="N",
        help="rounds per point; the median counts (default: 3)")
    add("--seconds", type=at_least(1), default=4, metavar="S",
        help="measured seconds of a round, after one second of warming up (default: 4)")
    add("--quick", action="store_true",
        help="text oltp_point_select at 8 and 64 threads, 3 rounds of 2 s, 500 idle connections")
    add("--idle", type=at_least(0), default=5000, metavar="N",
        help="idle connections whose memory is measured; 0: none (default: 5000)")
    add("--tables", type=at_least(1), default=4, metavar="N", help="sysbench tables (default: 4)")
    add("--table-size", type=at_least(1), default=10000, metavar="N",
        help="rows per table (default: 10000)")
    add("--anabranch-binary", type=pathlib.Path, metavar="PATH",
        help="measure this binary (default: builds target/release/anabranch)")
    add("--earlier-binary", type=pathlib.Path, metavar="PATH",
        help="measure this binary of anabranch as well, as the target `earlier`")
    add("--anabranch-workers", type=at_least(0), default=0, metavar="N",
        help="worker threads; 0: its own default (default: 0)")
    add("--anabranch-servers", choices=("all", "primary"), default="all",
        help="servers behind anabranch; `primary` leaves only the relay to compare (default: all)")
    add("--haproxy-threads", type=at_least(0), default=0, metavar="N",
        help="haproxy's nbthread; 0: its own default, one per core (default: 0)")
    add("--base-port", type=int, default=24000, metavar="P",
        help="first of the 20 loopback ports that are used (default: 24000)")
    add("--json", type=pathlib.Path, default=REPOSITORY / "target" / "proxy-bench.json",
        metavar="FILE", help="where all numbers are written (default: target/proxy-bench.json)")
    add("--profile-hold", type=at_least(0), default=0, metavar="S",
        help="before measuring, print the proxies' process ids and wait S seconds (to attach perf)")
    return result


def parse(arguments=None):
    """`--quick` changes defaults only: what is given beside it still counts."""
    found = _parse(arguments)
    if found.earlier_binary is None:
        found.targets = [name for name in found.targets if name != "earlier"]
    return found


def _parse(arguments):
    result = parser()
    if result.parse_args(arguments).quick:
        result.set_defaults(workloads=["oltp_point_select"], modes=["text"], threads=[8, 64],
                            seconds=2, idle=500)
    return result.parse_args(arguments)
