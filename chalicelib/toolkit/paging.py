"""Bounded paging: every page once, no loop, and a pull that stops early is an error instead of a short result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from chalicelib.errors import Permanent

T = TypeVar("T")
MAX_PAGES = 10_000


def paged(
    fetch: Callable[[str | None], tuple[T, str | None]],
    start: str | None,
    *,
    connector: str,
    limit: int = MAX_PAGES,
) -> Iterator[tuple[T, str | None]]:
    """Yield `(page, next cursor)` from `start` (None: the first page) until `fetch` answers None as the next cursor.

    Raises Permanent("cursor-repeated") when a cursor comes back, before the page behind it is asked for again, and
    Permanent("pull-truncated") when there is more after `limit` pages.
    """
    cursor, seen = start, {start}
    for _ in range(limit):
        page, following = fetch(cursor)
        if following in seen and following is not None:
            raise Permanent("cursor-repeated", "the platform gave the same page cursor twice", connector=connector)
        yield page, following
        if following is None:
            return
        seen.add(following)
        cursor = following
    raise Permanent("pull-truncated", f"there is more after {limit} pages", connector=connector)


def must_continue(more: bool, cursor: str | None, *, connector: str, path: str) -> str | None:
    """The next cursor of a page that says whether there is more; Permanent("pull-truncated") when there is more and no way on."""
    if not more:
        return None
    if not cursor:
        raise Permanent("pull-truncated", "the platform says there is more and gives no cursor", connector=connector, path=path)
    return cursor
