"""Jobs: who is due is queued once, spread out; who is paused is left alone; one run of a job at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.jobs import TICK, Job, decode, spread
from chalicelib.leases import LEASE, JobName, Leases, Watch
from tests.functional.runs.platform import FAKE, MADE, Desk, Listed, every
from tests.functional.stack import NOW, Stack

ORDERS = JobName("orders", "fake", "acme")
MINUTE = timedelta(minutes=1)


def listed(count: int = 7) -> Listed:
    """A platform with so many orders of the last hour."""
    return Listed(every(count, MINUTE, NOW))


def test_a_due_job_is_queued_once_and_done_once(stack: Stack) -> None:
    desk = Desk(stack, listed())
    assert desk.jobs.fan_out() == 1
    assert desk.jobs.fan_out() == 0, "it waits on the queue"
    (body,) = stack.jobs.bodies
    assert desk.work() == 1
    assert len(desk.queued()) == 7
    desk.jobs.handle(body)  # the queue delivers it again
    assert len(desk.queued()) == 7
    assert stack.counters.total("job_skipped", kind="orders") == 1
    stack.clock.at += TICK
    assert desk.jobs.fan_out() == 1, "its turn has come again"


def test_a_job_that_is_under_way_is_neither_queued_nor_begun(stack: Stack) -> None:
    platform = listed()
    desk, other = Desk(stack, platform), Desk(stack, platform)
    told: list[Any] = []

    def meanwhile() -> None:
        platform.before = lambda: None
        told.append((other.jobs.fan_out(), other.jobs.ask("orders", "fake", "acme").state))
        with pytest.raises(ConfigError, match="under way"):
            other.jobs.run("orders", "fake", "acme")
        other.jobs.handle(body)

    desk.jobs.fan_out()
    body = stack.jobs.bodies.pop()
    platform.before = meanwhile
    desk.jobs.handle(body)
    assert told == [(0, "running")] and stack.jobs.bodies == []
    assert desk.queued() == [str(number) for number in range(7)]


def test_a_message_that_was_lost_is_sent_again(stack: Stack) -> None:
    desk = Desk(stack, listed())
    desk.jobs.fan_out()
    stack.jobs.bodies.clear()
    stack.clock.at += timedelta(hours=1)
    assert desk.jobs.fan_out() == 0
    stack.clock.at += TICK
    assert desk.jobs.fan_out() == 1


def test_what_the_queue_refuses_is_not_noted_as_waiting(stack: Stack) -> None:
    desk = Desk(stack, listed())
    stack.jobs.refuse = True
    assert desk.jobs.fan_out() == 0
    assert stack.counters.total("job_failed", reason="queue-unavailable") == 1
    stack.jobs.refuse = False
    assert desk.jobs.fan_out() == 1


def test_jobs_begin_spread_over_the_time_between_two_looks() -> None:
    """Of a thousand accounts no second has more than a handful, and each always has the same."""
    at = [spread(Job("demo", "orders", "fake", f"shop{number}")) for number in range(1000)]
    assert max(at) < TICK and min(at) >= timedelta(0)
    assert max(at.count(one) for one in at) < 15
    assert at[3] == spread(Job("demo", "orders", "fake", "shop3", asked=True))
    assert len({spread(Job(merchant, "orders", "fake", "acme")) for merchant in ("a", "b", "c", "d")}) > 1


def test_the_schedule_sends_with_that_delay(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    delays = []
    monkeypatch.setattr(moto_stack.jobs, "send", lambda bodies, *, delay_seconds=0: delays.append((bodies[0], delay_seconds)))
    Desk(moto_stack, listed()).jobs.fan_out()
    assert [seconds for _, seconds in delays] == [spread(decode(delays[0][0])).seconds]


def test_a_paused_account_is_left_alone_until_it_is_resumed_or_forced(stack: Stack) -> None:
    desk = Desk(stack, listed())
    desk.jobs.fan_out()
    desk.pauses.pause("fake", "acme", "ops")  # while its job waits
    desk.work()
    assert desk.queued() == [] and desk.jobs.fan_out() == 0
    with pytest.raises(ConfigError, match="paused"):
        desk.jobs.ask("orders", "fake", "acme")
    with pytest.raises(ConfigError, match="paused"):
        desk.jobs.run("orders", "fake", "acme")
    desk.jobs.ask("orders", "fake", "acme", force=True)
    desk.work()
    assert len(desk.queued()) == 7
    desk.pauses.resume("fake", "acme", "ops")
    stack.clock.at += TICK
    assert desk.jobs.fan_out() == 1


def test_a_pause_says_who_and_when(stack: Stack) -> None:
    desk = Desk(stack, listed())
    assert desk.pauses.state("fake", "acme").paused is False
    desk.pauses.pause("fake", "acme", "ops")
    stack.clock.at += MINUTE
    again = desk.pauses.pause("fake", "acme", "somebody else")
    assert (again.paused, again.source, again.by, again.at) == (True, "person", "ops", NOW)
    assert desk.pauses.all()["fake", "acme"] == again
    assert desk.pauses.resume("fake", "acme", "ops").paused is False
    with pytest.raises(ConfigError, match="not connected"):
        desk.pauses.pause("fake", "nobody", "ops")
    written = Desk(stack, listed(), MADE.replace(FAKE, FAKE + "paused = true\n"))
    assert written.pauses.state("fake", "acme").source == "configuration"
    with pytest.raises(ConfigError, match="says `paused"):
        written.pauses.resume("fake", "acme", "ops")
    assert written.jobs.fan_out() == 0


def test_pushes_of_a_paused_account_are_taken(moto_stack: Stack) -> None:
    moto_stack.app.pauses.pause("generic", "erp", "ops")
    assert moto_stack.push("generic", "erp", b'{"type": "order", "data": {}}') == 200


def test_what_does_not_fit_is_refused(moto_stack: Stack) -> None:
    desk = Desk(moto_stack, listed())
    for kind, account in (("orders", "nobody"), ("reviews", "acme"), ("nonsense", "acme")):
        with pytest.raises(ConfigError):
            desk.jobs.ask(kind, "fake", account)
    with pytest.raises(Permanent, match="job-malformed"):
        desk.jobs.handle("no job")
    desk.jobs.handle('{"merchant": "demo", "kind": "nonsense", "platform": "fake", "account": "gone"}')
    assert moto_stack.counters.total("job_skipped") == 1


def test_a_failed_run_is_noted_and_the_next_one_mends_it(stack: Stack) -> None:
    platform = listed()
    desk = Desk(stack, platform)

    def away() -> None:
        raise Retriable("platform-unavailable")

    platform.before = away
    for _ in range(2):
        desk.jobs.fan_out()
        desk.work()
        stack.clock.at += TICK
    run = desk.leases.state("demo", ORDERS)
    assert (run.state, run.reason, run.failing_since) == ("idle", "platform-unavailable", NOW)
    platform.before = lambda: None
    desk.jobs.fan_out()
    desk.work()
    run = desk.leases.state("demo", ORDERS)
    assert (run.reason, run.failing_since, run.told, run.well_at) == (None, None, 7, stack.clock.at)
    assert desk.leases.all("demo") == {ORDERS: run}


def test_a_bug_leaves_the_message_and_frees_the_job(stack: Stack) -> None:
    platform = listed()
    desk = Desk(stack, platform)
    platform.before = lambda: 1 // 0  # type: ignore[assignment]
    desk.jobs.fan_out()
    with pytest.raises(ZeroDivisionError):
        desk.jobs.handle(stack.jobs.bodies[0])
    assert desk.leases.state("demo", ORDERS).reason == "ZeroDivisionError"
    platform.before = lambda: None
    desk.work()
    assert len(desk.queued()) == 7


def test_time_is_up_the_rest_goes_on_in_a_job_of_its_own(stack: Stack) -> None:
    desk = Desk(stack, listed())
    desk.jobs.fan_out()
    turns = 0
    while stack.jobs.bodies:
        desk.jobs.handle(stack.jobs.bodies.pop(), until=stack.clock.at)
        turns += 1
    assert turns == 3, "a page each"
    assert desk.queued() == [str(number) for number in range(7)]


# --- leases -----------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(25)
def test_who_was_too_slow_stops_before_its_next_page(stack: Stack) -> None:
    """Paused between two pages for longer than its lease lasts; another worker takes over meanwhile, and is at work still."""
    platform = listed(9)
    slow, quick = Desk(stack, platform), Desk(stack, platform)
    pages = 0

    def pause() -> None:
        nonlocal pages
        pages += 1
        if pages == 2:
            stack.clock.at += LEASE
            quick.jobs.run("orders", "fake", "acme")

    slow.jobs.fan_out()
    platform.before = pause
    slow.work()
    assert slow.queued() == [str(number) for number in range(9)], "none missed, and none told twice"
    assert stack.counters.total("job_failed") == 0
    assert slow.leases.state("demo", ORDERS).reason is None, "who lost it wrote nothing into it"


def test_an_expired_lease_that_nobody_wanted_is_kept(stack: Stack) -> None:
    leases = Leases(marks=stack.app.runs, clock=stack.clock)
    lease = leases.take("demo", ORDERS)
    assert lease is not None
    stack.clock.at += 2 * LEASE
    lease.renew()
    assert leases.take("demo", ORDERS) is None
    lease.release(told=3)
    assert leases.state("demo", ORDERS).told == 3


def test_of_two_that_take_over_at_once_one_does(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read the run that ran out before either writes."""
    leases = Leases(marks=stack.app.runs, clock=stack.clock)
    assert leases.take("demo", ORDERS)
    stack.clock.at += LEASE
    rival = Leases(marks=stack.app.runs, clock=stack.clock)
    read, taken = leases._read, []

    def slow(merchant: str, name: JobName) -> Any:
        found = read(merchant, name)
        monkeypatch.setattr(leases, "_read", read)
        taken.append(rival.take("demo", ORDERS))
        return found

    monkeypatch.setattr(leases, "_read", slow)
    assert leases.take("demo", ORDERS) is None
    assert taken[0] is not None
    taken[0].renew()


