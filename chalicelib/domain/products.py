"""The product master: what a merchant knows about the things it sells, joined to orders by sku. Pure.

A row says what holds for one sku from a day on; without a day, from ever. What a later row leaves open stays as an earlier row
told it. A cost before the first row that tells one is unknown: the first cost is never carried back, since a cost, unlike a
category, is a matter of its day.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Literal, get_args

Role = Literal["traffic", "profit", "image"]
Structure = Literal["hero", "core", "long-tail", "new"]
ROLES: tuple[Role, ...] = get_args(Role)
STRUCTURES: tuple[Structure, ...] = get_args(Structure)


@dataclass(frozen=True, slots=True)
class ProductInfo:
    """One sku as it stands from `since` on (None: from ever). None, or an empty category: not told.

    `cost` of one piece in minor units of `currency`; both or neither. `category` from the broadest to the narrowest, at most three
    (大类, 中类, 小类). `fast`: sells fast, so that it needs the safety stock of fast sellers. `safety_days` of stock to keep;
    `lead_days` from ordering at the supplier to having it.
    """

    sku: str
    cost: int | None = None
    currency: str | None = None
    category: tuple[str, ...] = ()
    role: Role | None = None
    structure: Structure | None = None
    weight_grams: int | None = None
    fast: bool | None = None
    safety_days: int | None = None
    lead_days: int | None = None
    since: date | None = None


@dataclass(frozen=True)
class Products:
    """The master by sku. `rows` in any order; ValueError when a sku has two rows from one day."""

    rows: tuple[ProductInfo, ...] = ()

    @staticmethod
    def of(rows: Iterable[ProductInfo]) -> Products:
        """The master of some rows."""
        return Products(tuple(sorted(rows, key=_order)))

    def get(self, sku: str, day: date | None = None) -> ProductInfo | None:
        """What holds for a sku on a day, the newest without one; None for a sku that is not in the master.

        On a day before the sku's first row, all but its cost is that of the first row.
        """
        found = self._by_sku.get(sku)
        if found is None:
            return None
        stands = found if day is None else found[: bisect_right(found, day, key=_since)]
        return stands[-1] if stands else replace(found[0], cost=None, currency=None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_sku)

    def __len__(self) -> int:
        return len(self._by_sku)

    def __contains__(self, sku: object) -> bool:
        return sku in self._by_sku

    @cached_property
    def fingerprint(self) -> str:
        """Changes when anything about any sku could differ."""
        told = [tuple(getattr(row, field.name) for field in fields(ProductInfo)) for row in sorted(self.rows, key=_order)]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]

    @cached_property
    def goods(self) -> SoldGoods:
        """What sums of orders depend on: of each sku the newest main category and weight."""
        return SoldGoods(self)

    @cached_property
    def _by_sku(self) -> dict[str, list[ProductInfo]]:
        """Each sku's rows by day, what a row leaves open filled in from those before it."""
        found: dict[str, list[ProductInfo]] = {}
        for row in sorted(self.rows, key=_order):
            before = found.setdefault(row.sku, [])
            if before and before[-1].since == row.since:
                raise ValueError("a sku has two rows from one day")
            before.append(_filled(row, before[-1]) if before else row)
        return found


class SoldGoods:
    """`facts.Goods` by the product master. Its fingerprint leaves costs alone, so that a new cost makes no cell stale."""

    def __init__(self, products: Products) -> None:
        stands = {sku: products.get(sku) for sku in products}
        self._told = {sku: (info.category[:1], info.weight_grams) for sku, info in stands.items() if info}
        told = sorted((sku, *each) for sku, each in self._told.items() if any(each))
        self._fingerprint = hashlib.sha256(repr(told).encode()).hexdigest()[:12] if told else ""

    @property
    def fingerprint(self) -> str:
        """Changes when an answer could; "" where there is none to any question, as without a product master."""
        return self._fingerprint

    def category_of(self, item: str) -> str:
        """The main category, "" when it has none or is not known."""
        found = self._told.get(item)
        return found[0][0] if found and found[0] else ""

    def grams_of(self, item: str) -> int | None:
        """What one piece weighs, None when that is not known."""
        found = self._told.get(item)
        return found[1] if found else None


def _filled(row: ProductInfo, before: ProductInfo) -> ProductInfo:
    cost, currency = (row.cost, row.currency) if row.cost is not None else (before.cost, before.currency)
    return replace(
        row,
        cost=cost,
        currency=currency,
        category=row.category or before.category,
        role=row.role or before.role,
        structure=row.structure or before.structure,
        weight_grams=before.weight_grams if row.weight_grams is None else row.weight_grams,
        fast=before.fast if row.fast is None else row.fast,
        safety_days=before.safety_days if row.safety_days is None else row.safety_days,
        lead_days=before.lead_days if row.lead_days is None else row.lead_days,
    )


def _since(row: ProductInfo) -> date:
    return row.since or date.min


def _order(row: ProductInfo) -> tuple[str, date]:
    return row.sku, _since(row)
