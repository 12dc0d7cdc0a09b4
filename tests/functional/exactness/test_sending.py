"""The gate at send time over the real tables: what changes between enqueue and send, and caps under many workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from chalicelib.domain.identity import email_identity
from chalicelib.domain.periods import period_of
from chalicelib.errors import Permanent
from chalicelib.pipeline.deliver import DIGEST_AGAIN, LEFT
from tests.functional.exactness.lapsed import ONE_DAY, consent_of, email, lapse, member_of, messages, order_of
from tests.functional.exactness.test_races import at_once
from tests.functional.exactness.world import deliver
from tests.functional.stack import Stack
from tests.kit.faults import Told

WORKERS = 20
TWO = ONE_DAY.replace(
    "[sending]",
    '[[campaigns]]\nkey = "again30"\nsilent_days = 30\nwindow_days = 0\ntemplate = "winback"\nholdout_permille = 0\n'
    "daily_cap = 1000\n[sending]",
)


def run(step: Any) -> None:
    """One worker's turn."""
    step.run(10)


def withdrawn(stack: Stack) -> None:
    deliver(stack, [consent_of(1, granted=False, at="2026-11-20T03:59:00Z")])
    stack.settle()


def ordered(stack: Stack) -> None:
    deliver(stack, [order_of(1, "2026-11-20T03:00:00Z", 1)])
    stack.settle()


def complained(stack: Stack) -> None:
    identity = email_identity(email(1)) or ""
    stack.app.members.suppress("demo", stack.app.parts.vault.lookup("demo", "email", identity), "complaint")


def unsubscribed(stack: Stack) -> None:
    token = stack.app.unsubscribe.url("demo", member_of(stack, 1)).rpartition("/")[2]
    stack.app.unsubscribe.withdraw(token)


def switched_off(stack: Stack) -> None:
    stack.config = replace(stack.config, sending=replace(stack.config.sending, enabled=False))


def campaign_off(stack: Stack) -> None:
    stack.config = replace(stack.config, campaigns=tuple(replace(each, enabled=False) for each in stack.config.campaigns))


def evening(stack: Stack) -> None:
    stack.clock.at += timedelta(hours=10)
    stack.app.tick.beat()
    stack.project()


def behind(stack: Stack) -> None:
    stack.clock.at += timedelta(minutes=6)


BETWEEN: tuple[tuple[Callable[[Stack], None], str, str], ...] = (
    (withdrawn, "suppressed", "consent"),
    (ordered, "cancelled", "lapsed"),
    (complained, "suppressed", "suppression"),
    (unsubscribed, "suppressed", "suppression"),
    (switched_off, "deferred", "sending_off"),
    (campaign_off, "cancelled", "campaign"),
    (evening, "deferred", "quiet_hours"),
    (behind, "deferred", "projector"),
)


@pytest.mark.fault(52)
@pytest.mark.parametrize(("happens", "state", "reason"), BETWEEN, ids=lambda value: getattr(value, "__name__", None))
def test_what_happens_between_enqueue_and_send_decides(engine: Any, happens: Any, state: str, reason: str) -> None:
    stack = Stack(engine, ONE_DAY)
    members = lapse(stack, 1)
    assert stack.sweep() == 1
    happens(stack)
    stack.app.deliver.run()
    assert stack.channel.mails == []
    (message,) = messages(stack, members)
    assert (message.state, message.reason) == (state, reason)
    assert dict(message.decision)[reason] != "ok"


def test_without_any_of_it_the_message_goes_once(engine: Any) -> None:
    stack = Stack(engine, ONE_DAY)
    members = lapse(stack, 1)
    for _ in range(3):
        stack.sweep()
        stack.app.deliver.run()
    assert [mail.recipient for mail in stack.channel.mails] == [email(1)]
    (message,) = messages(stack, members)
    assert message.state == "sent"
    assert {answer for _, answer in message.decision} == {"ok"}


@pytest.mark.fault(53)
def test_two_campaigns_and_twenty_workers_send_one_mail_a_member(engine: Any, fault: Told) -> None:
    stack = Stack(engine, TWO)
    members = lapse(stack, 3)
    assert stack.sweep() == 6
    step = stack.app.deliver
    for _ in range(3):
        assert at_once([lambda: run(step)] * WORKERS, WORKERS) == []
        stack.clock.at += timedelta(minutes=61)
        stack.app.tick.beat()
        stack.project()
    assert sorted(mail.recipient for mail in stack.channel.mails) == [email(buyer) for buyer in range(1, 4)]
    for member in members:
        found = messages(stack, [member])
        assert sorted(each.state for each in found) == ["sent", "suppressed"]
        assert {each.reason for each in found} == {None, "frequency_cap"}
    fault.figure(f"{WORKERS} workers, 2 campaigns: {len(stack.channel.mails)} mails to {len(members)} members")


