"""What receive answers and what normalise does about each kind of error; nothing acknowledged is ever lost."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

import app as entry_points
from chalicelib import bootstrap
from chalicelib.contract import Account, RawRequest
from chalicelib.domain.record import OrderKey
from chalicelib.envelope import decode
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from chalicelib.lambda_events import raw_request
from connectors import registry
from tests.functional.exactness.world import DELIVERIES, deliver, erp, read_orders
from tests.functional.stack import Stack

ORDER = erp("R1", 1, "paid", 400, buyer="b1")
PLANTED = (
    "Zebulon Quist", "zq@example.com", "+4915550123456", "77 Heron Lane", "Otterville", "ZX9 9XZ", "nick-zq", "Marta Quist",
    "+4915550999999", "Flat 9 Heron", "Heronshire Ward", "quist-buyer-1",
)  # fmt: skip


def proxy(stack: Stack, platform: str, account: str, body: bytes, headers: dict[str, str], *, text: str | None = None) -> Any:
    """A REST API proxy event through app.app, answered."""
    bootstrap.install(stack.app)
    try:
        event = {
            "resource": "/webhooks/{platform}/{account}",
            "path": f"/webhooks/{platform}/{account}",
            "httpMethod": "POST",
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": {"platform": platform, "account": account},
            "stageVariables": None,
            "requestContext": {"resourcePath": "/webhooks/{platform}/{account}", "httpMethod": "POST", "path": "/", "stage": "api"},
            "body": base64.b64encode(body).decode() if text is None else text,
            "isBase64Encoded": True,
        }
        return entry_points.app(event, None)
    finally:
        bootstrap.install(None)


def signed(stack: Stack, body: bytes) -> dict[str, str]:
    connector: Any = registry.connector("generic")
    shop = Account("demo", "generic", "erp", {})
    raw = RawRequest("POST", "https://hooks.example.com", {}, (), body)
    made = connector.sign(raw, shop, stack.app.parts.secrets.secrets(shop), stack.clock.now())
    return {name: values[0] for name, values in made.headers.items()} | {"content-type": "application/json"}


def test_receive_answers_through_the_gateway(moto_stack: Stack) -> None:
    stack, body = moto_stack, ORDER.body
    good = signed(stack, body)
    assert proxy(stack, "generic", "erp", body, good)["statusCode"] == 200
    assert len(stack.inbound.bodies) == 1
    big = b"x" * 4_000_001
    refused = {
        "one byte changed": (401, "generic", "erp", body + b" ", good, None),
        "no signature": (401, "generic", "erp", body, {}, None),
        "unknown platform": (404, "nowhere", "erp", body, good, None),
        "unknown account": (404, "generic", "other", body, good, None),
        "too large": (413, "generic", "erp", big, good, None),
        "broken base64": (400, "generic", "erp", body, good, "*not base64*"),
    }
    for name, (status, platform, account, sent, headers, text) in refused.items():
        answer = proxy(stack, platform, account, sent, headers, text=text)
        assert answer["statusCode"] == status, name
    stack.inbound.refuse = True
    assert proxy(stack, "generic", "erp", body, good)["statusCode"] == 503
    assert len(stack.inbound.bodies) == 1


@pytest.mark.parametrize("text", ["YWJj*", "YW*Jj", "YWJj\n", "YW Jj", "YWI", "YQ==YWJj", "YWJj====", "YWJj=", "é"])
def test_base64_that_is_not_whole_is_refused(text: str) -> None:
    event = {"httpMethod": "POST", "body": text, "isBase64Encoded": True}
    with pytest.raises(Rejected) as caught:
        raw_request(event, "https://hooks.example.com")
    assert caught.value.status == 400


@pytest.mark.parametrize("body", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_base64_comes_out_byte_exact(body: bytes) -> None:
    event = {"httpMethod": "POST", "body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    assert raw_request(event, "https://hooks.example.com").body == body


@pytest.mark.parametrize("header", ["x-shopify-topic", "x-shopify-webhook-id", "x-shopify-hmac-sha256", "x-shopify-shop-domain"])
def test_half_a_surrogate_pair_in_a_header_is_refused(moto_stack: Stack, header: str) -> None:
    stack, body = moto_stack, b'{"id": 1}'
    connector: Any = registry.connector("shopify")
    config = stack.app.parts.config()
    shop = next(Account("demo", one.platform, one.account, one.options) for one in config.accounts if one.platform == "shopify")
    raw = RawRequest("POST", "https://hooks.example.com", {"x-shopify-topic": ("orders/create",)}, (), body)
    made = connector.sign(raw, shop, stack.app.parts.secrets.secrets(shop), stack.clock.now())
    good = {name: values[0] for name, values in made.headers.items()}
    assert proxy(stack, "shopify", shop.account, body, good)["statusCode"] == 200
    answer = proxy(stack, "shopify", shop.account, body, good | {header: good.get(header, "") + "\ud800"})
    assert 400 <= answer["statusCode"] < 500
    assert len(stack.inbound.bodies) == 1


@pytest.mark.parametrize("error", [ConfigError("secret-missing"), Retriable("kms-unavailable"), Permanent("seal-broken")])
def test_whatever_keeps_an_event_from_the_queue_is_503(moto_stack: Stack, monkeypatch: Any, error: HuitouError) -> None:
    def fails(*_args: Any) -> bytes:
        raise error

    monkeypatch.setattr(moto_stack.app.parts.vault, "seal_raw", fails)
    assert moto_stack.push("generic", "erp", ORDER.body) == 503
    assert not moto_stack.inbound.bodies


def test_an_account_without_secrets_is_503(moto_stack: Stack) -> None:
    moto_stack.app.parts.secrets._values = {}  # type: ignore[attr-defined]  # the account's secret is gone
    headers = {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,x", "content-type": "application/json"}
    assert proxy(moto_stack, "generic", "erp", ORDER.body, headers)["statusCode"] == 503


def failing(stack: Stack, monkeypatch: Any, error: HuitouError | None) -> None:
    connector: Any = registry.connector("generic")
    real = type(connector).canonical

    def canonical(self: Any, kind: Any, payload: bytes, ref: Any) -> Any:
        if error is not None:
            raise error
        return real(self, kind, payload, ref)

    monkeypatch.setattr(type(connector), "canonical", canonical)


def test_a_short_wait_goes_back_to_the_queue(moto_stack: Stack, monkeypatch: Any) -> None:
    deliver(moto_stack, [ORDER])
    failing(moto_stack, monkeypatch, Retriable("platform-throttled", after=30))
    moto_stack.app.normalise.handle(moto_stack.inbound.bodies.pop())
    (again,) = moto_stack.inbound.bodies
    assert decode(again).attempt == 1
    monkeypatch.undo()
    moto_stack.settle()
    assert read_orders(moto_stack, [ORDER])["R1"].order.status == "paid"


@pytest.mark.parametrize("error", [Retriable("platform-down", after=3600), Retriable("platform-throttled", after=901)])
def test_a_long_wait_is_parked_and_comes_back(stack: Stack, monkeypatch: Any, error: Retriable) -> None:
    deliver(stack, [ORDER])
    failing(stack, monkeypatch, error)
    stack.app.normalise.handle(stack.inbound.bodies.pop())
    assert not stack.inbound.bodies
    assert stack.app.tick.unpark() == 0
    stack.clock.at += timedelta(seconds=3601)
    assert stack.app.tick.unpark() == 1
    monkeypatch.undo()
    stack.settle()
    assert stack.app.tick.unpark() == 0
    assert read_orders(stack, [ORDER])["R1"].order.status == "paid"


def test_what_is_parked_again_while_it_is_taken_out_is_not_forgotten(stack: Stack, monkeypatch: Any) -> None:
    """A worker may take the envelope, fail and park it anew before the tick has forgotten the first one."""
    deliver(stack, [ORDER])
    failing(stack, monkeypatch, Retriable("platform-down", after=3600))
    step = stack.app.normalise
    step.handle(stack.inbound.bodies.pop())
    stack.clock.at += timedelta(hours=2)
    monkeypatch.setattr(stack.inbound, "send", lambda bodies, *, delay_seconds=0: step.handle(bodies[0]))
    assert stack.app.tick.unpark() == 1
    stack.clock.at += timedelta(hours=2)
    assert len(stack.app.work.due("demo", stack.clock.now(), 10)) == 1


def test_the_table_being_down_leaves_the_message_where_it_is(moto_stack: Stack, monkeypatch: Any) -> None:
    deliver(moto_stack, [ORDER])
    failing(moto_stack, monkeypatch, Retriable("table-unavailable"))
    with pytest.raises(Retriable):
        moto_stack.app.normalise.handle(moto_stack.inbound.bodies[0])


def test_a_missing_secret_waits_and_a_skipped_event_is_counted(moto_stack: Stack, monkeypatch: Any) -> None:
    deliver(moto_stack, [ORDER])
    failing(moto_stack, monkeypatch, ConfigError("secret-missing"))
    moto_stack.app.normalise.handle(moto_stack.inbound.bodies.pop())
    assert moto_stack.counters.total("config_error", reason="secret-missing") == 1
    failing(moto_stack, monkeypatch, Skippable("kind-ignored"))
    moto_stack.normalise()
    assert moto_stack.counters.total("skipped", reason="kind-ignored") == 1
    assert not moto_stack.inbound.bodies
    assert not moto_stack.app.work.quarantined("demo")


@pytest.mark.fault(17)
def test_what_cannot_be_mapped_is_quarantined_and_replays_byte_equal(stack: Stack, monkeypatch: Any) -> None:
    deliver(stack, [ORDER])
    sent = stack.inbound.bodies[0]
    failing(stack, monkeypatch, Permanent("payload-malformed"))
    stack.normalise()
    (held,) = stack.app.work.quarantined("demo")
    assert (held.reason, decode(held.body).sealed) == ("payload-malformed", decode(sent).sealed)
    monkeypatch.undo()
    assert stack.app.replay.quarantined().sent == 1
    stack.settle()
    assert read_orders(stack, [ORDER])["R1"].order.status == "paid"
    assert not stack.app.work.quarantined("demo")


def test_what_is_no_envelope_is_quarantined(moto_stack: Stack) -> None:
    moto_stack.app.normalise.handle("no envelope")
    (held,) = moto_stack.app.work.quarantined("demo")
    assert (held.body, held.reason) == ("no envelope", "envelope-malformed")


@pytest.mark.fault(18)
def test_an_order_of_two_thousand_lines_round_trips_through_the_claim_check(stack: Stack) -> None:
    lines = [
        {"line_id": str(n), "product_id": f"p{n}", "title": f"Thing number {n}", "quantity": 1, "unit_price": n, "total": n}
        for n in range(2000)
    ]
    big = erp("BIG", 1, "paid", 2000 * 1999 // 2, buyer="b1", lines=lines)
    assert len(big.body) > 200_000
    deliver(stack, [big])
    (waiting,) = stack.inbound.bodies
    assert decode(waiting).claim
    assert len(waiting) < 2_000
    stack.normalise()
    assert not stack.app.work.quarantined("demo")
    found = read_orders(stack, [big])["BIG"].order
    assert [(line.line_id, line.total) for line in found.lines] == [(str(n), n) for n in range(2000)]


def test_no_planted_string_lies_anywhere_in_the_clear(stack: Stack) -> None:
    who = {"id": PLANTED[11], "nickname": PLANTED[6], "name": PLANTED[0], "email": PLANTED[1], "phone": PLANTED[2]}
    where = {"name": PLANTED[7], "phone": PLANTED[8], "district": PLANTED[10], "address": PLANTED[3], "postcode": PLANTED[5]}
    body = json.loads(ORDER.body) | {"buyer": who, "ship_to": where | {"country": "DE"}}
    broken = body | {"status": 7, "order_id": "R2"}
    for each in (body, broken):
        assert stack.push("generic", "erp", json.dumps(each).encode()) == 200
    queued = list(stack.inbound.bodies)
    stack.settle()
    assert stack.app.work.quarantined("demo")
    assert stack.app.orders.read(OrderKey("demo", "generic", "erp", "R1")).version == 1
    stores = [*queued, repr(stack.archive.objects), repr(stack.counters.counts)]
    for table in ("huitou", "huitou-keys"):
        for item in stack.dynamodb.scan(TableName=table)["Items"]:
            stores += [repr({name: _raw(value) for name, value in item.items()})]
    whole = "\n".join(stores)
    assert "R1" in whole  # what is not personal is there to be read
    assert [text for text in PLANTED if text in whole] == []


def _raw(value: Any) -> Any:
    held = next(iter(value.values()))
    return bytes(getattr(held, "value", held)) if "B" in value else held


def test_one_bad_message_of_a_batch_harms_no_other(moto_stack: Stack, monkeypatch: Any) -> None:
    """SQS gives ten; the table refuses one of them: nine are done, that one stays."""
    deliver(moto_stack, DELIVERIES[:9])
    real = moto_stack.app.normalise.handle
    bad = moto_stack.inbound.bodies[4]

    def handle(body: str) -> None:
        if body == bad:
            raise Retriable("table-unavailable")
        real(body)

    monkeypatch.setattr(moto_stack.app.normalise, "handle", handle)
    bootstrap.install(moto_stack.app)
    try:
        records = [{"messageId": str(n), "body": body} for n, body in enumerate(moto_stack.inbound.bodies)]
        answer = entry_points.normalise({"Records": records}, None)
    finally:
        bootstrap.install(None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "4"}]}
