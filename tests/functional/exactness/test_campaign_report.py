"""The report of a campaign over the core: draws, messages, clicks, codes and orders as they lie in the table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

import ops.cli.campaign_report as command
from chalicelib.campaign_report import CampaignReport
from chalicelib.config import parse
from chalicelib.domain.coupons import Code
from chalicelib.domain.facts import Cell, Fact, MemberOrder
from chalicelib.domain.funnel import CampaignGain
from chalicelib.domain.member import DUE_BUCKETS, due_bucket
from chalicelib.domain.periods import period_of
from chalicelib.errors import ConfigError
from chalicelib.ports import Link, Message
from ops.cli import app as huitou
from ops.cli import output
from tests.functional.exactness.lapsed import lapse, order_of
from tests.functional.exactness.world import Delivery, deliver, erp
from tests.functional.stack import CONFIG, NOW, Stack

TODAY = date(2026, 11, 20)
DAY = date(2026, 10, 1)
OFFERING = CONFIG.replace(
    'template = "winback"',
    'template = "winback"\nshop_url = "https://shop.example"\noffer = {pool = "spring", cost = 300}\nmargin_permille = 400',
).replace("[sending]", "[campaigns.message_costs]\nemail = 10\n[sending]")


def bought_again(buyer: int, coupon: str | None = None, total: str = "20.00") -> Delivery:
    """A buyer's order of today."""
    order = order_of(buyer, "2026-11-20T05:00:00Z", number=1)
    body = json.loads(order.body) | {"total_price": total}
    if coupon:
        body["discount_codes"] = [{"code": coupon, "amount": "1.00", "type": "fixed_amount"}]
    return replace(order, body=json.dumps(body).encode())


def report(stack: Stack) -> CampaignReport:
    """Of all draws up to today."""
    return stack.app.campaign_reports.report("back30", TODAY - timedelta(days=1), TODAY)


def campaign_run(stack: Stack, members: int = 4) -> list[str]:
    """Members drawn and written to, with a code each."""
    stack.config = parse(OFFERING)
    stack.app.offers.add("demo", "spring", {line: Code(f"SPRING-{line}") for line in range(1, members + 1)})
    owners = lapse(stack, members)
    stack.app.outreach.trigger.approve("back30")
    assert stack.app.outreach.trigger.sweep() == members
    stack.app.tick.beat()
    stack.project()
    stack.app.outreach.deliver.run()
    return owners


def test_from_draw_to_order(stack: Stack) -> None:
    owners = campaign_run(stack)
    assert report(stack).funnel.sent == {("email", 1): 4}
    ids = {owner: f"back30-2026-10-21-{owner}" for owner in owners}
    stack.app.clicks.follow(stack.app.clicks.url(owners[0], ids[owners[0]]).rpartition("/")[2])
    code = stack.app.offers.code_of("demo", ids[owners[1]])
    assert code is not None
    stack.clock.at += timedelta(hours=2)
    deliver(stack, [bought_again(1), bought_again(2, code.text.lower()), bought_again(3, "SPRING-999")])
    stack.settle()
    found = report(stack)
    funnel = found.funnel
    assert (funnel.drawn, funnel.treated, funnel.holdout, funnel.apart) == (4, 4, 0, 0)
    assert (funnel.clicked, funnel.converted) == (1, 3)
    assert (found.treated.total, found.treated.orders, found.treated.clicked_bought) == (6000, 3, 1)
    assert (found.treated.with_code, found.treated.with_code_revenue) == (1, 2000)
    assert (found.offers_cost, found.messages_cost) == (300, 40)
    assert found.lift is None and found.earned is None
    assert found.open_until == TODAY + timedelta(days=30) and len(found.versions) == 1


def test_people_are_who_they_are_now_and_of_both_arms_in_neither(moto_stack: Stack) -> None:
    stack = moto_stack
    draws(stack, {"ann-1": "treated", "ann-2": "holdout", "bob-1": "treated", "bob-2": "treated", "cid": None})
    for name in ("ann", "bob"):
        for number in (1, 2):
            put(stack, f"{name}-{number}", 10, identities=(f"email:{name}",))
            stack.app.members.link([Link("demo", f"email:{name}", f"{name}-{number}")])
    found = stack.app.campaign_reports.report("back30", DAY, DAY)
    assert (found.funnel.drawn, found.funnel.apart) == (3, 2)
    assert (found.treated.members, found.treated.conversions, found.treated.orders, found.treated.total) == (1, 1, 2, 200)


