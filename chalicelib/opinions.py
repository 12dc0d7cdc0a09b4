"""From stored reviews, and from the cases made of them, to the rows of their days' cells. Used by trigger's function.

Everything follows from an item's image in the stream, so that batches which come twice, cut shorter or late end in the same rows: a
row has its item's version, and where an item moved to another day, or counts no more, a tombstone with that version stays behind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from chalicelib.config import Config
from chalicelib.domain.facts import Cell, Fact
from chalicelib.domain.promptness import CaseImage, case_fact
from chalicelib.domain.service import ReviewImage, review_fact
from chalicelib.ports import CellStore


class Image(Protocol):
    """What rows are made from."""

    @property
    def merchant(self) -> str:
        """Whose it is."""

    @property
    def platform(self) -> str:
        """Where it was written."""

    @property
    def account(self) -> str:
        """At which account."""

    @property
    def row(self) -> str:
        """The name of its row: unique within the account."""

    @property
    def version(self) -> int:
        """The item's version."""


T = TypeVar("T", bound=Image)
Told = tuple[ReviewImage | None, ReviewImage]  # before and after; before None: it is new
Changed = tuple[CaseImage | None, CaseImage]


class DayRows(ABC, Generic[T]):
    """Keeps one row an item, on its day."""

    def __init__(self, *, config: Callable[[], Config], cells: CellStore) -> None:
        self._config = config
        self._cells = cells

    def handle(self, changes: Iterable[tuple[T | None, T]]) -> None:
        """A batch of the stream. Rows first, dirty numbers after: dying in between brings the batch again."""
        touched: set[Cell] = set()
        for group in _by_item(changes):
            touched |= self._item(group)
        if touched:
            self._cells.raise_dirty(touched)

    @abstractmethod
    def _fact(self, image: T, zone: ZoneInfo) -> Fact | None:
        """The row that an image wants; None: it counts nowhere."""

    def _item(self, group: list[tuple[T | None, T]]) -> set[Cell]:
        """One item's row, from its last image; returns the cells that it lies in or lay in."""
        zone, last = self._config().zone, group[-1][1]
        images = {image.version: image for told in group for image in told if image}
        wanted = self._fact(last, zone)
        earlier = [self._fact(image, zone) for version, image in images.items() if version != last.version]
        if group[0][0] is not None and all(fact == wanted for fact in earlier):
            return set()  # as when the shop answers a review: the image that made the row put it
        left = {fact.cell for fact in earlier if fact} - ({wanted.cell} if wanted else set())
        rows = [(wanted, last.version)] if wanted else []
        self._cells.put_rows(rows, [(cell, last.row, last.version) for cell in sorted(left)])
        return left | {fact.cell for fact, _ in rows}


class Opinions(DayRows[ReviewImage]):
    """Reviews, on the day they were written."""

    def _fact(self, image: ReviewImage, zone: ZoneInfo) -> Fact | None:
        return review_fact(image, zone)


class AnswerTimes(DayRows[CaseImage]):
    """Cases with a deadline for their first answer, on the day its clock began."""

    def _fact(self, image: CaseImage, zone: ZoneInfo) -> Fact | None:
        return case_fact(image, zone)


def _by_item(changes: Iterable[tuple[T | None, T]]) -> list[list[tuple[T | None, T]]]:
    """The changes of each item, oldest version first."""
    groups: dict[tuple[str, ...], list[tuple[T | None, T]]] = {}
    for change in changes:
        after = change[1]
        groups.setdefault((after.merchant, after.platform, after.account, after.row), []).append(change)
    return [sorted(group, key=lambda change: change[1].version) for group in groups.values()]
