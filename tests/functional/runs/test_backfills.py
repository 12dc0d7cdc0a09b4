"""History: every order of two years once, killed at whatever page; newest first; bounded; nobody is written to for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.backfill import SLICE, Backfills
from chalicelib.envelope import decode
from chalicelib.errors import ConfigError, Retriable
from chalicelib.leases import Watch
from tests.functional.runs.platform import Desk, Listed, every
from tests.functional.stack import NOW, Stack

DAY = timedelta(days=1)
SPAN = timedelta(days=60)
COUNT = 40


class Killed(BaseException):
    """The process is gone: nothing after this line runs, and nothing catches it."""


class Deaths:
    """Kills at the nth chance: as a page is asked for, once it is on the queue, and once the mark has moved."""

    def __init__(self, desk: Desk, platform: Listed, at: int) -> None:
        self._left = at
        platform.before = self._chance
        queue, put = desk.stack.bulk, desk.stack.app.runs.put
        send = queue.send

        def sent(bodies: Any, *, delay_seconds: int = 0) -> None:
            send(bodies, delay_seconds=delay_seconds)
            self._chance()

        def moved(merchant: str, name: str, value: str, *, expected_version: int) -> bool:
            done = put(merchant, name, value, expected_version=expected_version)
            if name.startswith("backfill#"):
                self._chance()
            return done

        queue.send = sent  # type: ignore[method-assign]
        desk.stack.app.runs.put = moved  # type: ignore[method-assign]

    def _chance(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed


def history(count: int = COUNT, span: timedelta = SPAN) -> Listed:
    """So many orders, evenly over the span."""
    return Listed(every(count, span / count, NOW))


def revived(stack: Stack, platform: Listed) -> Desk:
    """A new process over the same tables."""
    platform.before = lambda: None
    for part in (stack.bulk, stack.app.runs):
        for name in ("send", "put"):
            part.__dict__.pop(name, None)
    return Desk(stack, platform)


def ended(desk: Desk) -> list[str]:
    """Work until the backfill is done, as the schedule would; the orders on the bulk lane."""
    for _ in range(100):
        state = desk.backfills.state("fake", "acme")
        assert state is not None
        if state.state == "done":
            return [decode(body).delivery_id for body in desk.stack.bulk.bodies]
        desk.jobs.fan_out()
        desk.work()
        desk.stack.clock.at += timedelta(minutes=6)
    raise AssertionError("it does not end")


@pytest.mark.fault(35)
def test_killed_anywhere_nothing_is_missed_and_nothing_counts_twice(moto_stack: Stack) -> None:
    """At every page, in each of its three moments, through the real steps: each order is there, told once."""
    chances, orders = 0, 8
    for at in range(1, 1000):
        first = at * 1000
        platform = Listed({first + number: when for number, when in every(orders, timedelta(days=2, minutes=1), NOW).items()})
        moto_stack.clock.at = NOW
        for item in ("run#backfill-orders#fake#acme", "backfill#orders#fake#acme"):
            moto_stack.app.parts.table.delete("demo#H#runs", item)
        desk = revived(moto_stack, platform)
        desk.backfills.begin("fake", "acme", NOW - timedelta(days=17), by="test")
        desk.jobs.ask("backfill-orders", "fake", "acme")
        Deaths(desk, platform, at)
        try:
            desk.work()
        except Killed:
            chances += 1
        else:
            break
        finally:
            desk = revived(moto_stack, platform)
        before = moto_stack.counters.total("applied")
        told = ended(desk)
        assert set(told) == {str(number) for number in platform.changed}, f"killed at chance {at}"
        assert len(told) - orders <= 4, "at most the page that was under way, or after the last of a week that week"
        desk.normalise()
        assert moto_stack.counters.total("applied") - before == orders
    assert chances >= 12


def test_two_years_once_and_newest_first(moto_stack: Stack) -> None:
    platform = history(120, timedelta(days=730))
    desk = Desk(moto_stack, platform)
    begun = desk.backfills.begin("fake", "acme", NOW - timedelta(days=730), by="ops")
    assert (begun.permille, begun.state, begun.left) == (0, "running", None)
    moto_stack.clock.at += timedelta(minutes=10)
    desk.jobs.run("backfill-orders", "fake", "acme")
    told = [decode(body).delivery_id for body in moto_stack.bulk.bodies]
    assert set(told) == {str(number) for number in range(120)} and moto_stack.inbound.bodies == []
    weeks = [until for _, until, _ in platform.asked[:-1]]
    assert weeks == sorted(weeks, reverse=True), "the newest week first"
    assert all(until - since <= SLICE for since, until, _ in platform.asked[:-1])
    state = desk.backfills.state("fake", "acme")
    assert state is not None
    assert (state.state, state.permille, state.done_to) == ("done", 1000, NOW - timedelta(days=730))
    assert (state.events, state.pages) == (len(told), len(platform.asked)) and desk.backfills.all() == [state]


def test_what_changed_meanwhile_comes_in_the_end(stack: Stack) -> None:
    """An order moves out of the weeks that are still to come into the time after the beginning: no week would list it."""
    platform = history()
    desk = Desk(stack, platform)
    desk.backfills.begin("fake", "acme", NOW - SPAN)
    desk.backfills.work("fake", "acme", watch=Watch(until=NOW, clock=stack.clock))
    stack.clock.at += timedelta(hours=1)
    platform.changed[0] = NOW + timedelta(minutes=30)
    assert "0" in ended(desk)


def test_how_far_it_is_and_how_long_it_takes(moto_stack: Stack) -> None:
    desk = Desk(moto_stack, history())
    desk.backfills.begin("fake", "acme", NOW - SPAN, by="ops")
    found = []
    for _ in range(9):
        moto_stack.clock.at += timedelta(minutes=1)
        desk.backfills.work("fake", "acme", watch=Watch(until=NOW, clock=moto_stack.clock))
        state = desk.backfills.state("fake", "acme")
        assert state is not None
        found.append((state.permille, state.left))
    done = [permille for permille, _ in found]
    assert done == sorted(done) and done[-1] > 200
    permille, left = found[-1]
    assert left == timedelta(minutes=9) * (1000 - permille) // permille


def test_stopped_it_goes_on_where_it_was_and_wider_if_asked(stack: Stack) -> None:
    platform = history()
    desk = Desk(stack, platform)
    desk.backfills.begin("fake", "acme", NOW - SPAN / 2, by="ops")
    desk.backfills.work("fake", "acme", watch=Watch(until=NOW, clock=stack.clock))
    desk.backfills.stop("fake", "acme")
    stack.clock.at += timedelta(minutes=6)
    assert desk.jobs.fan_out() == 1, "the pull of what is new, and no history"
    wider = desk.backfills.begin("fake", "acme", NOW - SPAN, by="ops")
    assert (wider.since, wider.until, wider.state) == (NOW - SPAN, NOW, "running")
    again = desk.backfills.begin("fake", "acme", NOW - SPAN / 2, by="ops")
    assert again.since == NOW - SPAN, "nothing that was asked for is forgotten"
    assert {str(number) for number in range(COUNT)} == set(ended(desk))


def test_whoever_asks_again_does_not_stop_who_works(stack: Stack) -> None:
    platform = history()
    desk = Desk(stack, platform)
    desk.backfills.begin("fake", "acme", NOW - SPAN)

    def again() -> None:
        desk.backfills.begin("fake", "acme", NOW - SPAN / 3)

    platform.before = again
    desk.backfills.work("fake", "acme")
    state = desk.backfills.state("fake", "acme")
    assert state is not None and state.state == "done"


def test_stopped_under_way_it_stops_at_the_page(stack: Stack) -> None:
    platform = history()
    desk = Desk(stack, platform)
    desk.backfills.begin("fake", "acme", NOW - SPAN)

    def stop() -> None:
        desk.backfills.stop("fake", "acme")

    platform.before = stop
    with pytest.raises(Retriable, match="backfill-moved"):
        desk.backfills.work("fake", "acme")
    assert len(platform.asked) == 1 and desk.backfills.work("fake", "acme").queued == 0


def test_a_platform_that_is_away_holds_it_up_and_no_more(stack: Stack) -> None:
    platform = history()
    desk = Desk(stack, platform)
    desk.backfills.begin("fake", "acme", NOW - SPAN)

    def throttled() -> None:
        if len(platform.asked) % 3 == 0:
            raise Retriable("platform-throttled", after=60)

    platform.before = throttled
    told = ended(desk)
    assert {str(number) for number in range(COUNT)} == set(told)
    assert stack.counters.total("job_waits", kind="backfill-orders") > 3 and stack.counters.total("job_failed") == 0


def test_what_cannot_be_is_refused(moto_stack: Stack) -> None:
    desk = Desk(moto_stack, history())
    with pytest.raises(ConfigError, match="past"):
        desk.backfills.begin("fake", "acme", NOW)
    with pytest.raises(ConfigError, match="no such account"):
        desk.backfills.begin("fake", "nobody", NOW - DAY)
    with pytest.raises(ConfigError, match="no reviews"):
        desk.backfills.begin("fake", "acme", NOW - DAY, what="reviews")
    assert desk.backfills.state("fake", "acme") is None and desk.backfills.stop("fake", "acme") is None
    assert desk.backfills.work("fake", "acme").queued == 0


# --- each guard removed -----------------------------------------------------------------------------------------------------


def _moved_too_early(patch: pytest.MonkeyPatch) -> None:
    """The mark moves before the page is on the queue."""
    from chalicelib.pipeline.pull import Pull

    page = Pull._page

    def late(self: Pull, shop: Any, told: Any, lane: Any) -> int:
        self._later = getattr(self, "_held", None)  # type: ignore[attr-defined]
        self._held = (shop, told, lane)  # type: ignore[attr-defined]
        if self._later:  # type: ignore[attr-defined]
            page(self, *self._later)  # type: ignore[attr-defined]
        return len(told.events)

    patch.setattr(Pull, "_page", late)


def _no_tail(patch: pytest.MonkeyPatch) -> None:
    """What changed meanwhile is not asked for."""
    over: Callable[..., None] = Backfills._over

    def short(self: Backfills, held: Any, stretch: Any) -> None:
        over(self, held, stretch)
        if held.tail is not None:
            held.state = "done"

    patch.setattr(Backfills, "_over", short)


def _forgetful(patch: pytest.MonkeyPatch) -> None:
    """Begun again, it begins anew: everything comes twice, and whoever works on it is stopped."""
    patch.setattr(Backfills, "_read", lambda *_: (None, 0))


SABOTAGE = [
    (_moved_too_early, test_killed_anywhere_nothing_is_missed_and_nothing_counts_twice),
    (_no_tail, test_what_changed_meanwhile_comes_in_the_end),
    (_forgetful, test_stopped_it_goes_on_where_it_was_and_wider_if_asked),
]


@pytest.mark.parametrize(("guard", "test"), SABOTAGE, ids=[guard.__name__ for guard, _ in SABOTAGE])
def test_without_its_guard_it_shows(moto_stack: Stack, guard: Any, test: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    guard(monkeypatch)
    with pytest.raises((AssertionError, Retriable)):
        test(moto_stack)