def test_who_was_of_the_other_arm_on_a_day_that_is_not_looked_at_is_counted_in_neither(moto_stack: Stack) -> None:
    """Left alone in one campaign run, written to in the next: which of the two made them buy, nobody can say."""
    stack = moto_stack
    draws(stack, {"ann-1": "treated", "bob-1": "treated"})
    for name in ("ann", "bob"):
        for number in (1, 2):
            put(stack, f"{name}-{number}", 10, identities=(f"email:{name}",))
            stack.app.members.link([Link("demo", f"email:{name}", f"{name}-{number}")])
    say(stack, "ann-2", "suppressed", "holdout", base="back30-2026-03-01-ann-2", arm="holdout")
    say(stack, "bob-2", "suppressed", "holdout", base="other-2026-03-01-bob-2", arm="holdout", campaign="other")
    found = stack.app.campaign_reports.report("back30", DAY, DAY)
    assert (found.funnel.drawn, found.funnel.apart, found.treated.members, found.treated.orders) == (2, 1, 1, 2)


def test_draws_of_other_days_and_campaigns_are_not_in_it(moto_stack: Stack) -> None:
    draws(moto_stack, {"ann": "treated"})
    draws(moto_stack, {"bob": "treated"}, DAY + timedelta(days=1))
    draws(moto_stack, {"cid": "treated"}, campaign="other")
    assert moto_stack.app.campaign_reports.report("back30", DAY, DAY).funnel.drawn == 1
    assert moto_stack.app.campaign_reports.report("back30", DAY, DAY + timedelta(days=1)).funnel.drawn == 2
    with pytest.raises(ConfigError):
        moto_stack.app.campaign_reports.report("unknown", DAY, DAY)


def test_other_currencies_come_at_dated_rates_or_apart(moto_stack: Stack) -> None:
    rates = '[[rates]]\ncurrency = "USD"\nday = 2026-10-01\nper = "7"\nsource = "a bank"\n[[campaigns]]'
    moto_stack.config = parse(CONFIG.replace("[[campaigns]]", rates, 1))
    draws(moto_stack, {"ann": "treated"})
    put(moto_stack, "ann", 3, currency="USD", net=100)
    put(moto_stack, "ann", 4, currency="EUR", net=500)
    found = moto_stack.app.campaign_reports.report("back30", DAY, DAY).treated
    assert (found.total, found.unrated, found.orders, found.conversions) == (700, {"EUR": 500}, 2, 1)


def test_a_refund_restates_what_was_reported(moto_stack: Stack) -> None:
    draws(moto_stack, {"ann": "treated"})
    put(moto_stack, "ann", 3, net=500)
    before = moto_stack.app.campaign_reports.report("back30", DAY, DAY).treated.total
    put(moto_stack, "ann", 3, net=120, version=2)
    assert (before, moto_stack.app.campaign_reports.report("back30", DAY, DAY).treated.total) == (500, 120)
    put(moto_stack, "ann", 3, net=0, version=3, counts=False)  # cancelled: it was never a conversion
    assert moto_stack.app.campaign_reports.report("back30", DAY, DAY).treated.conversions == 0


def test_a_reminder_counts_the_codes_that_it_reminds_of_in_both_arms(moto_stack: Stack) -> None:
    asked = 'template = "winback"\noccasion = "offer_expiring"\nremind_pool = "spring"\n'
    moto_stack.config = parse(CONFIG.replace('template = "winback"\n', asked))
    offers = moto_stack.app.offers
    offers.add("demo", "spring", {1: Code("A-1"), 2: Code("A-2")})
    draws(moto_stack, {"t1": "treated", "h1": "holdout"})
    for owner in ("t1", "h1"):
        code = offers.take("demo", "spring", f"first-{owner}", owner, DAY)
        assert code is not None
        say(moto_stack, owner, "sent", None, reminds=f"first-{owner}")
        deliver(moto_stack, [erp(f"{owner}-3", 1, "paid", 200, attribution={"coupons": [code.text]})])
        put(moto_stack, owner, 3)
    moto_stack.normalise()
    found = moto_stack.app.campaign_reports.report("back30", DAY, DAY)
    assert (found.treated.with_code, found.holdout.with_code) == (1, 1)


