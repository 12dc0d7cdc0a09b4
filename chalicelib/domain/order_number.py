"""Order numbers, as people write them down and ask for them. Pure.

A platform's number is its own only within an account, and is not always the order's id. Neighbouring numbers, which differ in their
last sign, are kept together: `#1041` to `#1049` are one place in the table (ADR 0024).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.domain.facts import Fact
from chalicelib.domain.record import OrderKey

LONGEST = 64


class Place(NamedTuple):
    """Where a number is kept: with its neighbours, and by which sign among them."""

    neighbours: str
    sign: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """An order and the number that it goes by."""

    order: OrderKey
    number: str


def spelled(number: str) -> str:
    """A number in one spelling: as wide, lower and bare as it goes, without the `#` that shops put before it."""
    plain = "".join(unicodedata.normalize("NFKC", number).casefold().split())
    return plain.lstrip("#")


def place_of(number: str) -> Place | None:
    """Where a number is kept; None for what is no number, or longer than any is."""
    plain = spelled(number)
    return Place(plain[:-1], plain[-1]) if 0 < len(plain) <= LONGEST else None


def numbered(fact: Fact) -> Numbered | None:
    """The number that an order's row tells; None where it is its id, which needs no looking up."""
    kind, _, order_id = fact.row.partition("#")
    number = fact.doc.get("no")
    if kind != "o" or not isinstance(number, str) or spelled(number) == spelled(order_id):
        return None
    return Numbered(OrderKey(fact.cell.merchant, fact.cell.platform, fact.cell.account, order_id), number)
