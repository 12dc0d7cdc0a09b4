"""An account leaves: what was personal opens for nobody, sums stay, nothing comes back, and a kill anywhere loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.adapters.token_shelf import DynamoTokenShelf
from chalicelib.contract import Account, HttpRequest, HttpResponse, RawRequest, Token
from chalicelib.domain.record import OrderKey
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.leaving import Departure, Leaving
from connectors import registry
from tests.functional.accounts.desk import ACME, Books, open_desk
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import cases

TEXT = CONFIG.replace('account = "acme"', 'account = "acme"\n[accounts.options]\nshop = "acme"', 1)
TEXT += '\n[[accounts]]\nplatform = "shopify"\naccount = "two"\n[accounts.options]\nshop = "two"\n'
DAY = date(2026, 11, 20)


class Killed(BaseException):
    """The process was killed here."""


class Shopify:
    """Takes the application out of the shop."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.status = 200
        self.body = b"{}"

    def send(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        self.calls.append(request.method)
        return HttpResponse(self.status, {}, self.body)


Desk = tuple[Stack, Books, Shopify]


def push(stack: Stack, number: int, buyer: int, account: str = "acme") -> int:
    """The status of an order's push. Account `two` is another shop, with the same persons."""
    case = next(each for each in cases("shopify") if each.kind == "push" and each.expect == "accept" and b'"customer"' in each.body)
    body = json.loads(case.body)
    body |= {
        "id": number,
        "name": f"#{number}",
        "created_at": "2026-11-20T09:00:00+08:00",
        "updated_at": "2026-11-20T09:00:00+08:00",
    }
    body["customer"] = {**body.get("customer", {}), "id": buyer}
    headers = {"x-shopify-topic": ("orders/create",), "x-shopify-webhook-id": (f"d-{number}",)}
    return received(stack, account, headers, body)


def received(stack: Stack, account: str, headers: Mapping[str, tuple[str, ...]], body: dict[str, Any]) -> int:
    """The status of a signed push."""
    request = RawRequest("POST", stack.config.webhook_url("shopify", account), headers, (), json.dumps(body).encode())
    connector: Any = registry.connector("shopify")
    shop = Account("demo", "shopify", account, {"shop": account})
    signed = connector.sign(request, shop, stack.app.parts.secrets.secrets(shop), stack.clock.now())
    return stack.app.receive.handle("shopify", account, signed).status


def desk_on(engine: Any) -> Desk:
    platform = Shopify()
    stack, books, _ = open_desk(engine, TEXT, http=lambda _info: platform)
    books.save(ACME, {"webhook_secret": ("hush",), "client_id": ("1",), "client_secret": ("s",)})
    books.save(Account("demo", "shopify", "two"), {"webhook_secret": ("other",)})
    DynamoTokenShelf(stack.app.parts.table, stack.app.parts.vault, stack.clock).keep(ACME, Token("at", None))
    assert [push(stack, 1, 7), push(stack, 2, 7), push(stack, 3, 8)] == [200] * 3
    assert push(stack, 9, 7, "two") == 200
    stack.settle()
    stack.app.reckoning.sweep("demo")
    leaving = stack.app.accounts.leaving
    leaving._first_day = DAY - timedelta(days=3)
    return stack, books, platform


@pytest.fixture
def desk(moto_engine: Any) -> Desk:
    return desk_on(moto_engine)


def sums(stack: Stack) -> dict[str, Any]:
    days = (DAY - timedelta(days=1), DAY, DAY + timedelta(days=1))
    return {str(head.cell): head.summary for day in days for head in stack.app.reckoning.day("demo", day)}


def sealed(stack: Stack, number: int) -> bytes:
    """The personal data of an order, opened."""
    key = OrderKey("demo", "shopify", "acme", str(number))
    stored = stack.app.orders.read(key)
    assert stored.subject and stored.personal
    return stack.app.parts.vault.open("demo", stored.subject, stored.personal, key.place)


def wait(stack: Stack) -> None:
    """Until every worker knows, and the projector has caught up."""
    stack.clock.at += timedelta(minutes=11)
    stack.app.tick.beat()
    stack.project()


def leave(stack: Stack) -> Departure:
    leaving = stack.app.accounts.leaving
    leaving.begin("shopify", "acme", "ops")
    assert leaving.carry_on("shopify", "acme").stage == "settle"
    wait(stack)
    return leaving.carry_on("shopify", "acme")


def raw_of(stack: Stack) -> list[str]:
    return [name for name in stack.archive.objects if "/shopify/acme/" in name]


def assert_gone(stack: Stack, books: Books) -> None:
    for number in (1, 2, 3):
        with pytest.raises(Permanent, match="seal-broken"):
            sealed(stack, number)
    assert raw_of(stack) == []
    assert ("shopify", "acme") not in books.values
    parts = stack.app.parts
    assert DynamoTokenShelf(parts.table, parts.vault, stack.clock).stored(ACME) is None
    assert books.config().account("shopify", "acme") is None
    assert ("shopify", "acme") in books.config().removed


def others_read(stack: Stack) -> bool:
    """Whether the other account's data opens as before."""
    key = OrderKey("demo", "shopify", "two", "9")
    stored = stack.app.orders.read(key)
    assert stored.version and stored.subject and stored.personal
    return bool(stack.app.parts.vault.open("demo", stored.subject, stored.personal, key.place))


def test_what_was_personal_opens_for_nobody_and_the_sums_stay(engine: Any) -> None:
    stack, books, platform = desk_on(engine)
    before = sums(stack)
    assert b"7" in sealed(stack, 1) and len(raw_of(stack)) == 3
    done = leave(stack)

    assert (done.stage, done.erased, done.noted) == ("gone", 3, ())
    assert platform.calls == ["DELETE"]
    assert_gone(stack, books)
    assert others_read(stack)
    assert sums(stack) == before
    assert stack.app.accounts.leaving.run() == 0


def test_a_late_push_is_refused_and_what_waits_on_the_queue_does_nothing(desk: Desk) -> None:
    stack, books, _ = desk
    assert push(stack, 4, 9) == 200
    waiting = list(stack.inbound.bodies)
    leave(stack)
    before = stack.app.parts.table.get("demo#O#shopify#acme#4", "order")
    books.save(ACME, {"webhook_secret": ("hush",)})  # even under a secret that is right
    assert push(stack, 5, 9) == 404
    assert stack.inbound.bodies == waiting
    stack.normalise()

    assert before is None and stack.app.orders.read(OrderKey("demo", "shopify", "acme", "4")).version == 0
    assert stack.counters.total("skipped", reason="account-removed") == 1


@pytest.mark.parametrize("at", (2, 5, 8, 11, 14, 17, 21, 60))
def test_a_kill_anywhere_is_carried_on(desk: Desk, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the call of that number to anything outside; the last numbers lie behind the end, and kill nobody."""
    stack, books, _ = desk
    leaving, count = stack.app.accounts.leaving, 0
    parts = stack.app.parts

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == at:
                raise Killed
            return call(*given, **named)

        return made

    for thing, names in (
        (parts.vault, ("destroy",)),
        (parts.archive, ("remove",)),
        (leaving._notes, ("put", "get")),
        (leaving._tokens, ("forget",)),
        (books, ("forget", "replace", "read")),
    ):
        for name in names:
            monkeypatch.setattr(thing, name, dying(getattr(thing, name)))

    def through(step: Callable[[], object]) -> None:
        try:
            step()
        except Killed:
            step()

    through(lambda: leaving.begin("shopify", "acme", "ops"))
    through(lambda: leaving.carry_on("shopify", "acme"))
    wait(stack)
    through(lambda: leaving.carry_on("shopify", "acme"))

    assert leaving.state("shopify", "acme") is not None
    assert_gone(stack, books)


def test_nothing_is_erased_before_every_worker_knows(desk: Desk) -> None:
    stack, _, _ = desk
    leaving = stack.app.accounts.leaving
    leaving.begin("shopify", "acme", "ops")
    leaving.carry_on("shopify", "acme")
    stack.clock.at += timedelta(minutes=11)  # long enough, yet the projector met nothing since
    assert leaving.carry_on("shopify", "acme").stage == "settle"
    assert sealed(stack, 1)
    stack.clock.at -= timedelta(minutes=5)  # and the other way round
    stack.app.tick.beat()
    stack.project()
    assert leaving.carry_on("shopify", "acme").stage == "settle"


def test_a_platform_that_is_down_is_asked_for_three_days(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, _, platform = desk
    leaving = stack.app.accounts.leaving

    def down(_request: HttpRequest) -> HttpResponse:
        raise Retriable("platform-unavailable", "down")

    monkeypatch.setattr(platform, "send", down)
    leaving.begin("shopify", "acme", "ops")
    for _ in range(2):
        with pytest.raises(Retriable):
            leaving.carry_on("shopify", "acme")
        assert leaving.run() == 0
    stack.clock.at += timedelta(days=3)
    found = leaving.carry_on("shopify", "acme")
    assert (found.stage, found.noted) == ("settle", ("revoke: platform-unavailable",))


def test_within_its_grace_an_account_comes_back_whole(desk: Desk) -> None:
    stack, books, platform = desk
    leaving, connecting = stack.app.accounts.leaving, stack.app.accounts.connecting
    leaving.begin("shopify", "acme", "platform", timedelta(hours=48))
    assert leaving.carry_on("shopify", "acme").stage == "asked"
    assert push(stack, 6, 7) == 200 and platform.calls == []
    leaving.returned(ACME)
    stack.clock.at += timedelta(hours=49)
    assert leaving.run() == 0 and sealed(stack, 1)

    leaving.begin("shopify", "acme", "ops")
    leaving.carry_on("shopify", "acme")
    with pytest.raises(ConfigError, match="account-leaving"):
        connecting.add("shopify", "acme", options={"shop": "acme"}, secrets={"webhook_secret": ("anew",)})
    assert ("shopify", "acme") not in books.values
    wait(stack)
    assert leaving.carry_on("shopify", "acme").over
    connecting.add("shopify", "acme", options={"shop": "acme"}, secrets={"webhook_secret": ("anew",)})
    assert push(stack, 7, 7) == 200
    stack.normalise()
    assert b"7" in sealed(stack, 7)


def test_an_unknown_account_cannot_leave(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="account-unknown"):
        desk[0].app.accounts.leaving.begin("shopify", "nobody", "ops")


def test_an_order_without_a_day_is_erased_as_well(desk: Desk) -> None:
    stack, _, _ = desk
    refund = {
        "id": 71,
        "order_id": 70,
        "created_at": "2026-11-20T09:00:00+08:00",
        "note": "call Ann",
        "transactions": [],
        "refund_line_items": [],
    }
    headers = {"x-shopify-topic": ("refunds/create",), "x-shopify-webhook-id": ("d-70",)}
    assert received(stack, "acme", headers, refund) == 200
    stack.settle()
    assert b"Ann" in sealed(stack, 70)
    leave(stack)
    with pytest.raises(Permanent, match="seal-broken"):
        sealed(stack, 70)


def test_the_export_has_personal_data_only_when_asked_for(desk: Desk) -> None:
    stack, _, _ = desk
    leaving: Leaving = stack.app.accounts.leaving

    def told(found: Iterator[dict[str, Any]]) -> dict[str, Any]:
        return {each["order_id"]: each for each in found}

    plain, whole = told(leaving.orders("shopify", "acme", personal=False)), told(leaving.orders("shopify", "acme", personal=True))
    assert set(plain) == set(whole) == {"1", "2", "3"}
    assert {each["buyer"]["id"] for each in plain.values()} == {None}
    assert {each["buyer"]["id"] for each in whole.values()} == {"7", "8"}
    assert plain["1"]["amounts"] == whole["1"]["amounts"]
    assert plain["1"]["ship_to"]["address"] is None


def word(stack: Stack, topic: str, body: dict[str, Any]) -> None:
    """The platform's own word, received and handled."""
    assert received(stack, "acme", {"x-shopify-topic": (topic,), "x-shopify-webhook-id": (topic,)}, body) == 200
    stack.normalise()


UNINSTALLED = {"id": 1, "name": "Acme", "myshopify_domain": "acme.myshopify.com"}
REDACT = {"shop_id": 1, "shop_domain": "acme.myshopify.com"}


def test_a_shop_that_removed_us_is_erased_after_its_grace(desk: Desk) -> None:
    stack, books, platform = desk
    platform.status = 401  # as after a removal
    word(stack, "app/uninstalled", UNINSTALLED)
    leaving = stack.app.accounts.leaving
    assert leaving.run() == 1 and sealed(stack, 1)
    stack.clock.at += timedelta(hours=48)
    leaving.run()
    wait(stack)
    leaving.run()
    assert_gone(stack, books)


def test_a_shop_that_still_answers_did_not_remove_us(desk: Desk) -> None:
    """The body of that push is the shop's own, as of others: signed, and no proof of what its headers say."""
    stack, books, platform = desk
    platform.body = b'{"data": {"orders": {"nodes": [], "pageInfo": {"hasNextPage": false}}}}'
    word(stack, "app/uninstalled", UNINSTALLED)
    stack.clock.at += timedelta(hours=49)
    leaving = stack.app.accounts.leaving
    leaving.run()
    found = leaving.state("shopify", "acme")
    assert found is not None and found.over and "still answers" in found.noted[0]
    assert sealed(stack, 1) and books.config().account("shopify", "acme") is not None


def test_an_erasure_that_the_platform_asks_for_begins_at_once(desk: Desk) -> None:
    stack, books, _ = desk
    word(stack, "app/uninstalled", UNINSTALLED)
    word(stack, "shop/redact", REDACT)
    leaving = stack.app.accounts.leaving
    leaving.run()
    assert books.config().account("shopify", "acme") is None
    wait(stack)
    leaving.run()
    assert_gone(stack, books)
    assert stack.app.work.quarantined("demo") == []
