"""Who is asked after a delivery: once, days after it came, through the gate; and never on the strength of history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import asking, surveys
from chalicelib.domain.events import Consent
from chalicelib.domain.member import share
from chalicelib.ports import Message
from tests.functional.exactness.shoppers import GIVEN, campaign, rows_of, shop_of
from tests.functional.exactness.surveyed import (
    TODAY,
    ago,
    at_noon,
    came,
    flow,
    follow,
    order,
    sent,
    surveying,
    sweep,
)
from tests.functional.exactness.test_crashes import STRIDE, Crash, Fuse, FusedEngine
from tests.functional.exactness.test_races import at_once
from tests.functional.exactness.world import deliver
from tests.functional.stack import NOW, Stack


def noted(stack: Stack) -> list[tuple[str, str]]:
    """The orders that wait, under their days."""
    found = []
    for back in range(-2, 30):
        day = ago(back).isoformat()
        found += [(day, name) for name in stack.app.outreach.calendar.on("demo", surveys.DELIVERED, day)]
    return sorted(found)


def states(stack: Stack, *owners: str) -> list[tuple[str, str | None]]:
    """What became of these buyers' surveys."""
    return [(row.state, row.reason) for row in rows_of(stack, *owners) if row.kind == "survey"]


def test_who_got_a_parcel_is_asked_through_the_gate(stack: Stack) -> None:
    """From the push to the mail, on both engines."""
    token, message = sent(surveying(stack))
    (mail,) = stack.channel.mails
    assert (mail.recipient, mail.marketing) == ("ann@example.com", True)
    assert (mail.tags["kind"], mail.tags["campaign"]) == ("survey", "survey")
    assert [f"/s/{token}?score={score}" in mail.rendered.html for score in range(11)] == [True] * 11
    assert mail.unsubscribe_url is not None and mail.unsubscribe_url in mail.rendered.text
    assert ("consent", "ok") in message.decision and ("quiet_hours", "ok") in message.decision
    assert message.values["order"] == "generic/erp/ann-1" and "example.com" not in str(message)
    assert sweep(stack) == 0 and noted(stack) == []


def test_a_survey_that_left_has_a_price_like_any_message_to_a_member(moto_stack: Stack) -> None:
    stack = surveying(moto_stack, more='[costs.messages]\nemail = "2"\n')
    sent(stack)
    assert stack.app.press.reporting.day(TODAY).sent == {"email": 1}
    assert stack.app.costing.of([TODAY]).total.part("messages").cost == 200


@pytest.mark.parametrize(("back", "asked"), [(3, 0), (4, 1), (5, 1), (7, 1), (8, 0), (30, 0)])
def test_from_four_days_after_it_came_to_seven(moto_stack: Stack, back: int, asked: int) -> None:
    came(surveying(moto_stack), "ann", ago(back), placed=0)
    assert sweep(moto_stack) == asked


@pytest.mark.parametrize("days", [3, 7])
def test_the_days_are_the_merchants_to_choose_also_for_parcels_that_came_before(moto_stack: Stack, days: int) -> None:
    came(surveying(moto_stack), "ann", ago(days), placed=0)
    surveying(moto_stack, days_after_delivery=days)
    assert sweep(moto_stack) == 1
    surveying(moto_stack, days_after_delivery=days, share_permille=1)
    came(moto_stack, "bob", ago(days - 1), placed=0)
    assert sweep(moto_stack) == 0


def test_an_order_that_was_history_when_it_came_asks_nobody(moto_stack: Stack) -> None:
    """It came to the buyer four days ago, and to us today, placed eight days ago: a backfill."""
    stack = surveying(moto_stack)
    owner = came(stack, "ann", ago(4), placed=4)
    assert sweep(stack) == 0 and states(stack, owner) == []
    assert stack.counters.total("survey_old") == 1


def test_an_order_that_was_long_under_way_asks(moto_stack: Stack) -> None:
    """Told when it was placed, and delivered three weeks later."""
    stack = surveying(moto_stack)
    stack.clock.at = NOW - timedelta(days=24)
    came(stack, "ann", None, placed=24)
    stack.clock.at = NOW
    came(stack, "ann", ago(4), placed=20)
    assert sweep(stack) == 1


