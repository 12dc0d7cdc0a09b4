"""Douyin's pushes: the signature's vector, what a delivery may look like, and what must be refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.contract import Account, RawRequest, Ref, Secrets
from chalicelib.errors import ConfigError, Permanent, Rejected
from connectors.douyin import CONNECTOR
from connectors.douyin.push import event_sign
from tests.unit.connectors.fakes import NOW

# The vector of the algorithm as three public SDKs have it; body, key and secret are invented.
APP_KEY = "6838370429421454862"
APP_SECRET = "7ab5a1d0-2c3e-4f50-8a6b-0123456789ab"
BODY = (
    rb'[{"tag":"101","msg_id":"6838370429421454862:101:1618990587:4805961163201956922","data":"{\"p_id\":4805961163201956922,'
    rb"\"s_ids\":[4805961163201956922],\"shop_id\":95250,\"order_status\":2,\"order_type\":0,\"pay_type\":1,\"biz\":2,"
    rb'\"pay_time\":1618990587,\"pay_amount\":2990}"}]'
)
SIGN = "d6cafe61163d6d8d4e2a30535aa985d6"
ACCOUNT = Account("demo", "douyin", "acme")
SECRETS = Secrets({"app_key": (APP_KEY,), "app_secret": (APP_SECRET,)})
REF = Ref(ACCOUNT, "d-1", "push")


def request(body: bytes = BODY, **headers: str) -> RawRequest:
    told = {"app-id": APP_KEY, "event-sign": SIGN, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return RawRequest("POST", "https://hooks.example.com/x", {name: (value,) for name, value in told.items()}, (), body)


def signed(value: Any) -> RawRequest:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return CONNECTOR.sign(RawRequest("POST", "https://hooks.example.com/x", {}, (), body), ACCOUNT, SECRETS, NOW)


def test_vector_signs_and_verifies() -> None:
    """The published algorithm over a fixed body gives the fixed signature."""
    assert event_sign(APP_KEY, BODY, APP_SECRET) == SIGN

    found = CONNECTOR.verify(request(), ACCOUNT, SECRETS, NOW)

    assert (found.carries_event, found.reply.body) == (True, '{"code":0,"msg":"success"}')
    assert found.reply.content_type == "application/json"


def test_signature_in_upper_case_passes() -> None:
    """Hex digits have no case."""
    assert CONNECTOR.verify(request(event_sign=SIGN.upper()), ACCOUNT, SECRETS, NOW).carries_event


def test_app_id_must_be_ours() -> None:
    """A push that another application's key signs is not ours, even where it is signed with our secret."""
    forged = request(app_id="1", event_sign=event_sign("1", BODY, APP_SECRET))

    with pytest.raises(Rejected, match="app-id"):
        CONNECTOR.verify(forged, ACCOUNT, SECRETS, NOW)


def test_md5_is_checked_whatever_sign_method_says() -> None:
    """An unsigned header may not choose another check."""
    with pytest.raises(Rejected):
        CONNECTOR.verify(request(event_sign="0" * 32, sign_method="hmac-sha256"), ACCOUNT, SECRETS, NOW)


def test_old_and_new_secret_both_verify() -> None:
    """During rotation two secrets live."""
    both = Secrets({"app_key": (APP_KEY,), "app_secret": ("the-new-one", APP_SECRET)})

    assert CONNECTOR.verify(request(), ACCOUNT, both, NOW).carries_event
    with pytest.raises(Rejected):
        CONNECTOR.verify(request(), ACCOUNT, replace(both, values={**both.values, "app_secret": ("the-new-one",)}), NOW)
    with pytest.raises(ConfigError):
        CONNECTOR.verify(request(), ACCOUNT, Secrets({"app_key": (APP_KEY,)}), NOW)


def test_the_shop_of_a_message_is_told() -> None:
    """One application serves many shops: the signed shop id says whose message it is, and the core hands it to that account."""
    ours = replace(ACCOUNT, options={"shop_id": "95250"})
    other = replace(ACCOUNT, options={"shop_id": "95251"})

    for account in (ours, other):
        found = CONNECTOR.verify(request(), account, SECRETS, NOW)
        assert found.carries_event and found.shop == {"shop_id": "95250"}
    assert CONNECTOR.verify(request(), replace(ACCOUNT, options={}), SECRETS, NOW).shop is None


