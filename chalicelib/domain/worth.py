"""A day's sums in the merchant's currency, and its parcels as freight tables ask for them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from chalicelib.domain.cost_terms import AccountKey
from chalicelib.domain.freight import Freight, FreightRow
from chalicelib.domain.metrics import UNWEIGHED, Sums
from chalicelib.domain.products import ProductInfo
from chalicelib.domain.rates import Rates

HALF_KILO = 500  # grams
Booked = Mapping[AccountKey, Mapping[str, Sums]]  # account -> currency -> sums
Days = Mapping[date, Booked]


@dataclass(frozen=True, slots=True)
class Worth:
    """A day's amounts in the merchant's currency; `unrated` gathers the currencies without a rate."""

    rates: Rates
    day: date
    unrated: set[str]

    def of(self, minor: int, currency: str) -> int | None:
        """None where there is no rate."""
        found = self.rates.convert(minor, currency, self.day)
        if found is None:
            self.unrated.add(currency)
        return found

    def cost_of(self, info: ProductInfo | None, quantity: int) -> int | None:
        """What so many pieces cost; None where it is not known, or has no rate."""
        if info is None or info.cost is None or info.currency is None:
            return None
        return self.of(info.cost * quantity, info.currency)

    def freight_of(self, parcels: Parcels, row: FreightRow | None) -> int | None:
        """What sending them cost; None where nobody tells it, as of an unknown weight where the weight matters."""
        if row is None or (parcels.half_kilos == UNWEIGHED and row.by_weight):
            return None
        return self.of(row.price(max(parcels.half_kilos, 0) * HALF_KILO) * parcels.number, row.currency)


class Parcels(NamedTuple):
    """Parcels of one kind. `half_kilos` begun, UNWEIGHED where not known."""

    carrier: str
    region: str
    half_kilos: int
    number: int


def parcels_of(sums: Sums) -> Iterator[Parcels]:
    """All parcels of some sums."""
    for carrier, regions in sums.parcels.items():
        for region, weights in regions.items():
            for half_kilos, number in weights.items():
                yield Parcels(carrier, region, half_kilos, number)


class Freighted(NamedTuple):
    """What freight cost: `cost` of `known` parcels out of `all`."""

    cost: int = 0
    known: int = 0
    all: int = 0

    def plus(self, other: Freighted) -> Freighted:
        """Both."""
        return Freighted(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def freighted(sums: Sums, table: Freight, worth: Worth) -> dict[str, Freighted]:
    """What parcels of a day cost, by carrier."""
    found: dict[str, Freighted] = {}
    for parcels in parcels_of(sums):
        cost = worth.freight_of(parcels, table.row(parcels.carrier, parcels.region, worth.day))
        told = Freighted(cost or 0, 0 if cost is None else parcels.number, parcels.number)
        found[parcels.carrier] = found.get(parcels.carrier, Freighted()).plus(told)
    return found
