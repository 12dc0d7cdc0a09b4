"""Options that say which stored deliveries are meant, and how what was found is printed."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Annotated

import typer

from chalicelib.domain.selection import Selection
from ops.cli.output import moment, table

AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would come, and send nothing")]
Platform = Annotated[str | None, typer.Option(help="only of this platform")]
AccountName = Annotated[str | None, typer.Option("--account", help="only of this account")]
Topic = Annotated[str | None, typer.Option(help="only of this topic, as the platform calls it")]
Reason = Annotated[str | None, typer.Option(help="only held for this reason")]
Since = Annotated[str | None, typer.Option(help="only from this time on (RFC 3339)")]
Until = Annotated[str | None, typer.Option(help="only before this time (RFC 3339)")]
Digest = Annotated[str | None, typer.Option(help="only with this digest, or what it begins with")]
Rate = Annotated[float, typer.Option(help="at most so many a second", min=0.1, max=1000)]


def selection(*of: str | None) -> Selection:
    """The selection of a command line: platform, account, topic, reason, since, until, digest."""
    platform, account, topic, reason, since, until, digest = of
    return Selection(platform, account, topic, reason, moment(since) if since else None, moment(until) if until else None, digest)


def actor() -> str:
    """Who sits at this terminal, for the audit."""
    return f"cli:{getpass.getuser()}"


def counts(title: str, names: tuple[str, str], found: Mapping[tuple[str, str], int]) -> None:
    """How many there are of each."""
    rows = [(*who, n) for who, n in sorted(found.items())]
    table(title, [(names[0], "left"), (names[1], "left"), ("count", "right")], rows)
