"""`make fuzz [TARGET=key] [RUNS=100000]`: every connector and the public routes, each in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table

from connectors.registry import KEYS
from tests.fuzz.child import ROUTES
from tests.fuzz.running import GROWTH, SLOW, Report, read

OUT = Path("out/fuzz")
# A request at the routes passes gateway, handlers and the tables of a world in memory: these get a hundredth of the inputs.
SHARE = {ROUTES: 100}


def one(key: str, runs: int, engine: str) -> Report:
    """One target; what it had counted when it ended."""
    out = OUT / f"{key}.json"
    out.unlink(missing_ok=True)
    count = max(1, runs // SHARE.get(key, 1))
    chosen = "seeded" if key == ROUTES else engine
    command = [sys.executable, "-m", "tests.fuzz.child", key, "--runs", str(count), "--engine", chosen, "--out", str(out)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    if not out.exists():
        return Report(key, chosen, count, findings={f"ended with {ended.returncode}: {ended.stderr[-300:]}": []})
    return read(out)


def shown(reports: list[Report]) -> Table:
    """As a table."""
    table = Table("target", "engine", "inputs", "findings", f"> {SLOW * 1000:.0f} ms", "slowest", "memory", title="Fuzz")
    for each in reports:
        found = str(sum(each.found.values()) or len(each.findings))
        told = (str(each.slow), f"{each.slowest_ms} ms", f"+{each.grown_mb} MB")
        table.add_row(each.target, each.engine, f"{each.inputs:,} of {each.asked:,}", found, *told)
    return table


def main() -> int:
    """1 where something was found, a run did not come to its end, or memory grew."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("--target", choices=[*KEYS, ROUTES], help="one of them only")
    asked.add_argument("--runs", type=int, default=100_000)
    asked.add_argument("--engine", choices=["atheris", "hypothesis", "seeded"])
    told = asked.parse_args()
    engine = told.engine or ("atheris" if find_spec("atheris") else "hypothesis")
    reports = []
    for key in [told.target] if told.target else [*KEYS, ROUTES]:
        reports.append(one(key, told.runs, engine))
        for text, inputs in reports[-1].findings.items():
            print(f"{key}: {text}\n  again: python -m tests.fuzz.child {key} --again {inputs[0] if inputs else ''}", flush=True)
    Console(width=140).print(shown(reports))
    bad = [each.target for each in reports if not each.sound]
    if bad:
        print(f"found something, did not end, or grew by {GROWTH} MB or more:", *bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
