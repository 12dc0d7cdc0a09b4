"""Orders: show, list, pull, replay; and whether the cells agree with the orders."""

from __future__ import annotations

import json
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.canonical_json import to_json
from ops.cli.output import calendar_day, done, fields, moment, money, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application
from ops.rehearsal import read_order

orders = typer.Typer(help="Answer where an order is.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
SEARCH_DAYS = 90


class Pulled(StrEnum):
    """What a platform can be asked for."""

    ORDERS = "orders"
    REVIEWS = "reviews"
    SPEND = "spend"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(orders, name="orders")
    app.command()(pull)
    app.command()(replay)


@orders.command()
def show(
    key: Annotated[str, typer.Argument(help="platform/account/order_id, or an order number of the last 90 days")],
    *,
    history: Annotated[bool, typer.Option("--history", help="what was told of it, and when")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: AsJson = False,
) -> None:
    """One order as all tellings read together."""
    app = open_application(data_dir, config)
    found = find(app, key)
    order = read_order(app, found)
    if order is None:
        raise Permanent("order-unknown", f"no order {key}")
    rows = app.orders.history(found) if history else []
    if as_json:
        plain = json.loads(to_json(order))
        print_json(plain | {"history": [_history(row) for row in rows]} if history else plain)
        return
    fields(f"{order.platform}/{order.account}/{order.order_id}", _summary(order))
    if rows:
        names = ("received_at", "source", "topic", "effect")
        table("history", [(name, "left") for name in names], [[_history(row)[name] for name in names] for row in rows])


@orders.command("list")
def list_(
    *,
    day: Annotated[str | None, typer.Option(help="the day they count on (2026-11-20); today when left out")] = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: AsJson = False,
) -> None:
    """The orders of a day."""
    app = open_application(data_dir, config)
    known = app.parts.config()
    when = calendar_day(day) if day else app.parts.clock.now().astimezone(known.zone).date()
    rows = _of_day(app, when)
    if as_json:
        print_json(rows)
        return
    names = ("platform", "account", "order_id", "order_no", "status", "total", "counts")
    table(
        f"orders of {when}",
        [(name, "right" if name == "total" else "left") for name in names],
        [[r[n] for n in names] for r in rows],
    )


def pull(
    account: Annotated[str, typer.Argument(help="platform/account")],
    *,
    since: Annotated[str | None, typer.Option(help="from this time on (RFC 3339); from the cursor when left out")] = None,
    what: Annotated[Pulled, typer.Option(help="what to pull")] = Pulled.ORDERS,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Pull what has changed from a platform now."""
    app = open_application(data_dir, config)
    platform, _, name = account.partition("/")
    queued = app.pull.account(platform, name, moment(since) if since else None, what.value)
    done(f"{queued} events queued")


def replay(
    key: Annotated[str | None, typer.Argument(help="an order: everything told of it comes again")] = None,
    *,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="what lies in quarantine comes again")] = False,
    unread: Annotated[bool, typer.Option("--unread", help="what came under topics that nobody knew comes again")] = False,
    reason: Annotated[str | None, typer.Option(help="only quarantined for this reason")] = None,
    platform: Annotated[str | None, typer.Option(help="only unread of this platform")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would come, and send nothing")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Put stored raw requests back on the bulk queue. Harmless to repeat."""
    app = open_application(data_dir, config)
    if sum((quarantined, unread, key is not None)) != 1:
        raise typer.BadParameter("an order, --quarantined or --unread")
    if key is not None:
        count = app.replay.order(find(app, key), dry_run=dry_run)
    elif unread:
        count = app.replay.unread(platform, dry_run=dry_run)
    else:
        count = app.replay.quarantined(reason, dry_run=dry_run)
    done(f"{count} {'would come' if dry_run else 'come'} again")


def find(app: Application, key: str) -> OrderKey:
    """The order that is meant; Permanent when there is none, ConfigError when a number fits several."""
    merchant = app.parts.config().merchant
    parts = key.split("/", 2)
    if len(parts) == 3:
        return OrderKey(merchant, *parts)
    today = app.parts.clock.now().astimezone(app.parts.config().zone).date()
    for back in range(-1, SEARCH_DAYS):
        hits = [
            row for row in _of_day(app, date.fromordinal(today.toordinal() - back)) if key in (row["order_no"], row["order_id"])
        ]
        if len(hits) > 1:
            raise ConfigError("order-ambiguous", f"{key} is a number of several orders: give platform/account/order_id")
        if hits:
            return OrderKey(merchant, hits[0]["platform"], hits[0]["account"], hits[0]["order_id"])
    raise Permanent("order-unknown", f"no order {key} in the last {SEARCH_DAYS} days: give platform/account/order_id")


def _of_day(app: Application, day: date) -> list[dict[str, Any]]:
    rows = []
    for head in app.cells.heads(app.parts.config().merchant, day):
        if head.cell.kind != "orders":
            continue
        for name, row in app.cells.named_rows(head.cell):
            if name.startswith("o#"):
                rows.append(
                    {
                        "platform": head.cell.platform,
                        "account": head.cell.account,
                        "order_id": name[2:],
                        "order_no": row.get("no", name[2:]),
                        "status": row["s"],
                        "total": money(row["t"], row["cur"]),
                        "counts": bool(row["c"]),
                    }
                )
    return sorted(rows, key=lambda row: (row["platform"], row["account"], row["order_id"]))


def _history(row: Any) -> dict[str, Any]:
    return {"received_at": row.received_at, "source": row.source, "topic": row.topic, "effect": row.effect, "raw": row.archive_key}


def _summary(order: Order) -> dict[str, Any]:
    return {
        "order no": order.order_no,
        "status": f"{order.status} ({order.platform_status})",
        "refund status": order.refund_status,
        "total": money(order.amounts.total, order.currency),
        "paid": money(order.amounts.paid, order.currency),
        "refunded": money(order.amounts.refunded, order.currency),
        "placed": order.placed_at,
        "paid at": order.paid_at,
        "shipped at": order.shipped_at,
        "delivered at": order.delivered_at,
        "lines": ", ".join(f"{line.quantity} × {line.title or line.line_id}" for line in order.lines),
        "parcels": ", ".join(f"{parcel.carrier or ''} {parcel.tracking_no or ''}".strip() for parcel in order.shipments) or None,
    }
