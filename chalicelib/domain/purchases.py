"""What a person bought: the net of each day by currency, and on which platforms. The fact behind every standing. Pure.

It holds no policy: rates, tiers and rhythm are applied by whoever reads it, so that editing them rewrites nothing. Orders of one
day are one purchase; a member's row in the member cells is this and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from chalicelib.domain.facts import Cell, MemberOrder, Row

# A member cell is of no day. It has the last one there is, so that cells of real days come first where cells wait in order.
NO_DAY = date.max
KIND = "members"
PLACE = ("-", "members")  # in the place of platform and account, also where its buckets are kept


@dataclass(frozen=True, slots=True)
class Purchases:
    """`net`: (currency, ((day, minor units after refunds), ...)), both ascending. `platforms` ascending."""

    net: tuple[tuple[str, tuple[tuple[date, int], ...]], ...]
    platforms: tuple[str, ...]
    last_platform: str

    @property
    def days(self) -> tuple[date, ...]:
        """The distinct days of purchase, ascending."""
        return tuple(sorted({day for _, dated in self.net for day, _ in dated}))


def member_cell(merchant: str, bucket: int) -> Cell:
    """The cell of a bucket of members."""
    return Cell(merchant, NO_DAY, KIND, *PLACE, bucket)


def purchases_of(rows: Iterable[MemberOrder]) -> Purchases | None:
    """From a person's rows; None without one that counts. Of several platforms on the last day the last by name is the last."""
    counted = [row for row in rows if row.counts]
    if not counted:
        return None
    net: dict[str, dict[date, int]] = {}
    for row in counted:
        dated = net.setdefault(row.currency, {})
        dated[row.day] = dated.get(row.day, 0) + row.net
    return Purchases(
        net=tuple((currency, tuple(sorted(dated.items()))) for currency, dated in sorted(net.items())),
        platforms=tuple(sorted({row.platform for row in counted})),
        last_platform=max((row.day, row.platform) for row in counted)[1],
    )


def row_of(purchases: Purchases) -> dict[str, Any]:
    """As a member cell keeps it: `{"n": {currency: [day, net, days later, net, ...]}, "p": [last platform, others ...]}`."""
    others = [platform for platform in purchases.platforms if platform != purchases.last_platform]
    return {"n": {currency: _flat(dated) for currency, dated in purchases.net}, "p": [purchases.last_platform, *others]}


def purchases_in(row: Row) -> Purchases:
    """From a row again."""
    platforms: list[str] = row["p"]
    return Purchases(
        net=tuple((currency, _dated(flat)) for currency, flat in sorted(row["n"].items())),
        platforms=tuple(sorted(platforms)),
        last_platform=platforms[0],
    )


def days_in(row: Row) -> list[int]:
    """The distinct days of purchase in a row, ascending ordinals, without the rest of it."""
    days = [list(accumulate(flat[::2])) for flat in row["n"].values()]
    return days[0] if len(days) == 1 else sorted(set().union(*days))


def _flat(dated: Iterable[tuple[date, int]]) -> list[int]:
    flat: list[int] = []
    before = 0
    for day, net in dated:
        flat += [day.toordinal() - before, net]
        before = day.toordinal()
    return flat


def _dated(flat: list[int]) -> tuple[tuple[date, int], ...]:
    dated, day = [], 0
    for place in range(0, len(flat), 2):
        day += flat[place]
        dated.append((date.fromordinal(day), flat[place + 1]))
    return tuple(dated)
