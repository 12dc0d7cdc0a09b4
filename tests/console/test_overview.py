"""The overview: what it says of today, what wants looking at, and that it stands where the queues cannot be asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import Retriable
from chalicelib.glancing import LIFE, TREND_DAYS
from tests.console.browser import CONSOLE, Browser, Got, read, stack_with_console
from tests.console.trade import trade
from tests.functional.stack import Stack

PAGE = "/console/m/demo"


@pytest.fixture(scope="module")
def shop(moto_engine: Any) -> Stack:
    """A shop with a trade, summed as the schedule sums it."""
    shop = stack_with_console(moto_engine, CONSOLE)
    trade(shop)
    return shop


@pytest.fixture(params=["en", "zh-CN"])
def page(viewer: Browser, request: pytest.FixtureRequest) -> Got:
    """The page in a language, as a viewer sees it."""
    return viewer.get(PAGE, Accept_Language=request.param)


def test_today_in_its_own_currency_and_others_beside_it(page: Got) -> None:
    told = read(page)
    assert "¥250.00" in told
    assert "¥200.00" in told, "net of the refund of today"
    assert "US$64.50" in told
    assert "314.50" not in told, "two currencies are never added"
    assert page.body.count("<h1>") == 1
    assert len(page.body) < 150_000


def test_a_day_beside_it_is_whole_and_one_before_the_first_sale_unknown(shop: Stack) -> None:
    shop.app.lookups.glancing._learnt.clear()
    glance = shop.app.lookups.glancing.glance()
    assert (glance.orders.now, glance.orders.yesterday, glance.orders.week_ago) == (4, 1, 1)
    assert glance.money[0].net_sales.now == 20_000
    assert [each.currency for each in glance.money] == ["CNY", "USD"]
    assert glance.new.now is None, "people of two shops are not added"
    assert glance.trend.values[-1] == 20_000
    assert glance.trend.values[0] is None, "a day that nobody read is no nought"


def test_the_trend_comes_to_be_whole_by_looking(shop: Stack) -> None:
    """A shop that reads no digests has no daybook: each look reads some more days, and keeps them for a while."""
    glancing = shop.app.lookups.glancing
    glancing._learnt.clear()
    known = []
    for _ in range(6):
        glancing.glance()
        known.append(len(glancing._learnt))
    assert known[0] < known[1] < known[-1] == TREND_DAYS - 3, "all but those that are read each time"
    shop.clock.at += LIFE
    glancing.glance()
    assert len(glancing._learnt) == known[0], "read anew"
    shop.clock.at -= LIFE
    glancing._learnt.clear()


def test_what_waits_for_a_word(page: Got) -> None:
    assert "/console/m/demo/campaigns/back30" in page.links


def test_an_approved_campaign_waits_no_more(shop: Stack, viewer: Browser) -> None:
    shop.app.trigger.approve("back30")
    assert "back30" not in viewer.get(PAGE).body
    shop.app.marks.put("demo", "approved#back30", '{"version": "another"}', expected_version=1)


def test_looking_writes_nothing_and_reads_little(shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    table = shop.app.parts.table
    for name in ("get", "get_many", "query", "query_index", "put", "update", "newest"):
        monkeypatch.setattr(table, name, _counted(calls, name, getattr(table, name)))
    shop.app.lookups.glancing._learnt.clear()
    shop.app.lookups.glancing.glance()
    assert not {"put", "update"} & set(calls)
    assert len(calls) <= 25, "nine days at most, two queries each, and the daybook"


def _counted(calls: list[str], name: str, real: Any) -> Any:
    def called(*args: Any, **told: Any) -> Any:
        calls.append(name)
        return real(*args, **told)

    return called


def test_a_cell_that_was_never_summed_is_summed(shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown as it lies, the first minutes of a shop would be noughts."""
    heads = shop.app.cells.heads
    monkeypatch.setattr(shop.app.cells, "heads", lambda *told: [replace(head, summary=None) for head in heads(*told)])
    assert shop.app.lookups.glancing.glance().orders.now == 4


def test_the_page_stands_when_the_queues_cannot_be_asked(shop: Stack, viewer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise Retriable("queues-unavailable", "refused on purpose")

    monkeypatch.setattr(shop.app.status, "read", fails)
    got = viewer.get(PAGE)
    assert got.status == 200
    assert "cannot be asked" in got.body
