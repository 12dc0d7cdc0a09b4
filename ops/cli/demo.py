"""`huitou demo`: the main job, end to end, on this machine, checked to the last cent."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chalicelib.campaign_report import CampaignReport
from ops import mail_folder
from ops.cli.output import done, err, fail, money, out, table
from ops.rehearsal import Outcome, rehearse, stage
from ops.simulator.world import build

_PHASES = {
    "history": "60 days of history, pulled and imported on the bulk lane",
    "day": "one day of webhooks over HTTP, with faults",
    "digest": "the morning after: digest",
    "compare": "compared with the oracle",
    "digests": "digests of the day, its week and its month",
    "after": "fourteen days on: who comes back",
    "members": "members, messages and report compared",
    "reviews": "four days of reviews: drafts, approvals, answers",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    *,
    out_dir: Annotated[Path, typer.Option("--out", help="where the mails are written")] = Path("out/demo"),
    seed: Annotated[int, typer.Option(help="the world's seed")] = 1,
    history: Annotated[int, typer.Option(help="orders before the day")] = 300,
    orders: Annotated[int, typer.Option(help="orders of the day")] = 410,
    quiet: Annotated[int, typer.Option(help="people more who bought once, long ago")] = 600,
) -> None:
    """Play a day of all platforms and a campaign against Huitou, and compare with an oracle. Exit 0 only if all agree."""
    started = time.monotonic()
    world = build(seed, history=history, today=orders, quiet=quiet)
    bars = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err())
    with bars, stage(world) as on:
        outcome = rehearse(on, _reporter(bars))
    _print(outcome)
    _write(outcome, out_dir)
    err().print(f"took {time.monotonic() - started:.0f} s")
    if outcome.differences:
        for difference in outcome.differences[:20]:
            fail(difference)
        fail(f"{len(outcome.differences)} differences from the oracle")
        raise typer.Exit(1)
    done(
        f"{outcome.orders} orders, {outcome.days} days, {outcome.people} members ({outcome.joined} of them at several shops) "
        f"and {outcome.drawn} lapsed agree with the oracle to the last cent"
    )


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
    _print_campaign(outcome)
    _print_reviews(outcome)


def _print_campaign(outcome: Outcome) -> None:
    """Segments, what became of those drawn, and whether it paid: beside what the world knows that it did."""
    report = outcome.report
    if report is None:
        return
    columns = [("segment", "left"), ("members", "right"), ("share", "right"), ("net", "right")]
    rows = [
        (name, members, f"{members / outcome.people:.1%}", money(net, report.currency)) for name, members, net in outcome.segments
    ]
    table(f"{outcome.people} members, {outcome.joined} of them at several shops", columns, rows)
    funnel, treated, held = report.funnel, report.treated, report.holdout
    steps: list[tuple[str, int]] = [
        ("had lapsed, and were drawn", funnel.drawn),
        ("  left alone, to compare with", funnel.holdout),
        *((f"  not written to: {reason}", count) for (_, reason), count in funnel.reasons.items() if reason != "holdout"),
        *((f"  written to by {channel}", count) for (channel, _), count in funnel.sent.items()),
        (f"bought within {report.conversion_days} days, of {treated.members} to be written to", treated.conversions),
        (f"bought within {report.conversion_days} days, of {held.members} left alone", held.conversions),
    ]
    table(f"win-back campaign {report.campaign}", [("from drawn to bought", "left"), ("people", "right")], steps)
    _print_lift(outcome, report)


def _print_reviews(outcome: Outcome) -> None:
    """How reviews were answered, by platform."""
    right = ("all", "at once", "1 yes", "2 yes", "in time", "late", "open", "median")
    rows = []
    for line in outcome.reviews:
        kept, took = line.deadlines, line.deadlines.median_minutes
        shown = "—" if took is None else f"{took // 60} h {took % 60:02d}"
        answered = [line.platform, line.written, line.at_once, line.by_one, line.by_two]
        rows.append([*answered, kept.in_time, kept.late, kept.waiting, shown])
    if rows:
        table(
            "reviews and questions: answered how, and in 24 business hours",
            [("platform", "left"), *((name, "right") for name in right)],
            rows,
        )
        out().print(f"answers agreed to and not said, since the review was changed: {outcome.voided}", highlight=False)


def _print_lift(outcome: Outcome, report: CampaignReport) -> None:
    planted = f"{outcome.planted * 100:.1f} points"
    if report.lift is None or report.earned is None or report.profit is None:
        out().print(f"lift: planted {planted}, not enough data to find it", highlight=False)
        return
    share = report.lift.conversion
    value, low, high = (f"{each * 100:.1f}" for each in (share.value, share.low, share.high))
    out().print(f"lift: planted {planted}, found {value} ({low} to {high}), 95 %", highlight=False)
    profit, (least, most) = money(report.earned.profit, report.currency), (money(end, report.currency) for end in report.profit)
    out().print(f"profit after offers and messages: {profit} ({least} to {most})", highlight=False)


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
    for name, rendered in outcome.digests.items():
        mail_folder.write(rendered, folder / "digests", name)
    for locale, raw in outcome.mails.items():
        (folder / f"winback.{locale}.eml").write_bytes(raw)
    done(f"digest “{mail['Subject']}” written to {folder}/digest.{{html,txt,eml}}, win-back mails to {folder}/winback.*.eml")
