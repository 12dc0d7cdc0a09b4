"""Platforms that do not answer, or ask us to wait, are left alone by all workers together; one of them asks now and then."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.adapters.table import Item, Table, Value, get_int, key, number, text
from chalicelib.contract import Account
from chalicelib.errors import Retriable
from chalicelib.ports import Clock

REST = timedelta(seconds=60)
FAILURES = 3  # within `REST`: one order that its platform always fails on is no platform that is down
TRIES = 5
_UNCHANGED = "v = :read"
_NOT_THERE = "attribute_not_exists(pk)"
_HELD = "held#"


@dataclass(slots=True)
class _Host:
    """How a host is. Times in milliseconds; `until` 0: it answers. `failed` counts from `since` on; `held` is by account."""

    version: int = 0
    until: int = 0
    failed: int = 0
    since: int = 0
    held: dict[str, int] = field(default_factory=dict)


class Rests:
    """What the workers of a merchant know of a platform's hosts: one item a host, read before each call, written when it changes.

    After `FAILURES` calls without an answer within `REST` nobody calls; then one worker does, once, each `REST`, until it is
    answered. An account that was told to wait is left alone for so long, and the platform's other accounts are not.
    """

    def __init__(self, table: Table, clock: Clock, account: Account) -> None:
        self._table = table
        self._clock = clock
        self._pk = key(account.merchant, "B", account.platform)
        self._account = account.account

    def ask(self, host: str) -> bool:
        """Before a call: whether it is the one that asks a platform that did not answer. Retriable with `after` where it rests."""
        found, now = self._read(host), self._now()
        if (held := found.held.get(self._account, 0)) > now:
            raise Retriable("platform-throttled", "asked us to wait", after=_seconds(held - now))
        if not found.until:
            return False
        if found.until <= now:
            found.until = now + _REST_MILLIS
            if self._write(host, found):
                return True
        raise Retriable("platform-resting", "did not answer lately", after=_seconds(max(found.until - now, 1000)))

    def answered(self, host: str) -> None:
        """The one who asked was answered: everybody may call again."""

        def well(found: _Host) -> bool:
            found.until = found.failed = 0
            return True

        self._change(host, well)

    def not_asked(self, host: str) -> None:
        """The one who was to ask did not come to it: another may, at once."""

        def due(found: _Host) -> bool:
            found.until = min(found.until, self._now())
            return bool(found.until)

        self._change(host, due)

    def failed(self, host: str) -> None:
        """A call had no answer."""

        def one_more(found: _Host) -> bool:
            if found.until:
                return False
            now = self._now()
            if now - found.since >= _REST_MILLIS:
                found.since, found.failed = now, 0
            found.failed += 1
            if found.failed >= FAILURES:
                found.until = now + _REST_MILLIS
            return True

        self._change(host, one_more)

    def hold(self, host: str, seconds: int) -> None:
        """The account was told to wait so long."""

        def later(found: _Host) -> bool:
            now = self._now()
            found.held = {name: until for name, until in found.held.items() if until > now}
            found.held[self._account] = max(found.held.get(self._account, 0), now + seconds * 1000)
            return True

        self._change(host, later)

    def _change(self, host: str, change: Callable[[_Host], bool]) -> None:
        """Where others are faster each time, they saw the same."""
        for _ in range(TRIES):
            found = self._read(host)
            if not change(found) or self._write(host, found):
                return

    def _read(self, host: str) -> _Host:
        item: Item = self._table.get(self._pk, host) or {}
        held = {name.removeprefix(_HELD): get_int(item, name) for name in item if name.startswith(_HELD)}
        return _Host(get_int(item, "v"), get_int(item, "until"), get_int(item, "failed"), get_int(item, "since"), held)

    def _write(self, host: str, found: _Host) -> bool:
        attributes: dict[str, Value] = {
            "kind": text("rest"),
            "v": number(found.version + 1),
            "until": number(found.until),
            "failed": number(found.failed),
            "since": number(found.since),
            **{f"{_HELD}{name}": number(until) for name, until in found.held.items()},
        }
        if not found.version:
            return self._table.put(self._pk, host, attributes, condition=_NOT_THERE)
        return self._table.put(self._pk, host, attributes, condition=_UNCHANGED, values={":read": number(found.version)})

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


_REST_MILLIS = int(REST.total_seconds() * 1000)


def _seconds(millis: int) -> int:
    return math.ceil(millis / 1000)
