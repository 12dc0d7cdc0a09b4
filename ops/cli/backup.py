"""`huitou backup` and `huitou restore`, for an installation on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from chalicelib.errors import ConfigError
from chalicelib.parts import SystemClock
from ops import backup as backups
from ops.cli.output import done, fields, print_json
from ops.cli.selecting import AsJson
from ops.cli.session import DATA_DIR, DataDir
from ops.dynamodb_local import DynamoDBLocal
from ops.installation import Folder
from ops.local import Engine, FileArchive, create_tables

Target = Annotated[Path, typer.Argument(help="folder of the backup")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(target: Target, *, data_dir: DataDir = DATA_DIR, as_json: AsJson = False) -> None:
    """Everything but the master key and the secrets, into a new folder; beside a running `huitou up`, or while it is stopped."""
    with _place(Folder(data_dir)) as place:
        counts = backups.backup(place, target, SystemClock().now())
    if as_json:
        print_json(counts)
        return
    fields("backed up", counts)
    done(f"{target}; keep {data_dir}/master.key and {data_dir}/secrets.json apart: without them it opens for nobody")


def restore(
    source: Target,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="take away what the table holds first")] = False,
    old_keys: Annotated[bool, typer.Option("--old-keys", help="people's keys however old the backup is")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do it")] = False,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back, while `huitou up` is stopped. Then `huitou erase --reapply`: what was erased since stays so."""
    folder = Folder(data_dir)
    _refuse_running(folder)
    manifest = backups.check(source)
    if not yes:
        raise ConfigError("restore-unconfirmed", f"a whole backup of {manifest['at']}; `--yes` brings it back")
    with _place(folder) as place:
        found = backups.restore(place, source, SystemClock().now(), replace=replace, old_keys=old_keys)
    for position in data_dir.glob("stream-*.json"):  # of a stream that is another one now
        position.unlink()
    keys = "as they were" if found.keys is None else str(found.keys)
    told = {"rows": found.rows, "keys": keys, "keys too old": found.old_keys, "objects": found.objects}
    if as_json:
        print_json(told)
        return
    fields(f"restored from {manifest['at']}", told)
    done("start `huitou up`, then run `huitou erase --reapply`")


def _refuse_running(folder: Folder) -> None:
    try:
        folder.running()
    except ConfigError:
        return
    raise ConfigError("still-running", "stop `huitou up` first")


@contextmanager
def _place(folder: Folder) -> Iterator[backups.Place]:
    """The running runtime's engine, else one of our own over its files. ConfigError on AWS, which has its own way."""
    if os.environ.get("HUITOU_TABLE"):
        raise ConfigError("backup-on-aws", "AWS backs its tables up itself: docs/backup.md has the commands")
    archive, queues = FileArchive(folder.root / "archive"), folder.root / "queues.db"
    try:
        engine = Engine("attached", folder.running()["dynamodb"])
    except ConfigError:
        with DynamoDBLocal(data_dir=folder.root / "dynamodb") as server:
            client = Engine("dynamodb-local", server.endpoint).client("dynamodb")
            create_tables(client)
            yield backups.Place(client, archive, queues)
        return
    yield backups.Place(engine.client("dynamodb"), archive, queues)