def test_of_two_schedules_at_once_one_queues(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, rival = Desk(stack, listed()), Desk(stack, listed())
    queue = desk.leases.queue

    def late(merchant: str, name: JobName, until: datetime) -> bool:
        assert rival.jobs.fan_out() == 1
        return queue(merchant, name, until)

    monkeypatch.setattr(desk.leases, "queue", late)
    assert desk.jobs.fan_out() == 0
    assert len(stack.jobs.bodies) == 1


# --- each guard removed -----------------------------------------------------------------------------------------------------


def _never_taken(patch: pytest.MonkeyPatch) -> None:
    """Whoever comes begins."""
    patch.setattr("chalicelib.leases.Run.is_running", lambda *_: False)


def _never_asked(patch: pytest.MonkeyPatch) -> None:
    """A page is queued whoever has the lease by now; the pull's own mark is then the second line."""
    patch.setattr(Watch, "before_page", lambda _: None)


def _never_noted(patch: pytest.MonkeyPatch) -> None:
    """The schedule does not look whether a job waits."""
    patch.setattr(Leases, "queue", lambda *_: True)
    patch.setattr("chalicelib.leases.Run.is_busy", lambda *_: False)


def _never_paused(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks whether an account is held."""
    patch.setattr("chalicelib.pausing.Pauses.config", lambda self: self._config())


def _never_due(patch: pytest.MonkeyPatch) -> None:
    """A job is done as often as it is delivered."""
    patch.setattr("chalicelib.chores.PullChore.due", lambda *_: True)


SABOTAGE = [
    (_never_taken, test_a_job_that_is_under_way_is_neither_queued_nor_begun),
    (_never_asked, test_who_was_too_slow_stops_before_its_next_page),
    (_never_noted, test_a_due_job_is_queued_once_and_done_once),
    (_never_paused, test_a_paused_account_is_left_alone_until_it_is_resumed_or_forced),
    (_never_due, test_a_due_job_is_queued_once_and_done_once),
]


@pytest.mark.fault(25, saboteur=True)
@pytest.mark.parametrize(("guard", "test"), SABOTAGE, ids=[guard.__name__ for guard, _ in SABOTAGE])
def test_without_its_guard_it_shows(moto_stack: Stack, guard: Any, test: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    guard(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test(moto_stack)
