"""Campaigns over the whole core: who is drawn for which occasion, in which steps, when, and how many; and the look before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.birthdays import BIRTHDAY
from chalicelib.config import parse
from chalicelib.domain.campaign import Audience, Campaign, Offer, Schedule
from chalicelib.domain.coupons import Code
from chalicelib.domain.facts import Image
from chalicelib.domain.gate import Verdict
from chalicelib.domain.member import share
from chalicelib.domain.record import OrderKey
from chalicelib.errors import ConfigError, Permanent
from chalicelib.ports import Message
from ops.local import KEYS_TABLE, TABLE
from tests.functional.exactness.shoppers import bought, buyer_of, campaign, later, rows_of, shop_of
from tests.functional.exactness.test_races import at_once
from tests.functional.stack import NOW, Stack

TODAY = date(2026, 11, 20)  # a Friday, noon in Shanghai
WORKERS = 20
TIERS = "".join(
    f'[[members.tiers]]\nname = "{name}"\nmoney = {money}\n' for name, money in (("one", 1), ("two", 40_00), ("three", 90_00))
)


def ago(days: int) -> date:
    """So many days before the tests' day."""
    return TODAY - timedelta(days=days)


def with_campaigns(stack: Stack, text: str, more: str = "") -> Stack:
    """The same shop with other campaigns."""
    stack.config = parse(shop_of(text, more))
    return stack


def edit(stack: Stack, **changes: Any) -> Campaign:
    """The first campaign with other content."""
    first, *others = stack.config.campaigns
    changed = replace(first, **changes)
    stack.config = replace(stack.config, campaigns=(changed, *others))
    return changed


def whole_table(stack: Stack) -> str:
    """Both tables, byte for byte."""
    found = [item for name in (TABLE, KEYS_TABLE) for page in _pages(stack, name) for item in page["Items"]]
    return json.dumps(sorted(found, key=lambda item: json.dumps(item["pk"]) + json.dumps(item["sk"])), default=repr, sort_keys=True)


def _pages(stack: Stack, name: str) -> Iterator[Any]:
    yield from stack.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)


def run(stack: Stack, times: int = 1) -> None:
    """So many runs of the outbox."""
    for _ in range(times):
        stack.app.deliver.run()


def at_noon(stack: Stack, days: int) -> None:
    """Noon in Shanghai, so many days after the tests' day."""
    later(stack, NOW + timedelta(days=days))


# --- whom -------------------------------------------------------------------------------------------------------------------------


def test_an_audience_is_asked_as_members_are_now(engine: Any) -> None:
    """Three who were last here thirty days ago, told apart by everything that an audience can ask."""
    stack = with_campaigns(Stack(engine), campaign(), TIERS)
    low = bought(stack, "low", ago(30), total=20_00)
    middle = bought(stack, "middle", ago(60), ago(30), total=25_00)
    high = bought(stack, "high", ago(70), ago(50), ago(30), total=90_00)
    bought(stack, "elsewhen", ago(29))
    stack.app.reckoning.sweep("demo")
    segment = {each.member: each.segment for each in stack.app.standings.portraits("demo", TODAY)}
    assert segment[low] != segment[high]
    asked: tuple[tuple[Audience, set[str]], ...] = (
        (Audience(), {low, middle, high}),
        (Audience(segments=frozenset({segment[high]})), {who for who in (low, middle, high) if segment[who] == segment[high]}),
        (Audience(tiers=frozenset({"one"})), {low}),
        (Audience(tiers=frozenset({"two", "three"})), {middle, high}),
        (Audience(platforms=frozenset({"shopify"})), set()),
        (Audience(platforms=frozenset({"generic", "shopify"})), {low, middle, high}),
        (Audience(value_from=50_00), {middle, high}),
        (Audience(value_until=50_00), {low}),
        (Audience(value_from=50_00, value_until=50_01), {middle}),
        (Audience(states=frozenset({"new"})), {low}),
        (Audience(states=frozenset({"cooling"})), {high}),
    )
    for audience, meant in asked:
        edit(stack, audience=audience)
        found = {each.member: each for each in stack.app.trigger.preview("try")}
        assert set(found) == {low, middle, high}
        assert {name for name, each in found.items() if each.reason is None} == meant, audience
        assert all(each.reason is None or each.reason.startswith("not_meant_") for each in found.values())
    edit(stack, audience=Audience(value_from=50_00))
    assert stack.sweep() == 2
    assert [len(rows_of(stack, who)) for who in (low, middle, high)] == [0, 1, 1]
    assert stack.counters.total("winback_not_meant", campaign="try", reason="value") == 1


