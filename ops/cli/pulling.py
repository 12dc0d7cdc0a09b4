"""`huitou pull`: what has changed, now; history, with a bar; or either as a job of the installation itself."""

from __future__ import annotations

import re
import time
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from chalicelib.backfill import Progress as Backfill
from chalicelib.bootstrap import Application
from chalicelib.errors import ConfigError, Retriable
from chalicelib.leases import Watch
from chalicelib.toolkit.clocks import rfc3339
from ops.cli.output import done, err, moment, print_json
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

BY = "huitou pull"
WAIT_SECONDS = 15  # before a platform that was away is asked again
TRIES = 8  # in a row without a page
_BACK = re.compile(r"([0-9]{1,4})([hdwmy])")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24, "y": 365 * 24}


class Pulled(StrEnum):
    """What a platform can be asked for."""

    ORDERS = "orders"
    REVIEWS = "reviews"
    SPEND = "spend"
    CONTACTS = "contacts"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(pull)


def pull(
    account: Annotated[str, typer.Argument(help="platform/account")],
    *,
    since: Annotated[str | None, typer.Option(help="history from here on: 2y, 6m, 8w, 30d, or a time (RFC 3339)")] = None,
    what: Annotated[Pulled, typer.Option(help="what to pull")] = Pulled.ORDERS,
    queue: Annotated[bool, typer.Option("--queue", help="let the installation do it, and return")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="show how far the history that is under way has come")] = False,
    force: Annotated[bool, typer.Option("--force", help="although the account is paused")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Pull what has changed from a platform now; with --since its history, which goes on where it was interrupted."""
    app = open_application(data_dir, config)
    platform, _, name = account.partition("/")
    if watch:
        _watch(app, platform, name, what, as_json=as_json)
    elif since is not None:
        _history(app, platform, name, what, moment_ago(since, app.parts.clock.now()), queue=queue, force=force, as_json=as_json)
    elif queue:
        run = app.jobs.ask(what.value, platform, name, force=force)
        _say({"state": run.state, "kind": what.value}, f"{what.value} of {account}: {run.state}", as_json=as_json)
    else:
        turn = app.jobs.run(what.value, platform, name, force=force)
        _say({"queued": turn.queued}, f"{turn.queued} events queued", as_json=as_json)


def moment_ago(text: str, now: datetime) -> datetime:
    """A time from the command line: so long ago (`2y`, `30d`), or RFC 3339."""
    found = _BACK.fullmatch(text)
    return now - timedelta(hours=int(found[1]) * _HOURS[found[2]]) if found else moment(text)


def _history(
    app: Application, platform: str, account: str, what: Pulled, since: datetime, *, queue: bool, force: bool, as_json: bool
) -> None:
    kind = f"backfill-{what.value}"
    app.backfills.begin(platform, account, since, what=what.value, by=BY)
    if queue:
        app.jobs.ask(kind, platform, account, force=force)
        _told(app, platform, account, what, "queued", as_json=as_json)
        return
    with _bar(hidden=as_json) as bar:
        show = _shown(app, platform, account, what, bar)
        try:
            _to_the_end(app, kind, platform, account, force=force, show=show)
        except KeyboardInterrupt:
            app.backfills.stop(platform, account, what.value)
            _told(app, platform, account, what, "stopped: the same command goes on there", as_json=as_json)
            raise typer.Exit(1) from None
    _told(app, platform, account, what, "done", as_json=as_json)


def _to_the_end(app: Application, kind: str, platform: str, account: str, *, force: bool, show: Any) -> None:
    """Turn after turn. A platform that is away is waited for; one that stays away ends it, to go on another time."""
    failed, pages = 0, 0

    def seen() -> None:
        nonlocal failed, pages
        failed, pages = 0, pages + 1
        show()

    while True:
        try:
            if app.jobs.run(kind, platform, account, force=force, watch=Watch(seen=seen)).done:
                return
        except Retriable as error:
            failed += 1
            if failed == TRIES or not (error.reason.startswith("platform-") or error.after is not None):
                raise
            time.sleep(error.after or WAIT_SECONDS)


def _watch(app: Application, platform: str, account: str, what: Pulled, *, as_json: bool) -> None:
    """Look each second until it is over."""
    with _bar(hidden=as_json) as bar:
        show = _shown(app, platform, account, what, bar)
        while not as_json and _state(app, platform, account, what).state == "running":
            show()
            time.sleep(1)
    _told(app, platform, account, what, "", as_json=as_json)


def _bar(*, hidden: bool) -> Any:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"))
    return nullcontext() if hidden else Progress(*columns, console=err())


def _shown(app: Application, platform: str, account: str, what: Pulled, bar: Progress | None) -> Any:
    """What brings the bar up to what the table says."""
    task = bar.add_task(f"{what.value} of {platform}/{account}", total=1000, told="") if bar else None

    def show() -> None:
        if bar is not None and task is not None:
            state = _state(app, platform, account, what)
            bar.update(task, completed=state.permille, told=words(state))

    return show


def words(state: Backfill) -> str:
    """How far a backfill is, in a line."""
    pace = f" · {state.events_per_minute:,}/min" if state.events_per_minute else ""
    left = f" · {_long(state.left)} left" if state.left is not None else ""
    return f"back to {state.done_to:%Y-%m-%d} · {state.events:,} events{pace}{left}"


def _long(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min" if minutes else "under a minute"


def _state(app: Application, platform: str, account: str, what: Pulled) -> Backfill:
    state = app.backfills.state(platform, account, what.value)
    if state is None:
        raise ConfigError("no-backfill", f"no history of {platform}/{account} was ever asked for", connector=platform)
    return state


def _told(app: Application, platform: str, account: str, what: Pulled, word: str, *, as_json: bool) -> None:
    state = _state(app, platform, account, what)
    plain = {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in asdict(state).items()}
    seconds = None if state.left is None else int(state.left.total_seconds())
    plain |= {"left": seconds, "events_per_minute": state.events_per_minute}
    _say(plain, f"{word or state.state}: {state.pages:,} pages, {words(state)}", as_json=as_json)


def _say(data: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(data)
    else:
        done(text)
