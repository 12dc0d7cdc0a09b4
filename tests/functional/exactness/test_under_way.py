"""What happens to messages that wait or go while something else does: an edit, a stop, a contended write, a code that expires."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.domain.campaign import Offer
from chalicelib.domain.coupons import Code
from chalicelib.domain.facts import Fact
from chalicelib.errors import Permanent, Retriable
from chalicelib.ports import Message
from tests.functional.exactness.shoppers import bought, campaign, later, rows_of, shop_of
from tests.functional.exactness.test_campaigns import STEPS, TODAY, ago, at_noon, edit, outcomes, run, with_campaigns
from tests.functional.stack import Stack

Save = Callable[..., bool]


def with_pool(stack: Stack, text: str = "", codes: int = 3, pool: str = "spring", days: int = 30) -> Stack:
    """A campaign whose messages name codes of their own."""
    with_campaigns(stack, text or campaign(template="vip"))
    edit(stack, offer=Offer(pool=pool))
    last = TODAY + timedelta(days=days)
    stack.app.offers.add("demo", pool, {n: Code(f"{pool.upper()}-{n}", last) for n in range(1, codes + 1)})
    return stack


def left(stack: Stack, pool: str = "spring") -> int:
    """Codes of the pool that are free."""
    return stack.app.offers.count("demo", pool, TODAY).left


# --- an edit ----------------------------------------------------------------------------------------------------------------------


def test_what_was_queued_before_an_edit_waits_for_a_new_yes(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign())
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    edit(stack, offer=Offer(code="NINETY"))
    run(stack)
    assert stack.channel.mails == [] and outcomes(stack, owner) == [("deferred", "approval")]
    edit(stack, offer=None)
    later(stack, hours=1)
    run(stack)
    assert len(stack.channel.mails) == 1, "as it was seen it goes"


def test_an_edit_that_is_approved_goes(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign())
    bought(stack, "ann", ago(30))
    stack.sweep()
    edit(stack, offer=Offer(code="NINETY"))
    stack.app.trigger.approve("try")
    run(stack)
    assert len(stack.channel.mails) == 1 and "NINETY" in stack.channel.mails[0].rendered.text


def test_a_code_that_was_told_stays_the_persons_when_the_campaign_moves_to_another_pool(moto_stack: Stack) -> None:
    stack = with_pool(moto_stack, STEPS, codes=1)
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    run(stack)
    first = rows_of(stack, owner)[0]
    told = stack.app.offers.code_of("demo", first.message_id)
    assert told and told.text in stack.channel.mails[0].rendered.text
    stack.app.offers.add("demo", "summer", {1: Code("SUMMER-1", TODAY + timedelta(days=60))})
    edit(stack, offer=Offer(pool="summer"))
    stack.app.trigger.approve("try")
    at_noon(stack, 8)
    run(stack)
    assert len(stack.channel.mails) == 2 and left(stack) == 0, "what is told to one is free for nobody else"
    assert stack.app.offers.code_of("demo", first.message_id) == told
    assert told.text in stack.channel.mails[1].rendered.text


# --- a stop -----------------------------------------------------------------------------------------------------------------------


def test_a_stop_reaches_what_a_worker_moves_at_the_same_time(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = with_campaigns(moto_stack, campaign())
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    outbox = stack.app.outbox
    moved: list[Message] = []
    save = outbox.save

    def raced(message: Message, outcome: Fact | None = None) -> bool:
        if not moved:  # a worker finds quiet hours, between what the stop read and what it writes
            moved.append(message)
            read = outbox.read("demo", message.owner, message.message_id)
            assert read and save(replace(read, state="deferred", version=read.version + 1))
        return save(message, outcome)

    monkeypatch.setattr(outbox, "save", raced)
    assert stack.app.trigger.stop("try") == 1
    assert moved and outcomes(stack, owner) == [("cancelled", "stopped")]


@pytest.mark.parametrize("ends", ["stop", "order"])
def test_a_code_of_a_message_that_never_went_is_free_again(moto_stack: Stack, ends: str) -> None:
    stack = with_pool(moto_stack)
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    stack.channel.faults = [Retriable("mail-busy", "refused on purpose")]
    run(stack)
    assert outcomes(stack, owner) == [("deferred", "mail-busy")] and left(stack) == 2, "it waits, and has its code"
    if ends == "stop":
        assert stack.app.trigger.stop("try") == 1
    else:
        bought(stack, "ann", TODAY)
        for image in stack_images(stack):
            stack.app.trigger.on_order(image)
    assert outcomes(stack, owner)[0][0] == "cancelled" and left(stack) == 3


def stack_images(stack: Stack) -> list[Any]:
    """The order of the tests' day as the stream tells it."""
    from chalicelib.domain.facts import Image
    from chalicelib.domain.record import OrderKey

    key = OrderKey("demo", "generic", "erp", f"ann-{TODAY.isoformat()}-0")
    stored = stack.app.orders.read(key)
    return [Image(key, stored.version, stored.bucket, stored.member, stored.layers)]


# --- a contended write ------------------------------------------------------------------------------------------------------------


def contended(stack: Stack, monkeypatch: pytest.MonkeyPatch, state: str, times: int) -> None:
    """The cell that outcomes are counted in is another worker's, so many times."""
    outbox, save = stack.app.outbox, stack.app.outbox.save
    left_over = [None] * times

    def busy(message: Message, outcome: Fact | None = None) -> bool:
        if message.state == state and left_over:
            left_over.pop()
            raise Retriable("table-contended", "TransactionConflict")
        return save(message, outcome)

    monkeypatch.setattr(outbox, "save", busy)