# --- occasions --------------------------------------------------------------------------------------------------------------------


def test_silent_on_the_day_and_within_the_window(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign(window_days=2))
    owners = {back: bought(stack, f"b{back}", ago(back)) for back in (29, 30, 32, 33)}
    assert stack.sweep() == 2
    assert [bool(rows_of(stack, owners[back])) for back in (29, 30, 32, 33)] == [False, True, True, False]
    at_noon(stack, 1)
    assert stack.sweep() == 1
    assert [row.values["occasion"] for row in rows_of(stack, owners[29])] == [ago(29).isoformat()]


@pytest.mark.parametrize("occasion", ["first_purchase", "second_purchase"])
def test_after_the_first_purchase_and_before_a_second(moto_stack: Stack, occasion: str) -> None:
    stack = with_campaigns(moto_stack, campaign(occasion=occasion, silent_days=3, template="first_thanks"))
    once = bought(stack, "once", ago(3))
    twice = bought(stack, "twice", ago(9), ago(3))
    bought(stack, "yesterday", ago(1))
    found = {each.member: each.reason for each in stack.app.trigger.preview("try")}
    assert found == {once: None, twice: "not_meant_purchases"}
    assert stack.sweep() == 1
    run(stack)
    assert [mail.recipient for mail in stack.channel.mails] == ["once@example.com"]


def test_thanks_on_the_day_itself_reach_who_buys_after_the_sweep(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign(occasion="first_purchase", silent_days=0, window_days=1, template="first_thanks"))
    assert stack.sweep() == 0
    late = bought(stack, "late", TODAY)
    at_noon(stack, 1)
    assert stack.sweep() == 1 and len(rows_of(stack, late)) == 1
    run(stack)
    assert len(stack.channel.mails) == 1


def birthday(stack: Stack, name: str, day: str) -> str:
    """A member who bought once, with a birthday."""
    owner = bought(stack, name, ago(100))
    stack.app.outreach.birthdays.keep("demo", owner, day)
    return owner


def test_a_birthday_is_kept_each_year_on_its_day_whatever_is_bought(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign(occasion="birthday", silent_days=None, template="birthday"))
    owner = birthday(stack, "ann", "11-20")
    birthday(stack, "bob", "11-21")
    bought(stack, "ann", ago(1))
    assert stack.sweep() == 1
    bought(stack, "ann", TODAY)
    run(stack)
    assert [mail.recipient for mail in stack.channel.mails] == ["ann@example.com"]
    stack.clock.at = NOW.replace(year=2027)
    later(stack)
    assert stack.sweep() == 1
    assert [row.values["occasion"] for row in rows_of(stack, owner)] == ["2026-11-20", "2027-11-20"]


def test_birthdays_of_29_february(moto_stack: Stack) -> None:
    """On the 28th where there is no 29th, on the 29th where there is one."""
    stack = with_campaigns(moto_stack, campaign(occasion="birthday", silent_days=None, template="birthday"))
    owner = birthday(stack, "leap", "02-29")
    for day in (date(2027, 2, 27), date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)):
        stack.clock.at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        stack.sweep()
    assert [row.values["occasion"] for row in rows_of(stack, owner)] == ["2027-02-28", "2028-02-29"]


def test_what_is_stored_of_a_birthday_tells_no_day(moto_stack: Stack) -> None:
    birthday(moto_stack, "ann", "02-29")
    assert "02-29" not in whole_table(moto_stack) and "0229" not in whole_table(moto_stack)


