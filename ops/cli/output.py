"""How commands print: data on standard output, as JSON or as a table; everything else on standard error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from chalicelib.domain.money import Money
from chalicelib.toolkit.clocks import rfc3339

_WHOLE = frozenset(
    {"webhook_url", "order_id", "total", "campaign", "occasion", "channel or reason", "reader"}
)  # what people copy must not be broken over lines


def out() -> Console:
    """The terminal's standard output, as wide as it is now."""
    return Console()


def err() -> Console:
    """The terminal's standard error, as wide as it is now."""
    return Console(stderr=True)


def print_json(data: Any) -> None:
    """Data as JSON, in the canonical model's spelling."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=plain))


def fail(message: str) -> None:
    """A reason, on standard error."""
    err().print(f"[bold red]✗[/] {_escape(message)}", highlight=False)


def done(message: str) -> None:
    """What was done, on standard error, so that standard output stays data."""
    err().print(f"[bold green]✓[/] {_escape(message)}", highlight=False)


def table(title: str, columns: Iterable[tuple[str, str]], rows: Iterable[Iterable[Any]]) -> None:
    """A table; a column is (heading, justification)."""
    grid = Table(title=title, title_justify="left", header_style="bold", show_edge=False, pad_edge=False)
    for heading, justify in columns:
        grid.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold", no_wrap=heading in _WHOLE)
    for row in rows:
        grid.add_row(*(_escape(_words(cell)) for cell in row))
    out().print(grid)


def fields(title: str, values: Mapping[str, Any]) -> None:
    """One thing, a line a field."""
    table(title, [("field", "left"), ("value", "left")], values.items())


def money(minor: int | None, currency: str) -> str | None:
    """An amount with its currency, None where it is unknown."""
    return None if minor is None else f"{Money(minor, currency).major()} {currency}"


def pairs(given: Iterable[str], option: str) -> dict[str, tuple[str, ...]]:
    """`NAME=VALUE` options by name; a name may be given twice, the newest value first."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in given:
        name, equals, value = entry.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{option} wants NAME=VALUE")
        found[name] = (*found.get(name, ()), value)
    return found


def moment(text: str) -> datetime:
    """A point in time from the command line: RFC 3339 with a zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("not a time: use RFC 3339, 2026-11-20T08:00:00Z") from None
    if at.tzinfo is None:
        raise typer.BadParameter("a time needs a zone: 2026-11-20T08:00:00Z")
    return at


def calendar_day(text: str) -> date:
    """A day from the command line: 2026-11-20."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("not a day: use 2026-11-20") from None


def plain(value: Any) -> Any:
    """What JSON has no word for: times and days as text. TypeError for anything else."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"cannot print {type(value).__name__}")


def _words(cell: Any) -> str:
    """A cell for people: instants as RFC 3339 in UTC, yes and no, a dash for what is unknown."""
    if cell is None:
        return "—"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return rfc3339(cell) if isinstance(cell, datetime) else str(cell)


def _escape(text: str) -> str:
    return text.replace("[", "\\[")
