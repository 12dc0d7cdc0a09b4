"""`huitou reconcile`: platforms' own lists of a day against our table, and what that says of their pushes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.contract import Capability
from chalicelib.domain.order import local_day
from chalicelib.errors import ConfigError, HuitouError
from chalicelib.pipeline.reconcile import Reconciliation
from ops.cli.output import calendar_day, done, fail, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

COUNTS = ("listed", "same", "missing", "stale", "extra", "young", "unclear", "unread", "sent")
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Failed:
    """An account that could not be compared."""

    platform: str
    account: str
    reason: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reconcile)


def reconcile(
    account: Annotated[str | None, typer.Argument(help="platform/account; every account that can be asked when left out")] = None,
    *,
    day: Annotated[str | None, typer.Option("--date", help="the day (2026-11-20); yesterday when left out")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="compare, and send and write nothing")] = False,
    register_: Annotated[bool, typer.Option("--register", help="register our address for pushes, where it is missing")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Compare a day with the platforms' own lists; what is missing or old here comes again.

    Exit 1: something could not be compared.
    """
    app = open_application(data_dir, config)
    known = app.parts.config()
    when = calendar_day(day) if day else local_day(app.parts.clock.now(), known.zone) - timedelta(days=1)
    found: list[Reconciliation | Failed] = []
    for platform, name in _accounts(app, account):
        try:
            if register_:
                _register(app, platform, name, dry_run=dry_run)
            found.append(app.reconcile.account(platform, name, when, dry_run=dry_run))
        except HuitouError as error:
            found.append(Failed(platform, name, str(error)))
    if as_json:
        print_json([plain(each) for each in found])
    else:
        _show(found, str(when))
    _conclude(found, dry_run=dry_run)


def plain(found: Reconciliation | Failed) -> dict[str, Any]:
    """An account's outcome as JSON prints it."""
    if isinstance(found, Failed):
        return {"platform": found.platform, "account": found.account, "failed": found.reason}
    counted, dry = found.coverage, found.drought
    return {
        "platform": found.platform,
        "account": found.account,
        "day": found.day,
        "since": found.since,
        "until": found.until,
        **{name: getattr(found, name) for name in COUNTS},
        "missing_ids": list(found.missing_ids),
        "stale_ids": list(found.stale_ids),
        "extra_ids": list(found.extra_ids),
        "coverage": {"push": counted.push, "pull": counted.pull, "both": counted.both, "other": counted.other},
        "push_dry": {"since": dry.since, "orders": dry.orders} if dry else None,
    }


def _accounts(app: Application, named: str | None) -> list[tuple[str, str]]:
    if named is not None:
        platform, _, name = named.partition("/")
        return [(platform, name)]
    lists = Capability.PULLS_ORDERS
    accounts = app.parts.config().accounts
    found = [(each.platform, each.account) for each in accounts if lists in app.hub.connector(each.platform).info.capabilities]
    if not found:
        raise ConfigError("cannot-reconcile", "no account's platform lists orders")
    return found


def _register(app: Application, platform: str, account: str, *, dry_run: bool) -> None:
    if not app.registering.registers(platform):
        return
    told = app.registering.account(platform, account, dry_run=dry_run)
    word = "would be registered" if dry_run else "registered"
    new = (*told.revived, *told.made)
    done(
        f"{platform}/{account}: {', '.join(new)} {word} for {told.address}" if new else f"{platform}/{account}: nothing to register"
    )


def _show(found: list[Reconciliation | Failed], when: str) -> None:
    columns = [("account", "left"), *((name, "right") for name in COUNTS), ("push/pull/both", "right")]
    rows = []
    for each in found:
        if isinstance(each, Failed):
            rows.append([f"{each.platform}/{each.account}", *[None] * len(COUNTS), "could not be compared"])
            continue
        ways = f"{each.coverage.push}/{each.coverage.pull}/{each.coverage.both}"
        rows.append([f"{each.platform}/{each.account}", *(getattr(each, name) for name in COUNTS), ways])
    table(f"platforms' lists of {when} against ours", columns, rows)
    named = [
        [f"{each.platform}/{each.account}", what, name]
        for each in found
        if isinstance(each, Reconciliation)
        for what, names in (("missing", each.missing_ids), ("stale", each.stale_ids), ("extra", each.extra_ids))
        for name in names[:SHOWN]
    ]
    if named:
        table("by name", [("account", "left"), ("what", "left"), ("order_id", "left")], named)


def _conclude(found: list[Reconciliation | Failed], *, dry_run: bool) -> None:
    whole = [each for each in found if isinstance(each, Reconciliation)]
    for each in whole:
        if each.drought:
            since = f"{each.drought.since:%Y-%m-%d %H:%M}Z"
            fail(f"{each.platform}/{each.account} pushes nothing: {each.drought.orders} orders since {since}")
    for one in found:
        if isinstance(one, Failed):
            fail(f"{one.platform}/{one.account}: {one.reason}")
    unread = sum(each.unread for each in whole)
    if unread:
        fail(f"{unread} entries cannot be read; they wait for you: huitou quarantine list")
    if unread or len(whole) < len(found):
        raise typer.Exit(1)
    different = sum(each.missing + each.stale for each in whole)
    done(f"{different} of {sum(each.listed for each in whole)} orders {'would come' if dry_run else 'come'} again")
