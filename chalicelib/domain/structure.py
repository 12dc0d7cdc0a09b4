"""What was sold by what a product is for the shop, against the shares that the merchant aims at. Pure.

A share is of the money that products of a known class brought in, and is exact. Money is that of the lines, before discounts of the
order that the platform does not allot to them; refunds are not in it, since few platforms allot them either. A product is of the
class that it had on the day it was sold. What has no class is named beside, and where that is most of the money nothing is judged.
Products are not placed by visits, for nobody tells visits by product; their margin is told by class and by role.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from chalicelib.domain.cost_parts import is_most
from chalicelib.domain.costs import CostBook
from chalicelib.domain.metrics import Sums
from chalicelib.domain.products import ROLES, STRUCTURES
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.worth import Days, Worth

TOP = 3
NAMED = 5
Place = Literal["below", "within", "above"]


@dataclass(frozen=True, slots=True)
class Sold:
    """An item: pieces, and money in the merchant's currency."""

    sku: str
    title: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Group:
    """Items of one class or role. `share` of all that have one; `band` in permille, None where nobody aims at anything.

    `margin` after the cost of goods alone, of the money whose cost is known; `costed` tells of which share that is.
    """

    name: str
    items: int
    amount: int
    share: Ratio
    band: tuple[int, int] | None
    margin: Ratio
    costed: Ratio
    top: tuple[Sold, ...]

    @property
    def place(self) -> Place | None:
        """Where its share lies to its band; None where either is unknown."""
        if self.band is None or self.share.numerator is None or not self.share.denominator:
            return None
        low, high = (bound * self.share.denominator for bound in self.band)
        mine = self.share.numerator * 1000
        return "below" if mine < low else "above" if mine > high else "within"


@dataclass(frozen=True, slots=True)
class ProductStructure:
    """`classes` in the order of STRUCTURES, `roles` likewise. `classed`: the share of money that has a class; `judged`: it is most.

    `aside`: the largest of `lacking` items that have none; orders that tell no lines are in no class and in the whole.
    `unrated`: currencies without a rate, which are in no figure.
    """

    classes: tuple[Group, ...]
    roles: tuple[Group, ...]
    classed: Ratio
    judged: bool
    aside: tuple[Sold, ...]
    lacking: int
    unrated: tuple[str, ...]


@dataclass(slots=True)
class _Tally:
    """A group while it is added up, by item: [pieces, money, money of known cost, cost]."""

    items: dict[str, list[int]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def add(self, sku: str, title: str, quantity: int, amount: int, cost: int | None) -> None:
        entry = self.items.setdefault(sku, [0, 0, 0, 0])
        self.titles[sku] = max(self.titles.get(sku, ""), title)
        entry[0] += quantity
        entry[1] += amount
        if cost is not None:
            entry[2] += amount
            entry[3] += cost

    def sum(self, place: int) -> int:
        return sum(entry[place] for entry in self.items.values())

    def top(self, count: int) -> tuple[Sold, ...]:
        ranked = sorted(self.items, key=lambda sku: (-self.items[sku][1], sku))[:count]
        return tuple(Sold(sku, self.titles[sku], *self.items[sku][:2]) for sku in ranked)


def product_structure(days: Days, book: CostBook) -> ProductStructure | None:
    """Of some days. None where the product master knows no class of anything, or nothing was sold."""
    if not any(row.structure for row in book.products.rows):
        return None
    classes: dict[str, _Tally] = {name: _Tally() for name in STRUCTURES}
    roles: dict[str, _Tally] = {name: _Tally() for name in ROLES}
    aside, unrated, unknown = _Tally(), set[str](), 0
    for day, booked in days.items():
        worth = Worth(book.rates, day, unrated)
        unknown += sum(worth.of(sums.lineless_gmv, currency) or 0 for by in booked.values() for currency, sums in by.items())
        for sku, title, quantity, amount in _items(booked.values(), worth):
            info = book.products.get(sku, day)
            told = (sku, title, quantity, amount, worth.cost_of(info, quantity))
            (classes[info.structure] if info and info.structure else aside).add(*told)
            if info and info.role:
                roles[info.role].add(*told)
    classed = sum(tally.sum(1) for tally in classes.values())
    whole = classed + aside.sum(1) + unknown
    if not any(tally.items for tally in (*classes.values(), aside)):
        return None
    return ProductStructure(
        classes=_groups(classes, book.terms.structure),
        roles=_groups({name: tally for name, tally in roles.items() if tally.items}, {}),
        classed=Ratio(classed, whole),
        judged=is_most(classed, whole, book.terms.least_covered),
        aside=aside.top(NAMED),
        lacking=len(aside.items),
        unrated=tuple(sorted(unrated)),
    )


def _items(accounts: Iterable[Mapping[str, Sums]], worth: Worth) -> Iterator[tuple[str, str, int, int]]:
    """(sku, title, pieces, money) of a day, in currencies that have a rate."""
    for by_currency in accounts:
        for currency, sums in by_currency.items():
            for product in sums.products.values():
                for sku, item in product.items.items():
                    amount = worth.of(item.amount, currency)
                    if amount is not None:
                        yield sku, product.title, item.quantity, amount


def _groups(tallies: Mapping[str, _Tally], bands: Mapping[str, tuple[int, int]]) -> tuple[Group, ...]:
    whole = sum(tally.sum(1) for tally in tallies.values())
    return tuple(
        Group(
            name=name,
            items=len(tally.items),
            amount=tally.sum(1),
            share=Ratio(tally.sum(1), whole),
            band=bands.get(name),
            margin=Ratio(tally.sum(2) - tally.sum(3), tally.sum(2)),
            costed=Ratio(tally.sum(2), tally.sum(1)),
            top=tally.top(TOP),
        )
        for name, tally in tallies.items()
    )
