"""Words and helpers that the checks share."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, cast, get_args

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from chalicelib.contract import Connector, EventKind, RawRequest, ReceivesFeed, ReceivesWebhooks, Secrets, Verified
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit.canonical_json import to_plain
from tests.kit.cases import Case

KINDS: tuple[str, ...] = get_args(EventKind)


FIVE: tuple[type[HuitouError], ...] = (Rejected, Retriable, Permanent, Skippable, ConfigError)


ENDINGS: dict[str, type[HuitouError]] = {
    "reject": Rejected,
    "permanent": Permanent,
    "skippable": Skippable,
    "retriable": Retriable,
    "config": ConfigError,
}


MAPPED: tuple[EventKind, ...] = (
    "order",
    "refund",
    "parcel",
    "buyer",
    "privacy",
    "review",
    "question",
    "message",
    "spend",
    "contact",
)


def pushes(connector: Connector) -> ReceivesWebhooks:
    """The connector as one that receives webhooks."""
    assert isinstance(connector, ReceivesWebhooks)
    return cast(ReceivesWebhooks, connector)


def feeds(connector: Connector) -> ReceivesFeed:
    """The connector as one that is fed by a queue or a bus."""
    assert isinstance(connector, ReceivesFeed)
    return cast(ReceivesFeed, connector)


def verify(connector: Connector, case: Case, request: RawRequest | None = None, secrets: Secrets | None = None) -> Verified:
    """Verify the case's request, or another one, with its secrets or others."""
    chosen = case.secrets if secrets is None else secrets
    return pushes(connector).verify(case.request if request is None else request, case.account, chosen, case.now)


def opened(request: RawRequest, found: Verified) -> RawRequest:
    """The request as it is queued: with what an encrypted body held in the body's place."""
    return request if found.opened is None else replace(request, body=found.opened)


def refused(connector: Connector, case: Case, request: RawRequest, what: str, secrets: Secrets | None = None) -> None:
    """The request must end in Rejected with a 4xx, nothing else."""
    try:
        verify(connector, case, request, secrets)
    except Rejected as error:
        assert 400 <= error.status < 500, f"{what}: refused with {error.status}"
        return
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__} instead of Rejected") from error
    raise AssertionError(f"{what}: accepted")


def other_secret(value: str) -> str:
    """Another secret of the same form. The other private key is always the one that the other public key belongs to."""
    if "-----BEGIN" in value:
        return other_key(value)
    if len(value) == 43 and value.isalnum():
        return value.swapcase()  # an AES key in base64, which has this length only
    if _is_aes_key(value):
        return base64.b64encode(bytes(byte ^ 0x5A for byte in base64.b64decode(value))).decode()
    return "whsec_" + value.removeprefix("whsec_").swapcase() if value.startswith("whsec_") else value[::-1] + "-other"


def _is_aes_key(value: str) -> bool:
    """Whether a secret is an AES key in base64."""
    try:
        return value.endswith("=") and len(base64.b64decode(value, validate=True)) in (16, 24, 32)
    except ValueError:
        return False


def other_key(pem: str) -> str:
    """Another key of the same kind in PEM, private or public as the given one is."""
    if "PRIVATE" in pem:
        private = serialization.load_pem_private_key(pem.encode(), None)
        return (
            _other_private(_kind(private.public_key()))
            .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            .decode()
        )
    body = "".join(pem.partition("-----BEGIN PUBLIC KEY-----")[2].partition("-----")[0].split())
    public = serialization.load_der_public_key(base64.b64decode(body))
    made = _other_private(_kind(public)).public_key()
    return made.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def _kind(key: object) -> str:
    return "rsa" if isinstance(key, rsa.RSAPublicKey) else "ec"


@cache
def _other_private(kind: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def canonical_plain(connector: Connector, case: Case) -> list[Any]:
    """The canonical objects of a payload fixture, as expected.json holds them."""
    return [to_plain(each) for each in connector.canonical(case.payload_kind, case.body, case.ref)]


def require_located(connector: Connector, error: HuitouError) -> None:
    if isinstance(error, Permanent):
        assert error.connector == connector.info.key, "a refusal names its connector"
        assert error.path, f"a refusal names the path: {error}"


def replaced(value: Any, path: Sequence[str | int], new: Any) -> Any:
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {name: replaced(item, rest, new) if name == head else item for name, item in value.items()}
    return [replaced(item, rest, new) if index == head else item for index, item in enumerate(value)]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value within a JSON value."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))
