"""A member's portrait: standing, score, segment, stage and tier, all from what they bought and the merchant's terms. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.domain.lifecycle import Rhythm, Stage, Tier, stage, tier_of
from chalicelib.domain.money import exponent
from chalicelib.domain.rates import Rates
from chalicelib.domain.rfm import Grade, Scales, Score, Segment, Standing

if TYPE_CHECKING:  # the configuration names terms from here, and is read before a push is taken
    from chalicelib.domain.purchases import Purchases


@dataclass(frozen=True, slots=True)
class Points:
    """So many points for one unit of the merchant's currency: `numerator` / 10**`digits`."""

    numerator: int
    digits: int

    def earned(self, money: int, currency: str) -> int:
        """Whole points for an amount in minor units, rounded down; none for less than nothing."""
        whole: int = 10 ** (self.digits + exponent(currency))
        return max(money, 0) * self.numerator // whole


@dataclass(frozen=True, slots=True)
class Terms:
    """How the merchant looks at members. `tiers` ascending; what they and points are reached by lies within `period_days`."""

    rates: Rates
    rhythm: Rhythm = field(default_factory=Rhythm)
    tiers: tuple[Tier, ...] = ()
    period_days: int = 365
    points: Points | None = None


@dataclass(frozen=True, slots=True)
class Portrait:
    """A member on a day. `days`: distinct days of counted purchases, ascending; `money`: net minor units, the merchant's currency.

    `unrated`: currencies that lack a rate, whose amounts are in no figure here. `points` are None where the merchant gives none.
    """

    member: str
    days: tuple[date, ...]
    money: int
    score: Score
    segment: Segment
    stage: Stage
    tier: str | None
    platforms: frozenset[str]
    last_platform: str
    unrated: tuple[str, ...] = ()
    points: int | None = None


class _Bought(NamedTuple):
    """A member's purchases and what they come to: distinct days, money, the currencies that are not in it."""

    member: str
    purchases: Purchases
    days: tuple[date, ...]
    money: int
    unrated: tuple[str, ...]


def portrait_of(member: str, purchases: Purchases, today: date, scales: Scales, terms: Terms) -> Portrait:
    """The portrait of a member with these purchases."""
    bought = _bought(member, purchases, terms)
    return _draw(bought, scales.grade(Standing(bought.days[-1], len(bought.days), bought.money)), today, terms)


def portraits_of(members: Iterable[tuple[str, Purchases]], today: date, scales: Scales, terms: Terms) -> Iterator[Portrait]:
    """Of many members at once, which is quicker."""
    all_bought = [_bought(member, purchases, terms) for member, purchases in members]
    grades = scales.grades(
        [bought.days[-1].toordinal() for bought in all_bought],
        [len(bought.days) for bought in all_bought],
        [bought.money for bought in all_bought],
    )
    for bought, grade in zip(all_bought, grades, strict=True):
        yield _draw(bought, grade, today, terms)


def _bought(member: str, purchases: Purchases, terms: Terms) -> _Bought:
    return _Bought(member, purchases, purchases.days, *worth(purchases, terms.rates))


def _draw(bought: _Bought, grade: Grade, today: date, terms: Terms) -> Portrait:
    began = today - timedelta(days=terms.period_days)
    lately, _ = worth(bought.purchases, terms.rates, began)
    tier = tier_of(lately, sum(day > began for day in bought.days), terms.tiers)
    return Portrait(
        member=bought.member,
        days=bought.days,
        money=bought.money,
        score=grade[0],
        segment=grade[1],
        stage=stage(bought.days, today, terms.rhythm),
        tier=tier.name if tier else None,
        platforms=frozenset(bought.purchases.platforms),
        last_platform=bought.purchases.last_platform,
        unrated=bought.unrated,
        points=terms.points.earned(lately, terms.rates.currency) if terms.points else None,
    )


def worth(purchases: Purchases, rates: Rates, after: date | None = None) -> tuple[int, tuple[str, ...]]:
    """The net in the merchant's currency, each day at its own rate, and the currencies that have none, which are not in it.

    `after`: only of the days after this one.
    """
    money, unrated = 0, []
    for currency, dated in purchases.net:
        for day, net in dated:
            if after is not None and day <= after:
                continue
            converted = rates.convert(net, currency, day)
            if converted is None:
                unrated.append(currency)
                break
            money += converted
    return money, tuple(unrated)
