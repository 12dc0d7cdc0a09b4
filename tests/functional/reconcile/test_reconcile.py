"""A platform's list of a day against our table: what is told of each order, what comes again, what a crash leaves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.record import OrderKey
from chalicelib.errors import ConfigError, Retriable
from chalicelib.pipeline.reconcile import Reconcile, _first_instant
from ops.local import moto
from tests.functional.reconcile.listing import DAY, NEWS, Shop, at


def status_of(shop: Shop, order_id: str) -> Any:
    from ops.rehearsal import read_order

    order = read_order(shop.app, OrderKey("demo", "generic", "erp", order_id))
    return order and order.status


def written(shop: Shop) -> list[Any]:
    """Every item of the table, to see whether anything was written."""
    items = shop.stack.dynamodb.scan(TableName=shop.app.parts.table.name)["Items"]
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def a_day(shop: Shop) -> None:
    """Seven orders: four agree, one never came, one has an old state, and one is here that the platform does not list."""
    for number in range(4):
        shop.sold(f"same-{number}", 1 + number)
    shop.sold("lost", 6, pushed=False)
    shop.sold("old", 7, status="paid")
    shop.sold("old", 7, changed=9, status="shipped", pushed=False)
    shop.sold("gone", 8)
    shop.platform.hidden.add("gone")


def test_missing_stale_extra_and_same_are_told_apart_and_healed(engine: Any) -> None:
    shop = Shop(engine)
    a_day(shop)

    found = shop.reconcile()

    assert (found.listed, found.same, found.missing, found.stale, found.extra, found.sent) == (6, 4, 1, 1, 1, 2)
    assert (found.missing_ids, found.stale_ids, found.extra_ids) == (("lost",), ("old",), ("gone",))
    assert (status_of(shop, "lost"), status_of(shop, "old"), status_of(shop, "gone")) == ("paid", "shipped", "paid")
    assert not found.agrees
    again = shop.reconcile()
    assert (again.same, again.missing, again.stale, again.extra, again.sent, again.agrees) == (6, 0, 0, 1, 0, True)


def test_what_comes_again_takes_the_bulk_lane(moto_stack_shop: Shop) -> None:
    shop = moto_stack_shop
    a_day(shop)
    shop.app.reconcile.account("generic", "erp", DAY)
    assert (len(shop.stack.inbound.bodies), len(shop.stack.bulk.bodies)) == (0, 2)
    assert all('"lane":"bulk"' in text and '"source":"pull"' in text for text in shop.stack.bulk.bodies)


def test_a_dry_run_writes_and_sends_nothing_and_says_the_same(moto_stack_shop: Shop) -> None:
    shop = moto_stack_shop
    a_day(shop)
    before = written(shop)
    dry = shop.app.reconcile.account("generic", "erp", DAY, dry_run=True)
    assert (dry.missing, dry.stale, dry.extra, dry.sent) == (1, 1, 1, 0)
    assert written(shop) == before and shop.stack.bulk.bodies == []


def test_without_healing_nothing_is_sent_and_the_next_one_finds_the_same(moto_stack_shop: Shop) -> None:
    shop = moto_stack_shop
    a_day(shop)
    for _ in range(2):
        found = shop.reconcile(heal=False)
        assert (found.missing, found.stale, found.sent) == (1, 1, 0)


@pytest.mark.parametrize("timed", [True, False])
def test_a_list_of_ids_is_compared_as_far_as_it_tells(moto_stack_shop: Shop, *, timed: bool) -> None:
    shop = moto_stack_shop
    shop.platform.thin, shop.platform.timed = True, timed
    a_day(shop)

    found = shop.reconcile()

    assert (found.missing, found.stale, found.unclear) == ((1, 1, 0) if timed else (1, 0, 5))
    assert (status_of(shop, "lost"), status_of(shop, "old")) == ("paid", "shipped")
    again = shop.reconcile()
    assert (again.missing, again.stale, again.unclear) == (0, 0, 0 if timed else 6)


def test_what_may_be_under_way_is_no_alarm(moto_stack_shop: Shop) -> None:
    shop = moto_stack_shop
    now = shop.stack.clock.at
    shop.platform.sell("fresh", now - timedelta(minutes=5))
    shop.platform.sell("late", now - timedelta(minutes=15))
    found = shop.reconcile()
    assert (found.young, found.missing_ids, found.sent) == (1, ("late",), 2)


def test_what_cannot_be_read_is_named_and_kept_for_a_person(moto_stack_shop: Shop) -> None:
    shop = moto_stack_shop
    shop.platform.orders["odd"] = (at(3), b'{"order_id": "odd", "status": 7}')
    found = shop.reconcile()
    assert (found.unread, found.agrees) == (1, False)
    assert [entry.reason for entry in shop.app.work.quarantined("demo")] == ["payload-malformed"]


def test_the_list_is_asked_for_from_before_the_day_to_now(moto_stack_shop: Shop) -> None:
    """An order of the day that changed later stands later in the list."""
    shop = moto_stack_shop
    shop.sold("edge", 0.001, pushed=False)
    shop.sold("shipped later", 23.9, changed=27, status="shipped", pushed=False)
    found = shop.reconcile()
    (since, until, _), *_ = shop.platform.asked
    assert (since, until) == (at(0) - timedelta(minutes=10), shop.stack.clock.at)
    assert set(found.missing_ids) == {"edge", "shipped later"}


def test_an_order_that_changed_after_the_list_was_asked_for_is_not_extra(moto_stack_shop: Shop) -> None:
    shop = moto_stack_shop
    shop.sold("moved", 5)
    shop.stack.push("generic", "erp", shop.platform.sell("moved", at(5), shop.stack.clock.at + timedelta(seconds=1), "shipped"))
    shop.stack.settle()
    assert shop.reconcile().extra == 0


@pytest.mark.fault(35)
def test_killed_at_every_page_it_goes_on_and_counts_once(engine: Any) -> None:
    shop = Shop(engine, size=2)
    a_day(shop)
    for page in range(3):
        shop.platform.breaks_before = page
        with pytest.raises(Retriable):
            shop.reconcile()
    shop.platform.breaks_before = -1
    found = shop.reconcile()
    assert shop.platform.asked[-1][2] == "2"
    assert (found.listed, found.same, found.missing, found.stale, found.extra_ids, found.sent) == (6, 4, 1, 1, ("gone",), 2)
    assert shop.reconcile().agrees


def test_another_day_and_an_old_walk_begin_anew(moto_stack_shop: Shop) -> None:
    shop = moto_stack_shop
    a_day(shop)
    for day, waited in ((DAY + timedelta(days=1), timedelta()), (DAY, timedelta(hours=7))):
        shop.platform.breaks_before = 1
        with pytest.raises(Retriable):
            shop.reconcile()
        shop.platform.breaks_before = -1
        shop.stack.clock.at += waited
        shop.reconcile(day)
        assert shop.platform.asked[-1][2] is None


def test_two_at_once_are_one(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second worker moves the walk on; the first one's page no longer counts."""
    shop = Shop(engine, size=2)
    a_day(shop)
    looked = Reconcile._look
    inside: list[int] = []

    def look(self: Reconcile, *given: Any) -> Any:
        if not inside:
            inside.append(1)
            shop.reconcile()
        return looked(self, *given)

    monkeypatch.setattr(Reconcile, "_look", look)
    with pytest.raises(Retriable, match="another worker"):
        shop.reconcile()


