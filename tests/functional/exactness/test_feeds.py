"""Pushes without a signature of ours: records of a feed that only the platform can write to, and keys that are fetched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib import bootstrap, entry
from chalicelib.contract import FetchesKeys, HttpRequest, HttpResponse, RawRequest
from chalicelib.domain.record import OrderKey
from chalicelib.errors import Permanent, Retriable
from connectors.registry import connector
from ops.local import MemorySecrets
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import FIXTURES, load

SHOP = """
[[accounts]]
platform = "shopify"
account = "acme"
options = {shop = "acme"}
"""
EBAY = """
[[accounts]]
platform = "ebay"
account = "acme"
pull_minutes = 0
"""
FEED = CONFIG.replace('[[accounts]]\nplatform = "shopify"\naccount = "acme"\n', SHOP, 1)
RECORD = (FIXTURES / "shopify/feed-order/body.json").read_text()
QUEUE = "arn:aws:sqs:us-east-1:111122223333:shopify"


def of_shop(name: str) -> str:
    """The record, of another shop."""
    told = json.loads(RECORD)
    told["detail"]["metadata"]["X-Shopify-Shop-Domain"] = name
    return json.dumps(told)


def test_a_record_of_the_bus_becomes_an_order_once(engine: Any) -> None:
    stack = Stack(engine, FEED)
    stack.app.intake.record("shopify", RECORD)
    stack.app.intake.record("shopify", RECORD)
    stack.settle()
    key = OrderKey("demo", "shopify", "acme", "820982911946154508")
    assert stack.app.orders.read(key).version == 1
    assert stack.counters.total("duplicate") == 1


def test_what_nobody_owns_stays_on_its_queue(moto_engine: Any) -> None:
    stack = Stack(moto_engine, FEED)
    for body in (of_shop("somebody-else.myshopify.com"), of_shop(""), "{", '{"source": "aws.partner/other.com/1"}'):
        with pytest.raises(Permanent):
            stack.app.intake.record("shopify", body)
    with pytest.raises(Permanent, match="no-feed"):
        stack.app.intake.record("douyin", RECORD)
    assert stack.inbound.bodies == []


def test_two_accounts_of_one_shop_own_nothing(moto_engine: Any) -> None:
    stack = Stack(moto_engine, FEED + SHOP.replace('"acme"\noptions', '"twin"\noptions'))
    with pytest.raises(Permanent, match="2 accounts"):
        stack.app.intake.record("shopify", RECORD)


def test_a_record_is_done_only_when_it_is_on_the_inbound_queue(moto_engine: Any) -> None:
    stack = Stack(moto_engine, FEED)
    stack.app.parts.feeds = {QUEUE: "shopify"}
    bootstrap.install(stack.app)
    try:
        told = [
            {"messageId": "mine", "body": RECORD, "eventSourceARN": QUEUE},
            {"messageId": "alien", "body": of_shop("x.myshopify.com"), "eventSourceARN": QUEUE},
            {"messageId": "nobody's queue", "body": RECORD, "eventSourceARN": "arn:aws:sqs:us-east-1:1:other"},
        ]
        failures = entry.feed({"Records": told}, None)["batchItemFailures"]
        assert [each["itemIdentifier"] for each in failures] == ["alien", "nobody's queue"]
        stack.inbound.refuse = True
        assert entry.feed({"Records": told[:1]}, None)["batchItemFailures"] == [{"itemIdentifier": "mine"}]
    finally:
        bootstrap.install(None)
    assert len(stack.inbound.bodies) == 1


class Keys:
    """eBay's answers to the question for a key."""

    def __init__(self, status: int = 200) -> None:
        told = load("ebay", "push-order").told["secrets"]
        self.pem = next(values[0] for name, values in told.items() if name.startswith("public_key:"))
        self.status = status
        self.asked = 0

    def send(self, request: HttpRequest) -> HttpResponse:
        """Token or key."""
        if "/public_key/" not in request.url:
            return HttpResponse(200, {}, b'{"access_token": "a", "expires_in": 7200}')
        self.asked += 1
        if self.status == 503:
            raise Retriable("platform-unavailable", "down on purpose")
        answer = {"key": self.pem, "algorithm": "ECDSA", "digest": "SHA1"}
        return HttpResponse(self.status, {}, json.dumps(answer).encode())


def ebay(moto_engine: Any, keys: Keys) -> Stack:
    """A stack with an eBay account and no key of ops' own."""
    stack = Stack(moto_engine, CONFIG.replace("[[campaigns]]", EBAY + "[[campaigns]]", 1), http=lambda _info: keys)
    stack.app.parts.secrets = MemorySecrets({("ebay", "acme"): {"client_id": ("a",), "client_secret": ("b",)}})
    return stack


def push(stack: Stack, body: bytes | None = None) -> int:
    """The signed notification of the fixture, or another body under its signature."""
    case = load("ebay", "push-order")
    request = RawRequest("POST", stack.config.webhook_url("ebay", "acme"), case.headers, (), case.body if body is None else body)
    return stack.app.receive.handle("ebay", "acme", request).status


def test_a_key_is_fetched_and_the_push_believed(moto_engine: Any) -> None:
    keys = Keys()
    stack = ebay(moto_engine, keys)
    assert [push(stack), push(stack), push(stack, b'{"forged": true}')] == [200, 200, 401]
    assert (keys.asked, len(stack.inbound.bodies)) == (1, 2)


@pytest.mark.parametrize(("status", "answer"), [(404, 401), (503, 503)])
def test_without_the_key_nothing_is_believed(moto_engine: Any, status: int, answer: int) -> None:
    stack = ebay(moto_engine, Keys(status))
    assert push(stack) == answer
    assert stack.inbound.bodies == []


@pytest.mark.parametrize(
    ("platform", "claim"), [("ebay", {}), ("magento", {"x-adobe-public-key1-path": ("/prod/keys/pub-key-example.pem",)})]
)
def test_a_key_that_ops_configured_is_not_fetched(moto_engine: Any, platform: str, claim: dict[str, tuple[str, ...]]) -> None:
    """The request claims a key, and nobody is asked: the platform's client refuses every call."""
    case, one = load(platform, "push-order"), connector(platform)
    assert isinstance(one, FetchesKeys)
    pem = next(values for name, values in case.secrets.values.items() if "public_key" in name)
    entry = f'[[accounts]]\nplatform = "{platform}"\naccount = "acme"\npull_minutes = 0\n[accounts.options]\n'
    entry += "".join(f'{name} = "{value}"\n' for name, value in case.account.options.items())
    stack = Stack(moto_engine, CONFIG.replace("[[campaigns]]", f"{entry}[[campaigns]]", 1))
    told = {name: values for name, values in case.secrets.values.items() if ":" not in name}
    stack.app.parts.secrets = MemorySecrets({(platform, "acme"): {**told, one.own_key: pem}})
    stack.clock.at = case.now
    request = RawRequest("POST", stack.config.webhook_url(platform, "acme"), {**case.headers, **claim}, (), case.body)
    assert one.key_id(request) is not None
    assert stack.app.receive.handle(platform, "acme", request).status == 200
    assert len(stack.inbound.bodies) == 1
