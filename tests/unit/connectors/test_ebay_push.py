"""eBay's notifications: challenge and signature against eBay's own published vectors, keys by id, and what must be refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.contract import Account, RawRequest, Ref, Secrets
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected
from chalicelib.toolkit.signing import b64, unb64
from connectors.ebay import CONNECTOR
from connectors.ebay.push import HEADER, challenge_response, claim_of
from tests.kit.cases import Case, load
from tests.kit.conformance import check_rotation, check_secrets_required

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = Account("demo", "ebay", "acme", {"user_id": "ma8vendedor01"})
ENDPOINT = "http://www.testendpoint.com/webhook"
TOKEN = "71745723-d031-455c-bfa5-f90d11b4f20a"
CASE = load("ebay", "push-order")
KEY_NAME = next(name for name in CASE.secrets.values if name.startswith("public_key:"))


def get(*query: tuple[str, str]) -> RawRequest:
    return RawRequest("GET", ENDPOINT, {}, query, b"")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a8628072-3d33-45ee-9004-bee86830a22d", "ca527df75caa230092d7e90484071e8f05d63068f1317973d6a3a42593734bbb"),
        (TOKEN, "048de9ffd0e35021fefc0388d5c52e0f475324f582f3778ca81a53354ccbbc97"),
    ],
)
def test_challenge_answers_ebays_vectors(code: str, expected: str) -> None:
    secrets = Secrets({"verification_token": (TOKEN,), "endpoint": (ENDPOINT,)})

    found = CONNECTOR.verify(get(("challenge_code", code)), ACCOUNT, secrets, NOW)

    assert challenge_response(code, TOKEN, ENDPOINT) == expected
    assert json.loads(found.reply.body) == {"challengeResponse": expected}
    assert (found.reply.status, found.reply.content_type, found.carries_event) == (200, "application/json", False)


@pytest.mark.parametrize("missing", ["verification_token", "endpoint"])
def test_challenge_without_a_secret_is_not_answered(missing: str) -> None:
    values = {"verification_token": (TOKEN,), "endpoint": (ENDPOINT,)}
    with pytest.raises(ConfigError):
        CONNECTOR.verify(get(("challenge_code", "x")), ACCOUNT, Secrets({**values, missing: ()}), NOW)


@pytest.mark.parametrize(
    "query", [(), (("challenge_code", ""),), (("challenge_code", "a"), ("challenge_code", "b")), (("challenge_code", "x" * 300),)]
)
def test_get_without_one_code_is_refused(query: tuple[tuple[str, str], ...]) -> None:
    secrets = Secrets({"verification_token": (TOKEN,), "endpoint": (ENDPOINT,)})
    with pytest.raises(Rejected):
        CONNECTOR.verify(get(*query), ACCOUNT, secrets, NOW)


def test_a_get_carries_no_event_even_with_a_body() -> None:
    """The method decides which proof is asked for, so nothing of a GET may go on."""
    secrets = Secrets({"verification_token": (TOKEN,), "endpoint": (ENDPOINT,)})
    request = replace(get(("challenge_code", "x")), body=CASE.body)
    assert not CONNECTOR.verify(request, ACCOUNT, secrets, NOW).carries_event


def configured(**told: object) -> Case:
    """The fixture with its key as ops would configure it: for every id."""
    secrets = {"public_key": [CASE.secrets.one(KEY_NAME)], "private_key": list(CASE.secrets.all("private_key"))}
    return replace(CASE, told={**CASE.told, "secrets": secrets, **told})


def test_configured_key_serves_every_id() -> None:
    case = configured()
    assert CONNECTOR.verify(case.request, case.account, case.secrets, NOW).carries_event


def test_configured_key_wins_over_a_fetched_one() -> None:
    """What ops pin holds: a fetched key does not open a second door."""
    other = configured()
    wrong = Secrets(
        {KEY_NAME: CASE.secrets.all(KEY_NAME), "public_key": ("-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----",)}
    )
    with pytest.raises(Rejected):
        CONNECTOR.verify(other.request, other.account, wrong, NOW)


class Optional:
    """The connector with its optional key among those that verification needs, for the suite's own checks."""

    def __init__(self) -> None:
        self.info = replace(CONNECTOR.info, verify_secrets=("public_key",))

    def __getattr__(self, name: str) -> object:
        return getattr(CONNECTOR, name)


def test_configured_key_is_required_and_rotates() -> None:
    connector = Optional()
    check_secrets_required(connector, configured())  # type: ignore[arg-type]
    check_rotation(connector, configured())  # type: ignore[arg-type]