def test_reasons_are_those_of_the_messages_of_these_draws(moto_stack: Stack) -> None:
    draws(moto_stack, {"ann": "treated", "bob": "treated", "cid": "holdout"})
    say(moto_stack, "ann", "suppressed", "consent")
    say(moto_stack, "ann", "cancelled", "ordered", step=1)
    say(moto_stack, "bob", "queued", None)
    say(moto_stack, "cid", "suppressed", "holdout")
    say(moto_stack, "bob", "suppressed", "consent", base="back30-2026-01-01-bob")  # of an earlier draw
    found = moto_stack.app.campaign_reports.report("back30", DAY, DAY).funnel
    assert found.sent == {}
    assert found.reasons == {
        ("cancelled", "ordered"): 1,
        ("suppressed", "consent"): 1,
        ("suppressed", "holdout"): 1,
        ("waiting", ""): 1,
    }


def test_a_lift_that_was_planted_is_printed_within_a_hundred_columns(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(moto_stack)
    monkeypatch.setattr(command, "open_application", lambda *_: moto_stack.app)
    console = Console(width=100)
    monkeypatch.setattr(output, "out", lambda: console)
    monkeypatch.setattr(command, "out", lambda: console)
    printed = CliRunner().invoke(huitou, ["winback", "report", "back30", "--since", "2026-10-01", "--until", "2026-10-01"])
    assert printed.exit_code == 0, printed.output
    assert "+20.00 points" in printed.stdout and "profit" in printed.stdout and "may be nothing" not in printed.stdout
    assert max(len(line) for line in printed.stdout.splitlines()) <= 100
    told = json.loads(
        CliRunner()
        .invoke(huitou, ["winback", "report", "back30", "--since", "2026-10-01", "--until", "2026-10-01", "--json"])
        .stdout
    )
    assert told["lift"]["conversion"]["clear"] is True and told["earned"]["profit"] == 6000
    assert told["treated"] == told["treated"] | {"members": 100, "conversions": 30, "revenue": 30_000}
    assert told["holdout"] == told["holdout"] | {"members": 100, "conversions": 10, "revenue": 10_000}


def test_too_few_people_are_told_as_such(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    draws(moto_stack, {"ann": "treated"})
    monkeypatch.setattr(command, "open_application", lambda *_: moto_stack.app)
    printed = CliRunner().invoke(huitou, ["winback", "report", "back30", "--since", "2026-10-01", "--until", "2026-10-02"])
    assert printed.exit_code == 0 and "not enough data" in printed.stdout
    assert CliRunner().invoke(huitou, ["winback", "report", "back30", "--since", "2026-12-01"]).exit_code == 2
    assert CliRunner().invoke(huitou, ["winback", "report", "back30", "--since", "2020-12-01"]).exit_code == 2


def test_a_digest_tells_what_was_gained_of_those_whose_time_to_buy_is_over(
    moto_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the week and the month in which their thirty days end, and in no other. What cannot be said is named, and in no sum."""
    monkeypatch.setattr("chalicelib.reporting.HISTORY_DAYS", 40)
    planted(moto_stack)
    terms = moto_stack.config.campaigns[0]
    moto_stack.config = replace(moto_stack.config, campaigns=(terms, replace(terms, key="few")))
    draws(moto_stack, {"ann": "treated"}, campaign="few")
    for cell in {Cell("demo", DAY, "draws", "-", name, bucket) for name in ("back30", "few") for bucket in range(DUE_BUCKETS)}:
        moto_stack.app.cells.raise_dirty([cell])
    told, reporting = report_of_all(moto_stack), moto_stack.app.reporting
    end = DAY + timedelta(days=30)
    week, month = period_of("week", end), period_of("month", end)
    made = reporting.report(week)
    first, last = (day - timedelta(days=30) for day in (week.first, week.last))
    assert made.gains == (CampaignGain("back30", first, last, 200, 6000, *told), CampaignGain("few", first, last, 1))
    assert {figure.key: figure.value.now for figure in made.figures}["winback_profit"] == 6000
    assert reporting.measured(month).total["winback_gain"] == 6000
    others = [week.before, period_of("day", end), period_of("week", end + timedelta(days=7))]
    assert not any("winback_gain" in reporting.measured(of).total for of in others)
    moto_stack.clock.at = datetime(2026, 10, 31, 4, tzinfo=UTC)  # the last of the thirty days goes on
    assert "winback_gain" not in reporting.measured(week).total


def test_more_than_a_digest_can_look_up_are_named_without_a_figure(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(moto_stack)
    moto_stack.app.cells.raise_dirty([Cell("demo", DAY, "draws", "-", "back30", bucket) for bucket in range(DUE_BUCKETS)])
    monkeypatch.setattr("chalicelib.reporting_trade.MOST_FOLLOWED", 199)
    week = period_of("week", DAY + timedelta(days=30))
    assert "winback_gain" not in moto_stack.app.reporting.measured(week).total


def report_of_all(stack: Stack) -> tuple[int, int]:
    """The bounds of what the command prints of those drawn on the day."""
    told = stack.app.campaign_reports.report("back30", DAY, DAY).profit
    assert told is not None and told[0] < 6000 < told[1]
    return told


def planted(stack: Stack) -> None:
    """Two arms of 100, of which 30 and 10 buy for 10.00 each; a margin of 40 %, e-mails at 0.20."""
    stack.config = parse(CONFIG.replace("[sending]", "margin_permille = 400\n[campaigns.message_costs]\nemail = 20\n[sending]"))
    arms = {f"t{number}": "treated" for number in range(100)} | {f"h{number}": "holdout" for number in range(100)}
    draws(stack, arms)
    for number in range(30):
        put(stack, f"t{number}", 5, net=1000)
    for number in range(10):
        put(stack, f"h{number}", 5, net=1000)
    for number in range(100):
        say(stack, f"t{number}", "sent", None)


def draws(stack: Stack, arms: Mapping[str, str | None], day: date = DAY, campaign: str = "back30") -> None:
    """Draws of a day."""
    for owner, arm in arms.items():
        doc: dict[str, Any] = {"m": owner, "a": arm, "o": (day - timedelta(days=30)).isoformat(), "v": "1"}
        cell = Cell("demo", day, "draws", "-", campaign, due_bucket(owner))
        stack.app.cells.put_rows([(Fact(cell, f"{campaign}-{day.isoformat()}-{owner}", doc), 1)], [])


def put(stack: Stack, owner: str, after: int, net: int = 100, version: int = 1, counts: bool = True, **parts: Any) -> None:
    """An order row of a buyer, so many days after the draw."""
    currency, identities = parts.get("currency", "CNY"), parts.get("identities", ())
    row = MemberOrder(owner, "generic", "erp", f"{owner}-{after}", DAY + timedelta(days=after), counts, currency, net, identities)
    stack.app.members.put_order("demo", row, version)


def say(stack: Stack, owner: str, state: Any, reason: str | None, step: int = 0, base: str | None = None, **parts: Any) -> None:
    """A message of a draw."""
    base = base or f"back30-{DAY.isoformat()}-{owner}"
    message = Message(
        merchant="demo",
        message_id=f"{base}-{step + 1}" if step else base,
        owner=owner,
        kind="winback",
        channel="email",
        template="winback",
        locale="en",
        state=state,
        reason=reason,
        due_at=None,
        campaign=parts.get("campaign", "back30"),
        arm=parts.get("arm", "treated"),
        version=1,
        sent_at=NOW if state == "sent" else None,
        values=({"step": str(step)} if step else {}) | ({"reminds": parts["reminds"]} if "reminds" in parts else {}),
    )
    assert stack.app.outbox.add(message)
