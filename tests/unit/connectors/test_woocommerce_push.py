"""WooCommerce's deliveries: its vectors, the unsigned ping, whose shop it is, and what is thin."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.contract import Account, RawRequest, Ref, Secrets
from chalicelib.errors import Permanent, Rejected
from connectors.woocommerce import CONNECTOR
from connectors.woocommerce.push import signature

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOP = Account("demo", "woocommerce", "keramik", {"store_url": "https://keramik.example.com"})
SECRETS = Secrets({"webhook_secret": ("a-secret",)})
REF = Ref(SHOP, "d-1", "push")
FORM = {"content-type": ("application/x-www-form-urlencoded",)}


def request(body: bytes, **headers: str) -> RawRequest:
    named = {f"x-wc-webhook-{name}": (value,) for name, value in headers.items()}
    return RawRequest("POST", "https://hooks.example.com/webhooks/woocommerce/keramik", named, (), body)


def ping(body: bytes = b"webhook_id=142", headers: dict[str, tuple[str, ...]] | None = None) -> RawRequest:
    return RawRequest("POST", "https://hooks.example.com", FORM if headers is None else headers, (), body)


def test_vector() -> None:
    assert signature("secret", b'{"id":1}') == "A971iWIMgT8Zj9A9eWfikrFj7wQ16/Qwcc4OlRl2PLc="


def test_ping_is_answered_200_and_carries_nothing() -> None:
    """The shop cannot save a webhook otherwise; it is unsigned, so it must have no effect, whatever secrets there are."""
    found = CONNECTOR.verify(ping(), SHOP, Secrets({}), NOW)

    assert (found.reply.status, found.reply.body, found.carries_event) == (200, "", False)


@pytest.mark.parametrize(
    "found",
    [
        ping(b"webhook_id="),
        ping(b"webhook_id=1&order=2"),
        ping(b'{"id":1}'),
        ping(b"webhook_id=142\n"),
        ping(headers={"content-type": ("application/json",)}),
        ping(headers={}),
        ping(headers={**FORM, "x-wc-webhook-signature": ("",)}),
        ping(headers={**FORM, "x-wc-webhook-signature": ("forged",)}),
    ],
)
def test_nothing_else_passes_for_a_ping(found: RawRequest) -> None:
    with pytest.raises(Rejected) as refusal:
        CONNECTOR.verify(found, SHOP, SECRETS, NOW)
    assert refusal.value.status == 401


@pytest.mark.parametrize(
    ("source", "accepted"),
    [
        ("https://keramik.example.com/", True),
        ("http://www.keramik.example.com", True),
        ("https://keramik.example.com/other/", False),
        ("https://keramik.example.com.evil.example/", False),
        ("http://[::1", False),
    ],
)
def test_the_shop_is_told_by_host_and_path(source: str, accepted: bool) -> None:
    body = b'{"id":1}'
    signed = request(body, source=source, signature=signature("a-secret", body))
    if accepted:
        assert CONNECTOR.verify(signed, SHOP, SECRETS, NOW).carries_event
        return
    with pytest.raises(Rejected) as refusal:
        CONNECTOR.verify(signed, SHOP, SECRETS, NOW)
    assert refusal.value.status == 404


def test_delivery_id_of_the_shop_is_not_ours() -> None:
    """It is made of the webhook and the second: two orders of one second would carry the same."""
    body = b'{"id":1}'
    signed = request(body, signature=signature("a-secret", body), **{"delivery-id": "0f3c6f9a"})

    assert CONNECTOR.verify(signed, SHOP, SECRETS, NOW).delivery_id is None


@pytest.mark.parametrize(
    ("topic", "body", "thin"),
    [
        ("order.updated", b'{"id":1,"line_items":[],"refunds":[]}', False),
        ("order.updated", b'{"id":1,"line_items":[],"refunds":[{"id":2,"total":"-1.00"}]}', True),
        ("order.deleted", b'{"id":1}', True),
        ("order.created", b'{"id":1}', True),
        ("product.deleted", b'{"id":1}', False),
    ],
)
def test_what_the_body_leaves_out_is_read(topic: str, body: bytes, thin: bool) -> None:
    (event,) = CONNECTOR.events(request(body, topic=topic), REF)

    assert (event.thin, event.resource_id, event.topic) == (thin, "1", topic)


def test_an_error_in_place_of_an_order_says_so() -> None:
    """A webhook made by a user who may not read orders sends its error as a body."""
    with pytest.raises(Permanent, match="may not read") as refusal:
        CONNECTOR.events(request(b'{"code":"woocommerce_rest_cannot_view"}', topic="order.updated"), REF)
    assert refusal.value.path == "$.id"
