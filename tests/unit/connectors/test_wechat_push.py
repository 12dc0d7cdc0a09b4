"""WeChat's pushes: the address check, Tencent's sample, plain bodies and downgrades, retries, which shop."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.contract import Account, RawRequest, Ref, Secrets, Verified
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.wechat_aes import seal, signature
from connectors.wechat import CONNECTOR

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://hooks.example.com/webhooks/wechat/acme"
TOKEN, KEY, APP = "HuitouTestsToken", "HuitouOfTestsEncodingAesKey0123456789ABCDEF", "wx00112233445566aa"
SECRETS = Secrets({"token": (TOKEN,), "aes_key": (KEY,), "receive_id": (APP,)})
PLAIN = Secrets({"token": (TOKEN,)})
STORE = Account("demo", "wechat", "acme")
MINI = Account("demo", "wechat", "acme", {"app": "miniprogram", "push": "plain"})
ORDER = {"Event": "channels_ec_order_new", "order_info": {"order_id": 3705115058471208928}}
POPUP = {"Event": "subscribe_msg_popup_event", "List": {"TemplateId": "t" * 43, "SubscribeStatusString": "accept"}}


def message(**more: Any) -> dict[str, Any]:
    return {"ToUserName": "gh_1", "FromUserName": "oBuyer", "CreateTime": 1795161700, "MsgType": "event", **more}


def request(body: bytes, method: str = "POST", **query: str) -> RawRequest:
    return RawRequest(method, URL, {}, tuple(query.items()), body)


def sealed(told: Any, prefix: bytes = b"0" * 16) -> RawRequest:
    body = seal(told if isinstance(told, bytes) else json.dumps(told).encode(), APP, KEY, prefix)
    given = signature(TOKEN, "1795161700", "n", body)
    envelope = json.dumps({"ToUserName": "gh_1", "Encrypt": body}).encode()
    return request(envelope, timestamp="1795161700", nonce="n", msg_signature=given, encrypt_type="aes")


def plain(told: Any, **more: str) -> RawRequest:
    given = signature(TOKEN, "1795161700", "n")
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return request(body, timestamp="1795161700", nonce="n", signature=given, **more)


def verify(what: RawRequest, account: Account = STORE, secrets: Secrets = SECRETS) -> Verified:
    return CONNECTOR.verify(what, account, secrets, NOW)


def test_address_check_gives_the_text_back_as_it_came() -> None:
    query = {"signature": "f464b24fc39322e44b38aa78f5edd27bd1441696", "timestamp": "1714036504", "nonce": "1514711492"}
    secrets = Secrets({"token": ("AAAAA",)})

    found = verify(request(b"", "GET", **query, echostr="4375120948345356249"), secrets=secrets)

    assert (found.reply.body, found.reply.content_type, found.carries_event) == ("4375120948345356249", "text/plain", False)
    for changed in ({"nonce": "1"}, {"signature": ""}, {"signature": "0" * 40}):
        with pytest.raises(Rejected):
            verify(request(b"", "GET", **{**query, **changed}, echostr="x"), secrets=secrets)
    for echo in ({}, {"echostr": ""}, {"echostr": "x" * 1000}):
        with pytest.raises(Rejected, match="echo-missing"):
            verify(request(b"", "GET", **query, **echo), secrets=secrets)


def test_tencents_sample_of_compat_mode_is_read_from_its_encrypted_half() -> None:
    """Whatever stands beside Encrypt in the clear is signed by nobody."""
    told = message(MsgType="text", Content="sealed", MsgId=1)
    envelope = sealed(told)
    body = {**json.loads(envelope.body), **message(MsgType="text", Content="in the clear", MsgId=2)}

    found = verify(RawRequest("POST", URL, {}, envelope.query, json.dumps(body).encode()))

    assert found.opened is not None
    assert json.loads(found.opened)["Content"] == "sealed"
    assert (found.delivery_id, found.topic) == ("1", "text")


def test_a_retry_is_encrypted_anew_and_is_the_same_delivery() -> None:
    one, two = sealed(message(**ORDER), b"a" * 16), sealed(message(**ORDER), b"b" * 16)

    assert one.body != two.body
    assert verify(one) == verify(two)
    assert verify(one).delivery_id


def test_downgrades_are_refused() -> None:
    """A key that is set, a store, a signature of an envelope that is not there: none lets a plain body through."""
    assert verify(plain(message(**POPUP)), MINI, PLAIN).carries_event
    for what, account, secrets in (
        (plain(message(**ORDER)), MINI, SECRETS),
        (plain(message(**ORDER)), STORE, PLAIN),
        (plain(message(**ORDER)), Account("demo", "wechat", "acme", {"app": "miniprogram,store", "push": "plain"}), PLAIN),
        (plain(message(**ORDER)), Account("demo", "wechat", "acme", {"push": "plain"}), PLAIN),
        (plain(message(**ORDER)), Account("demo", "wechat", "acme", {"app": "miniprogram"}), PLAIN),
        (plain(message(**ORDER), msg_signature="0" * 40), MINI, PLAIN),
    ):
        with pytest.raises(Rejected, match="not-encrypted"):
            verify(what, account, secrets)
    with pytest.raises(Rejected):
        verify(request(json.dumps(message(**POPUP)).encode()), MINI, PLAIN)
    with pytest.raises(Rejected):
        verify(plain(b""), MINI, PLAIN)


def test_an_envelope_without_a_key_is_our_mistake() -> None:
    with pytest.raises(ConfigError):
        verify(sealed(message(**ORDER)), MINI, PLAIN)


@pytest.mark.parametrize(
    ("told", "kind", "thin"),
    [
        (ORDER, "order", True),
        (POPUP, "other", False),
        ({"Event": "subscribe"}, "other", False),
        ({"MsgType": "text", "Content": "x", "MsgId": 1}, "other", False),
        ({"Event": "unsubscribe"}, "contact", False),
        ({**POPUP, "Event": "subscribe_msg_change_event"}, "contact", False),
    ],
)
def test_of_a_plain_body_only_what_is_read_again_or_says_less_is_believed(told: dict[str, Any], kind: str, thin: bool) -> None:
    ref = Ref(MINI, "d-1", "push")
    (hint,) = CONNECTOR.events(plain(message(**told)), ref)
    assert (hint.kind, hint.thin) == (kind, thin)
    body = json.dumps(message(**told)).encode()
    (signed,) = CONNECTOR.events(request(body, signature="x", msg_signature="y"), ref)
    assert signed.kind != "other"


def test_a_change_grants_nothing() -> None:
    body = json.dumps(message(**{**POPUP, "Event": "subscribe_msg_change_event"})).encode()
    with pytest.raises(Exception, match="nothing-told"):
        CONNECTOR.canonical("contact", body, Ref(MINI, "d-1", "push"))


def test_the_receiver_is_checked() -> None:
    body = seal(json.dumps(message(**ORDER)).encode(), "wx9999999999999999", KEY)
    given = signature(TOKEN, "1", "n", body)
    with pytest.raises(Rejected, match="envelope-refused"):
        verify(request(json.dumps({"Encrypt": body}).encode(), timestamp="1", nonce="n", msg_signature=given))


def test_the_shop_is_told_where_the_account_names_one() -> None:
    named = Account("demo", "wechat", "acme", {"original_id": "gh_1"})

    assert verify(sealed(message(**ORDER)), named).shop == {"original_id": "gh_1"}
    assert verify(sealed({**message(**ORDER), "ToUserName": "gh_2"}), named).shop == {"original_id": "gh_2"}
    assert verify(sealed(message(**ORDER))).shop is None


def test_what_is_signed_and_unreadable_is_kept() -> None:
    """Tencent's own JSON sample holds malformed JSON: a dead letter, no attack."""
    found = verify(sealed(b'{"ToUserName": :mycreate"}'))

    assert found.carries_event
    with pytest.raises(Permanent):
        CONNECTOR.events(request(found.opened or b""), Ref(STORE, "d-1", "push"))


def test_what_is_still_encrypted_is_no_message() -> None:
    with pytest.raises(Permanent, match="payload-encrypted"):
        CONNECTOR.events(sealed(message(**ORDER)), Ref(STORE, "d-1", "push"))


def test_sign_leaves_an_envelope_and_what_it_was_stamped_with() -> None:
    first = CONNECTOR.sign(request(json.dumps(message(**ORDER)).encode()), STORE, SECRETS, NOW)
    again = CONNECTOR.sign(first, STORE, SECRETS, NOW)

    assert first == again
    assert verify(first).opened == json.dumps(message(**ORDER)).encode()
    unsealed = CONNECTOR.sign(request(b"{}"), MINI, PLAIN, NOW)
    assert (unsealed.body, verify(unsealed, MINI, PLAIN).carries_event) == (b"{}", True)
