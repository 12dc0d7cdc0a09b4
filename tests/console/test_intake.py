"""Quarantine in the console: what lies there, what it looks like, and on its way again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.browser import Browser, stack_with_console
from tests.functional.stack import Stack

SECRET = "LeakMe Zhang"


@pytest.fixture
def shop(moto_engine: Any) -> Stack:
    """A shop in whose quarantine a push lies that cannot be mapped."""
    stack = stack_with_console(moto_engine)
    body = b'{"id": 1, "customer": {"first_name": "' + SECRET.encode() + b'"}, "line_items": "none"}'
    assert stack.push("shopify", "acme", body, {"X-Shopify-Topic": "orders/create"}) == 200
    stack.normalise()
    assert sum(stack.app.quarantine.counts("demo").values()) == 1
    return stack


def page_of_it(shop: Stack, browser: Browser) -> str:
    """The path of its page."""
    (path,) = {link for link in browser.open("/console/m/demo/intake").links if link.startswith("/console/m/demo/intake/")}
    return path


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_it_looks_like_shows_no_value(shop: Stack, language: str) -> None:
    browser = Browser([shop.app], language=language)
    browser.sign_in(shop, "ops")
    page = browser.open(page_of_it(shop, browser))
    assert "customer" in page.body
    assert SECRET not in page.body


def test_whoever_may_sees_it_once_and_on_record(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "owner")
    path = page_of_it(shop, browser)
    form = browser.open(path).form("/reveal")
    assert SECRET in browser.submit(form).body
    assert SECRET not in browser.open(path).body
    acts = [(row.actor, row.act) for row in shop.app.audit.read("demo", shop.clock.at.replace(day=1))]
    assert ("owner@demo.example", "quarantine.reveal") in acts
    ops = Browser([shop.app])
    ops.sign_in(shop, "ops")
    assert not [each for each in ops.open(path).forms if each.action.endswith("/reveal")]
    token = next(each for each in ops.open(path).forms if "form" in each.fields).fields["form"]
    assert ops.post(f"{path}/reveal", {"form": token}).status == 403


@pytest.mark.parametrize("ending", ["/intake/replay", "/replay"])
def test_it_goes_on_its_way_again(shop: Stack, ending: str) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "ops")
    page = browser.open("/console/m/demo/intake") if ending == "/intake/replay" else browser.open(page_of_it(shop, browser))
    assert browser.submit(page.form(ending)).status == 200
    assert len(shop.bulk.bodies) == 1
    assert not shop.app.quarantine.counts("demo") or sum(shop.app.quarantine.counts("demo").values()) == 0
    shop.normalise()
    assert sum(shop.app.quarantine.counts("demo").values()) == 1, "what still cannot be read comes back"


def test_nobody_reads_what_is_not_there(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "ops")
    assert browser.get("/console/m/demo/intake/nothing").status == 404