def test_a_code_about_to_expire_is_reminded_of_unless_it_was_taken_up(moto_stack: Stack) -> None:
    vip = campaign("vip", silent_days=20, template="vip")
    soon = campaign(
        "soon", occasion="offer_expiring", silent_days=3, window_days=5, template="offer_expiring", remind_pool="spring"
    )
    stack = with_campaigns(moto_stack, vip + soon)
    stack.config = replace(
        stack.config,
        sending=replace(stack.config.sending, cap_messages=9),
        campaigns=(replace(stack.config.campaigns[0], offer=Offer(pool="spring")), stack.config.campaigns[1]),
    )
    owners = [bought(stack, name, ago(20)) for name in ("ann", "bob", "cay")]
    last = TODAY + timedelta(days=8)
    stack.app.offers.add("demo", "spring", {n: Code(f"SPRING-{n}", last) for n in range(1, 4)})
    stack.sweep()
    run(stack)
    codes = {owner: stack.app.offers.code_of("demo", row.message_id) for owner in owners for row in rows_of(stack, owner)}
    taken = codes[owners[0]]
    assert taken and len(stack.channel.mails) == 3
    at_noon(stack, 4)
    assert stack.sweep() == 0, "four days before its end it is not about to expire"
    bought(stack, "ann", TODAY + timedelta(days=4), coupons=(taken.text,))
    assert stack.app.offers.count("demo", "spring", TODAY).taken_up == 0
    _tell_offers(stack, "ann", TODAY + timedelta(days=4), taken.text)
    assert stack.app.offers.count("demo", "spring", TODAY).taken_up == 1
    at_noon(stack, 5)
    drawn = stack.sweep()
    assert drawn == 2 and [len(rows_of(stack, owner)) for owner in owners] == [1, 2, 2]
    bought(stack, "bob", TODAY + timedelta(days=5))  # and pays by it or not: he was here, and needs no reminder
    run(stack)
    told = [mail.rendered.text for mail in stack.channel.mails[3:]]
    code = codes[owners[2]]
    assert len(told) == 1 and code and code.text in told[0]
    assert [row.state for row in rows_of(stack, owners[1])] == ["cancelled", "sent"]
    at_noon(stack, 12)
    anew = replace(stack.config.campaigns[1], expires_days=6)  # which looks at its whole window
    stack.config = replace(stack.config, campaigns=(stack.config.campaigns[0], anew))
    assert stack.app.trigger.preview("soon") == [], "what has expired is not about to"


def _tell_offers(stack: Stack, name: str, day: date, code: str) -> None:
    """What the stream's reader tells the pools of the order of that day; the tests' stack projects alone."""
    key = OrderKey("demo", "generic", "erp", f"{name}-{day.isoformat()}-1")
    stored = stack.app.orders.read(key)
    stack.app.offers.on_order(None, Image(key, stored.version, stored.bucket, stored.member, stored.layers))


# --- steps ------------------------------------------------------------------------------------------------------------------------

STEPS = campaign(template=None) + (
    '[[campaigns.steps]]\ntemplate = "winback"\n[[campaigns.steps]]\ntemplate = "winback_second"\nafter_days = 8\n'
)


def two_steps(engine: Any) -> tuple[Stack, str]:
    """A member drawn for two messages."""
    stack = with_campaigns(Stack(engine), STEPS)
    owner = bought(stack, "ann", ago(30))
    assert stack.sweep() == 1
    return stack, owner


def outcomes(stack: Stack, owner: str) -> list[tuple[str, str | None]]:
    """State and reason of each message, the first step first."""
    return [(row.state, row.reason) for row in rows_of(stack, owner)]


def test_the_second_message_follows_the_first(moto_engine: Any) -> None:
    stack, owner = two_steps(moto_engine)
    run(stack, 2)
    assert outcomes(stack, owner) == [("sent", None), ("queued", None)]
    at_noon(stack, 7)
    run(stack)
    assert len(stack.channel.mails) == 1
    at_noon(stack, 8)
    run(stack, 2)
    assert outcomes(stack, owner) == [("sent", None), ("sent", None)]
    first, second = stack.channel.mails
    assert first.rendered.subject != second.rendered.subject


