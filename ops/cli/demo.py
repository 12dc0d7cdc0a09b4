"""`huitou demo`: the main job, end to end, on this machine, checked to the last cent."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.cli.output import done, err, fail, table
from ops.rehearsal import Outcome, rehearse, stage
from ops.simulator.world import build

_PHASES = {
    "history": "60 days of history, pulled and imported on the bulk lane",
    "day": "one day of webhooks over HTTP, with faults",
    "digest": "the morning after: digest",
    "compare": "compared with the oracle",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    *,
    out: Annotated[Path, typer.Option(help="where the digest is written")] = Path("out/demo"),
    seed: Annotated[int, typer.Option(help="the world's seed")] = 1,
    history: Annotated[int, typer.Option(help="orders before the day")] = 300,
    orders: Annotated[int, typer.Option(help="orders of the day")] = 410,
) -> None:
    """Play a day of twelve platforms against Huitou and compare the result with an oracle. Exit 0 only if all agree."""
    started = time.monotonic()
    world = build(seed, history=history, today=orders)
    bars = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err)
    with bars, stage(world) as on:
        outcome = rehearse(on, _reporter(bars))
    _print(outcome)
    _write(outcome, out)
    err.print(f"took {time.monotonic() - started:.0f} s")
    if outcome.differences:
        for difference in outcome.differences[:20]:
            fail(difference)
        fail(f"{len(outcome.differences)} differences from the oracle")
        raise typer.Exit(1)
    done(f"{outcome.orders} orders, {outcome.days} days and {outcome.drawn} lapsed members agree with the oracle to the last cent")


def _reporter(bars: Progress) -> Callable[[str, int, int], None]:
    tasks = {name: bars.add_task(text, total=None, start=False) for name, text in _PHASES.items()}
    begun: set[str] = set()

    def report(phase: str, count: int, total: int) -> None:
        if phase not in begun:
            begun.add(phase)
            bars.start_task(tasks[phase])
        bars.update(tasks[phase], completed=count, total=total)

    return report


def _print(outcome: Outcome) -> None:
    tally, counters = outcome.day, outcome.counters
    fates = sorted(set(tally.accepted) | set(tally.refused))
    table(
        "webhooks of the day",
        [("fate", "left"), ("accepted", "right"), ("refused", "right")],
        [*([fate, tally.accepted[fate], tally.refused[fate]] for fate in fates), ["dropped on the way", outcome.dropped, ""]],
    )
    effects = [
        ("applied", "tellings that changed an order"),
        ("duplicate", "duplicates, no effect"),
        ("stale", "stale, kept in history"),
    ]
    rows = [(text, counters.total(name)) for name, text in effects]
    rows += [("events pulled or imported", outcome.pulled), ("orders in the table", outcome.orders)]
    rows += [("in quarantine", counters.total("quarantined"))]
    table("normalised", [("what", "left"), ("count", "right")], rows)
    table(
        f"win-back: {outcome.drawn} members had lapsed",
        [("outcome", "left"), ("members", "right")],
        [[name, outcome.messages[name]] for name in sorted(outcome.messages, key=outcome.messages.__getitem__, reverse=True)],
    )


def _write(outcome: Outcome, folder: Path) -> None:
    if outcome.digest is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    mail = cast(EmailMessage, outcome.digest)
    (folder / "digest.eml").write_bytes(outcome.digest_raw)
    for kind, name in (("html", "digest.html"), ("plain", "digest.txt")):
        part = mail.get_body((kind,))
        if part is not None:
            (folder / name).write_text(part.get_content(), encoding="utf-8")
    done(f"digest “{mail['Subject']}” written to {folder}/digest.{{html,txt,eml}}")