def test_without_the_guard_history_would_ask(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = surveying(moto_stack)
    came(stack, "ann", ago(4), placed=4)
    monkeypatch.setattr(surveys, "OLD", timedelta(days=9))
    assert sweep(stack) == 1


def test_another_day_of_delivery_moves_the_order(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    came(stack, "ann", ago(4))
    came(stack, "ann", ago(2), placed=5, updated_at="2026-11-19T00:00:00Z")
    assert sweep(stack) == 0
    assert noted(stack) == [(ago(2).isoformat(), "generic/erp/ann-1")]
    at_noon(stack, 2)
    assert sweep(stack) == 1
    assert stack.counters.total("survey_moved") == 1


def test_completed_stands_in_where_no_delivery_is_told(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    done = {"status": "completed", "delivered_at": None, "completed_at": f"{ago(4).isoformat()}T05:30:00Z"}
    came(stack, "ann", ago(4), **done)
    assert sweep(stack) == 1


@pytest.mark.parametrize(
    "parts",
    [
        {"status": "cancelled", "cancelled_at": "2026-11-18T00:00:00Z"},
        {"amounts": {"items": 2000, "total": 2000, "paid": 2000, "refunded": 2000}},
        {"test": True},
    ],
)
def test_an_order_that_is_no_more_asks_nobody(moto_stack: Stack, parts: dict[str, Any]) -> None:
    stack = surveying(moto_stack)
    owner = came(stack, "ann", ago(4), **parts)
    assert sweep(stack) == 0 and states(stack, owner) == [] and noted(stack) == []


def test_nor_one_that_is_given_back_while_its_survey_waits(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    owner = came(stack, "ann", ago(4))
    assert sweep(stack) == 1
    came(stack, "ann", ago(4), status="cancelled", updated_at="2026-11-20T01:00:00Z")
    stack.app.deliver.run()
    assert states(stack, owner) == [("cancelled", "lapsed")] and stack.channel.mails == []


def test_an_order_since_does_not_end_it(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    owner = came(stack, "ann", ago(4))
    assert sweep(stack) == 1
    came(stack, "ann", None, order_id="ann-2", placed=0)
    stack.app.deliver.run()
    assert states(stack, owner) == [("sent", None)]


def test_what_the_projector_has_not_seen_waits_for_it(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    deliver(stack, [order("ann", ago(4))])
    stack.normalise()
    records = stack.records()
    follow(stack, records)  # trigger is faster
    assert sweep(stack) == 0 and len(noted(stack)) == 1
    stack.project(records)
    assert sweep(stack) == 1


def test_switched_off_notes_draws_and_sends_nothing(moto_stack: Stack) -> None:
    stack = surveying(moto_stack, enabled=False)
    came(stack, "ann", ago(4))
    assert noted(stack) == [] and sweep(stack) == 0
    surveying(stack)
    owner = came(stack, "bob", ago(4))
    assert sweep(stack) == 1
    surveying(stack, enabled=False)
    stack.app.deliver.run()
    assert states(stack, owner) == [("cancelled", "campaign")] and stack.channel.mails == []


def test_the_gate_is_asked_like_for_any_message(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    owners = [came(stack, name, ago(4)) for name in ("ann", "bob", "cid")]
    no = Consent("demo", "-", "-", "-", "email", False, GIVEN + timedelta(days=1), "a form")
    stack.app.members.put_consent(no, owners[0])
    stack.app.members.suppress("demo", stack.app.parts.vault.lookup("demo", "email", "bob@example.com"), "bounced")
    assert sweep(stack) == 3
    stack.clock.at = NOW.replace(hour=14)  # ten in the evening
    stack.app.tick.beat()
    flow(stack)
    stack.app.deliver.run()
    assert [states(stack, owner) for owner in owners] == [
        [("suppressed", "consent")],
        [("suppressed", "suppression")],
        [("deferred", "quiet_hours")],
    ]
    at_noon(stack, 4)  # the eighth day after it came: nobody remembers
    stack.app.deliver.run()
    assert states(stack, owners[2]) == [("cancelled", "expired")] and stack.channel.mails == []


def test_a_survey_and_a_campaign_share_the_cap(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    sent(stack)
    thanks = campaign(occasion="first_purchase", silent_days=6, window_days=1, template="first_thanks")
    stack.config = replace(stack.config, campaigns=parse_campaigns(thanks))
    assert stack.sweep() == 1
    stack.app.deliver.run()
    assert len(stack.channel.mails) == 1


def parse_campaigns(text: str) -> Any:
    """Campaigns from their text."""
    from chalicelib.config import parse

    return parse(shop_of(text)).campaigns


def test_a_share_is_always_the_same_people(moto_stack: Stack) -> None:
    stack = surveying(moto_stack, share_permille=500)
    owners = [came(stack, f"m{number}", ago(4)) for number in range(12)]
    meant = {owner for owner in owners if share("demo", "survey", owner) * 1000 < 500 * 2**64}
    assert 0 < len(meant) < 12
    assert sweep(stack) == len(meant)
    assert {owner for owner in owners if states(stack, owner)} == meant
    assert sweep(stack) == 0 and noted(stack) == []


# --- at most one in the pause -------------------------------------------------------------------------------------------------


def test_nobody_is_asked_twice_within_the_pause(moto_stack: Stack) -> None:
    stack = surveying(moto_stack, pause_days=30)
    _, message = sent(stack)
    at_noon(stack, 20)
    came(stack, "ann", TODAY + timedelta(days=16), order_id="ann-2")
    assert sweep(stack) == 0 and stack.counters.total("survey_paused") == 1
    at_noon(stack, 31)
    came(stack, "ann", TODAY + timedelta(days=27), order_id="ann-3")
    assert sweep(stack) == 1
    stack.app.deliver.run()
    assert states(stack, message.owner) == [("sent", None)] * 2


def test_one_that_was_never_said_is_no_pause(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    owner = came(stack, "ann", ago(4))
    stack.app.members.put_consent(Consent("demo", "-", "-", "-", "email", False, GIVEN + timedelta(days=1), "a form"), owner)
    assert sweep(stack) == 1
    stack.app.deliver.run()
    stack.app.members.put_consent(Consent("demo", "-", "-", "-", "email", True, GIVEN + timedelta(days=2), "a form"), owner)
    came(stack, "ann", ago(4), order_id="ann-2")
    assert sweep(stack) == 1
    stack.app.deliver.run()
    assert states(stack, owner) == [("suppressed", "consent"), ("sent", None)]


def two_orders(stack: Stack) -> str:
    """Two parcels of one person that came on one day."""
    came(stack, "ann", ago(4))
    return came(stack, "ann", ago(4), order_id="ann-2")


def test_twenty_sweeps_at_once_ask_once(engine: Any) -> None:
    stack = surveying(Stack(engine))
    owner = two_orders(stack)
    assert at_once([lambda: sweep(stack)] * 20, 20) == []  # type: ignore[list-item]
    assert len(states(stack, owner)) == 1
    assert at_once([stack.app.deliver.run] * 20, 20) == []  # type: ignore[list-item]
    assert len(stack.channel.mails) == 1


def merged(stack: Stack) -> list[str]:
    """Two who were asked, and turn out to be one, under a cap that would bear both messages."""
    stack.config = replace(stack.config, sending=replace(stack.config.sending, cap_messages=9))
    owners = [came(stack, "ann", ago(4)), came(stack, "bob", ago(4))]
    assert sweep(stack) == 2
    same = {"id": "bob", "email": "ann@example.com"}
    came(stack, "bob", ago(4), order_id="bob-1", buyer=same, updated_at="2026-11-20T01:00:00Z")
    assert len(stack.app.people.member("demo", owners[0]).buyers) == 2
    return owners


def test_two_who_turn_out_to_be_one_are_asked_once(engine: Any) -> None:
    stack = surveying(Stack(engine))
    owners = merged(stack)
    assert at_once([stack.app.deliver.run] * 20, 20) == []  # type: ignore[list-item]
    for _ in range(2):
        stack.clock.at += timedelta(hours=1)
        stack.app.tick.beat()
        flow(stack)
        stack.app.deliver.run()
    assert sorted(states(stack, *owners)) == [("cancelled", "merged"), ("sent", None)]
    assert len(stack.channel.mails) == 1


def test_without_the_guard_they_would_be_asked_twice(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_other: Message, _since: object) -> bool:
        return False

    stack = surveying(moto_stack)
    merged(stack)
    monkeypatch.setattr(asking, "survey_rivals", nobody)
    stack.app.deliver.run()
    assert len(stack.channel.mails) == 2


# --- crashes ------------------------------------------------------------------------------------------------------------------


def crashed(engine: Any, fuse: Fuse) -> tuple[Any, bool]:
    """Two parcels, of which one has no survey to come; the sweep dies at an effect, and the next one goes on."""
    stack = surveying(Stack(FusedEngine(engine, fuse)))
    owners = [two_orders(stack), came(stack, "bob", ago(4), placed=4), came(stack, "cid", ago(5))]
    fuse.armed = True
    try:
        sweep(stack)
    except Crash:
        sweep(stack)
    fuse.armed = False
    stack.app.deliver.run()
    return ([states(stack, owner) for owner in owners], noted(stack), len(stack.channel.mails)), fuse.blown


def test_dying_at_any_effect_of_the_sweep_asks_once(engine: Any) -> None:
    whole: Any = ([[("sent", None)], [], [("sent", None)]], [], 2)
    assert crashed(engine, Fuse(10**6, before=True)) == (whole, False)
    effect = 1
    while True:
        for before in (True, False):
            found, blown = crashed(engine, Fuse(effect, before))
            assert found == whole, (effect, before)
        if not blown:
            break
        effect += STRIDE[engine.name]
    assert effect > 4
