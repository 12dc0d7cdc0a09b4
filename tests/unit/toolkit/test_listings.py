"""Several listings pulled one after the other: windows, cursors that resume anywhere, and cursors of others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chalicelib.errors import Permanent
from chalicelib.toolkit.windows import Listing, walk_listings

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
