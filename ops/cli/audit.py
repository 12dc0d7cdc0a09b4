"""`huitou audit`: who did what."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from ops.cli.output import moment, print_json, table
from ops.cli.selecting import AsJson, Since
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

DAYS = 90
_COLUMNS = ("at", "actor", "act", "subject")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(
    *,
    since: Since = None,
    limit: Annotated[int, typer.Option(help="at most so many", min=1, max=10_000)] = 200,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Who looked at what, replayed, threw away; the newest first, of the last 90 days."""
    app = open_application(data_dir, config)
    first = moment(since) if since else app.parts.clock.now() - timedelta(days=DAYS)
    rows = app.audit.read(app.parts.config().merchant, first, limit=limit)
    if as_json:
        print_json([{name: getattr(row, name) for name in _COLUMNS} for row in rows])
        return
    table("audit", [(name, "left") for name in _COLUMNS], [[getattr(row, name) for name in _COLUMNS] for row in rows])
