"""WeCom's pushes: Tencent's address check, freshness, what is never read, which company, what a new customer becomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.contract import Account, RawRequest, Ref, Secrets, Verified
from chalicelib.errors import Permanent, Rejected
from chalicelib.toolkit.wechat_aes import seal, signature
from connectors.wecom import CONNECTOR

NOW = datetime(2026, 11, 20, 8, 2, tzinfo=UTC)
URL = "https://hooks.example.com/webhooks/wecom/acme"
TOKEN, KEY, CORP = "HuitouTestsToken", "HuitouOfTestsEncodingAesKey0123456789ABCDEF", "ww00112233445566aa"
SECRETS = Secrets({"token": (TOKEN,), "aes_key": (KEY,), "receive_id": (CORP,)})
ACCOUNT = Account("demo", "wecom", "acme")
REF = Ref(ACCOUNT, "d-1", "push")
STAMP = str(int(NOW.timestamp()))
OFFICIAL = Secrets(
    {
        "token": ("QDG6eK",),
        "aes_key": ("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",),
        "receive_id": ("wx5823bf96d3bd56c7",),
    }
)
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
QUERY = {"msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "timestamp": "1409659589", "nonce": "263014780"}


def get(**query: str) -> RawRequest:
    return RawRequest("GET", URL, {}, tuple(query.items()), b"")


def sealed(told: bytes, stamp: str = STAMP, prefix: bytes = b"0" * 16, outer: str = "") -> RawRequest:
    text = seal(told, CORP, KEY, prefix)
    query = {"timestamp": stamp, "nonce": "n", "msg_signature": signature(TOKEN, stamp, "n", text)}
    body = f"<xml><ToUserName>{outer}</ToUserName><Encrypt><![CDATA[{text}]]></Encrypt><AgentID>1</AgentID></xml>"
    return RawRequest("POST", URL, {}, tuple(query.items()), body.encode())


def change(kind: str, **more: str) -> bytes:
    who = {"UserID": "lihua", "ExternalUserID": "wmTests0001", "ChangeType": kind}
    told = {"ToUserName": CORP, "CreateTime": STAMP, "MsgType": "event", "Event": "change_external_contact", **who, **more}
    return ("<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in told.items()) + "</xml>").encode()


def verify(request: RawRequest, account: Account = ACCOUNT, now: datetime = NOW) -> Verified:
    return CONNECTOR.verify(request, account, SECRETS, now)


@pytest.mark.parametrize("echo", [ECHO, ECHO.replace("+", " ")])
def test_address_check_is_answered_with_the_opened_text(echo: str) -> None:
    """Bare, without quotes or line end; a plus that a gateway decoded twice is put back."""
    found = CONNECTOR.verify(get(**QUERY, echostr=echo), ACCOUNT, OFFICIAL, NOW)

    assert (found.reply.body, found.reply.content_type, found.carries_event) == ("1616140317555161061", "text/plain", False)


@pytest.mark.fault(11)
@pytest.mark.parametrize("changed", [{"nonce": "1"}, {"msg_signature": "0" * 40}, {"echostr": ECHO[:-4]}, {"echostr": ""}])
def test_another_address_check_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(Rejected, match="envelope-refused"):
        CONNECTOR.verify(get(**{**QUERY, "echostr": ECHO, **changed}), ACCOUNT, OFFICIAL, NOW)


def test_an_echo_that_is_no_text_is_refused_in_the_same_way() -> None:
    text = seal(b"\xff\xfe", CORP, KEY)
    query = {"timestamp": "1", "nonce": "n", "msg_signature": signature(TOKEN, "1", "n", text), "echostr": text}
    with pytest.raises(Rejected, match="envelope-refused"):
        verify(get(**query))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_was_stamped_long_ago_or_ahead_is_refused(minutes: int) -> None:
    request = sealed(change("del_follow_user"))

    assert verify(request, now=NOW + timedelta(minutes=minutes * 4 / 6)).carries_event
    with pytest.raises(Rejected, match="timestamp-stale"):
        verify(request, now=NOW + timedelta(minutes=minutes))


def test_a_retry_is_encrypted_anew_and_is_the_same_delivery() -> None:
    told = change("del_follow_user")
    one, two = sealed(told, prefix=b"a" * 16), sealed(told, prefix=b"b" * 16)

    assert one.body != two.body
    assert verify(one) == verify(two)


def test_only_what_is_sealed_is_read() -> None:
    found = verify(sealed(change("del_follow_user"), outer="wwSomebodyElse"), Account("demo", "wecom", "acme", {"corp_id": CORP}))

    assert found.shop == {"corp_id": CORP}
    with pytest.raises(Rejected, match="not-encrypted"):
        verify(RawRequest("POST", URL, {}, (), change("del_follow_user")))


def test_signed_and_unreadable_is_a_dead_letter() -> None:
    found = verify(sealed(b'{"FromUserName": :mycreate"}'))
    assert found.carries_event
    with pytest.raises(Permanent):
        CONNECTOR.events(RawRequest("POST", URL, {}, (), found.opened or b""), REF)
    with pytest.raises(Permanent, match="payload-encrypted"):
        CONNECTOR.events(sealed(b"<xml/>"), REF)


def test_a_new_customer_is_told_at_once_and_read_beside_that() -> None:
    """The code that greets lives 20 seconds: it cannot wait for a call, and must be told once only."""
    body = change("add_external_contact", WelcomeCode="CODE")
    first, second = CONNECTOR.events(RawRequest("POST", URL, {}, (), body), REF)

    (contact,) = CONNECTOR.canonical("contact", first.payload, REF)
    assert (first.thin, second.thin) == (False, True)
    assert getattr(contact, "welcome", None) == "CODE"
    assert b"CODE" not in second.payload
    assert first.delivery_id != second.delivery_id
    (edited,) = CONNECTOR.events(RawRequest("POST", URL, {}, (), change("edit_external_contact")), REF)
    assert edited.thin


def test_a_change_of_nobody_is_refused() -> None:
    with pytest.raises(Permanent, match="payload-malformed"):
        CONNECTOR.events(RawRequest("POST", URL, {}, (), change("del_follow_user", ExternalUserID="")), REF)


def test_sign_leaves_an_envelope() -> None:
    first = CONNECTOR.sign(RawRequest("POST", URL, {}, (), change("del_follow_user")), ACCOUNT, SECRETS, NOW)
    assert CONNECTOR.sign(first, ACCOUNT, SECRETS, NOW) == first
    assert verify(first).opened == change("del_follow_user")
    told = json.dumps({"MsgType": "text"}).encode()
    assert verify(CONNECTOR.sign(RawRequest("POST", URL, {}, (), told), ACCOUNT, SECRETS, NOW)).opened == told


@pytest.mark.parametrize("told", [change("add_external_contact", WelcomeCode="CODE"), b'{"a":1}', b"", b"1" * 129, b"1 2", b"\xff"])
def test_a_push_that_somebody_saw_is_not_opened_for_them(told: bytes) -> None:
    """Its signature fits an address check as well: same four texts."""
    text = seal(told, CORP, KEY)
    query = {"timestamp": STAMP, "nonce": "n", "msg_signature": signature(TOKEN, STAMP, "n", text)}
    with pytest.raises(Rejected) as error:
        CONNECTOR.verify(get(**query, echostr=text), ACCOUNT, SECRETS, NOW)
    assert (error.value.reason, error.value.status) == ("envelope-refused", 401)
