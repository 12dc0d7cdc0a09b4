"""Orders: the list of a day, looking one up, its page; what is sealed stays so until somebody asks, on record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.order import Amounts
from chalicelib.domain.record import OrderKey
from tests.console.browser import CONSOLE, Browser, read, stack_with_console
from tests.console.trade import ERP_ORDER, HOSTILE, MAIL, PHONE, SHOPIFY_ORDER, erp, push, trade
from tests.functional.stack import NOW, Stack

LIST = "/console/m/demo/orders"
ONE = f"{LIST}/generic/erp/{ERP_ORDER}"
LANGUAGES = ("en", "zh-CN")


@pytest.fixture(scope="module")
def shop(moto_engine: Any) -> Stack:
    """A shop with a trade."""
    shop = stack_with_console(moto_engine, CONSOLE)
    trade(shop)
    return shop


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_orders_of_a_day(viewer: Browser, language: str) -> None:
    got = viewer.get(LIST, Accept_Language=language)
    assert [link for link in got.links if link.startswith(f"{LIST}/")] == [
        ONE, *(f"{LIST}/shopify/acme/82000{number}" for number in (1, 2, 3)),
    ]  # fmt: skip
    assert "#1002" in got.body
    assert got.body.count("<h1>") == 1


def test_a_day_of_one_account(viewer: Browser) -> None:
    got = viewer.get(f"{LIST}?day=2026-11-19&account=shopify/acme")
    assert f"{LIST}/shopify/acme/820010" in got.links
    assert f"{LIST}/generic/erp/{ERP_ORDER}" not in got.links
    assert viewer.get(f"{LIST}?day=neither&account=nobody/x").status == 200


def test_a_long_day_comes_in_parts(shop: Stack) -> None:
    """Every order once, whatever the size of the parts."""
    finding, day = shop.app.lookups.orders, NOW.date()
    whole = [each.key for each in finding.day(day).orders]
    for size in (1, 2, 3):
        found, after = [], ""
        while True:
            page = finding.day(day, after=after, limit=size)
            assert len(page.orders) <= size
            found += [each.key for each in page.orders]
            after = page.after
            if not after:
                break
        assert found == whole
    assert finding.day(day, after="zz|").orders == ()


@pytest.mark.parametrize("asked", ["#1002", "1002", " 1002 ", "＃1002", SHOPIFY_ORDER, f"shopify/acme/{SHOPIFY_ORDER}"])
def test_an_order_is_found_however_it_is_spelled(shop: Stack, asked: str) -> None:
    (found,) = shop.app.lookups.orders.find(asked)
    assert found.key == OrderKey("demo", "shopify", "acme", SHOPIFY_ORDER)


@pytest.mark.parametrize("asked", ["", "1005", "#", "no/such/order", "//", "x" * 5000, "#1002#", "%23"])
def test_what_is_no_order_finds_none(shop: Stack, asked: str) -> None:
    assert shop.app.lookups.orders.find(asked) == []


def test_the_search_leads_to_the_order(viewer: Browser) -> None:
    assert viewer.get(f"{LIST}?q=%231002").location == f"{LIST}/shopify/acme/{SHOPIFY_ORDER}"
    got = viewer.get(f"{LIST}?q=%3Cscript%3E")
    assert got.status == 200
    assert "No order goes by that" in got.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_adds_up_and_says_where_it_came_from(viewer: Browser, language: str) -> None:
    told = read(viewer.get(ONE, Accept_Language=language))
    for amount in ("¥255.00", "¥15.00", "¥10.00", "¥250.00", "¥50.00", "¥200.00"):
        assert amount in told
    assert ("pushed by the platform" if language == "en" else "平台推送") in told
    assert "浙江" in told, "where it went is no secret, the street is"


@pytest.mark.parametrize("path", [LIST, ONE, f"{LIST}/shopify/acme/{SHOPIFY_ORDER}"])
def test_nothing_personal_is_on_a_page_that_nobody_asked_for(viewer: Browser, path: str) -> None:
    body = viewer.get(path).body
    for told in (MAIL, PHONE, "Lan Example", "示例路", "2 Sample Street", "onerror=alert(2)&gt;&quot;"):
        assert told not in body


def test_personal_data_is_shown_once_and_on_record(shop: Stack, owner: Browser) -> None:
    page = owner.get(ONE)
    got = owner.post(page.form("/reveal").action, page.form("/reveal").fields)
    assert got.status == 200
    assert MAIL in got.body
    assert PHONE in got.body
    assert HOSTILE not in got.body, "escaped"
    assert MAIL not in owner.get(ONE).body
    assert owner.get(f"{ONE}/reveal").location == ONE, "loaded again it is masked"
    rows = [row for row in shop.app.audit.read("demo", datetime(2026, 11, 1, tzinfo=UTC)) if row.act == "order.reveal"]
    assert ("owner@demo.example", f"generic/erp/{ERP_ORDER}") in [(row.actor, row.subject) for row in rows]


def test_what_cannot_be_put_on_record_is_not_shown(shop: Stack, owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.errors import Retriable

    form = owner.get(ONE).form("/reveal")

    def fails(*_: object, **__: object) -> None:
        raise Retriable("table-unavailable", "refused on purpose")

    monkeypatch.setattr(shop.app.audit, "note", fails)
    got = owner.post(form.action, form.fields)
    assert got.status == 503
    assert MAIL not in got.body


def test_who_may_only_look_is_shown_nothing(viewer: Browser) -> None:
    page = viewer.get(ONE)
    assert not [form for form in page.forms if form.action.endswith("/reveal")]
    token = page.form("/sign-out").fields["form"]
    assert viewer.post(f"{ONE}/reveal", {"form": token}).status == 403


def test_an_erased_person_is_told_as_erased(shop: Stack, owner: Browser) -> None:
    path = f"{LIST}/shopify/acme/820002"
    stored = shop.app.orders.read(OrderKey("demo", "shopify", "acme", "820002"))
    assert stored.subject is not None
    shop.app.parts.vault.destroy("demo", stored.subject)
    vault: Any = shop.app.parts.vault
    vault._opened.clear()
    form = owner.get(path).form("/reveal")
    got = owner.post(form.action, form.fields)
    assert got.status == 200
    assert "erased" in got.body


def test_no_such_order(viewer: Browser) -> None:
    assert viewer.get(f"{LIST}/generic/erp/none").status == 404


def test_a_total_that_its_parts_miss_says_so(shop: Stack) -> None:
    from chalicelib.console.pages.telling import statement
    from chalicelib.domain.record import view

    stored = shop.app.orders.read(OrderKey("demo", "generic", "erp", ERP_ORDER))
    order = view(OrderKey("demo", "generic", "erp", ERP_ORDER), stored.layers)

    def told(**amounts: int | None) -> dict[str, Any]:
        return statement(
            type(order)(**{name: getattr(order, name) for name in order.__struct_fields__} | {"amounts": Amounts(**amounts)})
        )

    assert told(items=100, shipping=10, total=120)["difference"] == 10
    assert told(items=100, discount_seller=30, total=70)["difference"] == 0
    assert told(total=70) | {"lines": []} == told(total=70), "of which nothing is told nothing is missing"
    assert told(items=100, tax=9, total=100)["tax_inside"] == 9
    for amounts in ({"items": 90, "shipping": 3, "total": 95}, {"items": 1, "discount_platform": 5, "total": 2}):
        made = told(**amounts)
        assert sum(value for _, value in made["lines"]) + made["difference"] == made["total"]


def test_a_number_that_is_another_orders_by_now(shop: Stack) -> None:
    """The index is a hint: the order itself says which number it goes by."""
    push(shop, erp("E-moved", -75, 1_000, "b9", order_no="OLD-7"))
    shop.settle()
    assert shop.app.lookups.orders.find("old-7")
    push(shop, erp("E-moved", -74, 1_000, "b9", order_no="NEW-8"))
    shop.settle()
    assert shop.app.lookups.orders.find("old-7") == []
    assert [each.key.order_id for each in shop.app.lookups.orders.find("new-8")] == ["E-moved"]
