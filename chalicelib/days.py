"""Days from their cells: every kind of cell, added up by account. Whoever needs a day's figures reads them here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from chalicelib.config_surveys import SURVEY
from chalicelib.domain.daybook import AccountKey
from chalicelib.domain.metrics import People, Sums, add_in
from chalicelib.domain.promptness import KIND as CASES
from chalicelib.domain.promptness import Promptness
from chalicelib.domain.service import KIND as REVIEWS
from chalicelib.domain.service import Voice
from chalicelib.ports import CellHead
from chalicelib.reckoning import LEFT, Outcomes, Reckoning, ended, order_sums, outcomes, people, promptness, voice

Name = TypeVar("Name", str, int)
GONE = tuple(f"{state}:" for state in LEFT)
SCORES = "nps"  # answers to surveys


@dataclass(slots=True)
class DaySums:
    """One day's cells, added up by account; `outcomes` of messages by campaign, as cells of messages name them.

    `draws` of members by campaign and arm. `sent`: messages to members that left, by channel. `scores`: answers to surveys by
    score; `asked`: surveys that left.
    """

    sums: dict[AccountKey, dict[str, Sums]] = field(default_factory=dict)
    people: dict[AccountKey, People] = field(default_factory=dict)
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    draws: dict[str, dict[str, int]] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    voices: dict[AccountKey, Voice] = field(default_factory=dict)
    prompt: dict[AccountKey, Promptness] = field(default_factory=dict)
    scores: dict[int, int] = field(default_factory=dict)
    asked: int = 0
    dirty: int = 0


class Days:
    """Reads them."""

    def __init__(self, reckoning: Reckoning) -> None:
        self._reckoning = reckoning

    def day(self, merchant: str, day: date) -> DaySums:
        """A day, its cells all fresh. Retriable when writers keep outrunning it."""
        return _whole(self._reckoning.day(merchant, day))

    def standing(self, merchant: str, day: date) -> DaySums:
        """A day as its cells were summed last, which is minutes ago: for whoever only looks."""
        return _whole(self._reckoning.standing(merchant, day))

    def kept(self, merchant: str) -> KeptDays:
        """For a reader who comes back to days it has seen: each is read once."""
        return KeptDays(self, merchant)


class KeptDays:
    """Days of a merchant, each as it was when it was first asked for."""

    def __init__(self, days: Days, merchant: str) -> None:
        self._days = days
        self._merchant = merchant
        self._read: dict[date, DaySums] = {}

    def of(self, days: Iterable[date]) -> dict[date, DaySums]:
        """These days."""
        return {day: self.day(day) for day in days}

    def day(self, day: date) -> DaySums:
        """One of them."""
        if day not in self._read:
            self._read[day] = self._days.day(self._merchant, day)
        return self._read[day]


def _whole(heads: Iterable[CellHead]) -> DaySums:
    whole = DaySums()
    for head in heads:
        _add(whole, head)
    return whole


def _add(day: DaySums, head: CellHead) -> None:
    key = (head.cell.platform, head.cell.account)
    summary = head.summary or b""
    if head.cell.kind in ("orders", "people"):
        day.dirty += head.dirty
    if head.cell.kind == "orders":
        add_in(day.sums.setdefault(key, {}), order_sums(summary))
    elif head.cell.kind == "people":
        day.people.setdefault(key, People()).add(people(summary))
    elif head.cell.kind == "messages":
        _add_messages(day, head.cell.account, ended(summary))
    elif head.cell.kind == "draws":
        _count_in(day.draws.setdefault(head.cell.account, {}), outcomes(summary))
    else:
        _add_service(day, key, head, summary)


def _add_service(day: DaySums, key: AccountKey, head: CellHead, summary: bytes) -> None:
    if head.cell.kind == REVIEWS:
        day.voices.setdefault(key, Voice()).add(voice(summary))
    elif head.cell.kind == CASES:
        day.prompt.setdefault(key, Promptness()).add(promptness(summary))
    elif head.cell.kind == SCORES:
        for name, count in outcomes(summary).items():
            _count_in(day.scores, {int(name.partition(":")[0]): count})


def _add_messages(day: DaySums, campaign: str, told: Outcomes) -> None:
    counts = day.outcomes.setdefault(campaign, {})
    for name, count in told.counts.items():
        counts[name] = counts.get(name, 0) + count
        day.asked += count if campaign == SURVEY and name.startswith(GONE) else 0
    _count_in(day.sent, told.left)


def _count_in(mine: dict[Name, int], others: Mapping[Name, int]) -> None:
    for name, count in others.items():
        mine[name] = mine.get(name, 0) + count