def test_the_daily_cap_is_exact_under_twenty_workers(engine: Any) -> None:
    stack = Stack(engine, ONE_DAY.replace("daily_cap = 1000", "daily_cap = 2"))
    members = lapse(stack, 5)
    assert stack.sweep() == 5
    step = stack.app.deliver
    for _ in range(3):
        assert at_once([lambda: run(step)] * WORKERS, WORKERS) == []
        stack.clock.at += timedelta(minutes=61)
        stack.app.tick.beat()
        stack.project()
    assert len(stack.channel.mails) == 2
    assert sorted(each.state for each in messages(stack, members)) == ["deferred"] * 3 + ["sent"] * 2


@pytest.mark.fault(61)
def test_the_holdout_is_recorded_and_never_written_to(moto_stack: Stack) -> None:
    stack = moto_stack
    stack.config = replace(stack.config, campaigns=tuple(replace(each, holdout_permille=1000) for each in stack.config.campaigns))
    members = lapse(stack, 3)
    stack.sweep()
    stack.config = replace(stack.config, campaigns=tuple(replace(each, holdout_permille=0) for each in stack.config.campaigns))
    stack.sweep()
    stack.app.deliver.run()
    assert stack.channel.mails == []
    assert {(each.state, each.reason, each.arm) for each in messages(stack, members)} == {("suppressed", "holdout", "holdout")}


class Died(BaseException):
    """The worker is gone, with all it held."""


@pytest.mark.fault(55)
@pytest.mark.fault(25)
def test_a_worker_that_died_over_a_mail_leaves_it_unknown(moto_stack: Stack) -> None:
    stack = moto_stack
    (member,) = lapse(stack, 1)
    stack.sweep()
    stack.channel.faults = [cast(Exception, Died())]
    with pytest.raises(Died):
        stack.app.deliver.run()
    at_once = [message.state for message in messages(stack, [member])]
    stack.clock.at += LEFT + timedelta(minutes=1)
    stack.app.deliver.run()
    (message,) = messages(stack, [member])

    assert at_once == ["sending"]
    assert (message.state, message.reason) == ("unknown", "worker-died")
    stack.clock.at += timedelta(days=2)
    stack.app.deliver.run()
    assert stack.channel.mails == []


@pytest.mark.fault(51)
@pytest.mark.fault(55)
def test_a_digest_whose_worker_died_goes_once_more_under_its_own_id(moto_stack: Stack) -> None:
    stack = moto_stack
    stack.app.digest.queue(period_of("day", date(2026, 11, 19)))
    stack.channel.faults = [cast(Exception, Died())]
    with pytest.raises(Died):
        stack.app.deliver.run()
    stack.clock.at += LEFT + timedelta(minutes=1)
    stack.app.deliver.run()
    early = len(stack.channel.mails)
    stack.clock.at += DIGEST_AGAIN
    stack.channel.faults = [cast(Exception, Died())]
    with pytest.raises(Died):
        stack.app.deliver.run()
    stack.clock.at += DIGEST_AGAIN + timedelta(minutes=1)
    stack.app.deliver.run()
    owner = stack.app.parts.vault.lookup("demo", "reader", "marketing@demo.example")
    (message,) = stack.app.outbox.of("demo", owner)

    assert early == 0
    assert (message.state, message.values["again"]) == ("unknown", "1")


def test_a_refused_mail_gives_its_places_back(moto_stack: Stack) -> None:
    stack = Stack(moto_stack.engine, ONE_DAY.replace("daily_cap = 1000", "daily_cap = 1"))
    members = lapse(stack, 2)
    stack.sweep()
    stack.channel.faults = [Permanent("recipient-refused", "")]
    stack.app.deliver.run()
    stack.clock.at += timedelta(hours=1, minutes=1)
    stack.app.tick.beat()
    stack.project()
    stack.app.deliver.run()

    assert sorted(message.state for message in messages(stack, members)) == ["failed", "sent"]
