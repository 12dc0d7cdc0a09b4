"""`huitou digest`: the digest of a day, week or month to files, to the screen, or to its readers; and who these are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.domain.periods import KINDS, period_of
from chalicelib.domain.readers import ROLES
from chalicelib.domain.report import as_read_by
from chalicelib.readership import Subscription
from chalicelib.toolkit.clocks import rfc3339
from ops import mail_folder
from ops.cli.output import calendar_day, done, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

group = typer.Typer(help="The digest of a day, week or month, and its readers.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="digest")


@group.callback(invoke_without_command=True)
def digest(
    context: typer.Context,
    *,
    day: Annotated[str | None, typer.Option("--date", help="the day (2026-11-20), or any of the week or month")] = None,
    period: Annotated[str, typer.Option(help=", ".join(KINDS))] = "day",
    role: Annotated[str, typer.Option(help=f"as who reads it: {', '.join(ROLES)}")] = "owner",
    locale: Annotated[str | None, typer.Option(help="en or zh-CN; as configured without")] = None,
    reader: Annotated[str | None, typer.Option(help="as that reader gets it: an address, or a robot")] = None,
    out: Annotated[Path | None, typer.Option(help="folder to write digest.html and digest.txt to")] = None,
    send: Annotated[bool, typer.Option("--send", help="queue it for its readers, once each")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """The digest of a day, week or month."""
    if context.invoked_subcommand is not None:
        return
    if day is None:
        raise typer.BadParameter("say which day", param_hint="--date")
    kind = next((each for each in KINDS if each == period), None)
    if kind is None:
        raise typer.BadParameter(f"one of {', '.join(KINDS)}", param_hint="--period")
    if role not in ROLES:
        raise typer.BadParameter(f"one of {', '.join(ROLES)}", param_hint="--role")
    app = open_application(data_dir, config)
    if reader is not None:
        mine = _named(app, reader).reader
        role, locale = mine.role, mine.locale
    when = period_of(kind, calendar_day(day))
    report = app.digest.report(when)
    rendered = app.parts.renderer().digest(as_read_by(report, role, locale or report.locale))
    if out is None:
        typer.echo(rendered.text)
    else:
        page, *others = mail_folder.write(rendered, out)
        done(f"“{rendered.subject}” written to {page}, and {len(others)} files beside it")
    if send:
        done(f"queued for {app.digest.queue(when)} readers")


@group.command()
def readers(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Who gets what, and who has unsubscribed."""
    told = open_application(data_dir, config).readership.subscriptions()
    if as_json:
        print_json([_plain(each) for each in told])
        return
    columns = [(name, "left") for name in ("reader", "channel", "role", "locale", "periods", "state")]
    rows = [list(_plain(each).values()) for each in told]
    table("Readers of digests", columns, [[*row[:4], ", ".join(row[4]), row[5]] for row in rows])


@group.command()
def resubscribe(
    name: Annotated[str, typer.Argument(help="an address, or a robot, as configured")],
    *,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """A reader who left wants digests again: they get the next ones."""
    _say(open_application(data_dir, config), name, left=False)


@group.command()
def unsubscribe(
    name: Annotated[str, typer.Argument(help="an address, or a robot, as configured")],
    *,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """A reader wants no digests any more, and told us instead of following their link."""
    _say(open_application(data_dir, config), name, left=True)


def _say(app: Application, name: str, *, left: bool) -> None:
    owner = _named(app, name).owner
    changed = app.readership.say(app.parts.config().merchant, owner, left=left, source="huitou digest")
    words = "gets no digests any more" if left else "gets the next digests"
    done(f"{name} {words}" if changed else f"nothing to change: {name} {words}")


def _named(app: Application, name: str) -> Subscription:
    found = next((each for each in app.readership.subscriptions() if each.reader.name == name), None)
    if found is None:
        raise typer.BadParameter(f"no reader {name} in the configuration")
    return found


def _plain(told: Subscription) -> dict[str, Any]:
    reader, word = told.reader, told.word
    state = f"left {rfc3339(word.at)} ({word.source})" if word and word.left else "reads"
    return {
        "reader": reader.name,
        "channel": reader.channel,
        "role": reader.role,
        "locale": reader.locale,
        "periods": list(reader.periods),
        "state": state,
    }
