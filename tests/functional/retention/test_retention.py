"""When their time is over nobody reads them, removed or not; and the job removes them, wherever it is killed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib import keeping
from chalicelib.adapters import vault as sealing
from chalicelib.config import parse
from chalicelib.domain.record import OrderKey
from chalicelib.domain.retention import LIMITS
from chalicelib.errors import ConfigError
from chalicelib.ports_console import SignIn
from tests.functional.exactness.world import deliver, erp
from tests.functional.retention.kept import AMAZON, Readable, amazon_order, furnished, key_names, orders_of, readable, rows, sums
from tests.functional.stack import CONFIG, NOW, Stack
from tests.kit.faults import Told


class Killed(BaseException):
    """The process was killed here."""


@pytest.fixture
def shop(moto_engine: Any) -> Stack:
    return furnished(moto_engine)


def later(stack: Stack, days: int) -> Stack:
    """So many days after all of it arrived; every worker's memory is empty."""
    stack.clock.at += timedelta(days=days)
    return stack


def personal_rows(stack: Stack) -> set[str]:
    return {row["pk"]["S"] for row in rows(stack) if "pii" in row}


def removed(stack: Stack) -> int:
    """What the job took away; of a world that is three weeks old, and walked over for three months."""
    stack.app.accounts.retention._first_day = NOW.date() - timedelta(days=21)
    with patch("chalicelib.retention.MOST_DAYS", 91):
        return stack.app.accounts.retention.run()


@pytest.mark.fault(67)
def test_67_a_read_that_comes_after_the_time_sees_nothing(shop: Stack, fault: Told) -> None:
    """Nothing has been removed yet: the clock alone decides."""
    before, stored = readable(shop), (personal_rows(shop), dict(shop.archive.objects), key_names(shop))
    assert before.amazon == 1 and before.orders == 3 and before.records == 3 and before.raw >= 9
    assert readable(later(shop, 29)) == before
    month = readable(later(shop, 3))
    assert month == Readable(amazon=0, orders=3, records=3, raw=0)
    assert readable(later(shop, 29)) == Readable(0, 0, 0, 0)
    assert (personal_rows(shop), dict(shop.archive.objects), key_names(shop)) == stored, "all of it lies there still"
    told = f"{1 + before.orders} orders, {before.records} records and {before.raw} raw requests"
    fault.figure(f"0 readable of {told} that lie there still")


@pytest.mark.fault(67, saboteur=True)
@pytest.mark.parametrize("guard", ["order_over", "record_over", "raw_over"])
def test_67_without_its_clock_something_is_read(shop: Stack, guard: str) -> None:
    later(shop, 61)
    with patch.object(sealing if guard == "raw_over" else keeping, guard, lambda *_: False):
        found = readable(shop)
    assert (found.amazon + found.orders, found.records, found.raw)[["order_over", "record_over", "raw_over"].index(guard)] > 0


@pytest.mark.fault(67)
def test_67_the_job_takes_away_what_is_over_and_no_sum_changes(engine: Any, fault: Told) -> None:
    shop = furnished(engine)
    assert removed(shop) == 0
    before, rows_before, keys_before = sums(shop), personal_rows(shop), key_names(shop)
    assert removed(later(shop, 32)) == 1
    assert personal_rows(shop) == rows_before - {f"demo#O#amazon#us#{AMAZON.order_id}"}
    own = shop.app.orders.read(AMAZON).subject
    assert own in keys_before - key_names(shop) and not any(name.startswith("raw-") for name in key_names(shop))
    assert not any("/amazon/" in name for name in shop.archive.objects)
    assert removed(later(shop, 29)) == 6
    assert personal_rows(shop) == set()
    shop.settle()
    shop.app.reckoning.sweep("demo")
    assert sums(shop) == before
    assert removed(later(shop, 1)) == 0
    fault.figure("0 of 4 orders and 3 records hold anything sealed, 0 keys of raw requests are left")


def test_it_runs_once_a_day_and_reads_a_finished_day_no_more(shop: Stack) -> None:
    assert removed(later(shop, 61)) == 7
    with patch.object(type(shop.app.accounts.retention), "_account", lambda *_: pytest.fail("twice a day")):
        assert removed(shop) == 0
    shop.settle()
    removed(later(shop, 1))
    read = shop.app.orders.whole.read
    with patch.object(shop.app.orders.whole, "read", side_effect=read) as reads:
        assert removed(later(shop, 1)) == 0
    assert reads.call_count == 0


