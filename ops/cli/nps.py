"""`huitou reviews nps`: how likely people are to recommend the shop, by day and over all of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

import typer

from chalicelib.domain.nps import Nps
from chalicelib.domain.order import local_day
from ops.cli.output import calendar_day, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

LONG = 30  # days, where nobody says how many
MOST = 1100
NAMES = ("day", "asked", "answered", "promoters", "passives", "detractors", "nps")
Day = Annotated[str | None, typer.Option(help="a day such as 2026-11-20")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


def nps(
    *, since: Day = None, until: Day = None, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: Json = False
) -> None:
    """Promoters (9 and 10) less detractors (0 to 6) in percent of all answers, by the day of the answer; 30 days at first."""
    application = open_application(data_dir, config)
    settings = application.parts.config()
    last = calendar_day(until) if until else local_day(application.parts.clock.now(), settings.zone)
    first = calendar_day(since) if since else last - timedelta(days=LONG - 1)
    if not 0 <= (last - first).days < MOST:
        raise typer.BadParameter(f"from 1 to {MOST} days")
    days = [(day, found) for day, found in application.nps.days(settings.merchant, first, last) if found != Nps()]
    whole = sum((found for _, found in days), Nps())
    if as_json:
        told = {"since": first, "until": last, "days": [_row(day, found) for day, found in days]}
        print_json(told | {name: value for name, value in _row(last, whole).items() if name != "day"})
        return
    columns = [(name, "left" if name == "day" else "right") for name in NAMES]
    rows = [*(_row(day, found) for day, found in days), _row(None, whole)]
    table(f"NPS, {first} to {last}", columns, [[_shown(row[name]) for name in NAMES] for row in rows])


def _row(day: date | None, found: Nps) -> dict[str, Any]:
    """`nps` rounded to a whole number; None where nobody answered."""
    score = found.score
    return {
        "day": day or "all",
        "asked": found.asked,
        "answered": found.answered,
        "promoters": found.promoters,
        "passives": found.passives,
        "detractors": found.detractors,
        "nps": None if score is None else round(score),
    }


def _shown(value: Any) -> Any:
    return "—" if value is None else value
