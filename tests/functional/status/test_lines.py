"""What is logged and counted: one id from the webhook to the provider's id of the mail, and nothing of a person anywhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import entry, logs
from chalicelib.adapters.aws import EmbeddedCounters
from chalicelib.contract import RawRequest, Token
from chalicelib.domain.events import Consent
from chalicelib.domain.record import OrderKey
from chalicelib.lambda_events import Failed
from chalicelib.tracing import of_archive
from tests.functional.exactness.shoppers import GIVEN, buyer_of, rows_of
from tests.functional.exactness.surveyed import ago, installed, order, surveying
from tests.functional.stack import Stack

PLANTED = {
    "name": "Zaphira Quellenstein",
    "email": "zaphira.quellenstein@example.com",
    "phone": "+8613912345678",
    "address": "77 Nightingale Terrace",
    "nickname": "zappy-the-buyer",
    "token": "shpat_PLANTED_access_token",
    "secret": "PLANTED_refresh_token",
    "words": "my neighbour Xanthippe told me",
}


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Every line that the process would write in Lambda."""
    loggers = [logging.getLogger(), logging.getLogger(logs.NAME)]
    before = [(each, each.handlers, each.level, each.propagate) for each in loggers]
    found: list[str] = []
    logs.install(found.append)
    yield found
    for each, handlers, level, propagate in before:
        each.handlers, each.propagate = handlers, propagate
        each.setLevel(level)


@pytest.fixture
def stack(moto_engine: Any, lines: list[str]) -> Stack:
    """The whole core, whose metrics are lines as well."""
    stack = surveying(Stack(moto_engine))
    stack.app.parts.counters = EmbeddedCounters(stack.clock, lines.append)
    return stack


def queued(stack: Stack) -> dict[str, Any]:
    """The inbound queue's messages as an event of SQS."""
    bodies = [stack.inbound.bodies.pop(0) for _ in range(len(stack.inbound.bodies))]
    return {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}


def with_trace(lines: list[str], trace: str) -> list[dict[str, Any]]:
    """The lines of one delivery."""
    told = [json.loads(line) for line in lines]
    return [line for line in told if line.get("trace") == trace or trace in line.get("traces", ())]


def test_one_id_from_the_webhook_to_the_providers_id(stack: Stack, lines: list[str]) -> None:
    delivery = order("ann", ago(4))
    assert stack.push("generic", "erp", delivery.body, {"webhook-id": "one"}) == 200
    (trace,) = {json.loads(line)["trace"] for line in lines if "received" in line}
    with installed(stack):
        assert entry.normalise(queued(stack), None) == {"batchItemFailures": []}
        stack.app.tick.beat()
        records = stack.records()
        entry.project({"Records": records}, None)
        entry.trigger({"Records": records}, None)
        (row,) = stack.app.orders.history(OrderKey("demo", "generic", "erp", "ann-1"))
        assert of_archive(row.archive_key) == trace
        owner = buyer_of(stack, "ann")
        stack.app.members.put_consent(Consent("demo", "-", "-", "-", "email", True, GIVEN, "a form"), owner)
        entry.sweep({}, None)
        (message,) = rows_of(stack, owner)
        assert message.trace == trace
        entry.deliver({}, None)
    own = [line for line in lines if "by" not in json.loads(line)]  # without what a library says on its own account
    mine = with_trace(own, trace)
    assert [name for line in mine for name in ("received", "lag_order", "applied", "message_sent") if name in line] == [
        "received",
        "applied",
        "lag_order",
        "message_sent",
    ]
    said = [line for line in mine if "said" in line]
    assert [line["said"] for line in said] == ["projected", "message handed over"]
    assert (said[1]["message"], said[1]["provider"]) == (message.message_id, "provider-1")
    assert json.loads(own[-1]).get("trace") == trace
    assert with_trace(lines, "another") == []


def test_nothing_of_a_person_and_no_token_in_any_line(stack: Stack, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    buyer = {
        "id": "zed",
        "name": PLANTED["name"],
        "email": PLANTED["email"],
        "phone": PLANTED["phone"],
        "nickname": PLANTED["nickname"],
    }
    where = {"name": PLANTED["name"], "address": PLANTED["address"], "country": "CN"}
    good = order("zed", ago(4), buyer=buyer, ship_to=where)
    told = json.dumps(PLANTED).encode()
    hostile = [
        good.body,
        b'{"type":"order","timestamp":"2026-11-20T00:00:00Z","data":' + told + b"}",
        b'{"type":"' + PLANTED["name"].encode() + b'","data":' + told + b"}",
        told,
        told[:-9],
    ]
    for number, body in enumerate(hostile):
        stack.push("generic", "erp", body, {"webhook-id": f"h{number}"})
    _refused(stack, told)
    api: Any = stack.app.hub.api(_shop())
    api.tokens.get(lambda _: Token(PLANTED["token"], None, PLANTED["secret"]))
    with installed(stack):
        entry.normalise(queued(stack), None)
        records = stack.records()
        entry.project({"Records": records}, None)
        entry.trigger({"Records": records}, None)
        _bugs(stack, records, monkeypatch)
    logging.getLogger("urllib3.connectionpool").warning("Retrying after %s on %s", ValueError(PLANTED["email"]), PLANTED["address"])
    logging.getLogger(logs.NAME).error("Caught exception for path %s", f"/unsubscribe/{PLANTED['token']}")
    assert len(lines) > 15
    found = [(kind, line) for line in lines for kind, value in PLANTED.items() if value in line or _escaped(value) in line]
    assert found == []


def _refused(stack: Stack, body: bytes) -> None:
    """Pushes that are turned away: by signature, and to whom nobody knows."""
    raw = RawRequest("POST", "https://hooks.example.com/x", {"webhook-signature": (PLANTED["token"],)}, (), body)
    for platform, account in (("generic", "erp"), ("generic", PLANTED["nickname"]), (PLANTED["name"], "acme")):
        assert stack.app.receive.handle(platform, account, raw).status in (401, 404)


def _bugs(stack: Stack, records: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors that nobody foresaw, which quote what they choked on."""

    def choke(*_: Any, **__: Any) -> None:
        raise KeyError(PLANTED["name"], PLANTED["email"])

    monkeypatch.setattr(stack.app.project, "handle", choke)
    monkeypatch.setattr(stack.app.deliver, "run", choke)
    monkeypatch.setattr(stack.app.normalise, "handle", choke)
    with pytest.raises(Failed) as raised:
        entry.project({"Records": records}, None)
    assert (str(raised.value), raised.value.__cause__, raised.value.__suppress_context__) == ("KeyError", None, True)
    with pytest.raises(Failed):
        entry.deliver({}, None)
    event = {"Records": [{"messageId": "1", "body": PLANTED["words"]}]}
    assert entry.normalise(event, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def _escaped(value: str) -> str:
    return json.dumps(value)[1:-1]


def _shop() -> Any:
    from chalicelib.contract import Account

    return Account("demo", "shopify", "acme", {})
