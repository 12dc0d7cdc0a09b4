"""`huitou winback codes`: pools of unique coupon codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chalicelib.config_table import SLUG
from chalicelib.domain.order import local_day
from chalicelib.errors import Rejected
from chalicelib.offers import parse_codes
from ops.cli.output import calendar_day, done, fields, print_json
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="Coupon codes, one for each message.", no_args_is_help=True)
MOST_BYTES = 64 * 1024 * 1024
Pool = Annotated[str, typer.Argument(help="the pool's name, as `offer.pool` of a campaign has it")]


@app.command()
def add(
    pool: Pool,
    file: Annotated[Path, typer.Argument(help="one code a line, or CSV: code,expires", exists=True, dir_okay=False)],
    *,
    expires: Annotated[str | None, typer.Option(help="last day (2026-12-31) of codes whose line tells none")] = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Put codes into a pool. The same file again adds nothing; of a file with a fault nothing is added."""
    if not SLUG.fullmatch(pool):
        raise typer.BadParameter("small letters, digits, - and _", param_hint="POOL")
    if file.stat().st_size > MOST_BYTES:
        raise Rejected("codes-refused", "the file is larger than 64 MB", status=400)
    try:
        codes = parse_codes(file.read_text(encoding="utf-8"), calendar_day(expires) if expires else None)
    except UnicodeDecodeError:
        raise Rejected("codes-refused", "the file is no UTF-8 text", status=400) from None
    application = open_application(data_dir, config)
    added = application.offers.add(application.parts.config().merchant, pool, codes)
    done(f"{added} codes added to {pool}, {len(codes) - added} were there")
    today = local_day(application.parts.clock.now(), application.parts.config().zone)
    if expired := sum(not code.is_valid(today) for code in codes.values()):
        done(f"{expired} of them have expired and will not be given")


@app.command()
def show(
    pool: Pool,
    *,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """A pool in figures. No code is printed."""
    application = open_application(data_dir, config)
    today = local_day(application.parts.clock.now(), application.parts.config().zone)
    found = application.offers.count(application.parts.config().merchant, pool, today)
    told = {"left": found.left, "issued": found.issued, "taken_up": found.taken_up, "expired": found.expired}
    if as_json:
        print_json({"pool": pool} | told)
        return
    fields(f"pool {pool}", {name.replace("_", " "): count for name, count in told.items()})
