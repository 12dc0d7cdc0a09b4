"""One person among a platform's buyers: who shares an identity with whom. Pure; it reads through what it is given.

Two buyers are linked when orders of both carry the same identity (a keyed hash of a verified e-mail, phone or unionid), unless more
than five buyers carry it (a household's till, a reseller, a test address: nobody's) or ops severed one of them from it. The member
is the connected whole, named by the least of its buyers. All this follows from what is stored and not from the order in which it
came, so that any order of events ends in the same members.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.facts import MemberOrder

MOST_BUYERS = 5  # of one identity that links
LOOKED_AT = 12  # so many that were ever seen with an identity are looked at; beyond it is shared, whoever carries it now
LARGEST = 32  # buyers of one member; what hangs together beyond is no person, and nobody of it is linked


@dataclass(frozen=True, slots=True)
class Member:
    """A person: the name, the buyers (subjects), ascending, and the rows of all their orders."""

    name: str
    buyers: tuple[str, ...]
    rows: tuple[MemberOrder, ...]


class Sources(Protocol):
    """What the graph is read from, each by consistent reads."""

    def rows(self, buyer: str) -> list[MemberOrder]:
        """A buyer's order rows."""
        ...

    def seen_with(self, identity: str, limit: int) -> list[str]:
        """Buyers that an identity was ever seen with, at most `limit`."""
        ...

    def severed(self, buyer: str) -> frozenset[str]:
        """The identities that ops cut a buyer from."""
        ...


def member_of(buyer: str, sources: Sources) -> Member:
    """The member that a buyer belongs to."""
    reading = _Reading(sources)
    found = {buyer}
    left = [buyer]
    while left:
        for other in reading.neighbours(left.pop()) - found:
            found.add(other)
            left.append(other)
        if len(found) > LARGEST:
            found = {buyer}
            break
    buyers = tuple(sorted(found))
    return Member(buyers[0], buyers, tuple(row for each in buyers for row in reading.rows(each)))


class _Reading:
    """One walk; everything is read once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._rows: dict[str, list[MemberOrder]] = {}
        self._carriers: dict[str, frozenset[str]] = {}
        self._severed: dict[str, frozenset[str]] = {}

    def rows(self, buyer: str) -> list[MemberOrder]:
        if buyer not in self._rows:
            self._rows[buyer] = self._sources.rows(buyer)
        return self._rows[buyer]

    def neighbours(self, buyer: str) -> set[str]:
        shared = ((identity, self._linked_by(identity)) for identity in sorted(self._identities(buyer)))
        return {other for identity, carriers in shared for other in carriers if self._is_link(buyer, other, identity)}

    def _identities(self, buyer: str) -> frozenset[str]:
        return frozenset(identity for row in self.rows(buyer) for identity in row.identities)

    def _linked_by(self, identity: str) -> frozenset[str]:
        """Who carries it now, if they are few enough."""
        if identity not in self._carriers:
            seen = self._sources.seen_with(identity, LOOKED_AT + 1)
            carriers = [each for each in seen if identity in self._identities(each)] if len(seen) <= LOOKED_AT else []
            self._carriers[identity] = frozenset(carriers if len(carriers) <= MOST_BUYERS else ())
        return self._carriers[identity]

    def _is_link(self, buyer: str, other: str, identity: str) -> bool:
        return buyer != other and identity not in self._cut(buyer) and identity not in self._cut(other)

    def _cut(self, buyer: str) -> frozenset[str]:
        if buyer not in self._severed:
            self._severed[buyer] = self._sources.severed(buyer)
        return self._severed[buyer]
