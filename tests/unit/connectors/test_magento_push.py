"""Adobe's pushes: the challenge, either of two signatures, keys from one host only, two doors with two keys, batches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.contract import Account, RawRequest, Ref, Secrets
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.rsa import rsa_sign
from chalicelib.toolkit.signing import b64
from connectors.magento import CONNECTOR
from connectors.magento.api import fetch_key
from connectors.magento.push import COMMERCE, KEY_PATHS, SIGNATURES
from tests.kit.cases import load
from tests.kit.common import other_key
from tests.unit.connectors.fakes import FakeHttp, make_api, reply

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOP = Account("demo", "magento", "garden", {})
REF = Ref(SHOP, "d-1", "push")
CASE = load("magento", "push-order")
PRIVATE, PUBLIC = CASE.secrets.one("private_key"), CASE.secrets.one("adobe_public_key")
CLIENT = CASE.secrets.one("adobe_client_id")
PATH = "/prod/keys/pub-key-abc.pem"


def request(headers: Mapping[str, str] | None = None, body: bytes = CASE.body) -> RawRequest:
    named = {name: (value,) for name, value in (headers or {}).items()}
    return RawRequest("POST", "https://hooks.example.com/webhooks/magento/garden", named, (), body)


def io(values: Mapping[str, tuple[str, ...]] | None = None) -> Secrets:
    return Secrets({"adobe_public_key": (PUBLIC,), "adobe_client_id": (CLIENT,), **(values or {})})


def test_a_challenge_is_answered_with_itself() -> None:
    asked = RawRequest("GET", "https://hooks.example.com", {}, (("challenge", "8ec8d794-e0ab-42df-9017-e3dada8e84f7"),), b"")
    found = CONNECTOR.verify(asked, SHOP, Secrets({}), NOW)

    assert (found.reply.status, found.reply.body, found.carries_event) == (200, "8ec8d794-e0ab-42df-9017-e3dada8e84f7", False)
    assert found.reply.content_type == "text/plain" and CONNECTOR.key_id(asked) is None


@pytest.mark.parametrize("query", [(), (("challenge", ""),), (("challenge", "<script>"),), (("challenge", "a" * 201),)])
def test_a_challenge_that_is_none_is_not_echoed(query: Any) -> None:
    with pytest.raises(Rejected) as refusal:
        CONNECTOR.verify(RawRequest("GET", "https://hooks.example.com", {}, query, b""), SHOP, io(), NOW)
    assert refusal.value.status == 400


@pytest.mark.parametrize("position", [0, 1])
def test_either_signature_is_enough(position: int) -> None:
    headers = {SIGNATURES[position]: rsa_sign(PRIVATE, CASE.body), SIGNATURES[1 - position]: b64(b"x" * 256)}
    assert CONNECTOR.verify(request(headers), SHOP, io(), NOW).carries_event


def test_a_fetched_key_is_as_good_as_a_configured_one() -> None:
    signed = request({SIGNATURES[0]: rsa_sign(PRIVATE, CASE.body)})
    fetched = Secrets({"adobe_client_id": (CLIENT,), f"public_key:{PATH}": (PUBLIC,)})
    beside = io({"adobe_public_key": (other_key(PUBLIC),), f"public_key:{PATH}": (PUBLIC,)})

    for secrets in (fetched, beside):
        assert CONNECTOR.verify(signed, SHOP, secrets, NOW).carries_event
    with pytest.raises(ConfigError):
        CONNECTOR.verify(signed, SHOP, Secrets({"adobe_client_id": (CLIENT,)}), NOW)
    with pytest.raises(Rejected):
        CONNECTOR.verify(signed, SHOP, io({"adobe_public_key": (other_key(PUBLIC),)}), NOW)


def test_every_event_of_a_batch_is_for_our_client() -> None:
    for name, missing in (("recipient_client_id", False), ("recipientclientid", False), ("x", True)):
        event = {key: value for key, value in json.loads(CASE.body).items() if key != "recipient_client_id"}
        body = json.dumps([json.loads(CASE.body), {**event, name: CLIENT}]).encode()
        signed = request({SIGNATURES[0]: rsa_sign(PRIVATE, body)}, body)
        if missing:
            with pytest.raises(Rejected, match="client"):
                CONNECTOR.verify(signed, SHOP, io(), NOW)
        else:
            assert CONNECTOR.verify(signed, SHOP, io(), NOW).carries_event


@pytest.mark.parametrize("body", [b"[]", b"hello", b"[1]"])
def test_a_signed_body_that_names_no_client_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        CONNECTOR.verify(request({SIGNATURES[0]: rsa_sign(PRIVATE, body)}, body), SHOP, io(), NOW)


def test_a_commerce_webhook_signs_the_base64_of_its_body() -> None:
    body = b'{"order":{"entity_id":"77"}}'
    secrets = Secrets({"commerce_public_key": (PUBLIC,)})
    found = CONNECTOR.verify(request({COMMERCE: rsa_sign(PRIVATE, b64(body).encode())}, body), SHOP, secrets, NOW)

    assert (found.reply.body, found.reply.content_type) == ('[{"op":"success"}]', "application/json")
    with pytest.raises(Rejected):
        CONNECTOR.verify(request({COMMERCE: rsa_sign(PRIVATE, body)}, body), SHOP, secrets, NOW)


def test_neither_key_opens_the_other_door() -> None:
    """The shop's key cannot vouch for an event of Adobe's, nor Adobe's for a webhook of the shop's."""
    both = io({"adobe_public_key": (other_key(PUBLIC),), "commerce_public_key": (PUBLIC,)})
    with pytest.raises(Rejected):
        CONNECTOR.verify(request({SIGNATURES[0]: rsa_sign(PRIVATE, CASE.body)}), SHOP, both, NOW)
    twisted = io({"commerce_public_key": (other_key(PUBLIC),)})
    with pytest.raises(Rejected):
        CONNECTOR.verify(request({COMMERCE: rsa_sign(PRIVATE, b64(CASE.body).encode())}), SHOP, twisted, NOW)


def test_the_key_is_named_by_its_path() -> None:
    assert CONNECTOR.key_id(request({KEY_PATHS[0]: PATH})) == PATH
    assert CONNECTOR.key_id(request({KEY_PATHS[1]: PATH})) == PATH
    assert CONNECTOR.key_id(request()) is None
    assert CONNECTOR.key_id(request({KEY_PATHS[0]: PATH, COMMERCE: "x"})) is None


@pytest.mark.parametrize(
    "path",
    [
        "prod/keys/key.pem",
        "//evil.example.com/key.pem",
        "/../secret.pem",
        "/a/..%2f/key.pem",
        "/a/..b/key.pem",
        "@evil.example.com/key.pem",
        "/keys@evil.example.com",
        "https://evil.example.com/key.pem",
        "/key.pem?x=1",
        "/key.pem#x",
        "/key .pem",
        "/",
        "/" + "a/" * 10,
        "/é.pem",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(Rejected):
        CONNECTOR.key_id(request({KEY_PATHS[0]: path}))


def test_a_key_is_fetched_from_adobes_host() -> None:
    http = FakeHttp({f"GET {PATH}": reply(PUBLIC.encode())})
    assert fetch_key(PATH, make_api(SHOP, {}, http)) == PUBLIC
    assert http.sent[0].url == f"https://static.adobeioevents.com{PATH}" and not http.sent[0].headers


@pytest.mark.parametrize("answer", [reply(b"", 404), reply(b"", 302), reply("ключ".encode())])
def test_a_key_that_is_not_there(answer: Any) -> None:
    with pytest.raises(Rejected):
        fetch_key(PATH, make_api(SHOP, {}, FakeHttp({f"GET {PATH}": answer})))


def test_events_are_told_apart_and_named_by_their_order() -> None:
    events = CONNECTOR.events(load("magento", "push-batch").request, REF)

    assert [(event.kind, event.resource_id, event.thin) for event in events] == [
        ("order", "77", True),
        ("order", "77", True),
        ("buyer", "7", False),
        ("other", "9", False),
    ]
    assert len({event.delivery_id for event in events}) == 4


def test_an_event_without_the_field_that_names_its_order_says_which() -> None:
    body = json.loads(CASE.body)
    del body["data"]["value"]["entity_id"]
    with pytest.raises(Permanent, match="subscribe the event") as refusal:
        CONNECTOR.events(request(body=json.dumps(body).encode()), REF)
    assert refusal.value.path == "$.data.value.entity_id"


def way(told: str | None, **more: str) -> Account:
    return Account("demo", "magento", "garden", {**({"push": told} if told else {}), **more})


@pytest.mark.parametrize(
    ("told", "case", "taken"),
    [
        ("io", "push-order", True),
        ("commerce", "push-order", False),
        ("none", "push-order", False),
        ("io", "push-commerce-webhook", False),
        ("commerce", "push-commerce-webhook", True),
        ("none", "push-commerce-webhook", False),
    ],
)
def test_a_shop_that_names_its_way_takes_no_other(told: str, case: str, taken: bool) -> None:
    found = load("magento", case)
    if taken:
        assert CONNECTOR.verify(found.request, way(told), found.secrets, NOW).carries_event
        return
    with pytest.raises(Rejected) as refusal:
        CONNECTOR.verify(found.request, way(told), found.secrets, NOW)
    assert refusal.value.status == 404


def test_a_way_that_there_is_not_is_told() -> None:
    with pytest.raises(ConfigError, match="option-malformed"):
        CONNECTOR.verify(CASE.request, way("polling"), CASE.secrets, NOW)


def from_providers(*names: str) -> bytes:
    event = json.loads(CASE.body)
    return json.dumps([{**event, "event_id": f"e-{name}", "source": name} for name in names]).encode()


def test_shops_of_one_client_are_told_apart_by_their_event_provider() -> None:
    """The client and Adobe's key are the same for both: without the option, nothing else differs."""
    body = from_providers("urn:uuid:b", "urn:uuid:a")
    signed = request({SIGNATURES[0]: rsa_sign(PRIVATE, body)}, body)
    own = way(None, event_source="urn:uuid:a")

    found = CONNECTOR.verify(signed, own, io(), NOW)
    assert (found.shop, found.also) == ({"event_source": "urn:uuid:a"}, ({"event_source": "urn:uuid:b"},))
    assert [event.delivery_id for event in CONNECTOR.events(signed, Ref(own, "d-1", "push"))] == ["e-urn:uuid:a"]
    assert CONNECTOR.verify(signed, SHOP, io(), NOW).shop is None and len(CONNECTOR.events(signed, REF)) == 2


def test_an_event_without_a_provider_is_no_shops() -> None:
    body = json.dumps({name: value for name, value in json.loads(CASE.body).items() if name != "source"}).encode()
    signed = request({SIGNATURES[0]: rsa_sign(PRIVATE, body)}, body)
    assert CONNECTOR.verify(signed, way(None, event_source="urn:uuid:a"), io(), NOW).shop == {"event_source": ""}
