"""`huitou upgrade`: stored items in their newest form."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from chalicelib.adapters.volumes import DynamoVolumes
from chalicelib.upgrading import Upgrading
from ops.cli.output import done, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

_COLUMNS = ("kind", "looked", "old", "upgraded")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(upgrade)


def upgrade(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say how many items are of an older form")] = False,
    pace: Annotated[float, typer.Option(min=0.1, help="items a second at most")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Bring stored items up to their newest form, beside everything else. Harmless to break off and to repeat."""
    app = open_application(data_dir, config)
    upgrading = Upgrading(
        config=app.parts.config,
        volumes=DynamoVolumes(app.parts.table),
        cells=app.cells,
        reckoning=app.reckoning,
        pace=partial(time.sleep, 1 / pace),
    )
    found = [asdict(each) for each in upgrading.run(dry=dry_run)]
    if as_json:
        print_json(found)
        return
    columns = [(name, "left" if name == "kind" else "right") for name in _COLUMNS]
    table("stored items", columns, [[str(each[name]) for name in _COLUMNS] for each in found])
    old = sum(each["old"] for each in found)
    done(f"{old} would be brought up" if dry_run else f"{sum(each['upgraded'] for each in found)} brought up")
