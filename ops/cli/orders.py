"""Orders: show, list; and whether the cells agree with the orders."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.canonical_json import to_json
from ops.cli.output import calendar_day, fields, money, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application
from ops.rehearsal import read_order

orders = typer.Typer(help="Answer where an order is.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
LISTED_AT_ONCE = 500


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(orders, name="orders")


@orders.command()
def show(
    key: Annotated[str, typer.Argument(help="platform/account/order_id, or an order's number or id")],
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


def find(app: Application, key: str) -> OrderKey:
    """The order that is meant; Permanent when there is none, ConfigError when a number fits several."""
    hits = app.lookups.orders.find(key)
    if len(hits) > 1:
        raise ConfigError("order-ambiguous", f"{key} is a number of several orders: give platform/account/order_id")
    if not hits:
        raise Permanent("order-unknown", f"no order {key}")
    return hits[0].key


def _of_day(app: Application, day: date) -> list[dict[str, Any]]:
    rows, after = [], ""
    while True:
        page = app.lookups.orders.day(day, after=after, limit=LISTED_AT_ONCE)
        rows += [
            {
                "platform": each.key.platform,
                "account": each.key.account,
                "order_id": each.key.order_id,
                "order_no": each.number,
                "status": each.status,
                "total": money(each.total, each.currency),
                "counts": each.counts,
            }
            for each in page.orders
        ]
        after = page.after
        if not after:
            return rows


def _history(row: Any) -> dict[str, Any]:
    return {"received_at": row.received_at, "source": row.source, "topic": row.topic, "effect": row.effect, "raw": row.archive_key}


def _summary(order: Order) -> dict[str, Any]:
    return {
        "order no": order.order_no,
        "status": f"{order.status} ({order.platform_status})" if order.platform_status else order.status,
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
