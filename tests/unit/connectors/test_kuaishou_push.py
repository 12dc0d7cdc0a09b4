"""Kuaishou's pushes: opened by one path, whatever is wrong with them; the heartbeat; who is asked afterwards."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from chalicelib.contract import Account, RawRequest, Ref, Secrets, Verified
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit import aes, signing
from chalicelib.toolkit.loose import Reader
from connectors.kuaishou import CONNECTOR, push
from tests.unit.connectors.fakes import NOW

ACCOUNT = Account("demo", "kuaishou", "acme", {"seller_id": "2000000101"})
MESSAGE_KEY, APP_KEY = "AQIDBAUGBwgJCgsMDQ4PEA==", "ks699183844582120001"
OTHER_KEY = base64.b64encode(bytes(16)).decode()
SECRETS = Secrets({"message_key": (MESSAGE_KEY,), "app_key": (APP_KEY,)})
TOLD = {
    "eventId": "243_1",
    "userId": 2000000101,
    "appKey": APP_KEY,
    "event": "kwaishop_order_paySuccess",
    "info": '{"oid":26076022402403012,"updateTime":1795161600123}',
    "createTime": 1795161600000,
}


def request(plain: bytes, key: str = MESSAGE_KEY) -> RawRequest:
    secrets = Secrets({"message_key": (key,)})
    return RawRequest("POST", "https://hooks.example.com/webhooks/kuaishou/acme", {}, (), push.sealed(plain, secrets))


def plain(**told: Any) -> bytes:
    return json.dumps({**TOLD, **told}).encode()


def verify(given: RawRequest, secrets: Secrets = SECRETS) -> Verified:
    return CONNECTOR.verify(given, ACCOUNT, secrets, NOW)


def raw(text: bytes) -> bytes:
    """A body that is `text` in cipher, without any padding of ours."""
    sealed = aes.seal_cbc(push.key_of(MESSAGE_KEY), push.IV, text)
    return base64.b64encode(sealed[: len(text)])


def bodies() -> dict[str, bytes]:
    good = request(plain()).body
    text = plain() + b"\x00" * (-len(plain()) % 16)
    return {
        "no body": b"",
        "no base64": b"****" + good[4:],
        "not whole blocks": base64.b64encode(base64.b64decode(good)[:-1]),
        "padding": raw(text),
        "another key": request(plain(), OTHER_KEY).body,
        "no JSON": request(b"hello").body,
        "not UTF-8": request(b'{"appKey":"\xff"}').body,
        "another application": request(plain(appKey="ks000000000000000000")).body,
        "no application": request(plain(appKey=None)).body,
        "a list": request(b"[]").body,
        "in clear": plain(),
    }


def test_a_push_opens_and_names_its_shop() -> None:
    found = verify(request(plain()))
    assert found.opened == plain() and found.carries_event
    assert (found.delivery_id, found.topic) == ("243_1", "kwaishop_order_paySuccess")
    assert found.shop == {"seller_id": "2000000101"}
    assert (found.reply.status, found.reply.body) == (200, '{"result":1}')


@pytest.mark.fault(12)
@pytest.mark.parametrize("name", bodies())
def test_whatever_is_wrong_the_answer_is_one(name: str) -> None:
    with pytest.raises(Rejected) as refused:
        verify(RawRequest("POST", "https://hooks.example.com", {}, (), bodies()[name]))
    error = refused.value
    assert (error.reason, error.detail, error.status) == (
        "body-refused",
        "the body does not open to a message of this application",
        401,
    )


@pytest.mark.fault(12)
@pytest.mark.parametrize("name", ["good", *bodies()])
def test_whatever_is_wrong_the_way_is_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every body goes through cipher, padding, JSON and application, once for each live key."""
    steps: list[str] = []
    real_unpad, real_decode, real_same = aes.unpad, Reader.decode, signing.same

    def unpad(padded: bytes, block: int) -> tuple[bytes, bool]:
        steps.append("padding")
        return real_unpad(padded, block)

    def decode(self: Reader, kind: type[Any], payload: bytes, delivery_id: str | None, prefix: str = "$") -> Any:
        steps.append("json")
        return real_decode(self, kind, payload, delivery_id, prefix)

    def same(expected: bytes, given: bytes) -> bool:
        steps.append("application")
        return real_same(expected, given)

    body = request(plain()).body if name == "good" else bodies()[name]
    monkeypatch.setattr(aes, "unpad", unpad)
    monkeypatch.setattr(Reader, "decode", decode)
    monkeypatch.setattr(push, "same", same)
    secrets = Secrets({"message_key": (MESSAGE_KEY, OTHER_KEY), "app_key": (APP_KEY, "ks1")})
    given = RawRequest("POST", "https://hooks.example.com", {}, (), body)
    if name in ("good", "another key"):  # the other key is live here
        verify(given, secrets)
    else:
        with pytest.raises(Rejected):
            verify(given, secrets)
    assert steps == ["padding", "json", "application", "application"] * 2


def test_the_heartbeat_is_answered_and_not_queued() -> None:
    found = verify(request(b'{"test":true}'))
    assert not found.carries_event and found.shop is None
    assert (found.reply.status, found.reply.body) == (200, '{"result":1}')
    with pytest.raises(Rejected):
        verify(request(b'{"test":true}', OTHER_KEY))
    with pytest.raises(Rejected):
        verify(request(b'{"test":true,"event":"kwaishop_order_addOrder"}'))  # names no application


def test_a_message_marked_as_test_is_read_again_like_any_other() -> None:
    assert verify(request(plain(test=True))).carries_event


@pytest.mark.parametrize("key", ["no base64!", "YWJj", ""])
def test_a_message_key_that_is_none_fails_closed(key: str) -> None:
    with pytest.raises(ConfigError):
        verify(request(plain()), Secrets({"message_key": (key,), "app_key": (APP_KEY,)}))


def test_events_of_what_was_opened() -> None:
    ref = Ref(ACCOUNT, "d-1", "push")

    def event(**told: Any) -> Any:
        return CONNECTOR.events(RawRequest("POST", "https://hooks.example.com", {}, (), plain(**told)), ref)[0]

    assert (event().kind, event().resource_id, event().thin) == ("order", "26076022402403012", True)
    note = event(event="kwaishop_order_addressChange", info='{"oid":26076022402403012,"seller_id":1}')
    assert (note.kind, note.thin) == ("order", True)
    assert event(event="kwaishop_new_thing", info="no object").kind == "other"
    with pytest.raises(Permanent, match="names nothing"):
        event(info="{}")
    with pytest.raises(Permanent, match=r"\$\.info"):
        event(info='{"oid":')


def test_a_body_is_sealed_once() -> None:
    """What is sealed already goes out as it is: sealed twice, it would open to cipher text."""
    once = CONNECTOR.sign(RawRequest("POST", "https://hooks.example.com", {}, (), plain()), ACCOUNT, SECRETS, NOW)
    again = CONNECTOR.sign(once, ACCOUNT, SECRETS, NOW)
    assert again.body == once.body != plain()
    assert verify(again).opened == plain()
