"""`huitou quarantine`: what a person has to look at."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from chalicelib.quarantine import Held
from ops.cli.output import done, fields, print_json, table
from ops.cli.selecting import (
    AccountName,
    AsJson,
    Digest,
    DryRun,
    Platform,
    Reason,
    Since,
    Topic,
    Until,
    actor,
    counts,
    selection,
)
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="What a person has to look at, before it is replayed or thrown away.", no_args_is_help=True)
_COLUMNS = ("digest", "platform", "account", "topic", "reason", "detail", "at")


@app.command("list")
def list_(
    *,
    platform: Platform = None,
    account: AccountName = None,
    topic: Topic = None,
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    digest: Digest = None,
    limit: Annotated[int, typer.Option(help="at most so many", min=1, max=10_000)] = 50,
    after: Annotated[str | None, typer.Option(help="where the last page ended")] = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: AsJson = False,
) -> None:
    """How many there are by platform and reason, and some of them, the newest day first."""
    application = open_application(data_dir, config)
    merchant = application.parts.config().merchant
    chosen = selection(platform, account, topic, reason, since, until, digest)
    by, page = application.quarantine.counts(merchant), application.quarantine.page(merchant, chosen, after=after, limit=limit)
    if as_json:
        told = [{"platform": who, "reason": why, "count": n} for (who, why), n in sorted(by.items())]
        print_json({"counts": told, "held": [_plain(held) for held in page.held], "after": page.after})
        return
    counts("in quarantine", ("platform", "reason"), by)
    rows = [[_plain(held)[name] for name in _COLUMNS] for held in page.held]
    table("held", [(name, "left") for name in _COLUMNS], rows)
    if page.after:
        done(f"there is more: --after '{page.after}'")


@app.command()
def show(
    digest: str,
    *,
    reveal: Annotated[bool, typer.Option("--reveal", help="print the body as it came; kept in the audit")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: AsJson = False,
) -> None:
    """What one looks like: paths and types of its body, no value."""
    application = open_application(data_dir, config)
    merchant = application.parts.config().merchant
    held = application.quarantine.find(merchant, digest)
    if reveal:
        body = application.quarantine.reveal(merchant, held, actor())
        sys.stdout.buffer.write(body + b"\n")
        return
    shown = application.quarantine.show(merchant, held)
    if as_json:
        print_json(_plain(held) | asdict(shown) | {"outline": [list(each) for each in shown.outline]})
        return
    about = _plain(held) | {"form": shown.form, "headers": ", ".join(shown.headers), "bytes": shown.size}
    fields(held.key, about)
    table("body", [("path", "left"), ("holds", "left")], shown.outline)


@app.command()
def drop(
    *,
    platform: Platform = None,
    account: AccountName = None,
    topic: Topic = None,
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    digest: Digest = None,
    dry_run: DryRun = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Throw the selected away for good. A selection is needed; kept in the audit."""
    application = open_application(data_dir, config)
    merchant = application.parts.config().merchant
    chosen = selection(platform, account, topic, reason, since, until, digest)
    if chosen.words() == "all":
        raise typer.BadParameter("which? give at least one of the options")
    if dry_run:
        done(f"{sum(1 for _ in application.quarantine.walk(merchant, chosen))} would be thrown away")
        return
    done(f"{application.quarantine.drop(merchant, chosen, actor())} are thrown away")


def _plain(held: Held) -> dict[str, Any]:
    return {
        "digest": held.key,
        "platform": held.platform,
        "account": held.account,
        "topic": held.topic,
        "reason": held.reason,
        "detail": held.detail,
        "at": held.at,
    }
