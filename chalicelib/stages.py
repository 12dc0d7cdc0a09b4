"""Long work in stages that may be repeated: how far it has come is noted after each, and the next run goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from chalicelib.ports import Clock, Marks

SETTLE = timedelta(minutes=10)  # configurations are read once a minute; no worker keeps an opened key, or runs, for longer


class Work(Protocol):
    """What is noted of it."""

    @property
    def stage(self) -> Any:
        """The stage it has come to."""
        ...

    @property
    def over(self) -> bool:
        """Whether all is done."""
        ...


W = TypeVar("W", bound=Work)


def carried_on(work: W, steps: Mapping[Any, Callable[[W], W]], note: Callable[[W, int], W], version: int) -> W:
    """Stage after stage, each noted, until it is over or a step gives back what it was given: then it waits.

    `version` is that of the note as it was read.
    """
    while not work.over:
        after = steps[work.stage](work)
        if after == work:
            return work
        work = note(after, version)
        version += 1
    return work


def is_settled(since: str, marks: Marks, merchant: str, clock: Clock) -> bool:
    """Whether every worker knows what was decided then (UTC, ISO 8601), and the projector has met all that was written before."""
    known = datetime.fromisoformat(since) + SETTLE
    met = marks.get(merchant, "projected")
    return clock.now() >= known and met is not None and datetime.fromisoformat(met[0]) >= known
