"""One application, one address, many shops: a push lands in the account of the shop that it names, and in no other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import envelope
from chalicelib.contract import RawRequest
from chalicelib.domain.record import OrderKey
from connectors.registry import connector
from ops.local import MemorySecrets
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import Case, load

PUSHES = [
    load(*each)
    for each in (
        ("alibaba1688", "push-paid"),
        ("aliexpress", "push-order"),
        ("eleme", "push-new"),
        ("lazada", "push-message"),
        ("lazada", "push-order"),
        ("meituan", "push-new"),
        ("meta", "push-ig-comment"),
        ("meta", "push-page-feed"),
        ("meta", "push-wa-message"),
        ("shopee", "push-order"),
        ("shopify", "push-order-paid"),
        ("tiktokshop", "push-message"),
        ("tiktokshop", "push-order"),
        ("youzan", "push-paid"),
    )
]
NAMED = pytest.mark.parametrize("case", PUSHES, ids=lambda case: f"{case.key}-{case.name}")


def _entry(case: Case, account: str, options: dict[str, str]) -> str:
    lines = [f'[[accounts]]\nplatform = "{case.key}"\naccount = "{account}"\npull_minutes = 0\n[accounts.options]\n']
    return "".join(lines + [f'{name} = "{value}"\n' for name, value in options.items()])


def stack_of(engine: Any, case: Case, *accounts: tuple[str, dict[str, str]]) -> Stack:
    """A stack whose only accounts are these, with the case's secrets: they share an application."""
    entries = "".join(_entry(case, name, options) for name, options in accounts)
    head, rest = CONFIG.split("[[accounts]]", 1)
    stack = Stack(engine, f"{head}{entries}[[campaigns]]{rest.split('[[campaigns]]', 1)[1]}")
    stack.app.parts.secrets = MemorySecrets({(case.key, name): dict(case.secrets.values) for name, _ in accounts})
    stack.clock.at = case.now
    return stack


def receive(stack: Stack, case: Case, account: str, request: RawRequest | None = None) -> int:
    """Sign and post a push to one account's address."""
    raw = replace(request or case.request, url=stack.config.webhook_url(case.key, account))
    signed = connector(case.key).sign(raw, case.account, case.secrets, case.now)  # type: ignore[attr-defined]
    return stack.app.receive.handle(case.key, account, signed).status


def owner(stack: Stack) -> str:
    """The account of the one envelope that waits."""
    (body,) = stack.inbound.bodies
    return envelope.decode(body).account


def another(case: Case) -> dict[str, str]:
    """The case's options, those that name the shop changed."""
    names = case.expected["shop"]
    return {name: "77" if name in names else value for name, value in case.account.options.items()}


@NAMED
def test_a_push_lands_in_the_account_of_its_shop(moto_engine: Any, case: Case) -> None:
    accounts = (("first", another(case)), ("second", dict(case.account.options)))
    for address in ("first", "second"):
        stack = stack_of(moto_engine, case, *accounts)
        assert receive(stack, case, address) == 200
        assert owner(stack) == "second"


@NAMED
def test_a_push_of_a_shop_that_no_account_is_is_refused(moto_engine: Any, case: Case) -> None:
    untold = {name: value for name, value in case.account.options.items() if name not in case.expected["shop"]}
    for options in (another(case), untold):
        stack = stack_of(moto_engine, case, ("first", options))
        assert receive(stack, case, "first") == 404
        assert stack.inbound.bodies == []


def test_two_accounts_that_claim_one_shop_get_nothing(moto_engine: Any) -> None:
    case = load("lazada", "push-order")
    own = dict(case.account.options)
    stack = stack_of(moto_engine, case, ("first", another(case)), ("second", own), ("third", own))
    assert receive(stack, case, "first") == 404
    assert stack.inbound.bodies == []


