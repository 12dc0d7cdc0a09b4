"""Reviews and spend are pulled beside orders, each with a cursor of its own, as often as each is worth it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.contract import Api, Capability, Event, Page
from chalicelib.errors import ConfigError, Retriable
from tests.functional.runs.platform import Desk
from tests.functional.stack import Stack
from tests.kit.fake import Fake

PULLS = frozenset({Capability.PULLS_ORDERS, Capability.PULLS_REVIEWS, Capability.PULLS_SPEND})


def event(kind: Any, name: str) -> Event:
    """A fat event."""
    return Event(name, kind, kind, name, None, thin=False, payload=f'{{"id": "{name}"}}'.encode())


class Everything(Fake):
    """A platform with all there is to pull; each asked-for stretch is noted."""

    info = replace(Fake.info, capabilities=PULLS | Fake.info.capabilities)

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any, Any, str | None]] = []
        self.breaks = False

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """One page."""
        self.asked.append(("orders", since, until, cursor))
        yield Page((event("order", "o1"),), None)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Two pages; the second may break."""
        self.asked.append(("reviews", since, until, cursor))
        if cursor is None:
            yield Page((event("review", "r1"),), "2")
        if self.breaks:
            raise Retriable("platform-unavailable")
        yield Page((event("review", "r2"),), None)

    def pull_spend(self, first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
        """One page."""
        self.asked.append(("spend", first, last, cursor))
        yield Page((event("spend", "s1"),), None)


def turns(desk: Desk) -> int:
    """One look of the schedule and all jobs that it queued; returns how many events they queued."""
    before = len(desk.queued())
    desk.jobs.fan_out()
    desk.work()
    return len(desk.queued()) - before


def test_each_is_pulled_as_often_as_it_is_worth(moto_stack: Stack) -> None:
    platform = Everything()
    desk = Desk(moto_stack, platform)
    assert turns(desk) == 4
    for minutes, expected in ((5, ["orders"]), (25, ["orders", "reviews"]), (330, ["orders", "reviews", "spend"])):
        moto_stack.clock.at += timedelta(minutes=minutes)
        platform.asked.clear()
        turns(desk)
        assert [what for what, *_ in platform.asked] == expected
    (what, first, last, _) = platform.asked[-1]
    assert (what, last - first >= timedelta(days=14), last) == ("spend", True, date(2026, 11, 20))


def test_a_broken_pull_of_reviews_goes_on_at_its_page_and_holds_up_nothing(moto_stack: Stack) -> None:
    platform = Everything()
    platform.breaks = True
    desk = Desk(moto_stack, platform)
    assert turns(desk) == 2 + 1  # orders and spend, and the page of reviews that came before it broke
    assert moto_stack.counters.total("job_failed", kind="reviews", reason="platform-unavailable") == 1
    platform.breaks = False
    platform.asked.clear()
    assert desk.pull.account("fake", "acme", what="reviews") == 1
    assert platform.asked[0][3] == "2"


@pytest.mark.parametrize(
    ("reason", "counter"),
    [("report-not-ready", "job_waits"), ("platform-throttled", "job_waits"), ("no-such-day", "job_failed")],
)
def test_waiting_is_no_failure(moto_stack: Stack, reason: str, counter: str) -> None:
    class Waits(Everything):
        def pull_spend(self, first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
            raise Retriable(reason, after=600)

    assert turns(Desk(moto_stack, Waits())) == 3
    assert {name for name in ("job_waits", "job_failed") if moto_stack.counters.total(name)} == {counter}


def test_what_a_platform_has_not_is_refused(moto_stack: Stack) -> None:
    with pytest.raises(ConfigError, match="no spend to pull"):
        Desk(moto_stack, Fake()).pull.account("fake", "acme", what="spend")
    assert Desk(moto_stack, Fake()).jobs.fan_out() == 0
