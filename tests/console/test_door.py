"""Signing in: who gets a link, how often, in which browser, for how long; and what stands at the door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib import signing_in
from chalicelib.console import door
from chalicelib.console.urls import Urls
from tests.console.browser import ADDRESSES, CONSOLE, Browser, mailed_link, stack_with_console
from tests.functional.stack import Stack


@pytest.fixture
def shop(moto_engine: Any) -> Stack:
    """A shop with people."""
    return stack_with_console(moto_engine)


def asked(shop: Stack, browser: Browser, address: str = ADDRESSES["owner"]) -> str:
    """The path of the link that was asked for."""
    browser.submit(browser.open("/console/sign-in").form("/sign-in"), address=address)
    return urlsplit(mailed_link(shop)).path


def test_the_whole_way_in_and_out(shop: Stack) -> None:
    browser = Browser([shop.app])
    assert browser.get("/console").location.startswith("/console/sign-in")
    page = browser.sign_in(shop)
    assert page.status == 200
    assert ADDRESSES["owner"] in page.body
    assert "Set-Cookie" not in browser.get("/console/m/demo").headers
    held = dict(browser.cookies)
    out = browser.submit(page.form("/sign-out"))
    assert "/sign-in" in out.path
    browser.cookies = held
    assert browser.get("/console/m/demo").status == 303, "a session that was left stays left, whoever kept its cookie"


def test_the_answer_does_not_tell_who_is_listed(shop: Stack) -> None:
    told = []
    for address in ("owner@demo.example", "nobody@demo.example"):
        browser = Browser([shop.app])
        form = browser.open("/console/sign-in").form("/sign-in")
        got = browser.post(form.action, form.fields | {"address": address})
        told.append((got.status, got.body.replace(address, ""), sorted(got.headers)))
    assert told[0] == told[1]
    assert [mail.recipient for mail in shop.channel.mails] == ["owner@demo.example"]


def test_a_link_is_good_once(shop: Stack) -> None:
    browser = Browser([shop.app])
    path = asked(shop, browser)
    page = browser.get(path)
    again = browser.get(path)
    assert page.status == again.status == 200, "looking uses nothing up"
    held = dict(browser.cookies)
    assert browser.submit(page.form(path)).status == 200
    browser.cookies = held
    assert browser.post(path, page.form(path).fields).status == 410


def test_a_link_is_good_for_ten_minutes(shop: Stack) -> None:
    browser = Browser([shop.app])
    path = asked(shop, browser)
    form = browser.get(path).form(path)
    shop.clock.at += signing_in.LINK_LASTS
    assert browser.get(path).status == 410
    assert browser.post(path, form.fields).status == 410


def test_a_link_opens_in_the_browser_that_asked(shop: Stack) -> None:
    mine, other = Browser([shop.app]), Browser([shop.app])
    path = asked(shop, mine)
    other.open("/console/sign-in")
    assert other.get(path).status == 410
    stolen = mine.get(path).form(path).fields
    assert other.post(path, stolen).status == 403, "its form is another browser's"
    own = stolen | {"form": signing_in.form_token(other.cookies[door.KNOCK])}
    assert other.post(path, own).status == 410
    assert mine.submit(mine.get(path).form(path)).status == 200, "what another browser tried uses nothing up"


def test_the_saboteur_that_binds_no_browser_is_found(shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in.SigningIn, "_fits", lambda self, found, knock: True)
    mine, other = Browser([shop.app]), Browser([shop.app])
    path = asked(shop, mine)
    other.open("/console/sign-in")
    assert other.get(path).status == 200


def test_a_session_is_made_anew_and_taken_from_nobody(shop: Stack) -> None:
    """Session fixation: a cookie that was planted opens nothing, and is not what the browser holds afterwards."""
    browser = Browser([shop.app])
    browser.cookies[door.SESSION] = "demo.planted"
    path = asked(shop, browser)
    browser.submit(browser.get(path).form(path))
    assert browser.cookies[door.SESSION] != "demo.planted"
    other = Browser([shop.app])
    other.cookies[door.SESSION] = "demo.planted"
    assert other.get("/console/m/demo").status == 303


def test_a_cookie_given_twice_is_none(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop)
    good = browser.cookies[door.SESSION]
    got = browser.get("/console/m/demo", Cookie=f"{door.SESSION}={good}; {door.SESSION}=demo.planted")
    assert got.status == 303


@pytest.mark.parametrize("after", [signing_in.IDLE_ENDS, signing_in.SESSION_LASTS])
def test_a_session_ends(shop: Stack, after: timedelta) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop)
    for _ in range(int(after / timedelta(hours=1)) - 1):
        shop.clock.at += timedelta(hours=1)
        if after == signing_in.SESSION_LASTS:
            assert browser.get("/console/m/demo").status == 200, "used, it goes on"
    shop.clock.at += timedelta(hours=1)
    assert browser.get("/console/m/demo").status == 303


def test_whoever_is_taken_off_the_list_is_out_at_once(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "viewer")
    from chalicelib.config import parse

    shop.config = parse(CONSOLE.replace("viewer@demo.example", "somebody@demo.example"))
    assert browser.get("/console/m/demo").status == 404
    assert browser.get("/console").status == 403


def test_links_are_counted_by_address_and_place(shop: Stack) -> None:
    for _ in range(8):
        browser = Browser([shop.app])
        browser.submit(browser.open("/console/sign-in").form("/sign-in"), address=ADDRESSES["owner"])
    assert len(shop.channel.mails) == 5
    shop.clock.at += timedelta(minutes=11)
    browser = Browser([shop.app])
    browser.submit(browser.open("/console/sign-in").form("/sign-in"), address=ADDRESSES["owner"])
    assert len(shop.channel.mails) == 6


def test_nothing_in_the_table_opens_anything(shop: Stack) -> None:
    browser = Browser([shop.app])
    path = asked(shop, browser)
    token = path.rpartition(".")[2]
    knock = browser.cookies[door.KNOCK]
    browser.submit(browser.get(path).form(path))
    secret = browser.cookies[door.SESSION].partition(".")[2]
    lying = str(shop.dynamodb.scan(TableName="huitou"))
    for told in (token, knock, secret):
        assert told not in lying


@pytest.mark.parametrize(
    "told",
    [
        "https://evil.example/console",
        "//evil.example/console",
        "/console/../../evil",
        "/console\\@evil.example",
        "/consoleevil",
        "/console//evil.example",
        "javascript:alert(1)",
        "/console/\nx",
    ],
)
def test_no_way_leads_elsewhere(shop: Stack, told: str) -> None:
    assert Urls("https://hooks.example.com").inside(told) is None
    browser = Browser([shop.app])
    browser.get("/console/sign-in")
    path = asked(shop, browser)
    got = browser.post(path, browser.get(path).form(path).fields | {"next": told})
    assert got.location == "/console"


def test_where_somebody_wanted_to_go(shop: Stack) -> None:
    browser = Browser([shop.app])
    asked_for = browser.get("/console/m/demo/orders")
    form = browser.get(asked_for.location).form("/sign-in")
    browser.post(form.action, form.fields | {"address": ADDRESSES["owner"]})
    link = urlsplit(mailed_link(shop))
    got = browser.post(link.path, browser.get(f"{link.path}?{link.query}").form(link.path).fields)
    assert got.location == "/console/m/demo/orders"


@pytest.mark.parametrize("base", ["https://hooks.example.com", "https://abc.execute-api.example.com/api"])
def test_every_link_lies_below_the_public_address(moto_engine: Any, base: str) -> None:
    shop = stack_with_console(moto_engine, CONSOLE.replace("https://hooks.example.com", base))
    browser = Browser([shop.app], base)
    page = browser.sign_in(shop)
    root = f"{urlsplit(base).path}/console"
    for told in (*page.links, *(form.action for form in page.forms)):
        assert told == f"{root}" or told.startswith((f"{root}/", "#")), told
    for asset in (told for told in page.links if "/static/" in told):
        assert browser.get(asset).status == 200


def test_static_files_are_those_there_are(shop: Stack) -> None:
    browser = Browser([shop.app])
    for name in ("console.000000000000.css", "../layout.html.j2", "..%2f..%2fpages%2fen.toml", "console.css"):
        assert browser.get(f"/console/static/{name}").status in (303, 404)
