"""Pushes that have dried up while the list goes on: found, told once, registered again, and over when they come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.review_notice import ReviewNotices
from chalicelib.config import parse
from chalicelib.coverage import Coverages
from chalicelib.domain.coverage import DRY_SAMPLE
from chalicelib.errors import Permanent, Retriable
from chalicelib.pipeline.normalise import Normalise
from chalicelib.registering import Registering
from chalicelib.subscribing import PushSubscription
from tests.functional.reconcile.listing import DAY, Shop
from tests.functional.stack import CONFIG


@pytest.fixture
def dry(moto_stack_shop: Shop) -> Shop:
    """Pushes came in the morning; since eight, orders come by the list alone."""
    moto_stack_shop.sold("pushed", 8)
    for number in range(DRY_SAMPLE):
        moto_stack_shop.sold(f"silent-{number}", 9 + number / 10, pushed=False)
    return moto_stack_shop


def told(shop: Shop) -> list[Any]:
    """The notices that wait, once whoever is to be told has been."""
    shop.app.coverage.tell()
    due = shop.app.outbox.due("demo", shop.stack.clock.at + timedelta(days=9), 100)
    return [message for message in due if message.template == "push_dry"]


def with_owner(shop: Shop) -> Shop:
    """The shop, and somebody who is to be told."""
    shop.stack.config = parse(CONFIG + '[reviews]\nenabled = true\nrecipients = ["desk@demo.example"]\n')
    return shop


@pytest.mark.fault(34)
def test_a_drought_is_told_once_and_mended_at_each_look(dry: Shop) -> None:
    with_owner(dry)
    found = dry.reconcile()
    assert (found.drought.orders, found.missing) == (DRY_SAMPLE, DRY_SAMPLE)
    assert dry.platform.made == ["orders", "refunds"]
    assert len(told(dry)) == 1
    for _ in range(2):
        dry.reconcile()
        assert len(told(dry)) == 1
    assert dry.platform.made == ["orders", "refunds"]  # what is there is not made again
    assert dry.stack.counters.total("push_dry") == 3
    spell = dry.app.coverage.spell("generic", "erp")
    assert (spell.orders, spell.mended, spell.told) == (DRY_SAMPLE, True, True)


def test_pulled_orders_witness_it_as_well_as_missing_ones(dry: Shop) -> None:
    """The first reconcile brought them by the list; the second finds nothing missing, and no push either."""
    dry.reconcile()
    found = dry.reconcile()
    assert (found.missing, found.drought.orders) == (0, DRY_SAMPLE)
    assert (found.coverage.push, found.coverage.pull, found.coverage.pushed) == (1, DRY_SAMPLE, 1)


def test_a_push_after_the_spell_began_ends_it(dry: Shop) -> None:
    dry.reconcile()
    dry.sold("back", 12)
    assert dry.reconcile().drought is None
    assert (dry.app.coverage.spell("generic", "erp"), dry.stack.counters.total("push_back")) == (None, 1)


def test_too_few_orders_say_nothing_and_end_nothing(dry: Shop) -> None:
    dry.reconcile()
    dry.platform.orders = dict(list(dry.platform.orders.items())[: DRY_SAMPLE // 2])
    assert dry.reconcile().drought is None
    assert dry.app.coverage.spell("generic", "erp") is not None


def test_a_late_push_of_an_order_that_was_pulled_first_is_no_drought(dry: Shop) -> None:
    """It changes nothing of the order, and still was a push."""
    dry.reconcile()
    for number in range(DRY_SAMPLE):
        assert dry.stack.push("generic", "erp", dry.platform.orders[f"silent-{number}"][1]) == 200
    dry.stack.settle()
    assert dry.reconcile().drought is None


@pytest.mark.parametrize("noted", [True, False])
def test_so_is_one_that_reads_the_order_and_finds_nothing_new(dry: Shop, monkeypatch: pytest.MonkeyPatch, *, noted: bool) -> None:
    """A push that is read back says what the list said, to the letter. Saboteur: one that is not noted counts as never sent."""
    dry.platform.info = replace(dry.platform.info, push_trust="hint")
    if not noted:
        monkeypatch.setattr(Normalise, "_witness", lambda *_: None)
    dry.reconcile()
    for number in range(DRY_SAMPLE):
        assert dry.stack.push("generic", "erp", dry.platform.orders[f"silent-{number}"][1]) == 200
    dry.stack.settle()
    found = dry.reconcile()
    assert (found.drought is None, found.coverage.both) == ((True, DRY_SAMPLE) if noted else (False, 0))


def test_who_never_pushed_has_not_stopped(moto_stack_shop: Shop) -> None:
    for number in range(DRY_SAMPLE):
        moto_stack_shop.sold(f"pulled-{number}", 9 + number / 10, pushed=False)
    assert moto_stack_shop.reconcile().drought is None


def test_an_account_without_its_secrets_takes_no_pushes(dry: Shop) -> None:
    dry.app.parts.secrets.secrets = lambda _shop: type("Empty", (), {"values": {}})()
    assert dry.reconcile().drought is None


def test_what_cannot_be_registered_is_told_all_the_more(dry: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry.platform, "push_topics", lambda _account: ("refused",))
    dry.reconcile()
    assert dry.stack.counters.total("register_failed") == 1
    assert dry.app.coverage.spell("generic", "erp").mended is False
    assert len(told(with_owner(dry))) == 1


def test_the_words_name_platform_since_when_and_what_to_do(dry: Shop) -> None:
    dry.reconcile()
    spell = dry.app.coverage.spell("generic", "erp")
    for mended in (True, False):
        spell.mended = mended
        notice = ReviewNotices(str.title).dry(dry.stack.config, ("generic", "erp"), spell)
        said = "\n".join(line for _, lines in notice.sections for line in lines)
        assert "Generic" in notice.title and "2026-11-19 09:00" in said and "/webhooks/generic/erp" in said
        assert notice.urgent is not mended


def test_two_spells_are_two_notices_and_one_that_is_over_is_none(dry: Shop) -> None:
    with_owner(dry).reconcile()
    dry.sold("back", 12)
    dry.reconcile()
    assert told(dry) == []  # over before anybody was told
    for number in range(DRY_SAMPLE):
        dry.sold(f"again-{number}", 13 + number / 10, pushed=False)
    dry.reconcile()
    assert len(told(dry)) == 1


def test_saboteur_a_spell_that_is_not_kept_as_told_is_told_again(dry: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    dry.app.coverage._notify = lambda *given: said.append(given)
    dry.reconcile()
    monkeypatch.setattr(dry.app.coverage._marks, "put", lambda *_, **__: False)
    for _ in range(2):
        dry.app.coverage.tell()
    assert len(said) == 2


@pytest.mark.fault(34, saboteur=True)
def test_saboteur_pushes_that_are_not_looked_for(dry: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Coverages, "pushed", lambda *_: False)
    dry.sold("back", 12)
    assert dry.reconcile().drought is not None


class TestRegistering:
    """Never two of a kind."""

    def test_a_dry_run_makes_nothing(self, moto_stack_shop: Shop) -> None:
        moto_stack_shop.platform.pushes_to = [PushSubscription("orders", "1", active=False)]
        found = moto_stack_shop.app.registering.account("generic", "erp", dry_run=True)
        assert (found.present, found.revived, found.made, moto_stack_shop.platform.made) == ((), ("orders",), ("refunds",), [])

    def test_what_is_off_is_switched_on_and_what_is_there_stays(self, moto_stack_shop: Shop) -> None:
        platform = moto_stack_shop.platform
        platform.pushes_to = [PushSubscription("orders", "1", active=False)]
        for _ in range(2):
            moto_stack_shop.app.registering.account("generic", "erp")
        assert sorted(each.topic for each in platform.pushes_to) == ["orders", "refunds"]
        assert all(each.active for each in platform.pushes_to)

    def test_two_workers_make_one(self, engine: Any) -> None:
        shop = Shop(engine)
        listed = shop.platform.subscriptions
        refused: list[str] = []

        def meanwhile(address: str, api: Any) -> Any:
            if not refused:
                refused.append("")
                with pytest.raises(Retriable, match="another worker"):
                    shop.app.registering.account("generic", "erp")
            return listed(address, api)

        shop.platform.subscriptions = meanwhile  # type: ignore[method-assign]
        shop.app.registering.account("generic", "erp")
        assert (refused, shop.platform.made) == ([""], ["orders", "refunds"])

    def test_saboteur_without_the_claim_there_are_two(self, moto_stack_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Registering, "_claim", lambda *_: 0)
        platform, inside = moto_stack_shop.platform, list[int]()
        listed = platform.subscriptions

        def meanwhile(address: str, api: Any) -> Any:
            before = listed(address, api)
            if not inside:
                inside.append(1)
                moto_stack_shop.app.registering.account("generic", "erp")
            return before

        monkeypatch.setattr(platform, "subscriptions", meanwhile)
        moto_stack_shop.app.registering.account("generic", "erp")
        assert platform.made == ["orders", "refunds"] * 2

    def test_one_that_failed_can_be_tried_again_at_once(self, moto_stack_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(moto_stack_shop.platform, "push_topics", lambda _account: ("refused",))
            with pytest.raises(Permanent):
                moto_stack_shop.app.registering.account("generic", "erp")
        moto_stack_shop.app.registering.account("generic", "erp")
        assert moto_stack_shop.platform.made == ["orders", "refunds"]


class TestLedger:
    """Days are counted anew, never up."""

    def test_a_day_counted_again_is_the_same_record(self, engine: Any) -> None:
        shop = Shop(engine)
        shop.sold("one", 3)
        shop.sold("two", 4, pushed=False)
        shop.reconcile()
        for _ in range(2):
            counted = shop.app.coverage.recount("generic", "erp", DAY)
        assert (counted.push, counted.pull, counted.both, counted.orders, counted.pushed) == (1, 1, 0, 2, 1)
        assert shop.app.coverage.days("generic", "erp", DAY, DAY) == [counted]

    def test_days_between_and_no_other(self, moto_stack_shop: Shop) -> None:
        for back in range(4):
            moto_stack_shop.app.coverage.recount("generic", "erp", DAY - timedelta(days=back))
        first, last = DAY - timedelta(days=2), DAY - timedelta(days=1)
        assert [each.day for each in moto_stack_shop.app.coverage.days("generic", "erp", first, last)] == [first, last]
        assert moto_stack_shop.app.coverage.days("generic", "other", first, last) == []
