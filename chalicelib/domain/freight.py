"""What a parcel costs to send: a table by carrier, region and weight, from a day on. Pure.

A row speaks of a carrier, a country and a province; `*` stands for every one. The row that says most holds: the carrier's own
before everybody's, then a province before its country before everywhere; among these the latest that began. A parcel that no row
speaks of has no price, which is not the price nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

ANY = "*"
MOST_ANSWERS = 20_000
# Provinces are written with and without what they are.
_PROVINCE = re.compile(r"(?:特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)$")


@dataclass(frozen=True, slots=True)
class FreightRow:
    """A price: `first_price` up to `first_grams`, and `step_price` for each `step_grams` begun above (None: it never costs more).

    Minor units of `currency`. `promised_days` from leaving to being delivered. `since`: from which day on, None from ever.
    """

    carrier: str
    country: str
    province: str
    first_grams: int
    first_price: int
    currency: str
    step_grams: int | None = None
    step_price: int | None = None
    promised_days: int | None = None
    since: date | None = None

    @property
    def by_weight(self) -> bool:
        """Whether the weight changes the price."""
        return bool(self.step_grams and self.step_price)

    def price(self, grams: int) -> int:
        """Of a parcel of so many grams."""
        if not self.step_grams or not self.step_price or grams <= self.first_grams:
            return self.first_price
        return self.first_price + -(-(grams - self.first_grams) // self.step_grams) * self.step_price


@dataclass(frozen=True)
class Freight:
    """The table. ValueError when two rows say the same from one day."""

    rows: tuple[FreightRow, ...] = ()

    def row(self, carrier: str, region: str, day: date) -> FreightRow | None:
        """What holds for a parcel on a day. `carrier` "" unknown; `region` "CN 浙江", or "" unknown."""
        asked = (carrier, region, day)
        if asked not in self._answers:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            self._answers[asked] = self._row(carrier, region, day)
        return self._answers[asked]

    def _row(self, carrier: str, region: str, day: date) -> FreightRow | None:
        country, _, province = region.partition(" ")
        for place in _places(_named(carrier), _named(country), _province(province)):
            begun = [row for row in self._by_place.get(place, ()) if row.since is None or row.since <= day]
            if begun:
                return begun[-1]
        return None

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _answers(self) -> dict[tuple[str, str, date], FreightRow | None]:
        """Every account of a day asks the same."""
        return {}

    @cached_property
    def _by_place(self) -> dict[tuple[str, str, str], list[FreightRow]]:
        found: dict[tuple[str, str, str], list[FreightRow]] = {}
        for row in sorted(self.rows, key=lambda row: row.since or date.min):
            there = found.setdefault(place_of(row), [])
            if there and there[-1].since == row.since:
                raise ValueError("two rows say what a parcel costs from one day")
            there.append(row)
        return found


def place_of(row: FreightRow) -> tuple[str, str, str]:
    """What a row speaks of, spelt as rows are compared."""
    return _named(row.carrier), _named(row.country), _province(row.province)


def _places(carrier: str, country: str, province: str) -> Iterator[tuple[str, str, str]]:
    for who in dict.fromkeys((carrier, ANY)) if carrier else (ANY,):
        if country and province:
            yield who, country, province
        if country:
            yield who, country, ANY
        yield who, ANY, ANY


def _named(text: str) -> str:
    return " ".join(text.split()).casefold()


def _province(text: str) -> str:
    return _PROVINCE.sub("", "".join(text.split()).casefold())
