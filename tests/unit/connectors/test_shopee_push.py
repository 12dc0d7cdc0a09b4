"""Shopee's pushes: vectors, which address and which key, the probe, ids of deliveries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.contract import Account, RawRequest, Ref, Secrets
from chalicelib.errors import ConfigError, Permanent, Rejected
from connectors.shopee import CONNECTOR
from connectors.shopee.push import signature

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://hooks.example.com/webhooks/shopee/kopi"
SHOP = Account("demo", "shopee", "kopi", {"shop_id": "700001"})
REF = Ref(SHOP, "d-1", "push")
PUSH = {"data": {"ordersn": "261120KOPI0001"}, "shop_id": 700001, "code": 3, "timestamp": 1795262400}


def request(body: bytes, given: str | None = None, url: str = URL, **headers: str) -> RawRequest:
    named = {name: (value,) for name, value in headers.items()}
    return RawRequest("POST", url, named | ({"authorization": (given,)} if given else {}), (), body)


def signed(key: str, told: Any = PUSH, url: str = URL, **headers: str) -> RawRequest:
    body = json.dumps(told).encode()
    return request(body, signature(key, url, body), **headers)


def test_vector_of_a_plain_body() -> None:
    """A body that is no JSON still verifies: it is kept for a person, not refused."""
    expected = "b43c7e4cad148d440597015f1da5a0b9335895110ca4399785593bbf6e0e329e"
    found = request(b"HELLO", expected.upper(), "http://localhost/webhook")

    assert signature("PARTNER_KEY", "http://localhost/webhook", b"HELLO") == expected
    assert CONNECTOR.verify(found, SHOP, Secrets({"partner_key": ("PARTNER_KEY",)}), NOW).carries_event


def test_push_key_is_tried_before_the_partner_key() -> None:
    """Both live beside one another: whichever signed is taken, and the push key signs."""
    secrets = Secrets({"push_key": ("new", "old"), "partner_key": ("partner",)})

    for key in ("new", "old", "partner"):
        assert CONNECTOR.verify(signed(key), SHOP, secrets, NOW).topic == "3"
    assert CONNECTOR.sign(request(b"{}"), SHOP, secrets, NOW).headers["authorization"] == (signature("new", URL, b"{}"),)
    with pytest.raises(Rejected):
        CONNECTOR.verify(signed("other"), SHOP, secrets, NOW)


@pytest.mark.parametrize("values", [{}, {"push_key": ()}, {"push_key": ("",), "partner_key": ("partner",)}])
def test_without_a_key_nothing_is_verified(values: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ConfigError):
        CONNECTOR.verify(signed("partner"), SHOP, Secrets(values), NOW)


def test_the_address_is_the_registered_one_never_the_hosts() -> None:
    """What a client says our name is must not matter: only the configured address is part of what was signed."""
    secrets = Secrets({"push_key": ("key",)})
    evil = "https://evil.example.com/webhooks/shopee/kopi"

    with pytest.raises(Rejected):
        CONNECTOR.verify(
            signed("key", url=evil, host="evil.example.com", **{"x-forwarded-host": "evil.example.com"}), SHOP, secrets, NOW
        )
    assert CONNECTOR.verify(signed("key", host="evil.example.com"), SHOP, secrets, NOW).carries_event


def test_an_option_names_the_address_of_an_application_with_many_shops() -> None:
    secrets = Secrets({"push_key": ("key",)})
    shop = Account("demo", "shopee", "kopi", {"shop_id": "700001", "push_url": "https://example.com/push/"})

    assert CONNECTOR.verify(signed("key", url="https://example.com/push/"), shop, secrets, NOW).carries_event
    for other in (URL, "https://example.com/push"):
        with pytest.raises(Rejected):
            CONNECTOR.verify(signed("key", url=other), shop, secrets, NOW)


def test_body_alone_is_no_signature() -> None:
    """One public receiver says so; it would let a push for one address pass at another."""
    from chalicelib.toolkit.signing import hmac_sha256

    body = json.dumps(PUSH).encode()
    with pytest.raises(Rejected):
        CONNECTOR.verify(request(body, hmac_sha256(b"key", body).hex()), SHOP, Secrets({"push_key": ("key",)}), NOW)


VERIFY_INFO = {"code": 0, "data": {"verify_info": "This is a Verification message."}}


@pytest.mark.parametrize(
    "found", [request(b""), request(json.dumps(VERIFY_INFO).encode()), request(json.dumps(VERIFY_INFO).encode(), "x")]
)
def test_the_consoles_probe_is_answered_without_effect(found: RawRequest) -> None:
    answer = CONNECTOR.verify(found, SHOP, Secrets({}), NOW)

    assert (answer.reply.status, answer.reply.body, answer.carries_event) == (200, "", False)


@pytest.mark.parametrize(
    "told",
    [
        {**VERIFY_INFO, "code": 3},
        {**VERIFY_INFO, "shop_id": 700001},
        {"code": 0, "data": {}},
        {"code": 3, "data": {"ordersn": "verify_info"}},
    ],
)
def test_nothing_else_passes_for_a_probe(told: Any) -> None:
    with pytest.raises(Rejected):
        CONNECTOR.verify(request(json.dumps(told).encode()), SHOP, Secrets({"push_key": ("key",)}), NOW)


def test_an_empty_body_with_a_signature_is_no_probe() -> None:
    with pytest.raises(Rejected):
        CONNECTOR.verify(request(b"", "0" * 64), SHOP, Secrets({"push_key": ("key",)}), NOW)


def test_a_push_without_an_id_is_told_by_what_it_says() -> None:
    """A copy of it among the lost ones, spelled in another order, is the same delivery."""
    one = CONNECTOR.events(request(json.dumps(PUSH).encode()), REF)[0]
    two = CONNECTOR.events(request(json.dumps({**PUSH, "msg_id": ""}, indent=1, sort_keys=True).encode()), REF)[0]
    other = CONNECTOR.events(request(json.dumps({**PUSH, "timestamp": 1795262401}).encode()), REF)[0]

    assert one.delivery_id == two.delivery_id != other.delivery_id and len(one.delivery_id) == 64
    assert CONNECTOR.events(request(json.dumps({**PUSH, "msg_id": "m-1"}).encode()), REF)[0].delivery_id == "m-1"


@pytest.mark.parametrize("code", [3, 4, 29, 30])
def test_a_push_that_names_nothing_is_refused(code: int) -> None:
    with pytest.raises(Permanent) as refusal:
        CONNECTOR.events(request(json.dumps({"code": code, "data": {}, "timestamp": 1795262400}).encode()), REF)
    assert refusal.value.path == "$.data"
