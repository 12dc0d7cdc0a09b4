"""Envelopes and signatures of SNS, against real ones where the payloads are at hand."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from chalicelib.errors import HuitouError, Permanent, Rejected
from chalicelib.toolkit import sns
from tests.kit.cases import load

REAL = Path(os.environ.get("HUITOU_PAYLOADS", "/nowhere")) / "ses"
CASE = load("ses", "push-bounce")
PEM = next(values[0] for name, values in CASE.secrets.values.items() if name.startswith("public_key:"))
NAMED = "eu-west-1/SimpleNotificationService-0123456789abcdef0123456789abcdef"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:huitou-mail"
DAY = datetime(2026, 6, 1, tzinfo=UTC)


def told(**changes: str | None) -> sns.Envelope:
    found = sns.envelope(CASE.body)
    assert found is not None
    return msgspec.structs.replace(found, **changes)


@pytest.mark.skipif(not REAL.exists(), reason="HUITOU_PAYLOADS is not set")
@pytest.mark.parametrize("name", ["sns_signed_v1_nosubject", "sns_signed_v2_subject"])
def test_real_signatures_hold_and_break_with_any_signed_field(name: str) -> None:
    facts = json.loads((REAL / f"{name}.headers.json").read_bytes())
    found = sns.envelope((REAL / f"{name}.json").read_bytes())
    assert found is not None
    pem = sns.certified_key((REAL / facts["certificate"]).read_bytes(), datetime(2022, 7, 29, tzinfo=UTC))

    assert sns.signed_text(found).decode() == facts["string_to_sign"]
    sns.require_signed(found, (pem,))
    for field in ("Message", "MessageId", "Subject", "Timestamp", "TopicArn"):
        with pytest.raises(Rejected, match="signature-mismatch"):
            sns.require_signed(msgspec.structs.replace(found, **{field: "x"}), (pem,))


@pytest.mark.skipif(not REAL.exists(), reason="HUITOU_PAYLOADS is not set")
def test_an_expired_certificate_is_refused() -> None:
    (path,) = REAL.glob("*.pem")
    with pytest.raises(Rejected, match="certificate-expired"):
        sns.certified_key(path.read_bytes(), DAY)


def test_the_certificate_is_named_by_its_region_and_found_there_again() -> None:
    assert sns.key_id(told()) == NAMED
    assert sns.certificate_url(NAMED) == told().SigningCertURL


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem\n",
        "https://sns.eu-west-1.amazonaws.com./SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com:443/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789ABCDEF0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com/../SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
        "https://sns.mars-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com.cn/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
        "https://evil.example/#https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
        "HTTPS://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
        "https://sns.ｅu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
    ],
)
def test_a_certificate_lies_with_sns_alone(url: str | None) -> None:
    with pytest.raises(Rejected, match="certificate-foreign"):
        sns.key_id(told(SigningCertURL=url))


@pytest.mark.fault(11)
@pytest.mark.parametrize("named", ["", "eu-west-1", "../x", "evil.example/SimpleNotificationService-" + "0" * 32, NAMED + "\n"])
def test_a_name_that_was_not_made_here_is_no_address(named: str) -> None:
    with pytest.raises(Rejected, match="certificate-foreign"):
        sns.certificate_url(named)


@pytest.mark.parametrize(
    ("topic", "token"),
    [(TOPIC, "short"), (TOPIC, "a" * 20 + "&Action=x"), ("arn:aws:sns:mars-1:111122223333:t", "a" * 20), ("x", "a" * 20)],
)
def test_a_subscription_of_odd_parts_is_not_confirmed(topic: str, token: str) -> None:
    with pytest.raises(Permanent, match="subscription-malformed"):
        sns.confirmation_url(topic, token)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"SignatureVersion": None}, "signature-malformed"),
        ({"SignatureVersion": "1"}, "signature-mismatch"),  # the same bytes under the other digest
        ({"Signature": None}, "signature-missing"),
        ({"Signature": ""}, "signature-missing"),
        ({"Signature": "not base64"}, "signature-malformed"),
        ({"Signature": "QQ==" * 5_000}, "signature-malformed"),
        ({"Timestamp": None}, "body-malformed"),
        ({"Subject": "slipped in"}, "signature-mismatch"),
    ],
)
def test_what_does_not_hold_is_refused(changes: dict[str, str | None], reason: str) -> None:
    sns.require_signed(told(), (PEM,))
    with pytest.raises(Rejected, match=reason):
        sns.require_signed(told(**changes), (PEM,))


def test_without_a_key_nothing_holds() -> None:
    with pytest.raises(HuitouError, match="secret-missing"):
        sns.require_signed(told(), ())


def test_only_what_is_signed_is_believed() -> None:
    body = msgspec.json.decode(CASE.body) | {"UnsubscribeURL": "https://evil.example/", "MessageAttributes": {"a": "b"}}
    found = sns.envelope(msgspec.json.encode(body))
    assert found is not None
    assert sorted(msgspec.json.decode(sns.believed(found))) == ["Message", "MessageId", "Timestamp", "TopicArn", "Type"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"Type":"Other"}', b'{"Type":"Notification","Message":"x"}'])
def test_what_has_no_envelope_is_taken_as_it_is(body: bytes) -> None:
    assert sns.envelope(body) is None
    assert sns.unwrapped(body) == body


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    )
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)


def test_a_certificate_holds_within_its_days() -> None:
    pem = certificate(rsa.generate_private_key(65537, 2048))
    assert sns.certified_key(pem, DAY).startswith("-----BEGIN PUBLIC KEY-----")
    for day in (DAY.replace(year=2025), DAY.replace(year=2028)):
        with pytest.raises(Rejected, match="certificate-expired"):
            sns.certified_key(pem, day)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        certificate(rsa.generate_private_key(65537, 1024)),
        certificate(ec.generate_private_key(ec.SECP256R1())),
    ],
)
def test_what_is_no_certificate_of_a_strong_rsa_key_is_refused(pem: bytes) -> None:
    with pytest.raises(Rejected, match="certificate-malformed"):
        sns.certified_key(pem, DAY)


def test_the_region_of_a_request_is_that_of_its_topic() -> None:
    with pytest.raises(Rejected, match="certificate-foreign"):
        sns.key_id(told(TopicArn=TOPIC.replace("eu-west-1", "us-east-1")))