def test_every_shop_of_a_delivery_takes_its_own_out_of_it() -> None:
    both = [
        {"tag": "101", "msg_id": f"m-{shop}", "data": json.dumps({"p_id": 6900000000000000101, "shop_id": shop})}
        for shop in (95250, 95251)
    ]
    ours = replace(ACCOUNT, options={"shop_id": "95250"})
    given = signed(both)
    found = CONNECTOR.verify(given, ours, SECRETS, NOW)
    assert (found.shop, found.also) == ({"shop_id": "95250"}, ({"shop_id": "95251"},))
    events = CONNECTOR.events(given, Ref(ours, "d-1", "push"))
    assert [(event.kind, event.thin) for event in events] == [("order", True), ("other", False)]
    theirs = CONNECTOR.events(given, Ref(replace(ACCOUNT, options={"shop_id": "95251"}), "d-1", "push"))
    assert [(event.kind, event.thin) for event in theirs] == [("other", False), ("order", True)]
    alone = CONNECTOR.verify(given, replace(ACCOUNT, options={}), SECRETS, NOW)
    assert (alone.shop, alone.also) == (None, ())


def test_probe_is_answered_and_carries_nothing() -> None:
    """Only tag 0 with something that is no object is a probe."""
    probe = {"tag": "0", "msg_id": "0", "data": "2026-11-20 10:00:00"}

    assert not CONNECTOR.verify(signed([probe]), ACCOUNT, SECRETS, NOW).carries_event
    assert CONNECTOR.events(signed([probe]), REF) == ()
    assert not CONNECTOR.verify(signed(probe), ACCOUNT, SECRETS, NOW).carries_event
    object_data = {"tag": 0, "msgId": "m", "data": {"p_id": 1, "shop_id": 95250}}
    assert CONNECTOR.verify(signed([probe, object_data]), ACCOUNT, SECRETS, NOW).carries_event


def test_signed_body_that_cannot_be_read_is_kept() -> None:
    """It is acknowledged as an event, so that it ends in quarantine and not in nothing."""
    assert CONNECTOR.verify(signed(b"{"), ACCOUNT, SECRETS, NOW).carries_event
    with pytest.raises(Permanent):
        CONNECTOR.events(signed(b"{"), REF)


@pytest.mark.parametrize("wrap", [lambda message: message, lambda message: [message]], ids=["object", "array"])
@pytest.mark.parametrize("tag", [101, "101"])
@pytest.mark.parametrize("name", ["msg_id", "msgId"])
@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_every_spelling_of_a_message(wrap: Any, tag: int | str, name: str, encoded: bool, bom: bytes) -> None:
    """Array or object, tag as text or number, two names of the id, data as text or object, with or without BOM."""
    data = {"p_id": 4805961163201956922, "shop_id": 95250, "pay_time": 1618990587}
    message = {"tag": tag, name: "m-1", "data": json.dumps(data) if encoded else data}

    (event,) = CONNECTOR.events(signed(bom + json.dumps(wrap(message)).encode()), REF)

    assert (event.delivery_id, event.topic, event.kind, event.thin) == ("m-1", "101", "order", True)
    assert event.resource_id == "4805961163201956922"
    assert event.occurred_at is not None and event.occurred_at.isoformat() == "2021-04-21T07:36:27+00:00"


def test_one_delivery_gives_an_event_for_each_message() -> None:
    """Ids are the messages'; one without an id has its own digest."""
    messages = [{"tag": "100", "msg_id": "a", "data": {"p_id": 1}}, {"tag": "100", "data": {"p_id": 2}}]

    one, two = CONNECTOR.events(signed(messages), REF)

    assert one.delivery_id == "a" and len(two.delivery_id) == 64
    assert CONNECTOR.events(signed(messages), REF)[1].delivery_id == two.delivery_id


def test_unset_time_is_none_and_any_name_of_it_is_read() -> None:
    """0 means not yet; whichever of the times is there counts."""
    messages = [{"tag": 100, "msg_id": "a", "data": {"p_id": 1, "create_time": 0, "modify_time": 1618990859}}]

    (event,) = CONNECTOR.events(signed(messages), REF)

    assert event.occurred_at is not None and event.occurred_at.year == 2021


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'[{"tag":"101","msg_id":"a","data":"{\\"p_id\\":1.5}"}]', "$[0].data.p_id"),
        (b'[{"tag":"101","msg_id":"a","data":"{"}]', "$[0].data"),
        (b'[{"tag":"x","msg_id":"a","data":{}}]', "$[0].tag"),
        (b'[{"msg_id":"a","data":{}}]', "$[0]"),
        (b'[{"tag":"101","msg_id":"a"}]', "$[0].data"),
        (b'{"tag":"101","msg_id":"a","data":{"pay_time":99999999999}}', "$.data.pay_time"),
        (b"[1]", "$[0]"),
        (b"null", "$"),
    ],
)
def test_unreadable_deliveries_name_the_place(body: bytes, path: str) -> None:
    """A refusal names connector, delivery and JSON path."""
    with pytest.raises(Permanent) as refusal:
        CONNECTOR.events(request(body), REF)

    assert (refusal.value.connector, refusal.value.path, refusal.value.delivery_id) == ("douyin", path, "d-1")
