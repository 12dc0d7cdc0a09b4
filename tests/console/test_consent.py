"""A shop's owner consents, begun in the console or by command."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.console.browser import PEOPLE, Browser
from tests.functional.accounts.desk import open_desk
from tests.functional.accounts.test_authorising import BACK, SHOP, TEXT, MercadoLibre
from tests.functional.stack import Stack

ACCOUNT = "/console/m/demo/accounts/mercadolibre/ml"


@pytest.fixture
def shop(moto_engine: Any) -> Stack:
    """A shop whose platform asks its owner."""
    platform = MercadoLibre()
    stack, books, _ = open_desk(moto_engine, TEXT + PEOPLE, http=lambda _info: platform)
    books.save(SHOP, {"client_id": ("1",), "client_secret": ("s",)})
    return stack


def begun(browser: Browser) -> str:
    """The state of the link that the page shows."""
    page = browser.submit(browser.open(ACCOUNT).form("/authorise"))
    (link,) = [each for each in page.links if "mercadolibre" in each and each.startswith("https://")]
    told = parse_qs(urlsplit(link).query)
    assert told["redirect_uri"] == [BACK]
    return told["state"][0]


def test_from_a_link_to_a_token(shop: Stack) -> None:
    browser = Browser([shop.app])
    browser.sign_in(shop, "ops")
    state = begun(browser)
    back = browser.get(f"/console/authorised?state={state}&code=c")
    assert back.status == 303 and back.location == f"{ACCOUNT}?said=done"
    assert browser.get(f"/console/authorised?state={state}&code=c").status == 400, "it is good once"
    acts = [row.act for row in shop.app.audit.read("demo", shop.clock.at.replace(day=1))]
    assert {"account.authorise", "account.authorised"} <= set(acts)


def test_who_may_not_change_accounts_uses_nothing_up(shop: Stack) -> None:
    ops, viewer = Browser([shop.app]), Browser([shop.app])
    ops.sign_in(shop, "ops")
    viewer.sign_in(shop, "viewer")
    state = begun(ops)
    assert viewer.get(f"/console/authorised?state={state}&code=c").status == 403
    assert ops.get(f"/console/authorised?state={state}&code=c").status == 303


def test_begun_by_command_the_address_stays_in_sight(shop: Stack) -> None:
    browser = Browser([shop.app])
    assert browser.get("/console/authorised?state=s&code=c").status == 200
