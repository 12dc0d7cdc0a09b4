"""The accounts' pages: how each is, and what can be done about it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.config import parse
from tests.console.browser import CONSOLE, Browser, stack_with_console
from tests.functional.stack import Stack


@pytest.fixture
def shop(moto_engine: Any) -> Stack:
    """A shop with people."""
    return stack_with_console(moto_engine)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_account_has_its_page(shop: Stack, language: str) -> None:
    browser = Browser([shop.app], language=language)
    browser.sign_in(shop, "ops")
    page = browser.open("/console/m/demo/accounts")
    assert page.status == 200
    pages = [link for link in page.links if link.startswith("/console/m/demo/accounts/")]
    assert len(pages) == len(shop.config.accounts)
    for link in pages:
        assert browser.open(link).status == 200


def test_pull_now_queues_one_job(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "ops")
    (name,) = {each.account for each in shop.config.accounts if each.platform == "shopify"}
    page = browser.open(f"/console/m/demo/accounts/shopify/{name}")
    form = next(each for each in page.forms if each.fields.get("kind") == "orders")
    assert "It is under way" in browser.submit(form).body
    assert browser.post(form.action, form.fields).status == 303
    assert len(shop.jobs.bodies) == 1, "what waits already is not asked for twice"


def test_hold_and_let_go(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "ops")
    account = shop.config.accounts[0]
    path = f"/console/m/demo/accounts/{account.platform}/{account.account}"
    browser.submit(browser.open(path).form("/pause"))
    assert shop.app.pauses.state(account.platform, account.account).by == "ops@demo.example"
    assert "ops@demo.example" in browser.open(path).body
    browser.submit(browser.open(path).form("/pause"))
    assert not shop.app.pauses.state(account.platform, account.account).paused
    acts = [row.act for row in shop.app.audit.read("demo", shop.clock.at.replace(day=1))]
    assert acts.count("account.pause") == 2


def test_what_the_configuration_holds_says_so(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "ops")
    shop.config = parse(CONSOLE.replace("[[accounts]]\n", "[[accounts]]\npaused = true\n", 1))
    account = next(each for each in shop.config.accounts if each.paused)
    path = f"/console/m/demo/accounts/{account.platform}/{account.account}"
    got = browser.submit(browser.open(path).form("/pause"))
    assert 'role="alert"' in got.body


def test_a_viewer_sees_and_does_nothing(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "viewer")
    account = shop.config.accounts[0]
    page = browser.open(f"/console/m/demo/accounts/{account.platform}/{account.account}")
    assert not [form for form in page.forms if "/accounts/" in form.action]
    assert 'type="password"' not in page.body


def test_there_is_no_page_of_an_account_that_is_none(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "ops")
    assert browser.get("/console/m/demo/accounts/shopify/nobody").status == 404
