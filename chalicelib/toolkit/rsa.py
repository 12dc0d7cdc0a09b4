"""RSA signatures (PKCS#1 v1.5, SHA-256 unless another digest is named). The library is loaded on first use."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.errors import ConfigError, Rejected
from chalicelib.toolkit.public_keys import Digest, hash_of, public_key
from chalicelib.toolkit.signing import MAX_SIGNATURE, b64, unb64

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

LEAST_BITS = 2048


def rsa_holds(pem: str, signature: bytes, message: bytes, digest: Digest = "SHA256") -> bool:
    """Whether `signature` is the key's over `message`. ConfigError for a key that is none, or a weak one."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        key = public_key(pem)
    except ValueError:
        raise ConfigError("public-key-malformed", "a public key is no PEM") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise ConfigError("public-key-weak", f"a public key is not RSA of {LEAST_BITS} bits or more")
    try:
        key.verify(signature, message, PKCS1v15(), hash_of(digest))
    except InvalidSignature:
        return False
    return True


def rsa_sign(pem: str, message: bytes, digest: Digest = "SHA256") -> str:
    """A signature in base64 by a private key in PEM. Tests and the simulator sign; no platform's private key is ever here."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    return b64(_private_key(pem).sign(message, PKCS1v15(), hash_of(digest)))


@lru_cache(maxsize=8)
def _private_key(pem: str) -> RSAPrivateKey:
    """The key, read once: checking that it is one takes 40 ms, a signature under one."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not an RSA private key")
    return key


def require_rsa(pems: Iterable[str], message: bytes, given: Iterable[str | None]) -> None:
    """Pass when one of `given` (base64, headers as text) is the signature of `message` under one of the keys; else Rejected 401.

    Base64 has spare bits, so that several texts decode to the same bytes: only the one that encodes back is taken.
    """
    texts = [text for text in given if text]
    if not texts:
        raise Rejected("signature-missing", "the signature is missing or empty")
    signatures = [raw for text in texts if (raw := _bytes(text)) is not None]
    if not signatures:
        raise Rejected("signature-malformed", "the signature is not base64")
    if not any(rsa_holds(pem, raw, message) for pem in pems for raw in signatures):
        raise Rejected("signature-mismatch", "the signature does not match")


def _bytes(text: str) -> bytes | None:
    if len(text) > MAX_SIGNATURE:
        return None
    try:
        raw = unb64(text)
    except ValueError:
        return None
    return raw if b64(raw) == text else None