def test_who_buys_in_between_hears_nothing_more(moto_engine: Any) -> None:
    stack, owner = two_steps(moto_engine)
    run(stack)
    bought(stack, "ann", TODAY + timedelta(days=2))
    at_noon(stack, 8)
    run(stack)
    state, reason = outcomes(stack, owner)[1]
    assert state == "cancelled" and reason in ("ordered", "lapsed")
    assert len(stack.channel.mails) == 1


def test_where_the_first_was_withheld_nothing_is_followed_up(moto_engine: Any) -> None:
    stack, owner = two_steps(moto_engine)
    stack.app.members.suppress("demo", stack.app.parts.vault.lookup("demo", "email", "ann@example.com"), "complaint")
    run(stack)
    at_noon(stack, 8)
    run(stack)
    assert outcomes(stack, owner) == [("suppressed", "suppression"), ("cancelled", "sequence")]


def test_while_the_first_waits_the_second_waits(moto_engine: Any) -> None:
    stack, owner = two_steps(moto_engine)
    stack.config = replace(stack.config, sending=replace(stack.config.sending, enabled=False))
    for row in rows_of(stack, owner):  # so long that the first does not expire meanwhile
        until = {"until": (NOW + timedelta(days=60)).isoformat()}
        assert stack.app.outbox.save(replace(row, values=row.values | until, version=row.version + 1))
    at_noon(stack, 8)
    run(stack)
    assert outcomes(stack, owner) == [("deferred", "sending_off"), ("deferred", "sequence")]
    stack.config = replace(stack.config, sending=replace(stack.config.sending, enabled=True))
    later(stack, hours=2)
    run(stack)
    assert outcomes(stack, owner)[0] == ("sent", None)
    assert len(stack.channel.mails) == 1, "the cap holds between two steps as well"


def test_whoever_finds_the_first_step_finds_all(moto_engine: Any) -> None:
    """A draw that was cut short is repeated whole: the later steps lie there first."""
    stack = with_campaigns(Stack(moto_engine), STEPS)
    owner = bought(stack, "ann", ago(30))
    real = stack.app.outbox.add
    calls: list[str] = []

    def dies(message: Message, *facts: Any) -> bool:
        calls.append(message.message_id)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(message, *facts)

    stack.app.outbox.add = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        stack.sweep()
    assert [row.values.get("step") for row in rows_of(stack, owner)] == ["1"]
    assert stack.sweep() == 1
    assert len(rows_of(stack, owner)) == 2


# --- when -------------------------------------------------------------------------------------------------------------------------


def test_messages_are_due_when_the_schedule_says(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign() + '[campaigns.schedule]\nweekdays = ["mon"]\nat = 10:30:00\n')
    owner = bought(stack, "ann", ago(30))
    assert stack.sweep() == 1
    (row,) = rows_of(stack, owner)
    monday = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
    assert row.due_at == monday and row.values["until"] == (monday + timedelta(days=7)).isoformat()
    run(stack)
    later(stack, monday)
    run(stack)
    assert [(mail.recipient, rows_of(stack, owner)[0].sent_at) for mail in stack.channel.mails] == [("ann@example.com", monday)]


def test_nobody_is_drawn_outside_the_campaigns_days(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign(window_days=9))
    bought(stack, "ann", ago(30))
    drawn = []
    for starts, ends in ((TODAY + timedelta(days=1), None), (None, ago(1)), (TODAY, TODAY)):
        edit(stack, schedule=Schedule(starts=starts, ends=ends))
        drawn.append(stack.sweep())
    assert drawn == [0, 0, 1]


def test_what_waits_too_long_is_not_said_any_more(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign(expires_days=2))
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    stack.config = replace(stack.config, sending=replace(stack.config.sending, enabled=False))
    run(stack)
    later(stack, NOW + timedelta(days=2))
    stack.config = replace(stack.config, sending=replace(stack.config.sending, enabled=True))
    run(stack)
    assert outcomes(stack, owner) == [("cancelled", "expired")] and stack.channel.mails == []


# --- how much ---------------------------------------------------------------------------------------------------------------------


def priced(stack: Stack, budget: int) -> Stack:
    """Messages and offers together cost 10.05."""
    text = campaign(budget=budget) + '[campaigns.offer]\ncode = "BACK"\ncost = 1000\n[campaigns.message_costs]\nemail = 5\n'
    return with_campaigns(stack, text)


