"""The audit: every act stays, the newest first, each merchant's its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.adapters.table import Table
from chalicelib.errors import Retriable
from tests.functional.stack import Stack


def acts(stack: Stack, days: int = 3650, limit: int = 200) -> list[str]:
    return [row.act for row in stack.app.audit.read("demo", stack.clock.now() - timedelta(days=days), limit=limit)]


def test_rows_come_newest_first_over_months_and_years(stack: Stack) -> None:
    for number in range(5):
        stack.app.audit.note("demo", "li@demo.example", f"act-{number}", "order/1")
        stack.clock.at += timedelta(days=20)

    assert acts(stack) == ["act-4", "act-3", "act-2", "act-1", "act-0"]
    assert acts(stack, days=50) == ["act-4", "act-3"]
    assert acts(stack, limit=3) == ["act-4", "act-3", "act-2"]


def test_acts_of_one_instant_all_stay(stack: Stack) -> None:
    for number in range(20):
        stack.app.audit.note("demo", "li@demo.example", f"act-{number}", "order/1")

    assert sorted(acts(stack)) == sorted(f"act-{number}" for number in range(20))


def test_another_merchant_sees_nothing_of_it(moto_stack: Stack) -> None:
    moto_stack.app.audit.note("demo", "li@demo.example", "reveal", "order/1")

    assert moto_stack.app.audit.read("other", moto_stack.clock.now() - timedelta(days=1)) == []


def test_a_row_that_cannot_be_kept_is_told(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for the act has to leave it be."""

    def refused(*_: object, **__: object) -> bool:
        raise Retriable("table-unavailable", "refused on purpose")

    monkeypatch.setattr(Table, "put", refused)
    with pytest.raises(Retriable):
        moto_stack.app.audit.note("demo", "li@demo.example", "reveal", "order/1")


def test_words_are_bounded(moto_stack: Stack) -> None:
    moto_stack.app.audit.note("demo", "x" * 5000, "y" * 5000, "z" * 5000)

    (row,) = moto_stack.app.audit.read("demo", moto_stack.clock.now() - timedelta(days=1))
    assert (len(row.actor), len(row.act), len(row.subject)) == (200, 200, 200)
