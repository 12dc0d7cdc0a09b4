"""Contacts of a directory: kept whole, greeted once while the code lives; one-off permissions, each used by one message."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.contract import Api, Capability
from chalicelib.domain.contact import Contact, Permission
from chalicelib.domain.order import Buyer
from chalicelib.errors import Permanent, Retriable
from chalicelib.greeting import Greeting
from chalicelib.ports import RecordKey
from ops.local import TABLE
from tests.functional.runs.platform import Only
from tests.functional.stack import CONFIG, NOW, Stack
from tests.kit.fake import Fake

ACCOUNT = 'platform = "fake"\naccount = "acme"\noptions = {welcome = "Hello"}\n'
MADE = CONFIG.replace('platform = "shopify"\naccount = "acme"\n', ACCOUNT, 1)
ADDED = Contact(
    "demo", "fake", "acme", "wm1", "zhang", "active", unionid="u-1", buyer=Buyer(id="wm1"), added_at=NOW, welcome="CODE"
)


class Welcoming(Fake):
    """A directory that greets."""

    info = replace(Fake.info, capabilities=Fake.info.capabilities | {Capability.WELCOMES})

    def __init__(self, fault: Exception | None = None) -> None:
        self.said: list[tuple[str, str]] = []
        self.fault = fault

    def welcome(self, code: str, text: str, _api: Api) -> None:
        """Said, or not."""
        if self.fault:
            raise self.fault
        self.said.append((code, text))


def greeting(stack: Stack, platform: Any, config: str = MADE) -> Greeting:
    """The part over this connector."""
    return Greeting(
        config=lambda: parse(config),
        outbox=stack.app.outbox,
        connectors=Only(platform),
        clock=stack.clock,
        counters=stack.counters,
    )


def outcome(stack: Stack) -> list[tuple[str, str | None]]:
    """What the outbox says."""
    return [(message.state, message.reason) for message in stack.app.outbox.of("demo", "owner")]


def test_a_new_contact_is_greeted_once(engine: Any) -> None:
    stack, platform = Stack(engine), Welcoming()
    for _ in range(3):
        greeting(stack, platform).greet(ADDED, "owner")
    assert platform.said == [("CODE", "Hello")]
    assert outcome(stack) == [("sent", None)]
    (message,) = stack.app.outbox.of("demo", "owner")
    assert dict(message.decision) == {"sending_off": "ok", "code_alive": "ok", "greeted": "ok"}
    assert "CODE" not in str(message)


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Retriable("platform-unavailable"), ("failed", "platform-unavailable")),
        (Permanent("code-used"), ("failed", "code-used")),
        (Permanent("outcome-unknown"), ("unknown", "outcome-unknown")),
    ],
)
def test_a_greeting_that_fails_is_not_tried_again(moto_stack: Stack, fault: Exception, state: tuple[str, str]) -> None:
    platform = Welcoming(fault)
    greeting(moto_stack, platform).greet(ADDED, "owner")
    platform.fault = None
    greeting(moto_stack, platform).greet(ADDED, "owner")
    assert platform.said == [] and outcome(moto_stack) == [state]


@pytest.mark.parametrize(
    ("config", "late", "expected"),
    [
        (MADE.replace("enabled = true", "enabled = false"), 0, [("cancelled", "sending_off")]),
        (MADE, 21, [("cancelled", "too-late")]),
        (MADE.replace('options = {welcome = "Hello"}', ""), 0, []),
    ],
)
def test_the_switch_the_code_s_life_and_a_missing_text_are_obeyed(
    moto_stack: Stack, config: str, late: int, expected: list[tuple[str, str]]
) -> None:
    platform = Welcoming()
    moto_stack.clock.at += timedelta(seconds=late)
    greeting(moto_stack, platform, config).greet(ADDED, "owner")
    assert platform.said == [] and outcome(moto_stack) == expected


def test_a_contact_is_kept_without_its_code_and_its_newest_state_holds(moto_stack: Stack) -> None:
    recording = moto_stack.app.recording
    left = replace(ADDED, state="left", welcome=None, updated_at=NOW + timedelta(hours=1))
    for thing in (ADDED, left, ADDED):
        recording.keep(thing, source=1, occurred_at=None, keep_raw=lambda: "raw")
    shown = recording.show(RecordKey("demo", "fake", "acme", "contact", "wm1\x1fzhang"))
    assert shown is not None and (shown["state"], shown["unionid"], shown["employee"]) == ("left", "u-1", "zhang")
    items = str(moto_stack.dynamodb.scan(TableName=TABLE)["Items"])
    assert "wm1" in items and "u-1" not in items and "CODE" not in str(shown) + items


def permission(name: str, minutes: int, *, granted: bool = True) -> Permission:
    """A person's word on a template, so many minutes later."""
    return Permission("demo", "wechat", "acme", name, "openid", "T1", granted, NOW + timedelta(minutes=minutes))


def take(stack: Stack, message: str, template: str = "T1") -> bool:
    """Use one up."""
    return stack.app.members.take_permission("demo", "s", template, message)


def test_each_permission_is_used_by_one_message(engine: Any) -> None:
    stack = Stack(engine)
    for one in (permission("a", 0), permission("b", 1), permission("a", 0)):
        stack.app.members.put_permission(one, "s")
    assert [take(stack, "m1"), take(stack, "m1"), take(stack, "m2"), take(stack, "m3"), take(stack, "m2")] == [
        True,
        True,
        True,
        False,
        True,
    ]
    stack.app.members.put_permission(permission("a", 0), "s")  # told again: used all the same
    assert not take(stack, "m3") and not take(stack, "m1", "T2")


def test_a_refusal_voids_what_was_given_before(moto_stack: Stack) -> None:
    members = moto_stack.app.members
    for one in (permission("a", 0), permission("no", 5, granted=False)):
        members.put_permission(one, "s")
    assert (members.permissions("demo", "s", "T1"), take(moto_stack, "m1")) == (0, False)
    members.put_permission(permission("c", 9), "s")
    members.put_permission(permission("late", 3), "s")  # given before the refusal, told after it
    assert (members.permissions("demo", "s", "T1"), take(moto_stack, "m1"), take(moto_stack, "m2")) == (1, True, False)


def test_ten_workers_share_three_permissions(engine: Any) -> None:
    stack = Stack(engine)
    for number in range(3):
        stack.app.members.put_permission(permission(str(number), number), "s")
    gate, taken = threading.Barrier(10), list[bool]()

    def work(number: int) -> None:
        gate.wait()
        taken.append(take(stack, f"m{number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 3


def test_a_permission_of_no_known_time_is_the_oldest(moto_stack: Stack) -> None:
    moto_stack.app.members.put_permission(replace(permission("x", 0), at=None), "s")
    moto_stack.app.members.put_permission(permission("no", 1, granted=False), "s")
    assert not take(moto_stack, "m1")


def test_a_contact_is_found_by_the_unionid_of_a_member_s_orders(engine: Any) -> None:
    stack = Stack(engine)
    identity = "unionid:" + stack.app.parts.vault.lookup("demo", "unionid", "u-1")
    left = replace(ADDED, state="left", welcome=None, updated_at=NOW + timedelta(hours=1))
    for thing, expected in ((ADDED, [("fake", "acme", "wm1", "zhang")]), (left, []), (ADDED, [])):
        stack.app.asides.take(replace(thing, welcome=None), source=1, occurred_at=None, received_at=NOW, keep_raw=lambda: "raw")
        assert stack.app.members.contacts("demo", identity) == expected