def test_twenty_workers_never_spend_more_than_the_budget(engine: Any) -> None:
    stack = priced(Stack(engine), 2 * 1005 + 1004)
    owners = [bought(stack, f"m{number}", ago(30)) for number in range(4)]
    assert stack.sweep() == 4
    for _ in range(2):
        assert at_once([lambda: run(stack)] * WORKERS, WORKERS) == []
        later(stack, minutes=61)
    run(stack)
    assert len(stack.channel.mails) == 2
    assert stack.app.outbox.spent("demo", "try") == 2 * 1005
    states = sorted(outcome for owner in owners for outcome in outcomes(stack, owner))
    assert states == [("sent", None)] * 2 + [("suppressed", "budget")] * 2


def test_what_certainly_did_not_go_is_not_spent(moto_stack: Stack) -> None:
    stack = priced(moto_stack, 1005)
    owners = [bought(stack, name, ago(30)) for name in ("ann", "bob")]
    stack.sweep()
    stack.channel.faults = [Permanent("recipient-refused", "")]
    run(stack)
    assert stack.app.outbox.spent("demo", "try") in (0, 1005)  # the other may have gone in the same run
    later(stack, minutes=61)
    run(stack)
    assert len(stack.channel.mails) == 1 and stack.app.outbox.spent("demo", "try") == 1005
    assert sorted(state for owner in owners for state, _ in outcomes(stack, owner)) == ["failed", "sent"]


def test_a_campaign_warms_up_day_by_day(moto_stack: Stack) -> None:
    """A cap of three after a warm-up of two days: one, two, and then three."""
    stack = with_campaigns(moto_stack, campaign(daily_cap=3, warm_up_days=2, expires_days=30))
    for number in range(7):
        bought(stack, f"m{number}", ago(30))
    assert stack.sweep() == 7
    gone = []
    for day in range(4):
        before = len(stack.channel.mails)
        for hour in (0, 2):
            later(stack, NOW + timedelta(days=day, hours=hour))
            run(stack)
        gone.append(len(stack.channel.mails) - before)
    assert gone == [1, 2, 3, 1]


# --- approval, version, preview, stop ---------------------------------------------------------------------------------------------


def test_nothing_is_drawn_before_somebody_has_said_yes_to_it_as_it_is(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign(window_days=5))
    trigger = stack.app.trigger
    owner = bought(stack, "ann", ago(30))
    assert trigger.sweep() == 0 and rows_of(stack, owner) == []
    assert stack.counters.total("campaign_unapproved", campaign="try") == 1
    first = trigger.approve("try")
    changed = edit(stack, daily_cap=7)
    assert trigger.sweep() == 0, "an edit asks again"
    assert trigger.is_approved(first) and not trigger.is_approved(changed)
    trigger.approve("try")
    edit(stack, enabled=False)
    assert trigger.sweep() == 0
    edit(stack, enabled=True)
    assert trigger.sweep() == 1, "the switch is no edit"
    (row,) = rows_of(stack, owner)
    assert row.values["version"] == changed.version != first.version


def test_only_the_campaign_that_is_named_draws(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign("one") + campaign("two"))
    owner = bought(stack, "ann", ago(30))
    for key in ("one", "two"):
        stack.app.trigger.approve(key)
    assert stack.app.trigger.sweep("two") == 1
    assert [row.campaign for row in rows_of(stack, owner)] == ["two"]


def test_an_edit_is_applied_to_the_whole_window_and_draws_nobody_twice(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign(window_days=10, silent_days=25))
    ann, bob = bought(stack, "ann", ago(30), total=10_00), bought(stack, "bob", ago(30), total=90_00)
    edit(stack, audience=Audience(value_from=50_00))
    assert stack.sweep() == 1
    at_noon(stack, 1)
    assert stack.sweep() == 0
    edit(stack, audience=Audience())
    assert {each.member: each.reason for each in stack.app.trigger.preview("try")} == {ann: None, bob: "drawn_before"}
    assert stack.sweep() == 1
    assert [len(rows_of(stack, who)) for who in (ann, bob)] == [1, 1]
    edit(stack, silent_days=60)  # a later silence than that swept up to: the mark of the old version says nothing of it
    cay = bought(stack, "cay", ago(65))
    assert stack.sweep() == 1 and len(rows_of(stack, cay)) == 1


