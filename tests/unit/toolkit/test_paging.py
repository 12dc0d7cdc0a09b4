"""Paging: every page once, loops and early ends are errors."""

from __future__ import annotations

import pytest

from chalicelib.errors import Permanent
from chalicelib.toolkit.paging import must_continue, paged


def _book(pages: dict[str | None, tuple[int, str | None]], asked: list[str | None]) -> list[tuple[int, str | None]]:
    def fetch(cursor: str | None) -> tuple[int, str | None]:
        asked.append(cursor)
        return pages[cursor]

    return list(paged(fetch, None, connector="x"))


def test_every_page_once_in_order() -> None:
    asked: list[str | None] = []
    assert _book({None: (1, "a"), "a": (2, "b"), "b": (3, None)}, asked) == [(1, "a"), (2, "b"), (3, None)]
    assert asked == [None, "a", "b"]


def test_a_repeated_cursor_raises_before_it_is_asked_again() -> None:
    asked: list[str | None] = []
    with pytest.raises(Permanent, match="cursor-repeated"):
        _book({None: (1, "a"), "a": (2, "b"), "b": (3, "a")}, asked)
    assert asked == [None, "a", "b"]


def test_the_start_cursor_counts_as_seen() -> None:
    with pytest.raises(Permanent, match="cursor-repeated"):
        list(paged(lambda cursor: (cursor, "a"), "a", connector="x"))


def test_more_after_the_last_page_allowed_raises() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        list(paged(lambda cursor: (0, f"{cursor}x"), None, connector="x", limit=3))


def test_more_without_a_cursor_is_a_truncated_pull() -> None:
    assert must_continue(False, "ignored", connector="x", path="$") is None
    assert must_continue(True, "a", connector="x", path="$") == "a"
    for empty in (None, ""):
        with pytest.raises(Permanent, match="pull-truncated"):
            must_continue(True, empty, connector="x", path="$.endCursor")
