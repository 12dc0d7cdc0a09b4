"""Notifications of Amazon SNS: the envelope that it puts around a message, and its signature.

Anybody may have a topic, and AWS signs them all alike: a signature says that SNS sent it, the topic's ARN alone says for whom.
[docs.aws.amazon.com/sns: sns-verify-signature-of-message]
"""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.decode import decoder
from chalicelib.toolkit.public_keys import Digest
from chalicelib.toolkit.rsa import LEAST_BITS, rsa_holds, rsa_sign
from chalicelib.toolkit.signing import MAX_SIGNATURE, b64, unb64

# Regions whose SNS signs for SES [docs.aws.amazon.com/general: ses]. China's partition has no SES.
REGIONS: tuple[str, ...] = (
    "af-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
HOSTS: tuple[str, ...] = tuple(f"sns.{region}.amazonaws.com" for region in REGIONS)
NOTIFICATION, SUBSCRIPTION, ENDED = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
# The form of the address is all that tells AWS's certificate from anybody's: matched as a whole, and rebuilt from its parts.
_CERTIFICATE = re.compile(r"https://sns\.([a-z0-9-]{1,20})\.amazonaws\.com/(SimpleNotificationService-[0-9a-f]{32})\.pem", re.ASCII)
_KEY_ID = re.compile(r"([a-z0-9-]{1,20})/(SimpleNotificationService-[0-9a-f]{32})", re.ASCII)
_TOPIC = re.compile(r"arn:aws:sns:([a-z0-9-]{1,20}):[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9]{16,512}", re.ASCII)
_DIGESTS: dict[str, Digest] = {"1": "SHA1", "2": "SHA256"}
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ENDED: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


class Envelope(msgspec.Struct, gc=False, omit_defaults=True):
    """What SNS puts around a message. Unknown fields are let go."""

    Type: str | None = None
    MessageId: str | None = None
    TopicArn: str | None = None
    Subject: str | None = None
    Message: str | None = None
    Timestamp: str | None = None
    Token: str | None = None
    SubscribeURL: str | None = None
    SignatureVersion: str | None = None
    Signature: str | None = None
    SigningCertURL: str | None = None


def envelope(body: bytes) -> Envelope | None:
    """The envelope of a body; None for one that has none (raw delivery), or that is no JSON object."""
    try:
        found = decoder(Envelope).decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return found if found.Type in _SIGNED and found.TopicArn is not None and found.Message is not None else None


def unwrapped(body: bytes) -> bytes:
    """The message of a notification; a body without an envelope as it is."""
    found = envelope(body)
    if found is None or found.Type != NOTIFICATION or found.Message is None:
        return body
    return found.Message.encode("utf-8", "surrogatepass")


def region_of(topic_arn: str) -> str | None:
    """The region of a topic; None for what is no topic of a region known here."""
    found = _TOPIC.fullmatch(topic_arn)
    return found[1] if found and found[1] in REGIONS else None


def key_id(told: Envelope) -> str:
    """`region/name` of the certificate that a notification names; Rejected 401 for any other address, and of another region."""
    found = _CERTIFICATE.fullmatch(told.SigningCertURL or "")
    if found is None or found[1] not in REGIONS or found[1] != region_of(told.TopicArn or ""):
        raise Rejected("certificate-foreign", "not the address of a certificate of the topic's region")
    return f"{found[1]}/{found[2]}"


def certificate_url(named: str) -> str:
    """Where the certificate lies. Rejected for what `key_id` did not make."""
    found = _KEY_ID.fullmatch(named)
    if found is None or found[1] not in REGIONS:
        raise Rejected("certificate-foreign", "no certificate of SNS has that name")
    return f"https://sns.{found[1]}.amazonaws.com/{found[2]}.pem"


def confirmation_url(topic_arn: str, token: str) -> str:
    """Where a subscription is confirmed, put together anew: the address in the message is not followed. Permanent on odd parts."""
    region = region_of(topic_arn)
    if region is None or not _TOKEN.fullmatch(token):
        raise Permanent("subscription-malformed", "topic or token of a subscription is of another form")
    return f"https://sns.{region}.amazonaws.com/"


def certified_key(pem: bytes, now: datetime) -> str:
    """The RSA key of a certificate in PEM, as PEM. Rejected for what is none, is weak, or does not hold at `now`."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except ValueError:
        raise Rejected("certificate-malformed", "not a certificate") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise Rejected("certificate-malformed", f"not a certificate of an RSA key of {LEAST_BITS} bits or more")
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Rejected("certificate-expired", "the certificate does not hold now")
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed_text(told: Envelope) -> bytes:
    """What is signed: names and values of the fields that its kind has, a line each. A subject that is not there is left out."""
    lines = []
    for name in _SIGNED[told.Type or NOTIFICATION]:
        value: str | None = getattr(told, name)
        if value is None and name == "Subject":
            continue
        if value is None:
            raise Rejected("body-malformed", "a field that is signed is missing", status=400)
        lines.append(f"{name}\n{value}\n")
    return "".join(lines).encode("utf-8", "surrogatepass")


def require_signed(told: Envelope, pems: tuple[str, ...]) -> None:
    """Signed under one of the keys, with SHA-1 (version 1) or SHA-256 (version 2): Rejected 401 otherwise."""
    digest = _DIGESTS.get(told.SignatureVersion or "")
    if digest is None:
        raise Rejected("signature-malformed", "a signature version of another kind")
    signature = _signature(told.Signature)
    message = signed_text(told)
    if not pems:
        raise ConfigError("secret-missing", "no public key is configured or fetched")
    if not any(rsa_holds(pem, signature, message, digest) for pem in pems):
        raise Rejected("signature-mismatch", "the signature does not match")


def _signature(given: str | None) -> bytes:
    """Base64 has spare bits, so that several texts may decode to the same bytes: only the one that encodes back is taken."""
    if not given:
        raise Rejected("signature-missing", "the signature is missing or empty")
    try:
        raw = unb64(given) if len(given) <= MAX_SIGNATURE else b""
    except ValueError:
        raw = b""
    if not raw or b64(raw) != given:
        raise Rejected("signature-malformed", "the signature is not base64")
    return raw


def believed(told: Envelope) -> bytes:
    """The signed part of an envelope, as JSON: all that may be believed of it."""
    kept = {name: getattr(told, name) for name in _SIGNED[told.Type or NOTIFICATION]}
    return msgspec.json.encode({name: value for name, value in kept.items() if value is not None})


def signed(told: Envelope, pem: str) -> str:
    """A signature under a private key; tests sign, AWS's own key is nowhere here."""
    return rsa_sign(pem, signed_text(told), _DIGESTS.get(told.SignatureVersion or "", "SHA256"))