@pytest.mark.parametrize("step", ["archive.remove", "vault.destroy", "orders.strip", "records.strip", "notes.put"])
def test_killed_anywhere_it_ends_the_same(moto_engine: Any, step: str) -> None:
    shop = later(furnished(moto_engine), 61)
    retention = shop.app.accounts.retention
    whose, _, name = step.partition(".")
    target: Any = {"orders": shop.app.orders, "records": shop.app.records}.get(whose) or getattr(retention, f"_{whose}")
    act: Callable[..., Any] = getattr(target, name)
    for number in (0, 3):
        for after in (False, True):
            calls = iter(range(number + 1))

            def die(*given: Any, left: Any = calls, act: Any = act, after: bool = after, number: int = number, **named: Any) -> Any:
                last = next(left, None) == number
                if last and not after:
                    raise Killed
                found = act(*given, **named)
                if last:
                    raise Killed
                return found

            with patch.object(target, name, die):
                try:
                    removed(shop)
                except Killed:
                    continue
    removed(later(shop, 1))
    assert personal_rows(shop) == set()
    assert not any(name.startswith("raw-") for name in key_names(shop) if name < f"raw-{shop.clock.now():%Y%m%d}")
    assert readable(shop) == Readable(0, 0, 0, 0)


@pytest.mark.fault(67)
def test_67_what_is_told_after_the_time_keeps_nothing_personal_and_moves_nobody(shop: Stack, fault: Told) -> None:
    later(shop, 61)
    people, names = sums(shop), set(shop.archive.objects)
    members = {key: shop.app.orders.read(key).member for key in orders_of(shop)}
    shop.inbound.bodies.append(amazon_order(shop, days=61))
    at = shop.clock.now() - timedelta(days=61)
    deliver(shop, [erp("E1", 2000, "completed", 400, buyer="b1", delivered_at=at.isoformat())])
    removed(shop)
    shop.settle()
    shop.app.reckoning.sweep("demo")
    assert shop.app.orders.read(OrderKey("demo", "generic", "erp", "E1")).version == 2
    assert readable(shop) == Readable(0, 0, 0, 0)
    assert personal_rows(shop) == set()
    assert set(shop.archive.objects) <= names, "nothing raw is archived of it"
    assert {key: shop.app.orders.read(key).member for key in orders_of(shop)} == members
    assert sums(shop) == people
    fault.figure("2 late tellings: nothing sealed, nothing archived, every sum as it was")


def test_a_merchant_may_shorten_and_never_lengthen() -> None:
    limit = LIMITS["amazon"].orders
    assert limit == 30
    base = f'{CONFIG}\n[[accounts]]\nplatform = "amazon"\naccount = "us"\n'
    assert parse(base).retention.of("amazon").orders == limit
    shorter = parse(f"{base}[retention]\norders_days = 10\n").retention
    assert (shorter.of("amazon").orders, shorter.of("shopify").orders, shorter.of("amazon").records) == (10, 10, 30)
    longer = parse(f"{base}[retention]\norders_days = 90\n").retention
    assert (longer.of("amazon").orders, longer.of("shopify").orders) == (30, 90)
    own = parse(f'{base}[retention]\norders_days = 90\n[[retention.platforms]]\nplatform = "amazon"\norders_days = 5\n').retention
    assert (own.of("amazon").orders, own.of("shopify").orders) == (5, 90)
    for text in (f'{base}[[retention.platforms]]\nplatform = "amazon"\norders_days = 31\n', f"{base}[retention]\nraw_days = 31\n"):
        with pytest.raises(ConfigError):
            parse(text)
    assert parse(f"{CONFIG}\n[retention]\nraw_days = 400\n").retention.raw_days == 400


def test_only_what_is_operational_goes_by_itself(shop: Stack) -> None:
    """What DynamoDB deletes at a time of its own choosing is never a fact, and never decides anything."""
    assert [row for row in rows(shop) if "ttl" in row] == []
    signing = shop.app.signing_in
    store, until = signing._store, shop.clock.now() + timedelta(hours=1)
    store.put_sign_in("demo", SignIn("t", b"sealed", "k", until))
    (row,) = [row for row in rows(shop) if "ttl" in row]
    assert (row["kind"]["S"], int(row["ttl"]["N"])) == ("signin", int(until.timestamp()))
    template = (Path(__file__).parents[3] / "infra/resources.yaml").read_text()
    assert "TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}" in template
