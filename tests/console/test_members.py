"""Members: found by whatever somebody knows of them, shown without who they are, and with it only on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.domain.events import Consent
from tests.console.browser import CONSOLE, Browser, Got, read, stack_with_console
from tests.console.trade import ERP_ORDER, HOSTILE, MAIL, PHONE, SHOPIFY_ORDER, erp, push, trade
from tests.functional.stack import NOW, Stack

HOME = "/console/m/demo/members"
LANGUAGES = ("en", "zh-CN")
SILENT = "silent.example@example.com"


@pytest.fixture(scope="module")
def shop(moto_engine: Any) -> Stack:
    """A shop with a trade, words on being written to, and somebody who was silent and is written to."""
    shop = stack_with_console(moto_engine, CONSOLE)
    trade(shop)
    push(shop, erp("E-old", -24 * 35, 7_700, "b3", buyer={"id": "b3", "email": SILENT}))
    shop.settle()
    shop.app.reckoning.sweep("demo")
    shop.sweep()
    (silent,) = shop.app.lookups.people.find(SILENT)
    for hours, granted, source in ((-48, True, "checkout"), (-2, False, f"unsubscribe {HOSTILE}")):
        said = Consent("demo", "generic", "erp", "b3", "email", granted, NOW + timedelta(hours=hours), source)
        shop.app.members.put_consent(said, silent)
    while shop.app.deliver.run():
        pass
    return shop


def look_for(browser: Browser, asked: str) -> Got:
    """Use the search."""
    return browser.submit(browser.get(HOME).form("/members/find"), asked=asked)


@pytest.mark.parametrize(
    "asked", [MAIL, f" {MAIL.upper()} ", PHONE, "#1002", SHOPIFY_ORDER, f"generic/erp/{ERP_ORDER}", "b1", "77"]
)
def test_a_person_is_found_by_whatever_is_known_of_them(shop: Stack, owner: Browser, asked: str) -> None:
    (name,) = shop.app.lookups.people.find(MAIL)
    got = look_for(owner, asked)
    assert got.status == 200
    assert got.path == f"{HOME}/{quote(name, safe='')}"
    assert quote(asked.strip(), safe="") not in got.path


def test_what_was_asked_for_is_in_no_address_and_no_record(shop: Stack, owner: Browser) -> None:
    for asked in (MAIL, "nobody.example@example.com"):
        got = look_for(owner, asked)
        assert asked not in got.path
        assert asked not in got.body
    rows = [row for row in shop.app.audit.read("demo", datetime(2026, 11, 1, tzinfo=UTC)) if row.act == "member.find"]
    assert rows
    assert not [row for row in rows if "@" in row.subject]
    assert "nobody.example" not in str(shop.dynamodb.scan(TableName="huitou"))


def test_nobody(owner: Browser) -> None:
    assert "Nobody goes by that" in look_for(owner, "no such thing").body


def test_whoever_may_not_see_addresses_is_not_told_which_are_known(viewer: Browser, shop: Stack) -> None:
    """A saboteur's answer would tell that the address is a buyer's."""
    known, unknown = look_for(viewer, MAIL), look_for(viewer, "nobody.example@example.com")
    assert read(known) == read(unknown)
    assert known.path == unknown.path
    assert look_for(viewer, "#1002").path.startswith(f"{HOME}/"), "by an order they may"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_persons_story(shop: Stack, viewer: Browser, language: str) -> None:
    (name,) = shop.app.lookups.people.find(MAIL)
    got = viewer.get(f"{HOME}/{name}", Accept_Language=language)
    told = read(got)
    assert f"/console/m/demo/orders/generic/erp/{ERP_ORDER}" in got.links
    assert f"/console/m/demo/orders/shopify/acme/{SHOPIFY_ORDER}" in got.links
    assert ("2 buyers" if language == "en" else "2 个共用") in told
    assert "¥380.00" in told, "net of what was refunded"
    assert "US$20.50" in told, "another currency beside it, not in it"
    for secret in (MAIL, PHONE, "Lan Example", "示例路"):
        assert secret not in got.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_somebody_was_not_written_to_and_what_they_said(shop: Stack, viewer: Browser, language: str) -> None:
    (name,) = shop.app.lookups.people.find(SILENT)
    got = viewer.get(f"{HOME}/{name}", Accept_Language=language)
    told = read(got)
    words = {"en": ("there is no consent", "declined", "2 words"), "zh-CN": ("未取得同意", "已拒绝", "共 2 次表态")}[language]
    for word in words:
        assert word in told
    assert HOSTILE not in got.body


def test_personal_data_is_shown_once_and_on_record(shop: Stack, owner: Browser) -> None:
    (name,) = shop.app.lookups.people.find(MAIL)
    page = owner.get(f"{HOME}/{name}")
    got = owner.post(page.form("/reveal").action, page.form("/reveal").fields)
    assert got.status == 200
    assert MAIL in got.body
    assert HOSTILE not in got.body
    assert MAIL not in owner.get(f"{HOME}/{name}").body
    assert owner.get(f"{HOME}/{name}/reveal").location == f"{HOME}/{quote(name, safe='')}"
    assert [
        row.subject for row in shop.app.audit.read("demo", datetime(2026, 11, 1, tzinfo=UTC)) if row.act == "member.reveal"
    ] == [name]


def test_who_may_only_look_is_shown_nothing(shop: Stack, viewer: Browser) -> None:
    (name,) = shop.app.lookups.people.find(MAIL)
    page = viewer.get(f"{HOME}/{name}")
    assert not [form for form in page.forms if form.action.endswith("/reveal")]
    assert viewer.post(f"{HOME}/{name}/reveal", {"form": page.form("/sign-out").fields["form"]}).status == 403


def test_who_bought_today(shop: Stack, viewer: Browser) -> None:
    (name,) = shop.app.lookups.people.find(MAIL)
    assert f"{HOME}/{quote(name, safe='')}" in viewer.get(HOME).links
    assert viewer.get(f"{HOME}/nobody").status == 404


def test_a_suppressed_address_is_told(shop: Stack, viewer: Browser) -> None:
    known_as = shop.app.parts.vault.lookup("demo", "email", SILENT)
    shop.app.members.suppress("demo", known_as, "bounced")
    (name,) = shop.app.lookups.people.find(SILENT)
    assert "the address does not exist" in viewer.get(f"{HOME}/{name}").body
