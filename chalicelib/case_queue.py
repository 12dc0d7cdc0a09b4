"""The queue of open cases by deadline: what is late first, then what is due next. Used by the console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.domain import sla
from chalicelib.domain.answer_policy import digest_of
from chalicelib.domain.case import Case
from chalicelib.ports_cases import CaseKey, CaseStore

LOOKED = 150  # open cases with a deadline to come, and as many whose deadline is over or who have none
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which cases are wanted; what is None asks nothing. `stars` 0: without stars."""

    platform: str | None = None
    stars: int | None = None
    state: str | None = None

    def fit(self, place: CaseKey, case: Case) -> bool:
        """Whether a case is one of them."""
        return (
            self.platform in (None, place.platform) and self.stars in (None, case.stars or 0) and self.state in (None, case.state)
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open case. `due`: its deadline that is next, or was missed; `late`: it was. `alone`: one yes to the draft of a good one
    sends it, so that it may be agreed to together with others.
    """

    place: CaseKey
    case: Case
    due: datetime | None
    late: bool

    @property
    def alone(self) -> bool:
        """See the class."""
        return self.case.state == "drafted" and self.case.band == "positive" and self.case.needs <= 1 and bool(self.case.draft)

    @property
    def seen(self) -> str:
        """The digest of the draft as it is shown."""
        return digest_of(self.case.draft or "")


@dataclass(frozen=True, slots=True)
class Queue:
    """The wanted ones, and how many are late among them. `whole` False: there are more open ones than were looked at."""

    cases: Sequence[Waiting]
    late: int
    whole: bool


def queue(cases: CaseStore, merchant: str, now: datetime, filters: Filters) -> Queue:
    """Two index reads, and one of the rows for each hundred."""
    found, more = cases.waiting(merchant, LOOKED)
    wanted = [_waiting(place, case, now) for place, case in found if filters.fit(place, case)]
    ordered = sorted(wanted, key=lambda each: (each.due or _LAST, each.place))
    return Queue(ordered, sum(each.late for each in ordered), not more)


def _waiting(place: CaseKey, case: Case, now: datetime) -> Waiting:
    due = sla.due(case)
    return Waiting(place, case, due, due is not None and due < now)
