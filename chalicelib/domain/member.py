"""A member's profile, recomputed from the member's own order rows, and the arm they are in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from chalicelib.domain.facts import Cell, MemberOrder

DUE_BUCKETS = 16  # a day of the due index is spread over as many keys, so that 11.11 is no hot key


@dataclass(frozen=True, slots=True)
class Visit:
    """A day on which the member bought at an account; `new` when it is the day of their first order ever."""

    platform: str
    account: str
    day: date
    new: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """What a member's counted orders come to. `net` is minor units by currency, after refunds."""

    orders: int = 0
    first_day: date | None = None
    last_day: date | None = None
    net: dict[str, int] = field(default_factory=dict)
    visits: frozenset[Visit] = frozenset()


def profile_of(rows: Iterable[MemberOrder]) -> Profile:
    """Recompute a profile; rows that do not count contribute nothing."""
    counted = [row for row in rows if row.counts]
    if not counted:
        return Profile()
    first = min(row.day for row in counted)
    net: dict[str, int] = {}
    for row in counted:
        net[row.currency] = net.get(row.currency, 0) + row.net
    return Profile(
        orders=len(counted),
        first_day=first,
        last_day=max(row.day for row in counted),
        net=dict(sorted(net.items())),
        visits=frozenset(Visit(row.platform, row.account, row.day, row.day == first) for row in counted),
    )


def people_rows(merchant: str, visits: Iterable[Visit], bucket: int) -> dict[Cell, bool]:
    """The people cells a member stands in, with whether they are new there."""
    return {Cell(merchant, visit.day, "people", visit.platform, visit.account, bucket): visit.new for visit in visits}


def place_in(buckets: tuple[int, int], member: str) -> int:
    """The bucket, of (first, how many), that a new member's row goes to."""
    first, width = buckets
    return first + _hash("place", member) % width


def due_bucket(member: str) -> int:
    """Which of the due index's buckets a member lies in."""
    return _hash("due", member) % DUE_BUCKETS


def holdout(merchant: str, campaign: str, member: str, permille: int) -> bool:
    """Whether the member is in the campaign's holdout: the same for ever, independent between campaigns.

    A sticky hash over 2**64, compared with the share in permille; the arm is recorded when first drawn.
    """
    return _hash("arm", merchant, campaign, member) * 1000 < permille * 2**64


def share(merchant: str, campaign: str, member: str) -> int:
    """A number from 0 to 2**64 - 1 that is a member's in a campaign for ever, independent of the arm: which variant they read."""
    return _hash("variant", merchant, campaign, member)


def _hash(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:8], "big")
