"""What is told of somebody after they were erased: it counts where it happened before, and brings nobody back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import owning, recording
from chalicelib.adapters.vault import KmsVault
from chalicelib.domain.record import OrderKey
from chalicelib.tombstones import Owner, heir, mark
from ops.local import KEYS_TABLE, TABLE, local_vault
from tests.functional.privacy.scene import (
    BUYER,
    CUSTOMER,
    EMAIL,
    MESSAGE,
    REVIEW,
    Search,
    at,
    buys,
    erase,
    erp_order,
    scan,
    scene,
    shopify,
    shopify_order,
    subject,
    told,
    wait,
)
from tests.functional.stack import NOW, Stack
from tests.kit.faults import Told

BEFORE, AFTER = NOW - timedelta(days=2), NOW + timedelta(days=3)


def erased(engine: Any) -> tuple[Stack, list[str]]:
    """The person is erased; also what came by then, as the queue had it."""
    stack = scene(engine)
    sent: list[str] = []
    keep = stack.inbound.send

    def send(bodies: Any, *, delay_seconds: int = 0) -> None:
        sent.extend(bodies)
        keep(bodies, delay_seconds=delay_seconds)

    stack.inbound.send = send  # type: ignore[method-assign]
    if engine.name == "moto":
        buys(stack)
    else:  # one shop has fewer shelves to walk over
        assert told(stack, "order", erp_order("erp-50003", NOW - timedelta(days=37))) == 200
        stack.settle()
    erase(stack, subject(stack, "generic", "erp", BUYER))
    return stack, sent


def keys(stack: Stack) -> set[str]:
    """Whose keys there are; those of the days on which requests are sealed left out."""
    found = {item["pk"]["S"] for item in scan(stack, KEYS_TABLE) if "k" in item}
    return {name for name in found if "#raw-" not in name}


def linked(stack: Stack) -> set[tuple[str, str]]:
    """Identities and buyers, but for those that name nobody."""
    items = (item for item in scan(stack, TABLE) if item["kind"]["S"] == "link")
    return {(item["pk"]["S"], item["sk"]["S"]) for item in items if "erased:" not in item["pk"]["S"]}


def review(stack: Stack, number: str, when: datetime) -> int:
    """Somebody's stars and words."""
    body = {
        "review_id": number,
        "order_id": "erp-50003",
        "rating": 1,
        "text": REVIEW,
        "buyer": {"id": BUYER},
        "created_at": at(when),
    }
    return told(stack, "review", body)


def message(stack: Stack, when: datetime) -> int:
    """Somebody's private word."""
    return told(
        stack,
        "message",
        {
            "message_id": "m-1",
            "thread_id": EMAIL,
            "sender": "buyer",
            "text": MESSAGE,
            "buyer": {"id": BUYER, "email": EMAIL},
            "created_at": at(when),
        },
    )


def late(stack: Stack, sent: list[str]) -> int:
    """All that came before, once more as a replay and a redrive bring it and as a platform tries again; and what was never told.

    Returns how many things were told.
    """
    stack.inbound.bodies.extend(sent)  # a redrive, and a replay of the very bytes
    assert shopify(stack, "orders/paid", shopify_order(50_001, NOW - timedelta(days=40))) == 200  # a retry
    assert shopify(stack, "orders/updated", shopify_order(50_001, NOW - timedelta(days=40), updated_at=at(NOW), note="x")) == 200
    assert told(stack, "order", erp_order("erp-60001", BEFORE)) == 200  # one that a pull finds late
    assert told(stack, "order", erp_order("erp-60002", BEFORE, buyer="another-self-77")) == 200  # the same address elsewhere
    assert review(stack, "rv-1", BEFORE) == 200 and message(stack, BEFORE) == 200
    consent = {"buyer_id": BUYER, "channel": "email", "granted": True, "at": at(BEFORE), "source": "a form"}
    assert told(stack, "consent", consent) == 200
    return len(sent) + 7


@pytest.mark.fault(63)
def test_63_what_is_told_late_of_an_erased_person_brings_nobody_back(both: Any, fault: Told) -> None:
    stack, sent = erased(both)
    known, links, bucket = keys(stack), linked(stack), set(stack.archive.objects)
    count = late(stack, sent)
    for _ in range(2):
        stack.settle()
    stack.app.reckoning.sweep("demo")
    me = subject(stack, "generic", "erp", BUYER)

    assert keys(stack) == known and linked(stack) == links
    assert stack.app.members.words("demo", me) == [] and Search(stack).found() == {}
    assert set(stack.archive.objects) == bucket and stack.app.work.held("demo") == 0
    for number in ("erp-60001", "erp-60002"):  # both count, under no name
        stored = stack.app.orders.read(OrderKey("demo", "generic", "erp", number))
        assert (stored.version, stored.personal) == (1, None) and stored.member is not None
        assert stored.identities == (mark(stored.member),)
    assert stack.app.orders.read(OrderKey("demo", "generic", "erp", "erp-60001")).member == me
    records = list(stack.app.privacy.rows.records("demo", "generic", "erp", "review"))
    assert [(stored.subject, stored.personal, b'"rating":1' in stored.plain) for _, stored in records] == [(None, None, True)]
    assert list(stack.app.privacy.rows.records("demo", "generic", "erp", "message")) == []
    stack.clock.at += timedelta(days=1)
    somebody = stack.app.people.member("demo", subject(stack, "generic", "erp", "somebody")).name
    assert [each.member for each in stack.app.trigger.preview("back30")] in ([], [somebody])
    fault.figure(f"{count} things told late: 0 keys, 0 links, 0 members to write to, 0 words found")


