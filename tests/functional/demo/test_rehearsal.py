"""The rehearsal agrees with its oracle, and notices when Huitou is made wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest

from chalicelib.adapters.cells import DynamoCells
from chalicelib.adapters.members import DynamoMembers
from chalicelib.domain import facts, graph, identity
from chalicelib.domain.attribution import Drawn
from chalicelib.domain.lift import Interval
from ops.rehearsal import Outcome, rehearse, stage
from ops.rehearsal_campaign import misses
from ops.simulator.registry import KEYS, platform
from ops.simulator.world import build

FOUR = ("shopify", "douyin", "mercadolibre", "generic")  # fat, thin, unsigned, without an API: enough for a saboteur to be caught


def play(platforms: Sequence[str] = FOUR, quiet: int = 20) -> Outcome:
    world = build(3, history=15 * len(platforms), today=6 * len(platforms), platforms=platforms, quiet=quiet)
    with stage(world) as on:
        return rehearse(on, lambda _name, _count, _total: None)


@pytest.fixture(scope="module")
def outcome() -> Iterator[Outcome]:
    yield play(KEYS, quiet=100)


def test_everything_agrees_with_the_oracle(outcome: Outcome) -> None:
    assert outcome.differences == []


def test_every_kind_of_trouble_was_met(outcome: Outcome) -> None:
    assert outcome.day.refused.total() > 0
    assert outcome.day.accepted["duplicate"] > 0
    assert outcome.counters.total("duplicate") > 0
    assert outcome.drawn > 0
    assert outcome.orders == 21 * len(KEYS) + 102  # and of the quiet crowd, two of them on a platform of single permissions


def test_the_digest_reached_its_reader_once(outcome: Outcome) -> None:
    assert outcome.digest is not None
    assert outcome.digest["Auto-Submitted"] == "auto-generated"
    assert "net sales" in str(outcome.digest["Subject"])


def test_the_funnel_accounts_for_everybody_who_was_drawn(outcome: Outcome) -> None:
    assert outcome.report is not None
    funnel = outcome.report.funnel
    assert (funnel.drawn, funnel.apart) == (outcome.drawn, 0)
    assert sum(funnel.sent.values()) + sum(funnel.reasons.values()) == outcome.drawn
    assert {channel for channel, _ in funnel.sent} >= {"email", "sms"}
    assert 0 < funnel.holdout < funnel.drawn
    assert outcome.report.treated.conversions + outcome.report.holdout.conversions > 0
    assert outcome.report.lift is None  # a hundred people tell nothing


def test_reviews_were_answered_on_every_platform_that_takes_answers(outcome: Outcome) -> None:
    assert {line.platform for line in outcome.reviews} == {key for key in KEYS if platform(key).voices}
    assert outcome.voided > 0


def test_people_with_several_buyers_are_one_member(outcome: Outcome) -> None:
    assert outcome.joined > 3
    assert outcome.people == sum(members for _, members, _ in outcome.segments)


def test_a_mail_of_each_language_is_kept_and_can_be_read(outcome: Outcome) -> None:
    assert "zh-CN" in outcome.mails
    for raw in outcome.mails.values():
        mail = BytesParser(policy=default).parsebytes(raw)
        assert {part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html"}
        assert "List-Unsubscribe" in mail


@pytest.mark.parametrize(("planted", "gross"), [(0.05, False), (-0.02, False), (0.12, False), (0.16, True), (-0.06, True)])
def test_only_what_chance_does_not_explain_is_a_miss(planted: float, gross: bool) -> None:
    assert misses(Interval(0.05, 0.0, 0.10), planted) is gross


def test_saboteur_a_relay_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "RELAY_DOMAINS", frozenset())

    assert any(difference.startswith("members: ") for difference in play().differences)


def test_saboteur_however_many_share_it_it_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "MOST_BUYERS", 100)
    monkeypatch.setattr(graph, "LOOKED_AT", 100)
    mailing = ("shopify", "generic", "woocommerce", "magento")  # eight buyers show the reseller's address

    assert any(difference.startswith("members: ") for difference in play(mailing).differences)


def test_saboteur_conversions_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Drawn.within

    def without_the_last_days(self: Drawn, conversion_days: int) -> Any:
        return honest(self, conversion_days - 12)

    monkeypatch.setattr(Drawn, "within", without_the_last_days)

    assert any(difference.startswith("report: ") for difference in play(quiet=60).differences)


def test_saboteur_money_off_by_one_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = facts._worth

    def one_cent_more(order: Any) -> int | None:
        worth = honest(order)
        return worth + 1 if worth is not None and order.platform == "shopify" else worth

    monkeypatch.setattr(facts, "_worth", one_cent_more)
    differences = play().differences

    assert any("gmv" in difference for difference in differences)


def test_saboteur_consent_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DynamoMembers, "consent", lambda _self, _merchant, _subject, _channel: True)

    assert any("should hear by None" in difference for difference in play().differences)


def test_saboteur_refund_rows_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = DynamoCells.put_rows

    def without_refunds(self: DynamoCells, rows: Any, dropped: Any) -> Any:
        return honest(self, [(fact, version) for fact, version in rows if not fact.row.startswith("r#")], dropped)

    monkeypatch.setattr(DynamoCells, "put_rows", without_refunds)

    assert any("refunds" in difference for difference in play().differences)
