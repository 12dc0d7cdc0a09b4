"""`huitou replay`: stored raw requests come again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chalicelib.pacing import REPLAY_RATE
from chalicelib.pipeline.replay import Outcome
from ops.cli.orders import find
from ops.cli.output import done, fail, print_json
from ops.cli.selecting import (
    AccountName,
    AsJson,
    Digest,
    DryRun,
    Platform,
    Rate,
    Reason,
    Since,
    Topic,
    Until,
    actor,
    counts,
    selection,
)
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    key: Annotated[str | None, typer.Argument(help="an order: everything told of it comes again")] = None,
    *,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="what lies in quarantine comes again")] = False,
    unread: Annotated[bool, typer.Option("--unread", help="what came under topics that nobody knew comes again")] = False,
    archived: Annotated[bool, typer.Option("--archived", help="what lies in the archive comes again")] = False,
    platform: Platform = None,
    account: AccountName = None,
    topic: Topic = None,
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    digest: Digest = None,
    rate: Rate = REPLAY_RATE,
    afresh: Annotated[bool, typer.Option("--afresh", help="from the beginning, where an earlier run was broken off")] = False,
    dry_run: DryRun = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put stored raw requests back on the bulk queue. Harmless to repeat; broken off, it goes on where it was."""
    if sum((quarantined, unread, archived, key is not None)) != 1:
        raise typer.BadParameter("an order, --quarantined, --unread or --archived")
    if reason is not None and not quarantined:
        raise typer.BadParameter("only what lies in quarantine has a reason", param_hint="--reason")
    chosen = selection(platform, account, topic, reason, since, until, digest)
    app = open_application(data_dir, config)
    if not dry_run:
        source = key or ("quarantined" if quarantined else "unread" if unread else "archived")
        app.audit.note(app.parts.config().merchant, actor(), "replay", f"{source} {chosen.words()}")
    if key is not None:
        count = app.replay.order(find(app, key), dry_run=dry_run)
        outcome = Outcome(found=count, sent=0 if dry_run else count)
    elif quarantined:
        outcome = app.replay.quarantined(chosen, dry_run=dry_run, rate=rate)
    else:
        outcome = app.replay.archived(chosen, unread=unread, dry_run=dry_run, rate=rate, afresh=afresh)
    _show(outcome, dry_run=dry_run, as_json=as_json, what="reason" if quarantined else "topic")


def plain(outcome: Outcome, what: str) -> dict[str, Any]:
    """An outcome as JSON prints it."""
    return {
        "found": outcome.found,
        "sent": outcome.sent,
        "refused": outcome.refused,
        "resumed": outcome.resumed,
        "by": [{"platform": who, what: name, "count": n} for (who, name), n in sorted(outcome.by.items())],
        "refusals": [{"name": name, "reason": reason} for name, reason in outcome.refusals],
    }


def _show(outcome: Outcome, *, dry_run: bool, as_json: bool, what: str) -> None:
    if as_json:
        print_json(plain(outcome, what))
    elif outcome.by:
        counts("would come again" if dry_run else "come again", ("platform", what), outcome.by)
    if outcome.resumed:
        done("went on where an earlier run was broken off; --afresh begins at the beginning")
    for name, reason in outcome.refusals:
        fail(f"{name}: {reason}")
    done(f"{outcome.found - outcome.refused if dry_run else outcome.sent} {'would come' if dry_run else 'come'} again")
    if outcome.refused:
        fail(f"{outcome.refused} are gone, or are not what was received")
        raise typer.Exit(1)