@pytest.mark.parametrize(("fault", "state"), [(None, "sent"), (Permanent("mail-refused", "on purpose"), "failed")])
def test_an_outcome_is_not_lost_to_a_conflict(
    moto_stack: Stack, monkeypatch: pytest.MonkeyPatch, fault: Exception | None, state: str
) -> None:
    stack = with_campaigns(moto_stack, campaign())
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    stack.channel.faults = [fault] if fault else []
    contended(stack, monkeypatch, state, 1)
    run(stack)
    assert outcomes(stack, owner)[0][0] == state


def test_what_went_counts_for_the_channel_also_where_its_row_could_not_be_saved(
    moto_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = with_campaigns(moto_stack, campaign())
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    contended(stack, monkeypatch, "sent", 99)
    run(stack)
    assert len(stack.channel.mails) == 1 and outcomes(stack, owner) == [("sending", None)]
    assert stack.app.feedback.health("demo", "email").sends == 1


def test_a_budget_is_given_back_whoever_counts_at_the_same_time(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = with_campaigns(moto_stack, campaign(budget=1000, message_costs=None))
    edit(stack, message_costs={"email": 300})
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    table = stack.app.parts.table
    moved: list[str] = []
    put = table.put

    def raced(pk: str, sk: str, attributes: Any, **how: Any) -> bool:
        if sk == "sends" and not moved:  # another campaign's claim, between what is read and what is written
            moved.append(sk)
            assert table.update(pk, sk, "ADD v :one", values={":one": {"N": "1"}})
        return put(pk, sk, attributes, **how)

    monkeypatch.setattr(table, "put", raced)
    stack.channel.faults = [Permanent("mail-refused", "on purpose")]
    run(stack)
    assert moved and outcomes(stack, owner) == [("failed", "mail-refused")]
    assert stack.app.outbox.spent("demo", "try") == 0


# --- codes that expire ------------------------------------------------------------------------------------------------------------


def reminded(stack: Stack) -> str:
    """Somebody who may have a code, and a campaign that reminds of it three days before its end."""
    soon = campaign(
        "soon", occasion="offer_expiring", silent_days=3, window_days=3, template="offer_expiring", remind_pool="spring"
    )
    stack.config = parse(shop_of(campaign("vip", template="vip", expires_days=9) + soon))
    stack.config = replace(stack.config, sending=replace(stack.config.sending, cap_messages=9))
    edit(stack, offer=Offer(pool="spring"))
    stack.app.offers.add("demo", "spring", {1: Code("SPRING-1", TODAY + timedelta(days=4))})
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    return owner


def test_nobody_is_reminded_of_a_code_that_has_expired(moto_stack: Stack) -> None:
    stack = moto_stack
    owner = reminded(stack)
    run(stack)
    at_noon(stack, 2)
    assert stack.sweep() == 1
    stack.channel.faults = [Retriable("mail-busy", "refused on purpose")]
    run(stack)
    at_noon(stack, 5)
    run(stack)
    assert len(stack.channel.mails) == 1
    assert ("cancelled", "code-expired") in outcomes(stack, owner)


@pytest.mark.parametrize("fault", [Retriable("mail-busy", "on purpose"), None])
def test_nobody_is_reminded_of_a_code_that_they_were_never_told(moto_stack: Stack, fault: Exception | None) -> None:
    stack = moto_stack
    reminded(stack)
    stack.channel.faults = [fault] if fault else []
    run(stack)
    at_noon(stack, 2)
    assert stack.sweep() == (0 if fault else 1)


# --- where they are ---------------------------------------------------------------------------------------------------------------


def test_a_country_is_that_of_the_newest_order_that_tells_one(moto_stack: Stack) -> None:
    """A voucher has no address: whoever bought one is still where their parcels go."""
    from tests.functional.exactness.world import deliver

    stack = with_campaigns(moto_stack, campaign())
    owner = bought(stack, "ann", ago(60), ago(30))
    deliver(stack, [_shipped_to("ann", "US", 60)])
    stack.settle()
    person = stack.app.outreach.reach.person(stack.config, _member(stack, owner), ("email",))
    assert person.country == "US"
    stack.clock.at = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    stack.sweep()
    run(stack)
    assert stack.channel.mails == [] and outcomes(stack, owner) == [("deferred", "quiet_hours")]


def _member(stack: Stack, owner: str) -> Any:
    from chalicelib.people import People

    return People(stack.app.members).member("demo", owner)


def _shipped_to(name: str, country: str, days: int) -> Any:
    import json

    from tests.functional.exactness.world import Delivery

    day = ago(days).isoformat()
    at = f"{day}T05:00:00Z"
    order = {
        "order_id": f"{name}-{day}-0", "status": "paid", "currency": "CNY", "tax_included": True,
        "amounts": {"items": 2000, "total": 2000, "paid": 2000},
        "placed_at": f"{day}T04:00:00Z", "paid_at": f"{day}T04:00:00Z", "updated_at": at,
        "buyer": {"id": name, "email": f"{name}@example.com"}, "ship_to": {"country": country}, "lines": [],
    }  # fmt: skip
    return Delivery("generic", "erp", None, json.dumps({"type": "order", "timestamp": at, "data": order}).encode())
