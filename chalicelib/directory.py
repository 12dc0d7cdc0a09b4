"""What is kept of contacts beside what was told of them: where each stands, whose it is, and which tags are ours. Ports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

SHELVES = 16


class Place(NamedTuple):
    """A contact as one employee (empty: the account's own follower) has them."""

    platform: str
    account: str
    contact: str
    employee: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact's row. `version` 0: not there yet.

    `told` is the version of the record that the row was made from. `identity` is the keyed hash of the person's unionid, from
    whichever telling knew it. `tags` are those that we have set, or may have; `sure`: the platform is known to have these.
    """

    place: Place
    version: int = 0
    told: int = 0
    identity: str | None = None
    active: bool = False
    tags: tuple[str, ...] = ()
    sure: bool = True


class DirectoryStore(Protocol):
    """Contacts' rows."""

    def read(self, merchant: str, place: Place) -> Entry:
        """A consistent read; version 0 when there is none."""

    def write(self, merchant: str, entry: Entry) -> bool:
        """Put with its version one above the one read, on condition that this still stands. False: somebody else was first."""

    def shelf(self, merchant: str, platform: str, account: str, shelf: int, after: tuple[str, str] | None) -> Iterator[Entry]:
        """The rows of one of an account's SHELVES in a fixed order, those behind `after` (contact, employee)."""
