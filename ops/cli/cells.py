"""`huitou cells`: do the days say what the orders say, and putting them right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.cell_check import CellCheck
from chalicelib.domain.record import OrderKey
from ops.cli.output import calendar_day, done, fail, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="Day sums and the orders they are made from.", no_args_is_help=True)
MOST_DAYS = 366
SHOWN = 20
Day = Annotated[str, typer.Option("--date", help="the day (2026-11-20)")]
Until = Annotated[str | None, typer.Option("--until", help="the last of several days")]
All = Annotated[bool, typer.Option("--all", help="walk the whole table for orders that no cell names; a big one costs")]


@app.command()
def check(
    *,
    day: Day,
    until: Until = None,
    walk: All = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Read the orders of a day again, make rows and sums anew, and compare. Writes nothing. Exit 1: something differs."""
    days, application = _days(day, until), open_application(data_dir, config)
    also = application.cell_checks.read(every_order(application)) if walk else []
    found = [application.cell_checks.check(each, also) for each in days]
    if as_json:
        print_json([_plain(each) for each in found])
    else:
        _show(found)
    wrong = sum(len(each.differences) for each in found)
    if wrong:
        fail(f"{wrong} differences; once the stream has caught up, `huitou cells rebuild` puts them right")
        raise typer.Exit(1)
    done(f"{sum(each.rows for each in found)} rows of {len(found)} days agree with their orders")


@app.command()
def rebuild(*, day: Day, until: Until = None, walk: All = False, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Put the rows of a day's orders again, take away those of none, and sum its cells. Harmless to repeat."""
    days, application = _days(day, until), open_application(data_dir, config)
    also = application.cell_checks.read(every_order(application)) if walk else []
    count = sum(application.cell_checks.rebuild(each, also) for each in days)
    done(f"{count} cells were summed anew from the orders of {len(days)} days")


def every_order(application: Application) -> Iterator[OrderKey]:
    """Every order of the merchant, by reading the whole table: a person may, a handler may not."""
    table_: Any = application.parts.table
    merchant = application.parts.config().merchant
    call: dict[str, Any] = {
        "TableName": table_.name,
        "FilterExpression": "sk = :order AND begins_with(pk, :of)",
        "ExpressionAttributeValues": {":order": {"S": "order"}, ":of": {"S": f"{merchant}#O#"}},
        "ProjectionExpression": "pk",
    }
    while True:
        page = table_.client.scan(**call)
        for item in page["Items"]:
            _, _, *rest = (part.replace("%23", "#").replace("%25", "%") for part in item["pk"]["S"].split("#"))
            yield OrderKey(merchant, *rest)
        if "LastEvaluatedKey" not in page:
            return
        call["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _days(first: str, last: str | None) -> list[date]:
    begin, end = calendar_day(first), calendar_day(last or first)
    if not 0 <= (end - begin).days < MOST_DAYS:
        raise typer.BadParameter(f"1 to {MOST_DAYS} days", param_hint="--until")
    return [begin + timedelta(days=number) for number in range((end - begin).days + 1)]


def _show(found: list[CellCheck]) -> None:
    columns = ("day", "cells", "rows", "orders", "waiting to be summed", "differences")
    rows = [[each.day, each.cells, each.rows, each.orders, each.waiting, len(each.differences)] for each in found]
    table("cells against orders", [(name, "left" if name == "day" else "right") for name in columns], rows)
    wrong = [difference for each in found for difference in each.differences]
    if wrong:
        shown = [
            [f"{each.cell.day} {each.cell.kind} {each.cell.platform}/{each.cell.account}/{each.cell.bucket}", each.what, each.name]
            for each in wrong[:SHOWN]
        ]
        table(f"the first {len(shown)} of {len(wrong)}", [("cell", "left"), ("what", "left"), ("row or field", "left")], shown)


def _plain(found: CellCheck) -> dict[str, Any]:
    return {
        "day": found.day,
        "cells": found.cells,
        "rows": found.rows,
        "orders": found.orders,
        "waiting": found.waiting,
        "differences": [
            {
                "kind": each.cell.kind,
                "platform": each.cell.platform,
                "account": each.cell.account,
                "bucket": each.cell.bucket,
                "what": each.what,
                "name": each.name,
            }
            for each in found.differences
        ],
    }
