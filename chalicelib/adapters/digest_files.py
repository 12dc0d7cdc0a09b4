"""A report as files for other programs: JSON of all of it, and a table of its figures as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.adapters.digest_roles import readable
from chalicelib.adapters.digest_rows import Row, percent, safe, sections
from chalicelib.domain import wording
from chalicelib.domain.money import Money
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.report import AccountLine, Comparison, Figure, Report
from chalicelib.domain.wording import File

SCHEMA = "huitou-digest/1"
COLUMNS = ("section", "platform", "account", "item", "currency", "metric", "unit", "now", "before", "base")
_MONEY = ("gmv", "net_sales", "aov", "refunds")
_COUNTS = ("orders", "new_buyers", "returning_buyers")


def files(report: Report) -> tuple[File, ...]:
    """Both files, of what its reader's role reads. The same report is the same bytes."""
    report = readable(report)
    name = f"digest-{report.period.name}"
    return (
        File(f"{name}.json", "application/json", as_json(report)),
        File(f"{name}.csv", "text/csv", as_csv(report)),
    )


def as_json(report: Report) -> bytes:
    """The report as it is: money in minor units, shares in tenths of a percent, times in UTC. Keys are those of its classes.

    A ratio is its two numbers; what is told by account is under `platform/account`. Who reads it is not in it.
    """
    told = {key: value for key, value in _plain(report).items() if key not in ("shown", "leave", "locale")}
    return msgspec.json.format(msgspec.json.encode({"schema": SCHEMA, **told}), indent=1) + b"\n"


def _plain(value: Any) -> Any:
    """Classes as objects, with keys that JSON can have."""
    if isinstance(value, Ratio):
        return value._asdict()
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {_text("/".join(key) if isinstance(key, tuple) else str(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return _text(value)
    return sorted(value) if isinstance(value, frozenset) else msgspec.to_builtins(value)


def _text(value: str) -> str:
    """Half of a surrogate pair is no character, and must not cost a mail."""
    return value.encode("utf-8", "replace").decode()


def as_csv(report: Report) -> bytes:
    """A line a figure, money in major units, UTF-8 with the mark by which spreadsheets know it; no cell is read as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(report):
        writer.writerow(row)
    return "\ufeff".encode() + out.getvalue().encode()


def _rows(report: Report) -> Iterator[Row]:
    for line in report.totals:
        yield from _account("totals", line)
    for line in report.accounts:
        yield from _account("accounts", line)
    for figure in report.figures:
        yield _figure("figures", "", "", figure, report.currency)
    for channel in report.channels:
        for figure in channel.figures:
            yield _figure("channels", channel.platform, channel.account, figure, report.currency)
        if channel.score is not None:
            yield (
                "channels",
                safe(channel.platform),
                safe(channel.account),
                "",
                "",
                "score",
                "permille",
                str(channel.score),
                "",
                "",
            )
    for product in report.products:
        told = ("products", safe(product.platform), safe(product.account), safe(product.title), product.currency)
        yield (*told, "quantity", "count", str(product.quantity), "", "")
        yield (*told, "amount", "money", Money(product.amount, product.currency).major(), "", "")
    for message in report.messages:
        withheld = sum(message.withheld.values())
        for metric, number in (("sent", message.sent), ("holdout", message.holdout), ("withheld", withheld)):
            yield ("messages", "", "", safe(message.campaign), "", metric, "count", str(number), "", "")
    yield from _days(report)
    yield from sections(report)
    yield from _sources(report)


def _sources(report: Report) -> Iterator[Row]:
    for source in report.freshness:
        heard = (_time(source.last_push_at), _time(source.last_pull_at))
        yield ("freshness", safe(source.platform), safe(source.account), source.state, "", "heard", "time", max(heard), "", "")


def _days(report: Report) -> Iterator[Row]:
    for point in report.trend:
        day, sales = point.day.isoformat(), point.net_sales
        told = "" if sales is None else Money(sales, report.currency).major()
        yield ("days", "", "", day, report.currency, "net_sales", "money", told, "", "")
        yield ("days", "", "", day, "", "orders", "count", "" if point.orders is None else str(point.orders), "", "")
    for one in report.restated:
        counted = one.what == "orders"
        now, told = (str(value) if counted else Money(value, one.currency).major() for value in (one.now, one.told))
        unit = "count" if counted else "money"
        yield ("restated", "", "", one.period.name, "" if counted else one.currency, one.what, unit, now, told, "")


def _account(section: str, line: AccountLine) -> Iterator[Row]:
    place = (section, safe(line.platform), safe(line.account), "")
    for metric in _MONEY:
        cell: Comparison = getattr(line, metric)
        told = ("" if value is None else Money(value, line.currency).major() for value in (cell.now, cell.before, cell.base))
        yield (*place, line.currency, metric, "money", *told)
    for metric in _COUNTS:
        cell = getattr(line, metric)
        yield (
            *place,
            line.currency,
            metric,
            "count",
            *("" if one is None else str(one) for one in (cell.now, cell.before, cell.base)),
        )


def _figure(section: str, platform: str, account: str, figure: Figure, currency: str) -> Row:
    values = (figure.value.now, figure.value.before, figure.value.base)
    money = figure.unit == "money"
    told = ("" if one is None else Money(one, currency).major() if money else _scaled(one, figure.unit) for one in values)
    return (section, safe(platform), safe(account), "", currency if money else "", figure.key, figure.unit, *told)


def _scaled(value: int, unit: str) -> str:
    """Tenths of a percent as percent, tenths and hundredths as numbers, anything else as it is."""
    if unit == "percent":
        return percent(value)
    if unit == "points":
        return wording.tenths(value, "en").replace(",", "")
    return wording.hundredths(value, "en").replace(",", "") if unit in ("times", "stars") else str(value)


def _time(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
