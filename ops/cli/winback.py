"""`huitou winback`: who would hear from a campaign; run its sweep now; stop what still waits."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from ops.cli.output import done, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="Win lapsed members back.", no_args_is_help=True)


@app.command()
def preview(
    campaign: str,
    *,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Whom a campaign would draw now, by last day of purchase; nothing is written or sent."""
    found = open_application(data_dir, config).trigger.preview(campaign)
    if as_json:
        print_json([{"member": c.member, "last_day": c.last_day, "arm": "holdout" if c.holdout else "treated"} for c in found])
        return
    days = Counter(candidate.last_day for candidate in found)
    held = Counter(candidate.last_day for candidate in found if candidate.holdout)
    table(
        f"{campaign}: {len(found)} members, {sum(held.values())} of them held out",
        [("last order", "left"), ("members", "right"), ("holdout", "right")],
        [(day, days[day], held[day]) for day in sorted(days)],
    )


@app.command()
def run(*, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Run the sweep of every enabled campaign now. Messages still pass the gate before they go."""
    done(f"{open_application(data_dir, config).trigger.sweep()} members drawn")


@app.command()
def stop(campaign: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Cancel every message of a campaign that still waits. Set `enabled = false` as well, or the next sweep draws again."""
    done(f"{open_application(data_dir, config).trigger.stop(campaign)} messages cancelled")
