"""`huitou winback` over the core: the usual campaigns to paste, the list, a look, a run that asks first, and a stop."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from chalicelib.adapters import catalogue
from chalicelib.config import parse
from chalicelib.domain.campaign import Offer, Step
from chalicelib.domain.coupons import Code
from chalicelib.domain.gate import RULES
from chalicelib.domain.rfm import Segment
from chalicelib.domain.wording import MESSAGE_LOCALES
from chalicelib.errors import ConfigError, Rejected
from chalicelib.foresight import check
from ops.cli import app, foresight, winback
from tests.functional.exactness.shoppers import bought, campaign, rows_of, shop_of
from tests.functional.stack import Stack

LEAST = 'merchant = "demo"\ncurrency = "CNY"\n'
ACCOUNTS = "".join(f'[[accounts]]\nplatform = "{name}"\naccount = "a"\n' for name in ("wecom", "wechat", "sms"))
SENDING = '[sending]\nenabled = true\nsender = "a@demo.example"\nreply_to = "a@demo.example"\npostal = "1 Example Road"\n'
LAPSED = date(2026, 10, 21)


def run(*arguments: str) -> Result:
    """One command."""
    return CliRunner().invoke(app, ["winback", *arguments], env={"COLUMNS": "100"})


def printed(locale: str) -> str:
    """The usual campaigns."""
    result = run("defaults", "--locale", locale)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop with one campaign that is on, and two members who lapsed today."""
    stack = Stack(moto_engine, shop_of(campaign(budget=10_000)))
    for name in ("ann", "bob"):
        bought(stack, name, LAPSED)
    monkeypatch.setattr(winback, "open_application", lambda *_: stack.app)
    return stack


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_the_usual_campaigns_parse_after_the_least_there_is(locale: str) -> None:
    for head in (LEAST + ACCOUNTS, LEAST + ACCOUNTS + SENDING):
        found = parse(head + printed(locale)).campaigns
        assert [each.occasion for each in found] == [
            *("rhythm", "rhythm", "first_purchase", "second_purchase", "birthday", "offer_expiring")
        ]
        assert not any(each.enabled for each in found)
        assert all(each.holdout_permille == 100 and each.daily_cap <= 1000 for each in found)
        assert all(each.budget is not None for each in found if each.offer)


def test_they_are_the_same_in_both_languages_and_only_the_comments_differ() -> None:
    english, chinese = (parse(LEAST + ACCOUNTS + printed(locale)).campaigns for locale in ("en", "zh-CN"))
    assert english == chinese
    code = [[line.partition("#")[0].rstrip() for line in printed(locale).splitlines()] for locale in ("en", "zh-CN")]
    assert code[0] == code[1]
    assert "reply_to" in printed("en") and "reply_to" in printed("zh-CN")


def test_the_two_for_the_silent_share_nobody_and_leave_nobody_out() -> None:
    vip, others = (each.audience for each in parse(LEAST + ACCOUNTS + printed("en")).campaigns[:2])
    assert not vip.segments & others.segments
    assert vip.segments | others.segments == set(get_args(Segment))


def test_their_templates_are_there_in_every_language_and_get_what_they_need() -> None:
    for each in parse(LEAST + ACCOUNTS + printed("en")).campaigns:
        for step in each.steps:
            for locale in MESSAGE_LOCALES:
                assert (catalogue.root() / "messages" / step.template / f"{locale}.toml").is_file()
                check(each, locale)


def test_the_second_message_clears_the_cap_on_messages_to_one_person() -> None:
    config = parse(LEAST + ACCOUNTS + printed("en"))
    for each in config.campaigns:
        assert all(step.after_days > config.sending.cap_days for step in each.steps[1:])


def test_comments_in_a_language_there_is_not() -> None:
    assert run("defaults", "--locale", "fr").exit_code == 2


