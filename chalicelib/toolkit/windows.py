"""Pulling a window of time page by page without losing what moves meanwhile, on platforms that page by number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from chalicelib.errors import Permanent

T = TypeVar("T")
MAX_REQUESTS = 10_000


def walk_back(
    fetch: Callable[[int, int, int], tuple[Sequence[T], int]],
    since: int,
    until: int,
    cursor: str | None,
    *,
    size: int,
    depth: int,
    connector: str,
) -> Iterator[tuple[Sequence[T], str | None]]:
    """Yield `(rows, next cursor)` over the window `since..until` (integers of the caller's unit), last page first.

    `fetch(start, end, page)` answers the rows of a page (from 0) and the window's total. A row that changes while we
    read leaves the window, and those behind it move up by one: read forwards, one of them would be skipped; read
    backwards, it is seen twice. A window of more than `depth` rows is halved until it fits. Raises
    Permanent("pull-truncated") when a page is short, one unit holds too much, or there is no end to it, and
    Permanent("cursor-malformed").

    A window may also grow while it is read, by rows that the platform shows late or by a clock behind ours. What comes in before
    the rows that are left pushes some of them onto pages already read: it is then read from its new last page again.
    """
    start, end, page, known = _parse(cursor, connector) if cursor else (since, until, None, None)
    for _ in range(MAX_REQUESTS):
        rows, total = fetch(start, end, page or 0)
        if page is None or (known is not None and total > known):
            if total > depth:
                end, page, known = _halved(start, end, connector), None, None
                continue
            last, known = max(0, -(-total // size) - 1), total
            if last != (page or 0):
                page = last
                continue
            page = last
        if len(rows) < min(size, total - page * size):
            raise Permanent("pull-truncated", f"page {page} of a window is short", connector=connector)
        following = (start, end, page - 1, total) if page else (end, until, None, None) if end < until else None
        yield rows, _spell(following)
        if following is None:
            return
        start, end, page, known = following
    raise Permanent("pull-truncated", f"there is more after {MAX_REQUESTS} requests", connector=connector)


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One call that lists what changed: `fetch` as in `walk_back`, pages of `size`, windows of `depth` rows and `longest` units."""

    name: str
    fetch: Callable[[int, int, int], tuple[Sequence[T], int]]
    size: int
    depth: int
    longest: int


def walk_listings(
    listings: Sequence[Listing[T]], since: int, until: int, cursor: str | None, *, connector: str
) -> Iterator[tuple[Sequence[T], str | None]]:
    """Yield `(rows, next cursor)` of several listings, one after the other, each in windows that it allows; see `walk_back`.

    The cursor is the listing, the start of its window, and the place in that. Raises as `walk_back`.
    """
    windows = [(each, start, end) for each in listings for start, end in cut(since, until, each.longest)]
    at, inner = _place(windows, cursor, connector)
    for index in range(at, len(windows)):
        each, start, end = windows[index]
        after = f"{windows[index + 1][0].name}:{windows[index + 1][1]}:" if index + 1 < len(windows) else None
        walk = walk_back(each.fetch, start, end, inner or None, size=each.size, depth=each.depth, connector=connector)
        for rows, following in walk:
            yield rows, f"{each.name}:{start}:{following}" if following else after
        inner = ""


def _place(windows: Sequence[tuple[Listing[T], int, int]], cursor: str | None, connector: str) -> tuple[int, str]:
    if cursor is None:
        return 0, ""
    name, _, rest = cursor.partition(":")
    start, _, inner = rest.partition(":")
    for index, (listing, first, _) in enumerate(windows):
        if (listing.name, str(first)) == (name, start):
            return index, inner
    raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=connector)


def cut(first: int, last: int, longest: int) -> list[tuple[int, int]]:
    """The window `first..last` as windows of at most `longest`, in order, each beginning where the one before ends."""
    return [(start, min(start + longest, last)) for start in range(first, max(last, first + 1), longest)]


def _halved(start: int, end: int, connector: str) -> int:
    if end - start <= 1:
        raise Permanent("pull-truncated", "the shortest window holds more rows than the platform lists", connector=connector)
    return start + (end - start) // 2


def _spell(at: tuple[int, int, int | None, int | None] | None) -> str | None:
    """Start, end, page and how many rows the window had; the last two only in the middle of a window."""
    return None if at is None else ".".join(["" if part is None else str(part) for part in at]).removesuffix(".")


def _parse(cursor: str, connector: str) -> tuple[int, int, int | None, int | None]:
    parts = cursor.split(".")
    if len(parts) not in (3, 4) or not all(
        part.isdecimal() and len(part) < 20 for part in (*parts[:2], parts[2] or "0", *parts[3:])
    ):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=connector)
    page, known = int(parts[2]) if parts[2] else None, int(parts[3]) if len(parts) == 4 else None
    return int(parts[0]), int(parts[1]), page, known
