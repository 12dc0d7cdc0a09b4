"""`python -m tests.soak [small|usual|full]`: 10,000, 100,000 or a million events, in parts, each with a seed of its own.

Every part is a merchant's day over all platforms on fresh tables, so that memory is that of one part however long it runs. Exits
1 where a ledger is not the oracle's to the byte, or a push met another answer than its fate asks for: `--seed S --parts 1` plays
that part again.
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from benchmarks.backfill import high_water
from ops.dynamodb_local import DynamoDBLocal
from ops.local import Engine, moto
from tests.soak.ledgers import LEDGERS
from tests.soak.plan import plan
from tests.soak.play import Outcome, play

SIZES = {"small": 10_000, "usual": 100_000, "full": 1_000_000}
PART = 10_000
SHOWN = 5  # differences of a ledger
EVERY = 15  # seconds between two words on how far it is

# What is done to events, how it shows in what became of them, and what must have become of it.
FATES = (
    ("plain", "accepted plain", "each once in every ledger"),
    ("late", "accepted late", "overtaken by later ones, and the state is the newest"),
    ("duplicate", "accepted duplicate", "without effect"),
    ("dropped", "", "never sent: found by pulling"),
    ("retry", "accepted retry", "lost, and sent again"),
    ("poison", "accepted poison", "in quarantine, with its reason"),
    ("garbage", "", "no envelope at all: in quarantine, with its reason"),
    ("forged", "refused forged", "refused, nothing queued"),
    ("crash", "died", "the process died, another one went on"),
)


@dataclass
class Whole:
    """All parts so far."""

    began: float = field(default_factory=time.monotonic)
    events: int = 0
    pulled: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    became: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """One part more."""
        self.events += outcome.events
        self.pulled += outcome.pulled
        for mine, its in (
            (self.injected, outcome.injected),
            (self.became, outcome.became),
            (self.bytes, outcome.bytes),
            (self.entries, outcome.entries),
        ):
            mine.update(its)
        if not outcome.agrees:
            self.failed.append(outcome)


def main(arguments: list[str] | None = None) -> int:
    """Run and print; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("size", nargs="?", choices=SIZES, default="usual")
    parser.add_argument("--seed", type=int, default=1, help="of the first part; the next ones count on")
    parser.add_argument("--part", type=int, default=PART, help="events of a part")
    parser.add_argument("--parts", type=int, help="so many parts, instead of the size's")
    parser.add_argument("--engine", choices=("dynamodb-local", "moto"), default="dynamodb-local")
    given = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    gc.set_threshold(200_000, 10, 10)
    console, whole = Console(soft_wrap=True), Whole()
    parts = given.parts or -(-SIZES[given.size] // given.part)
    for number in range(parts):
        seed = given.seed + number
        console.print(f"part {number + 1} of {parts}, seed {seed}: about {given.part:,} events on {given.engine}")
        with _engine(given.engine) as engine:  # each its own: moto keeps the streams of tables that are gone
            outcome = play(plan(seed, given.part), engine, _progress(console, whole))
        whole.add(outcome)
        _tell(console, outcome)
        del outcome
        gc.collect()
    _table(console, whole)
    return 1 if whole.failed else 0


def _engine(name: str) -> AbstractContextManager[Engine]:
    return moto(wire=False) if name == "moto" else _real()


@contextmanager
def _real() -> Iterator[Engine]:
    with DynamoDBLocal() as server:
        yield Engine("dynamodb-local", server.endpoint)


def _progress(console: Console, whole: Whole) -> Callable[[int, int], None]:
    """Every so often: how far, how fast, how much memory."""
    began, spoke = time.monotonic(), 0.0

    def told(done: int, of: int) -> None:
        nonlocal spoke
        now = time.monotonic()
        if now - spoke >= EVERY or done == of:
            spoke = now
            rate = done / (now - began) if done else 0
            console.print(
                f"  {done:>7,} of {of:,} of this part, {whole.events + done:,} in all; {rate:,.0f} events/s; "
                f"{high_water() / 1024:,.0f} MB at most; {(now - whole.began) / 60:.1f} min"
            )

    return told


def _tell(console: Console, outcome: Outcome) -> None:
    if outcome.agrees:
        sizes = ", ".join(f"{outcome.entries[name]:,} {name}" for name in LEDGERS)
        console.print(f"  [green]agrees to the byte[/]: {sizes}; {sum(outcome.bytes.values()):,} bytes")
    for wrong in outcome.wrong[:SHOWN]:
        console.print(f"  [red]{wrong}[/]", markup=True, highlight=False)
    for name, differences in outcome.differing.items():
        console.print(f"  [red]{name}: {len(differences)} of {outcome.entries[name]} differ[/]")
        for difference in differences[:SHOWN]:
            console.print(f"    {difference}", markup=False, highlight=False)


def _table(console: Console, whole: Whole) -> None:
    minutes = (time.monotonic() - whole.began) / 60
    table = Table(title=f"{whole.events:,} events in {minutes:.1f} minutes, {whole.events / minutes / 60:,.0f} a second, all told")
    for column in ("what was done", "events", "answered so", "what must have become of it"):
        table.add_column(column, justify="right" if column in ("events", "answered so") else "left")
    for fate, answer, meaning in FATES:
        table.add_row(fate, f"{whole.injected[fate]:,}", f"{whole.became[answer]:,}" if answer else "—", meaning)
    console.print(table)
    for name in LEDGERS:
        console.print(f"  {name}: {whole.entries[name]:,} entries, {whole.bytes[name]:,} bytes")
    verdict = "every ledger is the oracle's, byte for byte"
    if whole.failed:
        verdict = f"parts that differ, by seed: {', '.join(str(each.seed) for each in whole.failed)}"
    console.print(f"  {whole.pulled:,} records pulled; {high_water() / 1024:,.0f} MB at most; {verdict}")


if __name__ == "__main__":
    sys.exit(main())