def _hashed(_merchant: str, kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()[:22]


def test_a_preview_writes_nothing_and_is_what_the_run_then_does(engine: Any) -> None:
    """On every occasion, before and after a run, and after an edit."""
    texts = {
        "silent": campaign(window_days=9, holdout_permille=500),
        "rhythm": campaign(occasion="rhythm", silent_days=None, window_days=9, holdout_permille=500),
        "birthday": campaign(occasion="birthday", silent_days=None, window_days=2, holdout_permille=500),
    }
    for occasion, text in texts.items():
        rhythm = "[members.rhythm]\ngap_days = 12\nleast_days = 14\nmost_days = 100\n"
        stack = with_campaigns(Stack(engine), text, rhythm)
        stack.app.parts.vault.lookup = _hashed  # type: ignore[assignment,method-assign]  # the same arms every time
        owners = [bought(stack, f"m{number}", ago(28 + number)) for number in range(7)]
        for number, owner in enumerate(owners):
            stack.app.outreach.birthdays.keep("demo", owner, (TODAY - timedelta(days=number % 4)).strftime("%m-%d"))
        stack.app.reckoning.sweep("demo")
        for day in (0, 1):
            at_noon(stack, day)
            before = whole_table(stack)
            seen = stack.app.trigger.preview("try")
            asked = [
                stack.app.outreach.asking.ask(stack.app.trigger.would_send("try", each), as_if_on=True)
                for each in seen
                if not each.reason
            ]
            assert whole_table(stack) == before, occasion
            foreseen = {each.member: each.holdout for each in seen if not each.drawn and not each.objection}
            had = {owner: len(rows_of(stack, owner)) for owner in owners}
            assert stack.sweep() == len(foreseen), occasion
            drawn = {owner: rows_of(stack, owner)[-1] for owner in owners if len(rows_of(stack, owner)) > had[owner]}
            assert {owner: row.arm == "holdout" for owner, row in drawn.items()} == foreseen
            if day == 0:
                assert any(foreseen.values()) and not all(foreseen.values()), occasion
                treated = sorted(owner for owner, held in foreseen.items() if not held)
                run(stack)
                gone = [owner for owner in treated if rows_of(stack, owner)[-1].state == "sent"]
                assert len(gone) == sum(each.decision.verdict is Verdict.SEND for each in asked) == len(treated)


def test_a_saboteur_of_the_preview_is_seen_in_the_table(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign(window_days=9))
    bought(stack, "ann", ago(30))
    before = whole_table(stack)
    stack.app.marks.put("demo", "looked", "now", expected_version=0)
    assert whole_table(stack) != before


def test_a_stop_cancels_what_waits_and_nothing_else(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign("one", window_days=3) + campaign("two", window_days=3, expires_days=9))
    owners = [bought(stack, name, ago(30)) for name in ("ann", "bob")]
    assert stack.sweep() == 4
    assert stack.app.trigger.stop("one") == 2
    assert stack.app.trigger.stop("one") == 0
    found = sorted((row.campaign, row.state, row.reason) for row in rows_of(stack, *owners))
    assert found == [("one", "cancelled", "stopped")] * 2 + [("two", "queued", None)] * 2
    assert stack.sweep() == 0, "who was drawn for it is not drawn again"
    run(stack)
    assert len(stack.channel.mails) == 2
    assert {row.campaign for row in rows_of(stack, *owners) if row.state == "sent"} == {"two"}


def test_one_switch_stops_all(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign("one") + campaign("two"))
    owner = bought(stack, "ann", ago(30))
    stack.sweep()
    stack.config = replace(stack.config, sending=replace(stack.config.sending, enabled=False))
    for _ in range(3):
        run(stack)
        later(stack, hours=1)
    assert stack.channel.mails == [] and {state for state, _ in outcomes(stack, owner)} == {"deferred"}


def test_a_campaign_that_nobody_configured(moto_stack: Stack) -> None:
    for ask in (moto_stack.app.trigger.preview, moto_stack.app.trigger.approve):
        with pytest.raises(ConfigError, match="campaign-unknown"):
            ask("nothing")


# --- arms -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(61)
def test_who_is_held_out_hears_nothing_of_any_step_for_ever(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, STEPS.replace("holdout_permille = 0", "holdout_permille = 1000"))
    owner = bought(stack, "ann", ago(30))
    assert stack.sweep() == 1
    edit(stack, holdout_permille=0)
    assert stack.sweep() == 0
    (row,) = rows_of(stack, owner)
    assert (row.state, row.reason, row.arm, row.due_at) == ("suppressed", "holdout", "holdout", None)
    bought(stack, "ann", TODAY)
    at_noon(stack, 30)
    assert stack.sweep() == 1, "another silence, another draw"
    run(stack, 2)
    assert {row.arm for row in rows_of(stack, owner)} == {"holdout"} and stack.channel.mails == []


def test_variants_are_shared_out_by_person_and_stay(moto_stack: Stack) -> None:
    """The template winback has two. Each person reads theirs, whatever is drawn, and both are read."""
    stack = with_campaigns(moto_stack, campaign())
    owners = {f"m{number}@example.com": bought(stack, f"m{number}", ago(30)) for number in range(8)}
    stack.sweep()
    run(stack)
    subjects = {mail.recipient: mail.rendered.subject for mail in stack.channel.mails}
    assert len(subjects) == 8
    for half in (0, 1):
        said = {subjects[address] for address, owner in owners.items() if share("demo", "try", owner) % 2 == half}
        assert len(said) <= 1
    assert len({share("demo", "try", owner) % 2 for owner in owners.values()}) == len(set(subjects.values()))
    for number in range(8):
        bought(stack, f"m{number}", TODAY)
    at_noon(stack, 30)
    assert stack.sweep() == 8
    run(stack)
    again = {mail.recipient: mail.rendered.subject for mail in stack.channel.mails[8:]}
    assert again == subjects


@pytest.mark.fault(61)
def test_two_who_were_drawn_in_two_arms_and_are_one_leave_the_reckoning(moto_stack: Stack) -> None:
    stack = with_campaigns(moto_stack, campaign(window_days=3))
    first = bought(stack, "first", ago(31))
    edit(stack, holdout_permille=1000)
    assert stack.sweep() == 1
    edit(stack, holdout_permille=0)
    second = bought(stack, "second", ago(30), email="other@example.com")
    assert stack.sweep() == 1
    assert {row.arm for row in rows_of(stack, first, second)} == {"holdout", "treated"}
    bought(stack, "second", TODAY, email="first@example.com")  # the same person after all
    run(stack)
    assert stack.channel.mails == []
    at_noon(stack, 30)
    found = stack.app.trigger.preview("try")
    assert [(each.member, each.reason) for each in found] == [(min(first, second), "holdout_merged")]
    assert stack.sweep() == 1
    told = [row for row in rows_of(stack, first, second) if row.values["occasion"] == TODAY.isoformat()]
    assert [(row.state, row.reason, row.arm) for row in told] == [("suppressed", "holdout_merged", None)]


def test_one_person_at_two_shops_is_drawn_once(engine: Any) -> None:
    stack = with_campaigns(Stack(engine), campaign(window_days=9) + campaign("born", occasion="birthday", silent_days=None))
    first = bought(stack, "first", ago(35))
    second = bought(stack, "second", ago(30), email="first@example.com")
    for owner in (first, second):
        stack.app.outreach.birthdays.keep("demo", owner, TODAY.strftime("%m-%d"))
    assert list(stack.app.outreach.calendar.on("demo", BIRTHDAY, stack.app.parts.vault.lookup("demo", BIRTHDAY, "11-20")))
    assert stack.sweep() == 2
    rows = rows_of(stack, first, second)
    assert sorted(row.campaign or "" for row in rows) == ["born", "try"]
    assert {row.owner for row in rows} == {min(first, second)} == {stack.app.people.member("demo", buyer_of(stack, "second")).name}
