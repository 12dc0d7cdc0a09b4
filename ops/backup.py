"""Backing an installation on this machine up into a folder, and restoring it.

A backup holds what `huitou up` keeps: the queues, the table, the table of keys, the archive, in this order, so that whatever
one names the next one has. It holds neither the master key nor the accounts' secrets: who finds it can open nothing. A table of
keys that is there is never restored, and of one that was lost only what is a day old at most: what was erased must stay erased.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.ports import Archive
from ops.local import KEYS_TABLE, TABLE, create_tables

VERSION = 1
MANIFEST, QUEUES, ROWS, KEYS, OBJECTS = "backup.json", "queues.db", "table.jsonl.gz", "keys.jsonl.gz", "objects.jsonl.gz"
KEYS_LIVE = timedelta(days=1)  # as point-in-time recovery of that table does on AWS
OURS = ("lookup", "token-", "sheet-", "console")  # keys of the installation, not of a person
AT_ONCE, TRIES = 25, 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation lies. `queues` is a file that may not be there."""

    dynamodb: Any
    archive: Archive
    queues: Path


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `keys` is None where the table of keys was there and stays; `old_keys`: how many were too old."""

    rows: int
    keys: int | None
    old_keys: int
    objects: int


def backup(place: Place, target: Path, now: datetime) -> dict[str, int]:
    """Write everything into a folder that is empty or not there; the manifest comes last, so that half a backup is none.

    Returns how much of each. ConfigError: there is something in the folder.
    """
    if target.exists() and any(target.iterdir()):
        raise ConfigError("backup-exists", f"{target} is not empty")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    counts = {}
    if place.queues.exists():
        _copy_queues(place.queues, target / QUEUES)
    counts["rows"] = _write(target / ROWS, (_plain(item) for item in _scan(place.dynamodb, TABLE)))
    counts["keys"] = _write(target / KEYS, (_plain(item) for item in _scan(place.dynamodb, KEYS_TABLE)))
    names = place.archive.names("")
    counts["objects"] = _write(target / OBJECTS, ({"name": name, "data": _text(place.archive.get(name))} for name in names))
    sums = {each.name: _digest(each) for each in sorted(target.iterdir())}
    manifest = {"version": VERSION, "at": now.isoformat(), "counts": counts, "sha256": sums}
    (target / MANIFEST).write_text(json.dumps(manifest, indent=2))
    return counts


def restore(place: Place, source: Path, now: datetime, *, replace: bool = False, old_keys: bool = False) -> Restored:
    """Bring a backup back, after every file of it was checked. Objects that are there stay.

    ConfigError: no backup, a damaged one, or one over an installation that holds something, unless `replace`. `old_keys`:
    people's keys of any age; whoever asks for it sees to it that what was erased meanwhile is erased again.
    """
    manifest = check(source)
    create_tables(place.dynamodb)
    if next(_scan(place.dynamodb, TABLE), None) is not None:
        if not replace:
            raise ConfigError("restore-over", "the table holds something: `--replace` takes it away first")
        _clear(place.dynamodb)
    young = now - datetime.fromisoformat(manifest["at"]) <= KEYS_LIVE
    keys, too_old = _keys(place.dynamodb, source, everybody=young or old_keys)
    objects, there = 0, set(place.archive.names(""))
    for entry in _read(source / OBJECTS):
        if entry["name"] not in there:  # what is there is no older: who was erased is written down there
            place.archive.put(entry["name"], base64.b64decode(entry["data"]))
            objects += 1
    if (source / QUEUES).exists():
        place.queues.parent.mkdir(parents=True, exist_ok=True)
        _copy_queues(source / QUEUES, place.queues)
    rows = _put(place.dynamodb, TABLE, (_item(each) for each in _read(source / ROWS)))
    return Restored(rows, keys, too_old, objects)


def check(source: Path) -> dict[str, Any]:
    """The manifest of a whole backup; ConfigError where it is none, or a file differs from what was written."""
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text())
    except (FileNotFoundError, ValueError):
        raise ConfigError("backup-missing", f"{source} holds no whole backup") from None
    if manifest.get("version") != VERSION:
        raise ConfigError("backup-version", f"{source} was written by another version")
    for name, digest in manifest["sha256"].items():
        if not (source / name).exists() or _digest(source / name) != digest:
            raise ConfigError("backup-damaged", f"{name} is not what was backed up")
    return manifest


def dump(dynamodb: Any, table: str) -> list[str]:
    """A table as lines that are the same for the same items."""
    return sorted(json.dumps(_plain(item), sort_keys=True) for item in _scan(dynamodb, table))


def _keys(dynamodb: Any, source: Path, *, everybody: bool) -> tuple[int | None, int]:
    """(how many keys came back, how many were too old to). A tombstone is never too old."""
    if next(_scan(dynamodb, KEYS_TABLE), None) is not None:
        return None, 0
    all_keys = [_item(each) for each in _read(source / KEYS)]
    wanted = [item for item in all_keys if everybody or "gone" in item or item["pk"]["S"].partition("#")[2].startswith(OURS)]
    return _put(dynamodb, KEYS_TABLE, wanted), len(all_keys) - len(wanted)


def _scan(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    start: dict[str, Any] = {}
    while True:
        page = dynamodb.scan(TableName=table, ConsistentRead=True, **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _put(dynamodb: Any, table: str, items: Iterable[dict[str, Any]]) -> int:
    waiting, count = [], 0
    for item in items:
        waiting.append({"PutRequest": {"Item": item}})
        count += 1
        if len(waiting) == AT_ONCE:
            _batch(dynamodb, table, waiting)
            waiting = []
    if waiting:
        _batch(dynamodb, table, waiting)
    return count


def _batch(dynamodb: Any, table: str, requests: list[Any]) -> None:
    for _ in range(TRIES):
        requests = dynamodb.batch_write_item(RequestItems={table: requests})["UnprocessedItems"].get(table, [])
        if not requests:
            return
    raise Retriable("table-unavailable", "UnprocessedItems")


def _clear(dynamodb: Any) -> None:
    gone = [{"DeleteRequest": {"Key": {name: item[name] for name in ("pk", "sk")}}} for item in _scan(dynamodb, TABLE)]
    for start in range(0, len(gone), AT_ONCE):
        _batch(dynamodb, TABLE, gone[start : start + AT_ONCE])


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    """An item as JSON: DynamoDB's own, binaries as base64."""
    return {name: _attribute(value, _text) for name, value in item.items()}


def _item(told: dict[str, Any]) -> dict[str, Any]:
    return {name: _attribute(value, base64.b64decode) for name, value in told.items()}


def _attribute(value: dict[str, Any], binary: Callable[[Any], Any]) -> dict[str, Any]:
    ((kind, held),) = value.items()
    if kind in ("S", "N", "BOOL", "NULL", "SS", "NS"):
        return value
    if kind != "B":
        raise Permanent("backup-shape", f"an attribute of type {kind}, which no item has")
    return {kind: binary(held)}


def _text(data: Any) -> str:
    return base64.b64encode(bytes(getattr(data, "value", data))).decode("ascii")


def _write(path: Path, entries: Iterable[dict[str, Any]]) -> int:
    count = 0
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
        for entry in entries:
            file.write(json.dumps(entry, sort_keys=True).encode() + b"\n")
            count += 1
    return count


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rb") as file:
        for line in file:
            yield json.loads(line)


def _copy_queues(source: Path, target: Path) -> None:
    """SQLite's own way, which is whole beside a process that writes."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
