"""`huitou accounts remove` and `export`: a shop is disconnected, and what it leaves goes with its owner."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.adapters.digest_rows import FORMULAS
from chalicelib.errors import ConfigError
from chalicelib.leaving import Departure, Leaving
from chalicelib.stages import SETTLE
from ops.cli.output import done, err
from ops.cli.secret_input import interactive
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

WithPersonal = Annotated[bool, typer.Option("--with-personal", help="names, addresses, numbers as well: keep the files safe")]
COLUMNS = (
    ("order_id", "order_id"),
    ("order_no", "order_no"),
    ("status", "status"),
    ("refund_status", "refund_status"),
    ("currency", "currency"),
    ("total", "amounts.total"),
    ("paid", "amounts.paid"),
    ("refunded", "amounts.refunded"),
    ("placed_at", "placed_at"),
    ("paid_at", "paid_at"),
    ("buyer_id", "buyer.id"),
    ("buyer_name", "buyer.name"),
    ("email", "buyer.email"),
    ("phone", "buyer.phone"),
    ("country", "ship_to.country"),
    ("province", "ship_to.province"),
    ("city", "ship_to.city"),
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(remove)
    app.command()(export)


def remove(
    platform: str,
    account: str,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    out: Annotated[Path | None, typer.Option("--export", help="write its orders into this folder first")] = None,
    with_personal: WithPersonal = False,
    config: ConfigFile = CONFIG,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Disconnect a shop for good: tokens taken back, secrets and buyers' personal data destroyed; sums stay. Again: carry on."""
    app = open_application(data_dir, config)
    leaving = app.accounts.leaving
    state = leaving.state(platform, account)
    if state is None or state.over:
        if out is None and interactive() and not yes and typer.confirm("Write its orders into a folder first?", default=True):
            out = Path(str(typer.prompt("folder")))
        if out is not None:
            _export(leaving, platform, account, out, with_personal=with_personal)
        _ask(platform, account, yes=yes)
        leaving.begin(platform, account, "command line")
    _say(leaving.carry_on(platform, account))


def export(
    platform: str,
    account: str,
    out: Annotated[Path, typer.Option("--out", help="folder for orders.jsonl and orders.csv")],
    *,
    with_personal: WithPersonal = False,
    config: ConfigFile = CONFIG,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """All orders of a shop, as JSON lines (whole, canonical) and CSV (a line an order)."""
    _export(open_application(data_dir, config).accounts.leaving, platform, account, out, with_personal=with_personal)


def written(orders: Iterable[Mapping[str, Any]], out: Path) -> int:
    """Both files, readable for their owner alone; returns how many orders."""
    out.mkdir(parents=True, exist_ok=True)
    lines, rows = out / "orders.jsonl", out / "orders.csv"
    count = 0
    for path in (lines, rows):
        path.touch(mode=0o600)
        path.chmod(0o600)
    with lines.open("w", encoding="utf-8") as as_json, rows.open("w", encoding="utf-8-sig", newline="") as as_csv:
        writer = csv.writer(as_csv)
        writer.writerow([name for name, _ in COLUMNS])
        for order in orders:
            as_json.write(json.dumps(order, ensure_ascii=False) + "\n")
            writer.writerow([_cell(order, path) for _, path in COLUMNS])
            count += 1
    return count


def _cell(order: Mapping[str, Any], path: str) -> str:
    """A value as a sheet may open it: what begins like a formula is made a text."""
    found: Any = order
    for name in path.split("."):
        found = (found or {}).get(name)
    text = "" if found is None else str(found)
    return f"'{text}" if isinstance(found, str) and text.startswith(FORMULAS) else text


def _export(leaving: Leaving, platform: str, account: str, out: Path, *, with_personal: bool) -> None:
    count = written(leaving.orders(platform, account, personal=with_personal), out)
    done(f"{count} orders in {out}{', with personal data' if with_personal else ', without personal data'}")


def _ask(platform: str, account: str, *, yes: bool) -> None:
    if yes:
        return
    if not interactive():
        raise ConfigError("not-confirmed", "nobody is there to ask: give --yes", connector=platform)
    err().print(
        f"[bold]{platform}/{account}[/] is disconnected for good. Its tokens and secrets and the personal data of its buyers are "
        "destroyed and cannot be brought back. Orders without personal data, and all sums, stay.",
        highlight=False,
    )
    if typer.prompt("Type the account's name to go on", default="", show_default=False) != account:
        raise ConfigError("not-confirmed", "another name was typed: nothing was done", connector=platform)


def _say(state: Departure) -> None:
    name = f"{state.platform}/{state.account}"
    if state.over:
        done(f"{name} is gone: the personal data of {state.erased} orders and records are destroyed")
    elif state.stage == "settle":
        minutes = int(SETTLE.total_seconds() // 60)
        done(f"{name} is disconnected: its pushes are refused, its secrets are destroyed")
        err().print(
            f"In {minutes} minutes, when every worker knows, its personal data go: by itself within the hour, or by this command."
        )
    else:
        done(f"{name}: {state.stage}; the same command carries on")
    for note in state.noted:
        err().print(f"left to a person: {note}", highlight=False, markup=False)
