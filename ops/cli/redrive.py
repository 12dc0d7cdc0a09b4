"""`huitou redrive`: what queues gave up comes again."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import typer

from chalicelib import entry
from chalicelib.bootstrap import Application
from chalicelib.dead_letters import STREAM, DeadLetter
from chalicelib.pacing import REPLAY_RATE
from chalicelib.pipeline.redrive import Redriven
from ops.cli.output import done, fail, print_json, table
from ops.cli.selecting import AccountName, AsJson, Digest, DryRun, Platform, Rate, Since, Topic, Until, actor, counts, selection
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

_COLUMNS = ("queue", "platform", "account", "topic", "digest", "at", "receives", "source")
_WHY = {
    "source-unknown": "they name no queue that we know: --to PLATFORM says whose feed they are of",
    "stream-forgotten": "the stream keeps a day: `huitou cells check --date D` finds what is missing, `rebuild` puts it right",
    "notice-malformed": "they are no notices of the stream",
    "not-ours": "they hold records of another merchant: --merchant",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(redrive)


def redrive(
    queue: Annotated[str | None, typer.Argument(help="inbound, bulk, jobs, feed, stream; left out: how many there are")] = None,
    *,
    peek: Annotated[bool, typer.Option("--list", help="list them, and send nothing")] = False,
    platform: Platform = None,
    account: AccountName = None,
    topic: Topic = None,
    since: Since = None,
    until: Until = None,
    digest: Digest = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="also what is another merchant's, or nobody's")] = False,
    to: Annotated[str | None, typer.Option(help="the platform whose feed takes letters that name no queue")] = None,
    limit: Annotated[int, typer.Option(help="list at most so many", min=1, max=10_000)] = 50,
    rate: Rate = REPLAY_RATE,
    dry_run: DryRun = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put dead letters back on the queue they came from; records of the stream to their readers. Harmless to repeat."""
    app = open_application(data_dir, config)
    merchant = app.parts.config().merchant
    # Feeds and the stream are the deployment's: whose a letter is stands in the platform's words, or in the records.
    owner = None if everybody or queue in ("feed", STREAM) else merchant
    chosen = selection(platform, account, topic, None, since, until, digest)
    if to is not None and queue != "feed":
        raise typer.BadParameter("only letters of feeds may name no queue", param_hint="--to")
    if queue is None:
        _depths(app, as_json=as_json)
        return
    if peek:
        _list(app.dead_letters.peek(queue, chosen, merchant=owner, limit=limit), as_json=as_json)
        return
    if not dry_run:
        app.audit.note(merchant, actor(), "redrive", f"{queue} {chosen.words()}{f' to {to}' if to else ''}")
    again = partial(entry.stream_again, app)
    found = app.redrive.run(queue, chosen, merchant=owner, rate=rate, dry_run=dry_run, again=again, to=to)
    _show(found, dry_run=dry_run, as_json=as_json)


def _depths(app: Application, *, as_json: bool) -> None:
    depths = app.dead_letters.depths()
    if as_json:
        print_json(depths)
        return
    table("dead letters", [("queue", "left"), ("about", "right")], depths.items())


def _list(found: list[DeadLetter], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "queue": each.queue,
            "merchant": each.merchant,
            "platform": each.about.platform,
            "account": each.about.account,
            "topic": each.about.topic,
            "digest": each.about.digest,
            "at": each.about.at,
            "sent_at": each.sent_at,
            "receives": each.receives,
            "source": each.source and each.source.rpartition(":")[2],
            "bytes": each.size,
        }
        for each in found
    ]
    if as_json:
        print_json(rows)
        return
    table("dead letters", [(name, "left") for name in _COLUMNS], [[row[name] for name in _COLUMNS] for row in rows])


def _show(found: Redriven, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        by = [{"platform": platform, "account": account, "count": n} for (platform, account), n in sorted(found.by.items())]
        print_json({"found": found.found, "sent": found.sent, "by": by, "left": dict(found.left)})
    elif found.by:
        counts("would come again" if dry_run else "come again", ("platform", "account"), found.by)
    done(f"{found.found if dry_run else found.sent} {'would come' if dry_run else 'come'} again")
    for why, count in sorted(found.left.items()):
        fail(f"{count} are left: {_WHY[why]}")
    if found.left:
        raise typer.Exit(1)
