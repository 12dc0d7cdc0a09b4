"""`make faults`: fault by platform, with the figures reached, on the terminal and in docs/reliability.md.

Reads what a run of the marked tests wrote: `pytest -m fault --faults=out/faults.json`.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.registry import KEYS
from tests.faults.rows import ROWS, SECTIONS, Row
from tests.faults.sizes import is_full

PAGE = Path("docs/reliability.md")
_HEAD = """# Reliability: faults and attacks, and what shows that each is met

Made by `make faults` from the tests that carry the mark `fault`; the list is `tests/faults/rows.py`. Each row has tests, and
saboteurs: the same tests with the guard taken away, which then have to fail. Counts and states only: times are in
[benchmarks.md](benchmarks.md). What no single machine can show is argued below the table. 🔴: not reached, with what is.

Played: {played}.

"""
_PLAYED = {True: "all of each, with `HUITOU_FAULTS=full`", False: "a sample of what is long; `HUITOU_FAULTS=full` plays all of it"}


@dataclass
class Shown:
    """What tests showed of one row."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    saboteurs: int = 0
    figures: list[str] = field(default_factory=list)
    by_platform: dict[str, bool] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether all of its tests passed, and its saboteurs were caught."""
        return self.passed > 0 and not self.failed and self.saboteurs > 0


def gathered(source: Path) -> dict[int, Shown]:
    """By row's number."""
    shown: dict[int, Shown] = defaultdict(Shown)
    for entry in json.loads(source.read_text(encoding="utf-8")).values():
        outcome = entry["outcome"]
        told: dict[tuple[int, bool], tuple[str | None, str | None]] = {}
        for number, saboteur, platform, figure in entry["told"]:
            known = told.get((number, saboteur), (None, None))
            told[number, saboteur] = (platform or known[0], figure or known[1])
        for (number, saboteur), (platform, figure) in told.items():
            _add(shown[number], outcome, platform, figure, saboteur=saboteur)
    return shown


def _add(into: Shown, outcome: str, platform: str | None, figure: str | None, *, saboteur: bool) -> None:
    if outcome == "skipped":
        into.skipped += 1
    elif outcome == "failed":
        into.failed += 1
    elif saboteur:
        into.saboteurs += 1
    else:
        into.passed += 1
    if figure and outcome == "passed" and figure not in into.figures:
        into.figures.append(figure)
    if platform and outcome != "skipped" and not saboteur:
        into.by_platform[platform] = into.by_platform.get(platform, True) and outcome == "passed"


def verdict(row: Row, shown: Shown) -> str:
    """One word for it."""
    if row.short:
        return "🔴 short"
    if shown.failed:
        return "🔴 failed"
    if shown.holds:
        return "pass, and on paper" if row.paper else "pass"
    if row.paper and not shown.passed:
        return "on paper"
    return "🔴 not shown"


def reached(row: Row, shown: Shown) -> str:
    """The figure, and how many tests stand behind it."""
    told = "; ".join(sorted(shown.figures))
    tests = f"{shown.passed} tests, {shown.saboteurs} saboteurs"
    where = f", {len(shown.by_platform)} platforms" if row.platforms else ""
    return f"{told} ({tests}{where})" if told else f"{tests}{where}"


def page(shown: dict[int, Shown]) -> str:
    """The whole page."""
    parts = [_HEAD.format(played=_PLAYED[is_full()])]
    for letter, title in SECTIONS.items():
        parts.append(f"## {letter}. {title}\n\n| | fault | what Huitou does | asked | reached | |\n|---|---|---|---|---|---|\n")
        for row in (each for each in ROWS if each.section == letter):
            found = shown.get(row.number, Shown())
            cells = (row.number, row.fault, row.answer, row.asked, reached(row, found), verdict(row, found))
            parts.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n")
        parts.append("\n")
    parts.append(_notes("Not reached", [(row.number, row.short) for row in ROWS if row.short]))
    parts.append(_notes("On paper", [(row.number, row.paper) for row in ROWS if row.paper]))
    parts.append(_by_platform(shown))
    return "".join(parts).rstrip("\n") + "\n"


def _notes(title: str, notes: list[tuple[int, str | None]]) -> str:
    told = "".join(f"- **{number}.** {text}\n" for number, text in notes)
    return f"## {title}\n\n{told}\n" if told else ""


def _by_platform(shown: dict[int, Shown]) -> str:
    """A dot: the fault cannot happen there, as nothing of the kind is received or asked for."""
    rows = [row.number for row in ROWS if row.platforms]
    lines = [f"| {key} | " + " | ".join(_mark(shown.get(number, Shown()), key) for number in rows) + " |" for key in sorted(KEYS)]
    head = "| platform | " + " | ".join(str(number) for number in rows) + " |\n" + "|---" * (len(rows) + 1) + "|\n"
    return "## By platform\n\n✓ pass, ✗ failed, · not applicable.\n\n" + head + "\n".join(lines) + "\n"


def _mark(shown: Shown, key: str) -> str:
    return {True: "✓", False: "✗", None: "·"}[shown.by_platform.get(key)]


def printed(shown: dict[int, Shown], console: Console) -> None:
    """The same on the terminal."""
    table = Table("", "fault", "asked", "reached", "", title="Faults and attacks")
    for row in ROWS:
        found = shown.get(row.number, Shown())
        word = verdict(row, found)
        colour = "red" if word.startswith("🔴") else "green" if word.startswith("pass") else "yellow"
        table.add_row(str(row.number), row.fault, row.asked, reached(row, found), Text(word, style=colour))
    console.print(table)
    across = Table("platform", *[str(row.number) for row in ROWS if row.platforms], title="By platform")
    for key in sorted(KEYS):
        across.add_row(key, *[_mark(shown.get(row.number, Shown()), key) for row in ROWS if row.platforms])
    console.print(across)


def main() -> int:
    """Print it, write the page. 1 where a row is not shown."""
    shown = gathered(Path(sys.argv[1]))
    printed(shown, Console(width=200))
    PAGE.write_text(page(shown), encoding="utf-8")
    bad = [row.number for row in ROWS if verdict(row, shown.get(row.number, Shown())) in ("🔴 failed", "🔴 not shown")]
    if bad:
        print("not shown:", *bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
