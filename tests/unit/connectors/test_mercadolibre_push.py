"""Mercado Libre's notifications: what makes an unsigned one plausible, and what it comes to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.contract import Account, RawRequest, Ref, Secrets
from chalicelib.errors import ConfigError, Permanent, Rejected
from connectors.mercadolibre import CONNECTOR
from tests.unit.connectors.fakes import NOW

PATH = "0123456789abcdef0123456789abcdef"
ACCOUNT = Account("demo", "mercadolibre", "loja", {"user_id": "100000001"})
SECRETS = Secrets({"application_id": ("5500000000000001",), "url_secret": (PATH,)})
REF = Ref(ACCOUNT, "d-1", "push")


def notification(**told: Any) -> bytes:
    base = {"_id": "n-1", "resource": "/orders/2000003508897001", "user_id": 100000001, "topic": "orders_v2"}
    return json.dumps({**base, "application_id": 5500000000000001, "sent": "2026-11-20T16:19:20.129Z", **told}).encode()


def request(body: bytes | None = None, topic: str | None = PATH) -> RawRequest:
    return RawRequest("POST", "https://hooks.example.com/webhooks/mercadolibre/loja", {}, (), body or notification(), topic)


def test_plausible_notification_is_acknowledged_with_nothing() -> None:
    """HTTP 200 and an empty body is what the platform wants."""
    found = CONNECTOR.verify(request(), ACCOUNT, SECRETS, NOW)

    assert (found.delivery_id, found.carries_event) == ("n-1", True)
    assert (found.reply.status, found.reply.body) == (200, "")


@pytest.mark.parametrize("topic", [None, "", PATH[:-1] + "0", PATH.upper(), PATH + "0", "é", "\ud800"])
def test_wrong_path_is_404(topic: str | None) -> None:
    """The path is the secret: any other one is as unknown as a path can be."""
    with pytest.raises(Rejected) as refusal:
        CONNECTOR.verify(request(topic=topic), ACCOUNT, SECRETS, NOW)

    assert refusal.value.status == 404


def test_registered_url_is_no_proof_of_the_path() -> None:
    """The URL comes from configuration and holds the secret; only the path that was called counts."""
    knowing = replace(request(topic=None), url=f"https://hooks.example.com/webhooks/mercadolibre/loja/{PATH}")

    with pytest.raises(Rejected) as refusal:
        CONNECTOR.verify(knowing, ACCOUNT, SECRETS, NOW)

    assert refusal.value.status == 404


@pytest.mark.parametrize(
    "body",
    [
        notification(application_id=1),
        notification(application_id=None),
        notification(user_id=100000002),
        notification(user_id=0),
        notification(resource="https://example.com/orders/1"),
        notification(resource="//example.com/orders/1"),
        notification(resource="/orders/../users/me"),
        notification(resource="/orders/1?x=1"),
        notification(resource="/orders/1\n"),
        notification(resource="/orders/%31"),
        notification(resource=""),
        notification(resource="/" + "a" * 300),
        notification(resource=1),
        b"",
        b"[]",
        b'{"resource":"/orders/1",}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_implausible_notifications_are_401(body: bytes) -> None:
    """Another application, another seller, or a resource that is no path of the API."""
    with pytest.raises(Rejected) as refusal:
        CONNECTOR.verify(replace(request(), body=body), ACCOUNT, SECRETS, NOW)

    assert refusal.value.status == 401


def test_numbers_may_be_text_and_old_path_lives_on() -> None:
    """Ids come as numbers or text; during rotation two paths are good."""
    both = Secrets({"application_id": ("1", "5500000000000001"), "url_secret": ("new-path", PATH)})
    body = notification(user_id="100000001", application_id="5500000000000001")

    assert CONNECTOR.verify(request(body), ACCOUNT, both, NOW).delivery_id == "n-1"


def test_nothing_is_open_by_default() -> None:
    """Without a path, an application or a seller there is nothing to check by: the installation is wrong."""
    for secrets in (Secrets({}), Secrets({"url_secret": (PATH,)}), Secrets({"application_id": ("1",)})):
        with pytest.raises(ConfigError):
            CONNECTOR.verify(request(), ACCOUNT, secrets, NOW)
    with pytest.raises(ConfigError, match="user_id"):
        CONNECTOR.verify(request(), replace(ACCOUNT, options={}), SECRETS, NOW)


def test_sign_puts_the_path_on() -> None:
    """What tests and the simulator send is at the secret path."""
    for bare in (request(topic=None), request(topic="old-path")):
        made = CONNECTOR.sign(bare, ACCOUNT, SECRETS, NOW)

        assert made.topic == PATH and made.url.endswith(f"/loja/{PATH}")
        assert CONNECTOR.verify(made, ACCOUNT, SECRETS, NOW).carries_event


@pytest.mark.parametrize(
    ("topic", "resource", "kind", "resource_id"),
    [
        ("orders_v2", "/orders/2000003508897001", "order", "2000003508897001"),
        ("orders", "orders/1", "order", "1"),
        ("marketplace_orders", "/marketplace/orders/7", "order", "7"),
        ("payments", "/collections/9", "order", "9"),
        ("shipments", "/shipments/5", "order", "5"),
        ("claims", "/post-purchase/v1/claims/4", "order", "4"),
        ("messages", "3f6da1e35ac84f70a24af7360d24c7bc", "message", "3f6da1e35ac84f70a24af7360d24c7bc"),
        ("questions", "/questions/1", "question", "1"),
        ("items", "/items/MLB139876", "product", "MLB139876"),
        ("something_new", "/x/1", "other", "1"),
    ],
)
def test_topics(topic: str, resource: str, kind: str, resource_id: str) -> None:
    """Every notification is one thin event; its topic tells the kind."""
    (event,) = CONNECTOR.events(request(notification(topic=topic, resource=resource)), REF)

    assert (event.topic, event.kind, event.resource_id, event.thin) == (topic, kind, resource_id, True)
    assert event.occurred_at is not None and event.occurred_at.microsecond == 129_000


def test_delivery_without_an_id_is_told_by_what_and_when() -> None:
    """The same notification again has the same id, a later one another."""
    one, again, later = (
        CONNECTOR.events(request(notification(_id=None, **told)), REF)[0].delivery_id
        for told in ({}, {"attempts": 2}, {"sent": "2026-11-20T16:19:21.000Z"})
    )

    assert one == again != later


def test_unreadable_time_is_refused_with_its_place() -> None:
    """A time without an offset is nobody's."""
    with pytest.raises(Permanent) as refusal:
        CONNECTOR.events(request(notification(sent="2026-11-20T16:19:20")), REF)

    assert (refusal.value.connector, refusal.value.path, refusal.value.delivery_id) == ("mercadolibre", "$.sent", "d-1")
