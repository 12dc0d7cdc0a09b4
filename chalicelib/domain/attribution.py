"""What the people whom a campaign drew did afterwards, by the arm they were drawn in. Pure.

By person, as drawn (intention to treat): who was drawn as treated counts so, whether a message reached them or not. An order
counts once, however often the person was drawn. A person who was drawn in both arms, before their buyers were known to be one, is
counted in neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from chalicelib.domain.coupons import name_of
from chalicelib.domain.lift import Arm

ArmName = Literal["treated", "holdout"]


@dataclass(frozen=True, slots=True)
class Draw:
    """A member drawn on `day` for an occasion. `arm` None: known to be of both when drawn."""

    day: date
    occasion: date
    arm: ArmName | None

    def window(self, conversion_days: int) -> tuple[date, date]:
        """First and last day of the orders that count for it.

        From the day of the draw on: whoever has been silent until then has not bought that day before it. Where the occasion is
        that very day, or still to come, the day's order may be the occasion itself: from the day after.
        """
        first = self.day if self.occasion < self.day else self.day + timedelta(days=1)
        return first, self.day + timedelta(days=conversion_days)


@dataclass(frozen=True, slots=True)
class Bought:
    """A counted order. `worth`: net in minor units of the merchant's currency, None where that is unknown; `net` in its own."""

    order: str
    day: date
    currency: str
    net: int
    worth: int | None
    coupons: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A person: their draws for the campaign that are looked at, and their orders.

    `codes`: names of those they were given; `clicked` any link. `arms`: those of all their draws, also of others.
    """

    name: str
    draws: tuple[Draw, ...]
    orders: tuple[Bought, ...] = ()
    codes: frozenset[str] = frozenset()
    clicked: bool = False
    arms: frozenset[ArmName] = frozenset()

    @property
    def arm(self) -> ArmName | None:
        """The arm of all their draws, None where these differ."""
        arms = {draw.arm for draw in self.draws} | self.arms
        return arms.pop() if len(arms) == 1 else None

    def within(self, conversion_days: int) -> list[Bought]:
        """The orders in the window of any draw, each once, by day."""
        windows = [draw.window(conversion_days) for draw in self.draws]
        found = {each.order: each for each in self.orders if any(first <= each.day <= last for first, last in windows)}
        return sorted(found.values(), key=lambda each: (each.day, each.order))


@dataclass(frozen=True, slots=True)
class ArmOutcome:
    """What the people of an arm did. Amounts in minor units; `unrated` by currency, of orders whose worth is unknown.

    `revenue`: of each who bought, in ascending order. `with_code`: orders with the campaign's code or the person's own, and what
    those came to. `clicked`: people who used a link, and how many of them bought; that proves nothing about why.
    """

    members: int = 0
    revenue: tuple[int, ...] = ()
    orders: int = 0
    unrated: Mapping[str, int] = field(default_factory=dict)
    with_code: int = 0
    with_code_revenue: int = 0
    clicked: int = 0
    clicked_bought: int = 0

    @property
    def conversions(self) -> int:
        """How many people bought."""
        return len(self.revenue)

    @property
    def total(self) -> int:
        """What they brought."""
        return sum(self.revenue)

    @property
    def arm(self) -> Arm:
        """As the lift is reckoned from it."""
        return Arm(self.members, self.revenue)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Both arms, and how many people were of both."""

    treated: ArmOutcome
    holdout: ArmOutcome
    apart: int


def attribute(people: Iterable[Drawn], conversion_days: int, shared_code: str | None = None) -> Outcome:
    """Both arms, in whatever order the people come. `shared_code`: the code that everybody was given."""
    arms: dict[ArmName, list[Drawn]] = {"treated": [], "holdout": []}
    apart = 0
    for person in people:
        if person.arm is None:
            apart += 1
        else:
            arms[person.arm].append(person)
    shared = frozenset((name_of(shared_code),)) if shared_code else frozenset()
    return Outcome(_outcome(arms["treated"], conversion_days, shared), _outcome(arms["holdout"], conversion_days, shared), apart)


def _outcome(people: Collection[Drawn], conversion_days: int, shared: frozenset[str]) -> ArmOutcome:
    revenue = []
    unrated: dict[str, int] = {}
    orders = coded = coded_revenue = clicked = clicked_bought = 0
    for person in people:
        found = person.within(conversion_days)
        clicked += person.clicked
        orders += len(found)
        if found:
            revenue.append(sum(each.worth or 0 for each in found))
            clicked_bought += person.clicked
        for each in found:
            if each.worth is None:
                unrated[each.currency] = unrated.get(each.currency, 0) + each.net
            if each.coupons & (shared | person.codes):
                coded += 1
                coded_revenue += each.worth or 0
    return ArmOutcome(
        members=len(people),
        revenue=tuple(sorted(revenue)),
        orders=orders,
        unrated=dict(sorted(unrated.items())),
        with_code=coded,
        with_code_revenue=coded_revenue,
        clicked=clicked,
        clicked_bought=clicked_bought,
    )
