"""Sheets: tables that a merchant gives us (costs, freight, visits, stock, rates), kept whole and sealed in the archive.

A sheet is an object named by its content; a mark says which one holds, and which held before. Costs are nobody else's business, so
that each is sealed under a key of its own. The object is put first and the mark after it, on condition that nobody moved it
meanwhile: a crash leaves the old sheet, and of two who import at once neither loses a row.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from chalicelib.errors import Rejected, Retriable
from chalicelib.ports import Archive, Clock, Marks, Vault
from chalicelib.toolkit.decode import decoder

TRIES = 8
KEPT_SHEETS = 64  # in memory
NAMED_VERSIONS = 20
MARK = "sheet#"
T = TypeVar("T")


class Head(msgspec.Struct, frozen=True):
    """What holds of a sheet: the fingerprint of its content, how many rows, since when, from which file, and what held before."""

    fingerprint: str
    rows: int
    at: datetime
    source: str
    before: tuple[str, ...] = ()


class Change(NamedTuple):
    """What an import does to a sheet: rows that are new, told otherwise, told the same, dropped; and how many there are then."""

    new: int = 0
    changed: int = 0
    same: int = 0
    dropped: int = 0
    rows: int = 0

    def plus(self, other: Change) -> Change:
        """Of two sheets together."""
        return Change(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Sheets:
    """Sheets by name. Rows are dataclasses that JSON can hold."""

    def __init__(self, *, marks: Marks, archive: Archive, vault: Vault, clock: Clock) -> None:
        self._marks = marks
        self._archive = archive
        self._vault = vault
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[str, tuple[Any, ...]]] = {}

    def now(self) -> datetime:
        """By the clock that imports are dated with."""
        return self._clock.now()

    def head(self, merchant: str, name: str) -> Head | None:
        """What holds of a sheet; None where there never was one."""
        return self._head(merchant, name)[0]

    def heads(self, merchant: str, prefix: str = "") -> dict[str, Head]:
        """All sheets whose name begins with `prefix`."""
        found = self._marks.named(merchant, MARK + prefix)
        return {name.removeprefix(MARK): decoder(Head).decode(text) for name, text in sorted(found.items())}

    def rows(self, merchant: str, name: str, kind: type[T]) -> tuple[T, ...]:
        """The rows that hold; none where there never was a sheet. One read of the mark; the object only when it changed."""
        return self._rows(merchant, name, kind, self.head(merchant, name))

    def change(
        self, merchant: str, name: str, kind: type[T], change: Callable[[tuple[T, ...]], Iterable[T]], source: str
    ) -> tuple[T, ...]:
        """Put what `change` makes of the rows that hold; it may be called several times. The same content leaves all as it is.

        Returns the rows that hold then. Retriable when others keep being faster.
        """
        for _ in range(TRIES):
            head, version = self._head(merchant, name)
            rows = tuple(change(self._rows(merchant, name, kind, head)))
            content = msgspec.json.encode(rows)
            fingerprint = hashlib.sha256(content).hexdigest()[:16]
            if head and head.fingerprint == fingerprint:
                return rows
            self._archive.put(
                _place(merchant, name, fingerprint), self._vault.seal(merchant, _subject(name), zlib.compress(content))
            )
            before = (head.fingerprint, *head.before) if head else ()
            then = Head(fingerprint, len(rows), self._clock.now(), source[-100:], _distinct(before, fingerprint))
            if self._put(merchant, name, then, version):
                self._keep(merchant, name, fingerprint, rows)
                return rows
        raise Retriable("sheet-contended", f"{TRIES} writers were faster")

    def go_back(self, merchant: str, name: str, fingerprint: str) -> Head:
        """Let an earlier content hold again. Rejected: it never held, or too long ago."""
        head, version = self._head(merchant, name)
        if head is None or fingerprint not in head.before:
            raise Rejected("no-sheet", "the sheet never had this content, or too long ago", status=404)
        rows = len(self._read(merchant, name, fingerprint, msgspec.Raw))
        before = _distinct((head.fingerprint, *head.before), fingerprint)
        then = Head(fingerprint, rows, self._clock.now(), f"back to {fingerprint}", before)
        if not self._put(merchant, name, then, version):
            raise Retriable("sheet-contended", "somebody is importing it")
        return then

    def _head(self, merchant: str, name: str) -> tuple[Head | None, int]:
        stored = self._marks.get(merchant, MARK + name)
        return (decoder(Head).decode(stored[0]), stored[1]) if stored else (None, 0)

    def _put(self, merchant: str, name: str, head: Head, version: int) -> bool:
        return self._marks.put(merchant, MARK + name, msgspec.json.encode(head).decode(), expected_version=version)

    def _rows(self, merchant: str, name: str, kind: type[T], head: Head | None) -> tuple[T, ...]:
        if head is None:
            return ()
        kept = self._kept.get((merchant, name))
        if kept and kept[0] == head.fingerprint:
            return kept[1]
        rows = self._read(merchant, name, head.fingerprint, kind)
        self._keep(merchant, name, head.fingerprint, rows)
        return rows

    def _keep(self, merchant: str, name: str, fingerprint: str, rows: tuple[Any, ...]) -> None:
        while len(self._kept) >= KEPT_SHEETS:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[merchant, name] = fingerprint, rows

    def _read(self, merchant: str, name: str, fingerprint: str, kind: type[T]) -> tuple[T, ...]:
        sealed = self._archive.get(_place(merchant, name, fingerprint))
        content = zlib.decompress(self._vault.open(merchant, _subject(name), sealed))
        shape = cast("type[tuple[T, ...]]", tuple[kind, ...])  # type: ignore[valid-type]  # a type that is only known here
        return decoder(shape).decode(content)


def merge(held: Iterable[T], told: Iterable[T], key: Callable[[T], tuple[str, ...]], *, replace: bool) -> tuple[list[T], Change]:
    """Rows told over rows that hold, in the order of their keys, and what that changes. `replace`: what is not told is dropped."""
    before = {key(row): row for row in held}
    after = {key(row): row for row in told}
    rows = after if replace else before | after
    found = Change(
        new=sum(name not in before for name in after),
        changed=sum(name in before and before[name] != row for name, row in after.items()),
        same=sum(name in before and before[name] == row for name, row in after.items()),
        dropped=len(before.keys() - rows.keys()),
        rows=len(rows),
    )
    return [rows[name] for name in sorted(rows)], found


def _distinct(before: tuple[str, ...], but: str) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(before) if name != but)[:NAMED_VERSIONS]


def _subject(name: str) -> str:
    return f"sheet-{name}"


def _place(merchant: str, name: str, fingerprint: str) -> str:
    return f"sheets/{merchant}/{name}/{fingerprint}"
