"""`python -m benchmarks [name ...] [--full] [--strict]`: print every figure beside its budget.

Exits 0 also when a budget is missed (a benchmark is no test), 1 with `--strict` when one is missed or was skipped, and 2 on
a name that there is not.
"""

from __future__ import annotations

import argparse
import logging
import sys
from importlib import import_module

from benchmarks.harness import Line, Measure, Options

ROWS = {
    "receive": ("benchmarks.receive", "receive against a hand-written handler, warm"),
    "mapping": ("benchmarks.mapping", "normalise one order against json.loads"),
    "pydantic": ("benchmarks.mapping", "the same mapping behind msgspec and behind pydantic"),
    "writes": ("benchmarks.writes", "write units of new orders against bare put_item"),
    "repeats": ("benchmarks.writes", "capacity of duplicates and stale events"),
    "flow": ("benchmarks.flow", "end to end against a loop of conditional puts"),
    "digest": ("benchmarks.reads", "read units of a digest, and of recomputing a cell"),
    "sweep": ("benchmarks.reads", "read units of a win-back sweep"),
    "people": ("benchmarks.returning", "read units of returning members, over fresh cells"),
    "rfm": ("benchmarks.rfm", "grading a million members against polars"),
    "cold": ("benchmarks.cold", "process start to first acknowledgement"),
    "intake": ("benchmarks.intake", "import of the receiving function; one order verified and read"),
    "bundle": ("benchmarks.artefacts", "size of the Lambda bundle"),
    "mail": ("benchmarks.digest_mail", "the digest as a mail: time, size, pictures"),
    "understanding": ("benchmarks.understanding", "reviews read, beside SnowNLP, VADER and the bare stars"),
    "storms": ("benchmarks.storms", "storms found, and false alarms of quiet months"),
    "anomalies": ("benchmarks.anomalies", "planted events found, and false alarms, over simulated merchants"),
    "console": ("benchmarks.console", "pages of the console: first byte and size"),
    "lighthouse": ("benchmarks.lighthouse", "pages of the console as Chromium's auditor sees them"),
    "backfill": ("benchmarks.backfill", "history: memory, and live webhooks beside it"),
    "scale": ("benchmarks.scale", "Singles' Day on paper: hot keys, what breaks first, cost"),
    "ack": ("benchmarks.ack", "acknowledgement under load, local runtime"),
    "load": ("benchmarks.load", "all accepted, all found; a loud shop beside a calm one; a minute of 1,000 a second"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measurements beside their budgets.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"all when none is given: {', '.join(ROWS)}")
    parser.add_argument("--full", action="store_true", help="the large sizes as well (tens of minutes)")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a budget is missed or was not measured")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in ROWS]
    if unknown:
        parser.error(f"no such measurement: {', '.join(unknown)}; there are {', '.join(ROWS)}")
    logging.disable(logging.WARNING)
    lines = [line for name in given.names or ROWS for line in _run(name, Options(full=given.full))]
    missed = [line for line in lines if line.verdict == "MISSED"]
    skipped = [line for line in lines if line.verdict == "skipped"]
    budgets = [line for line in lines if line.budget is not None and line.figure is not None]
    print(f"\n{len(budgets) - len(missed)} of {len(budgets)} budgets kept, {len(missed)} missed, {len(skipped)} skipped")
    return 1 if given.strict and (missed or skipped) else 0


def _run(name: str, options: Options) -> list[Line]:
    module, title = ROWS[name]
    print(f"\n{name}: {title}", flush=True)
    measure: Measure = getattr(import_module(module), f"measure_{name}")
    lines = []
    for line in measure(options):
        print(line, flush=True)
        lines.append(line)
    return lines


if __name__ == "__main__":
    sys.exit(main())
