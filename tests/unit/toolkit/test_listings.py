"""Several listings pulled one after the other: windows, cursors that resume anywhere, and cursors of others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chalicelib.errors import Permanent
from chalicelib.toolkit.windows import Listing, walk_back, walk_listings

ORDERS = {at: f"order-{at}" for at in range(25)}
REFUNDS = {at: f"refund-{at}" for at in range(3, 20, 4)}


def listing(name: str, rows: dict[int, str], size: int = 3, longest: int = 10) -> Listing[str]:
    def fetch(start: int, end: int, page: int) -> tuple[Sequence[str], int]:
        found = [row for at, row in sorted(rows.items()) if start <= at < end]
        return found[page * size : (page + 1) * size], len(found)

    return Listing(name, fetch, size, 100, longest)


BOTH = (listing("orders", ORDERS), listing("refunds", REFUNDS))


def test_every_row_of_every_listing_once() -> None:
    rows = [row for page, _ in walk_listings(BOTH, 0, 25, None, connector="x") for row in page]

    assert sorted(rows) == sorted([*ORDERS.values(), *REFUNDS.values()])
    assert [row.partition("-")[0] for row in rows] == ["order"] * 25 + ["refund"] * len(REFUNDS)


def test_resumes_after_any_page() -> None:
    pages = list(walk_listings(BOTH, 0, 25, None, connector="x"))

    assert pages[-1][1] is None
    for place, (_, cursor) in enumerate(pages[:-1]):
        rest = [page for page, _ in walk_listings(BOTH, 0, 25, cursor, connector="x")]
        assert rest == [page for page, _ in pages[place + 1 :]]


@pytest.mark.parametrize("cursor", ["", "nonsense", "orders:1:", "orders:0:x", "returns:0:"])
def test_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(walk_listings(BOTH, 0, 25, cursor, connector="x"))


class Growing:
    """A window, newest row first, into which rows come late: before the calls named in `late`."""

    def __init__(self, count: int, late: dict[int, int]) -> None:
        self.rows = list(range(count))
        self.late = late
        self.calls = 0

    def __call__(self, _start: int, _end: int, page: int) -> tuple[Sequence[int], int]:
        self.calls += 1
        for _ in range(self.late.get(self.calls, 0)):
            self.rows.insert(0, len(self.rows))
        return self.rows[page * 3 : (page + 1) * 3], len(self.rows)


@pytest.mark.parametrize("late", [{2: 1}, {3: 1}, {3: 2, 5: 4}, {4: 7}])
def test_a_window_that_grows_while_it_is_read_loses_nothing(late: dict[int, int]) -> None:
    """What comes in at the front pushes the rows behind it onto pages already read."""
    window = Growing(9, late)
    read = [row for rows, _ in walk_back(window, 0, 10, None, size=3, depth=100, connector="x") for row in rows]
    assert set(read) == set(window.rows)


def test_a_window_that_grew_since_it_was_left_is_read_again() -> None:
    window = Growing(9, {})
    rows, cursor = next(iter(walk_back(window, 0, 10, None, size=3, depth=100, connector="x")))
    window.late = {window.calls + 1: 2}
    rest = [row for page, _ in walk_back(window, 0, 10, cursor, size=3, depth=100, connector="x") for row in page]
    assert {*rows, *rest} == set(window.rows)


def test_a_cursor_without_the_rows_of_its_window_still_resumes() -> None:
    window = Growing(9, {})
    rest = [row for page, _ in walk_back(window, 0, 10, "0.10.1", size=3, depth=100, connector="x") for row in page]
    assert set(rest) == set(range(6))
