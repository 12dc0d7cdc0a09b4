"""Checking an account: what is asked, what is found, and that nothing changes by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.contract import Account, HttpRequest, HttpResponse, RawRequest
from chalicelib.domain.finding import Finding
from chalicelib.errors import Retriable
from chalicelib.probing import HEADER, marked
from connectors import registry
from connectors.registry import KEYS
from tests.functional.accounts.desk import ACME, Books, OwnDoor, open_desk
from tests.functional.stack import HandClock, Stack
from tests.kit.cases import cases

URL = "https://hooks.example.com/webhooks/shopify/acme"


class Platform:
    """Shopify's API: one answer to everything, with the platform's time."""

    def __init__(
        self, status: int = 200, body: bytes = b'{"data": {"orders": {"nodes": [], "pageInfo": {"hasNextPage": false}}}}'
    ) -> None:
        self.status, self.body = status, body
        self.date = "Fri, 20 Nov 2026 04:00:10 GMT"
        self.sent: list[HttpRequest] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        self.sent.append(request)
        return HttpResponse(self.status, {"date": self.date}, self.body)


Desk = tuple[Stack, Books, OwnDoor, Platform]


@pytest.fixture
def desk(moto_engine: Any) -> Desk:
    platform = Platform()
    stack, books, door = open_desk(moto_engine, http=lambda _info: platform)
    books.text = books.text.replace('account = "acme"', 'account = "acme"\n[accounts.options]\nshop = "acme"', 1)
    books.save(ACME, {"webhook_secret": ("hush",), "access_token": ("token of the tests",)})
    return stack, books, door, platform


def found(stack: Stack) -> dict[str, Finding]:
    return {each.check: each for each in stack.app.accounts.connecting.check("shopify", "acme")}


def test_a_sound_account_is_asked_about_everything_and_nothing_changes(desk: Desk) -> None:
    stack, _, door, platform = desk
    told = found(stack)

    assert {name: (each.ok, each.reason) for name, each in told.items()} == {
        "configuration": (True, "configured"),
        "secrets": (True, "secrets-there"),
        "refusal": (True, "unsigned-refused"),
        "probe": (True, "probe-taken"),
        "api": (True, "api-answers"),
        "clock": (True, "clock-right"),
    }
    assert len(door.posted) == 1 and len(platform.sent) == 1
    assert stack.inbound.bodies == [] and stack.bulk.bodies == []
    assert stack.counters.total("probed") == 1 and stack.counters.total("received") == 0


def test_the_check_of_all_platforms_never_raises_and_never_queues(moto_engine: Any) -> None:
    """A platform that nobody can reach, whatever is configured: each check ends in a finding with words in both languages."""

    class Down:
        def send(self, _request: HttpRequest) -> HttpResponse:
            raise Retriable("platform-unavailable", "down")

    stack, books, _ = open_desk(moto_engine, http=lambda _info: Down())
    probes = {}
    for key in KEYS:
        known = next((case for case in cases(key) if case.kind == "push" and case.expect == "accept"), None)
        options = dict(known.account.options) if known else {}
        if registry.connector(key).info.host_option:
            options |= {registry.connector(key).info.host_option or "": "https://shop.example"}
        account = Account("demo", key, "of-tests", options)
        connecting = stack.app.accounts.connecting
        connecting.add(key, "of-tests", options=options, secrets={})
        if known:
            books.save(account, known.secrets.values)
        told = {each.check: each for each in connecting.check(key, "of-tests")}
        probes[key] = told["probe"].ok
        for each in told.values():
            assert each.said("en") and each.said("zh-CN") and "{" not in each.said("en")
        assert stack.inbound.bodies == [], key
    signing = {key for key, ok in probes.items() if ok}
    assert {"shopify", "douyin", "lazada", "shopee", "tiktokshop", "generic", "youzan", "woocommerce"} <= signing
    assert not [key for key, ok in probes.items() if ok is False]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b"{}", "account-paused"),
        (403, b"{}", "api-refused"),
        (200, b'{"errors": [{"extensions": {"code": "THROTTLED"}}]}', "platform-down"),
    ],
)
def test_what_the_platform_answers_is_said_in_words(desk: Desk, status: int, body: bytes, reason: str) -> None:
    stack, _, _, platform = desk
    platform.status, platform.body = status, body
    api = found(stack)["api"]

    assert (api.ok, api.reason) == (False, reason)
    assert api.advice("en") and api.advice("zh-CN")


@pytest.mark.fault(33)
def test_a_clock_that_is_wrong_is_told(desk: Desk) -> None:
    stack, _, _, _ = desk
    stack.clock.at += timedelta(minutes=3)
    clock = found(stack)["clock"]

    assert (clock.ok, clock.reason) == (False, "clock-refused")
    assert "+170 s" in clock.said("en")


def test_our_own_door_tells_what_is_wrong_with_what_runs(desk: Desk) -> None:
    """The running system has another secret than the one that is kept: a push would be refused, and so is the probe."""
    stack, books, door, _ = desk
    running, books_ = stack.app.parts.secrets, Books(books.text)
    books_.save(ACME, {"webhook_secret": ("newer",), "access_token": ("token of the tests",)})
    stack.app.parts.keeper = lambda: books_
    assert running is books
    probe = found(stack)["probe"]
    assert (probe.ok, probe.reason) == (False, "probe-refused") and "401" in probe.said("en")

    door.closed = True
    assert found(stack)["probe"].reason == "door-closed"


@pytest.mark.parametrize("tampering", ["none", "body", "account", "old", "made up", "twice"])
def test_only_a_probe_that_we_made_is_let_go(desk: Desk, tampering: str) -> None:
    """A push that carries a mark of another body, account or hour, or one that somebody made up, is a push."""
    stack, _, _, _ = desk
    vault, clock, body = stack.app.parts.vault, HandClock(), b'{"id": 1}'
    request = RawRequest("POST", URL, {"x-shopify-topic": ("orders/create",)}, (), body)
    account = replace(ACME, account="other") if tampering == "account" else ACME
    at = clock.now() - timedelta(minutes=10) if tampering == "old" else clock.now()
    source = replace(request, body=b"{}") if tampering == "body" else request
    mark = "x" * 22 if tampering == "made up" else marked(vault, account, source, at).headers[HEADER][0]
    headers = {**request.headers, HEADER: (mark,) * (2 if tampering == "twice" else 1)}
    connector: Any = registry.connector("shopify")
    shop = Account("demo", "shopify", "acme", {"shop": "acme"})
    signed = connector.sign(replace(request, headers=headers), shop, stack.app.parts.secrets.secrets(shop), clock.now())
    reply = stack.app.receive.handle("shopify", "acme", signed)

    assert reply.status == 200
    assert len(stack.inbound.bodies) == (0 if tampering == "none" else 1)


def test_a_probe_without_a_signature_is_refused_like_any_push(desk: Desk) -> None:
    stack, _, _, _ = desk
    request = marked(stack.app.parts.vault, ACME, RawRequest("POST", URL, {}, (), b"{}"), stack.clock.now())

    assert stack.app.receive.handle("shopify", "acme", request).status == 401
