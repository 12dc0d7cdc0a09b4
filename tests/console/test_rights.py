"""Who may what: every route times every role times every merchant, and forms that are none of ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.bootstrap import Application
from chalicelib.config import parse
from chalicelib.console.routes import MENU, ROUTES
from chalicelib.console.visit import Go, Route
from chalicelib.domain.seats import ROLES
from chalicelib.parts import Parts
from chalicelib.signing_in import form_token
from tests.console.browser import CONSOLE, Browser, stack_with_console
from tests.functional.stack import Stack

OTHER = CONSOLE.replace('merchant = "demo"', 'merchant = "other"').replace("owner@demo.example", "boss@other.example")
SAMPLES = {"platform": "shopify", "account": "acme"}


class Shops:
    """Two merchants of one deployment, and a browser signed in for each role of the first."""

    def __init__(self, engine: Any) -> None:
        self.demo = stack_with_console(engine)
        self.other = second(self.demo)
        self.browsers: dict[str, Browser] = {}
        for role in ROLES:
            self.browsers[role] = Browser([self.demo.app, self.other])
            self.browsers[role].sign_in(self.demo, role)

    def ask(self, role: str, route: Route, merchant: str, form: dict[str, str] | None = None, **headers: str) -> int:
        """The status that a role gets."""
        browser = self.browsers[role]
        path = "/".join(f"/console/m/{merchant}/{route.pattern}".split("/"))
        for part in [part for part in route.pattern.split("/") if part.startswith("{")]:
            path = path.replace(part, SAMPLES.get(part[1:-1], "x"))
        if route.method == "GET":
            return browser.get(path.rstrip("/"), **headers).status
        token = form_token(browser.cookies["huitou_session"].partition(".")[2])
        return browser.post(path, {"form": token} if form is None else form, **headers).status


def second(stack: Stack, text: str = OTHER) -> Application:
    """Another merchant's application over the same parts."""
    config = parse(text)
    parts: Parts = replace(stack.app.parts, config=lambda: config)
    return Application(parts)


@pytest.fixture
def shops(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Shops:
    """Handlers stand still: what is asked is whether they are reached."""
    made = Shops(moto_engine)
    monkeypatch.setattr(Route, "handle", lambda _self, visit: Go(visit.urls.at()))
    return made


def test_every_route_times_every_role(shops: Shops) -> None:
    wrong = []
    for route in ROUTES:
        for role, rights in ROLES.items():
            expected = 303 if route.right in rights else 403
            if shops.ask(role, route, "demo") != expected:
                wrong.append((role, route.method, route.pattern))
    assert wrong == []
    assert {right for rights in ROLES.values() for right in rights} >= {route.right for route in ROUTES}


def test_no_route_of_another_merchant(shops: Shops) -> None:
    """Nor is it told whether there is such a merchant: a name that nobody has is answered alike."""
    for route in ROUTES:
        assert shops.ask("owner", route, "other") == 404, route.pattern
        assert shops.ask("owner", route, "nobody") == 404, route.pattern
    assert shops.browsers["owner"].get("/console").location == "/console/m/demo", "one seat, one shop: nothing to choose"


def test_an_agency_sees_its_shops_and_no_other(moto_engine: Any) -> None:
    demo = stack_with_console(moto_engine, CONSOLE.replace("marketing@demo.example", "agent@agency.example"))
    shared = second(demo, OTHER.replace("viewer@demo.example", "agent@agency.example"))
    third = second(demo, OTHER.replace('merchant = "other"', 'merchant = "third"'))
    browser = Browser([demo.app, shared, third])
    page = browser.sign_in(demo, address="agent@agency.example")
    assert {link for link in page.links if "/m/" in link} == {"/console/m/demo", "/console/m/other"}
    assert browser.get("/console/m/demo/accounts").status == 200
    assert browser.get("/console/m/other/accounts").status == 200
    assert browser.get("/console/m/third/accounts").status == 404
    account = "/console/m/{}/accounts/shopify/acme"
    token = form_token(browser.cookies["huitou_session"].partition(".")[2])
    ours = {
        role: browser.post(f"{account.format(role)}/pull", {"form": token, "kind": "orders"}).status for role in ("demo", "other")
    }
    assert ours == {"demo": 403, "other": 403}, "marketing here, viewer there, and neither operates"


def test_every_deed_wants_a_form_of_ours(shops: Shops) -> None:
    foreign = form_token(shops.browsers["viewer"].cookies["huitou_session"].partition(".")[2])
    for route in [route for route in ROUTES if route.method == "POST"]:
        for form in ({}, {"form": ""}, {"form": "x"}, {"form": foreign}):
            assert shops.ask("owner", route, "demo", form) == 403, (route.pattern, form)
        assert shops.ask("owner", route, "demo", Sec_Fetch_Site="cross-site") == 403
        assert shops.ask("owner", route, "demo", Sec_Fetch_Site="same-site") == 403
        assert shops.ask("owner", route, "demo", Sec_Fetch_Site="same-origin") == 303


def test_every_deed_is_named_and_on_record(shops: Shops) -> None:
    deeds = [route for route in ROUTES if route.method == "POST"]
    assert all(route.act for route in deeds)
    for route in deeds:
        shops.ask("owner", route, "demo")
    acts = {row.act for row in shops.demo.app.audit.read("demo", shops.demo.clock.at.replace(day=1))}
    assert acts >= {route.act for route in deeds}


def test_nothing_is_open_to_whoever_is_not_signed_in(shops: Shops) -> None:
    stranger = Browser([shops.demo.app])
    shops.browsers["stranger"] = stranger
    for route in ROUTES:
        if route.method == "GET":
            assert shops.ask("stranger", route, "demo") == 303
            assert stranger.get("/console/m/demo").location.startswith("/console/sign-in")
        else:
            stranger.cookies["huitou_session"] = "demo.x"
            assert shops.ask("stranger", route, "demo") == 403
            del stranger.cookies["huitou_session"]


def test_the_menu_leads_to_pages_that_are_there(shops: Shops) -> None:
    first = {route.pattern.partition("/")[0] or "overview" for route in ROUTES if route.method == "GET"}
    assert first == set(MENU)
    assert {route.nav for route in ROUTES if route.method == "GET"} == set(MENU)


def test_no_two_routes_are_one() -> None:
    shapes = [
        (route.method, tuple("{}" if part.startswith("{") else part for part in route.pattern.split("/"))) for route in ROUTES
    ]
    assert len(set(shapes)) == len(shapes)