@pytest.mark.parametrize(("platform", "account", "day"), [("generic", "nobody", DAY), ("generic", "erp", date(2026, 11, 21))])
def test_what_cannot_be_reconciled_says_so(moto_stack_shop: Shop, platform: str, account: str, day: date) -> None:
    with pytest.raises(ConfigError):
        moto_stack_shop.app.reconcile.account(platform, account, day)


def test_a_platform_without_lists_cannot_be_reconciled() -> None:
    from tests.functional.stack import Stack

    with moto(wire=False) as engine, pytest.raises(ConfigError, match="lists no orders"):
        Stack(engine).app.reconcile.account("generic", "erp", DAY)


def test_each_state_of_an_order_is_found_stale_by_the_platforms_clock(moto_stack_shop: Shop) -> None:
    """Ours is read hours later than theirs: our clock has no say."""
    shop = moto_stack_shop
    for hours, status in enumerate(NEWS):
        shop.sold("one", 1, changed=2 + hours, status=status, pushed=status == "pending_payment")
        if status != "pending_payment":
            assert shop.reconcile().stale_ids == ("one",)
        assert status_of(shop, "one") == status
    older = shop.platform.orders["one"]
    shop.platform.orders["one"] = (at(3), older[1].replace(b"shipped", b"paid").replace(b"20:00", b"19:00"))
    assert (shop.reconcile().stale, status_of(shop, "one")) == (0, "shipped")


class Forgetful:
    """Marks that keep nothing."""

    def get(self, *_: Any) -> None:
        """Nothing."""

    def put(self, *_: Any, **__: Any) -> bool:
        """As if."""
        return True

    def named(self, *_: Any) -> dict[str, str]:
        """Nothing."""
        return {}


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("_newest", lambda *_: 0),  # everything is stale
        ("_newest", lambda *_: 2**60),  # nothing is
        ("_first_instant", lambda *day: _first_instant(*day) + timedelta(days=1)),  # the window is a day short
        ("Reconcile._send", lambda *_: 0),  # nothing is healed
        ("explode", lambda thing, **_: {}),  # the clock of the list is not read
    ],
)
def test_saboteur_a_guard_taken_away_is_seen(
    moto_stack_shop: Shop, monkeypatch: pytest.MonkeyPatch, what: str, instead: Any
) -> None:
    a_day(moto_stack_shop)
    monkeypatch.setattr(f"chalicelib.pipeline.reconcile.{what}", instead)
    try:
        first = moto_stack_shop.reconcile()
        again = moto_stack_shop.reconcile()
    except ValueError:
        return
    assert (first.same, first.missing, first.stale, again.same, again.missing, again.stale) != (4, 1, 1, 6, 0, 0)


def test_saboteur_a_walk_that_forgets_its_pages_calls_what_it_saw_extra(moto_stack_shop: Shop) -> None:
    shop = moto_stack_shop
    a_day(shop)
    shop.app.reconcile._pages = lambda *_: Forgetful()
    shop.platform.breaks_before = 1
    with pytest.raises(Retriable):
        shop.reconcile()
    shop.platform.breaks_before = -1
    assert shop.reconcile().extra > 1
