"""Quarantine, as people read it: what lies there, what it looks like, and what it says to whoever gives their name.

A body is shown as its outline, paths and types without values. To see what it says is an act of its own, which is kept in the
audit before anything is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.audit import Audit
from chalicelib.contract import RawRequest
from chalicelib.domain.outline import outline
from chalicelib.domain.selection import About, Selection
from chalicelib.envelope import decode, unpack_event, unpack_request
from chalicelib.errors import Permanent
from chalicelib.unsealing import Unsealing

PAGE = 100
DIGEST_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Held:
    """An envelope that a person has to look at. `at`: since when, UTC; `day`: on which it was received; None: it is no envelope.

    `stamp` changes each time it comes back.
    """

    key: str
    day: str
    platform: str | None
    account: str | None
    topic: str | None
    reason: str
    detail: str
    at: datetime
    stamp: str

    def about(self) -> About:
        """What a selection looks at."""
        return About(self.platform, self.account, self.topic, self.reason, self.at, self.key)


class QuarantineStore(Protocol):
    """Where they lie."""

    def keep(self, merchant: str, key_: str, body: str, reason: str, detail: str) -> None:
        """Keep what cannot be mapped; the same delivery again is the same one, with a new stamp."""

    def page(self, merchant: str, after: str | None, limit: int) -> tuple[list[Held], str | None]:
        """Up to `limit` from a cursor on, the newest day first; and where to go on, None at the end."""

    def cursor(self, held: Held) -> str:
        """The cursor that goes on behind one."""

    def find(self, merchant: str, key_: str) -> list[Held]:
        """Those of a digest: one for each day on which it was received."""

    def body(self, merchant: str, held: Held) -> str | None:
        """Its envelope as text; None where it is gone or has come back otherwise meanwhile."""

    def release(self, merchant: str, held: Held) -> bool:
        """Forget it, unless it came back meanwhile: False then, or where it is gone."""

    def counts(self, merchant: str) -> Mapping[tuple[str, str], int]:
        """How many there are by platform (`-`: no envelope) and reason."""

    def tidy(self, merchant: str) -> None:
        """Forget days on which nothing lies any more, so that listing and counting stay short."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was asked for, and where to go on; None: there is no more."""

    held: tuple[Held, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of a stored delivery to whoever looks after it: no value of a person.

    `headers` and `query` are names; `outline` is (path, types) of the body.
    """

    form: str
    method: str | None
    headers: tuple[str, ...]
    query: tuple[str, ...]
    size: int
    outline: tuple[tuple[str, str], ...]


class Quarantine:
    """The service."""

    def __init__(self, store: QuarantineStore, unsealing: Unsealing, audit: Audit) -> None:
        self._store = store
        self._unsealing = unsealing
        self._audit = audit

    def counts(self, merchant: str) -> Mapping[tuple[str, str], int]:
        """How many there are by (platform, reason); a few reads, however many there are."""
        return self._store.counts(merchant)

    def page(self, merchant: str, selection: Selection = Selection(), *, after: str | None = None, limit: int = PAGE) -> Page:  # noqa: B008  frozen
        """At most `limit` of the selected, the newest day first. A page may hold fewer and still have one after it."""
        found: list[Held] = []
        for held, cursor in self._walk(merchant, after, limit):
            found += [held] if selection.takes(held.about()) else []
            if len(found) == limit:
                return Page(tuple(found), cursor)
        return Page(tuple(found), None)

    def walk(self, merchant: str, selection: Selection = Selection()) -> Iterator[Held]:  # noqa: B008  frozen
        """All of the selected, page by page; of a whole digest without looking at the others."""
        if selection.digest is not None and len(selection.digest) == DIGEST_LENGTH:
            return (held for held in self._store.find(merchant, selection.digest) if selection.takes(held.about()))
        return (held for held, _ in self._walk(merchant, None, PAGE) if selection.takes(held.about()))

    def find(self, merchant: str, digest: str) -> Held:
        """The one of a digest, the newest of several. Permanent("not-quarantined") when there is none."""
        found = self._store.find(merchant, digest)
        if not found:
            raise Permanent("not-quarantined", "nothing of this digest lies in quarantine")
        return max(found, key=lambda held: held.at)

    def body(self, merchant: str, held: Held) -> str | None:
        """Its envelope as text, None where it is gone or has come back otherwise meanwhile."""
        return self._store.body(merchant, held)

    def show(self, merchant: str, held: Held) -> Shown:
        """What it looks like. Permanent where it cannot be opened any more."""
        form, request = self._opened(merchant, held)
        names = tuple(name for name, _ in request.query)
        method = request.method if form == "request" else None
        return Shown(form, method, tuple(request.headers), names, len(request.body), tuple(outline(request.body)))

    def reveal(self, merchant: str, held: Held, actor: str) -> bytes:
        """The body as it came, for the eyes of `actor`; kept in the audit first. Permanent as above, Retriable without an audit."""
        self._audit.note(merchant, actor, "quarantine.reveal", held.key)
        return self._opened(merchant, held)[1].body

    def release(self, merchant: str, held: Held) -> bool:
        """Forget it once it is on a queue; False where it came back meanwhile, and stays."""
        return self._store.release(merchant, held)

    def drop(self, merchant: str, selection: Selection, actor: str) -> int:
        """Throw the selected away for good; returns how many. What came in meanwhile stays."""
        self._audit.note(merchant, actor, "quarantine.drop", selection.words())
        dropped = sum(self._store.release(merchant, held) for held in list(self.walk(merchant, selection)))
        self._store.tidy(merchant)
        return dropped

    def tidy(self, merchant: str) -> None:
        """After many were released: forget days on which nothing lies any more."""
        self._store.tidy(merchant)

    def _walk(self, merchant: str, after: str | None, limit: int) -> Iterator[tuple[Held, str]]:
        """Each with a cursor behind it."""
        while True:
            rows, after = self._store.page(merchant, after, limit)
            for held in rows:
                yield held, self._store.cursor(held)
            if after is None:
                return

    def _opened(self, merchant: str, held: Held) -> tuple[str, RawRequest]:
        body = self._store.body(merchant, held)
        if body is None:
            raise Permanent("not-quarantined", "it is gone, or has come back otherwise meanwhile")
        envelope = decode(body)
        packed = self._unsealing.open(envelope)
        if envelope.form == "event":
            return "event", RawRequest("", "", {}, (), unpack_event(packed).payload)
        return "request", unpack_request(packed)
