"""Deadlines of open cases, looked at on a schedule: a reminder as one comes near, a breach when it is over, each told once.

What a run is going to tell is put down first, on condition that no other run did; then it is queued under a name of its own, then
marked on the cases. A run that dies is finished by the next, under the same name: nothing is told twice, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.config import Config
from chalicelib.domain.case import kind_of, next_due
from chalicelib.domain.sla import horizon, to_tell
from chalicelib.errors import Retriable
from chalicelib.notices import DeadlineLine, Notices
from chalicelib.ports import Clock, Counters, Marks
from chalicelib.ports_cases import CaseKey, CaseStore
from chalicelib.toolkit.decode import decoder

MARK = "deadlines"
MOST = 200  # deadlines a run; the next takes the others
SHOWN = 20
TRIES = 8


class Round(msgspec.Struct, frozen=True):
    """What a run tells: deadlines as (platform, account, kind, id, mark, due, owner, stars). `done`: it is told and marked."""

    number: int = 0
    lines: tuple[tuple[str, str, str, str, str, datetime, str | None, int | None], ...] = ()
    done: bool = True


class Watch:
    """The scheduled part."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        cases: CaseStore,
        notices: Notices,
        marks: Marks,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._cases = cases
        self._notices = notices
        self._marks = marks
        self._clock = clock
        self._counters = counters

    def run(self) -> int:
        """Tell what has come near or is over; returns how many deadlines that were. Retriable when cases are contended."""
        config = self._config()
        if not config.reviews.enabled:
            return 0
        before, version = self._round(config.merchant)
        if not before.done:  # a run died, or is still at it
            return self._tell(config, before, version)
        lines = self._due(config)
        if not lines:
            return 0
        fresh = Round(before.number + 1, tuple(_plain(line) for line in lines), done=False)
        return self._tell(config, fresh, version + 1) if self._put(config.merchant, fresh, version) else 0

    def _due(self, config: Config) -> list[DeadlineLine]:
        terms, now = config.reviews, self._clock.now()
        hours = max(terms.first_answer_hours or 0, terms.solve_hours or 0)
        lines: list[DeadlineLine] = []
        for place, case, _ in self._cases.open(config.merchant, horizon(now, terms.opening, hours)):
            lines += [
                DeadlineLine(place, each.mark, each.due, case.owner, case.stars) for each in to_tell(case, now, terms.opening)
            ]
            if len(lines) >= MOST:
                break
        return lines

    def _tell(self, config: Config, told: Round, version: int) -> int:
        lines = [_line(config.merchant, each) for each in told.lines]
        more = max(len(lines) - SHOWN, 0)
        self._notices.queue(
            f"deadlines-{told.number}", "deadlines", lambda words, config: words.deadlines(config, lines[:SHOWN], more)
        )
        for line in lines:
            if self._mark(line) and line.mark.endswith("_breached"):
                self._counters.count("sla_breached", kind=line.mark.partition("_")[0], platform=line.place.platform)
        self._put(config.merchant, msgspec.structs.replace(told, done=True), version)
        return len(lines)

    def _mark(self, line: DeadlineLine) -> bool:
        """Whether this run marked it: of two at once only one counts it."""
        for _ in range(TRIES):
            case, version = self._cases.read(line.place)
            if case is None or line.mark in case.marked:
                return False
            marked = msgspec.structs.replace(case, marked=(*case.marked, line.mark))
            if self._cases.write(line.place, marked, due_at=next_due(marked), expected_version=version):
                return True
        raise Retriable("case-contended", f"{TRIES} writers were faster")

    def _round(self, merchant: str) -> tuple[Round, int]:
        stored = self._marks.get(merchant, MARK)
        return (decoder(Round).decode(stored[0].encode()), stored[1]) if stored else (Round(), 0)

    def _put(self, merchant: str, told: Round, version: int) -> bool:
        return self._marks.put(merchant, MARK, msgspec.json.encode(told).decode(), expected_version=version)


def _plain(line: DeadlineLine) -> tuple[str, str, str, str, str, datetime, str | None, int | None]:
    return (*line.place[1:], line.mark, line.due, line.owner, line.stars)


def _line(merchant: str, told: tuple[str, str, str, str, str, datetime, str | None, int | None]) -> DeadlineLine:
    platform, account, kind, name, mark, due, owner, stars = told
    place = CaseKey(merchant, platform, account, kind_of(kind), name)
    return DeadlineLine(place, mark, due, owner, stars)