def test_without_any_key_nothing_is_verified() -> None:
    for values in ({}, {"public_key": ()}, {KEY_NAME: ()}, {KEY_NAME: ("",)}):
        with pytest.raises(ConfigError):
            CONNECTOR.verify(CASE.request, CASE.account, Secrets(values), NOW)


def test_another_key_than_the_fetched_one_is_refused() -> None:
    """The key of another id never verifies for this one."""
    secrets = Secrets({"public_key:00000000-0000-4000-8000-000000000000": CASE.secrets.all(KEY_NAME)})
    with pytest.raises(Rejected, match="key-unknown"):
        CONNECTOR.verify(CASE.request, CASE.account, secrets, NOW)


def claim(**changes: object) -> RawRequest:
    told = json.loads(unb64(CASE.request.header(HEADER) or ""))
    text = b64(json.dumps({**told, **changes}).encode())
    return replace(CASE.request, headers={HEADER: (text,)})


@pytest.mark.parametrize(
    "changes",
    [
        {"kid": "../../../oauth2/token"},
        {"kid": "5C1F5B52-9F0E-4D0B-8A55-0C7A3F1DE001"},
        {"kid": "https://rival.example/key"},
        {"alg": "none"},
        {"alg": "hmac"},
        {"digest": "MD5"},
        {"digest": "SHA256"},
        {"extra": 1},
        {"signature": ""},
    ],
)
def test_claims_of_another_kind_are_refused(changes: dict[str, object]) -> None:
    """Above all a key id that is no UUID: it becomes part of an address that we call."""
    with pytest.raises(Rejected):
        CONNECTOR.verify(claim(**changes), CASE.account, CASE.secrets, NOW)


@pytest.mark.parametrize("kid", ["../x", "", "a" * 36, "5c1f5b52-9f0e-4d0b-8a55-0c7a3f1de00g"])
def test_key_ids_are_uuids_or_refused(kid: str) -> None:
    with pytest.raises(Rejected):
        CONNECTOR.key_id(claim(kid=kid))


def test_key_id_of_a_request() -> None:
    assert CONNECTOR.key_id(CASE.request) == KEY_NAME.removeprefix("public_key:") == claim_of(CASE.request).kid
    assert CONNECTOR.key_id(get(("challenge_code", "x"))) is None


def test_the_digest_of_a_fetched_key_holds() -> None:
    """The header cannot choose another digest than the one that comes with the key."""
    pem = CASE.secrets.one(KEY_NAME)
    CONNECTOR.verify(CASE.request, CASE.account, Secrets({KEY_NAME: (f"digest: SHA1\n{pem}",)}), NOW)
    with pytest.raises(Rejected):
        CONNECTOR.verify(CASE.request, CASE.account, Secrets({KEY_NAME: (f"digest: SHA256\n{pem}",)}), NOW)


def test_json_in_another_spelling_is_the_same_notification() -> None:
    """The platform's own libraries verify what they parsed and wrote again."""
    spelled = replace(CASE.request, body=json.dumps(json.loads(CASE.body), indent=2).encode())
    assert CONNECTOR.verify(spelled, CASE.account, CASE.secrets, NOW).delivery_id


def test_notification_of_another_seller_is_refused() -> None:
    """The key signs for every seller."""
    with pytest.raises(Rejected, match="seller-mismatch"):
        CONNECTOR.verify(CASE.request, Account("demo", "ebay", "acme", {"user_id": "somebody-else"}), CASE.secrets, NOW)


def test_order_topic_without_an_order_is_kept_for_a_person() -> None:
    """Two shapes are known; a third must be seen, not guessed."""
    body = CASE.body.replace(b'"orderId":"12-34567-89012"', b'"orderNumber":"12-34567-89012"')
    with pytest.raises(Permanent) as raised:
        CONNECTOR.events(replace(CASE.request, body=body), Ref(ACCOUNT, "d", "push"))
    assert raised.value.path == "$.notification.data.orderId"


def test_body_that_cannot_be_read_is_accepted_and_fails_later() -> None:
    """Signed is signed: it is queued, and goes to quarantine from there."""
    case = replace(CASE, body=b'{"metadata":{}}')
    signed = CONNECTOR.sign(case.request, case.account, case.secrets, NOW)
    assert CONNECTOR.verify(signed, case.account, case.secrets, NOW).delivery_id is None
    with pytest.raises(HuitouError):
        CONNECTOR.events(signed, Ref(ACCOUNT, "d", "push"))
