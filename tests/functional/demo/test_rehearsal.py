"""The rehearsal agrees with its oracle, and notices when Huitou is made wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from chalicelib.adapters.cells import DynamoCells
from chalicelib.adapters.members import DynamoMembers
from chalicelib.domain import facts
from ops.rehearsal import Outcome, rehearse, stage
from ops.simulator.registry import KEYS
from ops.simulator.world import build

FOUR = ("shopify", "douyin", "mercadolibre", "generic")  # fat, thin, unsigned, without an API: enough for a saboteur to be caught


def play(platforms: Sequence[str] = FOUR) -> Outcome:
    with stage(build(3, history=15 * len(platforms), today=6 * len(platforms), platforms=platforms)) as on:
        return rehearse(on, lambda _name, _count, _total: None)


@pytest.fixture(scope="module")
def outcome() -> Iterator[Outcome]:
    yield play(KEYS)


def test_everything_agrees_with_the_oracle(outcome: Outcome) -> None:
    assert outcome.differences == []


def test_every_kind_of_trouble_was_met(outcome: Outcome) -> None:
    assert outcome.day.refused.total() > 0
    assert outcome.day.accepted["duplicate"] > 0
    assert outcome.counters.total("duplicate") > 0
    assert outcome.drawn > 0
    assert outcome.orders == 21 * len(KEYS)


def test_the_digest_reached_its_reader_once(outcome: Outcome) -> None:
    assert outcome.digest is not None
    assert outcome.digest["Auto-Submitted"] == "auto-generated"
    assert "net sales" in str(outcome.digest["Subject"])


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

    assert any("should not get mail" in difference for difference in play().differences)


def test_saboteur_refund_rows_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = DynamoCells.put_rows

    def without_refunds(self: DynamoCells, rows: Any, dropped: Any) -> Any:
        return honest(self, [(fact, version) for fact, version in rows if not fact.row.startswith("r#")], dropped)

    monkeypatch.setattr(DynamoCells, "put_rows", without_refunds)

    assert any("refunds" in difference for difference in play().differences)
