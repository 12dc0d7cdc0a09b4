"""Merging is a join: that alone makes the result independent of arrival order."""

from __future__ import annotations

import pytest
from hypothesis import given

from chalicelib.domain.merge import Clock, Layers, canonical_text, flatten, leaves, live_lines, merge
from chalicelib.domain.record import contains, divide, unite
from tests.unit.domain.strategies import EXACT, layers


@pytest.mark.fault(31)
@EXACT
@given(layers(), layers())
def test_merge_is_commutative(one: Layers, other: Layers) -> None:
    assert merge(one, other) == merge(other, one)
    assert canonical_text(list(merge(one, other))) == canonical_text(list(merge(other, one)))


@EXACT
@given(layers(), layers(), layers())
def test_merge_is_associative(one: Layers, two: Layers, three: Layers) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three)) == merge(one, two, three)


@EXACT
@given(layers(), layers())
def test_merge_is_idempotent_and_absorbs_what_it_holds(one: Layers, other: Layers) -> None:
    whole = merge(one, other)
    assert merge(whole, whole) == merge(whole) == whole
    assert merge(whole, one) == whole
    assert merge(whole, other, one) == whole


@EXACT
@given(layers(), layers())
def test_every_field_stands_once_under_its_greatest_clock(one: Layers, other: Layers) -> None:
    kept = list(leaves(merge(one, other)))
    assert len({(entity, name) for _, entity, name, _ in kept}) == len(kept)
    told = [*leaves(one), *leaves(other)]
    for clock, entity, name, _ in kept:
        assert clock == max(c for c, e, n, _ in told if (e, n) == (entity, name))


@EXACT
@given(layers(), layers())
def test_what_is_contained_changes_nothing(one: Layers, other: Layers) -> None:
    whole = merge(one, other)
    for told in (one, other):
        if contains(whole, told):
            assert merge(whole, told) == whole
    assert contains(whole, whole)
    assert contains(merge(one), merge(one))


@EXACT
@given(layers())
def test_divide_and_unite_round_trip(told: Layers) -> None:
    whole = merge(told)
    plain, personal = divide(whole)
    assert unite(plain, personal) == whole
    assert not {(entity, name) for _, entity, name, _ in leaves(plain)} & {(e, n) for _, e, n, _ in leaves(personal)}
    for _, entity, name, _ in leaves(plain):
        assert entity not in ("buyer",) or name.startswith("_") or name not in ("id", "name", "email")
        assert not (entity.startswith("refund/") and name == "reason")


@pytest.mark.fault(31)
def test_equal_clocks_are_settled_by_the_value() -> None:
    at = Clock(5, 1, 0)
    one: Layers = {at: {"order": {"order_no": "A"}}}
    other: Layers = {at: {"order": {"order_no": "B"}}}
    assert merge(one, other) == merge(other, one) == other


@pytest.mark.fault(31)
def test_rank_and_source_break_ties_of_time_in_that_order() -> None:
    pushed: Layers = {Clock(5, 1, 0): {"status": {"s": ["paid", None]}}}
    pulled: Layers = {Clock(5, 1, 1): {"status": {"s": ["pulled", None]}}}
    ranked: Layers = {Clock(5, 2, 0): {"status": {"s": ["shipped", None]}}}
    assert flatten(merge(pushed, pulled))["status"]["s"][1] == ["pulled", None]
    assert flatten(merge(ranked, pulled))["status"]["s"][1] == ["shipped", None]


def test_a_line_that_a_newer_listing_leaves_out_is_dropped_and_comes_back_when_named_again() -> None:
    first: Layers = {Clock(1, 0, 0): {"lines": {"ids": ["a", "b"]}, "line/a": {"quantity": 1}, "line/b": {"quantity": 1}}}
    edit: Layers = {Clock(2, 0, 0): {"lines": {"ids": ["b"]}, "line/b": {"quantity": 2}}}
    again: Layers = {Clock(3, 0, 0): {"line/a": {"quantity": 7}}}
    assert live_lines(flatten(merge(first, edit))) == live_lines(flatten(merge(edit, first))) == ["b"]
    assert live_lines(flatten(merge(edit, again, first))) == live_lines(flatten(merge(first, again, edit))) == ["b", "a"]
