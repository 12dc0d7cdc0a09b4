"""Several listings, each in windows, each window from its last page back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.errors import Permanent
from chalicelib.toolkit.windows import sweep

Asked = list[tuple[str, int, int, int]]


def listing(name: str, rows: list[int], asked: Asked) -> tuple[str, Callable[[int, int, int], tuple[list[str], int]]]:
    def fetch(start: int, end: int, page: int) -> tuple[list[str], int]:
        asked.append((name, start, end, page))
        found = [f"{name}{row}" for row in rows if start <= row < end]
        return found[page * 2 : page * 2 + 2], len(found)

    return name, fetch


def run(asked: Asked, cursor: str | None = None) -> list[tuple[list[str], str | None]]:
    listings = [listing("a", [1, 2, 3, 11], asked), listing("b", [12], asked)]
    walk = sweep(listings, 0, 20, cursor, longest=10, size=2, depth=100, connector="x")
    return [(list(rows), following) for rows, following in walk]


def test_every_row_of_every_listing_comes_once_and_pages_run_backwards() -> None:
    """No window is longer than asked for, and the last page of one comes first."""
    asked: Asked = []
    pages = run(asked)
    assert [row for rows, _ in pages for row in rows] == ["a3", "a1", "a2", "a11", "b12"]
    assert all(end - start <= 10 for _, start, end, _ in asked)
    assert pages[-1][1] is None


def test_any_cursor_resumes_behind_its_page() -> None:
    """What follows a cursor is what followed it before."""
    pages = run([])
    for place, (_, cursor) in enumerate(pages[:-1]):
        assert run([], cursor) == pages[place + 1 :]


@pytest.mark.parametrize("cursor", ["c:0:", "a:5:", "a:0:x", "nonsense"])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    """It is not taken for the beginning."""
    with pytest.raises(Permanent, match="cursor-malformed"):
        run([], cursor)
