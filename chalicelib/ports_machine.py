"""What any program needs of the machine it runs on: the clock, counters, queues, the archive, the vault. Part of `ports`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.domain.health import QueueDepth


class Clock(Protocol):
    """The one clock of the core."""

    def now(self) -> datetime:
        """Now, aware, in UTC."""


class Counters(Protocol):
    """Counts for metrics and alarms. Names and dimensions only: never a value that could be personal."""

    def count(self, name: str, amount: int = 1, **dimensions: str) -> None:
        """Add to a counter."""

    def measure(self, name: str, took: timedelta, **dimensions: str) -> None:
        """Tell how long something took; less than nothing, by two clocks that differ, is nothing."""


class Queue(Protocol):
    """A durable queue. When `send` has returned, the messages survive."""

    def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
        """Send; Retriable when the queue refuses or cannot be reached."""


class Gauges(Protocol):
    """How full the queues are."""

    def depths(self) -> Sequence[QueueDepth]:
        """Each queue and its dead letters; Retriable when they cannot be asked."""


class Archive(Protocol):
    """Sealed objects by key: raw requests and claim checks."""

    def put(self, key: str, data: bytes) -> None:
        """Store; the same key twice is the same object. Retriable when it fails."""

    def get(self, key: str) -> bytes:
        """Read; Permanent("archive-missing") when it is gone."""

    def remove(self, key: str) -> None:
        """Destroy an object for good; none is no error. Retriable when it fails."""

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        """The keys that begin with `prefix` and come behind `after`, in order; for ops only. Retriable when it fails."""


class Vault(Protocol):
    """Seals personal data. A subject (platform buyer, else order) has a data key of its own, wrapped by the merchant's KMS key."""

    def seal_raw(self, merchant: str, data: bytes, context: str) -> bytes:
        """Seal a raw request under the merchant's key of the day; `context` must be given again to open it."""

    def open_raw(self, merchant: str, sealed: bytes, context: str) -> bytes:
        """Open it; Permanent("seal-broken") on other bytes, another merchant or context, or an erased key.

        Permanent("raw-over") when it is older than anything raw is kept.
        """

    def seal(self, merchant: str, subject: str, data: bytes, place: str = "") -> bytes:
        """Seal under the subject's key, made on first use, for one place: of two things of a person neither opens as the other."""

    def open(self, merchant: str, subject: str, sealed: bytes, place: str = "") -> bytes:
        """Open; Permanent("seal-broken") as above."""

    def destroy(self, merchant: str, subject: str) -> None:
        """Destroy a subject's key: what it sealed opens for nobody within five minutes. None is no error; a tombstone stays."""

    def shut(self, merchant: str, subject: str, at: datetime) -> None:
        """Put a tombstone in the place of a subject's key, or of an identity (`email:HASH`): no key is made there ever again.

        `at`: when the person was erased; the latest of several holds.
        """

    def has_key(self, merchant: str, subject: str) -> bool:
        """Whether anything of a subject can be opened."""

    def erased(
        self, merchant: str, subject: str, identities: Collection[str] = (), since: datetime | None = None
    ) -> datetime | None:
        """When a subject was erased, None where it was not; one that has no key yet is, where one of its identities was.

        At most one read, in the place of that of the key. `since`: only identities that were erased later than then.
        """

    def lookup(self, merchant: str, kind: str, value: str) -> str:
        """Keyed hash of an identifier, 22 URL-safe characters: equal within a merchant, useless without the key."""