def test_a_run_asks_before_it_draws(shop: Stack) -> None:
    first = run("run", "try")
    assert isinstance(first.exception, Rejected) and first.exception.reason == "campaign-unapproved"
    assert "try: of 2 looked at 2 would go now" in first.output
    assert rows(shop) == []
    assert run("run", "try", "--yes").exit_code == 0
    assert len(rows(shop)) == 2
    assert run("run", "try").exit_code == 0, "what was said yes to is not asked again"
    shop.config = replace(shop.config, campaigns=(replace(shop.config.campaigns[0], daily_cap=7),))
    assert isinstance(run("run", "try").exception, Rejected), "an edit is"


def rows(shop: Stack) -> list[Any]:
    """Everybody's messages."""
    vault = shop.app.parts.vault
    return rows_of(shop, *(vault.lookup("demo", "buyer", f"generic\x1ferp\x1f{name}") for name in ("ann", "bob")))


def test_a_yes_is_said_to_one_campaign_that_is_on(shop: Stack) -> None:
    assert run("run", "--yes").exit_code == 2
    assert isinstance(run("run", "nothing", "--yes").exception, ConfigError)
    shop.config = replace(shop.config, campaigns=(replace(shop.config.campaigns[0], enabled=False),))
    refused = run("run", "try", "--yes").exception
    assert isinstance(refused, Rejected) and refused.reason == "campaign-off" and rows(shop) == []


def test_a_look_says_why_not_and_what_bounds_it(shop: Stack) -> None:
    run("run", "try", "--yes")
    bought(shop, "cay", LAPSED)
    shop.app.offers.add("demo", "vip", {1: Code("ONE")})
    offer = Offer(pool="vip", cost=500)
    edited = replace(shop.config.campaigns[0], enabled=False, offer=offer, warm_up_days=3)
    shop.config = replace(shop.config, campaigns=(edited,))
    told = run("preview", "try")
    assert told.exit_code == 0, told.output
    for part in (
        "goes by email",
        "has been drawn for this before",
        "off, not approved",
        "warms up over 3 days",
        "5.00 CNY if every step",
    ):
        assert part in told.output
    assert "1 in the pool vip" in told.output and "too few" not in told.output
    found = json.loads(run("preview", "try", "--json").stdout)
    assert sorted((each["outcome"], each["reason"]) for each in found) == [("not", "drawn_before")] * 2 + [("send", "ok")]
    assert max(len(line) for line in told.output.splitlines()) <= 100


def test_a_template_that_is_not_there_or_lacks_its_offer_is_refused_before_anybody_is_drawn(shop: Stack) -> None:
    for template, reason in (("winbck", "template-unknown"), ("offer_expiring", "offer-missing")):
        edited = replace(shop.config.campaigns[0], steps=(Step(template),))
        shop.config = replace(shop.config, campaigns=(edited,))
        for command in (("preview", "try"), ("run", "try"), ("run", "try", "--yes")):
            refused = run(*command).exception
            assert isinstance(refused, ConfigError) and refused.reason == reason
    assert rows(shop) == []


def test_the_list_and_a_stop(shop: Stack) -> None:
    (before,) = json.loads(run("list", "--json").stdout)
    assert (before["state"], before["first drawn"]) == ("wants approval", None)
    run("run", "try", "--yes")
    (after,) = json.loads(run("list", "--json").stdout)
    assert (after["state"], after["first drawn"]) == ("runs", "2026-11-20")
    shown = run("list").stdout
    assert "first drawn" in shown and "100.00" in shown and max(len(line) for line in shown.splitlines()) <= 100
    stopped = run("stop", "try")
    assert "2 messages cancelled" in stopped.output and "run try --yes" in stopped.output
    assert not shop.app.trigger.is_approved(shop.config.campaigns[0])
    assert "0 messages cancelled" in run("stop", "try").output


def test_every_rule_of_the_gate_is_told_in_words() -> None:
    # A look is as if the campaign were on and approved; and its messages are first ones that nobody has drawn yet.
    needless = {"campaign", "approval", "holdout", "expired", "sequence"}
    assert set(RULES) - needless <= set(foresight.MEANING)