def test_orders_of_two_shops_of_one_app_are_kept_apart(moto_engine: Any) -> None:
    case = load("shopify", "push-order-paid")
    stack = stack_of(moto_engine, case, ("first", {"shop": "acme"}), ("second", {"shop": "rival"}))
    number = json.loads(case.body)["id"]
    for shop, order in (("acme", number), ("rival", number + 1)):
        headers = {**case.headers, "x-shopify-shop-domain": (f"{shop}.myshopify.com",)}
        body = case.body.replace(str(number).encode(), str(order).encode())
        assert receive(stack, case, "first", replace(case.request, headers=headers, body=body)) == 200
    stack.settle()
    kept = {
        (account, order): _kept(stack, OrderKey("demo", "shopify", account, str(order)))
        for account in ("first", "second")
        for order in (number, number + 1)
    }
    assert [where for where, there in kept.items() if there] == [("first", number), ("second", number + 1)]


def _kept(stack: Stack, key: OrderKey) -> bool:
    return stack.app.orders.read(key).version > 0


def test_a_shop_in_the_secrets_is_the_accounts_own(moto_engine: Any) -> None:
    case = load("shopee", "push-order")
    options = {name: value for name, value in case.account.options.items() if name != "shop_id"}
    stack = stack_of(moto_engine, case, ("first", options))
    secrets = {**case.secrets.values, "shop_id": ("700001",)}
    stack.app.parts.secrets = MemorySecrets({("shopee", "first"): secrets})
    assert receive(stack, case, "first") == 200
    assert owner(stack) == "first"
    other = load("shopee", "push-other-shop")
    assert receive(stack, other, "first") == 404


@pytest.mark.parametrize(
    ("options", "header", "status"),
    [
        ({}, "acme.myshopify.com", 200),  # called like the shop
        ({}, "rival.myshopify.com", 404),
        ({"shop": "acme.myshopify.com"}, "ACME.myshopify.com", 200),
        ({"shop": "acme"}, None, 404),
    ],
)
def test_a_shop_of_shopify_by_its_header(moto_engine: Any, options: dict[str, str], header: str | None, status: int) -> None:
    case = load("shopify", "push-order-paid")
    headers = {name: values for name, values in case.headers.items() if name != "x-shopify-shop-domain"}
    if header is not None:
        headers["x-shopify-shop-domain"] = (header,)
    stack = stack_of(moto_engine, case, ("acme", options))
    raw = replace(case.request, headers=headers)
    signed = connector("shopify").sign(raw, replace(case.account, options={}), case.secrets, case.now)  # type: ignore[attr-defined]
    assert stack.app.receive.handle("shopify", "acme", signed).status == status


@pytest.mark.parametrize(
    ("options", "owners"),
    [({"ig_id": "17841400000000099"}, ["second", "first"]), ({"page_id": "1"}, ["second"])],
    ids=["both are known", "one is"],
)
@pytest.mark.parametrize("address", ["first", "second"])
def test_a_delivery_of_meta_about_two_accounts(moto_engine: Any, options: dict[str, str], owners: list[str], address: str) -> None:
    """Meta may put what several accounts are told into one delivery: each gets it, and takes its own out of it."""
    case = load("meta", "push-of-two-accounts")
    stack = stack_of(moto_engine, case, ("first", options), ("second", {"ig_id": "17841400000000001"}))
    assert receive(stack, case, address) == 200
    assert sorted(envelope.decode(body).account for body in stack.inbound.bodies) == sorted(owners)
    stack.normalise()
    assert stack.app.work.quarantined("demo") == []


def test_a_secret_of_one_shop_opens_no_other_account(moto_engine: Any) -> None:
    """A shop with an app of its own is reached by its own secret alone, whatever a delivery to another address names."""
    case = load("shopify", "push-order-paid")
    stack = stack_of(moto_engine, case, ("first", {"shop": "rival"}), ("second", {"shop": "acme"}))
    other = {**case.secrets.values, "webhook_secret": ("a secret of the second shop alone",)}
    stack.app.parts.secrets = MemorySecrets({("shopify", "first"): dict(case.secrets.values), ("shopify", "second"): other})
    assert receive(stack, case, "first") == 401
    assert stack.inbound.bodies == []
