"""Recorded changes of reviews or cases, played to their day cells under the stream's faults. Used by the tests of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Protocol

from chalicelib import bootstrap, entry
from chalicelib.adapters.orders import DynamoOrders
from chalicelib.config import Config
from chalicelib.ports import CellStore
from chalicelib.reckoning import Reckoning
from tests.functional.exactness.test_cells import Crash, batches, cut
from tests.functional.stack import Stack


class Recorded(Protocol):
    """What happened: the stream's changes, and what the day cells have to say at the end."""

    @property
    def changes(self) -> Sequence[Any]:
        """Each (before, after)."""

    @property
    def config(self) -> Config:
        """As it was."""

    @property
    def table(self) -> Any:
        """Where it lies."""

    @property
    def right(self) -> Any:
        """What has to come out."""


class Run:
    """One run of recorded changes, played to a merchant of its own under faults that the seed decides.

    `step` makes the rows; `said` reads what the cells say at the end.
    """

    def __init__(
        self,
        recorded: Recorded,
        seed: int,
        kind: Callable[..., CellStore],
        step: Callable[..., Any],
        said: Callable[[Reckoning, str], Any],
    ) -> None:
        self.draw, self.merchant = Random(seed), f"m{seed}-{getattr(kind, '__name__', '')}-{getattr(step, '__name__', '')}"
        self.calm, self.crashes = False, 6
        cells, rates = kind(recorded.table, self._between), recorded.config.members.rates
        self.reckoning = Reckoning(cells, DynamoOrders(recorded.table), lambda: rates)
        rows = step(config=lambda: recorded.config, cells=cells)
        moved: list[Any] = [tuple(image and replace(image, merchant=self.merchant) for image in told) for told in recorded.changes]
        waiting: list[Any] = batches(self.draw, moved)
        while waiting:
            batch = waiting.pop(0)
            try:
                rows.handle(batch)
            except Crash:
                waiting = [*cut(self.draw, batch), *waiting]
        self.calm = True
        self.wrong = said(self.reckoning, self.merchant) != recorded.right

    def _between(self) -> None:
        if not self.calm and self.crashes and self.draw.random() < 0.06:
            self.crashes -= 1
            raise Crash
        if not self.calm and self.draw.random() < 0.04:
            self.reckoning.sweep(self.merchant, 2)


def seen(record: Callable[[int], Any], runs: int, run: Callable[[Any, int], Run]) -> bool:
    """Whether one of many runs ends wrong: ten of each recorded world."""
    for world in range(runs // 10):
        recorded = record(world)
        if any(run(recorded, seed).wrong for seed in range(10)):
            return True
    return False


def follow(stack: Stack) -> None:
    """The stream's records through trigger's function."""
    bootstrap.install(stack.app)
    try:
        entry.trigger({"Records": stack.records()}, None)
    finally:
        bootstrap.install(None)
