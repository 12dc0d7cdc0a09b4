"""Who was erased, and what may still be kept of what is told of them. Used by whatever would make a data key for a person.

A tombstone lies where the key of a subject lay, in the table of keys, and others lie there by the keyed hashes of the person's
e-mail addresses, numbers and unionids, for buyers that were not known yet. It has the time of the erasure. What happened up to then
is counted and nothing else; what happened later is a new acquaintance, kept under the subject's heir, so that what was sealed
before stays shut.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from chalicelib.errors import Permanent
from chalicelib.ports_machine import Vault

ERASED = "erased:"  # an identity in the place of those of an erased person: it names nobody, and keeps their buyers one
GENERATIONS = 8  # erasures of one buyer, each of whom came back


class Owner(NamedTuple):
    """Whose something is. `is_erased`: of it nothing personal may be kept."""

    subject: str
    is_erased: bool


def mark(subject: str) -> str:
    """The identity that says that a subject was erased."""
    return f"{ERASED}{subject}"


def marks(buyers: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The identities that take the place of all others of an erased person's buyers, by buyer.

    Each buyer shares one with the next, so that they stay one person in the sums, and none is shared by more than two.
    """
    names = sorted(buyers)
    return {name: tuple(mark(each) for each in names[max(index - 1, 0) : index + 1]) for index, name in enumerate(names)}


def is_marked(identities: Iterable[str]) -> bool:
    """Whether an order, or a row of one, is of an erased person."""
    return any(identity.startswith(ERASED) for identity in identities)


def heir(vault: Vault, merchant: str, subject: str) -> str:
    """Under whom is kept what an erased buyer did afterwards."""
    return vault.lookup(merchant, "heir", subject)


def owner(vault: Vault, merchant: str, subject: str, identities: Collection[str] = (), at: datetime | None = None) -> Owner:
    """Whose something of a subject is that happened `at`; None: nobody knows when, and it is taken to be from before.

    Where an identity was erased and the subject is new, the vault shuts the subject as well, so that all of it goes by one rule.
    """
    since: datetime | None = None
    for _ in range(GENERATIONS):
        gone = vault.erased(merchant, subject, identities, since)
        if gone is None:
            return Owner(subject, False)
        if at is None or at <= gone:
            return Owner(subject, True)
        subject, since = heir(vault, merchant, subject), gone
    raise Permanent("erased-too-often", "this buyer was erased more often than anybody is")


def generations(vault: Vault, merchant: str, subject: str) -> tuple[str, ...]:
    """A subject and its heirs, the living one last."""
    found = [subject]
    while len(found) <= GENERATIONS and vault.erased(merchant, found[-1]) is not None:
        found.append(heir(vault, merchant, found[-1]))
    return tuple(found)
