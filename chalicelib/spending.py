"""What advertising cost by day: read with how fresh it is, and taken from files where no connector tells it.

A report that is missing is no day without spend. A pulled account has told a day once a pull ended after it, without a gap before;
an imported one once a row of that day is there. A report read before its day was over is only a part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from chalicelib.config import Config
from chalicelib.contract import PullsSpend
from chalicelib.domain.cost_terms import AccountKey
from chalicelib.domain.order import local_day
from chalicelib.domain.spend import SpendDay, SpendRow
from chalicelib.errors import Retriable
from chalicelib.ports import Archive, Clock, Connectors, Marks, RecordStore, Vault
from chalicelib.recording import Recording, record_key
from chalicelib.sheets import Change
from chalicelib.toolkit.canonical_json import to_plain
from chalicelib.toolkit.decode import decoder

TRIES = 8
PULL = "pull-spend#"
IMPORTED = "spend-told#"


class _Window(msgspec.Struct):
    """What pull keeps of an account's spend."""

    since: datetime
    until: datetime
    done: bool = False
    began: datetime | None = None


class _Imported(msgspec.Struct):
    """Since which day, and until which, files tell an account's spend; the last file's name."""

    first: date
    last: date
    source: str


class Spending:
    """Rows of spend are records, as connectors and files tell them alike."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        records: RecordStore,
        recording: Recording,
        marks: Marks,
        archive: Archive,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._records = records
        self._recording = recording
        self._marks = marks
        self._archive = archive
        self._vault = vault
        self._clock = clock

    def pulled(self) -> frozenset[AccountKey]:
        """The accounts whose spend a connector pulls."""
        accounts = self._config().accounts
        return frozenset(
            (entry.platform, entry.account)
            for entry in accounts
            if isinstance(self._connectors.connector(entry.platform), PullsSpend)
        )

    def day(self, merchant: str, day: date) -> tuple[SpendDay, ...]:
        """The day of every account that tells spend, by platform and account."""
        return self.days(merchant, (day,))

    def days(self, merchant: str, days: Sequence[date]) -> tuple[SpendDay, ...]:
        """Likewise of several days: a query for each account and day. An account is in it from the first day it could tell."""
        windows = {_place(name, PULL): decoder(_Window).decode(text) for name, text in self._marks.named(merchant, PULL).items()}
        files = {
            _place(name, IMPORTED): decoder(_Imported).decode(text) for name, text in self._marks.named(merchant, IMPORTED).items()
        }
        found = []
        for account in sorted(self.pulled() | files.keys()):
            for day in days:
                told = self._day(merchant, account, day, windows.get(account), files.get(account))
                found += [told] if told else []
        return tuple(found)

    def take(self, merchant: str, rows: Iterable[SpendRow], data: bytes, source: str) -> Change:
        """Keep rows of a file as of now; what says the same as before is left as it is. The file itself is archived, sealed."""
        now, change, seen = self._clock.now(), Change(), dict[AccountKey, list[date]]()
        place = f"sheets/{merchant}/spend/{hashlib.sha256(data).hexdigest()[:16]}"
        self._archive.put(place, self._vault.seal(merchant, "sheet-spend", data))
        for row in rows:
            change = change.plus(self._keep(replace(row, reported_at=now), place))
            seen.setdefault((row.platform, row.account), []).append(row.day)
        for account, days in seen.items():
            self._note(merchant, account, _Imported(min(days), max(days), source[-100:]))
        return change

    def plan(self, rows: Iterable[SpendRow]) -> Change:
        """What `take` would do."""
        change = Change()
        for row in rows:
            change = change.plus(_compared(self._recording.plain(record_key(row)), row))
        return change

    def _keep(self, row: SpendRow, place: str) -> Change:
        held = self._recording.plain(record_key(row))
        change = _compared(held, row)
        # What was told before its day was over is news when it is told again: the same, but whole now.
        if change.same and not _was_early(held, _end(row.day, row.zone, self._config().zone)):
            return change
        if not self._recording.keep(row, source=1, occurred_at=None, keep_raw=lambda: place):
            raise Retriable("spend-newer", "somebody told newer figures meanwhile: import the file again")
        return change

    def _note(self, merchant: str, account: AccountKey, told: _Imported) -> None:
        """Remember which days files tell of an account: the widest span."""
        name = IMPORTED + "#".join(account)
        for _ in range(TRIES):
            stored, version = self._marks.get(merchant, name) or ("", 0)
            known = decoder(_Imported).decode(stored) if stored else told
            wider = _Imported(min(known.first, told.first), max(known.last, told.last), told.source)
            if stored and wider == known:
                return
            if self._marks.put(merchant, name, msgspec.json.encode(wider).decode(), expected_version=version):
                return
        raise Retriable("spend-contended", f"{TRIES} writers were faster")

    def _day(
        self, merchant: str, account: AccountKey, day: date, window: _Window | None, files: _Imported | None
    ) -> SpendDay | None:
        zone = self._config().zone
        source = files.source if files else None
        rows = tuple(decoder(SpendRow).decode(stored.plain) for stored in self._records.spend(merchant, *account, day))
        if rows:
            read = [row.reported_at for row in rows if row.reported_at]
            early = any(row.reported_at and row.reported_at < _end(row.day, row.zone, zone) for row in rows)
            return SpendDay(*account, day, "partial" if early else "told", rows, min(read, default=None), source)
        if window and local_day(window.began or window.since, zone) <= day and _reached(window) >= _end(day, zone.key, zone):
            return SpendDay(*account, day, "told", (), _reached(window))
        if files and day < files.first and window is None:
            return None  # nobody has said anything about days before the first file
        return SpendDay(*account, day, "missing", source=source)


def _compared(held: Mapping[str, Any], row: SpendRow) -> Change:
    """What a row changes of the one that holds; nothing of when it was told."""
    if not held:
        return Change(new=1, rows=1)
    told = to_plain(replace(row, reported_at=None))
    return Change(same=1, rows=1) if {**held, "reported_at": None} == told else Change(changed=1, rows=1)


def _was_early(held: Mapping[str, Any], end: datetime) -> bool:
    """Whether a row was read before its day was over."""
    return held["reported_at"] is not None and datetime.fromisoformat(held["reported_at"]) < end


def _reached(window: _Window) -> datetime:
    """Until when a pull has come: one under way has reached what the one before it did."""
    return window.until if window.done else window.since


def _end(day: date, zone: str, otherwise: ZoneInfo) -> datetime:
    """The instant at which a day of a report ends. A zone is an IANA name or an offset."""
    after = datetime.combine(day + timedelta(days=1), time(0), UTC)
    try:
        return after.replace(tzinfo=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        pass
    try:
        return datetime.fromisoformat(f"{(day + timedelta(days=1)).isoformat()}T00:00:00{zone}")
    except ValueError:
        return after.replace(tzinfo=otherwise)


def _place(name: str, prefix: str) -> AccountKey:
    platform, _, account = name.removeprefix(prefix).partition("#")
    return platform, account