@pytest.mark.fault(63, saboteur=True)
def test_63_without_a_tombstone_the_person_comes_back(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def destroyed(self: KmsVault, merchant: str, name: str, _at: datetime) -> None:
        self.destroy(merchant, name)

    monkeypatch.setattr(KmsVault, "shut", destroyed)
    stack, sent = erased(quick)
    late(stack, sent)
    for _ in range(2):
        stack.settle()
    assert Search(stack).found() != {}


@pytest.mark.fault(63, saboteur=True)
@pytest.mark.parametrize("module", [owning, recording])
def test_63_whoever_does_not_ask_for_it_keeps_what_may_not_be_kept(
    quick: Any, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def anybody(_vault: Any, _merchant: str, name: str, *_: Any) -> Owner:
        return Owner(f"{name}-new", False)

    stack, sent = erased(quick)
    monkeypatch.setattr(module, "owner", anybody)
    late(stack, sent)
    stack.settle()
    assert Search(stack).found() != {}


def test_who_comes_back_is_a_new_acquaintance_and_what_was_shut_stays_shut(quick: Any) -> None:
    stack, sent = erased(quick)
    me = subject(stack, "shopify", "acme", CUSTOMER)
    heir_of_me = heir(stack.app.parts.vault, "demo", me)
    stack.clock.at = AFTER + timedelta(hours=1)
    assert shopify(stack, "orders/paid", shopify_order(70_001, AFTER)) == 200
    stack.settle()
    stored = stack.app.orders.read(OrderKey("demo", "shopify", "acme", "70001"))
    assert (stored.subject, stored.member) == (heir_of_me, heir_of_me) and stored.personal is not None
    assert stack.app.parts.vault.has_key("demo", heir_of_me) and not stack.app.parts.vault.has_key("demo", me)
    assert stack.app.people.member("demo", heir_of_me).buyers == (heir_of_me,)
    assert stack.app.people.member("demo", me).buyers != (me,)  # one person still, whoever it was

    # No word from before speaks for them; a new one does.
    for when, expected in ((BEFORE, None), (AFTER, True)):
        person = f'{{"id": {CUSTOMER}, "email": "{EMAIL}", "updated_at": "{at(AFTER)}", "email_marketing_consent": '
        body = person + f'{{"state": "subscribed", "consent_updated_at": "{at(when)}"}}}}'
        assert shopify(stack, "customers/update", body.encode()) == 200
        stack.settle()
        assert stack.app.members.consent("demo", [heir_of_me], "email") is expected

    # Told again and again it stays one order of theirs; and erased again, it is gone like the rest.
    assert shopify(stack, "orders/updated", shopify_order(70_001, AFTER, updated_at=at(AFTER + timedelta(hours=1)))) == 200
    stack.inbound.bodies.extend(sent)
    stack.settle()
    again = stack.app.orders.read(OrderKey("demo", "shopify", "acme", "70001"))
    assert (again.version, again.subject) == (2, heir_of_me)
    erase(stack, heir_of_me)
    assert Search(stack).found() == {}


@pytest.mark.parametrize("warm", [True, False])
def test_a_worker_that_writes_while_the_person_is_erased_leaves_nothing(both: Any, warm: bool) -> None:
    """It has the key in memory, or has just asked for it, and writes after the key was destroyed and the orders stripped."""
    stack = scene(both)
    assert told(stack, "order", erp_order("erp-50003", NOW - timedelta(days=37))) == 200
    stack.settle()
    me, privacy = subject(stack, "generic", "erp", BUYER), stack.app.privacy
    worker = type(stack.app)(_with_own_memory(stack))  # the same tables, and nothing else
    if warm:
        assert worker.parts.vault.erased("demo", me) is None  # from here on it has the key
    assert told(stack, "order", erp_order("erp-50003", BEFORE, status="shipped")) == 200
    assert told(stack, "order", erp_order("erp-60009", BEFORE)) == 200
    paused, go, bodies = threading.Event(), threading.Event(), list(stack.inbound.bodies)
    stack.inbound.bodies.clear()
    write = worker.orders.write

    def late_write(*given: Any, **named: Any) -> bool:
        paused.set()
        assert go.wait(30)
        return write(*given, **named)

    worker.orders.write = late_write  # type: ignore[method-assign]
    thread = threading.Thread(target=_all, args=(worker.normalise.handle, bodies))
    thread.start()
    assert paused.wait(30)
    asked = privacy.erasing.begin(privacy.belongings.person("demo", [me]), "ops")
    privacy.erasing.carry_on(asked.id)
    go.set()
    thread.join(60)
    assert not thread.is_alive()
    stack.settle()
    wait(stack)
    assert privacy.erasing.carry_on(asked.id).over
    wait(stack)
    assert Search(stack).found() == {}


def _all(handle: Callable[[str], None], bodies: list[str]) -> None:
    for body in bodies:
        handle(body)


def _with_own_memory(stack: Stack) -> Any:
    """The parts with a vault that shares nothing but the table."""
    import copy

    vault = stack.app.parts.vault
    assert isinstance(vault, KmsVault)
    parts = copy.copy(stack.app.parts)
    parts.vault = local_vault(stack.engine, stack.clock, vault._make())
    return parts
