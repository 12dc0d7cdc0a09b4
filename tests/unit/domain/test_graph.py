"""Who is one person: beside an independent union of sets, and by hand."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.graph import LARGEST, LOOKED_AT, MOST_BUYERS, member_of


class Book:
    """Sources by hand: who carries what, who was ever seen with what, who is cut from what."""

    def __init__(self, carried: dict[str, set[str]], seen: dict[str, set[str]] | None = None) -> None:
        self.carried = carried
        self.seen = seen or {
            identity: {buyer for buyer, all_ in carried.items() if identity in all_} for one in carried.values() for identity in one
        }
        self.cut: dict[str, set[str]] = {}
        self.reads = 0

    def rows(self, buyer: str) -> list[MemberOrder]:
        """One order that carries all."""
        self.reads += 1
        identities = tuple(sorted(self.carried.get(buyer, ())))
        return [MemberOrder(buyer, "p", "a", f"order-of-{buyer}", date(2026, 1, 1), True, "CNY", 1, identities)]

    def seen_with(self, identity: str, limit: int) -> list[str]:
        """Bounded."""
        return sorted(self.seen.get(identity, ()))[:limit]

    def severed(self, buyer: str) -> frozenset[str]:
        """Cut."""
        return frozenset(self.cut.get(buyer, ()))


def united(carried: dict[str, set[str]]) -> dict[str, tuple[str, ...]]:
    """The same by uniting sets, over all buyers at once."""
    groups = {buyer: {buyer} for buyer in carried}
    for identity in sorted({identity for one in carried.values() for identity in one}):
        holders = [buyer for buyer in carried if identity in carried[buyer]]
        if len(holders) <= MOST_BUYERS:
            whole = set().union(*(groups[buyer] for buyer in holders))
            for buyer in whole:
                groups[buyer] = whole
    return {buyer: tuple(sorted(group)) if len(group) <= LARGEST else (buyer,) for buyer, group in groups.items()}


@pytest.mark.parametrize("seed", range(200))
def test_members_are_what_hangs_together(seed: int) -> None:
    draw = Random(seed)
    carried = {
        f"b{number}": {f"e{draw.randint(1, 40)}" for _ in range(draw.choice((0, 1, 1, 2, 3)))}
        for number in range(draw.randint(1, 45))
    }
    book, expected = Book(carried), united(carried)
    for buyer in carried:
        found = member_of(buyer, book)
        assert found.buyers == expected[buyer]
        assert found.name == expected[buyer][0]
        assert {row.member for row in found.rows} == set(found.buyers)


def crowd(number: int, identity: str = "e") -> dict[str, set[str]]:
    """So many buyers with one identity."""
    return {f"b{index:02}": {identity} for index in range(number)}


def test_five_with_one_address_are_a_household_and_six_are_nobody() -> None:
    assert len(member_of("b00", Book(crowd(5))).buyers) == 5
    assert member_of("b00", Book(crowd(6))).buyers == ("b00",)


def test_who_no_longer_carries_it_does_not_count() -> None:
    seen = {"e": {f"b{index:02}" for index in range(9)}}
    book = Book({"b00": {"e"}, "b01": {"e"}}, seen)
    assert member_of("b00", book).buyers == ("b00", "b01")
    assert member_of("b05", book).buyers == ("b05",)


def test_an_identity_of_thousands_is_not_read_through() -> None:
    book = Book(crowd(5000))
    assert member_of("b00", book).buyers == ("b00",)
    assert book.reads <= LOOKED_AT + 1


def test_a_chain_too_long_links_nobody_wherever_it_is_begun() -> None:
    carried = {f"b{index:02}": {f"e{index}", f"e{index + 1}"} for index in range(LARGEST + 1)}
    book = Book(carried)
    assert all(member_of(buyer, book).buyers == (buyer,) for buyer in carried)
    del book.carried["b00"]
    assert len(member_of("b05", book).buyers) == LARGEST


def test_whoever_is_cut_from_an_identity_is_somebody_else_on_both_sides() -> None:
    book = Book({"b1": {"e", "f"}, "b2": {"e"}, "b3": {"f"}})
    assert len(member_of("b2", book).buyers) == 3
    book.cut = {"b1": {"e"}}
    assert [member_of(buyer, book).buyers for buyer in ("b1", "b2", "b3")] == [("b1", "b3"), ("b2",), ("b1", "b3")]
