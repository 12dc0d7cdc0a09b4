"""Tasks that an employee confirms are asked what became of them: each at most every half hour, for three days, by one worker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.contract import Api, Event
from chalicelib.errors import Retriable
from chalicelib.ports import Message
from connectors.wecom import CONNECTOR
from tests.functional.stack import CONFIG, NOW, Stack

ACCOUNT = '[[accounts]]\nplatform = "wecom"\naccount = "corp"\npull_minutes = 0\n'
RESULTS = (Path(__file__).parents[2] / "fixtures" / "wecom" / "message-results" / "body.json").read_bytes()


class Platform:
    """The task's results, each time it is asked; `down` it gives none."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False

    def task_receipts(self, task_id: str, api: Api) -> tuple[Event, ...]:
        assert api.account.account == "corp"
        self.asked.append(task_id)
        if self.down:
            raise Retriable("platform-unreachable", "down")
        return (Event(f"results-{len(self.asked)}", "get_groupmsg_send_result", "message", task_id, None, False, RESULTS),)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    found = Platform()
    monkeypatch.setattr(type(CONNECTOR), "task_receipts", lambda _self, task_id, api: found.task_receipts(task_id, api))
    return found


@pytest.fixture
def tasked(stack: Stack) -> Stack:
    """A task that was made just now."""
    stack.config = parse(CONFIG.replace("[[campaigns]]", ACCOUNT + "[[campaigns]]", 1))
    sent(stack)
    return stack


def sent(stack: Stack, task: str = "t1") -> None:
    message = Message(
        "demo", "m1", "o1", "winback", "wecom", "winback", "zh-CN", "sent", None, None, "back30", "treated", sent_at=NOW
    )
    stack.app.feedback.sent(message, "wecom", "corp", f"{task}:c1", task=task)


def test_it_is_asked_every_half_hour_and_no_more_after_three_days(tasked: Stack, platform: Platform) -> None:
    assert tasked.app.tasks.run() == 0, "nobody has confirmed it within the first minutes"
    for _ in range(160):
        tasked.clock.at += timedelta(minutes=29)
        tasked.app.tasks.run()

    days = timedelta(days=3) / timedelta(minutes=58)  # asked at each second look: 29 minutes are too few
    assert days - 1 <= len(platform.asked) <= days + 1
    platform.asked.clear()
    tasked.clock.at += timedelta(days=30)
    tasked.app.tasks.run()
    assert platform.asked == []


def test_it_is_told_twice_and_is_one_task(tasked: Stack, platform: Platform) -> None:
    sent(tasked)
    tasked.clock.at += timedelta(minutes=31)
    tasked.app.tasks.run()
    assert platform.asked == ["t1"]


def test_of_many_workers_one_asks(tasked: Stack, platform: Platform) -> None:
    tasked.clock.at += timedelta(minutes=31)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: tasked.app.tasks.run(), range(8)))
    assert platform.asked == ["t1"]


def test_a_platform_that_is_down_waits_its_turn_and_holds_up_no_other(tasked: Stack, platform: Platform) -> None:
    sent(tasked, "t2")
    platform.down = True
    tasked.clock.at += timedelta(minutes=31)
    assert tasked.app.tasks.run() == 0
    assert sorted(platform.asked) == ["t1", "t2"]
    assert tasked.app.tasks.run() == 0
    assert len(platform.asked) == 2, "not again at once"

    platform.down = False
    tasked.clock.at += timedelta(minutes=31)
    assert tasked.app.tasks.run() == 2


def test_an_account_that_is_paused_or_gone_is_not_asked(tasked: Stack, platform: Platform) -> None:
    tasked.clock.at += timedelta(minutes=31)
    whole = tasked.config
    tasked.config = replace(whole, accounts=tuple(replace(each, paused=True) for each in whole.accounts))
    assert tasked.app.tasks.run() == 0
    tasked.clock.at += timedelta(minutes=31)
    tasked.config = replace(whole, accounts=())
    assert tasked.app.tasks.run() == 0
    assert platform.asked == []


def test_what_it_answers_settles_the_message(tasked: Stack, platform: Platform) -> None:
    """By "task:contact", which is all that the platform tells of it."""
    told: Any = CONNECTOR.canonical("message", RESULTS, _ref())
    receipt = next(each for each in told if each.state == "sent")
    task = receipt.message_id.partition(":")[0]
    queued = Message("demo", "m9", "o9", "winback", "wecom", "winback", "zh-CN", "unknown", "cut", None, "back30", "treated", 1)
    assert tasked.app.outbox.add(replace(queued, sent_at=NOW))
    tasked.app.feedback.sent(replace(queued, sent_at=NOW), "wecom", "corp", receipt.message_id, task=task)
    tasked.clock.at += timedelta(minutes=31)

    assert tasked.app.tasks.run() >= 1
    assert tasked.normalise() >= 1

    settled = tasked.app.outbox.read("demo", "o9", "m9")
    assert settled is not None
    assert settled.state == "sent"


def _ref() -> Any:
    from chalicelib.contract import Account, Ref

    return Ref(Account("demo", "wecom", "corp"), "d", "pull")
